// SPDX-License-Identifier: GPL-3.0-or-later
//! What a host can do, as its connection tells (`virConnectGetCapabilities`).

mod identity;

pub use self::identity::HostIdentity;
use crate::model::error::{Error, Result};

/// The virtualisation that a new guest would use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The driver's name (`virConnectGetType`): "QEMU", "LXC", "TEST".
    pub driver: String,
    /// The processor architecture in libvirt's terms: "`x86_64`".
    pub arch: String,
    /// The domain type without hardware help: "qemu", "lxc", "test".
    pub plain_type: String,
    /// Whether KVM is there and real.
    pub kvm: Kvm,
    /// The host's memory in KiB.
    pub memory_kib: u64,
}

/// Whether KVM can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kvm {
    /// It can.
    Real,
    /// libvirt offers it, but the host's processor has no virtualisation: guests would hang.
    Pretended,
    /// libvirt does not offer it.
    Absent,
}

impl Host {
    /// From the answer to `virConnectGetCapabilities`.
    ///
    /// # Errors
    /// [`Error::Internal`] if it can't be read.
    pub(crate) fn parse(driver: String, capabilities: &str, memory_kib: u64) -> Result<Self> {
        let document = roxmltree::Document::parse(capabilities)
            .map_err(|error| Error::Internal(format!("the host's capabilities: {error}")))?;
        let root = document.root_element();
        let child = |node: roxmltree::Node<'_, '_>, name: &str| {
            node.children()
                .find(|child| child.has_tag_name(name))
                .map(|found| found.id())
        };
        let cpu = child(root, "host")
            .and_then(|id| document.get_node(id))
            .and_then(|host| child(host, "cpu"))
            .and_then(|id| document.get_node(id));
        let arch = cpu
            .and_then(|cpu| cpu.children().find(|node| node.has_tag_name("arch")))
            .and_then(|node| node.text())
            .unwrap_or("x86_64")
            .to_owned();
        let guests: Vec<_> = root
            .children()
            .filter(|node| node.has_tag_name("guest"))
            .filter_map(|guest| guest.children().find(|node| node.has_tag_name("arch")))
            .collect();
        let native = guests
            .iter()
            .find(|node| node.attribute("name") == Some(&arch))
            .or_else(|| guests.first());
        let types: Vec<&str> = native
            .iter()
            .flat_map(|node| node.children())
            .filter(|node| node.has_tag_name("domain"))
            .filter_map(|node| node.attribute("type"))
            .collect();
        let offered = types.contains(&"kvm");
        let hardware = cpu.is_some_and(|cpu| {
            cpu.children()
                .filter(|node| node.has_tag_name("feature"))
                .any(|node| matches!(node.attribute("name"), Some("vmx" | "svm")))
        });
        let x86 = matches!(arch.as_str(), "x86_64" | "i686");
        let kvm = match (offered, hardware || !x86) {
            (true, true) => Kvm::Real,
            (true, false) => Kvm::Pretended,
            (false, _) => Kvm::Absent,
        };
        let plain_type = types
            .iter()
            .find(|kind| **kind != "kvm")
            .copied()
            .unwrap_or("qemu")
            .to_owned();
        let arch = native
            .and_then(|node| node.attribute("name"))
            .map_or(arch, str::to_owned);
        Ok(Self {
            driver,
            arch,
            plain_type,
            kvm,
            memory_kib,
        })
    }

    /// Whether the driver is QEMU's, which alone has disks with LUKS.
    pub fn is_qemu(&self) -> bool {
        self.driver.eq_ignore_ascii_case("QEMU")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(features: &str, types: &str) -> String {
        format!(
            "<capabilities><host><cpu><arch>x86_64</arch>{features}</cpu></host>\
             <guest><os_type>hvm</os_type><arch name='i686'><domain type='qemu'/></arch></guest>\
             <guest><os_type>hvm</os_type><arch name='x86_64'>{types}</arch></guest>\
             </capabilities>"
        )
    }

    fn kvm_of(features: &str, types: &str) -> Kvm {
        Host::parse("QEMU".into(), &capabilities(features, types), 1)
            .unwrap()
            .kvm
    }

    #[test]
    fn kvm_needs_a_processor_that_can() {
        let both = "<domain type='qemu'/><domain type='kvm'/>";
        assert_eq!(kvm_of("<feature name='vmx'/>", both), Kvm::Real);
        assert_eq!(kvm_of("<feature name='svm'/>", both), Kvm::Real);
        assert_eq!(kvm_of("<feature name='avx'/>", both), Kvm::Pretended);
        assert_eq!(
            kvm_of("<feature name='vmx'/>", "<domain type='qemu'/>"),
            Kvm::Absent
        );
    }

    #[test]
    fn the_native_architecture_is_chosen() {
        let host = Host::parse(
            "QEMU".into(),
            &capabilities("", "<domain type='qemu'/><domain type='kvm'/>"),
            1,
        )
        .unwrap();
        assert_eq!(
            (host.arch.as_str(), host.plain_type.as_str()),
            ("x86_64", "qemu")
        );
    }
}
