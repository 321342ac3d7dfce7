// SPDX-License-Identifier: GPL-3.0-or-later
//! Photos in their windows: each value of Firefox's three settings by its effect on the pixels of
//! the screen, the quick switches, and that everybody can use the window.

#![allow(clippy::unwrap_used, reason = "a test: what can't be done fails it")]

use std::fs;
use std::path::{Path, PathBuf};

use oriel_colour::picture::{Format, Origin, Picture, Pixels, Tag};
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::standard::ADOBE_RGB;
use oriel_colour::transform::{Recipe, Transform};
use oriel_sandbox::{Session, SessionOptions};
use oriel_tests::desktop::tree::State;
use oriel_tests::desktop::walk::{Audit, By};
use oriel_tests::desktop::{App, PATIENCE, is_newer_gtk, tell_places};
use oriel_tests::screen::Screen;
use oriel_tests::setter::{Content, Setter};

/// Where the pictures go.
const PICTURES: &str = "photo";

/// The patches of the photo, from left to right.
const PATCHES: [[u8; 3]; 4] = [[200, 60, 40], [40, 180, 60], [50, 70, 200], [235, 235, 235]];

/// The side of a patch.
const SIDE: usize = 120;

/// A photo of the patches.
fn photo(folder: &Path, name: &str, tag: Tag) -> PathBuf {
    let row = PATCHES
        .iter()
        .flat_map(|[red, green, blue]| [*red, *green, *blue, 255].repeat(SIDE));
    let row: Vec<u8> = row.collect();
    let picture = Picture {
        width: SIDE * PATCHES.len(),
        height: SIDE,
        pixels: Pixels::Eight(row.repeat(SIDE)),
        tag,
        format: Format::Png,
    };
    let path = folder.join(name);
    fs::write(&path, picture.to_png().unwrap()).unwrap();
    path
}

/// A monitor whose red is green and whose white is not that of the specification, so that
/// "absolute" differs from the rest.
fn monitor(white_z: u32) -> Profile {
    let mut bytes = samples::bytes(&Model::default().swapped(), Kind::Matrix);
    let found = Profile::parse(bytes.clone()).unwrap();
    let white = found.tags().iter().find(|tag| tag.signature.0 == *b"wtpt");
    let at = white.unwrap().range().start + 8;
    bytes[at + 8..at + 12].copy_from_slice(&white_z.to_be_bytes());
    // The white of a version 2 display counts as D50, whatever it says.
    bytes[12..16].copy_from_slice(b"spac");
    Profile::parse(bytes).unwrap()
}

/// Adobe RGB that asks for the absolute intent.
fn absolute_photo() -> Profile {
    let mut bytes = ADOBE_RGB.profile().unwrap().bytes().to_vec();
    bytes[67] = 3;
    Profile::parse(bytes).unwrap()
}

/// What the patches become.
fn converted(source: &Profile, target: &Profile, intent: Intent) -> [[u8; 3]; 4] {
    let transform = Transform::new(&Recipe {
        intent,
        ..Recipe::new(source.clone(), target.clone())
    })
    .unwrap();
    PATCHES.map(|patch| transform.colour(patch))
}

/// A desktop, with what the tests put there.
struct Desk {
    session: Session,
    screen: Screen,
    tagged: PathBuf,
    untagged: PathBuf,
}

impl Desk {
    fn start(&self, photos: &str, change: impl FnOnce(&mut std::process::Command)) -> App {
        let folder = self.session.config().join("oriel");
        fs::create_dir_all(&folder).unwrap();
        let text = "[Window]\nwidth=700\nheight=500\n[Connection 1]\nuri=test:///default\n";
        fs::write(folder.join("window.ini"), text).unwrap();
        fs::write(folder.join("colors.ini"), format!("[Photos]\n{photos}")).unwrap();
        let words = ["--connect", "test:///default"];
        tell_places(&self.session);
        let app = App::start_with(&self.session, &words, |command| {
            // The dialog for files keeps its own settings, and there is no service for them.
            command.env("GSETTINGS_BACKEND", "memory");
            change(command);
        });
        app.click_row("test");
        app
    }

    /// Opens a photo by keyboard, in a window of its own or in that which has the focus.
    fn open(app: &App, file: &Path) {
        app.input().keys(&["ctrl+o"]);
        app.await_that("the dialog for a file", |tree| {
            let mut all = tree.children.iter();
            let dialog = all.find(|one| one.name == "Open a Photo");
            dialog.is_some_and(|it| it.all().iter().any(|one| one.is(State::Focused)))
        });
        let path = file.to_str().unwrap();
        app.input().type_text(path);
        if is_newer_gtk() {
            // Its completion can come late, and then stands behind the name.
            std::thread::sleep(std::time::Duration::from_millis(400));
            app.input().keys(&["Delete"; 12]);
        }
        app.input().keys(&["Return"]);
        let name = file.file_name().unwrap().to_str().unwrap();
        app.await_one("image", name);
    }

