// SPDX-License-Identifier: GPL-3.0-or-later
//! A front end as small as can be: it creates all guests that it is told after the URI, a kernel
//! and an initial ramdisk, at once and over one connection, with encrypted disks in the pool
//! `pool`. Meanwhile, and afterwards until it is ended, it reads the list's guests one by one and
//! prints a line for each reading.

#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::time::{Duration, Instant};

use oriel::Connection;
use oriel::agent::Agent;
use oriel::guest::create::{self, CreateRequest, Encryption, InstallSource, Network, VirtType};
use oriel::job;

/// The rest after a reading.
const REST: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let uri = words.next().ok_or("which connection?")?;
    let kernel = words.next().ok_or("which kernel?")?;
    let initrd = words.next().ok_or("which initial ramdisk?")?;
    let connection = Connection::open(&uri, Agent::default()).await?;
    tokio::spawn(read(connection.clone()));
    let mut creations = Vec::new();
    for name in words {
        let request = CreateRequest {
            name: name.clone(),
            source: InstallSource::Kernel {
                kernel: kernel.clone().into(),
                initrd: initrd.clone().into(),
                cmdline: "console=ttyS0".into(),
                keep: true,
            },
            memory_kib: 128 * 1024,
            vcpus: 1,
            disk_bytes: Some(8 << 20),
            pool: Some("pool".into()),
            encryption: Encryption::Generated,
            cpu_shares: None,
            memory_limit_kib: None,
            virt_type: Some(VirtType::Qemu),
            network: Some(Network::None),
            start: false,
        };
        let plan = create::plan(&connection, request).await?;
        let connection = connection.clone();
        creations.push(tokio::spawn(async move {
            let (control, _handle) = job::control();
            let created = create::carry_out(&connection, plan, &control).await;
            match created {
                Ok(_) => println!("made {name}"),
                Err(error) => println!("failed {name}: {error}"),
            }
        }));
    }
    for creation in creations {
        creation.await?;
    }
    println!("all are made");
    std::future::pending().await
}

async fn read(connection: Connection) {
    loop {
        let guests: Vec<_> = {
            let inventory = connection.inventory();
            let now = inventory.borrow();
            now.guests
                .values()
                .map(|guest| guest.name.clone())
                .collect()
        };
        for name in guests {
            let begin = Instant::now();
            match connection.guest(&name).await {
                Ok(_) => println!("read {name} in {:?}", begin.elapsed()),
                Err(error) => println!("not read {name}: {error}"),
            }
        }
        tokio::time::sleep(REST).await;
    }
}
