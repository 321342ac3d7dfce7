// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles, and pictures with profiles in them, that were broken at random: each is refused or
//! used, in bounded time and memory.
//!
//! `ORIEL_SOAK` says how many profiles (600 if not set; `make soak` takes 50,000),
//! `ORIEL_SOAK_PICTURES` how many pictures (200; 10,000). For the rest see `soak`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests, and what they measured"
)]

mod pictures;
mod profiles;
mod soak;
#[path = "../support/mod.rs"]
mod support;

use std::env;

fn many(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |many| many.parse().unwrap())
}

#[test]
fn broken_profiles_are_refused_or_used() {
    let corpus = profiles::Profiles::new();
    let many = many("ORIEL_SOAK", 600);
    soak::go_through("broken_profiles_are_refused_or_used", &corpus, many).has(&[
        "refused",
        "reported",
        "conversions",
        "conversions refused",
    ]);
}

#[test]
fn pictures_with_broken_profiles_are_shown() {
    let corpus = pictures::Pictures::new();
    let many = many("ORIEL_SOAK_PICTURES", 200);
    soak::go_through("pictures_with_broken_profiles_are_shown", &corpus, many).has(&[
        "refused",
        "by the profile",
        "as sRGB, with the reason",
        "as untagged",
        "PNG shown",
        "JPEG shown",
        "TIFF shown",
        "WebP shown",
        "AVIF shown",
    ]);
}
