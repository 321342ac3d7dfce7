// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's own ssh transport through the private ssh server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test and its helpers"
)]

mod common;

use std::process::Command;

use common::{probes, root_only};
use oriel_sandbox::{HostKey, Network, Sshd, SshdOptions, SystemDaemon, SystemOptions, process};

fn list(uri: &str) -> Result<String, oriel_sandbox::Error> {
    // Without a terminal or a display ssh can't ask, so it refuses.
    let mut command = Command::new("setsid");
    command
        .args(["-w", "virsh", "-c", uri, "list", "--all"])
        .env_remove("DISPLAY");
    process::run(&mut command)
}

#[test]
fn ssh_leads_to_the_daemon_and_checks_the_host_key() {
    root_only!();
    let daemon = SystemDaemon::start(&SystemOptions {
        network: Network::Private,
        probes: Some(probes()),
        ..Default::default()
    })
    .unwrap();
    let known = Sshd::start(&SshdOptions::default()).unwrap();
    let uri = known.uri("/system", &daemon.socket());
    assert!(list(&uri).unwrap().contains("Name"), "no list by ssh");

    for host_key in [HostKey::Unknown, HostKey::Changed] {
        let other = Sshd::start(&SshdOptions {
            host_key,
            ..Default::default()
        })
        .unwrap();
        let refused = list(&other.uri("/system", &daemon.socket()))
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("Host key verification failed"),
            "{refused}"
        );
    }
}

#[test]
fn a_key_with_a_passphrase_is_asked_for() {
    root_only!();
    let daemon = SystemDaemon::start(&SystemOptions {
        network: Network::Private,
        probes: Some(probes()),
        ..Default::default()
    })
    .unwrap();
    let options = SshdOptions {
        passphrase: Some("a b c".into()),
        ..Default::default()
    };
    let sshd = Sshd::start(&options).unwrap();
    let uri = sshd.uri("/system", &daemon.socket());
    let refused = list(&uri).unwrap_err().to_string();
    assert!(refused.contains("Permission denied"), "{refused}");

    let ask = daemon.dir().join("ask");
    std::fs::write(&ask, "#!/bin/sh\necho 'a b c'\n").unwrap();
    process::run(Command::new("chmod").arg("700").arg(&ask)).unwrap();
    // libvirt passes SSH_ASKPASS and DISPLAY on to ssh, and no other of its variables.
    let mut command = Command::new("setsid");
    command.args(["-w", "virsh", "-c", &uri, "list"]);
    command.env("SSH_ASKPASS", &ask).env("DISPLAY", ":none");
    process::run(&mut command).unwrap();
}
