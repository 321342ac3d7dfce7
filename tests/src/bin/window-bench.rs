// SPDX-License-Identifier: GPL-3.0-or-later
//! `make bench`, the window: Oriel against virt-manager with the same guests on the same virtual
//! display in the same run. Exits with 1 where a limit is passed.
//!
//! Both show a list of running guests with graphs of their processors, read every three seconds,
//! and draw without a graphics card. What is compared: the time until rows are to be seen, the
//! processor time of the first twenty seconds (in which the list is complete), that of the minute
//! after, and the memory at the end. A list whose graphs show nothing fails.
//!
//!     window-bench [GUESTS...]    1000 and 10000 unless told

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measuring program: what can't be measured ends it"
)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use oriel_sandbox::{Keyring, Session, SessionOptions, process};
use oriel_tests::test_driver_file;

/// How long the list may take to be complete; both programs are given all of it.
const COMPLETE: Duration = Duration::from_secs(20);

/// How long a program that shows no rows by then is waited for. virt-manager needs more than
/// [`COMPLETE`] for 10,000 guests; what it has not shown by then counts as shown then.
const PATIENCE: Duration = Duration::from_mins(3);

/// How long they are then left alone.
const QUIET: Duration = Duration::from_mins(1);

/// Ticks of the kernel's clock in a second (`_SC_CLK_TCK`, which is 100 on Linux).
const TICKS: f64 = 100.0;

/// What is looked at: where both programs have the names of their rows, as width, height and place.
const ROWS: &str = "200x360+70+180";

/// More dark pixels than this among them are rows.
const SOME: i64 = 200;

/// Where Oriel's graphs are, in a window of the size that this program gives it.
const GRAPHS: &str = "110x600+570+80";

/// What one program needed.
#[derive(Debug)]
struct Needed {
    /// Whether rows were to be seen at all.
    shown: bool,
    /// Seconds until rows were to be seen, or that were waited for them.
    rows: f64,
    /// Seconds of processor time until the list was complete.
    begin: f64,
    /// Seconds of processor time in the minute after.
    minute: f64,
    /// Resident memory at the end, in MiB.
    memory: f64,
}

fn main() -> ExitCode {
    let mut well = true;
    println!(
        "{:<34}{:>12}{:>14}{:>9}{:>9}",
        "FIGURE", "ORIEL", "VIRT-MANAGER", "RATIO", "LIMIT"
    );
    let given: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let counts = if given.is_empty() {
        vec![1_000, 10_000]
    } else {
        given
    };
    for count in counts {
        let (ours, graphs) = oriel(count);
        assert!(ours.shown, "Oriel shows no rows of {count} guests");
        let theirs = virt_manager(count);
        if !theirs.shown {
            println!(
                "{count} guests: virt-manager showed no rows in {:.0} s",
                theirs.rows
            );
        }
        let rows = [
            ("time to rows, s", ours.rows, theirs.rows, 0.5),
            ("processor until complete, s", ours.begin, theirs.begin, 0.1),
            ("processor in a minute, s", ours.minute, theirs.minute, 0.02),
            ("resident memory, MiB", ours.memory, theirs.memory, 0.75),
        ];
        for (name, ours, theirs, limit) in rows {
            let ratio = ours / theirs;
            let fits = ratio <= limit;
            well &= fits;
            println!(
                "{:<34}{ours:>12.2}{theirs:>14.2}{ratio:>9.3}{limit:>9.3} {}",
                format!("{count} guests: {name}"),
                if fits { "ok" } else { "OVER" }
            );
        }
        let flat = graphs < 20;
        well &= !flat;
        println!(
            "{count} guests: the graphs grew by {graphs} pixels {}",
            if flat { "FLAT" } else { "ok" }
        );
    }
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn session() -> Session {
    Session::start(&SessionOptions {
        keyring: Keyring::None,
        display: true,
        desktop: false,
        ..SessionOptions::default()
    })
    .unwrap()
}

/// Oriel, and by how many pixels its graphs grew in the last half of the time.
fn oriel(count: usize) -> (Needed, i64) {
    let session = session();
    let folder = session.config().join("oriel");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("window.ini"),
        "[Window]\nwidth=1080\nheight=760\nview=list\nscheme=light\n[Live]\nfigures=3\n",
    )
    .unwrap();
    let uri = test_driver_file(session.dir(), count);
    let program = oriel_tests::profile_folder().join("oriel");
    let mut command = session.command(program);
    command
        .args(["--connect", &uri])
        .env("GSK_RENDERER", "cairo")
        .env("GDK_BACKEND", "x11")
        .env("GTK_A11Y", "none");
    let mut grown = 0;
    let needed = measure(&session, &mut command, |half| {
        let coloured = coloured(&session, GRAPHS);
        grown = if half { -coloured } else { grown + coloured };
    });
    (needed, grown)
}

