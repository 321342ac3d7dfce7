// SPDX-License-Identifier: GPL-3.0-or-later
//! Bytes as a file of C: a report or an error, with the built-in configuration and all rules.

#![no_main]

use lockcheck::config::Config;
use lockcheck::report::{self, Format};
use lockcheck::run::{Source, check};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut config = Config::libvirt_2009().expect("the built-in configuration is sound");
    config.conditions = true;
    config.switch(&["all".to_owned()], true).expect("it is a name");
    let source = Source { path: "fuzz.c".to_owned(), bytes: bytes.to_vec() };
    let outcome = check(vec![source], &config);
    for format in [Format::Text, Format::Json, Format::Sarif, Format::Gcc] {
        report::write(&outcome, format).expect("a report can be written");
    }
});
