// SPDX-License-Identifier: GPL-3.0-or-later
//! Creations that fail half-way: what was made is undone, and what can't be undone is written down.
//!
//! By `orielctl`, since each has a state folder of its own.

use oriel_sandbox::Keyring;
use oriel_tests::played::{Home, Rule};
use oriel_tests::run::Outcome;
use oriel_wire::procedure::{
    DomainDefineXml, DomainDefineXmlFlags, SecretUndefine, StorageVolCreateXml, StorageVolDelete,
};

/// No keyring: whoever creates brings the passphrase along.
fn home() -> Home {
    Home::start(Keyring::None)
}

fn plain(home: &Home) -> Outcome {
    home.run(&Home::create_words("new", &["--no-encrypt"]))
}

fn encrypted(home: &Home) -> Outcome {
    let words = Home::create_words("new", &["--passphrase-file", "-"]);
    home.run_with(&words, b"a passphrase of some length")
}

fn refuse_definitions(home: &Home) {
    let why = "unsupported configuration: no such machine";
    home.played
        .rule(Rule::on::<DomainDefineXml>().fails(67, 10, why));
    home.played
        .rule(Rule::on::<DomainDefineXmlFlags>().fails(67, 10, why));
}

/// What is there: volumes, and creations left half done.
fn state(home: &Home) -> (usize, usize) {
    (home.volumes().len(), home.leftovers())
}

#[test]
fn a_creation_that_goes_well_leaves_a_guest_and_its_volume() {
    let home = home();
    plain(&home).expect(0);
    assert_eq!(home.volumes().len(), 1);
    assert!(home.played.scene(|scene| scene.guest("new").is_some()));
    assert_eq!(home.leftovers(), 0);
}

#[test]
fn a_definition_that_is_refused_takes_the_volume_with_it() {
    let home = home();
    refuse_definitions(&home);
    let done = plain(&home);
    assert_ne!(done.code, 0, "{done:#?}");
    assert_eq!(home.volumes().len(), 0);
    assert_eq!(home.played.asked::<StorageVolDelete>(), 1);
    assert_eq!(home.leftovers(), 0);
}

#[test]
fn a_volume_that_is_refused_leaves_nothing() {
    let home = home();
    let why = "cannot fill file: No space left on device";
    home.played
        .rule(Rule::on::<StorageVolCreateXml>().fails(38, 18, why));
    let done = plain(&home);
    assert_ne!(done.code, 0, "{done:#?}");
    assert_eq!(
        home.played.asked::<StorageVolDelete>(),
        0,
        "nothing of ours to delete"
    );
    assert!(home.played.scene(|scene| scene.guests.is_empty()));
    assert_eq!(home.leftovers(), 0);
}

#[test]
fn a_volume_that_can_not_be_deleted_is_told_and_cleaned_up_later() {
    let home = home();
    refuse_definitions(&home);
    home.played.rule(
        Rule::on::<StorageVolDelete>()
            .times(1)
            .fails(38, 18, "Permission denied"),
    );
    let done = plain(&home);
    assert_ne!(done.code, 0, "{done:#?}");
    done.says("cleanup");
    assert_eq!(state(&home), (1, 1));
    home.run(&["cleanup"]).expect(0);
    assert_eq!(state(&home), (0, 0));
}

#[test]
fn a_daemon_that_dies_before_the_definition_leaves_a_record_and_no_guest() {
    let home = home();
    home.played
        .rule(Rule::on::<DomainDefineXml>().times(1).hangs_up());
    home.played
        .rule(Rule::on::<DomainDefineXmlFlags>().times(1).hangs_up());
    let done = plain(&home);
    assert_ne!(done.code, 0, "{done:#?}");
    assert!(home.played.scene(|scene| scene.guests.is_empty()));
    assert_eq!(state(&home), (1, 1));
    // It may have been defined and used meanwhile: nobody deletes its disk.
    let refused = home.run(&["cleanup"]);
    refused.expect(1).says("stays as it is");
    assert_eq!(state(&home), (1, 1));
    home.run(&["cleanup", "--keep"]).expect(0);
    assert_eq!(state(&home), (1, 0));
}

#[test]
fn timing_that_fails_by_chance_is_tried_again() {
    let home = home();
    let why = "internal error: Child process (/usr/bin/qemu-img create) unexpected exit status 1: \
               Unable to get accurate CPU usage";
    home.played
        .rule(Rule::on::<StorageVolCreateXml>().times(2).fails(1, 18, why));
    encrypted(&home).expect(0);
    assert_eq!(home.played.asked::<StorageVolCreateXml>(), 3);
    assert_eq!(home.volumes().len(), 1);
}

#[test]
fn a_passphrase_is_with_the_daemon_for_as_long_as_the_volume_takes() {
    let home = home();
    encrypted(&home).expect(0);
    let calls = home.played.calls();
    let of_interest: Vec<_> = calls
        .iter()
        .map(String::as_str)
        .filter(|name| {
            [
                "SecretDefineXml",
                "SecretSetValue",
                "StorageVolCreateXml",
                "SecretUndefine",
            ]
            .contains(name)
        })
        .collect();
    assert_eq!(
        of_interest,
        [
            "SecretDefineXml",
            "SecretSetValue",
            "StorageVolCreateXml",
            "SecretUndefine"
        ]
    );
    assert!(home.played.scene(|scene| scene.secrets.is_empty()));
}

#[test]
fn a_passphrase_is_taken_back_also_when_the_volume_fails() {
    let home = home();
    home.played
        .rule(Rule::on::<StorageVolCreateXml>().fails(38, 18, "No space left on device"));
    let done = encrypted(&home);
    assert_ne!(done.code, 0, "{done:#?}");
    assert_eq!(home.played.asked::<SecretUndefine>(), 1);
    assert!(home.played.scene(|scene| scene.secrets.is_empty()));
}
