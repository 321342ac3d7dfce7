// SPDX-License-Identifier: GPL-3.0-or-later
//! What lists, graphs and the hand-over of secrets need from a domain's document.
//!
//! One pass, no tree: lists read thousands of documents. Owns the reading of `<domain>`; what
//! it does not model it skips. Changing a document is [`super::DomainEdit`]'s.

mod cursor;
mod disk;
mod secret;
#[cfg(test)]
mod tests;

use uuid::Uuid;

use self::cursor::{Child, Cursor};
pub use self::disk::{BackingImage, DiskSource, DiskSummary};
pub use self::secret::{SecretName, SecretReference, SecretUsageType};
use super::encoding;
use super::memory::{UNLIMITED_KIB, kibibytes, number};
use super::{MemoryLimit, XmlError};

/// How much of a guest's data is encrypted, by its document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encrypted {
    /// Every disk that the guest can keep data on.
    All,
    /// Some of them, not all.
    Some,
    /// What lies below a disk is encrypted, and new data on it is not.
    Exposed,
    /// None of them, or there is no such disk.
    #[default]
    None,
}

impl Encrypted {
    /// `all`, `some`, `exposed` or `none`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Some => "some",
            Self::Exposed => "exposed",
            Self::None => "none",
        }
    }
}

/// A network interface of a guest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkSummary {
    /// Its type, such as `network`, `bridge`, `user`.
    pub kind: String,
    /// What it is connected to: the network, bridge or device, if it has a name.
    pub source: Option<String>,
    /// The hardware address.
    pub mac: Option<String>,
    /// The model, such as `virtio`.
    pub model: Option<String>,
}

/// What a domain's document says, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainSummary {
    /// The hypervisor: `kvm`, `qemu`, `lxc`, `test`...
    pub kind: String,
    /// The number of the running guest (for LXC: the process ID of its controller).
    pub id: Option<u32>,
    /// The name.
    pub name: String,
    /// The UUID.
    pub uuid: Option<Uuid>,
    /// The title that people gave it.
    pub title: Option<String>,
    /// The memory it starts with, in KiB.
    pub memory_kib: u64,
    /// The memory that the balloon leaves it, in KiB.
    pub current_memory_kib: u64,
    /// The processors it has now.
    pub vcpus: u32,
    /// The processors it can have.
    pub vcpus_max: u32,
    /// `cputune/shares`, if set.
    pub cpu_shares: Option<u64>,
    /// `memtune/hard_limit`, if set.
    pub memory_hard_limit: Option<MemoryLimit>,
    /// The disks.
    pub disks: Vec<DiskSummary>,
    /// Images that are no disk of the guest's and below none: what a disk is being copied to,
    /// data files, firmware variables, disks of the host that are handed through.
    pub other_images: Vec<BackingImage>,
    /// Where a guest with UEFI keeps the firmware's variables: `Some(None)` where libvirt makes
    /// up the place from the guest's name, `None` for a guest without UEFI.
    pub firmware_variables: Option<Option<DiskSource>>,
    /// Whether it has a virtual TPM, whose state libvirt keeps beside its disks.
    pub has_tpm_state: bool,
    /// The network interfaces.
    pub networks: Vec<NetworkSummary>,
    /// The types of its displays, such as `vnc`, `spice`.
    pub graphics: Vec<String>,
    /// Every secret that the document names, in its order; one may be named more than once.
    pub secrets: Vec<SecretReference>,
}

impl DomainSummary {
    /// Reads a document whose root is `<domain>`.
    ///
    /// # Errors
    ///
    /// [`XmlError::WrongRoot`] for another root, [`XmlError::Value`] for a number or UUID
    /// that can't be read, [`XmlError::Encoding`], [`XmlError::NotUtf8`],
    /// [`XmlError::Malformed`], [`XmlError::Truncated`], [`XmlError::Empty`] or
    /// [`XmlError::TooDeep`] for what can't be read at all. What comes after the root is not
    /// looked at.
    pub fn parse(bytes: &[u8]) -> Result<Self, XmlError> {
        let text = encoding::text(bytes)?;
        let mut cursor = Cursor::new(&text);
        let root = expect_root(&mut cursor, "domain")?;
        domain(&mut cursor, &root)
    }

    /// Reads the `<domain>` that is a child of another root, such as `domainsnapshot` or
    /// `domstatus`.
    ///
    /// # Errors
    ///
    /// As [`DomainSummary::parse`]; [`XmlError::WrongRoot`] also if no domain is in it.
    pub fn parse_within(bytes: &[u8], root: &str) -> Result<Self, XmlError> {
        let domains = Self::all_within(bytes, root)?;
        domains
            .into_iter()
            .next()
            .ok_or_else(|| XmlError::WrongRoot {
                expected: "domain".to_owned(),
                found: root.to_owned(),
            })
    }

