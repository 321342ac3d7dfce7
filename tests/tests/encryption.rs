// SPDX-License-Identifier: GPL-3.0-or-later
//! Encrypted, and only the keyring opens it: what a guest writes can't be read from its disk's
//! file without the passphrase that the keyring has, under both kinds of libvirt daemon.

#![allow(clippy::unwrap_used, reason = "a test and its helpers")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use oriel_sandbox::guest::Installer;
use oriel_sandbox::{is_root, process, unique_name};
use oriel_tests::host::{Host, Kind};
use oriel_tests::serial::Serial;
use oriel_tests::skip;

/// How long a guest may take to boot, emulated, while others do the same.
const BOOT: Duration = Duration::from_mins(3);

/// A guest that `create` made and started, with what it shall write to its disk.
struct Made {
    name: String,
    marker: String,
    serial: Serial,
}

/// Makes and starts a guest that writes a marker to its encrypted disk.
#[track_caller]
fn make(host: &Host, name: &str, kernel: &Path, initrd: &Path, words: &str, memory: &str) -> Made {
    let name = unique_name(name);
    let marker = format!("Marker-of-{name}");
    let cmdline = format!("console=ttyS0 quiet panic=1 oriel.write={marker} {words}");
    let mut args = vec!["create", &name, "--json", "--start", "--disk", "16M"];
    args.extend(["--vcpus", "1", "--network", "none", "--memory", memory]);
    args.extend(["--virt-type", "qemu", "--cmdline", &cmdline]);
    args.extend(["--kernel", kernel.to_str().unwrap()]);
    args.extend(["--initrd", initrd.to_str().unwrap()]);
    let made = host.run(&args).expect(0).json();
    let serial = host.serial(&name);
    assert_eq!(made["encrypted"], true, "{made}");
    assert_eq!(made["key_stored"], true, "{made}");
    assert_eq!(made["started"], true, "{made}");
    Made {
        name,
        marker,
        serial,
    }
}

/// Everything that is claimed of a guest's disk once the marker is written. `strange` is the
/// passphrase of another guest; without one, its own with a blank after it is tried.
#[track_caller]
fn check_disk(host: &Host, made: &Made, strange: Option<&str>) -> String {
    let name = &made.name;
    let info = host.run(&["info", name, "--json"]).expect(0).json();
    assert_eq!(info["encrypted"], "all", "{info}");
    assert_eq!(info["key"], "stored", "{info}");
    host.run(&["force-off", name]).expect(0);

    let blocks = host.virsh(&["domblklist", name]).unwrap();
    let image = blocks.split_whitespace().find(|w| w.starts_with('/'));
    let image = host.outside(Path::new(image.unwrap()));
    let raw = std::fs::read(&image).unwrap();
    let found = raw
        .windows(made.marker.len())
        .any(|part| part == made.marker.as_bytes());
    assert!(
        !found,
        "the marker stands in the clear in {}",
        image.display()
    );

    let mut command = Command::new("qemu-img");
    command.args(["info", "--output=json"]).arg(&image);
    let told = process::run(&mut command).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["encrypted"], true, "{told}");
    let format = &told["format-specific"]["data"]["encrypt"]["format"];
    assert_eq!(format, "luks", "{told}");

    let passphrase = host.key(&host.secret_of(name));
    let opened = host.open_image(&image, &passphrase).unwrap();
    let expected = format!("{}\n", made.marker);
    assert!(
        opened.starts_with(expected.as_bytes()),
        "the keyring's passphrase opens the disk, but the marker is not there"
    );
    let wrong = strange.map_or_else(|| format!("{passphrase} "), str::to_owned);
    let refused = host.open_image(&image, &wrong).unwrap_err().to_string();
    assert!(refused.contains("Invalid password"), "{refused}");
    // libvirt by itself has no key: only Oriel's way through the keyring starts it.
    let refused = host.virsh(&["start", name]).unwrap_err().to_string();
    assert!(refused.contains("Secret not found"), "{refused}");
    passphrase
}

#[test]
fn only_the_keyring_opens_guests_of_the_system() {
    if !is_root() {
        skip!("a private system daemon takes root");
    }
    // Debian's installer, and beside it the harness's own kernel.
    let host = Host::start(Kind::System, false);
    let installer = Installer::find().unwrap();
    let initrd = host.dir().join("installer.img");
    installer.with_words(&initrd).unwrap();
    let debian = make(
        &host,
        "debian",
        &installer.kernel,
        &initrd,
        "rdinit=/oriel/init oriel.installer",
        "512M",
    );
    let (kernel, initrd) = (host.guest.kernel.clone(), host.guest.initrd.clone());
    let small = make(&host, "small", &kernel, &initrd, "", "128M");

    for made in [&small, &debian] {
        let read = format!("oriel: read {}", made.marker);
        made.serial.await_words(&read, BOOT);
    }
    let key = check_disk(&host, &small, None);
    // The installer came up, after the marker was written: its first dialog, whose title begins
    // with its priority (with little memory it is not yet the one for the language).
    debian.serial.await_words("[!!]", BOOT);
    let other = check_disk(&host, &debian, Some(&key));
    assert_ne!(key, other, "two guests got the same passphrase");
}

#[test]
fn only_the_keyring_opens_guests_of_a_session() {
    let host = Host::start(Kind::User, false);
    let (kernel, initrd) = (host.guest.kernel.clone(), host.guest.initrd.clone());
    let made = make(&host, "small", &kernel, &initrd, "", "128M");
    let read = format!("oriel: read {}", made.marker);
    made.serial.await_words(&read, BOOT);
    check_disk(&host, &made, None);
}
