// SPDX-License-Identifier: GPL-3.0-or-later
//! Words to look for in a source, where nearly all that are asked for are not among them.

use rustc_hash::FxHashMap;

/// Whether a byte can stand in an identifier.
pub(super) fn is_word(byte: u8) -> bool {
    const WORD: [bool; 256] = {
        let mut word = [false; 256];
        let mut byte = 0_u8;
        loop {
            word[byte as usize] =
                byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
            if byte == u8::MAX {
                break word;
            }
            byte += 1;
        }
    };
    WORD[usize::from(byte)]
}

/// How many bytes at the beginning of a text are a word.
pub(super) fn word_length(text: &[u8]) -> usize {
    let end = text.iter().position(|byte| !is_word(*byte));
    end.unwrap_or(text.len())
}

/// Words with what is known of each.
#[derive(Clone, Debug)]
pub(super) struct Words<T> {
    known: FxHashMap<Vec<u8>, T>,
    /// For each first byte a bit for each length that some word has: most words of a source
    /// are told from all of these without being looked up.
    lengths: Vec<u64>,
}

impl<T> Default for Words<T> {
    fn default() -> Self {
        Self {
            known: FxHashMap::default(),
            lengths: vec![0; 256],
        }
    }
}

fn length_bit(word: &[u8]) -> u64 {
    1 << word.len().min(63)
}

impl<T: Default> Words<T> {
    /// What is known of a word, which is added if it is new.
    pub(super) fn entry(&mut self, word: &[u8]) -> &mut T {
        if let Some(first) = word.first() {
            self.lengths[usize::from(*first)] |= length_bit(word);
        }
        self.known.entry(word.to_vec()).or_default()
    }

    pub(super) fn get(&self, word: &[u8]) -> Option<&T> {
        let first = word.first()?;
        if self.lengths[usize::from(*first)] & length_bit(word) == 0 {
            return None;
        }
        self.known.get(word)
    }
}
