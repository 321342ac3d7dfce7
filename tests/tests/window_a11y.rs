// SPDX-License-Identifier: GPL-3.0-or-later
//! Everybody can use every page and dialog: each control has a name, and the keyboard gets to it.
//!
//! The pages are a table: to try a further one is a further line.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, Session, SessionOptions, is_root, process};
use oriel_tests::desktop::walk::{Audit, By};
use oriel_tests::desktop::{App, PATIENCE, assistant, know};
use oriel_tests::run::Running;
use oriel_tests::skip;
use oriel_tests::world::World;

/// The passphrase of a guest.
const WORDS: &str = "words that nobody kept";

/// The exit code of a program that `kill -9` ended.
const KILLED: i32 = -9;

/// A page or dialog: its name, how to walk there, how to get to it, and how to leave it.
type Page<'a> = (&'a str, By, Box<dyn Fn(&App) + 'a>, fn(&App));

fn page<'a>(name: &'a str, open: impl Fn(&App) + 'a, leave: fn(&App)) -> Page<'a> {
    (name, By::Tab, Box::new(open), leave)
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

/// Starts the program once more: it hands the connection over to the window that is there.
fn connect(session: &Session, uri: &str) {
    let mut command = session.command(oriel_tests::profile_folder().join("oriel"));
    command.args(["--connect", uri]);
    Running::start(&mut command, None).end().expect(0);
}

/// Selects all guests of a connection that has some, in the list at the left.
fn select_all(app: &App) {
    open_guest(app, "attic");
    app.input().keys(&["ctrl+a"]);
    app.await_words("3 selected");
}

/// Chooses a place in the dialog that adds a connection.
fn place(steps: usize, words: &'static str) -> impl Fn(&App) {
    move |app| {
        app.choose("Main Menu", "Add Connection…");
        await_dialogs(app, 1);
        // It has the focus.
        app.await_one("combo box", "Location");
        app.input().keys(&["space"]);
        app.await_one("list item", "Custom URI");
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

fn desktop() -> Session {
    Session::start(&SessionOptions {
        keyring: Keyring::None,
        display: true,
        desktop: true,
        ..SessionOptions::default()
    })
    .unwrap()
}

#[test]
fn on_the_windows_pages_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    let session = desktop();
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
        menu("Sort and Filter"),
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
        page("add: ssh", place(3, "User Name"), escape),
        page("add: tls", place(4, "Enter the host name"), escape),
        page("add: uri", place(5, "A URI looks like"), escape),
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
    ];
    let mut audit = Audit::default();
    walk(&mut audit, &app, &pages);
    audit.assert_good();
    app.close();
}

#[test]
fn on_a_guests_pages_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    let session = desktop();
    let guests = write_guests(session.dir());
    let app = App::start_with(&session, &["--connect", &guests], |command| {
        // Nobody has a viewer there.
        command.env("PATH", session.dir());
    });
    let pages = [
        page("running: overview", |app| open_guest(app, "parlour"), stay),
        menu("More"),
        page("force off", by_menu("More", "Force Off…"), escape),
        page(
            "console missing",
            |app| {
                app.press_button("Open Console");
                app.await_words("Virt-Viewer Is Not Installed");
            },
            escape,
        ),
        page(
            "running: activity",
            |app| {
                app.open_tab("Activity");
                app.await_words("Events");
            },
            stay,
        ),
        page(
            "running: resources that can’t be had",
            |app| {
                app.open_tab("Resources");
                app.await_words("The driver of this hypervisor has no");
            },
            |app| app.open_tab("Overview"),
        ),
        page("off: overview", |app| open_guest(app, "attic"), stay),
        page("rename", by_menu("More", "Rename…"), escape),
        page(
            "off: activity",
            |app| {
                app.open_tab("Activity");
                app.await_words("No Events");
            },
            |app| app.open_tab("Overview"),
        ),
        page("several", select_all, stay),
        page(
            "several: force off",
            |app| {
                app.press_button("Force Off…");
                app.await_words("Force Off 2 Virtual Machines?");
            },
            escape,
        ),
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
    let mut killed = world.orielctl(&world.create_words("half done", &[]));
    killed.env("ORIEL_FAULT", "kill@volume");
    Running::start(&mut killed, None).end().expect(KILLED);
    world.define_encrypted("attic", WORDS);
    world.define(&Domain::idle("parlour", &world.guest));
    world.daemon.virsh(&["start", "parlour"]).unwrap();
    know(&world.session, &[(&world.daemon.uri(), false)]);
    // The daemon's connection comes once the window is there: so the question about what was left
    // finds it with the focus.
    let app = App::start(&world.session, &["--connect", "test:///default"]);
    connect(&world.session, &world.daemon.uri());
    let pages = [
        page(
            "leftovers",
            |app| {
                app.await_words("Unfinished Virtual Machine");
            },
            escape,
        ),
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
        page(
            "save in the clear",
            |app| {
                app.press_button("Start");
                app.await_words("Passphrase for “attic”");
                app.click(&app.await_usable("text box", "Passphrase"));
                app.input().type_text(WORDS);
                app.press_button("Start");
                app.await_words("Running · key in keyring");
                by_menu("More", "Save State")(app);
            },
            escape,
        ),
    ];
    let mut audit = Audit::default();
    walk(&mut audit, &app, &pages);
    audit.assert_good();
    app.close();
}

#[test]
fn in_the_assistant_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    world.make_pool();
    // Of two connections, one is to be chosen.
    let words = [
        "--connect",
        &world.daemon.uri(),
        "--connect",
        "test:///default",
    ];
    let app = App::start(&world.session, &words);
    app.await_one("list item", "test");
    click_connection(&app, "qemu:///system");
    let wish = assistant::Wish::small(&world, "study");
    let pages = [
        page("assistant: source", assistant::open, stay),
        page(
            "assistant: kernel",
            |app| assistant::source(app, &wish),
            stay,
        ),
        page(
            "assistant: name",
            |app| {
                assistant::next(app, 2);
                assistant::name(app, wish.name);
            },
            stay,
        ),
        page("assistant: resources", |app| assistant::next(app, 3), stay),
        page("assistant: disk", |app| assistant::next(app, 4), stay),
        page(
            "assistant: own passphrase",
            |app| app.click_row("Choose a Passphrase"),
            |app| app.click_row("Generate a Passphrase"),
        ),
        page("assistant: summary", |app| assistant::next(app, 5), stay),
        page(
            "assistant: end",
            |app| {
                app.press(&app.await_usable("switch", "Start After Creation"));
                app.press_button("Create");
                assistant::await_end(app, "“study” Was Created");
            },
            |app| app.press_button("Close"),
        ),
    ];
    let mut audit = Audit::default();
    walk(&mut audit, &app, &pages);
    audit.assert_good();
    app.close();
}

