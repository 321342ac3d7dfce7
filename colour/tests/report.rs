// SPDX-License-Identifier: GPL-3.0-or-later
//! A report finds each planted fault, and raises nothing on sound profiles.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "tests, with a list of all faults"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use md5::{Digest as _, Md5};
use oriel_colour::profile::{DateTime, DeviceClass, Profile};
use oriel_colour::report::{
    Comparison, Gamma, MonitorFacts, Options, OtherSource, RULES, Report, Verdict,
};
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::standard;

use support::{Parts, curve, dictionary, localized, power, vcgt, xyz};

const TODAY: DateTime = DateTime {
    year: 2026,
    month: 11,
    day: 23,
    hour: 12,
    minute: 0,
    second: 0,
};

fn options() -> Options<'static> {
    Options {
        today: Some(TODAY),
        ..Options::default()
    }
}

fn on(facts: MonitorFacts) -> Options<'static> {
    Options {
        monitor: Some(facts),
        ..options()
    }
}

fn ids(report: &Report, least: Verdict) -> Vec<&'static str> {
    let bad = report.findings.iter().filter(|it| it.rule.verdict >= least);
    bad.map(|finding| finding.rule.id).collect()
}

fn assert_sound(name: &str, profile: &Profile) {
    let report = Report::new(profile, &options());
    assert_eq!(
        ids(&report, Verdict::Warning),
        [""; 0],
        "{name}\n{}",
        report.to_text()
    );
    assert!(report.gamut.is_some() && report.colours.is_some(), "{name}");
}

/// The monitors' and spaces' profiles of a folder that a package brings.
fn installed(folder: &str) -> Vec<(PathBuf, Profile)> {
    let Ok(files) = std::fs::read_dir(folder) else {
        assert_ne!(
            std::env::var("ORIEL_STRICT").as_deref(),
            Ok("1"),
            "{folder} is missing: scripts/setup test"
        );
        println!("SKIP {folder} is not here");
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in files.map(|file| file.unwrap().path()) {
        let Ok(profile) = Profile::from_file(&path) else {
            continue;
        };
        if profile.check_monitor().is_ok() {
            found.push((path, profile));
        }
    }
    found
}

#[test]
fn sound_profiles_raise_nothing() {
    let mut count = 0;
    for folder in [
        "/usr/share/color/argyll/ref",
        "/usr/share/color/icc",
        "/usr/share/color/icc/colord",
    ] {
        for (path, profile) in installed(folder) {
            assert_sound(&path.display().to_string(), &profile);
            count += 1;
        }
    }
    for space in [standard::SRGB, standard::ADOBE_RGB, standard::DISPLAY_P3] {
        assert_sound(space.name, &space.profile().unwrap());
    }
    for kind in [Kind::Matrix, Kind::Matrix4, Kind::MatrixInTable] {
        assert_sound(
            &format!("{kind:?}"),
            &samples::profile(&Model::default(), kind).unwrap(),
        );
    }
    println!("{count} installed profiles are sound");
}

/// Runs a program of Argyll's in a folder; false where it is not installed.
fn argyll(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    if let Ok(output) = run {
        assert!(output.status.success(), "{program} {arguments:?}");
        return true;
    }
    assert_ne!(
        std::env::var("ORIEL_STRICT").as_deref(),
        Ok("1"),
        "argyll is missing: scripts/setup test"
    );
    println!("SKIP {program} is not here");
    false
}

#[test]
fn profiles_that_argyll_makes_of_measurements_are_sound() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let srgb = folder.join("monitor.icm");
    std::fs::write(&srgb, Profile::srgb().bytes()).unwrap();
    if !argyll(
        folder,
        "targen",
        &["-d3", "-e4", "-s9", "-g17", "-f120", "made"],
    ) {
        return;
    }
    argyll(folder, "fakeread", &["monitor.icm", "made"]);
    // XYZ tables with a swapped matrix, Lab tables, and a matrix alone.
    for (option, swapped) in [("-aY", true), ("-al", false), ("-aS", false)] {
        argyll(
            folder,
            "colprof",
            &["-ql", "-bm", option, "-D", "Made for a test", "made"],
        );
        let profile = Profile::from_file(&folder.join("made.icc")).unwrap();
        let report = Report::new(&profile, &Options::default());
        assert_eq!(
            ids(&report, Verdict::Warning),
            [""; 0],
            "{option}\n{}",
            report.to_text()
        );
        assert!(report.has_measurements, "{option}");
        assert_eq!(
            report.finding("swapped-matrix").is_some(),
            swapped,
            "{option}"
        );
        let gamut = report.gamut.unwrap();
        assert!(gamut.coverage.srgb > 0.97, "{option} {gamut:?}");
        // It was measured just now, and is old in two years.
        let later = Options {
            today: Some(DateTime {
                year: profile.header().created.year + 2,
                ..profile.header().created
            }),
            ..Options::default()
        };
        assert!(
            Report::new(&profile, &later).finding("old").is_some(),
            "{option}"
        );
    }
}

