// SPDX-License-Identifier: GPL-3.0-or-later
//! What can be told from a profile alone.
//!
//! Some things look like faults and are none, and nothing is said of them: a `wtpt` other than
//! D50 in version 2 (the device's own white), negative colorants (of blue-green primaries), and
//! no calibration (a note, for who expected one).

use super::colours::is_d50;
use super::finding::Findings;
use super::{ColourReport, rules};
use crate::lab::{SPECTRUM, delta_e_76, delta_e_2000, xyz_of_lab};
use crate::profile::{Curve, DeviceClass, Profile, Signature, Vcgt};
use crate::standard::D50;
use crate::transform::Device;

/// The names of the channels, as they stand in texts.
const CHANNELS: [&str; 3] = ["red", "green", "blue"];

/// How far the sum of the colorants may be from D50.
const SUM: f64 = 0.001;

/// How far greys may be from grey, in a* or b*.
const GREY: f64 = 5.0;

/// A calibration that goes down by more than this (of 1) is a fault.
const CALIBRATION_DOWN: f64 = 0.002;

/// The mean ΔE (CIE 2000) of there and back that tables may have.
const ROUND_TRIP: f64 = 2.0;

/// How far beyond the spectrum a primary may lie, in x, y.
const BEYOND: f64 = 0.05;

/// Header and checksum.
pub(super) fn file(profile: &Profile, findings: &mut Findings) {
    let header = profile.header();
    let actual = profile.bytes().len();
    if usize::try_from(header.size).ok() != Some(actual) {
        let values = [
            ("header", header.size.to_string()),
            ("actual", actual.to_string()),
        ];
        findings.add(&rules::HEADER_SIZE, &values);
    }
    match header.profile_id {
        Some(id) if id != profile.computed_id() => findings.add(&rules::ID_WRONG, &[]),
        None if header.version.major == 4 => findings.add(&rules::ID_ABSENT, &[]),
        _ => {}
    }
    match header.class {
        DeviceClass::DISPLAY => {}
        DeviceClass::SPACE => findings.add(&rules::CLASS_SPACE, &[]),
        class => findings.add(&rules::CLASS, &[("class", class.0.to_string())]),
    }
    if !is_d50(header.illuminant, 0.002) {
        findings.add(&rules::ILLUMINANT, &[("white", numbers(header.illuminant))]);
    }
}

/// Name and copyright.
pub(super) fn texts(profile: &Profile, findings: &mut Findings) {
    if profile.texts(Signature(*b"desc")).is_empty() {
        findings.add(&rules::DESCRIPTION_MISSING, &[]);
    }
    if profile.texts(Signature(*b"cprt")).is_empty() {
        findings.add(&rules::COPYRIGHT_MISSING, &[]);
    }
}

/// Tone curves.
pub(super) fn curves(curves: Option<&[Curve; 3]>, findings: &mut Findings) {
    for (curve, channel) in curves.into_iter().flatten().zip(CHANNELS) {
        if let Some(place) = curve.falls_at() {
            let values = [("channel", channel.to_owned()), ("place", percent(place))];
            findings.add(&rules::CURVE_FALLS, &values);
        }
    }
}

/// The calibration for the graphics card.
pub(super) fn calibration(profile: &Profile, vcgt: Option<&Vcgt>, findings: &mut Findings) {
    let Some(vcgt) = vcgt else {
        let rule = match profile.tag(Signature(*b"vcgt")) {
            Some(_) => &rules::VCGT_UNREADABLE,
            None if profile.header().class != DeviceClass::DISPLAY => return,
            None => &rules::VCGT_ABSENT,
        };
        findings.add(rule, &[]);
        return;
    };
    for (channel, name) in CHANNELS.into_iter().enumerate() {
        let samples = vcgt.samples(channel, vcgt.entries().unwrap_or(256).min(4096));
        let mut highest = 0.0_f64;
        for (index, sample) in samples.iter().enumerate() {
            if *sample < highest - CALIBRATION_DOWN {
                let place = crate::profile::share(index) / crate::profile::share(samples.len() - 1);
                let values = [("channel", name.to_owned()), ("place", percent(place))];
                findings.add(&rules::VCGT_FALLS, &values);
                break;
            }
            highest = highest.max(*sample);
        }
    }
}

