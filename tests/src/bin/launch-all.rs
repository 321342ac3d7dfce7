// SPDX-License-Identifier: GPL-3.0-or-later
//! A front end as small as can be: it launches all guests that it is told after the URI, at
//! once, over one connection, and says of each that failed why. Nobody answers its questions.

#![allow(clippy::print_stdout, reason = "a program that prints")]

use oriel::Connection;
use oriel::agent::Agent;
use oriel::guest::lifecycle;
use oriel::secret::handover::Source;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let uri = words.next().ok_or("which connection?")?;
    let connection = Connection::open(&uri, Agent::default()).await?;
    let launches: Vec<_> = words
        .map(|name| {
            let connection = connection.clone();
            tokio::spawn(async move {
                let guest = connection.guest(&name).await?;
                lifecycle::launch(&connection, &guest, &Source::Keyring).await
            })
        })
        .collect();
    let mut failed = false;
    for launch in launches {
        if let Err(error) = launch.await? {
            println!("{error}");
            failed = true;
        }
    }
    connection.close().await;
    if failed {
        return Err("not all were launched".into());
    }
    Ok(())
}
