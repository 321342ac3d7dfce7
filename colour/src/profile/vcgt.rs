// SPDX-License-Identifier: GPL-3.0-or-later
//! The calibration that belongs to a profile: Apple's `vcgt`, which is loaded into the graphics
//! card. The profile holds only on a card that has it.

use std::sync::Arc;

use super::Reader;
use super::curve::{between, share};

/// The calibration curves of red, green and blue.
#[derive(Debug, Clone, PartialEq)]
pub struct Vcgt {
    channels: [Channel; 3],
}

#[derive(Debug, Clone, PartialEq)]
enum Channel {
    Table(Arc<[u16]>),
    Formula { gamma: f64, low: f64, high: f64 },
}

impl Vcgt {
    /// Reads the calibration from a tag's bytes; `None` where it is none.
    pub fn read(tag: &[u8]) -> Option<Self> {
        let reader = Reader(tag);
        if tag.get(..4)? != b"vcgt" {
            return None;
        }
        match reader.u32(8)? {
            0 => Self::table(reader),
            1 => {
                let channel = |index: usize| {
                    let at = 12 + 12 * index;
                    Some(Channel::Formula {
                        gamma: reader.fixed(at)?,
                        low: reader.fixed(at + 4)?,
                        high: reader.fixed(at + 8)?,
                    })
                };
                Some(Self {
                    channels: [channel(0)?, channel(1)?, channel(2)?],
                })
            }
            _ => None,
        }
    }

    fn table(reader: Reader<'_>) -> Option<Self> {
        let channels = usize::from(reader.u16(12)?);
        let entries = usize::from(reader.u16(14)?);
        let width = usize::from(reader.u16(16)?);
        if !matches!(channels, 1 | 3) || !matches!(width, 1 | 2) || entries < 2 {
            return None;
        }
        let length = entries * width;
        let channel = |index: usize| {
            let bytes = reader.slice(18 + index * length, length)?;
            let values: Arc<[u16]> = if width == 1 {
                bytes.iter().map(|byte| u16::from(*byte) * 257).collect()
            } else {
                let (pairs, _) = bytes.as_chunks::<2>();
                pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
            };
            Some(Channel::Table(values))
        };
        let first = channel(0)?;
        let channels = if channels == 1 {
            [first.clone(), first.clone(), first]
        } else {
            [first, channel(1)?, channel(2)?]
        };
        Some(Self { channels })
    }

    /// Entries of its tables; `None` of formulas.
    pub fn entries(&self) -> Option<usize> {
        match &self.channels[0] {
            Channel::Table(table) => Some(table.len()),
            Channel::Formula { .. } => None,
        }
    }

    /// What a channel (0 to 2) makes of a value; both 0 to 1.
    pub fn at(&self, channel: usize, value: f64) -> f64 {
        let value = value.clamp(0.0, 1.0);
        let result = match self.channels.get(channel) {
            Some(Channel::Table(table)) => between(table, value),
            Some(Channel::Formula { gamma, low, high }) => low + (high - low) * value.powf(*gamma),
            None => value,
        };
        if result.is_finite() {
            result.clamp(0.0, 1.0)
        } else {
            value
        }
    }

    /// A channel at so many places at equal distances, the ends included.
    pub fn samples(&self, channel: usize, count: usize) -> Vec<f64> {
        let last = share(count.saturating_sub(1)).max(1.0);
        (0..count)
            .map(|index| self.at(channel, share(index) / last))
            .collect()
    }

    /// Whether it changes nothing.
    pub fn is_identity(&self) -> bool {
        (0..3).all(|channel| {
            let samples = self.samples(channel, 256);
            let straight = (0..256).map(|index| share(index) / 255.0);
            samples
                .iter()
                .zip(straight)
                .all(|(a, b)| (a - b).abs() < 1.0 / 512.0)
        })
    }

    /// How far the ramps of a graphics card (any length from 2) are from it, at worst (0 to 1);
    /// `None` where the ramps are none.
    pub fn distance(&self, ramps: &[Vec<u16>; 3]) -> Option<f64> {
        if ramps.iter().any(|ramp| ramp.len() < 2) {
            return None;
        }
        let mut worst = 0.0_f64;
        for (channel, ramp) in ramps.iter().enumerate() {
            let last = share(ramp.len() - 1);
            for (index, value) in ramp.iter().enumerate() {
                let wanted = self.at(channel, share(index) / last);
                worst = worst.max((f64::from(*value) / 65535.0 - wanted).abs());
            }
        }
        Some(worst)
    }
}
