// SPDX-License-Identifier: GPL-3.0-or-later
//! Pictures of every kind, sound and broken.

use std::io::Cursor;

use super::*;

fn png(color: ExtendedColorType, width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(pixels, width, height, color)
        .unwrap();
    bytes
}

fn pixels(count: u32) -> Vec<u8> {
    (0..count).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn ppm(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = format!("P6\n# screen\n{width} {height}\n255\n").into_bytes();
    bytes.extend(pixels(width * height * 3));
    bytes
}

/// A PNG header with a size of choice and a right check sum, and no pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let sum = chunk.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    });
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend(chunk);
    bytes.extend((!sum).to_be_bytes());
    bytes.extend(b"\0\0\0\x04IDAT\0\0\0\0\0\0\0\0");
    bytes
}

/// A palette PNG of 2 x 1 pixels, red and half clear blue, made by hand: the encoder makes none.
fn palette_png() -> Vec<u8> {
    use image::codecs::png::PngDecoder;
    let chunk = |kind: &[u8], data: &[u8]| {
        let mut body = kind.to_vec();
        body.extend(data);
        let sum = body.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
            })
        });
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], &body, &(!sum).to_be_bytes()].concat()
    };
    // zlib: header, one stored block of (filter 0, indices 0 and 1), Adler-32.
    let stored = [0x78, 0x01, 0x01, 3, 0, 0xFC, 0xFF, 0, 0, 1, 0, 4, 0, 2];
    let bytes = [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 8, 3, 0, 0, 0]),
        &chunk(b"PLTE", &[255, 0, 0, 0, 0, 255]),
        &chunk(b"tRNS", &[255, 128]),
        &chunk(b"IDAT", &stored),
        &chunk(b"IEND", &[]),
    ]
    .concat();
    assert!(PngDecoder::new(Cursor::new(&bytes)).is_ok());
    bytes
}

#[test]
fn every_kind_of_png_becomes_opaque_rgba() {
    use ExtendedColorType::{L8, L16, La8, Rgb8, Rgb16, Rgba8, Rgba16};
    let half = |value: u16| value.to_ne_bytes();
    let deep: Vec<u8> = [0xFFFF, 0x8080, 0].into_iter().flat_map(half).collect();
    let deep_alpha: Vec<u8> = [0xFFFF, 0x8080, 0, 7].into_iter().flat_map(half).collect();
    for (bytes, expected) in [
        (png(Rgb8, 1, 1, &[1, 2, 3]), vec![1, 2, 3, 255]),
        (png(Rgba8, 1, 1, &[1, 2, 3, 0]), vec![1, 2, 3, 255]),
        (png(L8, 1, 1, &[9]), vec![9, 9, 9, 255]),
        (png(La8, 1, 1, &[9, 1]), vec![9, 9, 9, 255]),
        (png(L16, 1, 1, &half(0x8080)), vec![128, 128, 128, 255]),
        (png(Rgb16, 1, 1, &deep), vec![255, 128, 0, 255]),
        (png(Rgba16, 1, 1, &deep_alpha), vec![255, 128, 0, 255]),
        (palette_png(), vec![255, 0, 0, 255, 0, 0, 255, 255]),
    ] {
        let preview = Preview::decode(&bytes, Some("image/png")).unwrap();
        assert_eq!(preview.rgba, expected);
    }
}

#[test]
fn the_content_decides_and_not_the_name() {
    let preview = Preview::decode(&ppm(3, 2), Some("image/png")).unwrap();
    assert_eq!((preview.width, preview.height), (3, 2));
    assert_eq!(preview.rgba[..8], [0, 1, 2, 255, 3, 4, 5, 255]);
    let bytes = png(ExtendedColorType::L8, 1, 1, &[9]);
    assert!(Preview::decode(&bytes, Some("image/x-portable-pixmap")).is_ok());
    assert!(Preview::decode(&bytes, None).is_ok());
    let error = Preview::decode(b"GIF89a", Some("image/gif")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The picture of the screen is in a format that can’t be shown (image/gif)."
    );
    assert!(matches!(
        Preview::decode(b"", None),
        Err(PreviewError::Empty)
    ));
}

#[test]
fn ppm_of_other_depths_is_right() {
    let low = Preview::decode(b"P6 2 1 15\n\x00\x0F\x05\x0F\x0F\x0F", None).unwrap();
    assert_eq!(low.rgba, [0, 255, 85, 255, 255, 255, 255, 255]);
    let deep = Preview::decode(b"P6 1 1 65535\n\xFF\xFF\x80\x80\x00\x00", None).unwrap();
    assert_eq!(deep.rgba, [255, 128, 0, 255]);
    let plain = Preview::decode(b"P3\n1 1\n255\n10 20 30\n", None).unwrap();
    assert_eq!(plain.rgba, [10, 20, 30, 255]);
}

