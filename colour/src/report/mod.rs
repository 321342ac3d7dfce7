// SPDX-License-Identifier: GPL-3.0-or-later
//! What is in a profile, and what is wrong with it.
//!
//! [`Report::new`] looks at everything: header, tags, texts, curves, calibration, primaries,
//! white, gamut, and the checks, which become [`Finding`]s. What is known of the monitor that a
//! profile is used for ([`MonitorFacts`]) lets it check more. A report is plain data: it can be
//! drawn, written as text ([`Report::to_text`]) or as JSON (serde), and compared with another
//! one ([`Comparison`]).
//!
//! Nothing in a profile makes a report fail; what can't be read is left out and is a finding.

mod checks;
mod colours;
mod comparison;
mod facts;
mod finding;
mod gamut;
mod monitor_checks;
mod rules;
mod text;

use serde::Serialize;

pub use self::comparison::Comparison;
pub use self::facts::{Gamma, MonitorFacts, Options, OtherSource, languages};
pub use self::finding::{Finding, Verdict};
pub use self::gamut::{CELL, NODES};
pub use self::rules::{RULES, Rule};

use self::finding::Findings;
use crate::profile::{ColourSpace, DateTime, Intent, Profile, Signature};
use crate::transform::{Device, TransformError};

/// Points of a curve in a report.
pub const SAMPLES: usize = 256;

/// Everything that is known of a profile. Its JSON has the names of the fields as keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Its name in the person's language.
    pub description: Option<String>,
    /// Its copyright.
    pub copyright: Option<String>,
    /// Who made the device.
    pub manufacturer: Option<String>,
    /// Which device.
    pub model: Option<String>,
    /// The header.
    pub header: HeaderReport,
    /// The table of tags.
    pub tags: Vec<TagReport>,
    /// How it describes its device.
    pub kind: Kind,
    /// The tone curves of its matrix.
    pub curves: Option<[CurveReport; 3]>,
    /// The calibration for the graphics card.
    pub calibration: Option<CalibrationReport>,
    /// Primaries, white and black.
    pub colours: Option<ColourReport>,
    /// Its gamut.
    pub gamut: Option<Gamut>,
    /// What programs noted about how it came to be, in their words.
    pub meta: Vec<(String, String)>,
    /// Whether it holds the measurements that it was made from.
    pub has_measurements: bool,
    /// What is wrong with it; the worst first.
    pub findings: Vec<Finding>,
}

/// How a profile describes its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// Three primaries and three curves.
    Matrix,
    /// Tables.
    Table,
    /// Tables, and primaries and curves for programs that can't read them.
    TableAndMatrix,
    /// Neither, or not of RGB.
    Other,
}

/// The header of a profile, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HeaderReport {
    /// The bytes that it has.
    pub size: usize,
    /// The bytes that it says it has.
    pub stated_size: u32,
    /// Version of the specification, such as `4.3`.
    pub version: String,
    /// The device class: `mntr` of a monitor.
    pub class: String,
    /// The colour space, such as `RGB`.
    pub space: String,
    /// The connection space: `XYZ` or `Lab`.
    pub connection_space: String,
    /// When it was made, by ISO 8601 (UTC); `None` where it names no date.
    pub created: Option<String>,
    /// The intent that it would like.
    pub intent: Option<&'static str>,
    /// The colour engine that it would like.
    pub engine: Option<String>,
    /// The system that it was made for.
    pub platform: Option<String>,
    /// The signature of who made the device.
    pub manufacturer: Option<String>,
    /// The signature of the device.
    pub model: Option<String>,
    /// The signature of the program that made it.
    pub creator: Option<String>,
    /// The MD5 in it, in hexadecimal digits.
    pub profile_id: Option<String>,
    /// The MD5 that it should have.
    pub computed_id: String,
    /// The white of the connection space.
    pub illuminant: [f64; 3],
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TagReport {
    /// Its name.
    pub signature: String,
    /// The type of its content.
    pub kind: String,
    /// Its position in bytes.
    pub offset: usize,
    /// Its length in bytes.
    pub size: usize,
}

/// A tone curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CurveReport {
    /// Light (0 to 1) at [`SAMPLES`] values at equal distances.
    pub samples: Vec<f64>,
    /// The power that comes closest.
    pub gamma: Option<f64>,
    /// Entries of its table; `None` of formulas.
    pub entries: Option<usize>,
}

/// The calibration for the graphics card.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CalibrationReport {
    /// Red, green and blue (0 to 1) at [`SAMPLES`] values at equal distances.
    pub samples: [Vec<f64>; 3],
    /// Entries of its tables; `None` of formulas.
    pub entries: Option<usize>,
    /// Whether it changes nothing.
    pub identity: bool,
}

/// Primaries, white and black.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColourReport {
    /// Red, green and blue as the device has them; relative to D50 where its own white is not
    /// known.
    pub primaries: [ColourPoint; 3],
    /// White as the device has it; D50 where it is not known.
    pub white: ColourPoint,
    /// Whether the device's own white is known, and with it the two above.
    pub native: bool,
    /// The colour temperature of white, in kelvin, where it is known and has one.
    pub temperature: Option<f64>,
    /// Lab of red, green, blue, white and black, relative to white.
    pub lab: [[f64; 3]; 5],
    /// Luminance of white in cd/m², where the profile tells it.
    pub luminance: Option<f64>,
}

