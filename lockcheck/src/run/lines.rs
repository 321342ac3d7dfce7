// SPDX-License-Identifier: GPL-3.0-or-later
//! From bytes to lines, through the preprocessor's markers where there are any.

use std::sync::{Arc, OnceLock};

use crate::c::prepare::Marker;

/// Where the lines of a file begin. They are counted when something is to be told first.
#[derive(Clone, Debug)]
pub struct Lines {
    bytes: Arc<Vec<u8>>,
    starts: OnceLock<Vec<usize>>,
    markers: Vec<Marker>,
    files: Vec<String>,
    path: String,
}

impl Lines {
    /// The lines of a file without markers.
    pub fn new(path: String, bytes: Arc<Vec<u8>>) -> Self {
        Self {
            bytes,
            starts: OnceLock::new(),
            markers: Vec::new(),
            files: Vec::new(),
            path,
        }
    }

    /// The same lines, as the preprocessor's markers name them.
    #[must_use]
    pub fn with_markers(mut self, markers: Vec<Marker>, files: Vec<String>) -> Self {
        self.markers = markers;
        self.files = files;
        self
    }

    /// The number of a line in the file itself, from 0.
    pub fn index(&self, at: usize) -> usize {
        let starts = self.starts.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', &self.bytes).map(|at| at + 1);
            std::iter::once(0).chain(breaks).collect()
        });
        starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    fn marker(&self, at: usize) -> Option<&Marker> {
        let next = self.markers.partition_point(|marker| marker.offset <= at);
        self.markers.get(next.checked_sub(1)?)
    }

    /// The file and line of a place, the line from 1.
    pub fn place(&self, at: usize) -> (&str, u32) {
        let index = self.index(at);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match self.marker(at) {
            None => (&self.path, number(index + 1)),
            Some(marker) => {
                let file = self.files.get(marker.file).unwrap_or(&self.path);
                (
                    file,
                    marker
                        .line
                        .saturating_add(number(index - self.index(marker.offset))),
                )
            }
        }
    }

    /// Whether a place is of the file that was preprocessed, not of one that it includes.
    pub fn is_main(&self, at: usize) -> bool {
        let main = self.markers.first().map(|marker| marker.file);
        self.marker(at)
            .is_none_or(|marker| Some(marker.file) == main)
    }
}
