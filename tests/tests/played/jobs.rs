// SPDX-License-Identifier: GPL-3.0-or-later
//! Creations that fail half-way: what was made is undone, and what can't be undone is written down.
//!
//! By `orielctl`, since each has a state folder of its own.

use std::process::Command;

use oriel_tests::played::{Played, PoolScene, Rule, Scene, id};
use oriel_tests::run::{Outcome, Running};
use oriel_wire::procedure::{
    DomainDefineXml, DomainDefineXmlFlags, SecretUndefine, StorageVolCreateXml, StorageVolDelete,
};
use oriel_wire::types::Named;

/// A daemon with the pool `pool`, in a folder that is there.
fn with_pool() -> Played {
    let played = Played::start(Scene::default());
    let target = played.folder().join("pool");
    std::fs::create_dir(&target).unwrap();
    let document = format!(
        "<pool type='dir'><name>pool</name><uuid>{}</uuid><target><path>{}</path></target></pool>",
        id(100),
        target.display()
    );
    played.scene(|scene| {
        scene.pools.push(PoolScene {
            pool: Named {
                name: "pool".into(),
                uuid: id(100),
            },
            active: true,
            document,
            volumes: Vec::new(),
        });
    });
    played
}

fn orielctl(played: &Played, words: &[&str], input: Option<&[u8]>) -> Outcome {
    let mut command = Command::new(oriel_tests::orielctl());
    command
        .args(["--connect", &played.uri()])
        .args(words)
        .env("LC_ALL", "C.UTF-8")
        // No keyring: whoever creates brings the passphrase along.
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("XDG_STATE_HOME", played.folder().join("state"));
    Running::start(&mut command, input).end()
}

/// Creates a guest with a disk.
fn create(played: &Played, more: &[&str], input: Option<&[u8]>) -> Outcome {
    let mut words = vec![
        "create",
        "new",
        "--kernel",
        "/bin/true",
        "--initrd",
        "/bin/true",
    ];
    words.extend("--memory 128M --vcpus 1 --disk 8M --network none".split(' '));
    words.extend("--virt-type qemu --pool pool".split(' '));
    words.extend(more);
    orielctl(played, &words, input)
}

fn plain(played: &Played) -> Outcome {
    create(played, &["--no-encrypt"], None)
}

fn volumes(played: &Played) -> usize {
    played.scene(|scene| scene.pools[0].volumes.len())
}

fn refuse_definitions(played: &Played) {
    let why = "unsupported configuration: no such machine";
    played.rule(Rule::on::<DomainDefineXml>().fails(67, 10, why));
    played.rule(Rule::on::<DomainDefineXmlFlags>().fails(67, 10, why));
}

fn leftovers(played: &Played) -> usize {
    let list = orielctl(played, &["--json", "cleanup", "--list"], None);
    list.expect(0).json()["jobs"].as_array().unwrap().len()
}

#[test]
fn a_creation_that_goes_well_leaves_a_guest_and_its_volume() {
    let played = with_pool();
    plain(&played).expect(0);
    assert_eq!(volumes(&played), 1);
    assert!(played.scene(|scene| scene.guest("new").is_some()));
    assert_eq!(leftovers(&played), 0);
}

#[test]
fn a_definition_that_is_refused_takes_the_volume_with_it() {
    let played = with_pool();
    refuse_definitions(&played);
    let done = plain(&played);
    assert_ne!(done.code, 0, "{done:#?}");
    assert_eq!(volumes(&played), 0);
    assert_eq!(played.asked::<StorageVolDelete>(), 1);
    assert_eq!(leftovers(&played), 0);
}

#[test]
fn a_volume_that_is_refused_leaves_nothing() {
    let played = with_pool();
    let why = "cannot fill file: No space left on device";
    played.rule(Rule::on::<StorageVolCreateXml>().fails(38, 18, why));
    let done = plain(&played);
    assert_ne!(done.code, 0, "{done:#?}");
    assert_eq!(
        played.asked::<StorageVolDelete>(),
        0,
        "nothing of ours to delete"
    );
    assert!(played.scene(|scene| scene.guests.is_empty()));
    assert_eq!(leftovers(&played), 0);
}

#[test]
fn a_volume_that_can_not_be_deleted_is_told_and_cleaned_up_later() {
    let played = with_pool();
    refuse_definitions(&played);
    played.rule(
        Rule::on::<StorageVolDelete>()
            .times(1)
            .fails(38, 18, "Permission denied"),
    );
    let done = plain(&played);
    assert_ne!(done.code, 0, "{done:#?}");
    done.says("cleanup");
    assert_eq!((volumes(&played), leftovers(&played)), (1, 1));
    orielctl(&played, &["cleanup"], None).expect(0);
    assert_eq!((volumes(&played), leftovers(&played)), (0, 0));
}

#[test]
fn a_daemon_that_dies_before_the_definition_leaves_a_record_and_no_guest() {
    let played = with_pool();
    played.rule(Rule::on::<DomainDefineXml>().times(1).hangs_up());
    played.rule(Rule::on::<DomainDefineXmlFlags>().times(1).hangs_up());
    let done = plain(&played);
    assert_ne!(done.code, 0, "{done:#?}");
    assert!(played.scene(|scene| scene.guests.is_empty()));
    assert_eq!((volumes(&played), leftovers(&played)), (1, 1));
    // It may have been defined and used meanwhile: nobody deletes its disk.
    let refused = orielctl(&played, &["cleanup"], None);
    refused.expect(1).says("stays as it is");
    assert_eq!((volumes(&played), leftovers(&played)), (1, 1));
    orielctl(&played, &["cleanup", "--keep"], None).expect(0);
    assert_eq!((volumes(&played), leftovers(&played)), (1, 0));
}

#[test]
fn timing_that_fails_by_chance_is_tried_again() {
    let played = with_pool();
    let why = "internal error: Child process (/usr/bin/qemu-img create) unexpected exit status 1: \
               Unable to get accurate CPU usage";
    played.rule(Rule::on::<StorageVolCreateXml>().times(2).fails(1, 18, why));
    let word = b"a passphrase of some length";
    create(&played, &["--passphrase-file", "-"], Some(word)).expect(0);
    assert_eq!(played.asked::<StorageVolCreateXml>(), 3);
    assert_eq!(volumes(&played), 1);
}

#[test]
fn a_passphrase_is_with_the_daemon_for_as_long_as_the_volume_takes() {
    let played = with_pool();
    let word = b"a passphrase of some length";
    create(&played, &["--passphrase-file", "-"], Some(word)).expect(0);
    let calls = played.calls();
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
    assert!(played.scene(|scene| scene.secrets.is_empty()));
}

#[test]
fn a_passphrase_is_taken_back_also_when_the_volume_fails() {
    let played = with_pool();
    played.rule(Rule::on::<StorageVolCreateXml>().fails(38, 18, "No space left on device"));
    let word = b"a passphrase of some length";
    let done = create(&played, &["--passphrase-file", "-"], Some(word));
    assert_ne!(done.code, 0, "{done:#?}");
    assert_eq!(played.asked::<SecretUndefine>(), 1);
    assert!(played.scene(|scene| scene.secrets.is_empty()));
}
