// SPDX-License-Identifier: GPL-3.0-or-later
//! `delete --storage --forget-key` never takes the only key to data that is still there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers")]

use std::path::{Path, PathBuf};

use oriel_sandbox::guest::{Disk, Domain};
use oriel_sandbox::{Keyring, is_root, unique_name};
use oriel_tests::luks::make;
use oriel_tests::skip;
use oriel_tests::world::{World, uuid};

const DELETE: [&str; 5] = ["delete", "first", "--storage", "--forget-key", "--json"];

#[test]
fn a_key_that_another_guest_uses_or_that_no_keyring_can_forget_stays() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    let pool = world.make_pool();
    world.run(&world.create_words("first", &[])).expect(0);
    let keys = world.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let image = world.image_in(&pool, "first").unwrap();

    // Without a keyring service nothing at all is done.
    let mut command = world.orielctl(&DELETE);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    let refused = oriel_tests::run::Running::start(&mut command, None).end();
    refused
        .expect(4)
        .says("There is no keyring in this session");
    assert_eq!(world.guests(), ["first"]);
    assert!(image.exists());

    let mut second = Domain::idle("second", &world.guest);
    second.disks.push(Disk {
        path: pool.join("second.qcow2"),
        format: "qcow2".into(),
        secret: Some(keys[0].clone()),
    });
    world.define(&second);
    let report = world.run(&DELETE).expect(1).json();
    assert_eq!(report["keys_in_use"][0], keys[0], "{report}");
    assert_eq!(report["keys_removed"].as_array().map(Vec::len), Some(0));
    assert!(!image.exists());
    assert_eq!(world.keys(), keys, "the key of the second guest is gone");
}

fn disk(path: &Path, secret: Option<&str>) -> Disk {
    Disk {
        path: path.to_owned(),
        format: "qcow2".into(),
        secret: secret.map(str::to_owned),
    }
}

/// Defines a guest by its document, changed.
fn define_changed(world: &World, domain: &Domain, change: impl FnOnce(String) -> String) {
    let file = world.daemon.dir().join("changed.xml");
    std::fs::write(&file, change(domain.to_xml())).unwrap();
    let words = ["define", file.to_str().unwrap()];
    world.daemon.virsh(&words).unwrap();
}

#[test]
fn a_key_goes_only_with_every_image_that_it_opens() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    let pool = world.make_pool();
    let (base, overlay, read_only) = (
        pool.join("base.qcow2"),
        pool.join("overlay.qcow2"),
        pool.join("read-only.qcow2"),
    );
    let [of_base, of_overlay, of_read_only] = [uuid(), uuid(), uuid()];
    for secret in [&of_base, &of_overlay, &of_read_only] {
        world.keep(secret, "pass");
    }
    make(&base, "8M", Some("pass"), None);
    make(&overlay, "8M", Some("pass"), Some(&base));
    make(&read_only, "8M", Some("pass"), None);
    let name = &unique_name("layers");
    let mut domain = Domain::idle(name, &world.guest);
    domain.disks = vec![
        disk(&overlay, Some(&of_overlay)),
        disk(&read_only, Some(&of_read_only)),
    ];
    define_changed(&world, &domain, |document| {
        let below = format!(
            "<backingStore type='file'><format type='qcow2'/><source file='{}'>\
             <encryption format='luks'><secret type='passphrase' uuid='{of_base}'/></encryption>\
             </source><backingStore/></backingStore><target dev='vda' bus='virtio'/>",
            base.display()
        );
        document
            .replace("<target dev='vda' bus='virtio'/>", &below)
            .replace(
                "<target dev='vdb' bus='virtio'/>",
                "<target dev='vdb' bus='virtio'/><readonly/>",
            )
    });
    let deletion = ["delete", name, "--storage", "--forget-key", "--json"];
    let report = world.run(&deletion).expect(1).json();
    assert_eq!(
        report["keys_removed"],
        serde_json::json!([of_overlay]),
        "{report}"
    );
    assert!(!overlay.exists() && base.exists() && read_only.exists());
    let needed: Vec<_> = report["keys_needed"].as_array().unwrap().clone();
    assert_eq!(needed.len(), 2, "{report}");
    assert!(world.key(&of_base).is_some() && world.key(&of_read_only).is_some());
    assert!(world.key(&of_overlay).is_none());

    // The document may not tell of the base: the image itself does, and that it is encrypted.
    let name = &unique_name("silent");
    make(&overlay, "8M", Some("pass"), Some(&base));
    let mut domain = Domain::idle(name, &world.guest);
    domain.disks = vec![disk(&overlay, Some(&of_base))];
    world.define(&domain);
    let report = world
        .run(&["delete", name, "--storage", "--forget-key", "--json"])
        .expect(1)
        .json();
    assert!(!overlay.exists(), "{report}");
    assert!(world.key(&of_base).is_some(), "{report}");
}

