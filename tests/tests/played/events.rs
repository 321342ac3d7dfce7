// SPDX-License-Identifier: GPL-3.0-or-later
//! Events: in any order, of anybody, as many as come.

use oriel::connection::FactKind;
use oriel::guest::DomainState;
use oriel::model::happening::What;
use oriel_tests::played::{Gate, Played, Player, Rule, Scene, id};
use oriel_wire::event::{IoErrorReason, Tunable, Watchdog};
use oriel_wire::procedure::{ConnectListAllDomains, DomainGetXmlDesc};
use oriel_wire::types::{Domain, TypedParam, TypedValue};

use super::{guest, is, open, soon, until};

fn two() -> Scene {
    Scene::of([Player::running("web", 1), Player::off("db", 2)])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_defines_starts_and_forgets_is_seen() {
    let played = Played::start(two());
    let connection = open(&played).await;
    guest(&connection, "web").await;
    played.scene(|scene| scene.guests.push(Player::off("new", 3)));
    played.tell_lifecycle("new", 0, 0);
    guest(&connection, "new").await;
    played.scene(|scene| scene.guest_mut("new").unwrap().state = 1);
    played.tell_lifecycle("new", 2, 0);
    until(&connection, "the start", |all| {
        is(all, "new", DomainState::Running)
    })
    .await;
    let gone = played.scene(|scene| scene.guests.pop().unwrap());
    played.tell::<oriel_wire::event::Lifecycle>(|callback| (callback, gone.domain.clone(), 1, 0));
    until(&connection, "the end", |all| all.find("new").is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counts_and_not_what_an_event_said() {
    let played = Played::start(two());
    let connection = open(&played).await;
    guest(&connection, "db").await;
    let before = played.asked::<DomainGetXmlDesc>();
    // It has started and is off again by the time that anybody asks.
    played.tell_lifecycle("db", 2, 0);
    tokio::task::block_in_place(|| played.await_asked::<DomainGetXmlDesc>(before + 1));
    let all = connection.inventory().borrow().clone();
    assert!(is(&all, "db", DomainState::ShutOff));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_before_the_list_is_not_lost() {
    let played = Played::start(two());
    let gate = Gate::default();
    played.rule(Rule::on::<ConnectListAllDomains>().times(1).held(&gate));
    let connection = open(&played).await;
    tokio::task::block_in_place(|| gate.await_arrival());
    played.scene(|scene| scene.guests.push(Player::running("early", 3)));
    played.tell_lifecycle("early", 2, 0);
    guest(&connection, "early").await;
    gate.open();
    let all = until(&connection, "the list", |all| all.complete).await;
    assert_eq!(all.guests.len(), 3);
    assert!(is(&all, "early", DomainState::Running));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_events_is_read_a_few_times_and_ends_right() {
    let played = Played::start(two());
    let connection = open(&played).await;
    guest(&connection, "db").await;
    let before = played.asked::<DomainGetXmlDesc>();
    played.scene(|scene| scene.guest_mut("web").unwrap().state = 3);
    for _ in 0..2000 {
        played.tell_lifecycle("web", 3, 0);
    }
    until(&connection, "the end of it", |all| {
        is(all, "web", DomainState::Paused)
    })
    .await;
    let last = connection.guest("web").await.unwrap();
    assert_eq!(last.state, DomainState::Paused);
    let read = played.asked::<DomainGetXmlDesc>() - before;
    assert!(read < 1000, "{read} readings for 2000 events");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_a_guest_is_told_also_of_one_that_is_not_listed_yet() {
    let played = Played::start(two());
    let gate = Gate::default();
    played.rule(Rule::on::<ConnectListAllDomains>().times(1).held(&gate));
    let connection = open(&played).await;
    let mut facts = connection.facts();
    let stranger = Domain {
        name: "stranger".into(),
        uuid: id(9),
        id: 9,
    };
    played.tell::<IoErrorReason>(|callback| {
        let path = "/full.img".to_owned();
        let alias = "virtio-disk0".to_owned();
        (callback, stranger.clone(), path, alias, 1, "enospc".into())
    });
    played.tell::<Watchdog>(|callback| (callback, stranger.clone(), 2));
    let mut told = Vec::new();
    while told.len() < 2 {
        let fact = soon("both", facts.recv()).await.unwrap();
        if let FactKind::Happened(what) = fact.kind
            && what.uuid == Some(id(9))
        {
            told.push(what.what.clone());
        }
    }
    assert!(
        matches!(&told[0], What::DiskFailed { reason, .. } if reason == "enospc"),
        "{told:?}"
    );
    assert!(matches!(told[1], What::Watchdog(_)), "{told:?}");
    gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn controls_of_any_name_and_kind_are_told() {
    let played = Played::start(two());
    let connection = open(&played).await;
    guest(&connection, "web").await;
    let mut facts = connection.facts();
    let web = played.scene(|scene| scene.guest("web").unwrap().domain.clone());
    let values = [
        ("cputune.cpu_shares", TypedValue::ULLong(512)),
        ("cputune.cpu_shares", TypedValue::Text("many".into())),
        ("cputune.cpu_shares", TypedValue::LLong(-1)),
        ("cputune.cpu_shares", TypedValue::Double(f64::NAN)),
        ("\u{1b}[2J", TypedValue::Int(1)),
        ("", TypedValue::Boolean(7)),
    ];
    for (name, value) in &values {
        played.tell::<Tunable>(|callback| {
            let params = vec![TypedParam::new(*name, value.clone())];
            (callback, web.clone(), params)
        });
    }
    played.tell::<Tunable>(|callback| (callback, web.clone(), Vec::new()));
    let mut told = Vec::new();
    while told.len() <= values.len() {
        let fact = soon("all of them", facts.recv()).await.unwrap();
        if let FactKind::Happened(what) = fact.kind
            && what.event == "tunable"
        {
            told.push(what.what.clone());
        }
    }
    assert_eq!(told[0], What::Control("cpu_shares".into(), Some(512)));
    for other in &told[1..3] {
        assert_eq!(*other, What::Control("cpu_shares".into(), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_events_what_changes_is_seen_and_nothing_becomes_unread() {
    let played = Played::start(Scene {
        has_events: false,
        ..two()
    });
    let connection = open(&played).await;
    guest(&connection, "web").await;
    guest(&connection, "db").await;
    let mut inventory = connection.inventory();
    inventory.mark_unchanged();
    played.scene(|scene| scene.guest_mut("web").unwrap().state = 3);
    loop {
        soon("the next look", inventory.changed()).await.unwrap();
        let all = inventory.borrow_and_update().clone();
        assert!(
            all.guests.values().all(|it| it.summary.is_some()),
            "unread again"
        );
        if is(&all, "web", DomainState::Paused) {
            break;
        }
    }
}
