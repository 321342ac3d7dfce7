// SPDX-License-Identifier: GPL-3.0-or-later
//! A look-up that fails is no absence: what could not be looked up may be there.

use std::process::Command;

use oriel_sandbox::Keyring;
use oriel_tests::keys;
use oriel_tests::played::{Gate, Home, Player, Rule, SecretScene, id};
use oriel_tests::run::{Outcome, Running};
use oriel_wire::procedure::{
    ConnectListAllStoragePools, DomainDefineXml, DomainDefineXmlFlags, DomainGetXmlDesc,
    DomainLookupByName, DomainLookupByUuid, NetworkLookupByName, SecretLookupByUuid,
    SecretSetValue, StoragePoolListAllVolumes, StoragePoolLookupByName, StoragePoolLookupByUuid,
    StoragePoolRefresh, StorageVolGetXmlDesc, StorageVolLookupByName, StorageVolLookupByPath,
};
use oriel_wire::types::Secret;

/// What the daemon says of each look-up that it fails in.
const WHY: &str = "Made to fail";

fn home() -> Home {
    Home::start(Keyring::Unlocked("word".into()))
}

/// Runs orielctl while one look-up fails.
#[track_caller]
fn failing(home: &Home, rule: Rule, words: &[&str]) -> Outcome {
    home.played.rule(rule.fails(1, 10, WHY));
    let done = home.run(words);
    home.played.forget_rules();
    done
}

/// A clean-up in which one look-up fails: it fails, and takes neither disk nor key.
#[track_caller]
fn cleanup_fails(home: &Home, rule: Rule) {
    let done = failing(home, rule, &["cleanup", "--json"]);
    assert_eq!(done.expect(1).json()["jobs"][0]["outcome"], "failed");
    done.says(WHY);
    assert_eq!(
        (home.volumes().len(), home.keys().len()),
        (1, 1),
        "{done:#?}"
    );
}

#[test]
fn a_creation_makes_nothing_where_it_cant_tell_what_is_there() {
    let home = home();
    let words = Home::create_words("made", &[]);
    let rules: [fn() -> Rule; 5] = [
        Rule::on::<DomainLookupByName>,
        Rule::on::<NetworkLookupByName>,
        Rule::on::<StoragePoolLookupByName>,
        Rule::on::<StorageVolLookupByName>,
        Rule::on::<SecretLookupByUuid>,
    ];
    for rule in rules {
        let done = failing(&home, rule(), &words);
        done.expect(1).says(WHY);
        assert!(home.guests().is_empty(), "{done:#?}");
        assert!(home.volumes().is_empty(), "{done:#?}");
        assert!(home.keys().is_empty(), "{done:#?}");
        assert_eq!((home.secrets(), home.leftovers()), (0, 0), "{done:#?}");
    }
    home.run(&words).expect(0);
}

#[test]
fn a_cleanup_strikes_no_step_that_it_cant_look_up() {
    let home = home();
    let mut command = home.orielctl(&Home::create_words("half", &[]));
    command.env("ORIEL_FAULT", "kill@volume");
    Running::start(&mut command, None).end().expect(-9);
    assert_eq!(home.volumes().len(), 1);
    // The lease of the one that died ends with the next connection; its job's journal stays.
    home.run(&["list"]).expect(0);
    assert_eq!((home.secrets(), home.leftovers()), (0, 1));
    cleanup_fails(&home, Rule::on::<StoragePoolLookupByUuid>());
    cleanup_fails(&home, Rule::on::<StorageVolLookupByName>());
    let done = home.run(&["cleanup", "--json"]);
    assert_eq!(done.expect(0).json()["jobs"][0]["outcome"], "undone");
    assert!(home.volumes().is_empty() && home.keys().is_empty());
}

