// SPDX-License-Identifier: GPL-3.0-or-later
//! What libvirt says went wrong, as people read it.

use std::time::Duration;

use oriel::ErrorKind;
use oriel::guest::lifecycle;
use oriel::model::act::Act;
use oriel::secret::handover::Source;
use oriel_tests::played::{Played, Player, Rule, Scene};
use oriel_wire::procedure::{DomainCreate, DomainDestroy, DomainGetXmlDesc};

use super::{guest, open, soon};

/// A start that fails in a way of the daemon's own.
async fn start(rule: Rule) -> oriel::Error {
    let played = Played::start(Scene::of([Player::off("db", 1)]));
    let connection = open(&played).await;
    let db = guest(&connection, "db").await;
    played.rule(rule);
    let (source, patience) = (Source::Keyring, Duration::from_secs(5));
    let act = lifecycle::carry_out(&connection, &db, Act::Launch, &source, patience);
    soon("its end", act).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_has_a_cause_and_a_next_step() {
    for (code, message) in [
        (
            1,
            "internal error: Child process (/usr/bin/qemu-img info /x) unexpected exit status 1",
        ),
        (
            1,
            "internal error: qemu unexpectedly closed the monitor: Could not open '/x'",
        ),
        (
            38,
            "Cannot access storage file '/x': No such file or directory",
        ),
        (
            38,
            "Failed to bind socket to /var/x: Address already in use",
        ),
        (9, "operation failed: guest CPU doesn't match specification"),
        (
            55,
            "Requested operation is not valid: network 'off' is not active",
        ),
        (
            43,
            "Network not found: no network with matching name 'gone'",
        ),
        (
            67,
            "unsupported configuration: CPU mode 'host-passthrough' is not supported",
        ),
        (1, ""),
    ] {
        let failed = start(Rule::on::<DomainCreate>().fails(code, 10, message)).await;
        let text = failed.to_string();
        assert!(text.contains("db"), "{text}");
        assert!(!text.contains("nternal error"), "{text}");
        assert!(!text.contains("/usr/bin"), "{text}");
        let next = failed.next();
        assert!(next.window.is_some() && next.command.is_some(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_of_failure_are_told_apart() {
    for (rule, kind) in [
        (
            Rule::on::<DomainCreate>().fails(42, 10, "Domain not found"),
            ErrorKind::NotFound,
        ),
        (
            Rule::on::<DomainCreate>().is_unknown(),
            ErrorKind::Unsupported,
        ),
        (
            Rule::on::<DomainCreate>().fails(88, 0, "access denied"),
            ErrorKind::Refused,
        ),
        (
            Rule::on::<DomainCreate>().hangs_up(),
            ErrorKind::ConnectionLost,
        ),
    ] {
        let failed = start(rule.clone()).await;
        assert_eq!(failed.kind(), kind, "{rule:?}: {failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_went_between_two_looks_is_not_there() {
    let played = Played::start(Scene::of([Player::running("web", 1)]));
    let connection = open(&played).await;
    let web = guest(&connection, "web").await;
    played.scene(|scene| scene.guests.clear());
    let (source, patience) = (Source::Keyring, Duration::from_secs(5));
    let act = lifecycle::carry_out(&connection, &web, Act::ForceOff, &source, patience);
    let failed = soon("its end", act).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::NotFound, "{failed}");
    assert_eq!(played.asked::<DomainDestroy>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_can_not_be_read_says_why_and_is_no_failure_of_the_list() {
    let played = Played::start(Scene::of([Player::running("web", 1), Player::off("db", 2)]));
    played.rule(Rule::on::<DomainGetXmlDesc>().about("db").fails(
        88,
        0,
        "access denied: 'domain' denied access",
    ));
    let connection = open(&played).await;
    let all = soon("the list", connection.complete_inventory())
        .await
        .unwrap();
    assert!(all.find("web").unwrap().error.is_none());
    let why = all.find("db").unwrap().error.clone().unwrap().to_string();
    assert!(why.to_lowercase().contains("denied"), "{why}");
}
