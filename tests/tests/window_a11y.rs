// SPDX-License-Identifier: GPL-3.0-or-later
//! Everybody can use every page and dialog: each control has a name, and the keyboard gets to it.
//!
//! The pages are a table: to try a further one is a further line.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::fs;
use std::path::Path;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, Session, SessionOptions, is_root, process};
use oriel_tests::desktop::walk::{Audit, By};
use oriel_tests::desktop::{App, PATIENCE, assistant};
use oriel_tests::skip;
use oriel_tests::world::World;

/// A page or dialog: its name, how to walk there, how to get to it, and how to leave it.
type Page<'a> = (&'a str, By, Box<dyn Fn(&App) + 'a>, fn(&App));

fn page<'a>(name: &'a str, open: impl Fn(&App) + 'a, leave: fn(&App)) -> Page<'a> {
    (name, By::Tab, Box::new(open), leave)
}

/// As [`page`], where only names are looked at.
fn names<'a>(name: &'a str, open: impl Fn(&App) + 'a, leave: fn(&App)) -> Page<'a> {
    (name, By::Names, Box::new(open), leave)
}

/// The menu of a menu button.
fn menu(name: &'static str) -> Page<'static> {
    let open = move |app: &App| {
        app.press_button(name);
        app.await_that("a menu", has_menu);
    };
    let leave = |app: &App| {
        app.input().keys(&["Escape"]);
        app.await_that("no menu", |tree| !has_menu(tree));
    };
    (name, By::Arrows, Box::new(open), leave)
}

fn has_menu(tree: &oriel_tests::desktop::tree::Element) -> bool {
    let mut all = tree.all().into_iter();
    all.any(|one| one.showing && one.role.starts_with("menu item"))
}

/// Looks at all pages, one after the other.
fn walk(audit: &mut Audit, app: &App, pages: &[Page<'_>]) {
    for (name, by, open, leave) in pages {
        open(app);
        audit.look(app, name, *by);
        let picture = format!("{}.png", name.replace([' ', ':'], "-"));
        app.picture("a11y", &picture);
        leave(app);
    }
}

fn stay(_: &App) {}

fn await_dialogs(app: &App, count: usize) {
    process::wait_for("a dialog to come or go", PATIENCE, || match app.dialogs() {
        now if now == count => Ok(()),
        now => Err(format!("{now} dialogs")),
    })
    .unwrap();
}

/// Leaves a dialog by the key for that.
fn escape(app: &App) {
    app.input().keys(&["Escape"]);
    await_dialogs(app, 0);
}

/// Presses keys that open a window of its own.
fn by_keys(keys: &'static str) -> impl Fn(&App) {
    move |app| {
        app.input().keys(&[keys]);
        await_dialogs(app, 1);
    }
}

/// Chooses an entry of a menu that opens a dialog.
fn by_menu(menu: &'static str, entry: &'static str) -> impl Fn(&App) {
    move |app| {
        app.choose(menu, entry);
        await_dialogs(app, 1);
    }
}

/// Shows a connection.
fn click_connection(app: &App, uri: &str) {
    app.click(&app.await_some(uri, |tree| {
        let all = tree.all().into_iter();
        let mut rows = all.filter(|one| one.role == "list item" && one.says(uri));
        rows.next().cloned()
    }));
}

/// Shows a guest.
fn open_guest(app: &App, name: &str) {
    app.click_row(name);
    app.await_window(&format!("{name} – Oriel"));
}

/// Chooses a place in the dialog that adds a connection.
fn place(steps: usize, words: &'static str) -> impl Fn(&App) {
    move |app| {
        app.choose("Main Menu", "Add Connection…");
        await_dialogs(app, 1);
        // It has the focus.
        app.await_one("combo box", "Place");
        app.input().keys(&["space"]);
        app.await_one("list item", "Any libvirt URI");
        for _ in 0..steps {
            app.input().keys(&["Down"]);
        }
        app.input().keys(&["Return"]);
        app.await_words(words);
    }
}

/// Guests of the test driver: two that run, with a screen, and one that is off, with a disk.
fn write_guests(folder: &Path) -> String {
    let guest = |number: u8, name: &str, state: u8| {
        format!(
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>\
             <name>{name}</name><uuid>00000000-0000-4000-8000-00000000000{number}</uuid>\
             <memory unit='MiB'>256</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>\
             <disk type='file' device='disk'><source file='/g/{number}.img'/>\
             <target dev='vda' bus='virtio'/></disk><graphics type='vnc'/></devices>\
             <test:runstate>{state}</test:runstate></domain>"
        )
    };
    let guests = guest(1, "attic", 5) + &guest(2, "cellar", 1) + &guest(3, "parlour", 1);
    let head = "<cpu><mhz>2000</mhz><model>x86_64</model><active>8</active></cpu>\
                <memory>999999999</memory>";
    let path = folder.join("guests.xml");
    fs::write(&path, format!("<node>{head}{guests}</node>")).unwrap();
    let nothing = folder.join("nothing.xml");
    fs::write(&nothing, format!("<node>{head}</node>")).unwrap();
    format!("test://{}", path.display())
}

#[test]
fn on_the_windows_pages_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    let session = Session::start(&SessionOptions {
        keyring: Keyring::None,
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let guests = write_guests(session.dir());
    let nothing = guests.replace("guests.xml", "nothing.xml");
    let down = guests.replace("guests.xml", "missing.xml");
    let words = [
        "--connect",
        &guests,
        "--connect",
        &nothing,
        "--connect",
        &down,
    ];
    let app = App::start(&session, &words);
    app.await_one("list item", "parlour");
    let pages = [
        page("gallery", |app| app.input().keys(&["ctrl+1"]), stay),
        page("list", |app| app.input().keys(&["ctrl+2"]), stay),
        menu("Sort and filter"),
        menu("Main Menu"),
        page("preferences", by_keys("ctrl+comma"), stay),
        page(
            "preferences: connections",
            |app| app.open_tab("Connections"),
            escape,
        ),
        page("shortcuts", by_keys("ctrl+question"), escape),
        page("about", by_menu("Main Menu", "About Oriel"), escape),
        page(
            "add: this computer",
            by_menu("Main Menu", "Add Connection…"),
            escape,
        ),
        page("add: my own", place(1, "qemu:///session"), escape),
        page("add: containers", place(2, "lxc:///system"), escape),
        names("add: ssh", place(3, "Account There"), escape),
        names(
            "add: tls",
            place(4, "Type the other computer’s name"),
            escape,
        ),
        names("add: uri", place(5, "A URI looks like"), escape),
        page(
            "no guests",
            |app| {
                click_connection(app, &nothing);
                app.await_words("No Virtual Machines");
            },
            stay,
        ),
        page(
            "connection down",
            |app| {
                click_connection(app, &down);
                app.await_words("Not Connected");
            },
            stay,
        ),
        page("running: overview", |app| open_guest(app, "parlour"), stay),
        menu("More"),
    ];
    let mut audit = Audit::default();
    walk(&mut audit, &app, &pages);
    audit.assert_good();
    app.close();
}

#[test]
fn with_a_real_daemon_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.make_pool();
    world.define_encrypted("attic", "words that nobody kept");
    world.define(&Domain::new("parlour", &world.guest));
    world.daemon.virsh(&["start", "parlour"]).unwrap();
    let app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_one("list item", "parlour");
    let wish = assistant::Wish::small(&world, "study");
    let pages = [
        page(
            "running: resources",
            |app| {
                open_guest(app, "parlour");
                app.open_tab("Resources");
                app.await_usable("slider", "CPU Shares");
            },
            stay,
        ),
        page(
            "off: resources",
            |app| open_guest(app, "attic"),
            |app| app.open_tab("Overview"),
        ),
        page("delete with a key", by_menu("More", "Delete…"), escape),
        page(
            "passphrase",
            |app| {
                app.press_button("Start");
                app.await_words("Passphrase for “attic”");
            },
            stay,
        ),
        page(
            "failure",
            |app| {
                app.click(&app.await_usable("text box", "Passphrase"));
                app.input().type_text("wrong words");
                app.press_button("Start");
                app.await_words("does not open an encrypted disk");
                app.press(&app.await_one("button", "Details"));
                app.await_usable("button", "Copy");
            },
            escape,
        ),
        names("assistant: source", |app| assistant::open(app), stay),
        names(
            "assistant: kernel",
            |app| assistant::source(app, &wish),
            stay,
        ),
        names(
            "assistant: name",
            |app| {
                assistant::next(app, 2);
                assistant::name(app, wish.name);
            },
            stay,
        ),
        page("assistant: resources", |app| assistant::next(app, 3), stay),
        page("assistant: disk", |app| assistant::next(app, 4), stay),
        names(
            "assistant: own passphrase",
            |app| app.click_row("Choose a Passphrase"),
            |app| app.click_row("Generate a Passphrase"),
        ),
        page("assistant: summary", |app| assistant::next(app, 5), stay),
        page(
            "assistant: end",
            |app| {
                app.press(&app.await_usable("switch", "Start It When It Is Made"));
                app.press_button("Create");
                assistant::await_end(app, "“study” Is Made");
            },
            |app| app.press_button("Close"),
        ),
    ];
    let mut audit = Audit::default();
    walk(&mut audit, &app, &pages);
    audit.assert_good();
    app.close();
}

#[test]
fn on_the_page_after_a_crash_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    let session = Session::start(&SessionOptions {
        keyring: Keyring::None,
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap();
    let report = b"Oriel\nthe reason\n\na trace\n";
    let app = App::start_reading(&session, &["--crash-page"], Some(report), |_| {});
    let unfold = |app: &App| app.press(&app.await_one("button", "Details"));
    let mut audit = Audit::default();
    walk(
        &mut audit,
        &app,
        &[
            page("crash", stay, stay),
            page("crash: details", unfold, stay),
        ],
    );
    audit.assert_good();
    app.close();
}