#[test]
fn the_inexact_white_of_coarse_tables_is_found() {
    let profile = samples::profile(&Model::default(), Kind::XyzTable).unwrap();
    let report = Report::new(&profile, &options());
    assert_eq!(ids(&report, Verdict::Warning), ["white-not-exact"]);
}

fn matrix() -> Parts {
    Parts::of(&samples::profile(&Model::default(), Kind::Matrix).unwrap())
}

fn matrix4() -> Parts {
    let mut parts = Parts::of(&samples::profile(&Model::default(), Kind::Matrix4).unwrap());
    parts.checksum = true;
    parts
}

fn tables() -> Parts {
    Parts::of(&samples::profile(&Model::default(), Kind::MatrixInTable).unwrap())
}

/// Red, green and blue with one curve each.
fn with_curves(parts: Parts, red: &[u16], green: &[u16], blue: &[u16]) -> Parts {
    parts
        .set(b"rTRC", &curve(red))
        .set(b"gTRC", &curve(green))
        .set(b"bTRC", &curve(blue))
}

fn assert_finds(id: &str, bytes: Vec<u8>, options: &Options<'_>) {
    let profile = Profile::parse(bytes).unwrap();
    let report = Report::new(&profile, options);
    let finding = report.finding(id);
    assert!(
        finding.is_some(),
        "{id} was not found\n{}",
        report.to_text()
    );
    // All places of the texts are filled.
    let finding = finding.unwrap();
    for text in [finding.reason(), finding.advice()] {
        assert!(!text.contains(['{', '}']), "{text}");
    }
}

