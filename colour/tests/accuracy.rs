// SPDX-License-Identifier: GPL-3.0-or-later
//! How exact our transforms are: against lcms2's floating point without short cuts, for profiles
//! of every kind, self-made and by ArgyllCMS; and against `transicc` and `cctiff` from outside.
//!
//! The measure is the difference that an eye sees (CIE ΔE2000) over a grid of 33³ colours and
//! 30,000 random ones. Rounding to 8 bits alone makes some; ours may add 0.02 on average and 0.4
//! at worst.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lcms2::{CIELab, CIELabExt as _, Flags, PixelFormat, ThreadContext};
use oriel_colour::profile::{Intent, Profile};
use oriel_colour::samples::{self, Kind, Model};
use oriel_colour::transform::{Order, Recipe, Surface, Transform};

fn intent(intent: Intent) -> lcms2::Intent {
    match intent {
        Intent::Perceptual => lcms2::Intent::Perceptual,
        Intent::RelativeColorimetric => lcms2::Intent::RelativeColorimetric,
        Intent::Saturation => lcms2::Intent::Saturation,
        Intent::AbsoluteColorimetric => lcms2::Intent::AbsoluteColorimetric,
    }
}

/// The colours that accuracy is measured with: a 33³ grid and 30,000 random ones.
fn colours() -> Vec<[u8; 3]> {
    let mut colours = Vec::with_capacity(33 * 33 * 33 + 30_000);
    let step = |index: u32| u8::try_from(index * 255 / 32).unwrap();
    for red in 0..33 {
        for green in 0..33 {
            colours.extend((0..33).map(|blue| [step(red), step(green), step(blue)]));
        }
    }
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..30_000 {
        // Xorshift: the same colours in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let bytes = state.to_le_bytes();
        colours.push([bytes[2], bytes[4], bytes[6]]);
    }
    colours
}

/// Colours of a device as Lab, by lcms2.
fn lab(profile: &Profile, colours: &[[f32; 3]]) -> Vec<CIELab> {
    let context = ThreadContext::new();
    let device = lcms2::Profile::new_icc_context(&context, profile.bytes()).unwrap();
    let lab = lcms2::Profile::new_lab4_context(
        &context,
        &lcms2::CIExyY {
            x: 0.3457,
            y: 0.3585,
            Y: 1.0,
        },
    )
    .unwrap();
    let way = lcms2::Transform::<[f32; 3], [f64; 3], _, _>::new_flags_context(
        &context,
        &device,
        PixelFormat::RGB_FLT,
        &lab,
        PixelFormat::Lab_DBL,
        lcms2::Intent::RelativeColorimetric,
        Flags::NO_CACHE | Flags::NO_OPTIMIZE,
    )
    .unwrap();
    let mut out = vec![[0.0; 3]; colours.len()];
    way.transform_pixels(colours, &mut out);
    out.into_iter()
        .map(|[l, a, b]| CIELab { L: l, a, b })
        .collect()
}

/// The reference, straight from lcms2 with the whole profile.
fn reference(recipe: &Recipe, colours: &[[u8; 3]]) -> Vec<[f32; 3]> {
    let context = ThreadContext::new();
    let open =
        |profile: &Profile| lcms2::Profile::new_icc_context(&context, profile.bytes()).unwrap();
    let mut flags = Flags::NO_CACHE | Flags::NO_OPTIMIZE;
    if recipe.black_point {
        flags = flags | Flags::BLACKPOINT_COMPENSATION;
    }
    let way = lcms2::Transform::<[f32; 3], [f32; 3], _, _>::new_flags_context(
        &context,
        &open(&recipe.source),
        PixelFormat::RGB_FLT,
        &open(&recipe.target),
        PixelFormat::RGB_FLT,
        intent(recipe.intent),
        flags,
    )
    .unwrap();
    let input: Vec<[f32; 3]> = colours
        .iter()
        .map(|colour| colour.map(|part| f32::from(part) / 255.0))
        .collect();
    let mut out = vec![[0.0; 3]; input.len()];
    way.transform_pixels(&input, &mut out);
    for part in out.as_flattened_mut() {
        *part = part.clamp(0.0, 1.0);
    }
    out
}

