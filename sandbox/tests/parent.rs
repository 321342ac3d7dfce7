// SPDX-License-Identifier: GPL-3.0-or-later
//! A parent that is killed leaves nothing: no process, no folder, no control group.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test and its helpers"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{groups_of, probes};
use oriel_sandbox::guest::{Domain, Guest};
use oriel_sandbox::{
    Keyring, Network, Session, SessionDaemon, SessionOptions, Sshd, SshdOptions, SystemDaemon,
    SystemOptions, is_root, process,
};

/// The variable by which the test's second process knows its part: the file for its report.
const REPORT: &str = "ORIEL_TEST_REPORT";

/// Starts one of everything, reports, and waits to be killed.
fn child(report: &Path) {
    let session = Session::start(&SessionOptions {
        keyring: Keyring::Unlocked("x".into()),
        display: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let daemon = SessionDaemon::start(&session, false, Some(probes())).unwrap();
    let sshd = Sshd::start(&SshdOptions::default()).unwrap();
    let system = is_root().then(|| {
        let options = SystemOptions {
            network: Network::Private,
            probes: Some(probes()),
            ..Default::default()
        };
        SystemDaemon::start(&options).unwrap()
    });
    let name = format!("orphan-{}", std::process::id());
    let mut domain = Domain::new(name.clone(), &Guest::build(session.dir()).unwrap());
    let xml = session.dir().join("guest.xml");
    std::fs::write(&xml, domain.to_xml()).unwrap();
    daemon.virsh(&["create", xml.to_str().unwrap()]).unwrap();
    let mut folders = vec![
        session.dir().to_owned(),
        sshd.log().parent().unwrap().to_owned(),
    ];
    if let Some(system) = &system {
        domain.guest = Guest::build(system.dir()).unwrap();
        let xml = system.dir().join("guest.xml");
        std::fs::write(&xml, domain.to_xml()).unwrap();
        system.virsh(&["create", xml.to_str().unwrap()]).unwrap();
        folders.push(system.dir().to_owned());
        assert!(!groups_of(&name).is_empty());
    }
    let lines: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
    let part = report.with_extension("part");
    std::fs::write(&part, format!("{name}\n{}", lines.join("\n"))).unwrap();
    std::fs::rename(part, report).unwrap();
    std::thread::sleep(Duration::from_mins(5));
}

fn processes_with(word: &str) -> String {
    let output = Command::new("pgrep").args(["-af", word]).output().unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| !line.contains(".keeper.sh"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_killed_parent_leaves_nothing() {
    if let Some(report) = std::env::var_os(REPORT) {
        return child(Path::new(&report));
    }
    let report = std::env::temp_dir().join(format!("oriel-report-{}", std::process::id()));
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_killed_parent_leaves_nothing", "--nocapture"])
        .env(REPORT, &report)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let text = process::wait_for("the parent's report", Duration::from_secs(150), || {
        if let Ok(Some(status)) = parent.try_wait() {
            panic!("the parent ended by itself: {status}");
        }
        std::fs::read_to_string(&report).map_err(|e| e.to_string())
    })
    .unwrap();
    std::fs::remove_file(&report).unwrap();
    let mut lines = text.lines();
    let name = lines.next().unwrap();
    let folders: Vec<PathBuf> = lines.map(PathBuf::from).collect();
    assert!(
        processes_with(name).contains("qemu"),
        "the guests do not run"
    );

    parent.kill().unwrap();
    parent.wait().unwrap();
    process::wait_for("everything to be gone", Duration::from_secs(15), || {
        let mut left: Vec<String> = folders
            .iter()
            .filter(|f| f.exists())
            .map(|f| f.display().to_string())
            .collect();
        left.extend(folders.iter().map(|f| processes_with(f.to_str().unwrap())));
        left.push(processes_with(&format!("guest={name}")));
        left.extend(groups_of(name));
        left.retain(|l| !l.is_empty());
        if left.is_empty() {
            Ok(())
        } else {
            Err(left.join("\n"))
        }
    })
    .unwrap();
}