#[test]
fn each_planted_fault_is_found() {
    let wrong = {
        let mut entries = power(2.2, 256);
        entries[100] = 60000;
        entries
    };
    let ramp = power(2.2, 256);
    let mut planted: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut plant = |id: &'static str, parts: Parts| planted.push((id, parts.bytes()));
    plant("unusable", matrix().header(16, b"GRAY"));
    plant(
        "no-way",
        tables().without(b"B2A0").without(b"B2A1").without(b"rXYZ"),
    );
    plant(
        "colorant-sum",
        matrix().set(b"rXYZ", &xyz([0.47, 0.23, 0.006])),
    );
    plant("curve-falls", with_curves(matrix(), &wrong, &ramp, &ramp));
    plant("greys-fall", with_curves(matrix(), &wrong, &wrong, &wrong));
    plant("class", matrix().header(12, b"scnr"));
    plant("class-space", matrix().header(12, b"spac"));
    plant("white-missing", matrix().without(b"wtpt"));
    plant(
        "white-v4",
        matrix4().set(b"wtpt", &xyz([0.9505, 1.0, 1.089])),
    );
    plant("chad-missing", matrix());
    plant("illuminant", matrix().header(68, &[0, 0, 0xf3, 0x54]));
    plant(
        "white-unlikely",
        matrix().set(b"wtpt", &xyz([1.25, 1.0, 0.25])),
    );
    plant(
        "grey-axis",
        with_curves(matrix(), &power(1.8, 256), &ramp, &power(2.6, 256)),
    );
    // The same with the signs turned: colord misses it.
    plant(
        "grey-axis",
        with_curves(matrix(), &power(2.6, 256), &ramp, &power(1.8, 256)),
    );
    plant("one-way", tables().without(b"B2A0").without(b"B2A1"));
    plant("no-calibration", matrix());
    plant(
        "calibration-unreadable",
        matrix().set(b"vcgt", b"vcgt\0\0\0\0\0\0\0\x09"),
    );
    plant(
        "calibration-falls",
        matrix().set(b"vcgt", &vcgt([&ramp, &wrong, &ramp])),
    );
    plant("description-missing", matrix().without(b"desc"));
    plant("copyright-missing", matrix().without(b"cprt"));
    plant(
        "from-edid",
        matrix().set(b"meta", &dictionary(&[("DATA_source", "edid")])),
    );
    plant("old", matrix().set(b"targ", b"text\0\0\0\0CTI3\0"));
    let june = &dictionary(&[("calibtime", "2026-06-01T10:00:00Z")]);
    plant("age", matrix().set(b"meta", june));
    // Green exchanged for something beyond all monitors, blue kept, the sum kept.
    plant(
        "primaries-invalid",
        matrix()
            .set(b"rXYZ", &xyz([0.8742, 0.0700, 0.0100]))
            .set(b"gXYZ", &xyz([0.0600, 0.8900, 0.0400]))
            .set(b"bXYZ", &xyz([0.0300, 0.0400, 0.7749])),
    );
    plant(
        "primaries-unlikely",
        matrix()
            .set(b"rXYZ", &xyz([0.7977, 0.2880, 0.0000]))
            .set(b"gXYZ", &xyz([0.1352, 0.7119, 0.0000]))
            .set(b"bXYZ", &xyz([0.0313, 0.0001, 0.8249])),
    );
    // The tables' device colours with red and green exchanged on the way back alone.
    plant("round-trip", {
        let other = samples::profile(&Model::default().swapped(), Kind::MatrixInTable).unwrap();
        let mut other = Parts::of(&other);
        let (a, b) = (other.tag(b"B2A0").clone(), other.tag(b"B2A1").clone());
        tables().set(b"B2A0", &a).set(b"B2A1", &b)
    });
    plant("swapped-matrix", {
        let (red, green) = (matrix().tag(b"gXYZ").clone(), matrix().tag(b"rXYZ").clone());
        tables().set(b"rXYZ", &red).set(b"gXYZ", &green)
    });
    plant("white-not-exact", {
        Parts::of(&samples::profile(&Model::default(), Kind::XyzTable).unwrap())
    });
    // The last node of the table, white, a little darker and bluer.
    plant("white-off", {
        let mut parts = tables();
        for name in [b"A2B0", b"A2B1"] {
            let tag = parts.tag(name);
            let white = tag.len() - 3 * 4 - 6;
            tag[white..white + 6].copy_from_slice(&[0x70, 0, 0x74, 0, 0x69, 0]);
        }
        parts
    });
    for (id, bytes) in &planted {
        assert_finds(id, bytes.clone(), &options());
    }
    // Faults of the file as a whole.
    let mut longer = matrix().bytes();
    longer.extend([0; 8]);
    assert_finds("header-size", longer, &options());
    let mut changed = matrix4().bytes();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_finds("id-wrong", changed, &options());
    let mut without = matrix4();
    without.checksum = false;
    assert_finds("id-absent", without.bytes(), &options());
    let covered: Vec<&str> = planted.iter().map(|(id, _)| *id).collect();
    let elsewhere = [
        "header-size",
        "id-wrong",
        "id-absent",
        // Below, with a monitor.
        "calibration-not-loaded",
        "calibration-unknown",
        "other-monitor",
        "other-device",
        "srgb-on-wide",
        "sources-disagree",
    ];
    for rule in RULES {
        assert!(
            covered.contains(&rule.id) || elsewhere.contains(&rule.id),
            "nobody plants {}",
            rule.id
        );
    }
}

