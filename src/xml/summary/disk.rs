// SPDX-License-Identifier: GPL-3.0-or-later
//! The disks of a domain: image, backing chain, and the secrets that open them.
//!
//! Owns the reading of `<disk>` and of all that nests images: `<backingStore>`, `<mirror>`,
//! `<dataStore>`. It opens no file; what the chain is on disk only libvirt or QEMU can tell.

use std::fmt;

use super::cursor::{Child, Cursor};
use super::secret::{self, SecretName, SecretReference};
use crate::xml::XmlError;

/// The longest chain that is read. libxml2 stops at 256 levels, so that libvirt knows none
/// that is longer.
const DEEPEST: usize = 200;

/// Where an image lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskSource {
    /// A file, by its path.
    File(String),
    /// A block device, by its path.
    Block(String),
    /// A directory that QEMU presents as a FAT disk.
    Directory(String),
    /// A volume of a storage pool.
    Volume {
        /// The pool's name.
        pool: String,
        /// The volume's name.
        volume: String,
    },
    /// An image on the network.
    Network {
        /// The protocol, such as `rbd`, `iscsi`, `nbd`, `https`.
        protocol: String,
        /// What it is called there.
        name: String,
    },
    /// Another kind, by its type (`nvme`, `vhostuser`, `vhostvdpa`).
    Other(String),
}

impl fmt::Display for DiskSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Block(path) | Self::Directory(path) => f.write_str(path),
            Self::Volume { pool, volume } => write!(f, "{volume} in the pool {pool}"),
            Self::Network { protocol, name } => write!(f, "{protocol}:{name}"),
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

/// One image below a disk's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackingImage {
    /// Where it lies.
    pub source: Option<DiskSource>,
    /// Its format, such as `qcow2`.
    pub format: Option<String>,
    /// Whether the document says that it is encrypted.
    pub encrypted: bool,
    /// The secrets that open it, as the document names them.
    pub secrets: Vec<SecretName>,
}

/// A disk of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSummary {
    /// `disk`, `cdrom`, `floppy` or `lun`.
    pub device: String,
    /// The name in the guest, such as `vda`; libvirt's key to the disk.
    pub target: String,
    /// The bus, such as `virtio`.
    pub bus: Option<String>,
    /// Where its image lies; a drive without a medium has none.
    pub source: Option<DiskSource>,
    /// The image's format, such as `qcow2`.
    pub format: Option<String>,
    /// Whether the guest can only read it.
    pub read_only: bool,
    /// Whether the document says that the image is encrypted.
    pub encrypted: bool,
    /// The secrets that open the image, as the document names them.
    pub secrets: Vec<SecretName>,
    /// The images below, from the nearest to the base, as far as the document has them.
    pub backing: Vec<BackingImage>,
}

impl DiskSummary {
    /// Whether the guest can keep data on it (`<readonly/>`, CD and floppy drives can't be
    /// counted on for that).
    pub fn holds_data(&self) -> bool {
        !self.read_only && matches!(&*self.device, "disk" | "lun")
    }

    /// Whether what the guest writes goes to an image that is not encrypted, over one that is, as
    /// far as the document has the chain: an external snapshot of virsh's makes such an overlay.
    pub fn exposes_data(&self) -> bool {
        self.holds_data() && !self.encrypted && self.backing.iter().any(|below| below.encrypted)
    }
}

/// What an element that describes an image holds.
#[derive(Debug, Default)]
struct Image {
    source: Option<DiskSource>,
    format: Option<String>,
    encrypted: bool,
    secrets: Vec<SecretName>,
    target: Option<(String, Option<String>)>,
    read_only: bool,
    backing: Vec<BackingImage>,
    /// Images beside the chain: mirrors, data files.
    others: Vec<BackingImage>,
}

impl Image {
    /// All images in it, itself first.
    fn all(self) -> Vec<BackingImage> {
        let own = BackingImage {
            source: self.source,
            format: self.format,
            encrypted: self.encrypted,
            secrets: self.secrets,
        };
        let all = [vec![own], self.backing, self.others].concat();
        all.into_iter().filter(|it| it.source.is_some()).collect()
    }
}

/// Reads a `<disk>`, and adds the secrets that it names.
pub(super) fn disk<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    found: &mut Vec<SecretReference>,
    others: &mut Vec<BackingImage>,
) -> Result<DiskSummary, XmlError> {
    let device = element.attribute("device");
    let from = found.len();
    let image = image(cursor, element, "", 0, found)?;
    let (target, bus) = image.target.unwrap_or_default();
    others.extend(image.others);
    // The target comes last in libvirt's order, so the places get their disk only now.
    for reference in &mut found[from..] {
        reference.place = format!("disk {target}{}", reference.place);
    }
    Ok(DiskSummary {
        device: device.unwrap_or_else(|| "disk".to_owned()),
        target,
        bus,
        source: image.source,
        format: image.format,
        read_only: image.read_only,
        encrypted: image.encrypted,
        secrets: image.secrets,
        backing: image.backing,
    })
}

