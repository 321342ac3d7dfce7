// SPDX-License-Identifier: GPL-3.0-or-later
//! The window on a daemon that is played: it dies, hangs, forges names, and takes guests away while
//! a question is open. What the window does with real daemons is tested with them.

#![allow(clippy::unwrap_used, reason = "a test: what can't be done fails it")]

use oriel::shown::is_unsafe;
use oriel_sandbox::Keyring;
use oriel_tests::desktop::tree::Element;
use oriel_tests::desktop::{App, know};
use oriel_tests::played::{Gate, Home, Player, Rule};
use oriel_tests::screen::Screen;
use oriel_wire::event::Lifecycle;
use oriel_wire::procedure::{
    DomainGetInfo, DomainGetMemoryParameters, DomainGetSchedulerType, DomainGetXmlDesc,
};

const PICTURES: &str = "played";

/// How far the list at the left reaches at least: where GTK 4.18 says that something is, it is five
/// pixels further to the right.
const LIST: i32 = 280;

/// `VIR_DOMAIN_PAUSED`.
const PAUSED: i32 = 3;

/// `virDomainEventType`.
const UNDEFINED: i32 = 1;
const STARTED: i32 = 2;
const SUSPENDED: i32 = 3;
const STOPPED: i32 = 5;

fn home(guests: impl IntoIterator<Item = Player>) -> Home {
    let home = Home::desktop(Keyring::None);
    home.played.scene(|scene| scene.guests.extend(guests));
    home
}

fn start(home: &Home) -> App {
    App::start(&home.session, &["--connect", &home.played.uri()])
}

/// Takes a guest away, or has it stop.
fn end(home: &Home, name: &str, stays: bool) {
    let domain = home.played.scene(|scene| {
        let guest = scene.guest_mut(name).unwrap();
        guest.stop();
        let domain = guest.domain.clone();
        if !stays {
            scene.guests.retain(|it| it.domain.uuid != domain.uuid);
        }
        domain
    });
    let event = if stays { STOPPED } else { UNDEFINED };
    home.played
        .tell::<Lifecycle>(|callback| (callback, domain.clone(), event, 0));
}

#[test]
fn a_guest_that_goes_while_it_is_asked_about_hides_no_other_failure() {
    let home = home([Player::running("passing", 1), Player::running("steady", 2)]);
    let app = start(&home);
    app.click_row("passing");
    app.await_window("passing – Oriel");
    app.input().keys(&["ctrl+a"]);
    app.await_words("2 selected");
    app.press_button("Force Off…");
    app.await_words("Force Off 2 Virtual Machines?");
    // Both end without us: of one nothing is left, the other is off.
    end(&home, "passing", false);
    end(&home, "steady", true);
    app.await_that("one virtual machine", |tree| tree.says("1 virtual machine"));
    app.press_button("Force Off");
    app.await_words("2 of them failed");
    app.picture(PICTURES, "failed.png");
    app.press_button("Close");
    app.await_gone_words("2 of them failed");
    app.close();
}

#[test]
fn a_daemon_that_dies_is_told_and_what_it_comes_back_with_is_shown() {
    let mut home = home([Player::running("web", 1), Player::off("db", 2)]);
    let mut app = start(&home);
    app.await_words("2 virtual machines");
    app.await_one("list item", "web");
    home.played.die();
    app.await_words("Not connected; next try in");
    app.picture(PICTURES, "died.png");
    home.played.scene(|scene| {
        scene.guest_mut("db").unwrap().start();
        scene.guests.push(Player::off("new", 3));
    });
    home.played.listen();
    app.await_words("3 virtual machines");
    app.await_one("list item", "new");
    app.await_that("both running", |tree| tree.says("2 running"));
    // And it follows events again.
    end(&home, "new", false);
    app.await_gone("list item", "new");
    app.assert_quiet("after the daemon's return");
    app.close();
}

#[test]
fn a_guest_that_hangs_leaves_the_window_to_the_others() {
    let home = home([Player::running("stuck", 1), Player::running("web", 2)]);
    let gate = Gate::default();
    for rule in [
        Rule::on::<DomainGetXmlDesc>(),
        Rule::on::<DomainGetInfo>(),
        Rule::on::<DomainGetSchedulerType>(),
        Rule::on::<DomainGetMemoryParameters>(),
    ] {
        home.played.rule(rule.about("stuck").held(&gate));
    }
    let mut app = start(&home);
    app.await_words("2 virtual machines");
    app.click_row("stuck");
    app.await_window("stuck – Oriel");
    app.picture(PICTURES, "stuck.png");
    app.click_row("web");
    app.await_window("web – Oriel");
    app.choose("More", "Force Off…");
    app.press_button("Force Off");
    app.await_that("that it is off", |tree| tree.says("1 running"));
    home.played.tell_lifecycle("web", STARTED, 0);
    gate.open();
    app.assert_quiet("with a guest that hangs");
    app.close();
}

