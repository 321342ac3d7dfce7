// SPDX-License-Identifier: GPL-3.0-or-later
//! What the assistant says of what is chosen.

use oriel::guest::create::{Network, Offers, PoolOffer};
use oriel::model::host::Kvm;
use oriel_ui_kit::i18n::{gettext, gettext_f};
use oriel_ui_kit::units;

use super::proposals::{GIB, MIB};

/// The address of the host that a URI names, for people; `None` for this machine.
pub fn remote_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let host = rest.split('/').next()?;
    let host = host.rsplit('@').next()?;
    (!host.is_empty()).then_some(host)
}

/// A connection in the person's words, with its URI where that says more.
pub fn connection_name(uri: &str) -> String {
    let plain = uri.split('?').next().unwrap_or(uri);
    match plain {
        "qemu:///system" => gettext("This Computer"),
        "qemu:///session" => gettext("My Virtual Machines"),
        _ => plain.to_owned(),
    }
}

/// What so much memory means on this host.
pub fn memory_line(memory_mib: u64, offers: &Offers) -> String {
    let memory = memory_mib * MIB;
    let values = [
        ("size", &*units::size(memory)),
        ("all", &*units::size(offers.memory_kib)),
    ];
    gettext_f(
        if memory > offers.memory_kib / 4 * 3 {
            "{size} of the host’s {all}: little is left for the host itself."
        } else {
            "{size} of the host’s {all}."
        },
        &values,
    )
}

/// What so many processors mean on this host.
pub fn processor_line(vcpus: u32, offers: &Offers) -> String {
    gettext_f(
        "{number} of the host’s {all}.",
        &[
            ("number", &vcpus.to_string()),
            ("all", &offers.cpus.to_string()),
        ],
    )
}

/// What a disk of that size means for its pool.
pub fn disk_line(size_gib: u64, pool: &PoolOffer) -> String {
    let size = units::size(size_gib << 20);
    let Some(free) = pool.free_bytes else {
        return gettext_f(
            "At most {size} in {folder}; it takes room only as it fills.",
            &[("size", &size), ("folder", &pool.folder.to_string_lossy())],
        );
    };
    let values = [
        ("size", &*size),
        ("free", &*units::size(free / 1024)),
        ("pool", &*pool.name),
    ];
    gettext_f(
        if size_gib * GIB > free {
            "Only {free} are free in “{pool}”: the disk can’t become as large as {size}."
        } else {
            "At most {size} of the {free} that are free in “{pool}”; it takes room only as it \
             fills."
        },
        &values,
    )
}

/// A network in words.
pub fn network_text(network: &Network) -> String {
    match network {
        Network::User => gettext("NAT"),
        Network::Named(name) => gettext_f("The network “{name}”", &[("name", name)]),
        Network::None => gettext("Not connected"),
    }
}

/// What it means that KVM is or is not there.
pub fn kvm_text(kvm: Kvm) -> String {
    gettext(match kvm {
        Kvm::Real => "Hardware acceleration (KVM)",
        Kvm::Pretended => "Slow: no hardware virtualization",
        Kvm::Absent => "Slow: the host has no KVM",
    })
}

/// A step of the creation in words.
pub fn job_step(name: &str) -> String {
    match name {
        "key" => gettext("Store the passphrase in the keyring"),
        "pool" => gettext("Create the storage pool"),
        "volume" => gettext("Create the disk"),
        "domain" => gettext("Define the virtual machine"),
        "start" => gettext("Start it"),
        "undo" => gettext("Remove what was created so far"),
        _ => gettext("Check everything"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::proposals::tests::{offers, pool};

    #[test]
    fn a_host_is_named_only_where_it_is_another() {
        assert_eq!(
            remote_host("qemu+ssh://me@far.example/system"),
            Some("far.example")
        );
        assert_eq!(
            remote_host("qemu+tls://h:16514/system?x=/y"),
            Some("h:16514")
        );
        assert_eq!(remote_host("qemu:///system?socket=/run/x"), None);
        assert_eq!(connection_name("qemu:///system?socket=/x"), "This Computer");
    }

    #[test]
    fn lines_say_of_how_much_and_warn() {
        let host = offers(23, 2);
        assert_eq!(memory_line(4096, &host), "4 GiB of the host’s 23 GiB.");
        assert!(memory_line(20_480, &host).contains("little is left"));
        assert!(disk_line(20, &pool(Some(500 * GIB))).contains("500 GiB that are free"));
        assert!(disk_line(1, &pool(Some(1 << 20))).starts_with("Only 1 MiB are free"));
        assert!(disk_line(20, &pool(None)).contains("/images"));
    }
}
