// SPDX-License-Identifier: GPL-3.0-or-later
//! The dictionary tag, and the other types that are read by our own hand.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_colour::profile::text::{choose, texts};
use oriel_colour::profile::{Curve, Dictionary, Vcgt};

fuzz_target!(|bytes: &[u8]| {
    // The type is put in front, so that each gets past its first four bytes.
    for kind in [b"dict", b"mluc", b"desc", b"text", b"curv", b"para", b"vcgt"] {
        let tag = [kind.as_slice(), bytes].concat();
        if let Some(read) = Dictionary::read(&tag) {
            let total: usize = read.entries().iter().map(|(a, b)| a.len() + b.len()).sum();
            assert!(total <= 1 << 20);
        }
        let _ = choose(&texts(&tag), &["de_DE.UTF-8"]);
        if let Some(curve) = Curve::read(&tag) {
            assert!((0.0..=1.0).contains(&curve.at(0.5)));
            let _ = (curve.gamma(), curve.falls_at());
        }
        if let Some(vcgt) = Vcgt::read(&tag) {
            assert!((0.0..=1.0).contains(&vcgt.at(1, 0.5)));
        }
    }
});
