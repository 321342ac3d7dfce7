// SPDX-License-Identifier: GPL-3.0-or-later
//! Bytes as a file of Rust: a report or an error, with our own configuration.

#![no_main]

use lockcheck::config::Config;
use lockcheck::run::{Source, check};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let config = Config::parse(include_str!("../../../lockcheck.toml"), "lockcheck.toml")
        .expect("our configuration is sound");
    let source = Source { path: "fuzz.rs".to_owned(), bytes: bytes.to_vec() };
    check(vec![source], &config);
});
