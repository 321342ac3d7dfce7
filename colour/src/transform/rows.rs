// SPDX-License-Identifier: GPL-3.0-or-later
//! Rows of a picture over threads.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::pixels::{Order, Rect, Surface};

/// Fewer pixels than this are not worth a thread of their own: starting one takes about as long.
const WORTH_A_THREAD: usize = 1 << 16;

/// Into how many pieces each thread's part is cut.
const PIECES: usize = 16;

/// Calls `kernel` with each row (or part of a row) to be converted.
pub(super) fn each(
    surface: &mut Surface<'_>,
    rects: Option<&[Rect]>,
    threads: usize,
    kernel: impl Fn(&mut [u8], Order) + Sync,
) {
    let whole = [surface.whole()];
    for rect in rects.unwrap_or(&whole) {
        let rect = surface.cut(*rect);
        if rect.width > 0 && rect.height > 0 {
            part(surface, rect, threads, &kernel);
        }
    }
}

fn part(
    surface: &mut Surface<'_>,
    rect: Rect,
    threads: usize,
    kernel: &(impl Fn(&mut [u8], Order) + Sync),
) {
    let (stride, order) = (surface.stride, surface.order);
    let begin = rect.y * stride;
    let end = (begin + rect.height * stride).min(surface.data.len());
    let Some(band) = surface.data.get_mut(begin..end) else {
        return;
    };
    let columns = rect.x * 4..(rect.x + rect.width) * 4;
    let rows = |band: &mut [u8]| {
        for row in band.chunks_mut(stride) {
            if let Some(row) = row.get_mut(columns.clone()) {
                kernel(row, order);
            }
        }
    };
    let available = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = if threads == 0 { available() } else { threads };
    let useful = (rect.width * rect.height / WORTH_A_THREAD).clamp(1, threads);
    if useful == 1 {
        rows(band);
        return;
    }
    // Each takes a few rows at a time: a thread whose processor is busy with something else
    // does less, and nobody waits for it.
    let few = (rect.height / (useful * PIECES)).max(1) * stride;
    let pieces = Mutex::new(band.chunks_mut(few));
    let work = || {
        loop {
            let piece = pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
            match piece {
                Some(piece) => rows(piece),
                None => break,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..useful {
            scope.spawn(work);
        }
        // This thread does its part, too.
        work();
    });
}
