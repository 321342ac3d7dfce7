// SPDX-License-Identifier: GPL-3.0-or-later
//! `make bench`: Oriel against virsh in the same run, as ratios or differences, with the limits that
//! the project set itself. Exits with 1 if one is passed.
//!
//! Single times on a shared machine mean little; medians of alternating runs against a peer do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measuring program: what can't be measured ends it"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, unique_name};
use oriel_tests::world::World;
use oriel_tests::{output, test_driver_file};

const LIST_RUNS: usize = 7;
const CREATE_RUNS: usize = 3;
const EVENT_ROUNDS: usize = 30;

/// One figure: what was measured, against what, and how much is allowed.
struct Figure {
    name: String,
    ours: f64,
    theirs: Option<f64>,
    value: f64,
    limit: f64,
    unit: &'static str,
}

fn main() -> ExitCode {
    let program = orielctl();
    println!("orielctl: {}", program.display());
    let mut figures = Vec::new();
    for count in [1_000, 10_000] {
        figures.push(list(&program, count));
    }
    figures.push(memory(&program));
    if is_root() {
        let world = World::start(Keyring::Unlocked("bench".into()), false);
        figures.push(events(&program, &world));
        figures.push(creation(&program, &world));
    } else {
        println!(
            "Not root: creation and events are not measured (they take a private system libvirt)."
        );
    }
    println!();
    println!(
        "{:<44}{:>12}{:>12}{:>12}{:>10}",
        "FIGURE", "ORIEL", "VIRSH", "VALUE", "LIMIT"
    );
    let mut all_well = true;
    for figure in &figures {
        let theirs = figure
            .theirs
            .map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        let well = figure.value <= figure.limit;
        all_well &= well;
        println!(
            "{:<44}{:>12.3}{theirs:>12}{:>12.3}{:>10.3} {} {}",
            figure.name,
            figure.ours,
            figure.value,
            figure.limit,
            figure.unit,
            if well { "ok" } else { "OVER" },
        );
    }
    if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The release build beside this program's own.
fn orielctl() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.with_file_name("orielctl");
    assert!(path.is_file(), "{} is not built", path.display());
    path
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// CPU seconds of all children that were awaited so far.
fn children_cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| {
            #[allow(clippy::cast_precision_loss)]
            let seconds = time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
            seconds
        })
        .sum()
}

fn cpu_of(command: &mut Command) -> f64 {
    let before = children_cpu();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{command:?}");
    children_cpu() - before
}

fn list(program: &Path, count: usize) -> Figure {
    let folder = output("bench");
    let uri = test_driver_file(&folder, count);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..LIST_RUNS {
        let mut oriel = Command::new(program);
        oriel
            .args(["-c", &uri, "list"])
            .env("XDG_STATE_HOME", &folder);
        ours.push(cpu_of(&mut oriel));
        theirs.push(cpu_of(
            Command::new("virsh").args(["-c", &uri, "list", "--all"]),
        ));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    Figure {
        name: format!("list of {count} guests, CPU s"),
        ours,
        theirs: Some(theirs),
        value: ours / theirs,
        limit: 1.5,
        unit: "times",
    }
}

/// Resident memory of two listeners on a thousand guests, in MiB.
fn memory(program: &Path) -> Figure {
    let folder = output("bench");
    let uri = test_driver_file(&folder, 1_000);
    let mut oriel = Command::new(program);
    oriel
        .args(["-c", &uri, "events"])
        .env("XDG_STATE_HOME", &folder);
    let mut virsh = Command::new("virsh");
    virsh.args(["-c", &uri, "event", "--all", "--loop"]);
    let resident = |command: &mut Command| {
        let mut child = Listener(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        std::thread::sleep(Duration::from_secs(4));
        assert!(child.0.try_wait().unwrap().is_none(), "a listener ended");
        let status = fs::read_to_string(format!("/proc/{}/status", child.0.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    };
    let (ours, theirs) = (resident(&mut oriel), resident(&mut virsh));
    Figure {
        name: "resident memory at 1000 guests, MiB".into(),
        ours,
        theirs: Some(theirs),
        value: ours / theirs,
        limit: 2.0,
        unit: "times",
    }
}

/// A child that is ended when this is dropped.
struct Listener(Child);

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a listener with the moments at which they came.
fn lines_of(command: &mut Command) -> (Listener, mpsc::Receiver<(Instant, String)>) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    let out = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send((Instant::now(), line)).is_err() {
                break;
            }
        }
    });
    (Listener(child), receiver)
}

