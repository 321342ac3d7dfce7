// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's own ssh clients, libssh and libssh2: guests are launched over them again and again,
//! and nothing crashes.

#![allow(clippy::unwrap_used, reason = "a test and its helpers")]

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, Sshd, SshdOptions, is_root, unique_name};
use oriel_tests::skip;
use oriel_tests::world::World;

/// How often a guest is launched over each; `ORIEL_LAUNCHES` says otherwise.
const LAUNCHES: usize = 4;

#[test]
fn launches_over_libssh_do_not_crash() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let launches = std::env::var("ORIEL_LAUNCHES").ok();
    let launches = launches.and_then(|text| text.parse().ok());
    let launches = launches.unwrap_or(LAUNCHES);
    let world = World::start(Keyring::Unlocked("open sesame".into()), false);
    let sshd = Sshd::start(&SshdOptions::default()).unwrap();
    // Some to read beside it.
    for _ in 0..10 {
        world.define(&Domain::idle(unique_name("other"), &world.guest));
    }
    let name = &unique_name("far");
    let secret = world.define_encrypted(name, "pass");
    world.keep(&secret, "pass");
    let mut codes = Vec::new();
    for library in ["libssh", "libssh2"] {
        let uri = sshd.library_uri(library, "/system", &world.daemon.socket());
        for number in 0..launches {
            for act in ["list", "launch", "force-off"] {
                // The passphrase was stored for this machine, not for what ssh leads to.
                let words = ["-c", &uri, act, name, "--hand-over"];
                let count = match act {
                    "list" => 3,
                    "launch" => 5,
                    _ => 4,
                };
                let done = world.run(&words[..count]);
                if done.code != 0 {
                    println!("{library} {number} {act}: {} {}", done.code, done.err);
                    codes.push((library, act, done.code));
                }
            }
            if world.state(name) == "running" {
                world.daemon.virsh(&["destroy", name]).unwrap();
            }
        }
    }
    assert_eq!(codes, []);
    world.assert_no_lease("after launches from afar");
}
