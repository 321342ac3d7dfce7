// SPDX-License-Identifier: GPL-3.0-or-later
//! Memory stays flat, whatever is done for however long: closed windows are freed, and what a
//! guest's start leaves goes.
//!
//! `make test` counts the live objects after a few openings ([`Census`]). `make soak` measures what
//! the program has written to ([`memory::anonymous_kib`]) over hundreds, after a warm-up in which
//! caches fill. A screen reader's bus is there all the while.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use oriel_colour::picture::{Format, Picture, Pixels as Samples, Tag};
use oriel_sandbox::{Keyring, Session, SessionOptions, is_root};
use oriel_tests::census::Census;
use oriel_tests::desktop::again::{
    AGAIN, clicking, closing_window, opening_window, pressing, trying, until,
};
use oriel_tests::desktop::bus::Reference;
use oriel_tests::desktop::drag::Source;
use oriel_tests::desktop::tree::{Element, State};
use oriel_tests::desktop::{App, is_newer_gtk};
use oriel_tests::screen::Screen;
use oriel_tests::world::World;
use oriel_tests::{memory, skip, test_driver_file};

/// How often something is opened before the objects are counted.
const LOT: usize = 3;

/// In a soak each page and dialog is opened in so many lots, after each of which memory is measured.
/// The first ones warm up.
const LOTS: usize = 20;
const WARM: usize = 3;

/// How many lots are looked at together, at the beginning and at the end: of each the lowest
/// counts. What pictures are drawn on, and what the heap keeps of it, makes one page swing by
/// 20 MiB from lot to lot.
const THIRD: usize = 6;

/// By how many KiB memory may grow in the eleven lots from the first such to the last: 62 for each
/// opening, 19 in a soak. A window that is not freed costs over 100, one like that of libadwaita's
/// preferences 280; what the heap takes in one step, from time to time, is up to 1,400.
const GROWTH: u64 = 2048;

/// As [`GROWTH`], where pictures of a guest's screen come and go meanwhile: what these are drawn on
/// was seen to swing by 25 MiB from lot to lot. A picture that is not freed has 3 MiB, and would come
/// to three times this. That windows themselves are freed is counted, too.
const SWING: u64 = 32 * 1024;

/// How many looks at the memory one after the other find it at rest, if they agree; how many looks
/// there are at most, and how long to wait between them.
const AGREE: usize = 3;
const LOOKS: usize = 8;
const REST: Duration = Duration::from_millis(30);

/// How many guests are started and stopped at once.
const AT_ONCE: usize = 200;

/// As [`GROWTH`], of photos: they are converted on threads that come and go, of which the heap was
/// seen to keep 4,000 KiB on a busy machine. One that stays has 300, and would come to 9,900.
const CONVERTED: u64 = 6 * 1024;

/// How often in a soak, and how often of those to warm up. The lists of past events fill up in the
/// first eight rounds; the fifty after them were seen to add 4 MiB.
const ROUNDS: usize = 20;
const WARM_ROUNDS: usize = 8;

/// After how many such rounds the objects are counted.
const ROUNDS_COUNTED: usize = 1;

/// The colour of a photo.
const RED: [u8; 3] = [200, 60, 40];

/// By how many KiB memory may grow with a guest's stop and start. The list of events on a guest's
/// page takes less.
const EACH_START: u64 = 3;

/// How many openings a lot has in a soak; none where this is none.
fn soak() -> Option<usize> {
    std::env::var("ORIEL_LOT").ok()?.parse().ok()
}

/// The window, and how its objects are counted.
struct Flat {
    app: App,
    census: Census,
}

impl Flat {
    #[track_caller]
    fn start(session: &Session, uri: &str) -> Self {
        Self::start_with(session, uri, |_| {})
    }

    #[track_caller]
    fn start_with(session: &Session, uri: &str, change: impl FnOnce(&mut Command)) -> Self {
        let mut census = None;
        let app = App::start_with(session, &["--connect", uri], |command| {
            census = Some(Census::prepare(session, command));
            change(command);
        });
        let census = census.unwrap();
        Self { app, census }
    }
}

