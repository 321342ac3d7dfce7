// SPDX-License-Identifier: GPL-3.0-or-later
//! `oriel-colors`, for people without virtual machines: monitors, a profile and a photo of the
//! command line, and what it keeps for the other program.

#![allow(clippy::unwrap_used, reason = "a test: what can't be done fails it")]

use std::fs;

use oriel_colour::picture::{Format, Picture, Pixels, Tag};
use oriel_colour::profile::Profile;
use oriel_sandbox::{Session, SessionOptions, process};
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::run::Running;

const PICTURES: &str = "colors";

#[test]
fn monitors_a_profile_and_a_photo_are_shown_without_libvirt() {
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let profile = session.dir().join("Büro 2.icc");
    fs::write(&profile, Profile::srgb().bytes()).unwrap();
    let photo = session.dir().join("a photo.png");
    let picture = Picture {
        width: 320,
        height: 240,
        pixels: Pixels::Eight([200, 60, 40, 255].repeat(320 * 240)),
        tag: Tag::None,
        format: Format::Png,
    };
    fs::write(&photo, picture.to_png().unwrap()).unwrap();

    let mut app = App::start_program(&session, "oriel-colors", &[profile.to_str().unwrap()]);
    app.await_window("Monitors and Color");
    app.open_tab("Compare");
    app.await_words("Büro 2.icc");
    app.picture(PICTURES, "compare.png");
    app.open_tab("Profile");
    app.picture(PICTURES, "monitors.png");

    // A second start hands its file over, and ends.
    let program = oriel_tests::profile_folder().join("oriel-colors");
    let mut command = session.command(program);
    command.arg(&photo);
    Running::start(&mut command, None).end().expect(0);
    app.await_words("a photo.png");
    app.picture(PICTURES, "photo.png");
    app.input().keys(&["ctrl+w"]);
    app.await_gone_words("a photo.png");

    // What is chosen is kept, where the manager finds it.
    app.choose("Main Menu", "Preferences");
    app.await_words("Convert to the Monitor’s Colors");
    app.picture(PICTURES, "preferences.png");
    // It has the focus.
    app.await_usable("combo box", "Convert to the Monitor’s Colors");
    app.input().keys(&["space", "Up", "Return"]);
    let kept = session.config().join("oriel/colors.ini");
    process::wait_for("colors.ini", PATIENCE, || {
        let text = fs::read_to_string(&kept).unwrap_or_default();
        if text.contains("mode=off") {
            Ok(())
        } else {
            Err(text)
        }
    })
    .unwrap();
    app.input().keys(&["Escape"]);
    app.await_that("one window", |tree| tree.children.len() == 1);
    app.choose("Main Menu", "About Oriel Colors");
    app.await_words("The Oriel developers");
    app.picture(PICTURES, "about.png");
    app.assert_quiet("in the program for colors");
    app.close();
}
