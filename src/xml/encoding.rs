// SPDX-License-Identifier: GPL-3.0-or-later
//! How a document's bytes become text that the reader can walk.
//!
//! Owns the choice of encoding (byte order mark, declaration) and two views of the bytes:
//! [`positions`] keeps every byte position, [`text`] keeps every character. Editing uses the
//! first, reading the second. It does not parse markup.

use std::borrow::Cow;

use super::XmlError;

/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Stands for each byte above 0x7F in the view of a document in an 8-bit encoding. It occurs
/// in no name that we look for, so that it can't make a name match.
const STAND_IN: char = '\u{7F}';

/// An encoding in which all markup is plain ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// ISO-8859-1, whose bytes are the first 256 code points.
    Latin1,
    /// Another encoding in which bytes below 0x80 are always ASCII.
    OtherAscii,
}

/// Finds the encoding and the length of the byte order mark.
///
/// # Errors
///
/// [`XmlError::Encoding`] for UTF-16, UTF-32 and encodings in which an ASCII byte can be part
/// of another character (Shift JIS, GBK, Big5, UTF-7...).
pub(crate) fn detect(bytes: &[u8]) -> Result<(Encoding, usize), XmlError> {
    let refuse = |found: &str| {
        Err(XmlError::Encoding {
            found: found.to_owned(),
        })
    };
    match bytes {
        [0x00, 0x00, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0x00, 0x00, ..] => return refuse("UTF-32"),
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0x00, b'<', ..] | [b'<', 0x00, ..] => {
            return refuse("UTF-16");
        }
        [0x4C, 0x6F, 0xA7, 0x94, ..] => return refuse("EBCDIC"),
        _ => {}
    }
    if bytes.starts_with(BOM) {
        return Ok((Encoding::Utf8, BOM.len()));
    }
    let Some(name) = declared(bytes) else {
        return Ok((Encoding::Utf8, 0));
    };
    let lower = name.to_ascii_lowercase();
    let encoding = match lower.as_str() {
        "utf-8" | "utf8" => Encoding::Utf8,
        "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "latin1" | "latin-1" | "l1" => Encoding::Latin1,
        "us-ascii" | "ascii" | "euc-jp" | "euc-kr" | "gb2312" | "euc-cn" | "macintosh"
        | "tis-620" => Encoding::OtherAscii,
        other
            if ["iso-8859-", "iso8859-", "windows-125", "cp125", "koi8-"]
                .iter()
                .any(|family| other.starts_with(family)) =>
        {
            Encoding::OtherAscii
        }
        _ => return refuse(&name),
    };
    Ok((encoding, 0))
}

/// The encoding that the XML declaration names.
fn declared(bytes: &[u8]) -> Option<String> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let end = rest.windows(2).take(1024).position(|pair| pair == b"?>")?;
    let declaration = String::from_utf8_lossy(&rest[..end]);
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = value[1..].split_once(quote)?;
    Some(name.to_owned())
}

/// The document as text in which every byte keeps its position. Bytes that are no ASCII in
/// an 8-bit encoding are replaced by a stand-in; the byte order mark is cut off.
///
/// # Errors
///
/// [`XmlError::NotUtf8`] for bytes that are no UTF-8.
pub(crate) fn positions(
    bytes: &[u8],
    encoding: Encoding,
    bom: usize,
) -> Result<Cow<'_, str>, XmlError> {
    view(bytes, encoding, bom, |_| STAND_IN)
}

/// The document as text in which every character is right (in an 8-bit encoding other than
/// ISO-8859-1, what is no ASCII is replaced by U+FFFD). Positions may differ.
///
/// # Errors
///
/// As [`detect`], and [`XmlError::NotUtf8`].
pub(crate) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    let (encoding, bom) = detect(bytes)?;
    view(bytes, encoding, bom, |byte| character(byte, encoding))
}

/// One byte of an 8-bit encoding, as a character.
pub(crate) fn character(byte: u8, encoding: Encoding) -> char {
    if byte.is_ascii() || encoding == Encoding::Latin1 {
        char::from(byte)
    } else {
        char::REPLACEMENT_CHARACTER
    }
}

fn view(
    bytes: &[u8],
    encoding: Encoding,
    bom: usize,
    high: impl Fn(u8) -> char,
) -> Result<Cow<'_, str>, XmlError> {
    let body = bytes.get(bom..).unwrap_or_default();
    match std::str::from_utf8(body) {
        Ok(text) if encoding == Encoding::Utf8 || body.is_ascii() => Ok(Cow::Borrowed(text)),
        Err(source) if encoding == Encoding::Utf8 => Err(XmlError::NotUtf8 {
            line: line_of(body, source.valid_up_to()),
            source,
        }),
        _ => Ok(body
            .iter()
            .map(|&byte| {
                if byte.is_ascii() {
                    char::from(byte)
                } else {
                    high(byte)
                }
            })
            .collect::<String>()
            .into()),
    }
}

/// The line of a position, counted from 1.
pub(crate) fn line_of(bytes: &[u8], at: usize) -> usize {
    let before = &bytes[..at.min(bytes.len())];
    1 + before
        .split(|&byte| byte == b'\n')
        .count()
        .saturating_sub(1)
}