/// Mean and largest ΔE2000.
fn difference(one: &[CIELab], two: &[CIELab]) -> (f64, f64) {
    let each: Vec<f64> = one
        .iter()
        .zip(two)
        .map(|(one, two)| one.cie2000_delta_e(two, 1.0, 1.0, 1.0))
        .collect();
    let sum: f64 = each.iter().sum();
    let most = each.iter().copied().fold(0.0, f64::max);
    (sum / each.len() as f64, most)
}

/// How far a recipe's kernel is from lcms2, and how far rounding to 8 bits alone is.
fn measure(recipe: &Recipe) -> ((f64, f64), (f64, f64), &'static str) {
    let colours = colours();
    let right = reference(recipe, &colours);
    let rounded: Vec<[f32; 3]> = right
        .iter()
        .map(|colour| colour.map(|part| (part * 255.0).round() / 255.0))
        .collect();
    let transform = Transform::new(recipe).unwrap();
    let mut pixels: Vec<u8> = colours
        .iter()
        .flat_map(|it| [it[0], it[1], it[2], 7])
        .collect();
    let width = colours.len();
    let mut surface = Surface::new(&mut pixels, width, 1, width * 4, Order::Rgba).unwrap();
    transform.apply(&mut surface, None, 1);
    let ours: Vec<[f32; 3]> = pixels
        .as_chunks::<4>()
        .0
        .iter()
        .map(|pixel| [pixel[0], pixel[1], pixel[2]].map(|part| f32::from(part) / 255.0))
        .collect();
    assert!(
        pixels.iter().skip(3).step_by(4).all(|alpha| *alpha == 7),
        "alpha stays"
    );
    let right = lab(&recipe.target, &right);
    (
        difference(&lab(&recipe.target, &ours), &right),
        difference(&lab(&recipe.target, &rounded), &right),
        transform.kind(),
    )
}

/// Checks every intent, with and without black point compensation.
fn check(name: &str, target: &Profile, failed: &mut Vec<String>) {
    for intent in Intent::ALL {
        for black_point in [false, true] {
            let recipe = Recipe {
                intent,
                black_point,
                ..Recipe::new(Profile::srgb(), target.clone())
            };
            let ((mean, most), (floor_mean, floor_most), way) = measure(&recipe);
            let line = format!(
                "{name} {intent:?} bpc {black_point}: {way}, \u{394}E {mean:.3} / {most:.2}, \
                 floor {floor_mean:.3} / {floor_most:.2}"
            );
            println!("{line}");
            if mean > floor_mean + 0.02 || most > floor_most + 0.4 {
                failed.push(line);
            }
        }
    }
}