/// From virsh's return to the printed line, ours and that of virsh's own listener, in ms.
fn events(program: &Path, world: &World) -> Figure {
    let uri = world.daemon.uri();
    let mut oriel = world.session.command(program);
    oriel.args(["-c", &uri, "events", "--json"]);
    let mut virsh = Command::new("stdbuf");
    virsh.args(["-oL", "virsh", "-c", &uri, "event", "--all", "--loop"]);
    let (_oriel, our_lines) = lines_of(&mut oriel);
    let (_virsh, their_lines) = lines_of(&mut virsh);
    std::thread::sleep(Duration::from_secs(3));
    let name = unique_name("bench");
    let file = world.daemon.dir().join("bench.xml");
    fs::write(&file, Domain::new(&name, &world.guest).to_xml()).unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..EVENT_ROUNDS {
        for words in [["define", file.to_str().unwrap()], ["undefine", &name]] {
            let mut command = Command::new("virsh");
            command
                .args(["-q", "-c", &uri])
                .args(words)
                .stdout(Stdio::null());
            assert!(command.status().unwrap().success());
            let returned = Instant::now();
            ours.push(latency(&our_lines, &name, returned));
            theirs.push(latency(&their_lines, &name, returned));
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    Figure {
        name: "event after virsh's return, ms".into(),
        ours,
        theirs: Some(theirs),
        value: ours - theirs,
        limit: 20.0,
        unit: "ms more",
    }
}

/// How long after `returned` the next line with the name came; below 0 if it was there before.
fn latency(lines: &mpsc::Receiver<(Instant, String)>, name: &str, returned: Instant) -> f64 {
    loop {
        let (at, line) = lines
            .recv_timeout(Duration::from_secs(10))
            .expect("an event");
        if line.contains(name) {
            return match at.checked_duration_since(returned) {
                Some(after) => after.as_secs_f64() * 1e3,
                None => -(returned.duration_since(at).as_secs_f64() * 1e3),
            };
        }
    }
}

/// Our own time in a creation with a start: the whole less libvirt's making of the disk, its
/// defining and its starting, in ms. What is left is everything else: the program's start, the
/// connection, all questions to the host, keyring, journal and leases.
fn creation(program: &Path, world: &World) -> Figure {
    world.make_pool();
    let mut own = Vec::new();
    for _ in 0..CREATE_RUNS {
        let name = unique_name("made");
        let mut command = world.session.command(program);
        command
            .args(["-c", &world.daemon.uri()])
            .args(world.create_words(&name, &["--start"]))
            .env("ORIEL_LOG", "oriel::timing=debug");
        let begin = Instant::now();
        let result = command.output().unwrap();
        let whole = begin.elapsed().as_secs_f64() * 1e3;
        let errors = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(result.status.success(), "{errors}");
        let libvirt: Vec<f64> = errors
            .lines()
            .filter_map(|line| line.split("ms=").nth(1))
            .filter_map(|text| text.split_whitespace().next()?.parse().ok())
            .collect();
        assert_eq!(libvirt.len(), 3, "{errors}");
        own.push(whole - libvirt.iter().sum::<f64>());
        world.run(&["force-off", &name]).expect(0);
        world
            .run(&["delete", &name, "--storage", "--forget-key"])
            .expect(0);
    }
    let ours = median(own);
    Figure {
        name: "create + start outside libvirt's calls, ms".into(),
        ours,
        theirs: None,
        value: ours,
        limit: 150.0,
        unit: "ms",
    }
}