/// The white of the profile and that of the device.
pub(super) fn white(profile: &Profile, colours: Option<&ColourReport>, findings: &mut Findings) {
    match profile.xyz(Signature(*b"wtpt")) {
        None => findings.add(&rules::WHITE_MISSING, &[]),
        Some(white) if profile.header().version.major == 4 && !is_d50(white, 0.002) => {
            findings.add(&rules::WHITE_V4, &[("white", numbers(white))]);
        }
        Some(_) => {}
    }
    let Some(colours) = colours else { return };
    if !colours.native {
        findings.add(&rules::CHAD_MISSING, &[]);
    }
    if let Some(kelvin) = colours.temperature
        && !(3000.0..=10000.0).contains(&kelvin)
    {
        findings.add(&rules::TEMPERATURE, &[("kelvin", format!("{kelvin:.0}"))]);
    }
}

/// The primaries.
pub(super) fn primaries(
    profile: &Profile,
    colours: Option<&ColourReport>,
    findings: &mut Findings,
) {
    if let Some(colorants) = profile.colorants() {
        let sum = [0, 1, 2].map(|axis| colorants.iter().map(|it| it[axis]).sum::<f64>());
        if !is_d50(sum, SUM) {
            let values = [("sum", numbers(sum)), ("white", numbers(D50))];
            findings.add(&rules::COLORANT_SUM, &values);
        }
    }
    let Some(colours) = colours else { return };
    for (index, channel) in CHANNELS.into_iter().enumerate() {
        let [x, y, z] = xyz_of_lab(colours.lab[index]);
        // The bounds of colord, without the one on negative values, which are sound.
        let invalid = match index {
            0 => x > 0.85 && y < 0.15,
            1 => x < 0.10 && y > 0.85,
            _ => z > 0.87,
        };
        let place = colours.primaries[index].xy;
        if invalid {
            let part = |value: f64| format!("{value:.4}");
            let values = [
                ("channel", channel.to_owned()),
                ("x", part(x)),
                ("y", part(y)),
                ("z", part(z)),
            ];
            findings.add(&rules::PRIMARIES_INVALID, &values);
        } else if beyond_spectrum(place) > BEYOND {
            let part = |value: f64| format!("{value:.3}");
            let values = [
                ("channel", channel.to_owned()),
                ("x", part(place[0])),
                ("y", part(place[1])),
            ];
            findings.add(&rules::PRIMARIES_UNLIKELY, &values);
        }
    }
}