    /// Reads the `<domain>` and the `<inactiveDomain>` that are children of another root: a
    /// snapshot of a running guest has both, and a revert may open what either names.
    ///
    /// # Errors
    ///
    /// As [`DomainSummary::parse`].
    pub fn all_within(bytes: &[u8], root: &str) -> Result<Vec<Self>, XmlError> {
        let text = encoding::text(bytes)?;
        let mut cursor = Cursor::new(&text);
        let root = expect_root(&mut cursor, root)?;
        let mut domains = Vec::new();
        cursor.each(&root, |cursor, child| {
            if matches!(child.name, "domain" | "inactiveDomain") {
                domains.push(domain(cursor, child)?);
                return Ok(());
            }
            cursor.skip(child)
        })?;
        Ok(domains)
    }

    /// How much of the guest's data is encrypted, over the disks that it can keep data on
    /// ([`DiskSummary::holds_data`]).
    pub fn encrypted(&self) -> Encrypted {
        if self.disks.iter().any(DiskSummary::exposes_data) {
            return Encrypted::Exposed;
        }
        let mut disks = self.disks.iter().filter(|disk| disk.holds_data());
        let Some(first) = disks.next() else {
            return Encrypted::None;
        };
        match (
            first.encrypted,
            disks.all(|disk| disk.encrypted == first.encrypted),
        ) {
            (_, false) => Encrypted::Some,
            (true, true) => Encrypted::All,
            (false, true) => Encrypted::None,
        }
    }
}

impl DomainSummary {
    /// Every image that the document names, with its format if that is given: disks and what lies
    /// below them, mirrors, data files, firmware variables, host devices.
    pub fn images(&self) -> impl Iterator<Item = (&DiskSource, Option<&str>)> {
        self.images_and_secrets()
            .map(|(source, format, _)| (source, format))
    }

    /// As [`DomainSummary::images`], with the secrets that open each.
    pub fn images_and_secrets(
        &self,
    ) -> impl Iterator<Item = (&DiskSource, Option<&str>, &[SecretName])> {
        let disks = self.disks.iter().flat_map(|disk| {
            let own = disk
                .source
                .as_ref()
                .map(|source| (source, disk.format.as_deref(), &disk.secrets[..]));
            own.into_iter().chain(disk.backing.iter().filter_map(parts))
        });
        disks.chain(self.other_images.iter().filter_map(parts))
    }
}

fn parts(image: &BackingImage) -> Option<(&DiskSource, Option<&str>, &[SecretName])> {
    let source = image.source.as_ref()?;
    Some((source, image.format.as_deref(), &image.secrets))
}

fn expect_root<'a>(cursor: &mut Cursor<'a>, expected: &str) -> Result<Child<'a>, XmlError> {
    let root = cursor.root()?;
    if root.name == expected {
        return Ok(root);
    }
    Err(XmlError::WrongRoot {
        expected: expected.to_owned(),
        found: root.name.to_owned(),
    })
}

fn domain<'a>(cursor: &mut Cursor<'a>, root: &Child<'a>) -> Result<DomainSummary, XmlError> {
    let mut summary = DomainSummary {
        kind: root.attribute("type").unwrap_or_default(),
        id: root.attribute("id").and_then(|id| id.parse().ok()),
        vcpus: 1,
        vcpus_max: 1,
        ..DomainSummary::default()
    };
    let mut current = None;
    cursor.each(root, |cursor, child| {
        match child.name {
            "name" => summary.name = cursor.text(child)?,
            "title" => summary.title = Some(cursor.text(child)?),
            "uuid" => {
                let uuid = cursor.text(child)?;
                let parsed = Uuid::parse_str(uuid.trim()).map_err(|_| value("<uuid>", &uuid))?;
                summary.uuid = Some(parsed);
            }
            "memory" => summary.memory_kib = size(cursor, child)?.unwrap_or(0),
            "currentMemory" => current = size(cursor, child)?,
            "vcpu" => vcpus(cursor, child, &mut summary)?,
            "cputune" => cputune(cursor, child, &mut summary)?,
            "memtune" => memtune(cursor, child, &mut summary)?,
            "os" => firmware(cursor, child, &mut summary)?,
            "devices" => devices(cursor, child, &mut summary)?,
            _ => cursor.skip(child)?,
        }
        Ok(())
    })?;
    summary.current_memory_kib = current.unwrap_or(summary.memory_kib);
    Ok(summary)
}

