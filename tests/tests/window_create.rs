// SPDX-License-Identifier: GPL-3.0-or-later
//! The assistant “New Virtual Machine”, gone through by a person's means, with a real daemon,
//! keyring and guest. Its pictures are kept below the target folder.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::time::{Duration, Instant};

use oriel_sandbox::guest::Installer;
use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::desktop::assistant::{self, Wish};
use oriel_tests::desktop::drag::Source;
use oriel_tests::desktop::session_manager::SessionManager;
use oriel_tests::desktop::tree::State;
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::memory::{assert_clean, assert_clean_of_shown};
use oriel_tests::needles::Needles;
use oriel_tests::screen::Pixels;
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

/// Where the pictures go.
const PICTURES: &str = "create";
/// How long the installer may take to draw its first page, without KVM on a busy machine.
const BOOT: Duration = Duration::from_mins(5);
/// How many languages the installer's first page lists at least, each in a line of its own: with
/// 1280×800 points there are 22.
const LANGUAGES: usize = 12;
/// A passphrase that was typed by nobody before.
const PASSPHRASE: &str = "seven wet herons over Basel";

fn start(world: &World) -> App {
    App::start(&world.session, &["--connect", &world.daemon.uri()])
}

/// Fails the test if anything of a guest is there.
#[track_caller]
fn assert_nothing(world: &World, when: &str) {
    assert_eq!(world.guests(), Vec::<String>::new(), "guests {when}");
    assert_eq!(world.volumes(), Vec::<String>::new(), "volumes {when}");
    assert_eq!(world.keys(), Vec::<String>::new(), "keys {when}");
    world.assert_no_lease(when);
}

#[test]
fn an_encrypted_guest_is_made_from_debians_installer_and_its_screen_is_seen() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let Some(installer) = Installer::find_graphical() else {
        skip!("the package debian-installer-12-netboot-amd64 is not installed");
    };
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let folder = world.make_pool();
    let name = &unique_name("Debian in a safe");
    let wish = Wish {
        name,
        kernel: &installer.kernel,
        initrd: &installer.initrd,
        arguments: "vga=788 quiet",
        memory_mib: 1024,
        disk_gib: 5,
        passphrase: Some(PASSPHRASE),
    };
    let mut app = start(&world);
    app.await_words("No Virtual Machines");
    assistant::open(&app);
    let go_on = app.await_one("button", "Next");
    assert!(!go_on.is(State::Sensitive), "on without a source");
    app.picture(PICTURES, "source-iso.png");
    assistant::source(&app, &wish);
    app.picture(PICTURES, "source.png");
    assistant::next(&app, 2);
    assistant::name(&app, "a/b");
    app.await_words("A name can’t have a slash in it.");
    assistant::name(&app, name);
    app.picture(PICTURES, "name.png");
    assistant::next(&app, 3);
    assistant::resources(&app, &wish);
    app.await_words("1 GiB of the host’s");
    app.picture(PICTURES, "resources.png");
    assistant::next(&app, 4);
    let encrypt = app.await_one("switch", "Encrypt");
    assert!(encrypt.is(State::Checked), "Encrypt is not on by itself");
    app.await_words("At most");
    assistant::disk(&app, &wish);
    app.await_words("Strong");
    app.await_words("kept in your keyring and given to libvirt only for a start");
    app.picture(PICTURES, "disk.png");
    assistant::next(&app, 5);
    for words in [
        name.as_str(),
        installer.kernel.to_str().unwrap(),
        "1 GiB",
        "5 GiB",
        "With your passphrase, kept in your keyring",
    ] {
        app.await_words(words);
    }
    app.picture(PICTURES, "summary.png");
    assert_nothing(&world, "before it is made");

    app.press_button("Create");
    app.await_words("Create the disk");
    app.picture(PICTURES, "progress.png");
    assistant::await_end(&app, "” Is Running");
    app.picture(PICTURES, "made.png");
    app.press_button("Open");
    app.await_window(&format!("{name} – Oriel"));
    app.await_words("In the keyring");
    world.assert_no_lease("after a creation in the window");
    let keys = world.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(world.key(&keys[0]).as_deref(), Some(PASSPHRASE));

    let looked = installer_shows(&app, &world, name);
    app.assert_quiet("with the installer on show");
    println!("the installer shows after {} s", looked.as_secs());
    // The disk is LUKS, and that is its passphrase.
    world.daemon.virsh(&["destroy", name]).unwrap();
    let volume = world.volumes();
    assert_eq!(volume.len(), 1, "{volume:?}");
    let file = volume[0].split_whitespace().next().unwrap();
    assert!(world.opens(&folder.join(file), PASSPHRASE));
    assert!(!world.opens(&folder.join(file), "another"));
    app.close();
}

