// SPDX-License-Identifier: GPL-3.0-or-later
//! What is in the tags of a profile.

use md5::{Digest as _, Md5};

use super::{Curve, Dictionary, LocalText, Profile, Reader, Signature, Vcgt, text};
use crate::matrix::Matrix3;

impl Profile {
    /// The texts of a tag, in all its languages.
    pub fn texts(&self, signature: Signature) -> Vec<LocalText> {
        self.tag(signature).map(text::texts).unwrap_or_default()
    }

    /// The text of a tag for a person who reads the given languages ([`text::choose`]).
    pub fn text(&self, signature: Signature, languages: &[&str]) -> Option<String> {
        text::choose(&self.texts(signature), languages).map(str::to_owned)
    }

    /// The profile's name for a person who reads the given languages.
    pub fn description(&self, languages: &[&str]) -> Option<String> {
        self.text(Signature(*b"desc"), languages)
    }

    /// The first XYZ of a tag.
    pub fn xyz(&self, signature: Signature) -> Option<[f64; 3]> {
        let tag = self.tag(signature)?;
        tag.starts_with(b"XYZ ").then_some(Reader(tag))?.xyz(8)
    }

    /// XYZ of red, green and blue, adapted to D50; `None` where one is missing.
    pub fn colorants(&self) -> Option<[[f64; 3]; 3]> {
        let colorant = |name: &[u8; 4]| self.xyz(Signature(*name));
        Some([colorant(b"rXYZ")?, colorant(b"gXYZ")?, colorant(b"bXYZ")?])
    }

    /// The curves of red, green and blue; `None` where one is missing.
    pub fn curves(&self) -> Option<[Curve; 3]> {
        let curve = |name: &[u8; 4]| Curve::read(self.tag(Signature(*name))?);
        Some([curve(b"rTRC")?, curve(b"gTRC")?, curve(b"bTRC")?])
    }

    /// The calibration for the graphics card.
    pub fn vcgt(&self) -> Option<Vcgt> {
        Vcgt::read(self.tag(Signature(*b"vcgt"))?)
    }

    /// What programs noted about the profile.
    pub fn meta(&self) -> Option<Dictionary> {
        Dictionary::read(self.tag(Signature(*b"meta"))?)
    }

    /// The matrix that adapted the device's own white to D50; `None` where it is missing or
    /// can't be undone.
    pub fn chad(&self) -> Option<Matrix3> {
        let tag = self.tag(Signature(*b"chad"))?;
        let reader = tag.starts_with(b"sf32").then_some(Reader(tag))?;
        let matrix = Matrix3([reader.xyz(8)?, reader.xyz(20)?, reader.xyz(32)?]);
        matrix.inverse().map(|_| matrix)
    }

    /// Whether the measurements that the profile was made from are in it (Argyll's `targ`,
    /// others' `CIED`).
    pub fn has_measurements(&self) -> bool {
        [b"targ", b"CIED"]
            .iter()
            .any(|name| self.tag(Signature(**name)).is_some())
    }

    /// The MD5 that the header should have (ICC.1:2010, 7.2.18).
    pub fn computed_id(&self) -> [u8; 16] {
        let mut md5 = Md5::new();
        let bytes = self.bytes();
        let zero = [0; 16];
        let mut from = 0;
        // Flags, intent and the MD5 itself count as zero.
        for (at, length) in [(44, 4), (64, 4), (84, 16)] {
            md5.update(bytes.get(from..at).unwrap_or_default());
            md5.update(&zero[..length]);
            from = at + length;
        }
        md5.update(bytes.get(from..).unwrap_or_default());
        md5.finalize().into()
    }
}
