// SPDX-License-Identifier: GPL-3.0-or-later
//! What other programs of the session can have the window do, and what a URI that runs a program
//! needs before it is opened: a person who says yes.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests: what can't be done fails the test"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use oriel_sandbox::{Session, SessionOptions, process};
use oriel_tests::desktop::caller::{APPLICATION, Caller};
use oriel_tests::desktop::{App, PATIENCE, know};

/// A session with a desktop, and a program in it that leaves a mark when it is run.
struct Stage {
    session: Session,
    program: String,
    mark: PathBuf,
}

impl Stage {
    fn set() -> Self {
        let session = Session::start(&SessionOptions {
            display: true,
            desktop: true,
            ..SessionOptions::default()
        })
        .unwrap();
        let (program, mark) = (session.dir().join("evil"), session.dir().join("mark"));
        let text = format!("#!/bin/sh\n: >'{}'\n", mark.display());
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self {
            program: program.to_str().unwrap().to_owned(),
            session,
            mark,
        }
    }

    /// The URI of a host with one guest, which is off.
    fn host(&self, name: &str, guest: &str) -> String {
        let path = self.session.dir().join(name);
        let node = format!(
            "<node><domain type='test'><name>{guest}</name><memory>65536</memory>\
             <os><type>hvm</type></os><test:runstate \
             xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>5</test:runstate>\
             </domain></node>"
        );
        fs::write(&path, node).unwrap();
        format!("test://{}", path.display())
    }

    /// Nothing was run until now.
    #[track_caller]
    fn assert_unrun(&self, when: &str) {
        assert!(!self.mark.exists(), "the program was run {when}");
    }

    #[track_caller]
    fn await_run(&self) {
        let ran = process::wait_for("the program’s run", PATIENCE, || {
            self.mark
                .exists()
                .then_some(())
                .ok_or_else(|| "it was not run".to_owned())
        });
        assert!(ran.is_ok(), "{ran:?}");
    }
}

