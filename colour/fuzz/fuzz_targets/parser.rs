// SPDX-License-Identifier: GPL-3.0-or-later
//! See the function of this name in `src/lib.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oriel_colour_fuzz::parser(bytes));
