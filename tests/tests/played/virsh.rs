// SPDX-License-Identifier: GPL-3.0-or-later
//! libvirt's own client takes the played daemon for a daemon, whatever its version.

use std::process::Command;
use std::time::Duration;

use oriel_sandbox::process;
use oriel_tests::played::{Played, Player, Scene, await_that};
use oriel_tests::run::Running;
use oriel_wire::event::Lifecycle;

fn played() -> Played {
    let mut scene = Scene::of([Player::running("web", 1), Player::off("db", 2)]);
    scene.guests[0].console = b"login: ".to_vec();
    Played::start(scene)
}

fn virsh(played: &Played, words: &[&str]) -> Command {
    let mut command = Command::new("virsh");
    command
        .args(["-c", &played.uri()])
        .args(words)
        .env("LC_ALL", "C.UTF-8");
    command
}

#[test]
fn it_lists_reads_and_starts() {
    let played = played();
    let run = |words: &[&str]| process::run(&mut virsh(&played, words)).unwrap();
    let list = run(&["list", "--all"]);
    let rows: Vec<Vec<_>> = list
        .lines()
        .skip(2)
        .map(|line| line.split_whitespace().collect())
        .filter(|row: &Vec<_>| !row.is_empty())
        .collect();
    assert_eq!(
        rows,
        [vec!["2", "web", "running"], vec!["-", "db", "shut", "off"]]
    );
    let document = run(&["dumpxml", "web"]);
    assert!(document.contains("<name>web</name>"), "{document}");
    run(&["start", "db"]);
    assert_eq!(run(&["domstate", "db"]).trim(), "running");
    assert!(run(&["domstats", "db"]).contains("cpu.time=1000000000"));
    assert!(run(&["schedinfo", "web", "--set", "cpu_shares=7", "--config"]).contains("posix"));
    let shown = played.folder().join("shown.ppm");
    run(&["screenshot", "web", shown.to_str().unwrap()]);
    assert_eq!(std::fs::read(shown).unwrap().len(), 17);
}

#[test]
fn it_hears_events() {
    let played = played();
    let mut command = virsh(
        &played,
        &["event", "--event", "lifecycle", "--loop", "--timestamp"],
    );
    let events = Running::start(&mut command, None);
    await_that("virsh", || played.listeners::<Lifecycle>() == 1);
    for _ in 0..3 {
        played.tell_lifecycle("web", 3, 0);
        played.tell_lifecycle("web", 4, 0);
    }
    let heard = || events.out().matches("'web': ").count();
    process::wait_for("six events", Duration::from_secs(10), || match heard() {
        6 => Ok(()),
        count => Err(format!("{count}: {}", events.out())),
    })
    .unwrap();
}

#[test]
fn it_shows_a_console() {
    let played = played();
    // virsh wants a terminal for that.
    let line = format!("virsh -c '{}' console web", played.uri());
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .env("LC_ALL", "C.UTF-8");
    let shown = Running::start(&mut command, None).end();
    shown.within(20);
    assert!(shown.out.contains("login: "), "{shown:#?}");
}
