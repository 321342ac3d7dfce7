// SPDX-License-Identifier: GPL-3.0-or-later
//! A picture of a huge screen costs little memory. It is a program of its own, with one test, so
//! that nothing else is in what is measured.

#![allow(clippy::unwrap_used, reason = "a test and its helpers")]

use std::io::{Cursor, Read};

use oriel::preview::{Preview, PreviewError};

/// The largest picture that is taken: 64 Mi pixels, which were 690 MB once.
const SIDE: u32 = 8192;

/// The most that the process may have had more than before, in KiB.
const MOST_KIB: u64 = 24 * 1024;

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

/// Reads one and tells how much higher the peak is than before.
fn cost_kib(source: impl Read) -> u64 {
    let before = peak_kib();
    let small = Preview::read(source, None, Some(320)).unwrap();
    assert_eq!((small.width, small.height), (320, 320));
    for pixel in [&small.rgba[..4], &small.rgba[small.rgba.len() - 4..]] {
        assert_eq!(pixel, [7, 7, 7, 255]);
    }
    peak_kib() - before
}

#[test]
fn a_huge_screen_costs_little_memory() {
    let header = format!("P6 {SIDE} {SIDE} 255\n").into_bytes();
    let ppm = || Cursor::new(header.clone()).chain(std::io::repeat(7));
    let cost = cost_kib(ppm());
    assert!(cost < MOST_KIB, "PPM: {cost} KiB");

    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer().unwrap();
    let pixels = std::io::repeat(7).take(u64::from(SIDE) * u64::from(SIDE) * 3);
    std::io::copy(&mut { pixels }, &mut stream).unwrap();
    stream.finish().unwrap();
    writer.finish().unwrap();
    let cost = cost_kib(Cursor::new(png));
    assert!(cost < MOST_KIB, "PNG: {cost} KiB");

    // In full size it is refused before its pixels are read.
    let before = peak_kib();
    let refused = Preview::read(ppm(), None, None).unwrap_err();
    assert!(matches!(refused, PreviewError::TooLargeToKeep), "{refused}");
    assert!(peak_kib() - before < 1024);
    // At the command line there is a way out.
    let next = oriel::Error::from(refused).next();
    let command = next.command.unwrap().to_string();
    assert!(command.contains("--width"), "{command}");
}