/// Whether a picture of a screen, or of a preview of it, is that of the installer's first page: a
/// banner, and below it a list of languages, one in each line.
fn is_installer(screen: &Pixels, [x, y, width, height]: [i32; 4]) -> bool {
    // The names stand in the left part of the list.
    let list = [x + width / 20, y + height / 5, width / 4, height * 7 / 10];
    screen.lines_of_text(list) >= LANGUAGES
}

/// The part of a place that a picture of that size takes, in the middle and as large as it can be.
fn fitted([x, y, width, height]: [i32; 4], [wide, high]: [i32; 2]) -> [i32; 4] {
    let (width_of, height_of) = (height * wide / high, width * high / wide);
    let (own_width, own_height) = (width.min(width_of), height.min(height_of));
    [
        x + (width - own_width) / 2,
        y + (height - own_height) / 2,
        own_width,
        own_height,
    ]
}

/// Awaits that the preview on the guest's page shows the installer, and keeps pictures of both.
fn installer_shows(app: &App, world: &World, name: &str) -> Duration {
    let begin = Instant::now();
    loop {
        let screen = app.await_one("image", &format!("Screen of “{name}”"));
        let picture = app.picture(PICTURES, "installer.png");
        let place = app.place(&screen);
        let [_, _, width, height] = place;
        assert!(
            width > 200 && height > 100,
            "{width}×{height} is no preview"
        );
        // libvirt's own picture says how large the screen is.
        let own = oriel_tests::output(PICTURES).join("screen.ppm");
        let shot = ["screenshot", name, own.to_str().unwrap()];
        world.daemon.virsh(&shot).unwrap();
        let own = Pixels::of_file(&own);
        let [wide, high] = [own.width, own.height()].map(|size| i32::try_from(size).unwrap());
        if is_installer(&own, [0, 0, wide, high])
            && is_installer(&Pixels::of_file(&picture), fitted(place, [wide, high]))
        {
            assert!(wide >= 640 && high >= 480, "{wide}×{high}");
            return begin.elapsed();
        }
        assert!(begin.elapsed() < BOOT, "no installer in the preview");
        std::thread::sleep(Duration::from_secs(2));
    }
}

#[test]
fn a_cancelled_creation_leaves_nothing_and_can_be_done_again() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.make_disks_slowly();
    world.make_pool();
    let name = &unique_name("twice");
    let wish = Wish {
        passphrase: Some(PASSPHRASE),
        ..Wish::small(&world, name)
    };
    let manager = SessionManager::start(&world.session);
    let mut app = start(&world);
    app.await_words("No Virtual Machines");
    assistant::fill(&app, &wish);
    manager.await_held(None);
    app.press_button("Create");
    await_volume(&app);
    manager.await_held(Some(&format!("“{name}” is being created")));
    app.press_button("Cancel");
    assistant::await_end(&app, "Nothing was left behind.");
    manager.await_held(None);
    app.picture(PICTURES, "cancelled.png");
    assert_nothing(&world, "after a cancel");
    app.assert_quiet("after a cancel");

    // Back: what was chosen is still there, and the passphrase is not asked for again.
    app.press_button("Back");
    app.await_words("Step 4 of 5");
    app.await_words("the one you typed is kept");
    app.picture(PICTURES, "disk-again.png");
    assistant::next(&app, 5);
    app.press(&app.await_usable("switch", "Start After Creation"));
    app.press_button("Create");
    assistant::await_end(&app, "” Was Created");
    assert_eq!(world.state(name), "shut off");
    assert_eq!(world.key(&world.keys()[0]).as_deref(), Some(PASSPHRASE));
    app.press_button("Close");
    app.await_gone("button", "Open");
    world.assert_no_lease("after it was made");

    // Left in the middle by the key for that, it is undone as well.
    assistant::fill(&app, &Wish::small(&world, "left"));
    app.press_button("Create");
    await_volume(&app);
    app.input().keys(&["Escape"]);
    assistant::await_end(&app, "Nothing was left behind.");
    assert_eq!(world.guests(), [name.as_str()]);
    assert_eq!(world.keys().len(), 1);
    world.assert_no_lease("after it was left");
    app.input().keys(&["Escape"]);
    app.await_gone("button", "Try Again");
    app.close();
}

#[track_caller]
fn await_volume(app: &App) {
    app.await_that("disk being made", |tree| {
        tree.find("list item", "Create the disk")
            .is_some_and(|row| row.says("Under way"))
    });
}