fn desktop() -> Session {
    Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap()
}

/// The program's memory at rest: the least in a while. What a window is drawn on comes and goes,
/// over ten MiB of it, and a picture of a guest's screen takes its place for a moment.
fn settled(process: u32) -> u64 {
    let mut samples = Vec::new();
    while samples.len() < LOOKS {
        std::thread::sleep(REST);
        samples.push(memory::anonymous_kib(process));
        let last = samples.len().saturating_sub(AGREE);
        if samples.len() >= AGREE && samples[last..].iter().all(|one| *one == samples[last]) {
            break;
        }
    }
    samples.into_iter().min().unwrap()
}

/// Opens the menu of a button, in the middle of which a place is. Where GTK 4.18 says that a small
/// button is, it need not be; there it is pressed as by a screen reader, which takes longer.
#[track_caller]
fn opening(app: &App, what: &str, button: &Element, place: [i32; 2]) {
    let is_open = || app.is(&button.reference, State::Pressed);
    if is_newer_gtk() {
        trying(what, AGAIN, || app.press(button), is_open);
    } else {
        clicking(app, what, place, is_open);
    }
}

/// Does something in lots, and fails where it leaves something.
#[track_caller]
fn repeat(flat: &mut Flat, what: &str, once: impl FnMut(&App)) {
    repeat_within(flat, what, GROWTH, once);
}

/// As [`repeat`], where a soak lets memory grow by so many KiB.
#[track_caller]
fn repeat_within(flat: &mut Flat, what: &str, growth: u64, mut once: impl FnMut(&App)) {
    if let Some(lot) = soak() {
        soak_within(&mut flat.app, what, lot, growth, once);
    } else {
        let app = &flat.app;
        flat.census.assert_flat(what, LOT, LOT, || once(app));
    }
    flat.app.assert_quiet(what);
}

/// Does something in lots, and fails where memory grows with it.
#[track_caller]
fn soak_within(app: &mut App, what: &str, lot: usize, growth: u64, mut once: impl FnMut(&App)) {
    let process = app.process().id();
    let begin = Instant::now();
    let mut measures = Vec::new();
    for _ in 0..LOTS {
        for _ in 0..lot {
            once(app);
        }
        measures.push(settled(process));
    }
    let took = begin.elapsed().as_secs();
    println!("{what}: {measures:?} KiB after {lot} times each, in {took} s");
    let least = |lots: &[u64]| lots.iter().copied().min().unwrap();
    let early = least(&measures[WARM..][..THIRD]);
    let late = least(&measures[measures.len() - THIRD..]);
    assert!(late < early + growth, "{what}: {measures:?} KiB");
}

/// Opens a window in lots, and closes it by Escape.
#[track_caller]
fn windows(flat: &mut Flat, what: &str, open: impl Fn(&App)) {
    windows_with(flat, what, GROWTH, open, |_| {}, "Escape");
}

/// As [`windows`], with something to do while it is open, and another key that closes it.
#[track_caller]
fn windows_with(
    flat: &mut Flat,
    what: &str,
    growth: u64,
    open: impl Fn(&App),
    look: impl Fn(&App),
    close: &str,
) {
    let main = flat.app.input().active().unwrap();
    let before = flat.app.tree().children.len();
    repeat_within(flat, what, growth, |app| {
        opening_window(app, what, main, &open, close);
        look(app);
        closing_window(app, what, main, close);
    });
    let left = flat.app.tree().children.len();
    assert_eq!(left, before, "{what}: closed, and not freed");
}

/// Opens the menu of a button in lots.
#[track_caller]
fn menus(flat: &mut Flat, name: &str) {
    let button = flat.app.await_usable("button", name);
    let place = middle(&flat.app, &button);
    repeat(flat, name, |app| {
        let is_open = || app.is(&button.reference, State::Pressed);
        opening(app, name, &button, place);
        pressing(app, "Escape", || !is_open());
    });
}

