// SPDX-License-Identifier: GPL-3.0-or-later
//! What to do about a connection that could not be made, by its URI alone.

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

/// A next step for who could not connect to this URI.
pub(crate) fn connect_hint(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return "An address looks like qemu:///session (your own virtual machines), \
                qemu:///system (this computer's) or qemu+ssh://HOST/system"
            .into();
    };
    let (driver, transport) = match scheme.split_once('+') {
        Some((driver, transport)) => (driver, Some(transport)),
        None => (scheme, None),
    };
    if !DRIVERS.contains(&driver) {
        return format!(
            "libvirt knows no hypervisor called “{driver}”. For QEMU and KVM the address begins \
             with “qemu”: qemu:///session, qemu:///system or qemu+ssh://HOST/system"
        );
    }
    if let Some(transport) = transport
        && !TRANSPORTS.contains(&transport)
    {
        return format!(
            "libvirt knows no way to a host called “{transport}”. Use {driver}+ssh://HOST/system, \
             or {driver}+tls://HOST/system with certificates"
        );
    }
    let local = rest.starts_with('/');
    match (driver, transport) {
        (_, Some("ssh" | "libssh" | "libssh2")) => {
            "Check the host name, that “ssh HOST” works, and that libvirt runs there".into()
        }
        (_, Some("tls")) => {
            "Check the host name, the port and that the certificates are in place".into()
        }
        ("test", _) => "Check that the file that it names is there and can be read".into(),
        ("qemu", _) if rest.starts_with("/session") => {
            "Check that libvirt's daemon and QEMU are installed (packages \
             libvirt-daemon-driver-qemu and qemu-system on Debian)"
                .into()
        }
        ("qemu", _) if local => "Check that the libvirt daemon runs and that your account may use \
             it (on many systems: the group “libvirt”)"
            .into(),
        (driver, _) if local => format!(
            "Check that the libvirt daemon runs, has the driver for “{driver}” (on many systems a \
             package of its own), and that your account may use it"
        ),
        _ => "Check the address and that libvirt runs there".into(),
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
            let hint = connect_hint(uri);
            assert!(hint.contains(words), "{uri}: {hint}");
        }
    }
}
