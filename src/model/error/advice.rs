// SPDX-License-Identifier: GPL-3.0-or-later
//! What to do about a connection that could not be made, by its URI alone.

use crate::message::{Message, mark, texts};

/// The drivers that libvirt has, as URIs begin.
const DRIVERS: &[&str] = &[
    "qemu",
    "lxc",
    "test",
    "xen",
    "ch",
    "bhyve",
    "vbox",
    "vz",
    "openvz",
    "esx",
    "gsx",
    "vpx",
    "hyperv",
    "vmwareplayer",
    "vmwarews",
    "vmwarefusion",
];

/// The ways to a host that libvirt has.
const TRANSPORTS: &[&str] = &["unix", "ssh", "tls", "tcp", "ext", "libssh", "libssh2"];

texts! {
    /// What to do about a connection that could not be made.
    ADVICE;
    ADDRESSES = "addresses", mark("An address looks like qemu:///session (your own virtual machines), qemu:///system (this computer’s) or qemu+ssh://HOST/system.");
    NO_HYPERVISOR = "no-hypervisor", mark("libvirt knows no hypervisor called “{name}”. For QEMU and KVM the address begins with “qemu”: qemu:///session, qemu:///system or qemu+ssh://HOST/system.");
    NO_TRANSPORT = "no-transport", mark("libvirt knows no way to a host called “{name}”. Use {driver}+ssh://HOST/system, or {driver}+tls://HOST/system with certificates.");
    CHECK_SSH = "check-ssh", mark("Check the host name, that “ssh HOST” works, and that libvirt runs there.");
    CHECK_TLS = "check-tls", mark("Check the host name, the port, and that the certificates are in place.");
    CHECK_FILE = "check-file", mark("Check that the file that it names is there and can be read.");
    INSTALL = "install-libvirt", mark("Check that libvirt’s daemon and QEMU are installed (packages libvirt-daemon-driver-qemu and qemu-system on Debian).");
    CHECK_GROUP = "check-group", mark("Check that the libvirt daemon runs and that your account may use it (on many systems: the group “libvirt”).");
    CHECK_DRIVER = "check-driver", mark("Check that the libvirt daemon runs, has the driver for “{name}” (on many systems a package of its own), and that your account may use it.");
    CHECK_ADDRESS = "check-address", mark("Check the address, and that libvirt runs there.");
}

/// A next step for a person who could not connect to this URI.
pub(super) fn connect_hint(uri: &str) -> Message {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return ADDRESSES.into();
    };
    let (driver, transport) = match scheme.split_once('+') {
        Some((driver, transport)) => (driver, Some(transport)),
        None => (scheme, None),
    };
    if !DRIVERS.contains(&driver) {
        return NO_HYPERVISOR.named(driver);
    }
    if let Some(transport) = transport
        && !TRANSPORTS.contains(&transport)
    {
        return NO_TRANSPORT.named(transport).with("driver", driver);
    }
    let local = rest.starts_with('/');
    match (driver, transport) {
        (_, Some("ssh" | "libssh" | "libssh2")) => CHECK_SSH.into(),
        (_, Some("tls")) => CHECK_TLS.into(),
        ("test", _) => CHECK_FILE.into(),
        ("qemu", _) if rest.starts_with("/session") => INSTALL.into(),
        ("qemu", _) if local => CHECK_GROUP.into(),
        (driver, _) if local => CHECK_DRIVER.named(driver),
        _ => CHECK_ADDRESS.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::connect_hint;

    #[test]
    fn the_advice_fits_the_address() {
        for (uri, words) in [
            ("nonsense", "An address looks like"),
            ("kvm:///system", "no hypervisor called “kvm”"),
            ("http://host/", "no hypervisor called “http”"),
            (
                "qemu+telnet://host/system",
                "no way to a host called “telnet”",
            ),
            ("qemu+ssh://host/system", "“ssh HOST”"),
            ("xen+libssh2://host/", "“ssh HOST”"),
            ("qemu+tls://host/system", "certificates"),
            ("qemu:///session", "libvirt-daemon-driver-qemu"),
            (
                "qemu+unix:///session?socket=/x",
                "libvirt-daemon-driver-qemu",
            ),
            ("qemu:///system", "the group “libvirt”"),
            ("lxc:///system", "the driver for “lxc”"),
            ("test:///nowhere.xml", "the file that it names"),
            ("esx://host/", "libvirt runs there"),
        ] {
            let hint = connect_hint(uri).to_string();
            assert!(hint.contains(words), "{uri}: {hint}");
        }
    }
}