    /// Awaits that the patches look like this.
    #[track_caller]
    fn await_patches(&self, app: &App, file: &Path, what: &str, wanted: [[u8; 3]; 4]) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let near =
            |one: [u8; 3], other: [u8; 3]| one.iter().zip(other).all(|(a, b)| a.abs_diff(b) <= 2);
        let mut found = PATCHES;
        let begin = std::time::Instant::now();
        loop {
            let [x, y, width, height] = app.place(&app.await_one("image", name));
            for (number, colour) in found.iter_mut().enumerate() {
                let number = i32::try_from(number).unwrap();
                let part = [
                    x + width * (number * 2 + 1) / 8 - 2,
                    y + height / 2 - 2,
                    4,
                    4,
                ];
                *colour = self.screen.pixels(part).all[0];
            }
            if found
                .iter()
                .zip(wanted)
                .all(|(one, other)| near(*one, other))
            {
                return;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "{what}: {found:?}, not {wanted:?}"
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

#[test]
fn firefoxs_settings_and_the_switches_show_in_pixels_and_everybody_can_use_them() {
    let session = Session::start(&SessionOptions {
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let display = session.display().unwrap().name().to_owned();
    let folder = session.config();
    let (own, other) = (monitor(0xC000), monitor(0xF000));
    let source = absolute_photo();
    Setter::new(&display).set_root("_ICC_PROFILE", Content::profile(own.bytes()));
    let desk = Desk {
        screen: Screen::new(&display),
        tagged: photo(
            &folder,
            "tagged.png",
            Tag::Profile(source.clone(), Origin::Embedded),
        ),
        untagged: photo(&folder, "untagged.png", Tag::None),
        session,
    };
    let file = folder.join("display.icc");
    fs::write(&file, other.bytes()).unwrap();

    let srgb = Profile::srgb();
    let perceptual = converted(&source, &own, Intent::Perceptual);
    let absolute = converted(&source, &own, Intent::AbsoluteColorimetric);
    let elsewhere = converted(&source, &other, Intent::AbsoluteColorimetric);
    let taken = converted(&srgb, &own, Intent::Perceptual);
    let all = [PATCHES, perceptual, absolute, elsewhere, taken];
    for (number, one) in all.iter().enumerate() {
        assert!(!all[..number].contains(one), "values that differ: {all:?}");
    }
    let named = format!(
        "mode=tagged\nintent=absolute\ndisplay-profile={}\n",
        file.display()
    );
    let table: [(&str, &str, _, Option<_>); 6] = [
        ("off", "mode=off\n", PATCHES, Some(PATCHES)),
        (
            "all",
            "mode=all\nintent=perceptual\n",
            perceptual,
            Some(taken),
        ),
        ("a file", &named, elsewhere, None),
        ("absolute", "mode=tagged\nintent=absolute\n", absolute, None),
        (
            "the image's own",
            "mode=tagged\nintent=image\n",
            absolute,
            None,
        ),
        (
            "tagged",
            "mode=tagged\nintent=perceptual\n",
            perceptual,
            Some(PATCHES),
        ),
    ];
    for (what, photos, with, without) in table {
        let app = desk.start(photos, |_| {});
        Desk::open(&app, &desk.tagged);
        desk.await_patches(&app, &desk.tagged, what, with);
        if let Some(without) = without {
            Desk::open(&app, &desk.untagged);
            desk.await_patches(&app, &desk.untagged, what, without);
        }
        if what == "tagged" {
            look_at_all(&desk, app, taken);
        } else {
            app.close();
        }
    }
}

/// The window as it is, with an untagged photo in it: its switches, and whether all can be used.
fn look_at_all(desk: &Desk, mut app: App, taken: [[u8; 3]; 4]) {
    app.await_words("The photo has no profile.");
    app.picture(PICTURES, "light.png");
    let mut audit = Audit::default();
    audit.look(&app, "photo", By::Tab);
    app.press_button("Color");
    app.await_usable("switch", "Color Managed");
    app.picture(PICTURES, "switches.png");
    audit.look(&app, "photo's switches", By::Tab);
    app.press(&app.await_usable("switch", "Color Managed"));
    app.await_words("is taken for sRGB");
    // The popover lies on the photo.
    let close = || {
        app.input().keys(&["Escape"]);
        app.await_gone("switch", "Color Managed");
    };
    close();
    desk.await_patches(&app, &desk.untagged, "managed by its switch", taken);
    app.press_button("Color");
    app.press(&app.await_usable("switch", "Color Managed"));
    close();
    desk.await_patches(&app, &desk.untagged, "not managed", PATCHES);
    app.input().keys(&["plus"]);
    app.await_words("150 %");
    app.input().keys(&["0"]);
    app.await_words("100 %");
    let window = app.input().run(&["getactivewindow"]);
    app.input()
        .run(&["windowsize", "--sync", window.trim(), "360", "640"]);
    app.await_that("a smaller photo", |tree| !tree.says("100 %"));
    app.picture(PICTURES, "narrow.png");
    audit.assert_good();
    app.assert_quiet("after all that");
    app.close();

    let dark = desk.start("mode=tagged\nintent=perceptual\n", |command| {
        command.env("ADW_DEBUG_COLOR_SCHEME", "prefer-dark");
    });
    Desk::open(&dark, &desk.tagged);
    dark.await_words("the profile of the monitor");
    dark.picture(PICTURES, "dark.png");
    dark.press_button("Color");
    dark.await_usable("switch", "Color Managed");
    dark.picture(PICTURES, "dark-switches.png");
    // The popover has the keys: they do not close what is behind it.
    dark.input().keys(&["Escape"]);
    dark.await_gone("switch", "Color Managed");
    dark.close();
}