#[test]
fn an_image_named_on_the_way_suggests_the_rest_and_a_generated_passphrase_can_be_noted() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.make_pool();
    let image = world.daemon.dir().join("debian-12.5.0-amd64-netinst.iso");
    oriel_tests::write_disc(&image);
    let disk = world.daemon.dir().join("old.qcow2");
    oriel_tests::luks::make(&disk, "1M", None, None);
    let mut app = start(&world);
    app.await_words("No Virtual Machines");
    app.input().keys(&["ctrl+n"]);
    app.await_words("Step 1 of 5");
    // The disk of another machine is no CD.
    app.input().type_text(disk.to_str().unwrap());
    app.input().keys(&["Return"]);
    app.await_words("Importing disks is not possible yet");
    app.picture(PICTURES, "no-disc.png");
    app.input().keys(&["ctrl+a"]);
    // The entry has the focus, and Enter goes on.
    app.input().type_text(image.to_str().unwrap());
    app.input().keys(&["Return"]);
    app.await_words("Step 2 of 5");
    app.input().keys(&["Return"]);
    app.await_words("Step 3 of 5");
    app.input().keys(&["Return"]);
    app.await_words("Step 4 of 5");
    app.press_button("Show");
    let shown = app.await_usable("button", "Copy the passphrase");
    app.picture(PICTURES, "generated.png");
    let noted = seven_words(&app);
    app.press(&shown);
    app.await_words("The clipboard is cleared");
    app.press_button("Hide");
    app.await_gone("button", "Copy the passphrase");
    assistant::next(&app, 5);
    app.await_words("debian 12.5.0");
    app.press(&app.await_usable("switch", "Start After Creation"));
    app.press_button("Create");
    assistant::await_end(&app, "” Was Created");
    let kept = world.key(&world.keys()[0]).unwrap();
    assert_eq!(noted, kept, "another one was shown than is kept");
    app.assert_quiet("after it was made");
    app.press_button("Close");
    app.await_gone("button", "Open");
    app.close();
}

#[test]
fn an_image_that_is_dropped_on_the_window_starts_the_assistant() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    let image = world.daemon.dir().join("debian-12.5.0-amd64-netinst.iso");
    let text = world.daemon.dir().join("notes.txt");
    oriel_tests::write_disc(&image);
    std::fs::write(&text, "an image of nothing").unwrap();
    let mut app = start(&world);
    app.await_words("No Virtual Machines");

    // What is no image is not taken.
    drag(&world, &app, &text);
    app.assert_quiet("after a text was dropped");
    assert!(!app.tree().says("Step 1 of 5"), "a text is no image");

    drag(&world, &app, &image);
    app.await_words("Step 1 of 5");
    app.picture(PICTURES, "dropped.png");
    // The path is in its place, and with it one can go on.
    app.press_button("Next");
    app.await_words("Step 2 of 5");
    assistant::next(&app, 3);
    assistant::next(&app, 4);
    app.await_words("There is no keyring in this session");
    app.close();
}

/// Drags a file from another program's window to the middle of the main one, and lets it fall.
fn drag(world: &World, app: &App, file: &std::path::Path) {
    let [left, top, width, height] = app.input().active_window().unwrap();
    let source = Source::start(&world.session, app, file);
    source.hold_at(app.input(), [left + width / 2, top + height / 2]);
    app.picture(PICTURES, "dragged.png");
    app.input().release(1);
    std::thread::sleep(Duration::from_millis(500));
    source.end();
}

