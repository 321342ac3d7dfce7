// SPDX-License-Identifier: GPL-3.0-or-later
//! The colour page on a desktop with two monitors: it tells each one's profile and what is wrong
//! with it, follows what others set, and its test picture proves that profiles are followed.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::time::Duration;

use oriel_colour::profile::Profile;
use oriel_colour::standard::{DISPLAY_P3, SRGB, Space};
use oriel_colour::transform::{Recipe, Transform};
use oriel_sandbox::{MonitorSize, Session, SessionOptions};
use oriel_tests::desktop::tree::Element;
use oriel_tests::desktop::walk::{Audit, By};
use oriel_tests::desktop::{App, tell_places};
use oriel_tests::screen::{Pixels, Screen};
use oriel_tests::setter::{Content, Setter};

/// The title of the page's window.
const TITLE: &str = "Monitors and Color";

/// What is found in a profile whose primaries do not add up.
const FAULT: &str = "Red, green and blue do not add up to white";

/// What is said of a sound one.
const SOUND: &str = "Nothing is wrong with this profile";

fn session() -> Session {
    let size = MonitorSize {
        width: 1280,
        height: 1024,
    };
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        monitors: vec![size, size],
        ..SessionOptions::default()
    })
    .unwrap();
    let folder = session.config().join("oriel");
    fs::create_dir_all(&folder).unwrap();
    let settings = "[Window]\nwidth=760\nheight=600\n[Connection 1]\nuri=test:///default\n";
    fs::write(folder.join("window.ini"), settings).unwrap();
    session
}

/// A sound profile.
fn sound() -> Profile {
    let space = Space {
        name: "Sound Monitor",
        ..DISPLAY_P3
    };
    space.profile().unwrap()
}

/// One whose white has a tint.
fn faulty() -> Profile {
    let [red, green, blue] = SRGB.colorants;
    let space = Space {
        name: "Tinted Monitor",
        colorants: [red, green, blue.map(|part| part * 0.8)],
        ..SRGB
    };
    space.profile().unwrap()
}

/// One that has a name and no colours.
fn empty() -> Profile {
    let mut bytes = sound().bytes().to_vec();
    for (tag, other) in [(b"rTRC", b"one "), (b"rXYZ", b"two ")] {
        let at = bytes.windows(4).position(|part| part == tag).unwrap();
        bytes[at..at + 4].copy_from_slice(other);
    }
    Profile::parse(bytes).unwrap()
}

/// Opens the page of a window by the button in its switcher.
fn open_page(app: &App, name: &str) {
    let tab = tab(app, name);
    app.click(&tab);
}

/// The button of a page; in a narrow window there is one at the top, too, that is not shown.
fn tab(app: &App, name: &str) -> Element {
    app.await_some(&format!("page “{name}”"), |tree| {
        let window = tree.children.iter().find(|one| one.name == TITLE)?;
        let mut all = window.all().into_iter();
        let roles = ["tab", "toggle button", "radio", "radio button"];
        all.find(|one| {
            one.showing && roles.contains(&one.role.as_str()) && one.label().contains(name)
        })
        .cloned()
    })
}

/// What only one page says.
fn words_of(page: &str) -> &'static str {
    match page {
        "Gamut" => "Coverage",
        "Checks" => SOUND,
        "Pictures" => "Color Picker",
        "Compare" => "Differences",
        _ => "Conversion",
    }
}

fn open(app: &App) {
    app.input().keys(&["ctrl+m"]);
    app.await_window(TITLE);
    app.await_words("Where Profiles Were Looked For");
}

/// Whether both halves of a picture are the same, a step of a channel apart at most.
fn halves_agree(pixels: &Pixels) -> bool {
    let side = (pixels.width - 8) / 2;
    pixels.all.chunks(pixels.width).all(|row| {
        let (left, right) = (&row[..side], &row[pixels.width - side..]);
        let near = |one: &[u8; 3], other: &[u8; 3]| {
            one.iter().zip(other).all(|(a, b)| a.abs_diff(*b) <= 1)
        };
        left.iter().zip(right).all(|(one, other)| near(one, other))
    })
}

