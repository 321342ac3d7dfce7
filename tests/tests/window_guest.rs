// SPDX-License-Identifier: GPL-3.0-or-later
//! The page of a guest: what is done there by the page itself, the events, the graphs, and that
//! none of it costs anything while nobody looks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: what can't be done fails it"
)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::desktop::tree::Element;
use oriel_tests::desktop::{App, PATIENCE};
use oriel_tests::skip;
use oriel_tests::world::World;

const PICTURES: &str = "window-guest";

/// What a busy guest takes of its processor at least, in percent, on a machine that others use too.
/// One that idles takes 1.
const BUSY: u32 = 5;

/// Chooses a guest in the list, and awaits its page.
fn open(app: &App, name: &str) {
    app.click_row(name);
    app.await_window(&format!("{name} – Oriel"));
}

/// Shows one of the page's tabs.
fn tab(app: &App, name: &str) {
    app.click(&app.await_some(&format!("tab {name}"), |tree| {
        let all = tree.all().into_iter();
        let mut tabs = all.filter(|one| one.role == "tab" && one.showing && one.name == name);
        tabs.next().cloned()
    }));
}

/// The switch of a row.
fn switch(app: &App, name: &str) -> Element {
    app.await_usable("switch", name)
}

/// The names of all guests that the daemon has.
fn names(world: &World) -> Vec<String> {
    let all = world.daemon.virsh(&["list", "--all", "--name"]).unwrap();
    all.split_whitespace().map(str::to_owned).collect()
}

fn await_names(world: &World, wanted: &[&str]) {
    process::wait_for("the guests", PATIENCE, || match names(world) {
        now if now == wanted => Ok(()),
        now => Err(format!("{now:?}")),
    })
    .unwrap();
}

#[test]
fn a_guest_is_renamed_and_deleted_with_its_disk_and_key() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let pool = world.make_pool();
    let words = world.create_words("cellar", &[]);
    world.run(&words).expect(0);
    world.define(&Domain::idle("attic", &world.guest));
    let document = world.daemon.virsh(&["dumpxml", "cellar"]).unwrap();
    let secret = between(&document, "type='passphrase' uuid='", "'");
    assert!(world.key(secret).is_some(), "{document}");

    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    open(&app, "cellar");
    app.choose("More", "Rename…");
    app.await_usable("text box", "New Name");
    // The entry has the focus, with the old name chosen. A name that is taken, and one that can't
    // be, say so and can't be given.
    let name = |text: &str| {
        app.input().keys(&["ctrl+a"]);
        app.input().type_text(text);
    };
    name("attic");
    app.await_words("already a virtual machine called “attic”");
    name("a/b");
    app.await_words("slash");
    assert!(app.tree().find_usable("button", "Rename").is_none());
    app.picture(PICTURES, "rename.png");
    name("vault");
    app.press_button("Rename");
    app.await_window("vault – Oriel");
    await_names(&world, &["attic", "vault"]);

    // Deleted without its disk first: the disk and the key stay.
    let volumes = || std::fs::read_dir(&pool).unwrap().count();
    assert_eq!(volumes(), 1);
    app.choose("More", "Delete…");
    app.await_words("The passphrase stays in the keyring.");
    let path = between(&document, "source file='", "'");
    app.await_words(path);
    app.picture(PICTURES, "delete.png");
    app.press(&switch(&app, "Also Delete Its Disks"));
    app.press(&switch(&app, "Also Delete the Passphrase"));
    app.await_gone("label", "The passphrase stays in the keyring.");
    app.press_button("Delete");
    await_names(&world, &["attic"]);
    app.await_window("Oriel");
    process::wait_for("the key to go", PATIENCE, || match world.key(secret) {
        None => Ok(()),
        Some(_) => Err("it is there".to_owned()),
    })
    .unwrap();
    assert!(!Path::new(path).exists(), "{path} is there");
    assert_eq!(volumes(), 0);
    app.assert_quiet("after a deletion");
}

