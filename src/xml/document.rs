// SPDX-License-Identifier: GPL-3.0-or-later
//! A document of somebody else's, changed by splices.
//!
//! Owns the bytes. An edit finds the byte positions with quick-xml's reader, puts the new
//! bytes there and leaves every other byte alone: comments, order, quotes, entities, line
//! ends, byte order mark, unknown elements. It knows nothing of what the elements mean;
//! [`super::DomainEdit`] does.

use std::borrow::Cow;
use std::ops::Range;

use super::XmlError;
use super::encoding::{self, Encoding};
use super::escape::{check_name, escape_attribute, escape_text, resolve, to_ascii};
use super::layout;
use super::locate::{self, Located, Stretch, StretchKind};
use super::walk::{Piece, Walker};

/// A well-formed document that can be edited.
///
/// Memory: the document itself, once more while an edit is spliced in, and once more while a
/// document in an 8-bit encoding is searched. Nothing grows with its depth or its number of
/// elements but the reader's list of open names.
#[derive(Debug, Clone)]
pub struct Document {
    bytes: Vec<u8>,
    encoding: Encoding,
    bom: usize,
}

/// Bytes to replace, and what by.
type Splice = (Range<usize>, String);

impl Document {
    /// Takes a document whose root is `<domain>`.
    ///
    /// # Errors
    ///
    /// See [`Document::parse_with_root`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, XmlError> {
        Self::parse_with_root(bytes, "domain")
    }

    /// Takes a document whose root is `root`, and checks the whole of it.
    ///
    /// # Errors
    ///
    /// [`XmlError::WrongRoot`] for another root, [`XmlError::Namespace`] for a root that
    /// libvirt would not look into, [`XmlError::Encoding`] or [`XmlError::NotUtf8`] for bytes
    /// that can't be read, [`XmlError::Malformed`], [`XmlError::Truncated`] or
    /// [`XmlError::Empty`] for what is no well-formed XML.
    pub fn parse_with_root(bytes: Vec<u8>, root: &str) -> Result<Self, XmlError> {
        let (encoding, bom) = encoding::detect(&bytes)?;
        let document = Self {
            bytes,
            encoding,
            bom,
        };
        check(&document.text()?, root)?;
        Ok(document)
    }

    /// The document as it now is.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The document as it now is.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The string value of the first element that the path names (as `XPath`'s `string()`:
    /// its descendants' text included, comments left out), or `None` if there is none. The
    /// five predefined entities and character references are resolved, others left as
    /// written.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] for an empty path.
    pub fn element_text(&self, path: &[&str]) -> Result<Option<String>, XmlError> {
        let text = self.text()?;
        let located = locate(&text, path)?;
        if located.chain.len() < path.len() {
            return Ok(None);
        }
        Ok(Some(self.string_value(&text, &located)))
    }

    /// The value of an attribute of the first element that the path names.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] for an empty path.
    pub fn attribute(&self, path: &[&str], name: &str) -> Result<Option<String>, XmlError> {
        let text = self.text()?;
        Ok(attribute_span(&text, path, name)?.map(|span| resolve(&text[span]).into_owned()))
    }

    /// Sets the text of the first element that the path names; an absent one is put where
    /// libvirt has it, laid out as its neighbours are. Tells whether a byte changed.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] for a path that can't be, [`XmlError::Character`] for a value that
    /// XML can't carry.
    pub fn set_element_text(&mut self, path: &[&str], value: &str) -> Result<bool, XmlError> {
        self.set_element(path, value, &[])
    }

    /// As [`Document::set_element_text`], with attributes that the element has afterwards
    /// (its others stay).
    ///
    /// # Errors
    ///
    /// See [`Document::set_element_text`].
    pub fn set_element(
        &mut self,
        path: &[&str],
        value: &str,
        attributes: &[(&str, &str)],
    ) -> Result<bool, XmlError> {
        let escaped = self.encode(escape_text(value)?);
        let text = self.text()?;
        let located = locate(&text, path)?;
        let found = located.chain.len() == path.len();
        let mut changed = true;
        let splices = if found && self.string_value(&text, &located) == value {
            changed = false;
            Vec::new()
        } else if found {
            replacement(&text, &located, value, &escaped)
        } else {
            let parent = located.chain.last().unwrap_or(&located.root);
            let steps = &path[located.chain.len()..];
            let is_root = located.chain.is_empty();
            vec![layout::insertion(
                &text, parent, is_root, steps, &escaped, attributes,
            )?]
        };
        drop(text);
        if changed {
            self.splice(splices);
        }
        if found {
            for (name, value) in attributes {
                changed |= self.set_attribute(path, name, value)?;
            }
        }
        Ok(changed)
    }

    /// Sets an attribute of the first element that the path names. Tells whether a byte
    /// changed; without such an element nothing does.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] or [`XmlError::Character`].
    pub fn set_attribute(
        &mut self,
        path: &[&str],
        name: &str,
        value: &str,
    ) -> Result<bool, XmlError> {
        check_name(name)?;
        let escaped = self.encode(escape_attribute(value)?);
        let text = self.text()?;
        let splice = if let Some(span) = attribute_span(&text, path, name)? {
            if resolve(&text[span.clone()]) == value {
                return Ok(false);
            }
            (span, escaped)
        } else {
            let located = locate(&text, path)?;
            let Some(element) = located.chain.get(path.len() - 1) else {
                return Ok(false);
            };
            let closing = if element.empty { "/>".len() } else { 1 };
            let inside = &text[element.tag.start..element.tag.end - closing];
            let at = element.tag.start + inside.trim_end_matches([' ', '\t', '\r', '\n']).len();
            (at..at, format!(" {name}='{escaped}'"))
        };
        drop(text);
        self.splice(vec![splice]);
        Ok(true)
    }

    /// Removes every element that the path names, with the line it stands on alone: libvirt
    /// reads the first, so that a second one would take its place. A parent that would be
    /// left with blanks only goes too, unless it is the root or has attributes. Tells whether
    /// a byte changed.
    ///
    /// # Errors
    ///
    /// [`XmlError::Name`] for an empty path.
    pub fn remove_element(&mut self, path: &[&str]) -> Result<bool, XmlError> {
        check_path(path)?;
        let text = self.text()?;
        let splices: Vec<Splice> = locate::removable(&text, path)?
            .into_iter()
            .map(|element| (layout::removal(text.as_bytes(), element), String::new()))
            .collect();
        drop(text);
        let changed = !splices.is_empty();
        self.splice(splices);
        Ok(changed)
    }

    fn text(&self) -> Result<Cow<'_, str>, XmlError> {
        encoding::positions(&self.bytes, self.encoding, self.bom)
    }

    fn encode(&self, escaped: String) -> String {
        match self.encoding {
            Encoding::Utf8 => escaped,
            Encoding::Latin1 | Encoding::OtherAscii => to_ascii(&escaped),
        }
    }

    /// The characters of a stretch of text, in the document's encoding.
    fn characters<'a>(&self, text: &'a str, stretch: &Stretch) -> Cow<'a, str> {
        let raw: Cow<'a, str> = if self.encoding == Encoding::Utf8 {
            Cow::Borrowed(&text[stretch.span.clone()])
        } else {
            self.bytes[stretch.span.clone()]
                .iter()
                .map(|&byte| encoding::character(byte, self.encoding))
                .collect::<String>()
                .into()
        };
        match stretch.kind {
            StretchKind::Text => resolve(&raw).into_owned().into(),
            StretchKind::CData => raw,
        }
    }

    /// The string value of the element found.
    fn string_value(&self, text: &str, located: &Located) -> String {
        located
            .stretches
            .iter()
            .map(|stretch| self.characters(text, stretch))
            .collect()
    }

    /// Puts all changes in, in one pass. They are in document order and don't overlap; their
    /// positions do not count the byte order mark.
    fn splice(&mut self, splices: Vec<Splice>) {
        let grown: usize = splices.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(self.bytes.len() + grown);
        let mut from = 0;
        for (span, new) in splices {
            out.extend_from_slice(&self.bytes[from..self.bom + span.start]);
            out.extend_from_slice(new.as_bytes());
            from = self.bom + span.end;
        }
        out.extend_from_slice(&self.bytes[from..]);
        self.bytes = out;
    }
}