/// How far a chromaticity lies outside of what eyes can see, in x, y.
fn beyond_spectrum([x, y]: [f64; 2]) -> f64 {
    let mut inside = false;
    let mut nearest = f64::INFINITY;
    for (index, [x1, y1]) in SPECTRUM.iter().copied().enumerate() {
        let [x2, y2] = SPECTRUM[(index + 1) % SPECTRUM.len()];
        if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
            inside = !inside;
        }
        let (dx, dy) = (x2 - x1, y2 - y1);
        let along = (((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        nearest = nearest.min((x1 + along * dx - x).hypot(y1 + along * dy - y));
    }
    if inside { 0.0 } else { nearest }
}

/// What the profile says of colours as a whole, tables included.
pub(super) fn tables(profile: &Profile, device: &Device, findings: &mut Findings) {
    let has = |names: [&[u8; 4]; 2]| {
        names
            .iter()
            .any(|name| profile.tag(Signature(**name)).is_some())
    };
    let forward = has([b"A2B0", b"A2B1"]);
    let back = has([b"B2A0", b"B2A1"]);
    if !device.takes_lab() {
        findings.add(&rules::WAY_MISSING, &[]);
    } else if forward && !back {
        findings.add(&rules::ONE_WAY, &[]);
    }
    greys(device, findings);
    if forward {
        table_white(device, findings);
        swapped(profile, device, findings);
    }
    exact_white(device, findings);
    if back {
        round_trip(device, findings);
    }
}

fn greys(device: &Device, findings: &mut Findings) {
    let ramp: Vec<[f32; 3]> = (0..=255_u8)
        .map(|grey| [f32::from(grey) / 255.0; 3])
        .collect();
    let Ok(lab) = device.lab(&ramp) else { return };
    let place = |index: usize| percent(crate::profile::share(index) / 255.0);
    let tint = |lab: &[f32; 3]| lab[1].abs().max(lab[2].abs());
    let worst = lab
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| tint(a).total_cmp(&tint(b)));
    if let Some((index, lab)) = worst
        && f64::from(tint(lab)) > GREY
    {
        let part = |value: f32| format!("{value:.1}");
        let values = [
            ("a", part(lab[1])),
            ("b", part(lab[2])),
            ("place", place(index)),
        ];
        findings.add(&rules::GREY_AXIS, &values);
    }
    let falls = lab
        .windows(2)
        .position(|pair| pair[1][0] < pair[0][0] - 0.05);
    if let Some(index) = falls {
        findings.add(&rules::GREYS_FALL, &[("place", place(index + 1))]);
    }
}

fn table_white(device: &Device, findings: &mut Findings) {
    let Ok(lab) = device.lab(&[[1.0; 3]]) else {
        return;
    };
    let distance = lab
        .first()
        .map(|lab| delta_e_76(lab.map(f64::from), [100.0, 0.0, 0.0]));
    if let Some(distance) = distance.filter(|distance| *distance > 1.0) {
        findings.add(&rules::WHITE_OFF, &[("distance", format!("{distance:.1}"))]);
    }
}

/// White has to become the whole of all channels. A curve that is full before its end may give
/// less, and it is white all the same.
fn exact_white(device: &Device, findings: &mut Findings) {
    let Ok(rgb) = device.rgb(&[[100.0, 0.0, 0.0]]) else {
        return;
    };
    let rounded: Vec<[f32; 3]> = rgb
        .iter()
        .map(|rgb| rgb.map(|part| (part * 255.0).round() / 255.0))
        .collect();
    let (Ok(shown), Ok(full)) = (device.lab(&rounded), device.lab(&[[1.0; 3]])) else {
        return;
    };
    let (Some(white), Some(shown), Some(full)) = (rounded.first(), shown.first(), full.first())
    else {
        return;
    };
    if delta_e_76(shown.map(f64::from), full.map(f64::from)) > 0.1 {
        let [red, green, blue] = white.map(|part| format!("{:.0}", part * 255.0));
        let values = [("red", red), ("green", green), ("blue", blue)];
        findings.add(&rules::SCUM_DOT, &values);
    }
}

/// A matrix whose primaries are, one by one, nearest to those of another channel of the tables.
fn swapped(profile: &Profile, device: &Device, findings: &mut Findings) {
    let Some(colorants) = profile.colorants() else {
        return;
    };
    let ends = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let Ok(lab) = device.lab(&ends) else { return };
    let nearest = colorants.map(|colorant| {
        let colorant = crate::lab::lab_of_xyz(colorant);
        let distance = |lab: &[f32; 3]| delta_e_76(lab.map(f64::from), colorant);
        (0..3).min_by(|a, b| distance(&lab[*a]).total_cmp(&distance(&lab[*b])))
    });
    let mut sorted = nearest;
    sorted.sort_unstable();
    if nearest != [Some(0), Some(1), Some(2)] && sorted == [Some(0), Some(1), Some(2)] {
        findings.add(&rules::SWAPPED, &[]);
    }
}

fn round_trip(device: &Device, findings: &mut Findings) {
    let axis = |step: u8| f32::from(step) / 8.0;
    let mut colours = Vec::with_capacity(729);
    for red in 0..=8 {
        for green in 0..=8 {
            colours.extend((0..=8).map(|blue| [axis(red), axis(green), axis(blue)]));
        }
    }
    let way = || {
        let lab = device.lab(&colours).ok()?;
        let back = device.lab(&device.rgb(&lab).ok()?).ok()?;
        Some((lab, back))
    };
    let Some((lab, back)) = way() else { return };
    let distances: Vec<f64> = lab
        .iter()
        .zip(&back)
        .map(|(one, other)| delta_e_2000(one.map(f64::from), other.map(f64::from)))
        .map(|distance| {
            if distance.is_finite() {
                distance
            } else {
                100.0
            }
        })
        .collect();
    let mean = distances.iter().sum::<f64>() / crate::profile::share(distances.len());
    if mean > ROUND_TRIP {
        let worst = distances.iter().copied().fold(0.0, f64::max);
        let values = [
            ("mean", format!("{mean:.1}")),
            ("worst", format!("{worst:.1}")),
        ];
        findings.add(&rules::ROUND_TRIP, &values);
    }
}

fn numbers(values: [f64; 3]) -> String {
    let [x, y, z] = values;
    format!("{x:.4} {y:.4} {z:.4}")
}

fn percent(part: f64) -> String {
    format!("{:.0}", part * 100.0)
}
