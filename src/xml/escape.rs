// SPDX-License-Identifier: GPL-3.0-or-later
//! Escapes text for XML, and builds new documents.
//!
//! New documents are ours, so they may be written whole; documents of others are edited in
//! place by [`super::Document`]. Owns the escaping rules; it knows no element of libvirt's.

use std::borrow::Cow;

use quick_xml::escape::unescape;

use super::XmlError;
use super::walk::is_name;

/// Escapes a text for the content of an element.
///
/// # Errors
///
/// [`XmlError::Character`] for a character that XML 1.0 can't carry (section 2.2).
pub fn escape_text(text: &str) -> Result<String, XmlError> {
    escape(text, false)
}

/// Escapes a text for an attribute's value, in quotes of either kind. Tabs and line ends are
/// kept as character references: left plain, a reader would turn them into blanks.
///
/// # Errors
///
/// [`XmlError::Character`] for a character that XML 1.0 can't carry (section 2.2).
pub fn escape_attribute(text: &str) -> Result<String, XmlError> {
    escape(text, true)
}

fn escape(text: &str, attribute: bool) -> Result<String, XmlError> {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\'' if attribute => out.push_str("&apos;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {
                return Err(XmlError::Character {
                    code: u32::from(character),
                });
            }
            _ => out.push(character),
        }
    }
    Ok(out)
}

/// Resolves the predefined entities and character references. Others stay as written, so that
/// no entity is ever expanded.
pub(crate) fn resolve(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        let end = reference.find(';').map_or(reference.len(), |end| end + 1);
        let (reference, after) = reference.split_at(end);
        out.push_str(before);
        out.push_str(&unescape(reference).unwrap_or(Cow::Borrowed(reference)));
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes what is no ASCII as character references, for a document in another encoding.
pub(crate) fn to_ascii(escaped: &str) -> String {
    let mut out = String::with_capacity(escaped.len());
    for character in escaped.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            out.push_str("&#");
            out.push_str(&u32::from(character).to_string());
            out.push(';');
        }
    }
    out
}

/// Builds a new document, two blanks of indentation a level, all text escaped.
///
/// ```
/// let mut xml = oriel::xml::Builder::new("domain", &[("type", "qemu")])?;
/// xml.leaf("name", &[], "R&D")?;
/// xml.open("os", &[])?.leaf("type", &[("arch", "x86_64")], "hvm")?.close();
/// assert_eq!(
///     xml.finish(),
///     "<domain type='qemu'>\n  <name>R&amp;D</name>\n  <os>\n    \
///      <type arch='x86_64'>hvm</type>\n  </os>\n</domain>\n"
/// );
/// # Ok::<(), oriel::xml::XmlError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    text: String,
    open: Vec<String>,
}

impl Builder {
    /// A document with the root element `root`.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] or [`XmlError::Character`].
    pub fn new(root: &str, attributes: &[(&str, &str)]) -> Result<Self, XmlError> {
        let mut builder = Self {
            text: String::new(),
            open: Vec::new(),
        };
        builder.open(root, attributes)?;
        Ok(builder)
    }

    /// Opens an element; [`Builder::close`] ends it.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] or [`XmlError::Character`].
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> Result<&mut Self, XmlError> {
        let tag = start_tag(name, attributes)?;
        self.indent();
        self.text.push_str(&tag);
        self.text.push_str(">\n");
        self.open.push(name.to_owned());
        Ok(self)
    }

    /// Closes the innermost open element. The root stays open until [`Builder::finish`].
    pub fn close(&mut self) -> &mut Self {
        if self.open.len() > 1 {
            self.end();
        }
        self
    }

    /// Writes an element that holds only text, or nothing if the text is empty.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] or [`XmlError::Character`].
    pub fn leaf(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> Result<&mut Self, XmlError> {
        let tag = start_tag(name, attributes)?;
        let text = escape_text(text)?;
        self.indent();
        self.text.push_str(&tag);
        if text.is_empty() {
            self.text.push_str("/>\n");
        } else {
            self.text.push('>');
            self.text.push_str(&text);
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push_str(">\n");
        }
        Ok(self)
    }

    /// Closes all that is open and gives the document.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.text
    }

    fn end(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text.push_str("</");
            self.text.push_str(&name);
            self.text.push_str(">\n");
        }
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push_str("  ");
        }
    }
}

/// A start tag without its `>`.
pub(crate) fn start_tag(name: &str, attributes: &[(&str, &str)]) -> Result<String, XmlError> {
    check_name(name)?;
    let mut tag = format!("<{name}");
    for (key, value) in attributes {
        check_name(key)?;
        for part in [" ", *key, "='", &escape_attribute(value)?, "'"] {
            tag.push_str(part);
        }
    }
    Ok(tag)
}

/// Refuses what can't be a name.
pub(crate) fn check_name(name: &str) -> Result<(), XmlError> {
    if is_name(name) && !name.contains('\u{7F}') {
        return Ok(());
    }
    Err(XmlError::Name {
        name: name.to_owned(),
    })
}