#[test]
fn a_disk_that_another_guest_depends_on_is_not_deleted() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::Unlocked("word".into()), false);
    let pool = world.make_pool();
    let base = pool.join("base.qcow2");
    make(&base, "8M", None, None);
    let first = &unique_name("first");
    let mut domain = Domain::idle(first, &world.guest);
    domain.disks = vec![disk(&base, None)];
    world.define(&domain);
    let refused = |words: &str| {
        world
            .run(&["delete", first, "--storage"])
            .expect(1)
            .says(words);
        assert!(base.exists(), "{words}");
        assert!(world.guests().contains(first), "{words}");
    };
    let second = &unique_name("second");
    let other = |path: PathBuf| {
        let mut domain = Domain::idle(second, &world.guest);
        domain.disks = vec![disk(&path, None)];
        world.define(&domain);
    };

    // A linked clone that is off, and whose overlay lies outside of every pool.
    let clone = world.daemon.dir().join("clone.qcow2");
    make(&clone, "8M", None, Some(&base));
    other(clone);
    refused(second);

    // One disk by two spellings.
    std::os::unix::fs::symlink(&pool, pool.with_file_name("alias")).unwrap();
    world.daemon.virsh(&["undefine", second]).unwrap();
    other(pool.with_file_name("alias").join("base.qcow2"));
    refused(second);
    world.daemon.virsh(&["undefine", second]).unwrap();

    // An overlay that came after libvirt last looked.
    let late = pool.join("late.qcow2");
    make(&late, "8M", None, Some(&base));
    refused("late.qcow2");
    std::fs::remove_file(&late).unwrap();

    // What another guest has can't be looked into: its image is none.
    let broken = world.daemon.dir().join("broken.qcow2");
    std::fs::write(&broken, "no image").unwrap();
    other(broken);
    refused("can’t be looked into");
    world.daemon.virsh(&["undefine", second]).unwrap();

    // A pool that does not run.
    let target = world.daemon.dir().join("asleep");
    let target = target.to_str().unwrap();
    world
        .daemon
        .virsh(&["pool-define-as", "asleep", "dir", "--target", target])
        .unwrap();
    refused("asleep");
    world.daemon.virsh(&["pool-undefine", "asleep"]).unwrap();

    // A disk that was copied into the folder by hand goes as well.
    let copied = pool.join("copied.qcow2");
    std::fs::copy(&base, &copied).unwrap();
    domain.disks.push(disk(&copied, None));
    world.daemon.virsh(&["undefine", first]).unwrap();
    world.define(&domain);
    world.run(&["delete", first, "--storage"]).expect(0);
    assert!(!base.exists() && !copied.exists());
}

#[test]
fn firmware_variables_and_the_state_of_a_tpm_outlive_undefine_and_rename() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    let world = World::start(Keyring::None, false);
    let name = &unique_name("uefi");
    let domain = Domain::idle(name, &world.guest);
    let define = || {
        define_changed(&world, &domain, |document| {
            document
                .replace("<os>", "<os firmware='efi'>")
                .replace(
                    "<memballoon",
                    "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm><memballoon",
                )
                .replace("<name>", "<uuid>11111111-2222-3333-4444-555555555555</uuid><name>")
        });
    };
    define();
    let root = world.daemon.dir().join("root/var/lib/libvirt");
    let variables = root.join(format!("qemu/nvram/{name}_VARS.fd"));
    let tpm = root.join("swtpm/11111111-2222-3333-4444-555555555555");
    world.run(&["launch", name]).expect(0);
    world.run(&["force-off", name]).expect(0);
    assert!(variables.exists() && tpm.exists(), "{variables:?} {tpm:?}");
    std::fs::write(&variables, "what the guest wrote").unwrap();
    let written = || std::fs::read(&variables).unwrap_or_default();

    world.run(&["undefine", name]).expect(0);
    assert!(
        written() == b"what the guest wrote",
        "undefine took the variables"
    );
    assert!(tpm.exists(), "undefine took the TPM's state");

    define();
    let other = &unique_name("renamed");
    world.run(&["rename", name, other]).expect(0);
    let document = world.daemon.virsh(&["dumpxml", other]).unwrap();
    let file = variables.file_name().unwrap().to_str().unwrap();
    assert!(
        document.contains(file),
        "the variables are left behind: {document}"
    );
    assert!(written() == b"what the guest wrote");

    let report = world.run(&["delete", other, "--json"]).expect(0).json();
    assert_eq!(report["firmware_variables_deleted"], true, "{report}");
    assert_eq!(report["tpm_state_deleted"], true, "{report}");
    assert!(!variables.exists() && !tpm.exists(), "delete left them");
}
