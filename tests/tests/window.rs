// SPDX-License-Identifier: GPL-3.0-or-later
//! The window on a virtual display, with a real daemon, keyring and guests: it shows what is
//! there, follows what others do, launches through the keyring, and says nothing on standard
//! error. Its pictures are kept below the target folder.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, process};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

const PATIENCE: Duration = Duration::from_secs(30);

// Where the rows of the list are in a window of its first size, in the order of the names.
const ATTIC: (u32, u32) = (150, 221);
const CELLAR: (u32, u32) = (150, 268);
const PARLOUR: (u32, u32) = (150, 314);
/// The passphrase's row in the dialog.
const ENTRY: (u32, u32) = (100, 115);
/// The first button of a guest that is off.
const START: (u32, u32) = (650, 304);

fn window(world: &World, scheme: &str) -> Running {
    let program = oriel_tests::profile_folder().join("oriel");
    assert!(
        program.is_file(),
        "{} is not built; run `cargo build --workspace` first, as `make test` does",
        program.display()
    );
    let mut command = world.session.command(program);
    command
        .args(["--connect", &world.daemon.uri()])
        .env("GSK_RENDERER", "cairo")
        .env("GDK_BACKEND", "x11")
        // The private session has no accessibility bus, which GTK would warn of.
        .env("GTK_A11Y", "none")
        .env("ADW_DEBUG_COLOR_SCHEME", scheme)
        .env("LC_ALL", "C.UTF-8");
    Running::start(&mut command, None)
}

fn xdotool(world: &World, args: &[&str]) -> Result<String, String> {
    let mut command = world.session.command("xdotool");
    process::run(command.args(args)).map_err(|error| error.to_string())
}

/// Awaits a window of that title, and gives its number.
fn await_title(world: &World, title: &str) -> String {
    let pattern = format!("^{title}$");
    let find = ["search", "--onlyvisible", "--name", &pattern];
    process::wait_for(title, PATIENCE, || {
        let found = xdotool(world, &find)?;
        found
            .lines()
            .next()
            .map(str::to_owned)
            .ok_or_else(|| "none".into())
    })
    .unwrap()
}

/// Clicks at a place of the screen. There is no window manager, so the window has its corner at 0, 0.
fn click(world: &World, x: u32, y: u32) {
    let (x, y) = (x.to_string(), y.to_string());
    xdotool(world, &["mousemove", &x, &y, "click", "1"]).unwrap();
}

/// Clicks at a guest's row until its page is there: the row itself may not be yet.
fn choose(world: &World, row: (u32, u32), title: &str) {
    let pattern = format!("^{title}$");
    process::wait_for(title, PATIENCE, || {
        click(world, row.0, row.1);
        std::thread::sleep(Duration::from_millis(500));
        xdotool(world, &["search", "--onlyvisible", "--name", &pattern])
    })
    .unwrap();
}

/// Types into the dialog, which lies over the window's corner, and presses Enter.
fn answer(world: &World, words: &str) {
    let main = await_title(world, "attic – Oriel");
    let all = xdotool(world, &["search", "--onlyvisible", "--class", "oriel"]).unwrap();
    let dialog = all.lines().find(|id| *id != main);
    // Without a window manager nobody else gives it the focus.
    xdotool(world, &["windowfocus", "--sync", dialog.unwrap()]).unwrap();
    click(world, ENTRY.0, ENTRY.1);
    std::thread::sleep(Duration::from_millis(500));
    let mut command = world.session.command("xdotool");
    command.args(["type", "--delay", "30", "--file", "-"]);
    process::run_with_input(&mut command, words.as_bytes()).unwrap();
    picture(world, "typed.png");
    xdotool(world, &["key", "Return"]).unwrap();
}

