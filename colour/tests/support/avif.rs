// SPDX-License-Identifier: GPL-3.0-or-later
//! An AVIF file with a profile in it.

use super::files::File;

/// The AV1 of a picture of 16 by 16 pixels, made by `avifenc`.
const AV1: &[u8] = &[
    0x12, 0x00, 0x0a, 0x09, 0x18, 0x0c, 0xff, 0xf9, 0x20, 0x21, 0xa0, 0xd0, 0x80, 0x32, 0x1c, 0x17,
    0x80, 0x00, 0x00, 0x40, 0x00, 0x30, 0x6e, 0xb6, 0x66, 0x02, 0xd0, 0xab, 0xed, 0xfe, 0x76, 0xbf,
    0x84, 0x0d, 0x18, 0xc1, 0xca, 0xcc, 0x55, 0x3f, 0xff, 0x64, 0xaa,
];

/// Configuration of the decoder, as `avifenc` wrote it.
const CONFIGURATION: [u8; 4] = [0x81, 0, 0x0c, 0];

/// A file with these bytes as its profile; without one where there are none.
pub fn file(profile: &[u8]) -> File {
    let start = whole(profile, 0);
    // What lies in front has the same length wherever the data begin.
    let bytes = whole(profile, start.len() - AV1.len());
    // Behind the first box.
    let boxes = 20..bytes.len() - AV1.len();
    let mut frame = Vec::from([boxes.clone()]);
    if !profile.is_empty() {
        let at = super::files::places(&bytes, b"colrprof").next().unwrap();
        let after = at + 8 + profile.len();
        frame = vec![boxes.start..at + 8, at - 16..at + 8, after..boxes.end];
    }
    File { bytes, frame }
}

fn whole(profile: &[u8], data_at: usize) -> Vec<u8> {
    let size = u32::try_from(AV1.len()).unwrap().to_be_bytes();
    let place = u32::try_from(data_at).unwrap().to_be_bytes();
    let mut properties = vec![
        part(b"ispe", &[[0; 4], [0, 0, 0, 16], [0, 0, 0, 16]].concat()),
        part(b"av1C", &CONFIGURATION),
    ];
    if !profile.is_empty() {
        properties.push(part(b"colr", &[b"prof", profile].concat()));
    }
    let count = u8::try_from(properties.len()).unwrap();
    let mut owned = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 1, count];
    owned.extend(1..=count);
    let infe = part(b"infe", b"\x02\0\0\0\0\x01\0\0av01\0");
    let meta = [
        vec![0; 4],
        part(b"hdlr", b"\0\0\0\0\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        part(b"pitm", &[0, 0, 0, 0, 0, 1]),
        // One item, with one extent; places and lengths of four bytes.
        part(
            b"iloc",
            &[
                &[0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1][..],
                &place,
                &size,
            ]
            .concat(),
        ),
        part(b"iinf", &[&[0, 0, 0, 0, 0, 1][..], &infe].concat()),
        part(
            b"iprp",
            &[part(b"ipco", &properties.concat()), part(b"ipma", &owned)].concat(),
        ),
    ];
    [
        part(b"ftyp", b"avif\0\0\0\0mif1"),
        part(b"meta", &meta.concat()),
        part(b"mdat", AV1),
    ]
    .concat()
}

/// A box.
fn part(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + content.len()).unwrap();
    [&length.to_be_bytes()[..], kind, content].concat()
}