/// The EDID of a monitor with the primaries of Adobe RGB.
fn wide_edid() -> Vec<u8> {
    let mut edid = vec![0; 128];
    edid[..8].copy_from_slice(&[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
    edid[23] = 120;
    let values: [u16; 8] = [655, 338, 215, 727, 154, 61, 320, 337];
    let mut low = 0_u16;
    for (index, value) in values.iter().enumerate() {
        edid[27 + index] = u8::try_from(value >> 2).unwrap();
        low |= (value & 3) << (14 - 2 * index);
    }
    edid[25..27].copy_from_slice(&low.to_be_bytes());
    edid
}

#[test]
fn what_does_not_fit_the_monitor_is_found() {
    let edid = wide_edid();
    let md5 = format!("{:032x}", u128::from_be_bytes(Md5::digest(&edid).into()));
    let facts = || MonitorFacts {
        edid: Some(wide_edid()),
        ..MonitorFacts::default()
    };
    let with_md5 = |md5: &str| {
        matrix()
            .set(b"meta", &dictionary(&[("EDID_md5", md5)]))
            .bytes()
    };
    assert_finds("other-monitor", with_md5(&"0".repeat(32)), &on(facts()));
    let same = Profile::parse(with_md5(&md5)).unwrap();
    assert!(
        Report::new(&same, &on(facts()))
            .finding("other-monitor")
            .is_none()
    );
    let device = MonitorFacts {
        device_id: Some("xrandr-A".into()),
        ..facts()
    };
    let other = matrix().set(b"meta", &dictionary(&[("MAPPING_device_id", "xrandr-B")]));
    assert_finds("other-device", other.bytes(), &on(device));
    assert_finds(
        "srgb-on-wide",
        Profile::srgb().bytes().to_vec(),
        &on(facts()),
    );
    let wide = standard::ADOBE_RGB.profile().unwrap();
    assert!(
        Report::new(&wide, &on(facts()))
            .finding("srgb-on-wide")
            .is_none()
    );

    let (ramp, warm) = (power(1.0, 256), power(1.3, 256));
    let calibrated = matrix().set(b"vcgt", &vcgt([&ramp, &ramp, &warm])).bytes();
    let gamma = |blue: f64| MonitorFacts {
        gamma: Gamma::Ramps([power(1.0, 1024), power(1.0, 1024), power(blue, 1024)]),
        ..MonitorFacts::default()
    };
    assert_finds(
        "calibration-not-loaded",
        calibrated.clone(),
        &on(gamma(1.0)),
    );
    assert_finds(
        "calibration-unknown",
        calibrated.clone(),
        &on(MonitorFacts::default()),
    );
    let loaded = Report::new(&Profile::parse(calibrated).unwrap(), &on(gamma(1.3)));
    assert_eq!(ids(&loaded, Verdict::Warning), [""; 0]);
    assert!(loaded.finding("calibration-unknown").is_none());

    let sources = |profile: &Profile| MonitorFacts {
        other_sources: vec![OtherSource {
            name: "colord".into(),
            profile: profile.id(),
        }],
        ..MonitorFacts::default()
    };
    assert_finds("sources-disagree", matrix().bytes(), &on(sources(&wide)));
    let agreeing = Report::new(&wide, &on(sources(&wide)));
    assert!(agreeing.finding("sources-disagree").is_none());
}

#[test]
fn what_only_looks_like_a_fault_is_none() {
    // The native white of version 2, and negative colorants.
    let native = matrix().set(b"wtpt", &xyz([0.9505, 1.0, 1.089])).profile();
    let report = Report::new(&native, &options());
    assert_eq!(ids(&report, Verdict::Warning), [""; 0]);
    let colours = report.colours.unwrap();
    assert!(colours.native);
    assert!((colours.temperature.unwrap() - 6504.0).abs() < 30.0);
    assert!((colours.white.xy[0] - 0.3127).abs() < 5e-4);
    let negative = matrix()
        .set(b"rXYZ", &xyz([0.6097, 0.2800, -0.0200]))
        .set(b"gXYZ", &xyz([0.2053, 0.6568, 0.1003]))
        .set(b"bXYZ", &xyz([0.1492, 0.0632, 0.7446]));
    let report = Report::new(&negative.profile(), &options());
    assert_eq!(ids(&report, Verdict::Warning), [""; 0]);
    let absent = Report::new(&matrix().profile(), &options());
    let finding = absent.finding("no-calibration").unwrap();
    assert_eq!(finding.rule.verdict, Verdict::Note);
    // Nobody measured a space that was defined long ago.
    assert!(absent.finding("old").is_none());
}

#[test]
fn known_spaces_have_their_primaries_white_and_coverage() {
    let srgb = Parts::of(&Profile::srgb())
        .set(b"wtpt", &xyz([0.9505, 1.0, 1.0888]))
        .profile();
    let report = Report::new(&srgb, &options());
    let colours = report.colours.as_ref().unwrap();
    let known = [[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]];
    for (primary, known) in colours.primaries.iter().zip(known) {
        for (got, known) in primary.xy.iter().zip(known) {
            assert!((got - known).abs() < 1e-3, "{:?} {known}", primary.xy);
        }
    }
    let gamut = report.gamut.unwrap();
    assert!((gamut.coverage.srgb - 1.0).abs() < 1e-3);
    assert!((gamut.relative_to_srgb - 1.0).abs() < 1e-3);
    // sRGB's share of the others is that of their volumes: they hold nearly all of it.
    assert!(
        (gamut.coverage.adobe_rgb - 0.689).abs() < 0.003,
        "{gamut:?}"
    );
    assert!(
        (gamut.coverage.display_p3 - 0.676).abs() < 0.003,
        "{gamut:?}"
    );
    // The same monitor by a matrix, by tables, in version 2 and in version 4: one gamut.
    let model = Model {
        coupling: 0.0,
        black: 0.0,
        ..Model::default()
    };
    let volumes: Vec<f64> = Kind::ALL
        .iter()
        .map(|kind| {
            let profile = samples::profile(&model, *kind).unwrap();
            Report::new(&profile, &options()).gamut.unwrap().volume
        })
        .collect();
    for volume in &volumes {
        assert!((volume / volumes[0] - 1.0).abs() < 0.01, "{volumes:?}");
    }
}

#[test]
fn two_reports_are_compared() {
    let (one, other) = (Profile::srgb(), standard::DISPLAY_P3.profile().unwrap());
    let (first, second) = (
        Report::new(&one, &options()),
        Report::new(&other, &options()),
    );
    let same = Comparison::new((&one, &first), (&one, &first));
    assert!(same.identical && same.first_in_other.unwrap() > 0.9999);
    let compared = Comparison::new((&one, &first), (&other, &second));
    assert!(!compared.identical);
    assert!(compared.first_in_other.unwrap() > 0.999);
    let part = compared.other_in_first.unwrap();
    assert!(
        (part - first.gamut.unwrap().coverage.display_p3).abs() < 0.005,
        "{part}"
    );
    let colours = compared.colours.unwrap();
    assert!(
        colours[0] > 3.0 && colours[1] > 3.0 && colours[3] < 0.1,
        "{colours:?}"
    );
    assert_eq!(compared.curves, Some([0.0; 3]));
    assert!(
        serde_json::to_string(&compared)
            .unwrap()
            .contains("\"identical\":false")
    );
}

#[test]
fn a_report_is_exported_in_the_persons_language() {
    let parts = matrix().set(
        b"desc",
        &localized(&[("enUS", "Screen"), ("deDE", "Bildschirm")]),
    );
    let german = Options {
        languages: vec!["de_DE.UTF-8"],
        ..options()
    };
    let report = Report::new(&parts.profile(), &german);
    assert_eq!(report.description.as_deref(), Some("Bildschirm"));
    let json: serde_json::Value = serde_json::to_value(&report).unwrap();
    assert_eq!(json["description"], "Bildschirm");
    assert_eq!(json["kind"], "matrix");
    assert_eq!(json["header"]["class"], DeviceClass::DISPLAY.0.to_string());
    assert_eq!(json["findings"][0]["verdict"], "note");
    assert!(json["gamut"]["coverage"]["srgb"].as_f64().unwrap() > 0.9);
    let text = report.to_text();
    assert!(
        text.contains("Bildschirm") && text.contains("note: "),
        "{text}"
    );
}