#[test]
fn the_page_follows_each_monitor_and_its_test_picture_is_managed() {
    let session = session();
    let display = session.display().unwrap().name().to_owned();
    let hands = Setter::new(&display);
    let set = |name: &str, profile: &Profile| {
        hands.set_root(name, Content::profile(profile.bytes()));
    };
    set("_ICC_PROFILE", &sound());
    set("_ICC_PROFILE_1", &faulty());
    tell_places(&session);
    let app = App::start(&session, &["--connect", "test:///default"]);
    open(&app);

    // The monitor that the window is on comes first: its profile, and where it is from.
    app.await_words("Sound Monitor");
    app.await_words("The X server’s property _ICC_PROFILE");
    app.await_words("Pictures are converted to the monitor’s profile");
    let mut audit = Audit::default();
    audit.look(&app, "monitors profile", By::Tab);
    app.picture("monitors", "profile.png");

    // What is wrong follows the property.
    open_page(&app, "Checks");
    app.await_words(SOUND);
    app.picture("monitors", "checks-sound.png");
    set("_ICC_PROFILE", &faulty());
    app.await_words(FAULT);
    app.await_words("Profile: Tinted Monitor");
    app.picture("monitors", "checks-faulty.png");
    hands.delete_root("_ICC_PROFILE");
    app.await_words("Profile: sRGB");
    set("_ICC_PROFILE", &sound());
    app.await_words("Profile: Sound Monitor");

    // The other monitor, by the keyboard.
    let choice = app.await_usable("combo box", "Monitor");
    app.click(&choice);
    app.input().keys(&["Down", "Return"]);
    app.await_words("Profile: Tinted Monitor");
    app.await_words(FAULT);
    app.click(&choice);
    app.input().keys(&["Up", "Return"]);
    app.await_words("Profile: Sound Monitor");

    // The picture with exchanged channels is its twin on the screen, all of it to be seen.
    let window = app.input().run(&["getactivewindow"]);
    let size = ["windowsize", "--sync", window.trim(), "980", "1000"];
    app.input().run(&size);
    open_page(&app, "Pictures");
    let picture = app.await_one("image", "Exchanged Channels");
    let screen = Screen::new(&display);
    let part = app.place(&picture);
    screen.await_that("equal halves", part, Duration::from_secs(10), |now| {
        now.colours() > 12 && halves_agree(now)
    });
    let shown = screen.pixels(part);
    let transform = Transform::new(&Recipe::new(Profile::srgb(), sound())).unwrap();
    let wanted = transform.colour([115, 82, 68]);
    assert_ne!(wanted, [115, 82, 68]);
    let first = shown.all[shown.width * 8 + 8];
    assert_eq!(first, wanted, "the first patch by the monitor’s profile");
    // A profile that says nothing of colours can't be followed, and the page says so.
    set("_ICC_PROFILE", &empty());
    app.await_words("not by the monitor’s profile");
    app.picture("monitors", "pictures-unconverted.png");
    set("_ICC_PROFILE", &sound());
    app.await_gone_words("not by the monitor’s profile");
    screen.await_that("equal halves again", part, Duration::from_secs(10), |now| {
        now.all[now.width * 8 + 8] == wanted && halves_agree(now)
    });
    // The arrow keys pick its colours.
    app.click(&picture);
    app.input()
        .keys(&["Left", "Left", "Left", "Left", "Left", "Left", "Up", "Up"]);
    app.await_words("115, 82, 68");
    let parts = wanted.map(|value| value.to_string()).join(", ");
    app.await_words(&parts);
    app.picture("monitors", "pictures.png");
    // Last, since it scrolls: where GTK 4.18 says that something scrolled is, it is not.
    audit.look(&app, "monitors pictures", By::Tab);

    open_page(&app, "Gamut");
    audit.look(&app, "monitors gamut", By::Tab);
    app.await_words("100.0 %");
    app.picture("monitors", "gamut.png");
    open_page(&app, "Compare");
    app.await_words("This Gamut Covered by the Other");
    audit.look(&app, "monitors compare", By::Tab);
    app.picture("monitors", "compare.png");
    audit.assert_good();
    app.close();

    dark_and_narrow(&session);
}

/// Pictures for people to look at, and nothing in the way in a narrow window.
fn dark_and_narrow(session: &Session) {
    tell_places(session);
    let app = App::start_with(session, &["--connect", "test:///default"], |command| {
        command.env("ADW_DEBUG_COLOR_SCHEME", "prefer-dark");
    });
    open(&app);
    for name in ["Profile", "Gamut", "Checks", "Pictures", "Compare"] {
        open_page(&app, name);
        app.await_words(words_of(name));
        app.picture("monitors", &format!("{}-dark.png", name.to_lowercase()));
    }
    let input = app.input();
    let window = input.run(&["getactivewindow"]);
    input.run(&["windowsize", "--sync", window.trim(), "360", "720"]);
    for name in ["Profile", "Gamut", "Checks", "Pictures", "Compare"] {
        app.press(&tab(&app, name));
        app.await_words(words_of(name));
        std::thread::sleep(Duration::from_millis(500));
        app.picture("monitors", &format!("{}-narrow.png", name.to_lowercase()));
    }
    let [_, _, width, _] = input.active_window().unwrap();
    assert!(width <= 420, "the window can’t be narrower than {width}");
    app.close();
}
