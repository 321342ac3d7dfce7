// SPDX-License-Identifier: GPL-3.0-or-later
//! Measures how long private daemons take to answer, with and without kept QEMU probes.

use std::time::Instant;

use oriel_sandbox::{
    Keyring, Network, Session, SessionDaemon, SessionOptions, SystemDaemon, SystemOptions, is_root,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kept = tempfile::tempdir()?;
    for round in ["first", "second"] {
        let start = Instant::now();
        let keyring = Keyring::Unlocked("x".into());
        let session = Session::start(&SessionOptions {
            keyring,
            display: false,
            ..SessionOptions::default()
        })?;
        let bus = start.elapsed();
        let start = Instant::now();
        let daemon = SessionDaemon::start(&session, false, Some(kept.path().into()))?;
        let user = start.elapsed();
        let ended = Instant::now();
        drop((daemon, session));
        let gone = ended.elapsed();
        let system = if is_root() {
            let options = SystemOptions {
                network: Network::Private,
                probes: Some(kept.path().into()),
                ..Default::default()
            };
            let start = Instant::now();
            let daemon = SystemDaemon::start(&options)?;
            let up = start.elapsed();
            let ended = Instant::now();
            drop(daemon);
            Some((up, ended.elapsed()))
        } else {
            None
        };
        #[allow(clippy::print_stdout)]
        {
            println!(
                "{round}: session {bus:.2?}, its libvirt {user:.2?}, gone in {gone:.2?}; system (up, gone) {system:.2?}"
            );
        }
    }
    Ok(())
}
