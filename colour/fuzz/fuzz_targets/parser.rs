// SPDX-License-Identifier: GPL-3.0-or-later
//! Bytes become a profile or are refused, and a report of it can be written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_colour::profile::Profile;
use oriel_colour::report::{Options, Report};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(profile) = Profile::parse(bytes) {
        let report = Report::new(&profile, &Options::default());
        assert!(!report.to_text().is_empty());
    }
});
