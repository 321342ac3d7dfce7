// SPDX-License-Identifier: GPL-3.0-or-later
//! From bytes to lines, through the preprocessor's markers where there are any.

use crate::c::prepare::Marker;

/// Where the lines of a file begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    markers: Vec<Marker>,
    files: Vec<String>,
    path: String,
}

impl Lines {
    /// The lines of a file without markers.
    pub fn new(path: &str, bytes: &[u8]) -> Self {
        let breaks = bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(breaks).collect(),
            markers: Vec::new(),
            files: Vec::new(),
            path: path.to_owned(),
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
        self.starts
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
