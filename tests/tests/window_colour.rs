// SPDX-License-Identifier: GPL-3.0-or-later
//! A guest's picture on a desktop with two monitors of opposite profiles: each shows it by its
//! own, wherever the window is dragged, and whatever happens to the profiles meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test: what can't be done fails it"
)]

use std::fs;
use std::time::Duration;

use oriel_colour::profile::Profile;
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::transform::{Recipe, Transform};
use oriel_sandbox::{MonitorSize, Session, SessionOptions, process};
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
    /// Where the window was at first, and how far it is from there.
    first: Part,
    moved: [i32; 2],
    /// How long changes took to show.
    took: Vec<Duration>,
}

impl Scene<'_> {
    /// Drags the window to where its larger part is here, by its header bar.
    fn drag_to(&mut self, x: i32) {
        let by = x - self.moved[0];
        // The title, in the header bar of the right half.
        let from = self.first[0] + self.moved[0] + self.first[2] * 2 / 3;
        let y = self.first[1] + self.moved[1] + 22;
        let input = self.app.input();
        input.move_to(from, y);
        input.press(1);
        for part in 1..=8 {
            input.move_to(from + by * part / 8, y);
            // A hand is no faster.
            std::thread::sleep(Duration::from_millis(15));
        }
        input.release(1);
        // The window manager holds it back at the edge of a monitor.
        let first = self.first;
        let now = process::wait_for("the window at its new place", PATIENCE, || {
            let at = input.active_window()?;
            let moved = [at[0] - first[0], at[1] - first[1]];
            if (moved[0] - x).abs() < 40 {
                Ok(moved)
            } else {
                Err(format!("{at:?}"))
            }
        });
        self.moved = now.unwrap();
    }

    fn part(&self) -> Part {
        let [x, y, width, height] = self.start;
        [x + self.moved[0], y + self.moved[1], width, height]
    }

    /// A few pixels of the picture, in its middle grey: looking at them takes no time.
    fn probe(&self) -> (usize, Part) {
        let (all, width) = (&self.plain.all, self.plain.width);
        let flat = |at: usize| {
            let rows = (0..5).map(|row| &all[at + row * width..at + row * width + 5]);
            (60..200).contains(&all[at][0]) && rows.flatten().all(|pixel| *pixel == all[at])
        };
        let corner = (0..all.len() - 5 * width).find(|at| flat(*at));
        let at = corner.expect("the picture has a grey part") + 2 * width + 2;
        let [x, y, ..] = self.part();
        let offset = |value: usize| i32::try_from(value).unwrap();
        let column = offset(at % self.plain.width);
        (at, [x + column, y + offset(at / self.plain.width), 1, 1])
    }

    /// Awaits the picture as this profile's monitor is to get it; `None` is sRGB.
    #[track_caller]
    fn await_profile(&self, what: &str, profile: Option<&Profile>) -> Duration {
        let transform = profile
            .map(|profile| Transform::new(&Recipe::new(Profile::srgb(), profile.clone())).unwrap());
        let way = |colour: [u8; 3]| transform.as_ref().map_or(colour, |it| it.colour(colour));
        let (at, probe) = self.probe();
        let wanted = way(self.plain.all[at]);
        let took = self.screen.await_that(what, probe, LONG, |now| {
            now.all[0]
                .iter()
                .zip(wanted)
                .all(|(a, b)| a.abs_diff(b) <= 2)
        });
        println!("{what}: {:.0} ms", took.as_secs_f64() * 1e3);
        // Not that pixel alone.
        self.screen
            .await_that(what, self.part(), LONG, |now| self.plain.became(now, way));
        took
    }

    #[track_caller]
    fn soon(&mut self, what: &str, profile: Option<&Profile>) {
        let took = self.await_profile(what, profile);
        self.took.push(took);
    }

    /// Other tests run beside this one: the middle of all changes has to be soon.
    #[track_caller]
    fn assert_soon(&mut self) {
        self.took.sort_unstable();
        let middle = self.took[self.took.len() / 2];
        println!("the median of {} changes: {middle:?}", self.took.len());
        assert!(middle < SOON, "{:?}", self.took);
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
        first: app.input().active_window().unwrap(),
        moved: [0; 2],
        took: Vec::new(),
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
    let [x, _, width, _] = scene.first;
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
    scene.assert_soon();
    app.close();
}
