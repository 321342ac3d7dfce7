// SPDX-License-Identifier: GPL-3.0-or-later
//! A thousand running guests: the window answers at once while one scrolls, searches and selects,
//! and guests that come and go elsewhere leave selection and scroll where they are.
//!
//! Fluid is measured from outside: how long the window's main loop takes to answer while keys
//! are pressed, and how long a key takes to its effect.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::time::{Duration, Instant};

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, Session, SessionOptions, is_root};
use oriel_tests::desktop::bus::{ACCESSIBLE, Reference};
use oriel_tests::desktop::tree::{Element, State};
use oriel_tests::desktop::{App, PATIENCE, is_newer_gtk};
use oriel_tests::skip;
use oriel_tests::test_driver_file;
use oriel_tests::world::World;

/// How many guests the test driver has.
const MANY: usize = 1000;

/// The main loop never stands still for longer while somebody scrolls or types. What is usual depends
/// on what else the machine does: a quarter of a second was seen beside a build.
const WORST: Duration = Duration::from_secs(1);

/// How much of a processor a key may take on average, the drawing and the answer included. That
/// depends little on what else the machine does: with ten times more to do than it could, 44 ms
/// were seen for a row and 63 for a page, in a debug build.
const WORK: Duration = Duration::from_millis(120);

/// How much of a processor a way through all guests may take: a search, or to the end of the list.
const EFFECT: Duration = Duration::from_millis(1500);

/// How many guests are defined with a real daemon.
const DEFINED: usize = 120;

/// How long the window takes to answer that it is there.
fn answer(app: &App, window: &Reference) -> Duration {
    let begin = Instant::now();
    let role: Result<String, _> = app.bus().call(window, ACCESSIBLE, "GetRoleName", &());
    role.unwrap();
    begin.elapsed()
}

/// What keys took.
#[derive(Debug)]
struct Pressed {
    /// The answers' times, sorted.
    took: Vec<Duration>,
    /// The program's time on a processor for each key, on average.
    work: Duration,
}

/// Presses a key many times, and asks the window all the while.
fn while_pressing(app: &mut App, key: &str, times: usize) -> Pressed {
    let window = app.tree().children[0].reference.clone();
    let process = app.process().id();
    let before = processor_time(process);
    let mut took = Vec::new();
    for _ in 0..times {
        app.input().keys(&[key]);
        took.push(answer(app, &window));
    }
    took.sort();
    let work = processor_time(process).saturating_sub(before) / u32::try_from(times).unwrap();
    Pressed { took, work }
}

