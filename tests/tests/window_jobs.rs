// SPDX-License-Identifier: GPL-3.0-or-later
//! What lasts is seen on every page, can be called off there, and is asked about before the window
//! closes. Pictures are kept below the target folder.

#![allow(clippy::unwrap_used, reason = "a test: what can't be done fails it")]

use std::path::Path;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, unique_name};
use oriel_tests::desktop::App;
use oriel_tests::desktop::assistant::{self, Wish};
use oriel_tests::desktop::tree::{Element, State};
use oriel_tests::skip;
use oriel_tests::world::World;

const PICTURES: &str = "jobs";

#[test]
fn a_task_shows_its_progress_can_be_cancelled_and_is_asked_about_at_quit() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::desktop(Keyring::Unlocked("word".into()));
    // The disk is not done before the gate opens.
    let gate = world.daemon.dir().join("gate");
    std::fs::write(&gate, "").unwrap();
    let shim = format!(
        r#""$REAL" "$@"; code=$?; while [ "$1" = create ] && [ -e '{}' ]; do sleep 0.2; done; exit $code"#,
        gate.display()
    );
    world.shim(Path::new("/usr/bin/qemu-img"), &shim);
    world.make_pool();
    world.define(&Domain::idle("cellar", &world.guest));
    let name = &unique_name("slow one");
    let mut app = App::start(&world.session, &["--connect", &world.daemon.uri()]);
    app.await_words("cellar");
    assert!(app.tree().find("button", "Running Tasks").is_none());
    assistant::fill(&app, &Wish::small(&world, name));
    app.press_button("Create");
    app.await_that("the disk being made", |tree| {
        tree.find("list item", "Create the disk")
            .is_some_and(|row| row.says("Under way"))
    });

    // The window can be used meanwhile.
    let title = app.await_window("New Virtual Machine").name;
    app.picture(PICTURES, "both.png");
    app.press_button("Running Tasks");
    let task = format!("“{name}” is being created");
    app.await_one("progress bar", &task);
    app.await_words("Create the disk");
    app.picture(PICTURES, "popover.png");

    // To close it is a question, which Escape and Return answer harmlessly.
    app.press(&app.await_some("the window's own button", |tree| {
        let window = tree.children.iter().find(|one| one.name == "Oriel")?;
        window.find_usable("button", "Close").cloned()
    }));
    app.await_words("Quit While Tasks Are Running?");
    app.await_words(&task);
    app.picture(PICTURES, "quit.png");
    app.input().keys(&["Escape"]);
    app.await_that("no question", |tree| {
        !tree.says("Quit While Tasks Are Running?")
    });
    app.assert_quiet("after the question");

    if app.tree().find("progress bar", &task).is_none() {
        app.press_button("Running Tasks");
    }
    let button = |tree: &Element| {
        let window = tree.children.iter().find(|one| one.name != title)?;
        // What reaches beyond the window's edge counts as out of sight.
        let mut all = window.all().into_iter();
        all.find(|one| one.role == "button" && one.name == "Cancel")
            .cloned()
    };
    app.press(&app.await_some("the task's button", button));
    app.await_that("the task called off", |tree| {
        button(tree).is_none_or(|it| !it.is(State::Sensitive))
    });
    std::fs::remove_file(&gate).unwrap();
    app.await_words("Nothing was left behind.");
    app.await_gone("button", "Running Tasks");
    assert_eq!(world.guests(), ["cellar"]);
    assert_eq!(world.volumes(), Vec::<String>::new());
    assert_eq!(world.keys(), Vec::<String>::new());
    app.assert_quiet("after it was called off");
    app.close();
}
