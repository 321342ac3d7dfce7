// SPDX-License-Identifier: GPL-3.0-or-later
//! Passphrases that people can read, write down and type.
//!
//! Seven words of the EFF's large word list, joined by hyphens. Owns the choice of words; it
//! stores nothing and tells nobody. The words come from the system's random generator, each of
//! the 7,776 equally likely, so that a passphrase has 7 x log2(7776) = 90.47 bits of entropy.
//! (Four words of the list have a hyphen in them, such as "yo-yo"; none of them can be read
//! as two others, so this takes nothing away.)

use diceware_wordlists::EFF_LONG_WORDLIST as LIST;
use zeroize::Zeroizing;

/// How many words a passphrase has.
pub const WORDS: usize = 7;

/// The longest passphrase, in bytes: seven of the longest words and six hyphens.
pub const MAX_LEN: usize = WORDS * longest() + WORDS - 1;

/// How many 16 bit numbers there are, less those that would make some words likelier.
const FAIR: usize = 65_536 - 65_536 % LIST.len();

/// Why no passphrase could be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The system gives no random numbers.
    #[error("No passphrase could be made: the system's random generator does not answer")]
    Random(#[source] getrandom::Error),
}

/// A new passphrase, in memory that is wiped when dropped and was never moved.
///
/// # Errors
///
/// [`GenerateError::Random`].
pub fn passphrase() -> Result<Zeroizing<Vec<u8>>, GenerateError> {
    let mut passphrase = Zeroizing::new(Vec::with_capacity(MAX_LEN));
    passphrase_into(|part| passphrase.extend_from_slice(part))?;
    Ok(passphrase)
}

/// Hands a new passphrase to `sink` piece by piece, for a buffer of the caller's own that holds
/// [`MAX_LEN`] bytes. After an error the pieces so far are no passphrase.
///
/// # Errors
///
/// [`GenerateError::Random`].
pub fn passphrase_into(mut sink: impl FnMut(&[u8])) -> Result<(), GenerateError> {
    for number in 0..WORDS {
        if number > 0 {
            sink(b"-");
        }
        sink(LIST[index()?].as_bytes());
    }
    Ok(())
}

/// A number below the length of the list, each equally likely.
fn index() -> Result<usize, GenerateError> {
    let mut bytes = Zeroizing::new([0; 2]);
    loop {
        getrandom::fill(&mut *bytes).map_err(GenerateError::Random)?;
        let number = usize::from(u16::from_ne_bytes(*bytes));
        if number < FAIR {
            return Ok(number % LIST.len());
        }
    }
}

const fn longest() -> usize {
    let mut longest = 0;
    let mut at = 0;
    while at < LIST.len() {
        if LIST[at].len() > longest {
            longest = LIST[at].len();
        }
        at += 1;
    }
    longest
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    /// How often a text can be read as so many words.
    fn readings(text: &str, words: usize, known: &HashSet<&str>) -> usize {
        if words == 1 {
            return usize::from(known.contains(text));
        }
        text.match_indices('-')
            .filter(|(at, _)| known.contains(&text[..*at]))
            .map(|(at, _)| readings(&text[at + 1..], words - 1, known))
            .sum()
    }

    #[test]
    fn the_list_is_what_the_entropy_counts_on() {
        let known: HashSet<_> = LIST.iter().copied().collect();
        assert_eq!(known.len(), 7776);
        assert!(
            LIST.iter()
                .all(|word| word.bytes().all(|b| b == b'-' || b.is_ascii_lowercase()))
        );
        for word in LIST.iter().filter(|word| word.contains('-')) {
            let two = readings(word, 2, &known);
            assert_eq!(two, 0, "{word} can be read as two words");
        }
        assert_eq!(MAX_LEN, 7 * 9 + 6);
        assert_eq!(FAIR % 7776, 0);
    }

    #[test]
    fn a_passphrase_is_seven_words_and_fits_its_buffer() {
        let known: HashSet<_> = LIST.iter().copied().collect();
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let passphrase = passphrase().unwrap();
            assert_eq!(passphrase.capacity(), MAX_LEN, "it was moved");
            let text = String::from_utf8(passphrase.to_vec()).unwrap();
            assert_eq!(readings(&text, WORDS, &known), 1, "{text}");
            assert!(seen.insert(text));
        }
    }

    /// 77,760 draws: each word is expected ten times. The statistic's standard deviation is
    /// 125 about 7,775; six of them are passed once in a thousand million runs.
    #[test]
    fn every_word_is_equally_likely() {
        let mut counts: HashMap<usize, u32> = HashMap::new();
        for _ in 0..77_760 {
            *counts.entry(index().unwrap()).or_default() += 1;
        }
        let square = |count: u32| (f64::from(count) - 10.0).powi(2) / 10.0;
        let statistic: f64 = (0..LIST.len())
            .map(|word| square(counts.get(&word).copied().unwrap_or(0)))
            .sum();
        assert!((7025.0..8525.0).contains(&statistic), "{statistic}");
    }
}