/// How long a process has been on a processor, all its threads together.
fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // After the name, which may have anything in it, the twelfth and thirteenth word are the time
    // in the program and in the kernel, in hundredths of a second.
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let words: Vec<_> = rest.split_ascii_whitespace().collect();
    let ticks: u64 = words[11..13]
        .iter()
        .map(|word| word.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

#[track_caller]
fn assert_fluid(what: &str, Pressed { took, work }: &Pressed) {
    let usual = took[took.len() * 9 / 10];
    let worst = took[took.len() - 1];
    println!(
        "{what}: median {:?}, nine of ten {usual:?}, worst {worst:?}; {work:?} of a processor each",
        took[took.len() / 2]
    );
    assert!(*work < WORK, "{what}: {work:?} of a processor each");
    assert!(worst < WORST, "{what}: {took:?}");
}

/// The selected rows of the list of guests at the left, by their names.
fn selected(tree: &Element) -> Vec<String> {
    let list = sidebar(tree);
    let rows = list.children.iter().filter(|row| row.is(State::Selected));
    rows.filter_map(|row| row.title().map(str::to_owned))
        .collect()
}

fn sidebar(tree: &Element) -> &Element {
    let lists = tree.all().into_iter();
    lists
        .filter(|one| one.role == "list" && one.name == "Virtual machines" && one.showing)
        .min_by_key(|one| one.extents[0])
        .unwrap()
}

/// Where a row stands in the window.
fn place(tree: &Element, name: &str) -> Option<i32> {
    let list = sidebar(tree);
    let mut rows = list.children.iter();
    let row = rows.find(|row| row.title() == Some(name))?;
    Some(row.extents[1])
}

#[test]
fn a_thousand_guests_scroll_and_are_searched_fluently() {
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let uri = test_driver_file(session.dir(), MANY);
    let begin = Instant::now();
    let mut app = App::start(&session, &["--connect", &uri]);
    app.await_words("1000 virtual machines");
    println!("listed after {:?}", begin.elapsed());

    app.click_row("vm00003");
    app.await_window("vm00003 – Oriel");
    app.picture("scale", "thousand.png");
    assert_fluid("row by row", &while_pressing(&mut app, "Down", 60));
    app.await_window("vm00063 – Oriel");
    assert_fluid("page by page", &while_pressing(&mut app, "Page_Down", 40));
    let window = app.tree().children[0].reference.clone();
    let process = app.process().id();
    let (begin, before) = (Instant::now(), processor_time(process));
    app.input().keys(&["End"]);
    while app.look_name(&window) != "vm00999 – Oriel" {
        assert!(begin.elapsed() < PATIENCE, "the end is not reached");
    }
    let work = processor_time(process).saturating_sub(before);
    println!("to the end in {:?}, {work:?}", begin.elapsed());
    assert!(work < EFFECT, "to the end: {work:?} of a processor");
    assert_eq!(selected(&app.tree()), ["vm00999"]);

    let list = sidebar(&app.tree()).reference.clone();
    // A search finds the one among all, and the way back is as quick.
    app.input().keys(&["ctrl+f"]);
    app.input().type_text("vm0042");
    let (begin, before) = (Instant::now(), processor_time(process));
    // Ten of the thousand fit, below the rows of all of them and of their connection.
    while app.children(&list) > 12 {
        assert!(begin.elapsed() < PATIENCE, "nothing is found");
    }
    let work = processor_time(process).saturating_sub(before);
    println!("found in {:?}, {work:?}", begin.elapsed());
    assert!(work < EFFECT, "a search: {work:?} of a processor");
    app.picture("scale", "search.png");
    let typing = while_pressing(&mut app, "BackSpace", 6);
    println!("typing: {typing:?}");
    // Each letter less brings hundreds of rows back.
    assert!(typing.work < EFFECT, "typing: {typing:?}");
    assert!(typing.took[5] < WORST, "typing: {typing:?}");
    app.await_one("list item", "vm00999");

    // The overview of all of them.
    app.input().keys(&["alt+Home"]);
    app.await_window("Oriel");
    app.input().keys(&["ctrl+2", "Tab"]);
    app.picture("scale", "list.png");
    app.input().keys(&["ctrl+1"]);
    app.picture("scale", "gallery.png");
    app.close();
}

/// Awaits that the connection's row counts so many. It is scrolled out of sight, and GTK 4.18 tells
/// nothing of such a row.
fn await_count(app: &App, number: usize) {
    if is_newer_gtk() {
        return;
    }
    let words = format!("{number} virtual machines");
    app.await_that(&words, |tree| {
        tree.all().iter().any(|one| one.name == words)
    });
}

#[test]
fn guests_that_come_and_go_leave_selection_and_scroll() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    let name = |number: usize| format!("guest{number:03}");
    let file = world.daemon.dir().join("all.xml");
    let define = |name: &str| {
        std::fs::write(&file, Domain::idle(name, &world.guest).to_xml()).unwrap();
        world
            .daemon
            .virsh(&["define", file.to_str().unwrap()])
            .unwrap();
    };
    // Even ones first; odd ones come between them while the window looks.
    for number in (0..DEFINED).step_by(2) {
        define(&name(number));
    }
    let app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_words(&format!("{} virtual machines", DEFINED / 2));
    app.click_row("guest000");
    app.await_window("guest000 – Oriel");
    // Down to one in the middle of the list, which then stands at the list's lower end.
    for _ in 0..30 {
        app.input().keys(&["Down"]);
    }
    app.await_window("guest060 – Oriel");
    let tree = app.tree();
    let before = place(&tree, "guest060").unwrap();
    assert_eq!(selected(&tree), ["guest060"]);

    for number in (1..DEFINED).step_by(2) {
        define(&name(number));
    }
    // The last of all stands in sight.
    define("guest059 last");
    app.await_one("list item", "guest059 last");
    await_count(&app, DEFINED + 1);
    let tree = app.tree();
    assert_eq!(selected(&tree), ["guest060"], "after guests came");
    assert_eq!(
        place(&tree, "guest060"),
        Some(before),
        "scrolled by guests that came"
    );
    app.picture("scale", "came.png");

    for number in (0..DEFINED).filter(|number| number % 4 == 1) {
        world.daemon.virsh(&["undefine", &name(number)]).unwrap();
    }
    world.daemon.virsh(&["undefine", "guest059 last"]).unwrap();
    app.await_gone("list item", "guest059 last");
    await_count(&app, DEFINED * 3 / 4);
    let tree = app.tree();
    assert_eq!(selected(&tree), ["guest060"], "after guests went");
    assert_eq!(
        place(&tree, "guest060"),
        Some(before),
        "scrolled by guests that went"
    );
    assert_eq!(tree.children[0].name, "guest060 – Oriel");
    // The one that is shown goes itself: its page goes, and nothing else is chosen instead.
    world.daemon.virsh(&["undefine", "guest060"]).unwrap();
    app.await_window("Oriel");
    app.close();
}
