// SPDX-License-Identifier: GPL-3.0-or-later
//! Writes what the fuzz targets begin with: `fuzz_seeds FOLDER`, with a folder for each target.

#![allow(clippy::unwrap_used, reason = "for those who work on this crate")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    for (name, seeds) in support::seeds::all() {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
        }
    }
}
