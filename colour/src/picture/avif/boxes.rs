// SPDX-License-Identifier: GPL-3.0-or-later
//! The boxes of an AVIF file, as far as a still picture needs them.

use std::collections::HashMap;

use super::colour::Code;
use crate::picture::PictureError;
use crate::profile::Reader;

/// The most of anything in a list that is read.
const MAX_COUNT: usize = 4096;

/// A property of an item.
#[derive(Debug)]
pub(super) enum Property<'a> {
    /// An ICC profile.
    Profile(&'a [u8]),
    /// Numbers of H.273.
    Code(Code),
    /// Quarter turns, against the clock.
    Turn(u8),
    /// Mirrored: 0 top and bottom, 1 left and right.
    Mirror(u8),
    /// It holds the alpha of another.
    Alpha,
    /// Another one.
    Other,
}

/// What the box `meta` says.
#[derive(Debug, Default)]
pub(super) struct Meta<'a> {
    file: &'a [u8],
    /// The picture.
    pub(super) primary: u32,
    kinds: HashMap<u32, [u8; 4]>,
    places: HashMap<u32, Place>,
    properties: Vec<Property<'a>>,
    /// Which properties an item has.
    associations: HashMap<u32, Vec<usize>>,
    /// Kind, from, to.
    references: Vec<([u8; 4], u32, Vec<u32>)>,
    /// What lies in the box `idat`.
    own_data: &'a [u8],
}

#[derive(Debug)]
struct Place {
    /// In `idat`, and not in the file.
    own: bool,
    /// Offset and length.
    extents: Vec<(usize, usize)>,
}

/// The boxes in bytes: kind and content.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let reader = Reader(rest);
        let kind = *rest.get(4..8)?.first_chunk::<4>()?;
        let (head, length) = match reader.length(0)? {
            0 => (8, rest.len()),
            1 => (16, usize::try_from(reader.u64(8)?).ok()?),
            length => (8, length),
        };
        let content = rest.get(head..length)?;
        rest = rest.get(length..)?;
        Some((kind, content))
    })
    .take(MAX_COUNT)
}

/// Numbers one after the other.
struct Numbers<'a> {
    reader: Reader<'a>,
    at: usize,
}

impl<'a> Numbers<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader(bytes),
            at: 0,
        }
    }

    /// A number of 0, 1, 2, 4 or 8 bytes.
    fn next(&mut self, bytes: u8) -> Option<u64> {
        let mut value = 0;
        for byte in self.reader.slice(self.at, usize::from(bytes))? {
            value = value << 8 | u64::from(*byte);
        }
        self.at += usize::from(bytes);
        Some(value)
    }

    fn number(&mut self, bytes: u8) -> Option<usize> {
        usize::try_from(self.next(bytes)?).ok()
    }

    fn id(&mut self, long: bool) -> Option<u32> {
        u32::try_from(self.next(if long { 4 } else { 2 })?).ok()
    }

    /// Version and flags of a full box.
    fn version(&mut self) -> Option<(u8, u64)> {
        let version = u8::try_from(self.next(1)?).ok()?;
        let flags = self.next(2)? << 8 | self.next(1)?;
        Some((version, flags))
    }
}

