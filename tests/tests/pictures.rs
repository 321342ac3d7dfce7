// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures made by other programs, converted by `orielctl image convert`, and read again by
//! other programs.

#![allow(clippy::unwrap_used, reason = "a test: what can't be done fails it")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use oriel_colour::picture::{Origin, Picture, Pixels, Tag};
use oriel_colour::profile::Profile;
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::standard::DISPLAY_P3;
use oriel_sandbox::process;
use oriel_tests::orielctl;

fn run(program: &str, words: &[&str], folder: &Path) {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder);
    process::run(&mut command).unwrap();
}

/// Four patches by ImageMagick: red, green, blue and grey, each of 40 by 40.
fn patches(folder: &Path) {
    let words = [
        "-size",
        "40x40",
        "xc:#c83c28",
        "xc:#28b43c",
        "xc:#3246c8",
        "xc:#808080",
        "+append",
        "patches.png",
    ];
    run("convert", &words, folder);
}

const PATCHES: [[u8; 3]; 4] = [[200, 60, 40], [40, 180, 60], [50, 70, 200], [128, 128, 128]];

/// The middle of each patch.
fn middles(picture: &Picture) -> [[u8; 3]; 4] {
    let [first, second, third, fourth] = [20, 60, 100, 140].map(|x| {
        let at = 20 * picture.width + x;
        match &picture.pixels {
            Pixels::Eight(bytes) => [0, 1, 2].map(|part| bytes[at * 4 + part]),
            Pixels::Sixteen(pixels) => [0, 1, 2].map(|part| pixels[at][part].to_be_bytes()[0]),
        }
    });
    [first, second, third, fourth]
}

#[track_caller]
fn assert_near(found: [[u8; 3]; 4], expected: [[u8; 3]; 4], by: u8, what: &str) {
    for (one, other) in found.as_flattened().iter().zip(expected.as_flattened()) {
        assert!(
            one.abs_diff(*other) <= by,
            "{what}: {found:?}, not {expected:?}"
        );
    }
}

#[test]
fn what_other_programs_make_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    patches(path);
    let p3 = DISPLAY_P3.profile().unwrap();
    fs::write(path.join("p3.icc"), p3.bytes()).unwrap();
    let embedded = Tag::Profile(p3.clone(), Origin::Embedded);
    let read = |name: &str| Picture::from_file(&path.join(name)).unwrap();

    for (name, by) in [("a.png", 0), ("a.tiff", 0), ("a.jpg", 6), ("a.webp", 12)] {
        // Four colours would become a palette, and ImageMagick 7 takes the fewest bits that hold
        // them: 4 in a TIFF.
        let words = "patches.png -type TrueColor -depth 8 -quality 98 -profile p3.icc";
        let words: Vec<&str> = words.split(' ').chain([name]).collect();
        run("convert", &words, path);
        let picture = read(name);
        assert_eq!(picture.tag, embedded, "{name}");
        assert_near(middles(&picture), PATCHES, by, name);
    }
    run(
        "convert",
        &[
            "patches.png",
            "-type",
            "TrueColor",
            "-depth",
            "16",
            "-profile",
            "p3.icc",
            "deep.tiff",
        ],
        path,
    );
    assert_eq!(read("deep.tiff").bits(), 16);

    for (name, words, bits) in [
        // The newer avifenc of Debian 13 writes no figures by itself.
        ("420.avif", &["-y", "420", "--cicp", "1/13/6"][..], 8),
        ("422.avif", &["-y", "422", "--cicp", "1/13/6"], 8),
        (
            "444.avif",
            &["-y", "444", "-d", "10", "--cicp", "1/13/6"],
            16,
        ),
        (
            "full.avif",
            &["-y", "444", "-r", "limited", "--cicp", "1/13/1"],
            8,
        ),
        ("same.avif", &["-l", "--cicp", "1/13/0"], 8),
        (
            "tiles.avif",
            &["--grid", "2x1", "-y", "444", "--cicp", "1/13/6"],
            8,
        ),
    ] {
        // Tiles have a least size.
        let from = if name == "tiles.avif" {
            "large.png"
        } else {
            "patches.png"
        };
        if from == "large.png" {
            run("convert", &["patches.png", "-resize", "400%", from], path);
        }
        let mut all = vec!["--speed", "8"];
        if !words.contains(&"-l") {
            all.extend(["--min", "0", "--max", "10"]);
        }
        all.extend(words);
        all.extend([from, name]);
        run("avifenc", &all, path);
        let mut picture = read(name);
        assert_eq!(picture.bits(), bits, "{name}");
        assert!(
            matches!(picture.tag, Tag::Profile(_, Origin::Figures)),
            "{name}"
        );
        if from == "large.png" {
            assert_eq!((picture.width, picture.height), (640, 160));
            let bytes = oriel_colour::picture::Levels::new(picture.clone());
            let part = oriel_colour::picture::Part {
                x: 0,
                y: 0,
                width: 160,
                height: 40,
            };
            picture.pixels = Pixels::Eight(bytes.part(0.25, part));
            picture.width = 160;
        }
        assert_near(middles(&picture), PATCHES, 6, name);
    }
    run(
        "avifenc",
        &[
            "--icc",
            "p3.icc",
            "--irot",
            "1",
            "patches.png",
            "turned.avif",
        ],
        path,
    );
    let turned = read("turned.avif");
    assert_eq!((turned.width, turned.height), (40, 160));
    assert_eq!(turned.tag, embedded);
}