#[test]
fn the_programs_own_dialogs_are_freed_when_they_close() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut flat = Flat::start(&session, &uri);
    flat.app.await_words("3 running");
    let keys = |keys: &'static [&'static str]| move |app: &App| app.input().keys(keys);
    windows(&mut flat, "preferences", keys(&["ctrl+comma"]));
    windows(&mut flat, "assistant", keys(&["ctrl+n"]));
    for name in ["Add Connection…", "About Oriel"] {
        from_menu(&mut flat, "Main Menu", name);
    }
    // The window of shortcuts is the one that stays, hidden: GTK keeps it for its window.
    flat.app.input().keys(&["ctrl+question"]);
    until("shortcuts", || flat.app.dialogs() == 1);
    flat.app.input().keys(&["Escape"]);
    until("the main window", || flat.app.dialogs() == 0);
    windows(&mut flat, "shortcuts", keys(&["ctrl+question"]));
    flat.app.close();
}

#[test]
fn the_question_of_a_running_guest_is_freed_when_it_closes() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut flat = Flat::start(&session, &uri);
    flat.app.click_row("vm00000");
    flat.app.await_window("vm00000 – Oriel");
    from_menu(&mut flat, "More", "Force Off…");
    flat.app.close();
}

#[test]
fn dialogs_of_a_guest_that_is_off_are_freed_when_they_close() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut flat = Flat::start(&session, &uri);
    flat.app.click_row("vm00000");
    flat.app.await_window("vm00000 – Oriel");
    flat.app.choose("More", "Force Off…");
    flat.app.press_button("Force Off");
    flat.app.await_usable("button", "Start");
    for name in ["Rename…", "Delete…"] {
        from_menu(&mut flat, "More", name);
    }
    flat.app.close();
}

/// Opens a dialog by a menu, in lots.
#[track_caller]
fn from_menu(flat: &mut Flat, menu: &str, name: &str) {
    let app = &flat.app;
    let button = app.await_usable("button", menu);
    let is_open = |app: &App| app.is(&button.reference, State::Pressed);
    let place = middle(app, &button);
    opening(app, menu, &button, place);
    let entry = app.await_usable("menu item", name);
    pressing(app, "Escape", || !is_open(app));
    windows(flat, name, |app| {
        if !is_open(app) {
            opening(app, menu, &button, place);
        }
        app.press(&entry);
    });
}

#[test]
fn menus_leave_nothing() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut flat = Flat::start(&session, &uri);
    flat.app.await_words("3 running");
    menus(&mut flat, "Main Menu");
    menus(&mut flat, "Sort and Filter");
    flat.app.close();
}

#[test]
fn pages_leave_nothing() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut flat = Flat::start(&session, &uri);
    flat.app.await_words("3 running");
    let views = ["Pictures", "List with graphs"].map(|name| {
        let all = flat.app.tree();
        let mut all = all.all().into_iter();
        all.find(|one| one.showing && one.name == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .clone()
    });
    let keys = ["ctrl+1", "ctrl+2"];
    repeat(&mut flat, "views", |app| {
        for (view, key) in views.iter().zip(keys).rev() {
            pressing(app, key, || app.is(&view.reference, State::Pressed));
        }
    });
    flat.app.click_row("vm00000");
    let window = flat.app.await_window("vm00000 – Oriel").reference;
    // The first pictures of the screens take some MiB; pages that only flit by have none.
    for name in ["vm00001", "vm00002", "vm00000"] {
        flat.app.click_row(name);
        flat.app.await_one("image", &format!("Screen of “{name}”"));
    }
    let is_shown = |app: &App, name: &str| app.look_name(&window) == format!("{name} – Oriel");
    repeat_within(&mut flat, "guests", SWING, |app| {
        for (key, name) in [("Down", "vm00001"), ("Up", "vm00000")] {
            pressing(app, key, || is_shown(app, name));
        }
    });
    tabs(&mut flat);
    let row = middle(&flat.app, &flat.app.await_one("list item", "vm00000"));
    repeat_within(&mut flat, "all and one", SWING, |app| {
        pressing(app, "alt+Home", || app.look_name(&window) == "Oriel");
        clicking(app, "one", row, || is_shown(app, "vm00000"));
    });
    flat.app.close();
}