fn virt_manager(count: usize) -> Needed {
    let session = session();
    let uri = test_driver_file(session.dir(), count);
    let mut command = session.command("virt-manager");
    command
        .args(["--no-fork", "--connect", &uri])
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1");
    measure(&session, &mut command, |_| {})
}

/// Starts a program and measures it; `look` is called in the middle of the quiet minute (true) and
/// at its end.
fn measure(session: &Session, command: &mut Command, mut look: impl FnMut(bool)) -> Needed {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut seen: Vec<(f64, i64)> = Vec::new();
    let none = |seen: &[(f64, i64)]| seen.last().is_none_or(|it| it.1 <= SOME);
    while begin.elapsed() < COMPLETE || none(&seen) && begin.elapsed() < PATIENCE {
        seen.push((begin.elapsed().as_secs_f64(), dark(session, ROWS)));
        std::thread::sleep(Duration::from_millis(50));
        assert!(child.try_wait().unwrap().is_none(), "{command:?} has ended");
    }
    let last = seen.last().map_or(0, |it| it.1);
    let ended = begin.elapsed().as_secs_f64();
    // Rows are there once most of what is there in the end is.
    let rows = seen
        .iter()
        .find(|(_, dark)| last > SOME && *dark * 10 >= last * 7)
        .map(|it| it.0);
    let first = processor(&child);
    std::thread::sleep(QUIET / 2);
    look(true);
    std::thread::sleep(QUIET / 2);
    let minute = processor(&child) - first;
    look(false);
    let memory = memory(&child);
    let _ = child.kill();
    let _ = child.wait();
    Needed {
        shown: rows.is_some(),
        rows: rows.unwrap_or(ended),
        begin: first,
        minute,
        memory,
    }
}

/// The processor time of a process so far, in seconds.
fn processor(child: &Child) -> f64 {
    let text = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    // Fields 14 and 15 of proc(5); the name before them may have spaces.
    let ticks = |place: usize| fields[place].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// The resident memory of a process, in MiB.
fn memory(child: &Child) -> f64 {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib = line.split_whitespace().nth(1).unwrap();
    kib.parse::<f64>().unwrap() / 1024.0
}

/// A part of the screen as bytes red, green, blue.
fn pixels(session: &Session, part: &str) -> Vec<u8> {
    let path = session.dir().join("part.rgb");
    let mut import = session.command("import");
    import.args(["-silent", "-window", "root", "-crop", part, "-depth", "8"]);
    import.arg(format!("rgb:{}", path.display()));
    // A window that is being made may vanish under it; the next picture counts.
    if process::run(&mut import).is_err() {
        return Vec::new();
    }
    fs::read(Path::new(&path)).unwrap_or_default()
}

/// How many pixels are dark: text on a light ground. A screen without a window is black, which
/// counts as nothing.
fn dark(session: &Session, part: &str) -> i64 {
    let pixels = pixels(session, part);
    let dark = |pixel: &&[u8]| pixel.iter().all(|part| *part < 120);
    let count = pixels.chunks_exact(3).filter(dark).count();
    if count * 2 > pixels.len() / 3 {
        return 0;
    }
    i64::try_from(count).unwrap()
}

/// How many pixels are coloured: the lines of graphs.
fn coloured(session: &Session, part: &str) -> i64 {
    let pixels = pixels(session, part);
    let coloured = |pixel: &&[u8]| {
        let most = pixel.iter().max().unwrap();
        let least = pixel.iter().min().unwrap();
        most - least > 20
    };
    let count = pixels.chunks_exact(3).filter(coloured).count();
    i64::try_from(count).unwrap()
}