fn convert(folder: &Path, words: &[&str]) -> Output {
    Command::new(orielctl())
        .args(["image", "convert"])
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn orielctl_converts_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    patches(path);
    let swapped = samples::profile(&Model::default().swapped(), Kind::Matrix).unwrap();
    fs::write(path.join("swapped.icc"), swapped.bytes()).unwrap();

    let done = convert(
        path,
        &["patches.png", "out.png", "--to", "swapped.icc", "--bpc"],
    );
    assert!(done.status.success(), "{done:?}");
    let out = Picture::from_file(&path.join("out.png")).unwrap();
    assert_eq!(out.tag, Tag::Profile(swapped.clone(), Origin::Embedded));
    let [red, green, _, grey] = middles(&out);
    assert!(red[1] > red[0] && green[0] > green[1], "{red:?} {green:?}");
    assert!(grey[0].abs_diff(grey[1]) < 3, "{grey:?}");

    // And back, on standard output.
    let done = convert(path, &["out.png", "-", "--intent", "absolute"]);
    assert!(done.status.success(), "{done:?}");
    let back = Picture::decode(&done.stdout).unwrap();
    assert_eq!(back.profile(), Profile::srgb());
    assert_near(middles(&back), PATCHES, 3, "back");

    run(
        "convert",
        &[
            "patches.png",
            "-type",
            "TrueColor",
            "-depth",
            "16",
            "-define",
            "png:bit-depth=16",
            "deep.png",
        ],
        path,
    );
    let done = convert(
        path,
        &[
            "--json",
            "deep.png",
            "deep-out.png",
            "--from",
            "srgb",
            "--to",
            "swapped.icc",
        ],
    );
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (json["bits"].as_u64(), json["width"].as_u64()),
        (Some(16), Some(160))
    );

    // A broken profile is told of; what can't be done has its own exit code.
    fs::write(path.join("broken.icc"), &swapped.bytes()[..300]).unwrap();
    let mut broken = Picture::from_file(&path.join("patches.png")).unwrap();
    broken.tag = Tag::None;
    for (words, code) in [
        (&["patches.png", "x.png", "--to", "broken.icc"][..], 1),
        (&["patches.png", "x.png", "--to", "./none.icc"], 3),
        (&["broken.icc", "x.png"], 1),
        (&["patches.png"], 2),
    ] {
        let done = convert(path, words);
        assert_eq!(done.status.code(), Some(code), "{words:?}: {done:?}");
        assert!(!done.stderr.is_empty());
    }
    assert!(!path.join("x.png").exists());
}
