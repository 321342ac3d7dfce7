// SPDX-License-Identifier: GPL-3.0-or-later
//! The agent's socket of a guest of a session: libvirt's own path for it grows with each start, and
//! a guest is startable even where that path has become too long.

#![allow(clippy::unwrap_used, reason = "a test and its helpers")]

use std::process::Command;

use oriel_sandbox::guest::Domain;
use oriel_tests::host::{Host, Kind};

/// Says to the process that runs the test below that it is the one in the deep folder.
const DEEP: &str = "ORIEL_DEEP";

/// The longest path of a socket.
const LONGEST: usize = 107;

/// The path of the agent's socket of a running guest.
fn socket(host: &Host, name: &str) -> String {
    let xml = host.virsh(&["dumpxml", name]).unwrap();
    let (_, rest) = xml.split_once("<source mode='bind' path='").unwrap();
    rest.split('\'').next().unwrap().to_owned()
}

/// In folders so deep that libvirt's own path for the socket is too long at the first start, while
/// those of its other sockets are not.
fn in_the_deep() {
    let host = Host::start(Kind::User, false);
    let name = "a-name-of-twenty-char";
    let channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>\
                   </channel></devices>";
    let domain = Domain::idle(name, &host.guest);
    let xml = domain.to_xml().replace("</devices>", channel);
    let file = host.dir().join("define.xml");
    std::fs::write(&file, xml).unwrap();
    host.virsh(&["define", file.to_str().unwrap()]).unwrap();
    let refused = host.virsh(&["start", name]).unwrap_err().to_string();
    assert!(
        refused.contains("too long"),
        "the folders are not deep enough: {refused}"
    );
    let before = host.virsh(&["dumpxml", "--inactive", name]).unwrap();

    host.run(&["launch", name]).expect(0);
    let path = socket(&host, name);
    assert!(path.len() <= LONGEST, "{path}");
    assert!(std::path::Path::new(&path).exists());
    host.run(&["force-off", name]).expect(0);
    let after = host.virsh(&["dumpxml", "--inactive", name]).unwrap();
    assert_eq!(before, after, "the definition is the person's");

    // A guest of Oriel's own has a short path from the beginning, for whoever starts it.
    let (kernel, initrd) = (host.guest.kernel.to_str(), host.guest.initrd.to_str());
    let (kernel, initrd) = (kernel.unwrap(), initrd.unwrap());
    let name = "another-of-twenty-char";
    host.run(&[
        "create",
        name,
        "--kernel",
        kernel,
        "--initrd",
        initrd,
        "--memory",
        "128M",
        "--disk",
        "none",
        "--network",
        "none",
        "--virt-type",
        "qemu",
    ])
    .expect(0);
    for _ in 0..2 {
        host.virsh(&["start", name]).unwrap();
        let path = socket(&host, name);
        assert!(path.len() <= LONGEST && !path.contains(name), "{path}");
        host.virsh(&["destroy", name]).unwrap();
    }
}

#[test]
fn a_guest_of_a_session_starts_however_deep_its_folders_are() {
    if std::env::var_os(DEEP).is_some() {
        return in_the_deep();
    }
    let base = tempfile::Builder::new()
        .prefix("deep-in-it-")
        .tempdir_in("/tmp")
        .unwrap();
    let test = "a_guest_of_a_session_starts_however_deep_its_folders_are";
    let ended = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(DEEP, "1")
        .env("ORIEL_SANDBOX_BASE", base.path())
        .status()
        .unwrap();
    assert!(ended.success());
}
