// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest's picture on a desktop with two monitors of opposite profiles: each shows it by its
//! own, wherever the window is dragged, and whatever happens to the profiles meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::time::Duration;

use oriel_colour::profile::Profile;
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::transform::{Recipe, Transform};
use oriel_sandbox::{MonitorSize, Session, SessionOptions};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::screen::{Part, Pixels, Screen};
use oriel_tests::setter::{Content, Setter};

/// How soon a change has to show.
const SOON: Duration = Duration::from_millis(100);

/// How long it is waited for, so that a slow machine tells how slow it was.
const LONG: Duration = Duration::from_secs(10);

/// Where the right monitor begins.
const RIGHT: i32 = 1280;

fn session() -> Session {
    let size = |width, height| MonitorSize { width, height };
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        monitors: vec![size(1280, 800), size(1024, 768)],
        ..SessionOptions::default()
    })
    .unwrap();
    let folder = session.config().join("oriel");
    fs::create_dir_all(&folder).unwrap();
    let settings = "[Window]\nwidth=760\nheight=600\n[Connection 1]\nuri=test:///default\n";
    fs::write(folder.join("window.ini"), settings).unwrap();
    session
}

fn profile(gamma: f64) -> Profile {
    let model = Model {
        gamma,
        coupling: 0.0,
        black: 0.0,
        ..Model::default()
    };
    samples::profile(&model, Kind::Matrix).unwrap()
}

/// The picture as it is, and where it is.
struct Scene<'a> {
    app: &'a App,
    screen: Screen,
    plain: Pixels,
    start: Part,
    moved: i32,
}

impl Scene<'_> {
    /// Drags the window to where its larger part is here, by the keyboard and mouse of a person.
    fn drag_to(&mut self, x: i32) {
        let by = x - self.moved;
        let (from_x, from_y) = (self.start[0] + self.moved + 60, self.start[1] + 40);
        let input = self.app.input();
        let step = |part: i32| (from_x + by * part / 8).to_string();
        let y = from_y.to_string();
        input.run(&[
            "mousemove",
            &step(0),
            &y,
            "keydown",
            "alt",
            "mousedown",
            "1",
        ]);
        for part in 1..=8 {
            input.run(&["mousemove", &step(part), &y]);
        }
        input.run(&["mouseup", "1", "keyup", "alt"]);
        self.moved = x;
    }

    fn part(&self) -> Part {
        let [x, y, width, height] = self.start;
        [x + self.moved, y, width, height]
    }

    /// Awaits the picture as this profile's monitor is to get it; `None` is sRGB.
    #[track_caller]
    fn await_profile(&self, what: &str, profile: Option<&Profile>) -> Duration {
        let transform = profile
            .map(|profile| Transform::new(&Recipe::new(Profile::srgb(), profile.clone())).unwrap());
        let way = |colour: [u8; 3]| transform.as_ref().map_or(colour, |it| it.colour(colour));
        let took = self
            .screen
            .await_that(what, self.part(), LONG, |now| self.plain.became(now, way));
        println!("{what}: {:.0} ms", took.as_secs_f64() * 1e3);
        took
    }

    #[track_caller]
    fn soon(&self, what: &str, profile: Option<&Profile>) {
        let took = self.await_profile(what, profile);
        assert!(took < SOON, "{what}: shown after {took:?}");
    }
}

#[test]
fn each_monitor_gets_the_picture_by_its_own_profile() {
    let session = session();
    let display = session.display().unwrap().name().to_owned();
    let hands = Setter::new(&display);
    let app = App::start(&session, &["--connect", "test:///default"]);
    app.click_row("test");
    let picture = app.await_usable("image", "Screen of “test”");
    let screen = Screen::new(&display);
    let start = app.place(&picture);
    screen.await_that("a picture", start, PATIENCE, |now| now.colours() > 20);
    let mut scene = Scene {
        app: &app,
        plain: screen.pixels(start),
        screen,
        start,
        moved: 0,
    };
    let (left, right, other) = (profile(1.3), profile(3.2), profile(2.6));

    // The profile of the monitor that the window is on comes, changes and goes.
    let set = |name: &str, profile: &Profile| {
        hands.set_root(name, Content::profile(profile.bytes()));
    };
    set("_ICC_PROFILE", &left);
    scene.soon("a profile is set", Some(&left));
    set("_ICC_PROFILE", &other);
    scene.soon("it is replaced", Some(&other));
    hands.delete_root("_ICC_PROFILE");
    scene.soon("it is deleted", None);
    set("_ICC_PROFILE", &left);
    set("_ICC_PROFILE_1", &right);
    scene.soon("both have one", Some(&left));
    app.picture("colour", "left.png");

    // The larger part decides while the window is on both.
    let [x, _, width, _] = app.input().active_window().unwrap();
    let middle = RIGHT - x - width / 2;
    scene.drag_to(middle - 60);
    scene.await_profile("dragged, the larger part still at the left", Some(&left));
    app.picture("colour", "across.png");
    scene.drag_to(middle + 60);
    scene.await_profile("dragged, the larger part at the right", Some(&right));
    scene.drag_to(RIGHT + 100 - x);
    scene.await_profile("at the right", Some(&right));
    app.picture("colour", "right.png");

    // The primary monitor is the first: the numbers of the profiles change places with it.
    hands.set_primary("DUMMY1");
    scene.soon("the right one is primary", Some(&left));
    hands.set_primary("DUMMY0");
    scene.soon("the left one is primary again", Some(&right));
    scene.drag_to(0);
    scene.await_profile("back at the left", Some(&left));
    app.close();
}
