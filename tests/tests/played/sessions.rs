// SPDX-License-Identifier: GPL-3.0-or-later
//! Connections that break, at any byte, and come back.

use std::time::{Duration, Instant};

use oriel::agent::Agent;
use oriel::connection::Status;
use oriel::guest::DomainState;
use oriel::model::act::Act;
use oriel::secret::handover::Source;
use oriel::{Connection, ErrorKind};
use oriel_tests::played::{Gate, Played, Player, Rule, Scene};
use oriel_wire::procedure::{
    AuthList, ConnectListAllDomains, ConnectOpen, DomainCreate, DomainGetXmlDesc,
    DomainLookupByName,
};

use super::{guest, is, open, soon, until, until_status};

fn two() -> Scene {
    Scene::of([Player::running("web", 1), Player::off("db", 2)])
}

fn waits(status: &Status) -> bool {
    matches!(status, Status::Waiting { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_back_with_the_daemon_and_knows_what_happened_meanwhile() {
    let mut played = Played::start(two());
    let connection = open(&played).await;
    guest(&connection, "db").await;
    played.die();
    until_status(&connection, "the loss", waits).await;
    played.scene(|scene| {
        scene.guests.retain(|it| it.domain.name != "db");
        scene.guests.push(Player::running("new", 3));
    });
    played.listen();
    connection.retry();
    until_status(&connection, "the return", |now| *now == Status::Online).await;
    let now = until(&connection, "the new list", |all| {
        all.complete && all.find("new").is_some()
    })
    .await;
    assert!(now.find("db").is_none());
    assert!(is(&now, "web", DomainState::Running));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_heard_again_after_each_return() {
    let played = Played::start(two());
    let connection = open(&played).await;
    for round in 0..3 {
        guest(&connection, "web").await;
        played.scene(|scene| scene.guest_mut("web").unwrap().state = 3);
        played.tell_lifecycle("web", 3, 0);
        until(&connection, "the pause", |all| {
            is(all, "web", DomainState::Paused)
        })
        .await;
        played.scene(|scene| scene.guest_mut("web").unwrap().state = 1);
        played.tell_lifecycle("web", 4, 0);
        until(&connection, "the end of it", |all| {
            is(all, "web", DomainState::Running)
        })
        .await;
        played.hang_up();
        until_status(&connection, "the loss", waits).await;
        connection.retry();
        until_status(&connection, "the return", |now| *now == Status::Online).await;
        assert_eq!(played.asked::<ConnectOpen>(), round + 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tries_again_by_itself_after_a_second() {
    let played = Played::start(two());
    let connection = open(&played).await;
    let begin = Instant::now();
    played.hang_up();
    until_status(&connection, "the loss", waits).await;
    until_status(&connection, "the return", |now| *now == Status::Online).await;
    assert!(
        begin.elapsed() >= Duration::from_millis(990),
        "no rest at all"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_try_in_vain_is_followed_by_a_longer_rest() {
    let mut played = Played::start(two());
    let connection = open(&played).await;
    played.die();
    let mut rests = Vec::new();
    for _ in 0..7 {
        let now = until_status(&connection, "the next rest", waits).await;
        let Status::Waiting { retry_in, .. } = now else {
            panic!("{now:?}");
        };
        rests.push(retry_in);
        let mut status = connection.status();
        status.mark_unchanged();
        connection.retry();
        // It says "connecting", and then how that went.
        soon("the next try", status.changed()).await.unwrap();
    }
    // What is seen may be the same rest twice, when "connecting" was too short to be seen.
    rests.dedup();
    let ladder = [1, 5, 10, 20, 30];
    assert!(ladder.starts_with(&rests) || rests == ladder, "{rests:?}");
    // Once it was there, the next loss begins with the shortest.
    played.listen();
    connection.retry();
    until_status(&connection, "the return", |now| *now == Status::Online).await;
    played.hang_up();
    let now = until_status(&connection, "the loss", waits).await;
    assert!(
        matches!(now, Status::Waiting { retry_in: 1, .. }),
        "{now:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_a_loss_ends_end_no_later_session() {
    let played = Played::start(two());
    let connection = open(&played).await;
    for round in 1..=4 {
        guest(&connection, "web").await;
        let gate = Gate::default();
        played.rule(
            Rule::on::<DomainLookupByName>()
                .about("web")
                .times(3)
                .held(&gate),
        );
        let pending: Vec<_> = (0..3)
            .map(|_| {
                let connection = connection.clone();
                tokio::spawn(async move { connection.guest("web").await })
            })
            .collect();
        tokio::task::block_in_place(|| {
            oriel_tests::played::await_that("three calls", || gate.arrived() == 3);
            played.hang_up();
        });
        for call in pending {
            let failed = soon("its end", call).await.unwrap().unwrap_err();
            assert_eq!(failed.kind(), ErrorKind::ConnectionLost, "{failed}");
        }
        until_status(&connection, "the loss", waits).await;
        connection.retry();
        until_status(&connection, "the return", |now| *now == Status::Online).await;
        gate.open();
        assert!(connection.guest("web").await.is_ok());
        assert_eq!(*connection.status().borrow(), Status::Online);
        assert_eq!(
            played.asked::<ConnectOpen>(),
            round + 1,
            "one opening a loss"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_there_is_told_at_once() {
    let mut played = Played::start(two());
    played.die();
    let failed = soon(
        "the failure",
        Connection::open(&played.uri(), Agent::default()),
    )
    .await;
    let failed = failed.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::ConnectionLost);
    assert!(failed.next().window.is_some(), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_let_us_in_is_not_tried_again() {
    let played = Played::start(two());
    played.rule(Rule::on::<ConnectOpen>().fails(45, 7, "authentication failed"));
    let (connection, opened) = Connection::begin(&played.uri(), Agent::default());
    let failed = soon("the refusal", opened).await.unwrap().unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Refused, "{failed}");
    let refused = |now: &Status| matches!(now, Status::Refused { .. });
    until_status(&connection, "the refusal", refused).await;
    // Longer than the first rest of a connection that is tried again.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(played.asked::<ConnectOpen>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_at_any_byte_is_a_loss() {
    let played = Played::start(two());
    for bytes in 0..28 {
        played.rule(Rule::on::<AuthList>().times(1).dies_after(bytes));
        let failed = soon("its end", Connection::open(&played.uri(), Agent::default())).await;
        let failed = failed.unwrap_err();
        assert_eq!(
            failed.kind(),
            ErrorKind::ConnectionLost,
            "{bytes}: {failed}"
        );
    }
    // And all is well with the next that is sound.
    open(&played).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_packet_is_a_loss() {
    let played = Played::start(two());
    for bytes in [
        vec![0; 64],
        vec![0xff; 64],
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        // A length of four bytes, of one more than a packet can have.
        vec![0, 0, 0, 4],
        vec![2, 0, 0, 5],
    ] {
        played.rule(Rule::on::<ConnectOpen>().times(1).sends(bytes.clone()));
        let uri = played.uri();
        let opened = Connection::open(&uri, Agent::default());
        let failed = soon(&format!("the end of {bytes:?}"), opened).await;
        let failed = failed.unwrap_err();
        assert_eq!(
            failed.kind(),
            ErrorKind::ConnectionLost,
            "{bytes:?}: {failed}"
        );
    }
    let connection = open(&played).await;
    played.rule(
        Rule::on::<DomainLookupByName>()
            .times(1)
            .sends(vec![0xff; 64]),
    );
    assert!(soon("its end", connection.guest("web")).await.is_err());
    until_status(&connection, "the loss", waits).await;
    connection.retry();
    until_status(&connection, "the return", |now| *now == Status::Online).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_the_daemon_does_not_outlive_says_so() {
    let played = Played::start(two());
    let connection = open(&played).await;
    let db = guest(&connection, "db").await;
    played.rule(Rule::on::<DomainCreate>().times(1).hangs_up());
    let source = Source::Keyring;
    let act = oriel::guest::lifecycle::carry_out(
        &connection,
        &db,
        Act::Launch,
        &source,
        Duration::from_secs(5),
    );
    let failed = soon("its end", act).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::ConnectionLost, "{failed}");
    assert!(failed.to_string().contains("db"), "{failed}");
    tokio::task::block_in_place(|| played.await_asked::<ConnectOpen>(2));
    until_status(&connection, "the return", |now| *now == Status::Online).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_breaks_off_is_read_again_on_the_next_session() {
    let played = Played::start(two());
    played.rule(Rule::on::<ConnectListAllDomains>().times(1).hangs_up());
    let connection = open(&played).await;
    until_status(&connection, "the loss", waits).await;
    connection.retry();
    let now = until(&connection, "the list", |all| all.complete).await;
    assert_eq!(now.guests.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_refused_is_tried_again() {
    let played = Played::start(two());
    played.rule(
        Rule::on::<ConnectListAllDomains>()
            .times(1)
            .fails(1, 10, "internal error"),
    );
    let connection = open(&played).await;
    until(&connection, "the failure", |all| all.error.is_some()).await;
    let now = until(&connection, "the list", |all| {
        all.complete && all.error.is_none()
    })
    .await;
    assert_eq!(now.guests.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_closes_though_a_call_never_ends() {
    let played = Played::start(two());
    let connection = open(&played).await;
    guest(&connection, "web").await;
    let gate = Gate::default();
    played.rule(Rule::on::<DomainGetXmlDesc>().about("web").held(&gate));
    let pending = tokio::spawn({
        let connection = connection.clone();
        async move { connection.guest("web").await }
    });
    tokio::task::block_in_place(|| gate.await_arrival());
    soon("its end", connection.close()).await;
    pending.abort();
    gate.open();
    tokio::task::block_in_place(|| played.await_clients(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_closes_though_the_opening_never_ends() {
    let played = Played::start(two());
    let gate = Gate::default();
    played.rule(Rule::on::<ConnectOpen>().held(&gate));
    let (connection, opened) = Connection::begin(&played.uri(), Agent::default());
    tokio::task::block_in_place(|| gate.await_arrival());
    connection.retry();
    soon("its end", connection.close()).await;
    assert!(soon("that it was told", opened).await.is_err());
    // And what was opened too late is closed.
    gate.open();
    tokio::task::block_in_place(|| played.await_clients(0));
}