/// A program in place of ssh that asks one thing.
fn asking_ssh(folder: &Path, name: &str, question: &str) -> String {
    let path = folder.join(name);
    fs::write(
        &path,
        format!("#!/bin/sh\nexec \"$SSH_ASKPASS\" \"{question}\"\n"),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("qemu+ssh://{name}/system?command={}", path.display())
}

#[test]
fn in_a_connections_questions_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    let session = desktop();
    let locked = session.dir().join("locked.xml");
    let user = "<auth><user password='correct horse'>anna</user></auth>";
    fs::write(&locked, format!("<node>{user}</node>")).unwrap();
    let locked = format!("test://{}", locked.display());
    let password = asking_ssh(session.dir(), "attic", "lena@attic’s password: ");
    let key = "The authenticity of host “cellar” can’t be established.\n\
               Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
    let key = asking_ssh(session.dir(), "cellar", key);
    know(
        &session,
        &[(&locked, false), (&password, false), (&key, false)],
    );
    let app = App::start(&session, &["--connect", "test:///default"]);
    let question = |uri: &'_ str, words: &'static str| {
        let uri = uri.to_owned();
        let session = &session;
        move |app: &App| {
            connect(session, &uri);
            app.await_words(words);
        }
    };
    let pages = [
        page(
            "named by another program",
            question(
                "qemu+ssh://attic/system?command=/x",
                "Run a Program to Connect?",
            ),
            escape,
        ),
        page("log in", question(&locked, "asks who you are"), escape),
        page("ssh’s password", question(&password, "password"), escape),
        page(
            "ssh’s host key",
            question(&key, "Are you sure you want to continue"),
            escape,
        ),
    ];
    let mut audit = Audit::default();
    walk(&mut audit, &app, &pages);
    audit.assert_good();
    app.close();
}

#[test]
fn on_the_page_after_a_crash_each_control_has_a_name_and_is_in_the_keyboards_reach() {
    let session = desktop();
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
