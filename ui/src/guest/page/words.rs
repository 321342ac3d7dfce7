// SPDX-License-Identifier: GPL-3.0-or-later
//! How a guest's page says what the guest is and has.

use oriel::secret::state::KeyState;
use oriel::shown::shell_word;
use oriel::xml::DomainSummary;
use oriel::xml::summary::{DiskSource, DiskSummary, Encrypted, NetworkSummary};
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::units;

use crate::words::rows::Lock;

/// The memory, as it is and as it could be.
pub fn memory_text(summary: &DomainSummary) -> String {
    let most = units::size(summary.memory_kib);
    if summary.current_memory_kib == summary.memory_kib || summary.current_memory_kib == 0 {
        return most;
    }
    gettext_f(
        "{now} of {most}",
        &[
            ("now", &units::size(summary.current_memory_kib)),
            ("most", &most),
        ],
    )
}

/// The processors, as they are and as they could be.
pub fn processors_text(summary: &DomainSummary) -> String {
    let (now, most) = (summary.vcpus, summary.vcpus_max);
    if now == most || now == 0 {
        return most.to_string();
    }
    gettext_f(
        "{now} of {most}",
        &[("now", &now.to_string()), ("most", &most.to_string())],
    )
}

/// How much of its data is encrypted.
pub fn encrypted_text(summary: &DomainSummary) -> String {
    let has_disk = summary.disks.iter().any(DiskSummary::holds_data);
    gettext(match summary.encrypted() {
        Encrypted::All => "All disks",
        Encrypted::Some => "Some disks, not all",
        Encrypted::Exposed => "Not what it writes now",
        Encrypted::None if has_disk => "No",
        Encrypted::None => "No disks",
    })
}

/// What is wrong with a disk whose new data is not encrypted, and what mends it.
pub fn exposed_text(guest: &str, disk: &DiskSummary) -> Option<String> {
    let merge = format!(
        "virsh blockcommit --active --pivot {} {}",
        shell_word(guest),
        shell_word(&disk.target)
    );
    disk.exposes_data().then(|| {
        gettext_f(
            "Not encrypted: it lies over an encrypted image, and what the virtual machine writes is \
             stored in the clear. To merge it into that image, start the virtual machine and run \
             {command}",
            &[("command", &merge)],
        )
    })
}

/// How the key stands, beside the word "Key"; nothing for a guest that needs none.
pub fn key_text(lock: Lock) -> Option<String> {
    Some(gettext(match lock {
        Lock::Unread | Lock::NotEncrypted | Lock::Exposed | Lock::Known(KeyState::None) => {
            return None;
        }
        Lock::Unknown => "Unknown",
        Lock::Known(KeyState::Stored) => "In the keyring",
        Lock::Known(KeyState::ForOther) => "In the keyring, for another host (asked for at start)",
        Lock::Known(KeyState::HeldByLibvirt) => "Held by libvirt",
        Lock::Known(KeyState::Locked) => "In the keyring, which is locked",
        Lock::Known(KeyState::Missing) => "Missing (asked for at start)",
    }))
}

/// A disk in two lines: what it is, and where its data lies.
pub fn disk_lines(disk: &DiskSummary) -> (String, String) {
    let kind = match disk.device.as_str() {
        "cdrom" => gettext("CD drive {target}"),
        "floppy" => gettext("Floppy drive {target}"),
        _ if disk.encrypted => gettext("Encrypted disk {target}"),
        _ => gettext("Disk {target}"),
    };
    let place = match &disk.source {
        None => gettext("Empty"),
        Some(DiskSource::File(path) | DiskSource::Block(path) | DiskSource::Directory(path)) => {
            path.clone()
        }
        Some(DiskSource::Volume { pool, volume }) => gettext_f(
            "{volume} in the pool {pool}",
            &[("volume", volume), ("pool", pool)],
        ),
        Some(DiskSource::Network { protocol, name }) => format!("{protocol}: {name}"),
        Some(DiskSource::Other(kind)) => kind.clone(),
    };
    (kind.replace("{target}", &disk.target), place)
}

/// A network interface in two lines: what it is, and what it is connected to.
pub fn network_lines(network: &NetworkSummary) -> (String, String) {
    let title = match network.kind.as_str() {
        "user" => gettext("Private network of this machine"),
        _ => match &network.source {
            Some(source) => gettext_f("Network {name}", &[("name", source)]),
            None => gettext("Network interface"),
        },
    };
    let parts = [network.mac.as_deref(), network.model.as_deref()];
    let line: Vec<&str> = parts.into_iter().flatten().collect();
    (title, line.join(", "))
}

/// The displays that the guest has.
pub fn displays_text(summary: &DomainSummary) -> String {
    if summary.graphics.is_empty() {
        return gettext("None");
    }
    let names = summary.graphics.iter().map(|kind| match kind.as_str() {
        "vnc" => "VNC",
        "spice" => "SPICE",
        "rdp" => "RDP",
        other => other,
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(inner: &str) -> DomainSummary {
        let xml = format!("<domain type='qemu'><name>web</name>{inner}</domain>");
        DomainSummary::parse(xml.as_bytes()).expect("a document")
    }

    #[test]
    fn a_balloon_shows_both_numbers() {
        let full = summary("<memory>1048576</memory><currentMemory>1048576</currentMemory>");
        assert_eq!(memory_text(&full), "1 GiB");
        let small = summary("<memory>1048576</memory><currentMemory>524288</currentMemory>");
        assert_eq!(memory_text(&small), "512 MiB of 1 GiB");
    }

    #[test]
    fn networks_say_what_they_are_connected_to() {
        let networks = summary(
            "<devices><interface type='network'><source network='default'/>\
             <mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>\
             <interface type='user'/></devices>",
        )
        .networks;
        let lines: Vec<_> = networks.iter().map(network_lines).collect();
        assert_eq!(lines[0].0, "Network default");
        assert_eq!(lines[0].1, "52:54:00:00:00:01, virtio");
        assert_eq!(lines[1].1, "");
        assert_eq!(displays_text(&summary("")), "None");
    }

    #[test]
    fn disks_say_what_and_where() {
        let disks = summary(
            "<devices><disk type='file' device='disk'><source file='/a/b.img'/>\
             <target dev='vda'/></disk><disk type='file' device='cdrom'><target dev='sda'/>\
             </disk></devices>",
        );
        let lines: Vec<_> = disks.disks.iter().map(disk_lines).collect();
        assert_eq!(lines[0], ("Disk vda".into(), "/a/b.img".into()));
        assert_eq!(lines[1], ("CD drive sda".into(), "Empty".into()));
        assert_eq!(encrypted_text(&disks), "No");
        assert_eq!(encrypted_text(&summary("")), "No disks");
    }
}