/// A colour without its brightness.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColourPoint {
    /// XYZ.
    pub xyz: [f64; 3],
    /// x, y of CIE 1931.
    pub xy: [f64; 2],
    /// u′, v′ of CIE 1976.
    pub uv: [f64; 2],
}

/// The colours that a device can show, relative colorimetric in Lab. For method and error see
/// the documentation of `colour/src/report/gamut.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Gamut {
    /// In cubes of Lab.
    pub volume: f64,
    /// The volume, with that of sRGB as 1.
    pub relative_to_srgb: f64,
    /// How much of known spaces is in it.
    pub coverage: Coverage,
}

/// How much of known spaces a gamut covers: 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// Of sRGB.
    pub srgb: f64,
    /// Of Adobe RGB (1998).
    pub adobe_rgb: f64,
    /// Of Display P3.
    pub display_p3: f64,
}

impl Report {
    /// Looks at a profile: about 30 ms in a release build.
    pub fn new(profile: &Profile, options: &Options<'_>) -> Self {
        let mut findings = Findings::default();
        let device = match Device::new(profile) {
            Ok(device) => Some(device),
            Err(error) => {
                let why = match error {
                    TransformError::Refused(refusal) => refusal.to_string(),
                    other => other.to_string(),
                };
                findings.add(&rules::UNUSABLE, &[("why", why)]);
                None
            }
        };
        let colours = colours::read(profile, device.as_ref());
        let gamut = device
            .as_ref()
            .and_then(|device| gamut::measure(&device.lab(&gamut::surface()).ok()?));
        let curves = profile.curves();
        let calibration = profile.vcgt();
        checks::file(profile, &mut findings);
        checks::texts(profile, &mut findings);
        checks::curves(curves.as_ref(), &mut findings);
        checks::calibration(profile, calibration.as_ref(), &mut findings);
        checks::white(profile, colours.as_ref(), &mut findings);
        checks::primaries(profile, colours.as_ref(), &mut findings);
        if let Some(device) = &device {
            checks::tables(profile, device, &mut findings);
        }
        monitor_checks::origin(profile, options, &mut findings);
        if let Some(facts) = &options.monitor {
            let colours = colours.as_ref();
            monitor_checks::monitor(profile, calibration.as_ref(), colours, facts, &mut findings);
        }
        let text = |name: &[u8; 4]| profile.text(Signature(*name), &options.languages);
        Self {
            description: text(b"desc"),
            copyright: text(b"cprt"),
            manufacturer: text(b"dmnd"),
            model: text(b"dmdd"),
            header: HeaderReport::new(profile),
            tags: profile.tags().iter().map(TagReport::new).collect(),
            kind: Kind::of(profile),
            curves: curves.map(|curves| curves.each_ref().map(CurveReport::new)),
            calibration: calibration.map(|calibration| CalibrationReport {
                samples: [0, 1, 2].map(|channel| calibration.samples(channel, SAMPLES)),
                entries: calibration.entries(),
                identity: calibration.is_identity(),
            }),
            colours,
            gamut,
            meta: profile
                .meta()
                .map(|meta| meta.entries().to_vec())
                .unwrap_or_default(),
            has_measurements: profile.has_measurements(),
            findings: findings.sorted(),
        }
    }

    /// The worst verdict; `None` where nothing was found.
    pub fn worst(&self) -> Option<Verdict> {
        self.findings.first().map(|finding| finding.rule.verdict)
    }

    /// The finding of a rule's id.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.rule.id == id)
    }
}

impl Kind {
    fn of(profile: &Profile) -> Self {
        let matrix = profile.colorants().is_some() && profile.curves().is_some();
        let table = profile.tag(Signature(*b"A2B0")).is_some()
            || profile.tag(Signature(*b"A2B1")).is_some();
        match (table, matrix) {
            _ if profile.header().space != ColourSpace::RGB => Self::Other,
            (true, true) => Self::TableAndMatrix,
            (true, false) => Self::Table,
            (false, true) => Self::Matrix,
            (false, false) => Self::Other,
        }
    }
}

impl HeaderReport {
    fn new(profile: &Profile) -> Self {
        let header = profile.header();
        let named = |signature: Signature| (signature.0 != [0; 4]).then(|| signature.to_string());
        let created = header.created;
        Self {
            size: profile.bytes().len(),
            stated_size: header.size,
            version: header.version.to_string(),
            class: header.class.0.to_string(),
            space: header.space.0.to_string(),
            connection_space: header.connection_space.0.to_string(),
            created: (created != DateTime::default()).then(|| iso(created)),
            intent: Intent::from_number(header.intent).map(Intent::key),
            engine: named(header.engine),
            platform: named(header.platform),
            manufacturer: named(header.manufacturer),
            model: named(header.model),
            creator: named(header.creator),
            profile_id: header.profile_id.map(hex),
            computed_id: hex(profile.computed_id()),
            illuminant: header.illuminant,
        }
    }
}

impl TagReport {
    fn new(tag: &crate::profile::TagEntry) -> Self {
        Self {
            signature: tag.signature.to_string(),
            kind: tag.kind.to_string(),
            offset: tag.offset,
            size: tag.size,
        }
    }
}

impl CurveReport {
    fn new(curve: &crate::profile::Curve) -> Self {
        Self {
            samples: curve.samples(SAMPLES),
            gamma: curve.gamma(),
            entries: match curve {
                crate::profile::Curve::Table(table) => Some(table.len()),
                _ => None,
            },
        }
    }
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn iso(at: DateTime) -> String {
    let DateTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
    } = at;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
