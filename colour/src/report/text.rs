// SPDX-License-Identifier: GPL-3.0-or-later
//! A report as plain English text, to be printed or sent.

use std::fmt::Write as _;

use super::{ColourReport, Gamut, Kind, Report};

/// The width of the column of names.
const COLUMN: usize = 18;

impl Report {
    /// The report as text of many lines, in English: names and values, then what was found.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let header = &self.header;
        let unknown = || "(no name)".to_owned();
        line(
            &mut out,
            "Name",
            &self.description.clone().unwrap_or_else(unknown),
        );
        for (name, value) in [
            ("Monitor", &self.model),
            ("Made by", &self.manufacturer),
            ("Created", &header.created),
            ("Copyright", &self.copyright),
        ] {
            if let Some(value) = value {
                line(&mut out, name, value);
            }
        }
        let kind = match self.kind {
            Kind::Matrix => "matrix and curves",
            Kind::Table => "tables",
            Kind::TableAndMatrix => "tables, and a matrix with curves",
            Kind::Other => "neither matrix nor tables for RGB",
        };
        let version = &header.version;
        line(&mut out, "Kind", &format!("{kind}; ICC version {version}"));
        let class = &header.class;
        let (space, connection) = (&header.space, &header.connection_space);
        line(
            &mut out,
            "Class",
            &format!("{class}, {space} to {connection}"),
        );
        line(
            &mut out,
            "Size",
            &format!("{} bytes, {} tags", header.size, self.tags.len()),
        );
        if let Some(curves) = &self.curves {
            let gammas = curves.each_ref().map(|curve| match curve.gamma {
                Some(gamma) => format!("{gamma:.2}"),
                None => "-".into(),
            });
            line(&mut out, "Gamma", &gammas.join(" "));
        }
        let calibration = match &self.calibration {
            None => "none",
            Some(it) if it.identity => "changes nothing",
            Some(_) => "for the graphics card",
        };
        line(&mut out, "Calibration", calibration);
        if let Some(colours) = &self.colours {
            colour_lines(&mut out, colours);
        }
        if let Some(gamut) = &self.gamut {
            gamut_lines(&mut out, gamut);
        }
        if self.findings.is_empty() {
            out.push_str("\nNothing is wrong with it.\n");
        }
        for finding in &self.findings {
            let verdict = finding.rule.verdict.key();
            let _ = write!(
                out,
                "\n{verdict}: {} ({})\n",
                finding.reason(),
                finding.rule.id
            );
            let _ = writeln!(out, "    {}", finding.advice());
        }
        out
    }
}

fn line(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name:<COLUMN$}{value}");
}

fn colour_lines(out: &mut String, colours: &ColourReport) {
    let point = |[x, y]: [f64; 2]| format!("{x:.4} {y:.4}");
    let names = ["Red", "Green", "Blue"];
    for (name, primary) in names.into_iter().zip(&colours.primaries) {
        let value = format!("x, y {}   u′, v′ {}", point(primary.xy), point(primary.uv));
        line(out, name, &value);
    }
    let white = &colours.white;
    let mut value = format!("x, y {}   u′, v′ {}", point(white.xy), point(white.uv));
    match colours.temperature {
        Some(kelvin) => {
            let _ = write!(value, "   {kelvin:.0} K");
        }
        None if !colours.native => value.push_str("   (relative to D50)"),
        None => {}
    }
    line(out, "White", &value);
    if let Some(luminance) = colours.luminance {
        line(out, "Luminance", &format!("{luminance:.0} cd/m²"));
    }
}

fn gamut_lines(out: &mut String, gamut: &Gamut) {
    let volume = format!(
        "{:.0} in Lab, {:.1} % of sRGB’s",
        gamut.volume,
        gamut.relative_to_srgb * 100.0
    );
    line(out, "Gamut", &volume);
    let covered = [
        ("sRGB", gamut.coverage.srgb),
        ("Adobe RGB", gamut.coverage.adobe_rgb),
        ("Display P3", gamut.coverage.display_p3),
    ];
    for (name, covered) in covered {
        line(
            out,
            &format!("  of {name}"),
            &format!("{:.1} %", covered * 100.0),
        );
    }
}