/// Where the value of an attribute stands, without its quotes.
fn attribute_span(text: &str, path: &[&str], name: &str) -> Result<Option<Range<usize>>, XmlError> {
    let located = locate(text, path)?;
    let Some(element) = located.chain.get(path.len() - 1) else {
        return Ok(None);
    };
    let mut walker = Walker::trusting(&text[element.tag.clone()]);
    let Some((Piece::Open { tag, .. }, _)) = walker.next()? else {
        return Ok(None);
    };
    let raw = tag.attributes_raw();
    let raw_start = element.tag.start + 1 + element.name_len;
    let found = tag
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name);
    // The value is a part of `raw`, so the distance of the two is its place in there.
    Ok(found.map(|attribute| {
        let offset = attribute.value.as_ptr().addr() - raw.as_ptr().addr();
        let start = raw_start + offset;
        start..start + attribute.value.len()
    }))
}

/// Walks the whole document once, so that later walks meet no error.
fn check(text: &str, expected: &str) -> Result<(), XmlError> {
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    if let Some(at) = text.bytes().position(|byte| control(&byte)) {
        return Err(XmlError::Malformed {
            line: encoding::line_of(text.as_bytes(), at),
            reason: "it holds a control character".to_owned(),
            source: None,
        });
    }
    let mut walker = Walker::checked(text);
    let mut seen = false;
    let mut wrong = None;
    while let Some((piece, _)) = walker.next()? {
        if let Piece::Open { name, tag, .. } = piece
            && !std::mem::replace(&mut seen, true)
        {
            if name != expected {
                wrong = Some(XmlError::WrongRoot {
                    expected: expected.to_owned(),
                    found: name.to_owned(),
                });
            } else if let Some(namespace) = locate::default_namespace(&tag) {
                wrong = Some(XmlError::Namespace {
                    root: name.to_owned(),
                    namespace,
                });
            }
        }
    }
    wrong.map_or(Ok(()), Err)
}

