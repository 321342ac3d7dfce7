// SPDX-License-Identifier: GPL-3.0-or-later
//! A look-up that fails is no absence: what could not be looked up may be there.
//!
//! libvirt answers "there is none" and "I can't say" by the same null pointer. A library of ours
//! that is loaded first makes one function of libvirt's fail, since no daemon can be brought to
//! fail in one of them alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::path::{Path, PathBuf};
use std::process::Command;

use oriel_sandbox::guest::Domain;
use oriel_sandbox::{Keyring, is_root, process, unique_name};
use oriel_tests::run::{Outcome, Running};
use oriel_tests::skip;
use oriel_tests::world::World;

/// A function fails by `ORIEL_TEST_FAILS=NAME`, the reading of a document for the guest of
/// `ORIEL_TEST_GUEST` alone. By `ORIEL_TEST_DIES` a definition ends the process once libvirt is
/// done.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

/* libvirt lets nobody set an error: one of its own is made, and turned into another. */
static int fails(const char *name) {
    const char *wanted = getenv("ORIEL_TEST_FAILS");
    virErrorPtr error;
    if (wanted == NULL || strcmp(wanted, name) != 0)
        return 0;
    (void)virConnectGetType(NULL);
    error = virGetLastError();
    error->code = VIR_ERR_INTERNAL_ERROR;
    free(error->message);
    error->message = strdup("Made to fail");
    return 1;
}

