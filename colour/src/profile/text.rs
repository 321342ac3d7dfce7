// SPDX-License-Identifier: GPL-3.0-or-later
//! Texts: `textType`, `textDescriptionType` (version 2) and `multiLocalizedUnicodeType`.

use super::Reader;

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalText {
    /// ISO 639-1, in lower case; empty where the profile names none.
    pub language: String,
    /// ISO 3166-1, in upper case; empty where the profile names none.
    pub country: String,
    /// The text, without control characters.
    pub text: String,
}

/// The longest text that is read, in bytes of the profile.
const MAX_TEXT: usize = 1 << 16;

/// The most languages that are read of one text.
const MAX_LANGUAGES: usize = 256;

/// The texts of a tag, in the order of the profile. Empty where there is none to be read.
pub fn texts(tag: &[u8]) -> Vec<LocalText> {
    let read = match tag.get(..4) {
        Some(b"text") => ascii(tag.get(8..).unwrap_or_default()).map(|text| vec![plain(text)]),
        Some(b"desc") => description(Reader(tag)),
        Some(b"mluc") => localized(Reader(tag)),
        _ => None,
    };
    let mut texts = read.unwrap_or_default();
    texts.retain(|text| !text.text.is_empty());
    texts
}

/// The text for a person who reads the given languages, the best one first, each written as in
/// the variable LANG (`pt_BR.UTF-8`, `de`). English is what is left, and then the first one.
pub fn choose<'a>(texts: &'a [LocalText], languages: &[&str]) -> Option<&'a str> {
    let wanted = languages.iter().copied().chain(["en_US", "en"]);
    for name in wanted {
        let name = name.split(['.', '@']).next().unwrap_or_default();
        let (language, country) = name.split_once('_').unwrap_or((name, ""));
        let same = |text: &&LocalText| text.language.eq_ignore_ascii_case(language);
        let exact = |text: &&LocalText| text.country.eq_ignore_ascii_case(country);
        let found = texts.iter().filter(same).find(exact);
        if let Some(found) = found.or_else(|| texts.iter().find(same)) {
            return Some(&found.text);
        }
    }
    texts.first().map(|text| text.text.as_str())
}

fn plain(text: String) -> LocalText {
    LocalText {
        language: String::new(),
        country: String::new(),
        text,
    }
}

/// Without what a terminal or a label would take for a command.
fn clean(text: impl Iterator<Item = char>) -> String {
    let kept: String = text
        .map(|one| if one == '\n' { ' ' } else { one })
        .filter(|one| {
            !one.is_control() && !matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .collect();
    kept.trim().to_owned()
}

/// Text that should be ASCII, and in the wild is often Latin 1 or UTF-8; up to a zero.
fn ascii(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.get(..bytes.len().min(MAX_TEXT))?;
    let bytes = bytes.split(|byte| *byte == 0).next()?;
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => clean(text.chars()),
        Err(_) => clean(bytes.iter().copied().map(char::from)),
    })
}

/// UTF-16 with the higher byte first, up to a zero.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let bytes = bytes.get(..bytes.len().min(MAX_TEXT)).unwrap_or_default();
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
    let text = char::decode_utf16(units.take_while(|unit| *unit != 0));
    clean(text.map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)))
}

fn description(reader: Reader<'_>) -> Option<Vec<LocalText>> {
    let length = reader.length(8)?;
    let first = plain(ascii(reader.slice(12, length)?)?);
    // Many profiles end here, though they should not.
    let unicode = || {
        let at = 12_usize.checked_add(length)?;
        let count = reader.length(at.checked_add(4)?)?.checked_mul(2)?;
        Some(utf16(reader.slice(at.checked_add(8)?, count)?))
    };
    let mut texts = vec![first];
    texts.extend(unicode().map(plain));
    Some(texts)
}

fn localized(reader: Reader<'_>) -> Option<Vec<LocalText>> {
    let count = reader.length(8)?.min(MAX_LANGUAGES);
    let size = reader.length(12)?;
    if size < 12 {
        return None;
    }
    let name = |at: usize| {
        let letters = reader.slice(at, 2)?;
        let known = letters.iter().all(u8::is_ascii_alphabetic);
        Some(if known {
            letters.iter().copied().map(char::from).collect::<String>()
        } else {
            String::new()
        })
    };
    let mut texts = Vec::new();
    let mut total = 0;
    for index in 0..count {
        let record = || {
            let at = 16 + index.checked_mul(size)?;
            let (length, offset) = (reader.length(at + 4)?, reader.length(at + 8)?);
            Some(LocalText {
                language: name(at)?.to_ascii_lowercase(),
                country: name(at + 2)?.to_ascii_uppercase(),
                text: utf16(reader.slice(offset, length)?),
            })
        };
        let Some(text) = record() else { break };
        total += text.text.len();
        // Records may all point to the same long text.
        if total > 4 * MAX_TEXT {
            break;
        }
        texts.push(text);
    }
    Some(texts)
}