#[test]
fn an_encrypted_guest_is_saved_only_after_a_word_and_never_starts_with_the_host() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    let secret = world.define_encrypted("cellar", "the right words");
    world.keep(&secret, "the right words");
    world.define(&Domain::idle("attic", &world.guest));
    for name in ["attic", "cellar"] {
        world.run(&["launch", name]).expect(0);
    }
    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    open(&app, "cellar");
    app.await_words("Not available for encrypted disks");
    // What others do to the keyring shows by itself.
    app.await_words("key in keyring");
    world.forget(&secret);
    app.await_words("key missing");
    world.keep(&secret, "the right words");
    app.await_words("key in keyring");
    app.choose("More", "Save State");
    app.await_words("/var/lib/libvirt/qemu/save/cellar.save");
    app.press_button("Cancel");
    app.await_gone("button", "Cancel");
    assert_eq!(world.state("cellar"), "running");

    open(&app, "attic");
    app.press(&switch(&app, "Start on Host Boot"));
    process::wait_for("autostart", PATIENCE, || {
        let info = world.daemon.virsh(&["dominfo", "attic"]).unwrap();
        let line = info.lines().find(|line| line.starts_with("Autostart"));
        match line {
            Some(line) if line.ends_with("enable") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .unwrap();
    app.choose("More", "Save State");
    app.await_words("Restore the machine to see its screen.");
    let info = world.daemon.virsh(&["dominfo", "attic"]).unwrap();
    assert!(info.contains("Managed save:   yes"), "{info}");
    app.press_button("Restore");
    app.await_usable("button", "Pause");
    assert_eq!(world.state("attic"), "running");
    let info = world.daemon.virsh(&["dominfo", "attic"]).unwrap();
    assert!(info.contains("Managed save:   no"), "{info}");
    app.assert_quiet("after a save");
}

#[test]
fn what_happens_is_listed_and_a_busy_guests_graph_is_not_flat() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    let name = unique_name("busy");
    let mut domain = Domain::new(&name, &world.guest);
    domain.words = "oriel.busy".into();
    world.define(&domain);
    world.define(&Domain::idle("quiet", &world.guest));

    let mut app = App::start_with(
        &world.session,
        &["--connect", &world.daemon.uri()],
        |command| {
            command.env("ORIEL_LOG", "oriel=debug");
        },
    );
    open(&app, &name);
    tab(&app, "Activity");
    app.await_words("No Events");
    tab(&app, "Overview");
    app.press_button("Start");
    app.await_words("Running · not encrypted");
    tab(&app, "Activity");
    app.await_words("Start requested");
    app.await_words("Started");
    app.await_one("label", "Running");
    world.daemon.virsh(&["suspend", &name]).unwrap();
    app.await_one("label", "Paused");
    world.daemon.virsh(&["resume", &name]).unwrap();
    let shares = ["schedinfo", &name, "--live", "--set", "cpu_shares=4444"];
    world.daemon.virsh(&shares).unwrap();
    app.await_words("CPU Shares now: 4444");

    // Its processor is busy, and so says the graph.
    // A machine with much else to do takes its time until the guest is up.
    let graph = process::wait_for("a busy processor", PATIENCE * 4, || {
        let tree = app.tree();
        let all = tree.all().into_iter();
        let mut busy = all.filter(|one| one.showing && percent(one) > Some(BUSY));
        busy.next().cloned().ok_or_else(|| "it idles".to_owned())
    })
    .unwrap();
    std::thread::sleep(Duration::from_secs(9));
    let picture = app.picture(PICTURES, "activity.png");
    let [left, top, width, height] = app.input().active_window().unwrap();
    let window = app.tree().children[0].extents;
    let frame = [(width - window[2]) / 2, (height - window[3]) / 2];
    let crop = format!(
        "{}x{}+{}+{}",
        graph.extents[2],
        graph.extents[3],
        left + frame[0] + graph.extents[0],
        top + frame[1] + graph.extents[1]
    );
    let coloured = coloured(&picture, &crop);
    assert!(coloured > 60, "a flat graph at {crop}: {coloured} pixels");

    // Another guest has its own events; coming back, these are still there.
    open(&app, "quiet");
    app.await_words("No Events");
    open(&app, &name);
    app.await_words("CPU Shares now: 4444");

    // Nobody looks: nothing is read.
    let window = app.input().run(&["getactivewindow"]);
    app.input().run(&["windowminimize", window.trim()]);
    std::thread::sleep(Duration::from_secs(4));
    let calls = |app: &mut App| {
        let said = app.process().err();
        let reads = ["read-use", "take-picture", "read-controls"];
        let lines = said.lines().filter(|line| line.contains("asked libvirt"));
        lines
            .filter(|line| reads.iter().any(|words| line.contains(words)))
            .count()
    };
    let before = calls(&mut app);
    assert!(before > 2, "nothing was read before: {before}");
    std::thread::sleep(Duration::from_secs(8));
    let after = calls(&mut app);
    assert_eq!(after, before, "read while nobody looked");
    app.input().run(&["windowmap", window.trim()]);
    app.input().run(&["windowactivate", window.trim()]);
    process::wait_for("figures again", PATIENCE, || {
        let now = calls(&mut app);
        if now > after {
            Ok(())
        } else {
            Err("none".to_owned())
        }
    })
    .unwrap();
    app.assert_quiet("after it came back");
}

#[test]
fn the_console_goes_to_virt_viewer_or_says_how_to_get_it() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::None);
    let name = unique_name("screen");
    let xml = Domain::idle(&name, &world.guest).to_xml();
    let socket = world.daemon.dir().join("screen.sock");
    let graphics = format!(
        "<graphics type='vnc' socket='{}'/></devices>",
        socket.display()
    );
    let file = world.daemon.dir().join("screen.xml");
    std::fs::write(&file, xml.replace("</devices>", &graphics)).unwrap();
    world
        .daemon
        .virsh(&["define", file.to_str().unwrap()])
        .unwrap();
    world.daemon.virsh(&["start", &name]).unwrap();

    // A folder without the viewer, and then with one that notes what it is told.
    let folder = world.session.dir().join("viewers");
    std::fs::create_dir(&folder).unwrap();
    let mut app = App::start_with(
        &world.session,
        &["--connect", &world.daemon.uri()],
        |command| {
            command.env("PATH", &folder);
        },
    );
    open(&app, &name);
    app.press_button("Open Console");
    app.await_words("Virt-Viewer Is Not Installed");
    app.await_words("Install the package “virt-viewer”");
    app.picture(PICTURES, "viewer-missing.png");
    app.press_button("Close");
    app.await_gone("label", "Virt-Viewer Is Not Installed");

    let told = folder.join("told");
    let viewer = folder.join("virt-viewer");
    let script = format!("#!/bin/sh\necho \"$@\" > {}\nexit 3\n", told.display());
    std::fs::write(&viewer, script).unwrap();
    process::run(Command::new("chmod").arg("755").arg(&viewer)).unwrap();
    app.press_button("Open Console");
    app.await_words("Could Not Open the Console");
    app.await_words("exit status: 3");
    let told = std::fs::read_to_string(told).unwrap();
    let uuid = world.daemon.virsh(&["domuuid", &name]).unwrap();
    assert!(
        told.contains(&world.daemon.uri()) && told.contains("--wait") && told.contains(uuid.trim()),
        "{told}"
    );
    app.assert_quiet("after the viewer");
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{text}"));
    rest.split_once(after).unwrap().0
}

/// What a graph says of the processor.
fn percent(element: &Element) -> Option<u32> {
    let text = element.description.strip_prefix("Processor: ")?;
    text.strip_suffix(" %")?.parse().ok()
}

/// How many pixels of a picture's part have a colour: the lines of graphs, and what is below them.
fn coloured(picture: &Path, crop: &str) -> usize {
    let mut command = Command::new("convert");
    command
        .arg(picture)
        .args(["-crop", crop, "-depth", "8", "rgb:-"]);
    let pixels = command.output().unwrap();
    assert!(pixels.status.success(), "{pixels:?}");
    let is_blue = |pixel: &&[u8]| pixel[2] > pixel[0].saturating_add(25);
    pixels.stdout.chunks_exact(3).filter(is_blue).count()
}