#define LOOKUP(type, name, parameters, arguments) \
    type name parameters { \
        type (*real) parameters = (type (*) parameters)dlsym(RTLD_NEXT, #name); \
        return fails(#name) ? NULL : real arguments; \
    }

LOOKUP(virDomainPtr, virDomainLookupByName, (virConnectPtr c, const char *n), (c, n))
LOOKUP(virDomainPtr, virDomainLookupByUUIDString, (virConnectPtr c, const char *n), (c, n))
LOOKUP(virDomainPtr, virDomainLookupByUUID, (virConnectPtr c, const unsigned char *n), (c, n))
LOOKUP(virNetworkPtr, virNetworkLookupByName, (virConnectPtr c, const char *n), (c, n))
LOOKUP(virStoragePoolPtr, virStoragePoolLookupByName, (virConnectPtr c, const char *n), (c, n))
LOOKUP(virStoragePoolPtr, virStoragePoolLookupByUUID,
       (virConnectPtr c, const unsigned char *n), (c, n))
LOOKUP(virStorageVolPtr, virStorageVolLookupByName, (virStoragePoolPtr c, const char *n), (c, n))
LOOKUP(virStorageVolPtr, virStorageVolLookupByPath, (virConnectPtr c, const char *n), (c, n))
LOOKUP(virSecretPtr, virSecretLookupByUUID, (virConnectPtr c, const unsigned char *n), (c, n))

#define LISTING(name, parameters, arguments) \
    int name parameters { \
        int (*real) parameters = (int (*) parameters)dlsym(RTLD_NEXT, #name); \
        return fails(#name) ? -1 : real arguments; \
    }

LISTING(virConnectListAllStoragePools,
        (virConnectPtr c, virStoragePoolPtr **all, unsigned int flags), (c, all, flags))
LISTING(virStoragePoolListAllVolumes,
        (virStoragePoolPtr p, virStorageVolPtr **all, unsigned int flags), (p, all, flags))
LISTING(virStoragePoolRefresh, (virStoragePoolPtr p, unsigned int flags), (p, flags))

char *virStorageVolGetXMLDesc(virStorageVolPtr v, unsigned int flags) {
    char *(*real)(virStorageVolPtr, unsigned int) =
        (char *(*)(virStorageVolPtr, unsigned int))dlsym(RTLD_NEXT, "virStorageVolGetXMLDesc");
    return fails("virStorageVolGetXMLDesc") ? NULL : real(v, flags);
}

char *virDomainGetXMLDesc(virDomainPtr d, unsigned int flags) {
    char *(*real)(virDomainPtr, unsigned int) =
        (char *(*)(virDomainPtr, unsigned int))dlsym(RTLD_NEXT, "virDomainGetXMLDesc");
    const char *guest = getenv("ORIEL_TEST_GUEST");
    if (guest != NULL && strcmp(guest, virDomainGetName(d)) == 0 && fails("virDomainGetXMLDesc"))
        return NULL;
    return real(d, flags);
}

virDomainPtr virDomainDefineXMLFlags(virConnectPtr c, const char *xml, unsigned int flags) {
    virDomainPtr (*real)(virConnectPtr, const char *, unsigned int) =
        (virDomainPtr (*)(virConnectPtr, const char *, unsigned int))
            dlsym(RTLD_NEXT, "virDomainDefineXMLFlags");
    virDomainPtr domain = real(c, xml, flags);
    if (getenv("ORIEL_TEST_DIES") != NULL)
        kill(getpid(), SIGKILL);
    return domain;
}

virDomainPtr virDomainDefineXML(virConnectPtr c, const char *xml) {
    return virDomainDefineXMLFlags(c, xml, 0);
}
"#;

/// A daemon with a pool and a network, and the library.
struct Parts {
    world: World,
    pool: PathBuf,
    library: PathBuf,
}

impl Parts {
    fn start() -> Self {
        let world = World::start(Keyring::Unlocked("word".into()), false);
        let pool = world.make_pool();
        let source = world.daemon.dir().join("fails.c");
        let library = world.daemon.dir().join("fails.so");
        std::fs::write(&source, SOURCE).unwrap();
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]);
        process::run(compile.arg(&library).arg(&source).arg("-ldl")).unwrap();
        Self {
            world,
            pool,
            library,
        }
    }

    /// Runs orielctl with the library, and variables that tell what is to go wrong.
    fn run(&self, words: &[&str], wrong: &[(&str, &str)]) -> Outcome {
        let mut command = self.world.orielctl(words);
        command.env("LD_PRELOAD", &self.library);
        Running::start(command.envs(wrong.iter().copied()), None).end()
    }

    /// Runs it with one look-up that fails.
    fn failing(&self, function: &str, words: &[&str]) -> Outcome {
        self.run(words, &[("ORIEL_TEST_FAILS", function)])
    }

    fn image(&self, name: &str) -> PathBuf {
        self.world.image_in(&self.pool, name).unwrap()
    }

    /// The one key that there is opens the image.
    #[track_caller]
    fn safe(&self, image: &Path, when: &str) {
        let keys = self.world.keys();
        assert_eq!(keys.len(), 1, "keys {when}");
        let passphrase = self.world.key(&keys[0]).unwrap();
        assert!(self.world.opens(image, &passphrase), "does not open {when}");
    }
}

#[test]
fn a_creation_makes_nothing_where_it_cant_tell_what_is_there() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let parts = Parts::start();
    let world = &parts.world;
    let name = &unique_name("made");
    let mut words = world.create_words(name, &[]);
    // The network is chosen by looking for the one called “default”.
    let network = words.iter().position(|word| *word == "--network").unwrap();
    words.drain(network..network + 2);
    for function in [
        "virDomainLookupByName",
        "virNetworkLookupByName",
        "virStoragePoolLookupByName",
        "virStorageVolLookupByName",
        "virSecretLookupByUUID",
    ] {
        let done = parts.failing(function, &words);
        done.expect(1).says("Made to fail");
        assert_eq!(world.guests(), Vec::<String>::new(), "{function}");
        assert_eq!(world.volumes(), Vec::<String>::new(), "{function}");
        assert_eq!(world.keys(), Vec::<String>::new(), "{function}");
        world.assert_no_lease(function);
    }
    world.run(&words).expect(0);
}

#[test]
fn a_cleanup_strikes_no_step_that_it_cant_look_up() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let parts = Parts::start();
    let world = &parts.world;
    let name = &unique_name("half");
    let mut command = world.orielctl(&world.create_words(name, &[]));
    command.env("ORIEL_FAULT", "kill@volume");
    Running::start(&mut command, None).end().expect(-9);
    let image = parts.image(name);
    // The lease of the one that died ends with the next connection; its job's journal stays.
    world.run(&["list"]).expect(0);
    let journals = world.journals();
    for function in ["virStoragePoolLookupByUUID", "virStorageVolLookupByName"] {
        let done = parts.failing(function, &["cleanup", "--json"]);
        assert_eq!(done.expect(1).json()["jobs"][0]["outcome"], "failed");
        assert!(done.out.contains("Made to fail"), "{function}: {done:#?}");
        assert_eq!(world.journals(), journals, "{function}");
        parts.safe(&image, function);
    }
    let done = world.run(&["cleanup", "--json"]);
    assert_eq!(done.expect(0).json()["jobs"][0]["outcome"], "undone");
    assert!(!image.exists() && world.keys().is_empty());
}