/// A size in KiB; `None` if the element is empty, as libvirt has it.
fn size<'a>(cursor: &mut Cursor<'a>, element: &Child<'a>) -> Result<Option<u64>, XmlError> {
    let unit = element.attribute("unit");
    let text = cursor.text(element)?;
    if text.is_empty() {
        return Ok(None);
    }
    match kibibytes(&text, unit.as_deref()) {
        Some(size) => Ok(Some(size)),
        None => Err(value(&format!("<{}>", element.name), &text)),
    }
}

fn vcpus<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    summary: &mut DomainSummary,
) -> Result<(), XmlError> {
    let current = element.attribute("current");
    let text = cursor.text(element)?;
    let count = |text: &str| {
        number(text)
            .and_then(|count| u32::try_from(count).ok())
            .ok_or_else(|| value("<vcpu>", text))
    };
    if !text.is_empty() {
        summary.vcpus_max = count(&text)?;
    }
    summary.vcpus = current.map_or(Ok(summary.vcpus_max), |text| count(&text))?;
    Ok(())
}

fn cputune<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    summary: &mut DomainSummary,
) -> Result<(), XmlError> {
    let mut first = true;
    cursor.each(element, |cursor, child| {
        if child.name != "shares" || summary.cpu_shares.is_some() || !first {
            return cursor.skip(child);
        }
        first = false;
        let text = cursor.text(child)?;
        if !text.is_empty() {
            summary.cpu_shares = Some(number(&text).ok_or_else(|| value("<shares>", &text))?);
        }
        Ok(())
    })
}

fn memtune<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    summary: &mut DomainSummary,
) -> Result<(), XmlError> {
    cursor.each(element, |cursor, child| {
        if child.name != "hard_limit" || summary.memory_hard_limit.is_some() {
            return cursor.skip(child);
        }
        summary.memory_hard_limit = size(cursor, child)?.map(|limit| {
            if limit >= UNLIMITED_KIB {
                MemoryLimit::Unlimited
            } else {
                MemoryLimit::KiB(limit)
            }
        });
        Ok(())
    })
}

/// Firmware variables may lie on the network or be encrypted, too.
fn firmware<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    summary: &mut DomainSummary,
) -> Result<(), XmlError> {
    let mut variables = element.attribute("firmware").as_deref() == Some("efi");
    let mut kept = None;
    cursor.each(element, |cursor, child| match child.name {
        "loader" => {
            variables |= child.attribute("type").as_deref() == Some("pflash");
            cursor.skip(child)
        }
        "nvram" => {
            let images = &mut summary.other_images;
            let before = images.len();
            disk::other(
                cursor,
                child,
                "firmware variables",
                &mut summary.secrets,
                images,
            )?;
            variables = true;
            kept = images.get(before).and_then(|image| image.source.clone());
            Ok(())
        }
        _ => cursor.skip(child),
    })?;
    if variables {
        summary.firmware_variables = Some(kept);
    }
    Ok(())
}

fn devices<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    summary: &mut DomainSummary,
) -> Result<(), XmlError> {
    let mut host_devices = 0;
    cursor.each(element, |cursor, child| match child.name {
        "disk" => {
            let disk = disk::disk(
                cursor,
                child,
                &mut summary.secrets,
                &mut summary.other_images,
            )?;
            summary.disks.push(disk);
            Ok(())
        }
        "interface" => {
            summary.networks.push(network(cursor, child)?);
            Ok(())
        }
        "graphics" => {
            summary.graphics.extend(child.attribute("type"));
            cursor.skip(child)
        }
        "tpm" => {
            summary.has_tpm_state |= secret::tpm(cursor, child, &mut summary.secrets)?;
            Ok(())
        }
        "hostdev" => {
            host_devices += 1;
            let place = format!("host device {host_devices}");
            disk::other(
                cursor,
                child,
                &place,
                &mut summary.secrets,
                &mut summary.other_images,
            )
        }
        _ => cursor.skip(child),
    })
}

fn network<'a>(cursor: &mut Cursor<'a>, element: &Child<'a>) -> Result<NetworkSummary, XmlError> {
    let mut network = NetworkSummary {
        kind: element.attribute("type").unwrap_or_default(),
        ..NetworkSummary::default()
    };
    cursor.each(element, |cursor, child| {
        match child.name {
            "source" => {
                network.source = ["network", "bridge", "dev", "path", "name"]
                    .iter()
                    .find_map(|name| child.attribute(name));
            }
            "mac" => network.mac = child.attribute("address"),
            "model" => network.model = child.attribute("type"),
            _ => {}
        }
        cursor.skip(child)
    })?;
    Ok(network)
}

fn value(place: &str, value: &str) -> XmlError {
    XmlError::Value {
        place: place.to_owned(),
        value: value.to_owned(),
    }
}
