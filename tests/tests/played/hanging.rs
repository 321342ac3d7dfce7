// SPDX-License-Identifier: GPL-3.0-or-later
//! Guests and calls that hang hold up nobody else.

use std::time::Duration;

use oriel::control::{self, Change, Scope};
use oriel::guest::{DomainState, lifecycle};
use oriel::model::act::Act;
use oriel::model::control::CONTROLS;
use oriel::secret::handover::Source;
use oriel::{preview, stats};
use oriel_tests::played::{Gate, Played, Player, Rule, Scene};
use oriel_wire::procedure::{
    DomainGetMemoryParameters, DomainGetSchedulerType, DomainGetXmlDesc, DomainScreenshot,
    DomainSetSchedulerParametersFlags, GetAllDomainStats,
};

use super::{guest, open, soon, until};

fn three() -> Scene {
    Scene::of([
        Player::running("stuck", 1),
        Player::running("web", 2),
        Player::off("db", 3),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_can_not_be_read_holds_up_no_others() {
    let played = Played::start(three());
    let gate = Gate::default();
    played.rule(Rule::on::<DomainGetXmlDesc>().about("stuck").held(&gate));
    let connection = open(&played).await;
    guest(&connection, "web").await;
    guest(&connection, "db").await;
    let all = connection.inventory().borrow().clone();
    let stuck = all.find("stuck").unwrap();
    assert!(stuck.summary.is_none() && stuck.state == DomainState::Running);
    gate.open();
    // By itself it is looked at again after ten seconds.
    connection.refresh(stuck.uuid);
    guest(&connection, "stuck").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_guests_controls_hold_up_no_others() {
    let played = Played::start(three());
    let connection = open(&played).await;
    let stuck = guest(&connection, "stuck").await;
    let web = guest(&connection, "web").await;
    let gate = Gate::default();
    played.rule(
        Rule::on::<DomainGetSchedulerType>()
            .about("stuck")
            .held(&gate),
    );
    played.rule(
        Rule::on::<DomainGetMemoryParameters>()
            .about("stuck")
            .held(&gate),
    );
    let readings: Vec<_> = (0..6)
        .map(|_| {
            let (connection, stuck) = (connection.clone(), stuck.clone());
            tokio::spawn(async move { control::read(&connection, &stuck).await })
        })
        .collect();
    tokio::task::block_in_place(|| gate.await_arrival());
    soon("another's controls", control::read(&connection, &web))
        .await
        .unwrap();
    let change = Change {
        control: CONTROLS[0],
        value: Some(512),
    };
    let set = control::apply(&connection, &web, vec![change], Scope::Config);
    soon("another's slider", set).await.unwrap();
    gate.open();
    for reading in readings {
        assert!(soon("the rest", reading).await.unwrap().is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slider_that_hangs_holds_up_no_other_guests() {
    let played = Played::start(three());
    let connection = open(&played).await;
    let stuck = guest(&connection, "stuck").await;
    let web = guest(&connection, "web").await;
    let gate = Gate::default();
    played.rule(
        Rule::on::<DomainSetSchedulerParametersFlags>()
            .about("stuck")
            .held(&gate),
    );
    let change = |value| Change {
        control: CONTROLS[0],
        value: Some(value),
    };
    let pending = tokio::spawn({
        let connection = connection.clone();
        let change = change(2048);
        async move { control::apply(&connection, &stuck, vec![change], Scope::Config).await }
    });
    tokio::task::block_in_place(|| gate.await_arrival());
    for value in [100, 200, 300] {
        let set = control::apply(&connection, &web, vec![change(value)], Scope::Config);
        soon("another's slider", set).await.unwrap();
    }
    gate.open();
    assert!(soon("the first", pending).await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_and_pictures_that_hang_leave_reading_alone() {
    let played = Played::start(three());
    let connection = open(&played).await;
    let stuck = guest(&connection, "stuck").await;
    guest(&connection, "web").await;
    let gate = Gate::default();
    played.rule(Rule::on::<GetAllDomainStats>().held(&gate));
    played.rule(Rule::on::<DomainScreenshot>().held(&gate));
    let mut pending = Vec::new();
    for _ in 0..4 {
        let (connection, stuck) = (connection.clone(), stuck.clone());
        pending.push(tokio::spawn(async move {
            let _ = stats::read(&connection, vec![stuck.uuid]).await;
            let _ = preview::take(&connection, &stuck, None).await;
        }));
    }
    tokio::task::block_in_place(|| gate.await_arrival());
    for _ in 0..5 {
        soon("another guest", connection.guest("web"))
            .await
            .unwrap();
    }
    gate.open();
    for one in pending {
        soon("the rest", one).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_hang_leave_a_place_for_force_off() {
    let played = Played::start(three());
    let connection = open(&played).await;
    let web = guest(&connection, "web").await;
    guest(&connection, "db").await;
    let gate = Gate::default();
    played.rule(Rule::on::<DomainGetXmlDesc>().about("db").held(&gate));
    let pending: Vec<_> = (0..5)
        .map(|_| {
            let connection = connection.clone();
            tokio::spawn(async move { connection.guest("db").await })
        })
        .collect();
    tokio::task::block_in_place(|| gate.await_arrival());
    let source = Source::Keyring;
    let patience = Duration::from_secs(5);
    let off = lifecycle::carry_out(&connection, &web, Act::ForceOff, &source, patience);
    let off = tokio::time::timeout(Duration::from_secs(8), off);
    // It is done; that it is seen takes one of the places that hang.
    let _ = off.await;
    assert!(played.scene(|scene| scene.guest("web").unwrap().domain.id == -1));
    gate.open();
    for one in pending {
        assert!(soon("the rest", one).await.unwrap().is_ok());
    }
    until(&connection, "that it is off", |all| {
        super::is(all, "web", DomainState::ShutOff)
    })
    .await;
}
