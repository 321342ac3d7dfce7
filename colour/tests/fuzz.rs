// SPDX-License-Identifier: GPL-3.0-or-later
//! What the fuzz targets do, done once with what they begin with and with a little damage: so
//! that they go on to compile and to take their seeds, where no fuzzer is at hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;
#[path = "../fuzz/src/lib.rs"]
mod targets;

use support::dice::Dice;
use support::seeds;

#[test]
fn each_fuzz_target_takes_its_seeds() {
    let mut dice = Dice(7);
    for (name, seeds) in seeds::all() {
        let target = match name {
            "parser" => targets::parser,
            "dictionary" => targets::dictionary,
            "transform" => targets::transform,
            "picture" => targets::picture,
            other => panic!("{other} is no target"),
        };
        // Each has its file, which says no more than this.
        let file = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("oriel_colour_fuzz::{name}(bytes)")));
        assert!(!seeds.is_empty());
        for seed in seeds {
            target(&seed);
            for _ in 0..3 {
                let mut damaged = seed.clone();
                let end = damaged.len();
                dice.flip(&mut damaged, 0, end);
                target(&damaged);
            }
        }
    }
}