#[test]
fn no_passphrase_of_the_assistant_is_left_in_memory() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.make_pool();
    // Random, so that nobody else's memory holds them by chance.
    let typed = format!("typed-{}", uuid());
    let given_up = format!("given-up-{}", uuid());
    let mut needles = Needles::default();
    for one in [&typed, &given_up] {
        needles.add(one, one);
        needles.add_halves(one, one);
    }
    let mut app = start(&world);
    let id = app.process().id();
    app.await_words("No Virtual Machines");

    // Typed and given up.
    let mut wish = Wish {
        passphrase: Some(&given_up),
        ..Wish::small(&world, "first")
    };
    assistant::fill(&app, &wish);
    app.press_button("Back");
    app.await_words("Step 4 of 5");
    app.input().keys(&["Escape"]);
    app.await_that("end of the assistant", |tree| tree.children.len() == 1);
    assert_clean(id, &needles, "after a passphrase that was given up");

    // Typed and used.
    wish.passphrase = Some(&typed);
    assistant::fill(&app, &wish);
    app.press(&app.await_usable("switch", "Start After Creation"));
    app.press_button("Create");
    assistant::await_end(&app, "” Was Created");
    assert_eq!(world.key(&world.keys()[0]).as_deref(), Some(&*typed));
    assert_clean(id, &needles, "after a creation, with the window open");
    app.press_button("Close");
    app.await_that("end of the assistant", |tree| tree.children.len() == 1);

    // Generated, and never shown.
    let known = world.keys();
    wish.passphrase = None;
    wish.name = "second";
    assistant::fill(&app, &wish);
    app.press(&app.await_usable("switch", "Start After Creation"));
    app.press_button("Create");
    assistant::await_end(&app, "” Was Created");
    let new = world.keys().into_iter().find(|key| !known.contains(key));
    let generated = world.key(&new.unwrap()).unwrap();
    needles.add("generated", &generated);
    assert_clean(id, &needles, "after a creation with a generated one");
    app.press_button("Close");
    app.await_that("end of the assistant", |tree| tree.children.len() == 1);

    // Generated, looked at, and given up.
    wish.name = "third";
    let up_to_the_disk = || {
        assistant::open(&app);
        assistant::source(&app, &wish);
        assistant::next(&app, 2);
        assistant::name(&app, wish.name);
        assistant::next(&app, 3);
        assistant::next(&app, 4);
    };
    let leave = || {
        app.input().keys(&["Escape"]);
        app.await_that("end of the assistant", |tree| tree.children.len() == 1);
    };
    up_to_the_disk();
    app.press_button("Show");
    let noted = seven_words(&app);
    app.press_button("Hide");
    app.await_gone("button", "Copy the passphrase");
    needles.add("shown", &noted);
    leave();
    let when = "after one that was looked at and given up";
    assert_clean_of_shown(&app, id, &needles, when, || {
        up_to_the_disk();
        for _ in 0..3 {
            app.tree();
        }
        leave();
    });
    app.close();
}

/// The passphrase that is on show.
#[track_caller]
fn seven_words(app: &App) -> String {
    app.await_some("seven words", |tree| {
        let labels = tree.all().into_iter().filter(|one| one.role == "label");
        let mut names = labels.map(|one| one.name.clone());
        names.find(|name| name.split('-').count() >= 7 && !name.contains(' '))
    })
}

#[test]
fn without_a_keyring_the_persons_own_passphrase_is_used_and_asked_for() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    world.make_pool();
    let name = &unique_name("alone");
    let wish = Wish {
        passphrase: Some(PASSPHRASE),
        ..Wish::small(&world, name)
    };
    let mut app = start(&world);
    app.await_words("No Virtual Machines");
    assistant::open(&app);
    assistant::source(&app, &wish);
    assistant::next(&app, 2);
    assistant::name(&app, name);
    assistant::next(&app, 3);
    assistant::resources(&app, &wish);
    assistant::next(&app, 4);
    app.await_words("There is no keyring in this session");
    // Nobody would know it.
    assert!(!app.tree().says("Generate a Passphrase"));
    let go_on = app.await_one("button", "Next");
    assert!(!go_on.is(State::Sensitive), "on without a passphrase");
    assistant::enter(&app, "Passphrase", "password");
    app.await_words("most used passwords");
    app.picture(PICTURES, "weak.png");
    assistant::enter(&app, "Passphrase", PASSPHRASE);
    // By the keyboard alone, as most people fill in a form; the eye comes first.
    app.input().keys(&["Tab", "Tab"]);
    app.input().type_text("another");
    app.await_words("does not match");
    app.picture(PICTURES, "not-the-same.png");
    assistant::enter(&app, "Confirm Passphrase (does not match)", PASSPHRASE);
    assistant::next(&app, 5);
    app.await_words("With your passphrase, not saved");
    app.press(&app.await_usable("switch", "Start After Creation"));
    // The engine says on its log that nobody keeps it.
    app.allow("the passphrase is not kept");
    app.press_button("Create");
    assistant::await_end(&app, "” Was Created");
    app.await_words("Nobody keeps the passphrase");
    app.picture(PICTURES, "no-keyring.png");
    app.press_button("Open");
    app.await_window(&format!("{name} – Oriel"));
    app.press_button("Start");
    app.await_words(&format!("Passphrase for “{name}”"));
    app.input().type_text(PASSPHRASE);
    app.press_button("Start");
    process::wait_for(name, PATIENCE, || match world.state(name) {
        now if now == "running" => Ok(()),
        now => Err(now),
    })
    .unwrap();
    // The start is over: the passphrase has been taken back.
    app.await_usable("button", "Shut Down");
    world.assert_no_lease("after a start without a keyring");
    app.close();
}