#[test]
fn what_comes_out_is_what_lcms2_says() {
    let mut failed = Vec::new();
    for kind in Kind::ALL {
        let target = samples::profile(&Model::default(), kind).unwrap();
        check(&format!("{kind:?}"), &target, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Runs a program in a folder; what it prints.
fn run(folder: &Path, program: &str, words: &[&str], input: &str) -> String {
    let mut command = Command::new(program);
    command
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {words:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Profiles of a monitor as wide as Adobe RGB, with tables, made by ArgyllCMS from measurements
/// that it makes up.
fn by_argyll(folder: &Path) -> [(PathBuf, Profile); 2] {
    run(folder, "targen", &["-d3", "-f80", "m"], "");
    let monitor = "/usr/share/color/argyll/ref/ClayRGB1998.icm";
    run(folder, "fakeread", &[monitor, "m"], "");
    [("-ax", "xyz.icc"), ("-al", "lab.icc")].map(|(way, file)| {
        run(
            folder,
            "colprof",
            &["-ql", way, "-D", "made up", "-O", file, "m"],
            "",
        );
        let path = folder.join(file);
        let profile = Profile::from_file(&path).unwrap();
        (path, profile)
    })
}

/// A few colours all over the cube.
fn few() -> Vec<[u8; 3]> {
    let all = colours();
    all.into_iter().step_by(331).collect()
}

/// What the program of lcms2 makes of colours.
fn transicc(folder: &Path, target: &Path, colours: &[[u8; 3]]) -> Vec<[f32; 3]> {
    std::fs::write(folder.join("srgb.icc"), Profile::srgb().bytes()).unwrap();
    let mut input = String::new();
    for [red, green, blue] in colours {
        writeln!(input, "{red} {green} {blue}").unwrap();
    }
    let target = format!("-o{}", target.display());
    let said = run(
        folder,
        "transicc",
        &["-isrgb.icc", &target, "-t1", "-n", "-s"],
        &input,
    );
    let rows = said.lines().filter_map(|line| {
        let parts: Vec<f32> = line.split_whitespace().flat_map(str::parse).collect();
        <[f32; 3]>::try_from(parts).ok()
    });
    rows.collect()
}

/// What ArgyllCMS's converter makes of colours, over a TIFF of one row.
fn cctiff(folder: &Path, target: &Path, colours: &[[u8; 3]]) -> Vec<[f32; 3]> {
    std::fs::write(folder.join("srgb.icc"), Profile::srgb().bytes()).unwrap();
    let mut ppm = format!("P6 {} 1 255\n", colours.len()).into_bytes();
    ppm.extend(colours.as_flattened());
    std::fs::write(folder.join("in.ppm"), ppm).unwrap();
    run(
        folder,
        "convert",
        &["in.ppm", "-compress", "None", "in.tif"],
        "",
    );
    let target = target.to_string_lossy();
    run(
        folder,
        "cctiff",
        &["-ir", "srgb.icc", "-ir", &target, "in.tif", "out.tif"],
        "",
    );
    run(
        folder,
        "convert",
        &["out.tif", "-depth", "8", "rgb:out.rgb"],
        "",
    );
    let bytes = std::fs::read(folder.join("out.rgb")).unwrap();
    let (pixels, _) = bytes.as_chunks::<3>();
    pixels.iter().map(|pixel| pixel.map(f32::from)).collect()
}

#[test]
fn profiles_by_argyll_and_programs_from_outside_agree() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut failed = Vec::new();
    let mut profiles = by_argyll(folder).to_vec();
    for (path, profile) in &profiles {
        let name = path.file_stem().unwrap().to_string_lossy();
        check(&name, profile, &mut failed);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    for kind in [Kind::Matrix, Kind::MatrixInTable] {
        let profile = samples::profile(&Model::default(), kind).unwrap();
        let path = folder.join(format!("{kind:?}.icc"));
        std::fs::write(&path, profile.bytes()).unwrap();
        profiles.push((path, profile));
    }
    let colours = few();
    for (path, profile) in &profiles {
        let transform = Transform::new(&Recipe::new(Profile::srgb(), profile.clone())).unwrap();
        for (program, theirs) in [
            ("transicc", transicc(folder, path, &colours)),
            ("cctiff", cctiff(folder, path, &colours)),
        ] {
            assert_eq!(theirs.len(), colours.len(), "{program}");
            let steps = colours.iter().zip(&theirs).map(|(colour, theirs)| {
                let ours = transform.colour(*colour).map(f32::from);
                ours.iter()
                    .zip(theirs)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max)
            });
            let mut steps: Vec<f32> = steps.collect();
            steps.sort_by(f32::total_cmp);
            let (middle, most) = (steps[steps.len() / 2], steps[steps.len() - 1]);
            println!(
                "{} {program}: {middle:.2} in the middle, {most:.2} at most",
                path.display()
            );
            assert!(middle <= 1.0, "{program}, {}", path.display());
            // In the dark a small difference of light is several steps.
            assert!(most <= 6.0, "{program}, {}: {most}", path.display());
        }
    }
}