#[test]
fn huge_pictures_are_refused_by_their_header() {
    for (width, height) in [
        (16_385, 1),
        (1, 16_385),
        (16_384, 4_097),
        (2_000_000_000, 2),
    ] {
        for bytes in [
            png_header(width, height),
            format!("P6 {width} {height} 255\n").into_bytes(),
        ] {
            let start = std::time::Instant::now();
            let error = Preview::decode(&bytes, None).unwrap_err();
            assert!(
                matches!(error, PreviewError::TooLarge { width: w, height: h } if (w, h) == (width.into(), height.into())),
                "{width} x {height}: {error:?}"
            );
            assert!(start.elapsed().as_millis() < 500);
        }
    }
    // Within the bounds, but too large to be kept: refused by the header as well, unless it is
    // wanted smaller.
    let large = format!("P6 {} {} 255\n", 16_384, 4_096);
    assert!(matches!(
        Preview::decode(large.as_bytes(), None),
        Err(PreviewError::TooLargeToKeep)
    ));
    assert!(matches!(
        Preview::read(large.as_bytes(), None, Some(320)),
        Err(PreviewError::Damaged { .. })
    ));
    assert!(matches!(
        Preview::decode(b"P6 0 5 255\n", None),
        Err(PreviewError::Damaged { .. })
    ));
}

#[test]
fn broken_pictures_are_refused() {
    for whole in [
        ppm(20, 10),
        png(ExtendedColorType::Rgb8, 20, 10, &pixels(600)),
    ] {
        assert!(Preview::decode(&whole, None).is_ok());
        for cut in 2..whole.len() - 12 {
            let error = Preview::decode(&whole[..cut], None).unwrap_err();
            assert!(error.to_string().len() > 20, "{error}");
        }
    }
}

#[test]
fn mutated_pictures_never_panic() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let pixels = pixels(384);
    let seeds = [
        ppm(16, 8),
        b"P3 2 2 255\n1 2 3 4 5 6 7 8 9 10 11 12".to_vec(),
        png(ExtendedColorType::Rgb8, 16, 8, &pixels),
        png(ExtendedColorType::La8, 16, 12, &pixels),
        palette_png(),
        png_header(300, 200),
    ];
    let mut decoded = 0;
    for round in 0..6_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                1 => bytes[at] ^= 1 << random(8),
                2 => bytes.truncate(at.max(3)),
                _ => bytes.insert(at, b"0 9\xFF"[random(4)]),
            }
        }
        if let Ok(preview) = Preview::decode(&bytes, None) {
            decoded += 1;
            let (width, height) = (preview.width as usize, preview.height as usize);
            assert_eq!(preview.rgba.len(), width * height * 4);
            preview.scale_to_width(5).to_png().unwrap();
        }
    }
    assert!(
        decoded > 100,
        "only {decoded} were decoded, so the rest was hardly reached"
    );
}

#[test]
fn scaling_keeps_proportions() {
    for (width, height, to, expected) in [
        (1280, 800, 320, (320, 200)),
        (1280, 800, 4000, (1280, 800)),
        (100, 1, 10, (10, 1)),
        (1, 1000, 5, (1, 1000)),
        (100, 50, 0, (1, 1)),
        (3, 2, 2, (2, 1)),
    ] {
        let preview = Preview {
            width,
            height,
            rgba: vec![200; (width * height * 4) as usize],
        };
        let scaled = preview.scale_to_width(to);
        assert_eq!((scaled.width, scaled.height), expected);
        assert_eq!(scaled.rgba.len(), (expected.0 * expected.1 * 4) as usize);
        assert!(scaled.rgba.chunks(4).all(|pixel| pixel[..3] == [200; 3]));
    }
    let small = Preview::decode(&ppm(4, 2), None).unwrap();
    let large = small.clone().enlarge_to_width(40).unwrap();
    assert_eq!((large.width, large.height), (40, 20));
    assert!(matches!(
        small.enlarge_to_width(20_000),
        Err(PreviewError::TooLarge { .. })
    ));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let preview = Preview::decode(&ppm(37, 11), None).unwrap();
    let bytes = preview.to_png().unwrap();
    assert_eq!(Preview::decode(&bytes, None).unwrap(), preview);
    assert_eq!(
        format!("{preview:?}"),
        "Preview { width: 37, height: 11, .. }"
    );
    let wrong = Preview {
        width: 9,
        ..preview
    };
    assert!(matches!(wrong.to_png(), Err(PreviewError::Damaged { .. })));
}