fn locate(text: &str, path: &[&str]) -> Result<Located, XmlError> {
    check_path(path)?;
    locate::first(text, path)
}

fn check_path(path: &[&str]) -> Result<(), XmlError> {
    if path.is_empty() {
        return Err(XmlError::Name {
            name: String::new(),
        });
    }
    path.iter().try_for_each(|step| check_name(step))
}

/// The changes that give the element found a new text.
///
/// The value goes where the first text other than blanks stands. All other text goes, blanks
/// behind the value too (libvirt refuses a number with blanks behind it, but takes blanks
/// before it); comments, CDATA marks and child elements stay.
fn replacement(text: &str, located: &Located, value: &str, escaped: &str) -> Vec<Splice> {
    let Some(element) = located.chain.last() else {
        return Vec::new();
    };
    if element.empty {
        let name = &text[element.tag.start + 1..element.tag.start + 1 + element.name_len];
        let slash = element.tag.end - "/>".len();
        return vec![(slash..element.tag.end, format!(">{escaped}</{name}>"))];
    }
    let part = |stretch: &Stretch| &text[stretch.span.clone()];
    let first = located
        .stretches
        .iter()
        .position(|stretch| !layout::blank(part(stretch)));
    let mut splices = Vec::new();
    if first.is_none() {
        splices.push((element.tag.end..element.tag.end, escaped.to_owned()));
    }
    for (index, stretch) in located.stretches.iter().enumerate() {
        let mut span = stretch.span.clone();
        match first {
            Some(first) if index < first => {}
            Some(first) if index == first => {
                let content = part(stretch);
                span.start +=
                    content.len() - content.trim_start_matches([' ', '\t', '\r', '\n']).len();
                let new = match stretch.kind {
                    StretchKind::CData if escaped == value => value.to_owned(),
                    // Not to be told apart from markup, or not in the encoding: step outside.
                    StretchKind::CData => format!("]]>{escaped}<![CDATA["),
                    StretchKind::Text => escaped.to_owned(),
                };
                splices.push((span, new));
            }
            _ => splices.push((span, String::new())),
        }
    }
    splices
}
