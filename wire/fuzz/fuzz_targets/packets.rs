// SPDX-License-Identifier: GPL-3.0-or-later
//! What a client sends, cut in two at a place of the fuzzer's: packets and what calls hand over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oriel_wire::frame::Assembler;
use oriel_wire::procedure;

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, bytes) = input;
    let (first, rest) = bytes.split_at(usize::from(cut).min(bytes.len()));
    let mut assembler = Assembler::default();
    for part in [first, rest] {
        if assembler.push(part, []).is_err() {
            return;
        }
        while let Ok(Some(packet)) = assembler.next() {
            let _ = procedure::check(packet.header.procedure, &packet.payload);
        }
    }
});
