// SPDX-License-Identifier: GPL-3.0-or-later
//! Two profiles side by side.

use serde::Serialize;

use super::{Finding, Report, gamut};
use crate::lab::delta_e_2000;
use crate::profile::Profile;
use crate::transform::Device;

/// What tells two profiles apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Whether they have the same bytes.
    pub identical: bool,
    /// ΔE (CIE 2000) of red, green, blue, white and black, relative to white.
    pub colours: Option<[f64; 5]>,
    /// By how much white is warmer (negative) or colder in the other one, in kelvin.
    pub temperature: Option<f64>,
    /// How much of the gamut of the first is in that of the other one: 0 to 1.
    pub first_in_other: Option<f64>,
    /// How much of the gamut of the other one is in that of the first: 0 to 1.
    pub other_in_first: Option<f64>,
    /// The largest distance of the tone curves of red, green and blue (of 1).
    pub curves: Option<[f64; 3]>,
    /// The largest distance of the calibrations of red, green and blue (of 1); one that is not
    /// there counts as one that changes nothing. `None` where neither has one.
    pub calibration: Option<[f64; 3]>,
    /// Tags of the first alone.
    pub tags_of_first: Vec<String>,
    /// Tags of the other one alone.
    pub tags_of_other: Vec<String>,
    /// Findings of the first alone.
    pub findings_of_first: Vec<Finding>,
    /// Findings of the other one alone.
    pub findings_of_other: Vec<Finding>,
}

impl Comparison {
    /// Compares two profiles, each with its report.
    pub fn new(first: (&Profile, &Report), other: (&Profile, &Report)) -> Self {
        let ((one, first), (two, other)) = (first, other);
        let gamuts = shares(one, two);
        let colours = match (&first.colours, &other.colours) {
            (Some(a), Some(b)) => {
                Some([0, 1, 2, 3, 4].map(|end| delta_e_2000(a.lab[end], b.lab[end])))
            }
            _ => None,
        };
        let temperature = |report: &Report| report.colours.as_ref()?.temperature;
        let curves = match (&first.curves, &other.curves) {
            (Some(a), Some(b)) => {
                Some([0, 1, 2].map(|channel| worst(&a[channel].samples, &b[channel].samples)))
            }
            _ => None,
        };
        Self {
            identical: one == two,
            colours,
            temperature: temperature(first)
                .zip(temperature(other))
                .map(|(a, b)| b - a),
            first_in_other: gamuts.map(|it| it[0]),
            other_in_first: gamuts.map(|it| it[1]),
            curves,
            calibration: calibrations(first, other),
            tags_of_first: tags_alone(first, other),
            tags_of_other: tags_alone(other, first),
            findings_of_first: findings_alone(first, other),
            findings_of_other: findings_alone(other, first),
        }
    }
}

/// How much of the first gamut is in the second, and the other way round.
fn shares(one: &Profile, two: &Profile) -> Option<[f64; 2]> {
    let body = |profile: &Profile| {
        let lab = Device::new(profile).ok()?.lab(&gamut::surface()).ok()?;
        gamut::Body::new(&lab).filter(|body| body.volume() > 1.0)
    };
    let (one, two) = (body(one)?, body(two)?);
    let common = one.common(&two);
    Some([&one, &two].map(|body| (common / body.volume()).clamp(0.0, 1.0)))
}

fn worst(one: &[f64], other: &[f64]) -> f64 {
    let distances = one.iter().zip(other).map(|(a, b)| (a - b).abs());
    distances.fold(0.0, f64::max)
}

fn calibrations(first: &Report, other: &Report) -> Option<[f64; 3]> {
    if first.calibration.is_none() && other.calibration.is_none() {
        return None;
    }
    let straight = crate::profile::Curve::Identity.samples(super::SAMPLES);
    let of = |report: &Report, channel: usize| match &report.calibration {
        Some(calibration) => calibration.samples[channel].clone(),
        None => straight.clone(),
    };
    Some([0, 1, 2].map(|channel| worst(&of(first, channel), &of(other, channel))))
}

fn tags_alone(one: &Report, other: &Report) -> Vec<String> {
    let has = |name: &str| other.tags.iter().any(|tag| tag.signature == name);
    let names = one.tags.iter().map(|tag| tag.signature.clone());
    names.filter(|name| !has(name)).collect()
}

fn findings_alone(one: &Report, other: &Report) -> Vec<Finding> {
    let alone = |finding: &&Finding| other.finding(finding.rule.id).is_none();
    one.findings.iter().filter(alone).cloned().collect()
}