/// Adds the secrets and the images of another element that holds an image's source (`<hostdev>`,
/// `<nvram>`). A path may stand there as its text alone.
pub(super) fn other<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    found: &mut Vec<SecretReference>,
    others: &mut Vec<BackingImage>,
) -> Result<(), XmlError> {
    let (mut image, text) = image_and_text(cursor, element, place, 0, found)?;
    let text = text.trim();
    if image.source.is_none() && text.starts_with('/') {
        image.source = Some(DiskSource::File(text.to_owned()));
    }
    others.extend(image.all());
    Ok(())
}

fn image<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    level: usize,
    found: &mut Vec<SecretReference>,
) -> Result<Image, XmlError> {
    image_and_text(cursor, element, place, level, found).map(|(image, _)| image)
}

fn image_and_text<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    level: usize,
    found: &mut Vec<SecretReference>,
) -> Result<(Image, String), XmlError> {
    if level > DEEPEST {
        return Err(XmlError::TooDeep {
            element: element.name.to_owned(),
            limit: DEEPEST,
        });
    }
    let mut image = Image::default();
    let text = cursor.each_and_text(element, |cursor, child| {
        match child.name {
            "source" => {
                image.source = source(child);
                return inside_source(cursor, child, place, level, found, &mut image);
            }
            "encryption" => {
                return encryption(cursor, child, place, found, &mut image);
            }
            "auth" => return secret::auth(cursor, child, place, found),
            "backingStore" => {
                return backing(cursor, child, place, level, found, &mut image);
            }
            "mirror" => {
                let place = format!("{place}, mirror");
                let mirror = self::image(cursor, child, &place, level + 1, found)?;
                image.others.extend(mirror.all());
                return Ok(());
            }
            // A disk has its format on <driver>, the images below it in <format>.
            "driver" | "format" => image.format = child.attribute("type").or(image.format.take()),
            "readonly" => image.read_only = true,
            "target" => {
                let name = child.attribute("dev").unwrap_or_default();
                image.target = Some((name, child.attribute("bus")));
            }
            _ => {}
        }
        cursor.skip(child)
    })?;
    Ok((image, text))
}

fn inside_source<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    level: usize,
    found: &mut Vec<SecretReference>,
    image: &mut Image,
) -> Result<(), XmlError> {
    cursor.each(element, |cursor, child| match child.name {
        "encryption" => encryption(cursor, child, place, found, image),
        "auth" => secret::auth(cursor, child, place, found),
        "dataStore" => {
            let place = format!("{place}, data file");
            let data = self::image(cursor, child, &place, level + 1, found)?;
            image.others.extend(data.all());
            Ok(())
        }
        _ => cursor.skip(child),
    })
}

fn encryption<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    found: &mut Vec<SecretReference>,
    image: &mut Image,
) -> Result<(), XmlError> {
    image.encrypted = true;
    let before = found.len();
    secret::encryption(cursor, element, place, found)?;
    let new = found[before..].iter().map(|reference| reference.by.clone());
    image.secrets.extend(new);
    Ok(())
}

fn backing<'a>(
    cursor: &mut Cursor<'a>,
    element: &Child<'a>,
    place: &str,
    level: usize,
    found: &mut Vec<SecretReference>,
    image: &mut Image,
) -> Result<(), XmlError> {
    let (outer, above) = match place.rsplit_once(", backing image ") {
        Some((outer, number)) => (outer, number.parse().unwrap_or(0)),
        None => (place, 0_usize),
    };
    let place = format!("{outer}, backing image {}", above + 1);
    let below = self::image(cursor, element, &place, level + 1, found)?;
    // An empty <backingStore/> says that the chain ends here.
    if below.source.is_some() || below.format.is_some() {
        image.backing.push(BackingImage {
            source: below.source,
            format: below.format,
            encrypted: below.encrypted,
            secrets: below.secrets,
        });
        image.backing.extend(below.backing);
        image.others.extend(below.others);
    }
    Ok(())
}

fn source(element: &Child<'_>) -> Option<DiskSource> {
    let attribute = |name| element.attribute(name).filter(|value| !value.is_empty());
    if let Some(path) = attribute("file") {
        return Some(DiskSource::File(path));
    }
    if let Some(protocol) = attribute("protocol") {
        let name = attribute("name").unwrap_or_default();
        return Some(DiskSource::Network { protocol, name });
    }
    if let Some((pool, volume)) = attribute("pool").zip(attribute("volume")) {
        return Some(DiskSource::Volume { pool, volume });
    }
    attribute("dev")
        .map(DiskSource::Block)
        .or_else(|| attribute("dir").map(DiskSource::Directory))
        .or_else(|| attribute("type").map(DiskSource::Other))
}
