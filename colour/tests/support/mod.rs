// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles for tests: taken apart, changed and put together again.

#![allow(
    dead_code,
    clippy::trivially_copy_pass_by_ref,
    reason = "each test uses a part of it, and writes names as b\"desc\""
)]

pub mod avif;
pub mod dice;
pub mod files;
pub mod seeds;

use md5::{Digest as _, Md5};
use oriel_colour::profile::Profile;

/// A profile in parts that can be changed.
#[derive(Debug, Clone)]
pub struct Parts {
    pub header: Vec<u8>,
    pub tags: Vec<([u8; 4], Vec<u8>)>,
    /// Whether the MD5 is put in.
    pub checksum: bool,
}

impl Parts {
    pub fn of(profile: &Profile) -> Self {
        let bytes = profile.bytes();
        Self {
            header: bytes[..128].to_vec(),
            tags: profile
                .tags()
                .iter()
                .map(|tag| (tag.signature.0, bytes[tag.range()].to_vec()))
                .collect(),
            checksum: profile.header().profile_id.is_some(),
        }
    }

    pub fn tag(&mut self, name: &[u8; 4]) -> &mut Vec<u8> {
        if !self.tags.iter().any(|(known, _)| known == name) {
            self.tags.push((*name, Vec::new()));
        }
        let found = self.tags.iter_mut().find(|(known, _)| known == name);
        &mut found.unwrap().1
    }

    pub fn set(mut self, name: &[u8; 4], content: &[u8]) -> Self {
        *self.tag(name) = content.to_vec();
        self
    }

    pub fn without(mut self, name: &[u8; 4]) -> Self {
        self.tags.retain(|(known, _)| known != name);
        self
    }

    pub fn header(mut self, at: usize, bytes: &[u8]) -> Self {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let word = |value: usize| u32::try_from(value).unwrap().to_be_bytes();
        let mut content = Vec::new();
        let mut table = word(self.tags.len()).to_vec();
        let start = 132 + 12 * self.tags.len();
        for (name, tag) in &self.tags {
            table.extend(name);
            table.extend(word(start + content.len()));
            table.extend(word(tag.len()));
            content.extend(tag);
            content.resize(content.len().next_multiple_of(4), 0);
        }
        let mut bytes = self.header.clone();
        bytes[84..100].fill(0);
        bytes[..4].copy_from_slice(&word(start + content.len()));
        bytes.extend(table);
        bytes.extend(content);
        if self.checksum {
            let mut plain = bytes.clone();
            for range in [44..48, 64..68, 84..100] {
                plain[range].fill(0);
            }
            let id = Md5::digest(&plain);
            bytes[84..100].copy_from_slice(&id);
        }
        bytes
    }

    pub fn profile(&self) -> Profile {
        Profile::parse(self.bytes()).unwrap()
    }
}

/// An `XYZType`.
pub fn xyz(values: [f64; 3]) -> Vec<u8> {
    let mut bytes = b"XYZ \0\0\0\0".to_vec();
    bytes.extend(values.iter().flat_map(|value| fixed(*value)));
    bytes
}

#[allow(clippy::cast_possible_truncation, reason = "small numbers")]
pub fn fixed(value: f64) -> [u8; 4] {
    ((value * 65536.0).round() as i32).to_be_bytes()
}

/// A `curveType` of entries.
pub fn curve(entries: &[u16]) -> Vec<u8> {
    let mut bytes = b"curv\0\0\0\0".to_vec();
    bytes.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    bytes.extend(entries.iter().flat_map(|entry| entry.to_be_bytes()));
    bytes
}

/// Entries of a power, as many as wanted.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
pub fn power(exponent: f64, count: usize) -> Vec<u16> {
    (0..count)
        .map(|index| ((index as f64 / (count - 1) as f64).powf(exponent) * 65535.0).round() as u16)
        .collect()
}

/// A calibration of three tables.
pub fn vcgt(channels: [&[u16]; 3]) -> Vec<u8> {
    let mut bytes = b"vcgt\0\0\0\0\0\0\0\0".to_vec();
    let count = u16::try_from(channels[0].len()).unwrap();
    bytes.extend([3_u16, count, 2].iter().flat_map(|it| it.to_be_bytes()));
    for channel in channels {
        bytes.extend(channel.iter().flat_map(|entry| entry.to_be_bytes()));
    }
    bytes
}

pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// A `dictType` of names and values.
pub fn dictionary(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = b"dict\0\0\0\0".to_vec();
    let word = |value: usize| u32::try_from(value).unwrap().to_be_bytes();
    bytes.extend(word(entries.len()));
    bytes.extend(word(16));
    let mut texts = Vec::new();
    let start = 16 + 16 * entries.len();
    for text in entries.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend(word(start + texts.len()));
        let text = utf16(text);
        bytes.extend(word(text.len()));
        texts.extend(text);
    }
    bytes.extend(texts);
    bytes
}

/// A `multiLocalizedUnicodeType` of languages (`deDE`) and texts.
pub fn localized(texts: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = b"mluc\0\0\0\0".to_vec();
    let word = |value: usize| u32::try_from(value).unwrap().to_be_bytes();
    bytes.extend(word(texts.len()));
    bytes.extend(word(12));
    let mut content = Vec::new();
    for (name, text) in texts {
        let text = utf16(text);
        bytes.extend(name.as_bytes());
        bytes.extend(word(text.len()));
        bytes.extend(word(16 + 12 * texts.len() + content.len()));
        content.extend(text);
    }
    bytes.extend(content);
    bytes
}
