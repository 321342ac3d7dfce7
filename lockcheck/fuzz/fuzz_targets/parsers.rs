// SPDX-License-Identifier: GPL-3.0-or-later
//! Where the fast parser takes a piece of C, the grammar takes it too and makes the same tree.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lockcheck::c::syntax::{Tree, fast, grammar};

fuzz_target!(|text: &[u8]| {
    let (mut quick, mut slow) = (Tree::default(), Tree::default());
    if fast::parse(text, &mut quick).is_ok() {
        let mut parser = grammar::parser();
        let parsed = grammar::parse(&mut parser, text, &mut slow);
        assert!(parsed.is_ok(), "the grammar does not take it: {parsed:?}");
        assert_eq!(format!("{:?}", quick.root()), format!("{:?}", slow.root()));
    }
});