#[test]
fn a_definition_that_cant_be_looked_up_is_not_undone() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let parts = Parts::start();
    let world = &parts.world;
    let name = &unique_name("defined");
    // libvirt has it, and the journal has not heard of that.
    parts
        .run(&world.create_words(name, &[]), &[("ORIEL_TEST_DIES", "1")])
        .expect(-9);
    assert_eq!(world.guests(), [name.as_str()]);
    let image = parts.image(name);
    let failed = |function| {
        let done = parts.failing(function, &["cleanup", "--json"]);
        assert_eq!(done.expect(1).json()["jobs"][0]["outcome"], "failed");
        assert!(done.out.contains("Made to fail"), "{function}: {done:#?}");
        parts.safe(&image, function);
    };
    failed("virDomainLookupByUUID");
    // Undefined since, it may have been used, and may come back.
    world.run(&["undefine", name]).expect(0);
    failed("virDomainLookupByUUID");
    let done = world.run(&["cleanup", "--json"]);
    assert_eq!(done.expect(1).json()["jobs"][0]["outcome"], "failed");
    parts.safe(&image, "after the clean-up");
}

#[test]
fn a_deletion_takes_nothing_where_it_cant_tell_what_is_there() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let parts = Parts::start();
    let world = &parts.world;
    let name = &unique_name("whole");
    world.run(&world.create_words(name, &[])).expect(0);
    let image = parts.image(name);
    // Another guest, that uses nothing of it.
    let other = unique_name("other");
    world.define(&Domain::new(&other, &world.guest));
    for function in [
        "virDomainLookupByUUID",
        "virStorageVolLookupByPath",
        "virConnectListAllStoragePools",
        "virStoragePoolRefresh",
        "virStoragePoolListAllVolumes",
        "virStorageVolGetXMLDesc",
        "virDomainGetXMLDesc",
    ] {
        let words = ["delete", name, "--storage", "--forget-key"];
        let wrong = [("ORIEL_TEST_FAILS", function), ("ORIEL_TEST_GUEST", &other)];
        parts.run(&words, &wrong).expect(1).says("Made to fail");
        assert_eq!(world.guests().len(), 2, "{function}");
        parts.safe(&image, function);
    }
    let words = ["delete", name, "--storage", "--forget-key"];
    world.run(&words).expect(0);
    assert!(!image.exists() && world.keys().is_empty());
}

#[test]
fn a_secret_of_somebody_elses_that_cant_be_looked_up_is_not_replaced() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let parts = Parts::start();
    let world = &parts.world;
    let name = &unique_name("foreign");
    let secret = world.define_encrypted(name, "somebody's");
    let file = world.daemon.dir().join("secret.xml");
    let text = format!("<secret ephemeral='no' private='no'><uuid>{secret}</uuid></secret>");
    std::fs::write(&file, text).unwrap();
    let virsh = |words: &[&str]| world.daemon.virsh(words).unwrap();
    virsh(&["secret-define", file.to_str().unwrap()]);
    let value = world.daemon.dir().join("value");
    std::fs::write(&value, "somebody's").unwrap();
    let set = ["secret-set-value", &secret, "--plain", "--file"];
    virsh(&[&set[..], &[value.to_str().unwrap()]].concat());
    world.keep(&secret, "another");
    parts
        .failing("virSecretLookupByUUID", &["launch", name])
        .expect(1)
        .says("Made to fail");
    let held = virsh(&["secret-get-value", &secret, "--plain"]);
    assert_eq!(held.trim_end(), "somebody's");
    world.run(&["launch", name]).expect(0);
}