/// Where to click at an element, as long as the window stays where it is. GTK takes its time where a
/// screen reader presses a button: a quarter of a second.
fn middle(app: &App, element: &Element) -> [i32; 2] {
    let [x, y, width, height] = app.place(element);
    [x + width / 2, y + height / 2]
}

/// Opens each tab of the page of a guest in lots. They are asked one by one: the tree of
/// a whole page takes the window longer to tell than to open it.
#[track_caller]
fn tabs(flat: &mut Flat) {
    let app = &flat.app;
    let tree = app.tree();
    let tabs = ["Activity", "Resources", "Overview"].map(|name| {
        let mut all = tree.all().into_iter();
        let tab = all.find(|one| one.showing && one.role == "tab" && one.label() == name);
        let tab = tab.unwrap_or_else(|| panic!("no {name}: {}", tree.dump()));
        (name, tab.clone(), middle(app, tab))
    });
    // The overview takes a picture of the screen each time.
    repeat_within(flat, "tabs", SWING, |app| {
        for (name, tab, place) in &tabs {
            clicking(app, name, *place, || {
                app.is(&tab.reference, State::Selected)
            });
        }
    });
}

#[test]
fn a_failure_is_freed_when_it_was_read() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let path = Path::new(uri.trim_start_matches("test://"));
    let guests = fs::read_to_string(path).unwrap();
    let graphics = "<graphics type='vnc'/></devices>";
    fs::write(path, guests.replace("</devices>", graphics)).unwrap();
    // A viewer that fails at once.
    let viewer = session.dir().join("virt-viewer");
    fs::write(&viewer, "#!/bin/sh\nexit 3\n").unwrap();
    fs::set_permissions(&viewer, fs::Permissions::from_mode(0o755)).unwrap();
    let mut flat = Flat::start_with(&session, &uri, |command| {
        command.env("PATH", session.dir());
    });
    flat.app.click_row("vm00000");
    flat.app.await_window("vm00000 – Oriel");
    flat.app.press_button("Open Console");
    flat.app.await_words("Could Not Open the Console");
    flat.app.input().keys(&["Escape"]);
    flat.app
        .await_that("no failure", |tree| !tree.says("Could Not Open"));
    let console = flat.app.await_usable("button", "Open Console");
    let [x, y] = middle(&flat.app, &console);
    windows(&mut flat, "failure", |app| app.input().click(x, y, 1));
    flat.app.close();
}

#[test]
fn the_question_for_a_passphrase_is_freed_when_it_is_closed() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.define_encrypted("attic", "words that nobody kept");
    let mut flat = Flat::start(&world.session, &world.daemon.uri());
    flat.app.click_row("attic");
    flat.app.await_window("attic – Oriel");
    let start = flat.app.await_usable("button", "Start");
    let [x, y] = middle(&flat.app, &start);
    windows(&mut flat, "passphrase", |app| {
        until("start", || app.is(&start.reference, State::Sensitive));
        app.input().click(x, y, 1);
    });
    flat.app.close();
}

/// A photo of one colour.
fn photo(path: &Path) {
    let picture = Picture {
        width: 320,
        height: 240,
        pixels: Samples::Eight([RED[0], RED[1], RED[2], 255].repeat(320 * 240)),
        tag: Tag::None,
        format: Format::Png,
    };
    fs::write(path, picture.to_png().unwrap()).unwrap();
}

