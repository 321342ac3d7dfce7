// SPDX-License-Identifier: GPL-3.0-or-later
//! Tone curves: `curveType` and `parametricCurveType`.

use std::sync::Arc;

use super::Reader;

/// A curve from a device value (0 to 1) to light (0 to 1).
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// Light is the value.
    Identity,
    /// A power.
    Gamma(f64),
    /// Values at equal distances, in between straight lines; 65535 is full light.
    Table(Arc<[u16]>),
    /// One of the five formulas of ICC.1:2010, 10.16.
    Formula {
        /// Which one: 0 to 4.
        kind: u16,
        /// g, a, b, c, d, e, f; those that the formula has not are 0.
        values: [f64; 7],
    },
}

/// A step down by more than this (of 1) is a fault; less comes from rounding.
const DOWN: f64 = 4.0 / 65535.0;

impl Curve {
    /// Reads a curve from a tag's bytes; `None` where it is none.
    pub fn read(tag: &[u8]) -> Option<Self> {
        let reader = Reader(tag);
        match tag.get(..4)? {
            b"curv" => match reader.length(8)? {
                0 => Some(Self::Identity),
                1 => Some(Self::Gamma(f64::from(reader.u16(12)?) / 256.0)),
                count => {
                    let bytes = reader.slice(12, count.checked_mul(2)?)?;
                    let (pairs, _) = bytes.as_chunks::<2>();
                    let values = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
                    Some(Self::Table(values.collect()))
                }
            },
            b"para" => {
                let kind = reader.u16(8)?;
                let count = *[1, 3, 4, 5, 7].get(usize::from(kind))?;
                let mut values = [0.0; 7];
                for (index, value) in values.iter_mut().take(count).enumerate() {
                    *value = reader.fixed(12 + 4 * index)?;
                }
                Some(Self::Formula { kind, values })
            }
            _ => None,
        }
    }

    /// Light for a value; both 0 to 1.
    pub fn at(&self, value: f64) -> f64 {
        let value = value.clamp(0.0, 1.0);
        let light = match self {
            Self::Identity => value,
            Self::Gamma(gamma) => value.powf(*gamma),
            Self::Table(table) => between(table, value),
            Self::Formula { kind, values } => formula(*kind, values, value),
        };
        if light.is_finite() {
            light.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// The curve at so many places at equal distances, the ends included.
    pub fn samples(&self, count: usize) -> Vec<f64> {
        let last = share(count.saturating_sub(1)).max(1.0);
        (0..count)
            .map(|index| self.at(share(index) / last))
            .collect()
    }

    /// Where the curve goes down although it should rise, as a value (0 to 1); 1 where it does
    /// not rise at all. `None` of a sound curve.
    pub fn falls_at(&self) -> Option<f64> {
        let count = match self {
            Self::Table(table) => table.len(),
            _ => 1024,
        };
        let samples = self.samples(count.clamp(2, 65536));
        let last = share(samples.len() - 1);
        let mut highest = 0.0_f64;
        for (index, sample) in samples.iter().enumerate() {
            if *sample < highest - DOWN {
                return Some(share(index) / last);
            }
            highest = highest.max(*sample);
        }
        let rise = samples.last().unwrap_or(&0.0) - samples.first().unwrap_or(&0.0);
        (rise < 0.5).then_some(1.0)
    }

    /// The power that comes closest in the middle greys.
    pub fn gamma(&self) -> Option<f64> {
        let of = |value: f64| {
            let light = self.at(value);
            (light > 1e-6 && light < 1.0).then(|| light.ln() / value.ln())
        };
        let known: Vec<f64> = (64..=192_u8)
            .step_by(8)
            .filter_map(|value| of(f64::from(value) / 255.0))
            .collect();
        let count = share(known.len());
        (count > 0.0).then(|| known.iter().sum::<f64>() / count)
    }
}

/// Counts are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(crate) fn share(count: usize) -> f64 {
    count as f64
}

/// Between two entries of a table of 16 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is 0 to 1"
)]
pub(super) fn between(table: &[u16], value: f64) -> f64 {
    let Some(last) = table.len().checked_sub(1) else {
        return value;
    };
    let place = value * share(last);
    let cell = (place as usize).min(last.saturating_sub(1));
    let entry = |index: usize| f64::from(table[index.min(last)]) / 65535.0;
    let part = place - share(cell);
    entry(cell) * (1.0 - part) + entry(cell + 1) * part
}

/// The formulas of ICC.1:2010, table 65; the letters are those of the specification.
#[expect(clippy::many_single_char_names, reason = "the specification's letters")]
fn formula(kind: u16, [g, a, b, c, d, e, f]: &[f64; 7], x: f64) -> f64 {
    let power = |base: f64| if base > 0.0 { base.powf(*g) } else { 0.0 };
    let bend = if *a == 0.0 { 0.0 } else { -b / a };
    match kind {
        0 => x.powf(*g),
        1 if x >= bend => power(a * x + b),
        1 => 0.0,
        2 if x >= bend => power(a * x + b) + c,
        2 => *c,
        3 if x >= *d => power(a * x + b),
        3 => c * x,
        _ if x >= *d => power(a * x + b) + e,
        _ => c * x + f,
    }
}