#[test]
fn what_another_program_names_runs_nothing_without_a_yes() {
    let stage = Stage::set();
    let own = stage.host("own.xml", "attic");
    let mut app = App::start(&stage.session, &["--connect", &own]);
    app.await_one("list item", "attic");
    let caller = Caller::start(&stage.session);
    let program = &stage.program;
    for (number, (uri, launch, key)) in [
        (
            format!("qemu+ext:///system?command={program}"),
            false,
            "Escape",
        ),
        (
            format!("qemu+ext:/system?x=1;Comm%61nd%00y={program}"),
            false,
            "Return",
        ),
        (
            format!("qemu+ssh://lab/system?command={program}"),
            true,
            "Return",
        ),
        (
            format!("qemu:///system?name=qemu%2bext://x/%3fcommand={program}"),
            false,
            "Escape",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut words = vec!["--connect", &uri];
        if launch {
            words.extend(["--launch", "cellar"]);
        }
        assert_eq!(caller.command_line(&words), 0);
        app.await_that("a question", |tree| {
            stage.assert_unrun("instead of a question");
            tree.says("Run a Program to Connect?")
        });
        let question = app.await_words(program);
        assert!(question.says("Another program"), "{}", question.dump());
        assert_eq!(question.says("cellar"), launch, "{}", question.dump());
        app.picture("strangers", &format!("program-{number}.png"));
        stage.assert_unrun("before the answer");
        app.input().keys(&[key]);
        app.await_gone_words("Run a Program to Connect?");
    }
    app.assert_quiet("after the answers");
    stage.assert_unrun("after a no");
    let tree = app.tree();
    assert!(
        !tree.says("qemu"),
        "a connection was added: {}",
        tree.dump()
    );

    // Many at once are one question after the other, and the same again is none.
    for _ in 0..5 {
        for word in ["one", "two"] {
            let uri = format!("qemu+ext:///{word}?command={program}");
            caller.command_line(&["--connect", &uri]);
        }
    }
    for word in ["one", "two"] {
        app.await_words(&format!("qemu+ext:///{word}"));
        assert_eq!(app.dialogs(), 1);
        app.input().keys(&["Escape"]);
        app.await_gone_words(&format!("qemu+ext:///{word}"));
    }
    assert_eq!(app.dialogs(), 0);
    stage.assert_unrun("after a no to many");

    // A yes is a yes.
    let uri = format!("qemu+ext:///system?command={program}");
    caller.command_line(&["--connect", &uri]);
    app.press_button("Run and Open");
    stage.await_run();
    app.close();
}

#[test]
fn another_program_may_name_what_is_known_and_is_asked_about_the_rest() {
    let stage = Stage::set();
    let (own, other) = (
        stage.host("own.xml", "attic"),
        stage.host("other.xml", "cellar"),
    );
    let saved = stage.host("saved.xml", "parlour");
    let runs = format!("qemu+ext:///system?command={}", stage.program);
    know(
        &stage.session,
        &[(&own, true), (&saved, false), (&runs, false)],
    );
    let mut app = App::start(&stage.session, &[]);
    app.await_one("list item", "attic");
    let caller = Caller::start(&stage.session);

    // Unknown, and plain.
    caller.command_line(&["--connect", &other, "--launch", "cellar"]);
    app.await_words("Open This Connection?");
    app.await_words("cellar");
    app.picture("strangers", "plain.png");
    app.input().keys(&["Return"]);
    app.await_gone_words("Open This Connection?");
    assert!(app.tree().find("list item", "cellar").is_none());
    caller.command_line(&["--connect", &other]);
    app.press_button("Open");
    app.await_one("list item", "cellar");

    // What is open, and what is saved; also to launch there.
    for (uri, guest) in [(&other, "cellar"), (&saved, "parlour"), (&own, "attic")] {
        caller.command_line(&["--connect", uri, "--launch", guest]);
        app.await_window(&format!("{guest} – Oriel"));
        app.await_words("Running");
        assert_eq!(app.dialogs(), 0, "a question about {uri}");
    }
    // The person added this one, program and all.
    stage.assert_unrun("before it was named");
    caller.command_line(&["--connect", &runs]);
    stage.await_run();
    assert_eq!(app.dialogs(), 0);
    app.assert_quiet("in the end");
    app.close();
}

#[test]
fn a_command_line_of_ones_own_is_asked_about_where_it_runs_a_program() {
    let stage = Stage::set();
    let own = stage.host("own.xml", "attic");
    know(&stage.session, &[(&own, true)]);
    let uri = format!("qemu+ext:///system?command={}", stage.program);
    let app = App::start(&stage.session, &["--connect", &uri]);
    let question = app.await_words("Run a Program to Connect?");
    assert!(!question.says("Another program"), "{}", question.dump());
    stage.assert_unrun("before the answer");
    app.input().keys(&["Return"]);
    // What is opened at other starts is opened then.
    app.await_one("list item", "attic");
    stage.assert_unrun("after a no");
    app.close();

    let app = App::start(&stage.session, &["--connect", &uri]);
    app.press_button("Run and Open");
    stage.await_run();
    app.close();
}

#[test]
fn a_connection_that_runs_a_program_is_added_by_a_yes_alone() {
    let stage = Stage::set();
    let own = stage.host("own.xml", "attic");
    let app = App::start(&stage.session, &["--connect", &own]);
    app.await_one("list item", "attic");
    let uri = format!("qemu+ext:///system?command={}", stage.program);
    let add = || {
        app.choose("Main Menu", "Add Connection…");
        app.await_one("combo box", "Location");
        app.input().keys(&["space"]);
        app.await_one("list item", "Custom URI");
        app.input().keys(&["End", "Return"]);
        app.await_one("text box", "URI");
        app.input().keys(&["Tab"]);
        app.input().type_text(&uri);
        app.press_button("Add");
        app.await_words("Run a Program to Connect?");
    };
    let settings = stage.session.config().join("oriel/window.ini");
    let kept = || fs::read_to_string(&settings).is_ok_and(|text| text.contains("command="));
    add();
    app.picture("strangers", "add.png");
    app.input().keys(&["Return"]);
    app.await_gone_words("Run a Program to Connect?");
    stage.assert_unrun("after a no");
    assert!(!kept());
    add();
    app.press_button("Run and Open");
    stage.await_run();
    let waited = process::wait_for("the settings", PATIENCE, || {
        kept()
            .then_some(())
            .ok_or_else(|| "it is not in them".to_owned())
    });
    assert!(waited.is_ok(), "{waited:?}");
    app.close();
}

#[test]
fn no_action_on_the_bus_does_anything_to_a_guest() {
    let stage = Stage::set();
    let own = stage.host("own.xml", "attic");
    let app = App::start(&stage.session, &["--connect", &own]);
    app.click_row("attic");
    app.await_window("attic – Oriel");
    let caller = Caller::start(&stage.session);
    // All of these show something, or close the window.
    let window = [
        "about",
        "add-connection",
        "kind",
        "monitors",
        "new",
        "overview",
        "photo",
        "preferences",
        "quit",
        "retry",
        "search",
        "show-help-overlay",
        "sort",
        "view",
    ];
    assert_eq!(caller.actions(&format!("{APPLICATION}/window/1")), window);
    let none: [&str; 0] = [];
    assert_eq!(caller.actions(APPLICATION), none);
    app.close();
}
