// SPDX-License-Identifier: GPL-3.0-or-later
//! What can be told only with the monitor, or the day, that a profile is used for.

use md5::{Digest as _, Md5};

use super::finding::Findings;
use super::{ColourReport, Gamma, MonitorFacts, Options, rules};
use crate::lab::{delta_e_2000, lab_of_xyz};
use crate::monitor::Edid;
use crate::profile::{DateTime, Profile, Vcgt};
use crate::standard::SRGB;

/// Months after which a measurement is worth a note, and a warning.
const AGE_NOTE: i32 = 3;
const AGE_OLD: i32 = 12;

/// How far a ramp may be from a calibration (of 1): cards round to 8 bits, and servers stretch.
const LOADED: f64 = 0.02;

/// From this on (1 is sRGB's, in x, y) an area counts as that of a wide gamut.
const WIDE: f64 = 1.15;

/// How the profile came to be, and when.
pub(super) fn origin(profile: &Profile, options: &Options<'_>, findings: &mut Findings) {
    let meta = profile.meta().unwrap_or_default();
    let source = meta.get("DATA_source").unwrap_or_default();
    if source.eq_ignore_ascii_case("edid") {
        findings.add(&rules::FROM_EDID, &[]);
        return;
    }
    // Only a measurement grows old; a space that somebody defined does not.
    let measured = profile.has_measurements()
        || source.eq_ignore_ascii_case("calib")
        || meta.get("calibtime").is_some()
        || meta.get("ACCURACY_dE76_avg").is_some();
    let made = meta
        .get("calibtime")
        .and_then(date)
        .unwrap_or(profile.header().created);
    let (Some(today), true, true) = (options.today, measured, made.year > 1990) else {
        return;
    };
    let month = |at: DateTime| i32::from(at.year) * 12 + i32::from(at.month);
    let months = month(today) - month(made) - i32::from(today.day < made.day);
    let rule = match months {
        months if months > AGE_OLD => &rules::AGE_OLD,
        months if months > AGE_NOTE => &rules::AGE_NOTE,
        _ => return,
    };
    findings.add(rule, &[("months", months.to_string())]);
}

/// A date such as 2026-11-23 at the start of a text.
fn date(text: &str) -> Option<DateTime> {
    let mut parts = text.split(|one: char| !one.is_ascii_digit());
    let (year, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let day = parts.next()?.parse().ok()?;
    (1..=12).contains(&month).then_some(DateTime {
        year,
        month,
        day,
        ..DateTime::default()
    })
}

/// Whether the profile fits the monitor, and whether what belongs to it is in force.
pub(super) fn monitor(
    profile: &Profile,
    vcgt: Option<&Vcgt>,
    colours: Option<&ColourReport>,
    facts: &MonitorFacts,
    findings: &mut Findings,
) {
    let meta = profile.meta().unwrap_or_default();
    if let (Some(expected), Some(edid)) = (meta.get("EDID_md5"), &facts.edid)
        && !expected.is_empty()
        && !same_edid(expected, edid)
    {
        findings.add(&rules::OTHER_EDID, &[]);
    }
    if let (Some(made), Some(used)) = (meta.get("MAPPING_device_id"), &facts.device_id)
        && !made.is_empty()
        && made != used
    {
        let values = [("made", made.to_owned()), ("used", used.clone())];
        findings.add(&rules::OTHER_DEVICE, &values);
    }
    if let Some(vcgt) = vcgt {
        loaded(vcgt, &facts.gamma, findings);
    }
    let others: Vec<&str> = facts
        .other_sources
        .iter()
        .filter(|source| source.profile != profile.id())
        .map(|source| source.name.as_str())
        .collect();
    if !others.is_empty() {
        findings.add(&rules::SOURCES_DISAGREE, &[("sources", others.join(", "))]);
    }
    let area = facts.edid.as_deref().and_then(relative_area);
    if let (Some(colours), Some(area)) = (colours, area)
        && is_srgb(colours)
        && area > WIDE
    {
        let percent = format!("{:.0}", area * 100.0);
        findings.add(&rules::SRGB_ON_WIDE, &[("percent", percent)]);
    }
}

/// The area in x, y of what a monitor says it shows, with that of sRGB as 1.
fn relative_area(edid: &[u8]) -> Option<f64> {
    let known = Edid::parse(edid)?.chromaticities?;
    let area = |[ax, ay]: [f64; 2], [bx, by]: [f64; 2], [cx, cy]: [f64; 2]| {
        ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)).abs()
    };
    let srgb = area([0.64, 0.33], [0.30, 0.60], [0.15, 0.06]);
    Some(area(known.red, known.green, known.blue) / srgb)
}

fn loaded(vcgt: &Vcgt, gamma: &Gamma, findings: &mut Findings) {
    let distance = match gamma {
        Gamma::Ramps(ramps) => vcgt.distance(ramps),
        Gamma::Unknown => None,
    };
    match distance {
        Some(distance) if distance > LOADED => {
            let values = [("distance", format!("{:.0}", distance * 100.0))];
            findings.add(&rules::VCGT_NOT_LOADED, &values);
        }
        Some(_) => {}
        // One that changes nothing needs not be loaded.
        None if vcgt.is_identity() => {}
        None => findings.add(&rules::VCGT_UNKNOWN, &[]),
    }
}

/// Programs take the MD5 of the whole EDID, or of its first block.
fn same_edid(expected: &str, edid: &[u8]) -> bool {
    let md5 = |bytes: &[u8]| super::hex(Md5::digest(bytes).into());
    let first = edid.get(..128).unwrap_or(edid);
    [edid, first]
        .iter()
        .any(|bytes| md5(bytes).eq_ignore_ascii_case(expected.trim()))
}

fn is_srgb(colours: &ColourReport) -> bool {
    let known = SRGB.colorants.map(lab_of_xyz);
    known
        .iter()
        .zip(colours.lab)
        .all(|(one, other)| delta_e_2000(*one, other) < 2.0)
}