#[test]
fn a_definition_that_cant_be_looked_up_is_not_undone() {
    let home = home();
    // The daemon has it, and the journal has not heard of that.
    let gate = Gate::default();
    home.played
        .rule(Rule::on::<DomainDefineXml>().done_and_held(&gate));
    home.played
        .rule(Rule::on::<DomainDefineXmlFlags>().done_and_held(&gate));
    let words = Home::create_words("defined", &[]);
    let create = Running::start(&mut home.orielctl(&words), None);
    gate.await_arrival();
    create.signal("KILL");
    create.end().expect(-9);
    home.played.forget_rules();
    assert_eq!(home.guests(), ["defined"]);
    cleanup_fails(&home, Rule::on::<DomainLookupByUuid>());
    // Undefined since, it may have been used, and may come back.
    home.run(&["undefine", "defined"]).expect(0);
    cleanup_fails(&home, Rule::on::<DomainLookupByUuid>());
    let done = home.run(&["cleanup", "--json"]);
    assert_eq!(done.expect(1).json()["jobs"][0]["outcome"], "failed");
    assert_eq!((home.volumes().len(), home.keys().len()), (1, 1));
}

#[test]
fn a_deletion_takes_nothing_where_it_cant_tell_what_is_there() {
    let home = home();
    home.run(&Home::create_words("whole", &[])).expect(0);
    // Another guest, that uses nothing of it.
    home.played
        .scene(|scene| scene.guests.push(Player::off("other", 2)));
    let words = ["delete", "whole", "--storage", "--forget-key"];
    for rule in [
        Rule::on::<DomainLookupByUuid>(),
        Rule::on::<StorageVolLookupByPath>(),
        Rule::on::<ConnectListAllStoragePools>(),
        Rule::on::<StoragePoolRefresh>(),
        Rule::on::<StoragePoolListAllVolumes>(),
        Rule::on::<StorageVolGetXmlDesc>(),
        Rule::on::<DomainGetXmlDesc>().about("other"),
    ] {
        let done = failing(&home, rule, &words);
        done.expect(1).says(WHY);
        assert_eq!(home.guests().len(), 2, "{done:#?}");
        assert_eq!(
            (home.volumes().len(), home.keys().len()),
            (1, 1),
            "{done:#?}"
        );
    }
    home.run(&words).expect(0);
    assert_eq!(home.guests(), ["other"]);
    assert!(home.volumes().is_empty() && home.keys().is_empty());
}

#[test]
fn a_secret_of_somebody_elses_that_cant_be_looked_up_is_not_replaced() {
    let home = home();
    let secret = id(7);
    let image = home.played.folder().join("foreign.qcow2");
    let mut make = Command::new("qemu-img");
    make.args(["create", "-q", "-f", "qcow2"])
        .arg(&image)
        .arg("64K");
    assert!(make.status().unwrap().success());
    let disk = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>\
         <source file='{}'><encryption format='luks'>\
         <secret type='passphrase' uuid='{secret}'/></encryption></source>\
         <target dev='vda' bus='virtio'/></disk>",
        image.display()
    );
    home.played.scene(|scene| {
        scene
            .guests
            .push(Player::off("foreign", 1).with_devices(&disk));
        scene.secrets.push(SecretScene {
            secret: Secret {
                uuid: secret,
                usage_type: 0,
                usage_id: String::new(),
            },
            document: format!("<secret ephemeral='no' private='no'><uuid>{secret}</uuid></secret>"),
            filled: Some(10),
        });
    });
    let uri = home.played.uri();
    keys::keep(&home.session, &uri, &secret.to_string(), "another");
    let done = failing(
        &home,
        Rule::on::<SecretLookupByUuid>(),
        &["launch", "foreign"],
    );
    done.expect(1).says(WHY);
    home.run(&["launch", "foreign"]).expect(0);
    assert_eq!(home.played.asked::<SecretSetValue>(), 0);
    let held = home.played.scene(|scene| scene.secrets[0].filled);
    assert_eq!(held, Some(10));
}