/// Takes a picture of the screen, and says how many colours are in it.
fn picture(world: &World, name: &str) -> (PathBuf, u32) {
    let path = oriel_tests::output("window").join(name);
    let display = world.session.display().unwrap();
    display.screenshot(&path).unwrap();
    let mut identify = Command::new("identify");
    let counted = process::run(identify.args(["-format", "%k"]).arg(&path)).unwrap();
    (path, counted.trim().parse().unwrap())
}

/// A picture once there is text in it: an empty window has a handful of colours.
fn await_content(world: &World, name: &str) {
    let began = Instant::now();
    loop {
        let (path, colours) = picture(world, name);
        if colours > 60 {
            return;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{} stays blank: {colours} colours",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn assert_quiet(window: &mut Running, when: &str) {
    let said = window.err();
    assert!(window.alive(), "the window is gone {when}: {said}");
    for word in ["CRITICAL", "WARNING", "WARN", "ERROR", "panicked"] {
        assert!(!said.contains(word), "{when}: {said}");
    }
}

fn await_state(world: &World, name: &str, state: &str) {
    process::wait_for(name, PATIENCE, || match world.state(name) {
        now if now == state => Ok(()),
        now => Err(now),
    })
    .unwrap();
}

#[test]
fn the_window_shows_guests_follows_virsh_and_launches_through_the_keyring() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), true);
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    let unkept = world.define_encrypted("attic", "words that nobody kept");
    let mut running = Domain::new("parlour", &world.guest);
    running.video = true;
    world.define(&running);
    world.daemon.virsh(&["start", "parlour"]).unwrap();

    let mut oriel = window(&world, "default");
    await_title(&world, "Oriel");
    await_content(&world, "list.png");
    choose(&world, PARLOUR, "parlour – Oriel");
    // Time for a picture of its screen.
    std::thread::sleep(Duration::from_secs(3));
    await_content(&world, "running.png");
    assert_quiet(&mut oriel, "with a running guest");

    // The passphrase comes from the keyring; nobody is asked.
    choose(&world, CELLAR, "cellar – Oriel");
    await_content(&world, "off.png");
    click(&world, START.0, START.1);
    await_state(&world, "cellar", "running");
    assert_quiet(&mut oriel, "after a launch");
    world.assert_no_lease("after a launch from the window");

    // Others' doing shows: the page of a guest that is gone goes.
    world.daemon.virsh(&["destroy", "cellar"]).unwrap();
    world.daemon.virsh(&["undefine", "cellar"]).unwrap();
    await_title(&world, "Oriel");
    world.daemon.virsh(&["destroy", "parlour"]).unwrap();
    await_content(&world, "followed.png");
    assert_quiet(&mut oriel, "after what virsh did");

    // A key that nobody has is asked for, and kept once it has proved right.
    choose(&world, ATTIC, "attic – Oriel");
    click(&world, START.0, START.1);
    std::thread::sleep(Duration::from_secs(2));
    await_content(&world, "question.png");
    assert_quiet(&mut oriel, "with a question");
    assert_eq!(world.state("attic"), "shut off");
    answer(&world, "words that nobody kept");
    await_state(&world, "attic", "running");
    process::wait_for("the key in the keyring", PATIENCE, || {
        match world.key(&unkept).as_deref().map(str::trim) {
            Some("words that nobody kept") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .unwrap();
    // Time for the window to hear of it, for the picture.
    std::thread::sleep(Duration::from_secs(2));
    await_content(&world, "answered.png");
    assert_quiet(&mut oriel, "after the answer");
    world.assert_no_lease("after an answer");
}

#[test]
fn the_window_is_dark_where_the_desktop_is_and_folds_where_it_is_narrow() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), true);
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    let mut oriel = window(&world, "prefer-dark");
    let id = await_title(&world, "Oriel");
    await_content(&world, "dark.png");
    // The first of the list, since it is the only one.
    choose(&world, ATTIC, "cellar – Oriel");
    await_content(&world, "dark.png");
    xdotool(&world, &["windowsize", "--sync", &id, "360", "640"]).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    await_content(&world, "narrow.png");
    assert_quiet(&mut oriel, "in a narrow window");
}