impl<'a> Meta<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, PictureError> {
        let missing =
            |what: &str| PictureError::damaged(format!("its box “{what}” is missing or damaged"));
        let (_, content) = boxes(file)
            .find(|(kind, _)| kind == b"meta")
            .ok_or_else(|| missing("meta"))?;
        let content = content.get(4..).ok_or_else(|| missing("meta"))?;
        let mut meta = Self {
            file,
            ..Self::default()
        };
        let mut has_primary = false;
        for (kind, content) in boxes(content) {
            let read = match &kind {
                b"pitm" => {
                    has_primary = true;
                    meta.read_primary(content)
                }
                b"iinf" => meta.read_kinds(content),
                b"iloc" => meta.read_places(content),
                b"iref" => meta.read_references(content),
                b"iprp" => meta.read_properties(content),
                b"idat" => {
                    meta.own_data = content;
                    Some(())
                }
                _ => Some(()),
            };
            read.ok_or_else(|| missing(&String::from_utf8_lossy(&kind)))?;
        }
        if has_primary {
            Ok(meta)
        } else {
            Err(missing("pitm"))
        }
    }

    fn read_primary(&mut self, content: &[u8]) -> Option<()> {
        let mut numbers = Numbers::new(content);
        let (version, _) = numbers.version()?;
        self.primary = numbers.id(version > 0)?;
        Some(())
    }

    fn read_kinds(&mut self, content: &[u8]) -> Option<()> {
        let mut numbers = Numbers::new(content);
        let (version, _) = numbers.version()?;
        numbers.next(if version == 0 { 2 } else { 4 })?;
        for (kind, content) in boxes(content.get(numbers.at..)?) {
            if kind != *b"infe" {
                continue;
            }
            let mut numbers = Numbers::new(content);
            let (version, _) = numbers.version()?;
            if version < 2 {
                continue;
            }
            let id = numbers.id(version > 2)?;
            numbers.next(2)?;
            let kind = content.get(numbers.at..)?.first_chunk::<4>()?;
            self.kinds.insert(id, *kind);
        }
        Some(())
    }

    fn read_places(&mut self, content: &[u8]) -> Option<()> {
        let mut numbers = Numbers::new(content);
        let (version, _) = numbers.version()?;
        let sizes = numbers.number(2)?;
        let [offset, length, base, index] =
            [12, 8, 4, 0].map(|shift| u8::try_from(sizes >> shift & 15).unwrap_or(0));
        let index = if version == 0 { 0 } else { index };
        let count = numbers.number(if version < 2 { 2 } else { 4 })?;
        for _ in 0..count.min(MAX_COUNT) {
            let id = numbers.id(version >= 2)?;
            let method = if version == 0 {
                0
            } else {
                numbers.next(2)? & 15
            };
            numbers.next(2)?;
            let base = numbers.number(base)?;
            let extents = numbers.number(2)?;
            if extents > MAX_COUNT {
                return None;
            }
            let mut place = Place {
                own: method == 1,
                extents: Vec::new(),
            };
            for _ in 0..extents {
                numbers.next(index)?;
                let at = base.checked_add(numbers.number(offset)?)?;
                place.extents.push((at, numbers.number(length)?));
            }
            self.places.insert(id, place);
        }
        Some(())
    }

    fn read_references(&mut self, content: &[u8]) -> Option<()> {
        let mut numbers = Numbers::new(content);
        let (version, _) = numbers.version()?;
        let long = version > 0;
        for (kind, content) in boxes(content.get(numbers.at..)?) {
            let mut numbers = Numbers::new(content);
            let from = numbers.id(long)?;
            let count = numbers.number(2)?;
            let mut to = Vec::new();
            for _ in 0..count.min(MAX_COUNT) {
                to.push(numbers.id(long)?);
            }
            self.references.push((kind, from, to));
        }
        Some(())
    }

    fn read_properties(&mut self, content: &'a [u8]) -> Option<()> {
        for (kind, content) in boxes(content) {
            match &kind {
                b"ipco" => {
                    let all = boxes(content).map(|(kind, content)| property(kind, content));
                    self.properties.extend(all);
                }
                b"ipma" => self.read_associations(content)?,
                _ => {}
            }
        }
        Some(())
    }

    fn read_associations(&mut self, content: &[u8]) -> Option<()> {
        let mut numbers = Numbers::new(content);
        let (version, flags) = numbers.version()?;
        let count = numbers.number(4)?;
        for _ in 0..count.min(MAX_COUNT) {
            let id = numbers.id(version > 0)?;
            let own = numbers.number(1)?;
            for _ in 0..own {
                let (bytes, mask) = if flags & 1 == 1 {
                    (2, 0x7fff)
                } else {
                    (1, 0x7f)
                };
                // 0 is none.
                let index = (numbers.number(bytes)? & mask).checked_sub(1);
                self.associations.entry(id).or_default().extend(index);
            }
        }
        Some(())
    }

    /// The kind of an item.
    pub(super) fn kind(&self, item: u32) -> Option<[u8; 4]> {
        self.kinds.get(&item).copied()
    }

    /// The properties of an item, in their order.
    pub(super) fn properties(&self, item: u32) -> impl Iterator<Item = &Property<'a>> {
        let indices = self.associations.get(&item);
        let indices = indices.into_iter().flatten();
        indices.filter_map(|index| self.properties.get(*index))
    }

    /// What an item refers to.
    pub(super) fn referred(&self, item: u32, kind: [u8; 4]) -> Vec<u32> {
        let fits = |(one, from, _): &&([u8; 4], u32, Vec<u32>)| *one == kind && *from == item;
        let found = self.references.iter().find(fits);
        found.map(|(_, _, to)| to.clone()).unwrap_or_default()
    }

    /// The item that holds the alpha of another.
    pub(super) fn alpha_of(&self, item: u32) -> Option<u32> {
        self.references.iter().find_map(|(kind, from, to)| {
            let fits = kind == b"auxl"
                && to.contains(&item)
                && self
                    .properties(*from)
                    .any(|it| matches!(it, Property::Alpha));
            fits.then_some(*from)
        })
    }

    /// Whether its colours are multiplied by its alpha.
    pub(super) fn is_premultiplied(&self, item: u32, alpha: u32) -> bool {
        self.referred(item, *b"prem").contains(&alpha)
    }

    /// The data of an item.
    pub(super) fn data(&self, item: u32) -> Result<Vec<u8>, PictureError> {
        let outside = || PictureError::damaged("its data lie outside it");
        let place = self.places.get(&item).ok_or_else(outside)?;
        let from = if place.own { self.own_data } else { self.file };
        let mut data = Vec::new();
        for (at, length) in &place.extents {
            // 0 is all that is there.
            let end = if *length == 0 {
                from.len()
            } else {
                at.checked_add(*length).ok_or_else(outside)?
            };
            let extent = from.get(*at..end).ok_or_else(outside)?;
            // Extents may overlap, and must not add up to more than there is.
            if data.len() + extent.len() > self.file.len() {
                return Err(outside());
            }
            data.extend_from_slice(extent);
        }
        Ok(data)
    }
}

fn property(kind: [u8; 4], content: &[u8]) -> Property<'_> {
    let reader = Reader(content);
    let found = match &kind {
        b"colr" => match content.get(..4) {
            Some(b"prof" | b"rICC") => content.get(4..).map(Property::Profile),
            Some(b"nclx") => Code::read(reader).map(Property::Code),
            _ => None,
        },
        b"irot" => reader.u8(0).map(|turns| Property::Turn(turns & 3)),
        b"imir" => reader.u8(0).map(|axis| Property::Mirror(axis & 1)),
        b"auxC" => {
            let name = content.get(4..).unwrap_or_default();
            let names: [&[u8]; 2] = [
                b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
                b"urn:mpeg:hevc:2015:auxid:1\0",
            ];
            names
                .iter()
                .any(|known| name.starts_with(known))
                .then_some(Property::Alpha)
        }
        _ => None,
    };
    found.unwrap_or(Property::Other)
}