#[test]
fn names_forge_nothing() {
    let names = [
        "\u{202e}gpj.bew",
        "a\nb  running",
        "\u{1b}[31mred",
        "<b>bold</b> & co",
    ];
    let guests = names
        .iter()
        .zip(1..)
        .map(|(name, number)| Player::off(name, number));
    let home = home(guests);
    let mut app = start(&home);
    app.await_words("4 virtual machines");
    let tree = app.await_that("the last of them", |tree| tree.says("<b>bold</b> & co"));
    for one in tree.all() {
        let shown: &Element = one;
        assert!(!shown.name.contains(is_unsafe), "{:?}", shown.name);
    }
    assert!(tree.says(r"\u{202e}gpj.bew"), "{}", tree.dump());
    app.picture(PICTURES, "names.png");
    app.assert_quiet("with odd names");
    app.close();
}

#[test]
fn what_a_search_hides_is_not_selected_any_more() {
    let home = home([
        Player::running("attic", 1),
        Player::running("attic-2", 2),
        Player::running("cellar", 3),
    ]);
    let app = start(&home);
    app.click_row("attic");
    app.await_window("attic – Oriel");
    app.input().keys(&["ctrl+a"]);
    app.await_words("3 selected");
    app.input().keys(&["ctrl+f"]);
    app.input().type_text("attic");
    app.await_words("2 selected");
    app.await_gone("list item", "cellar");
    app.picture(PICTURES, "search.png");
    app.press_button("Force Off…");
    app.await_words("Force Off 2 Virtual Machines?");
    app.press_button("Cancel");
    app.await_gone("button", "Cancel");
    app.input().keys(&["ctrl+f", "ctrl+a"]);
    app.input().type_text("nobody");
    app.await_words("No virtual machines match the search and the filter.");
    app.await_gone_words("selected");
    app.close();
}

#[test]
fn names_stand_in_the_order_of_their_numbers() {
    let names = ["machine-10", "Machine-2", "archive", "machine-1"];
    let guests = names.iter().zip(1..);
    let home = home(guests.map(|(name, number)| Player::off(name, number)));
    let app = start(&home);
    let ordered = ["archive", "machine-1", "Machine-2", "machine-10"];
    // In the list at the left, where each has a line of its own.
    app.await_that("four names in their order", |tree| {
        let all = tree.all().into_iter();
        let labels = all.filter(|one| one.showing && one.role == "label");
        let mut labels: Vec<_> = labels
            .filter(|one| one.extents[0] < LIST && names.contains(&one.name.as_str()))
            .collect();
        labels.sort_by_key(|one| one.extents[1]);
        labels.iter().map(|one| one.name.as_str()).eq(ordered)
    });
    app.close();
}

#[test]
fn a_connection_that_was_removed_by_mistake_comes_back() {
    let home = home([Player::off("web", 1)]);
    know(&home.session, &[(&home.played.uri(), true)]);
    let mut app = App::start(&home.session, &[]);
    app.await_words("1 virtual machine");
    app.input().keys(&["ctrl+comma"]);
    app.open_tab("Connections");
    app.press_button("Remove Connection");
    app.await_words("removed");
    app.await_gone("list item", "web");
    app.picture(PICTURES, "removed.png");
    app.press_button("Undo");
    app.await_usable("button", "Remove Connection");
    app.input().keys(&["Escape"]);
    app.await_one("list item", "web");
    app.assert_quiet("after a connection came back");
    app.close();
}

#[test]
fn a_paused_guest_does_not_look_as_if_it_ran() {
    let home = home([Player::running("web", 1)]);
    let app = start(&home);
    app.click_row("web");
    app.await_window("web – Oriel");
    let screen = app.await_one("image", "Screen of “web”");
    let [x, y, width, height] = app.place(&screen);
    let screen = Screen::new(home.session.display().unwrap().name());
    let brightness = || {
        let pixel = screen.pixels([x + width / 4, y + height / 2, 1, 1]).all[0];
        pixel.iter().map(|part| u32::from(*part)).sum::<u32>()
    };
    let bright = brightness();
    home.played.scene(|scene| {
        if let Some(guest) = scene.guest_mut("web") {
            guest.state = PAUSED;
        }
    });
    home.played.tell_lifecycle("web", SUSPENDED, 0);
    app.await_words("Paused");
    app.picture(PICTURES, "paused.png");
    let dim = brightness();
    assert!(dim * 2 < bright, "{bright} became {dim}");
    app.close();
}
