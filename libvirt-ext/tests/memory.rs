// SPDX-License-Identifier: GPL-3.0-or-later
//! Memory for secrets, looked at through the kernel's own files.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;

use libvirt_ext::memory::{LockedBuffer, ScrubFreed};
use support::{Needle, bytes_at, random_bytes};
use zeroize::Zeroize;

/// The flags that the kernel shows for the mapping that holds this address.
fn kernel_flags(address: u64) -> Vec<String> {
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut inside = false;
    for line in smaps.lines() {
        let first = line.split_whitespace().next().unwrap_or_default();
        if let Some((start, end)) = first.split_once('-') {
            let parse = |text| u64::from_str_radix(text, 16);
            if let (Ok(start), Ok(end)) = (parse(start), parse(end)) {
                inside = (start..end).contains(&address);
            }
        }
        if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| inside) {
            return flags.split_whitespace().map(str::to_owned).collect();
        }
    }
    panic!("no mapping at {address:x}")
}

#[test]
fn pages_are_locked_left_out_of_dumps_and_of_children() {
    let buffer = LockedBuffer::from_vec(random_bytes(64)).unwrap();
    let flags = kernel_flags(buffer.as_slice().as_ptr() as u64);
    assert!(flags.iter().any(|flag| flag == "dd"), "dumped: {flags:?}");
    assert!(flags.iter().any(|flag| flag == "wf"), "forked: {flags:?}");
    assert_eq!(flags.iter().any(|flag| flag == "lo"), buffer.is_locked());
    let limit = fs::read_to_string("/proc/self/limits").unwrap();
    let limit = limit
        .lines()
        .find(|line| line.starts_with("Max locked"))
        .unwrap();
    if limit.split_whitespace().nth(3) != Some("0") {
        assert!(buffer.is_locked(), "the system allows locking: {limit}");
    }
}

#[test]
fn nothing_is_left_after_the_drop() {
    let mut clear = random_bytes(40);
    let needle = Needle::new(&clear);
    let mut buffer = LockedBuffer::with_capacity(1).unwrap();
    // Enough to grow over several pages: 40 bytes at a time, and then to the end.
    for _ in 0..1000 {
        for byte in &clear {
            buffer.push(*byte).unwrap();
        }
    }
    clear.zeroize();
    assert_eq!(buffer.len(), 40_000);
    let copy = buffer.try_clone().unwrap();
    assert!(needle.count_in_memory() >= 2000, "the search itself works");
    drop(buffer);
    assert!(needle.count_in_memory() >= 1000);
    drop(copy);
    assert_eq!(needle.count_in_memory(), 0);
}

#[test]
fn growing_wipes_what_it_leaves_and_a_vector_is_wiped() {
    let clear = random_bytes(5000);
    let needle = Needle::new(&clear[..32]);
    let mut buffer = LockedBuffer::from_vec(clear).unwrap();
    assert_eq!(needle.count_in_memory(), 1, "the vector is wiped");
    for _ in 0..50_000 {
        buffer.push(b'.').unwrap();
    }
    assert_eq!(needle.count_in_memory(), 1, "the old pages are wiped");
    drop(buffer);
    assert_eq!(needle.count_in_memory(), 0);
}

#[test]
fn bytes_come_back_and_are_compared() {
    let mut buffer = LockedBuffer::with_capacity(0).unwrap();
    assert!(buffer.is_empty());
    assert!(!buffer.pop());
    buffer.extend("пароль 密码 🔑 ß".as_bytes()).unwrap();
    buffer.push(b'!').unwrap();
    assert!(buffer.pop());
    assert_eq!(buffer.as_slice(), "пароль 密码 🔑 ß".as_bytes());
    assert!(buffer.equals("пароль 密码 🔑 ß".as_bytes()));
    assert!(!buffer.equals("пароль 密码 🔑 s".as_bytes()));
    assert!(!buffer.equals(b""));
    assert_eq!(buffer, buffer.try_clone().unwrap());
    assert_eq!(format!("{buffer:?}"), "LockedBuffer(..)");
}

/// Allocates as C code does, writes the secret, frees without wiping; tells where it stood.
fn careless(clear: &[u8], room: usize) -> usize {
    // SAFETY: the allocation has room for the secret, and is freed once.
    unsafe {
        let piece = libc::malloc(room).cast::<u8>();
        // A neighbour keeps the piece from melting into the free rest of the heap.
        let neighbour = libc::malloc(16);
        // The secret goes behind the place for the allocator's own notes.
        let place = piece.add(room / 2);
        std::ptr::copy_nonoverlapping(clear.as_ptr(), place, clear.len());
        let address = std::hint::black_box(place) as usize;
        libc::free(piece.cast());
        std::hint::black_box(neighbour);
        address
    }
}

#[test]
fn what_c_code_frees_is_overwritten_small_and_large() {
    for room in [80, 200, 1000, 1100, 5000, 66_000] {
        let mut clear = random_bytes(32);
        let needle = Needle::new(&clear);
        // Without a guard it stays: what follows proves something.
        let address = careless(&clear, room);
        assert_eq!(
            bytes_at(address, 32),
            clear,
            "{room} bytes without the guard"
        );
        let address = {
            let _scrub = ScrubFreed::new();
            let inner = ScrubFreed::new();
            drop(inner);
            careless(&clear, room)
        };
        assert_ne!(bytes_at(address, 32), clear, "{room} bytes with the guard");
        clear.zeroize();
        assert_eq!(needle.count_in_memory(), 0, "{room} bytes with the guard");
        // The guard has ended: freed bytes stay again.
        let mut clear = random_bytes(32);
        let address = careless(&clear, room);
        assert_eq!(bytes_at(address, 32), clear, "{room} bytes after the guard");
        clear.zeroize();
    }
}