#[test]
fn the_colour_page_and_photos_are_freed_when_they_close() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), 3);
    let mut flat = Flat::start(&session, &uri);
    flat.app.await_words("3 running");
    let keys = |app: &App| app.input().keys(&["ctrl+m"]);
    // The page is closed before its reports are made, and now and then after that. They are made on
    // threads that come and go, and the heap keeps some of each: that is no page, which has 5 MiB.
    let count = Cell::new(0_usize);
    let look = |app: &App| {
        count.set(count.get() + 1);
        if count.get().is_multiple_of(soak().unwrap_or(LOT)) {
            app.await_words("Where Profiles Were Looked For");
        }
    };
    windows_with(&mut flat, "colour page", SWING, keys, look, "Escape");

    let file = session.dir().join("photo.png");
    photo(&file);
    let [left, top, width, height] = flat.app.input().active_window().unwrap();
    let middle = [left + width / 2, top + height / 2];
    let source = Source::start(&session, &flat.app, &file);
    let screen = Screen::new(session.display().unwrap().name());
    let drop = |app: &App| {
        source.hold_at(app.input(), middle);
        app.input().release(1);
    };
    let look = |app: &App| {
        until("the photo", || {
            let window = app.input().active_window();
            window.is_ok_and(|[x, y, width, height]| {
                let shown = screen.pixels([x + width / 2, y + height / 2, 1, 1]);
                shown.all[0] == RED
            })
        });
    };
    until("the other window", || {
        flat.app.input().active_title().as_deref() == Some("Drag from here")
    });
    windows_with(&mut flat, "photo", CONVERTED, drop, look, "ctrl+w");
    source.end();
    flat.app.close();
}

#[test]
fn starts_and_stops_leave_nothing() {
    let session = desktop();
    let uri = test_driver_file(session.dir(), AT_ONCE);
    let mut flat = Flat::start(&session, &uri);
    let Flat { app, census } = &mut flat;
    app.await_words(&format!("{AT_ONCE} running"));
    let tree = app.tree();
    let mut all = tree.all().into_iter();
    let count = all.find(|one| one.role == "label" && one.name.contains(" machines · "));
    let count = count.unwrap().reference.clone();
    let process = app.process().id();
    app.click_row("vm00000");
    app.await_window("vm00000 – Oriel");
    app.input().keys(&["ctrl+a"]);
    app.await_words(&format!("{AT_ONCE} selected"));
    if soak().is_none() {
        // One object for each stop and start would be so many.
        let least = ROUNDS_COUNTED * AT_ONCE;
        census.assert_flat("stop and start", ROUNDS_COUNTED, least, || {
            stop_and_start(app, &count);
        });
        app.assert_quiet("after that");
        flat.app.close();
        return;
    }
    let mut measures = Vec::new();
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        stop_and_start(app, &count);
        measures.push(memory::anonymous_kib(process));
    }
    let took = begin.elapsed().as_secs();
    println!("{AT_ONCE} stops and starts each: {measures:?} KiB, in {took} s");
    let early = *measures[WARM_ROUNDS..][..2].iter().min().unwrap();
    let late = *measures[ROUNDS - 2..].iter().min().unwrap();
    let between = u64::try_from((ROUNDS - WARM_ROUNDS - 2) * AT_ONCE).unwrap();
    assert!(
        late < early + EACH_START * between,
        "grew from start to start: {measures:?} KiB"
    );
    flat.app.close();
}

/// Forces all selected guests off, and starts them; of the label that says how many run.
#[track_caller]
fn stop_and_start(app: &App, count: &Reference) {
    let says = |words: &str| app.look_name(count).ends_with(words);
    let await_running = |number: usize| {
        let words = format!("· {number} running");
        until(&words, || says(&words));
    };
    let main = app.input().active().unwrap();
    let running = format!("· {AT_ONCE} running");
    // The buttons follow the guests a moment later.
    pressing(app, "alt+f", || {
        app.input().active().is_some_and(|it| it != main) || !says(&running)
    });
    pressing(app, "alt+f", || {
        app.input().active().as_ref() == Some(&main)
    });
    await_running(0);
    pressing(app, "alt+s", || !says("· 0 running"));
    await_running(AT_ONCE);
}
