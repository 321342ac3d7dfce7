// SPDX-License-Identifier: GPL-3.0-or-later
//! Threads share one part of glibc's heap. In a process of its own: parts that were made before
//! stay.

#![cfg(target_env = "gnu")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Barrier;

/// The size of a part's reserve of addresses, and what it is aligned to.
const RESERVE: u64 = 64 << 20;

/// How many threads want memory at once.
const THREADS: usize = 12;

/// How many parts of the heap there are beside the first: each begins with what is in use, at the
/// beginning of its reserve.
fn parts() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mappings: Vec<(u64, u64, &str)> = maps
        .lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (begin, end) = words.next()?.split_once('-')?;
            let number = |text| u64::from_str_radix(text, 16).ok();
            Some((number(begin)?, number(end)?, words.next()?))
        })
        .collect();
    mappings
        .windows(2)
        .filter(|pair| {
            let [(begin, middle, used), (next, end, rest)] = pair else {
                return false;
            };
            begin % RESERVE == 0
                && middle == next
                && end - begin == RESERVE
                && (*used, *rest) == ("rw-p", "---p")
        })
        .count()
}

/// How many parts there are while threads have memory.
fn parts_with_threads() -> usize {
    let (ready, counted) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let bytes = std::hint::black_box(vec![1_u8; 1000]);
                ready.wait();
                counted.wait();
                drop(bytes);
            });
        }
        ready.wait();
        let count = parts();
        counted.wait();
        count
    })
}

#[test]
fn many_threads_share_one_part() {
    let before = parts();
    libvirt_ext::heap::share_between_threads();
    assert!(before <= 1, "{before} parts at the start");
    let with_threads = parts_with_threads();
    assert!(with_threads <= 1, "{with_threads} parts");
}
