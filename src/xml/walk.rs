// SPDX-License-Identifier: GPL-3.0-or-later
//! Walks a document and says where each piece of markup stands.
//!
//! Owns the byte spans (from quick-xml's reader positions) and the rules of well-formedness
//! that the reader leaves to its caller: one root, nothing but blanks outside it, all elements
//! closed, sane names, unique attributes. It builds no tree, so memory does not grow with the
//! document. It never expands an entity.

use std::collections::HashSet;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use super::XmlError;
use super::encoding::line_of;

/// One piece of a document.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// A start tag, or a whole element that closes itself.
    Open {
        /// The name, with its prefix.
        name: &'a str,
        /// The tag as read, for its attributes.
        tag: BytesStart<'a>,
        /// Whether the tag closes itself.
        empty: bool,
    },
    /// An end tag.
    Close,
    /// Character data without references.
    Text,
    /// A reference such as `&amp;`.
    Reference,
    /// A CDATA section.
    CData,
    /// A comment, processing instruction, declaration or document type.
    Other,
}

/// Walks the pieces of one document.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    root: Option<&'a str>,
    /// Whether the checks that need each tag's inside are made.
    checked: bool,
}

impl<'a> Walker<'a> {
    /// A walker that checks all that it passes.
    pub(crate) fn checked(text: &'a str) -> Self {
        let mut walker = Self::trusting(text);
        walker.checked = true;
        walker.reader.config_mut().check_comments = true;
        walker
    }

    /// A walker for a document that was checked before.
    pub(crate) fn trusting(text: &'a str) -> Self {
        Self {
            text,
            reader: Reader::from_str(text),
            depth: 0,
            root: None,
            checked: false,
        }
    }

    /// How many elements are open after the last piece; an element that closes itself does
    /// not count.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The next piece and its bytes, or `None` at the end of the document.
    ///
    /// # Errors
    ///
    /// [`XmlError::Malformed`], [`XmlError::Truncated`] or [`XmlError::Empty`].
    pub(crate) fn next(&mut self) -> Result<Option<(Piece<'a>, Range<usize>)>, XmlError> {
        let start = self.position();
        let event = self.reader.read_event();
        let span = start..self.position();
        let piece = match event {
            Err(error) => return Err(self.broken(error)),
            Ok(Event::Start(tag)) => self.open(tag, &span, false)?,
            Ok(Event::Empty(tag)) => self.open(tag, &span, true)?,
            Ok(Event::End(_)) => {
                self.check_end_tag(&span)?;
                self.depth = self.depth.saturating_sub(1);
                Piece::Close
            }
            Ok(Event::Text(_)) => {
                let blank = || self.text[span.clone()].bytes().all(is_blank);
                if self.depth == 0 && !blank() {
                    return Err(self.malformed(span.start, "there is text outside the root"));
                }
                Piece::Text
            }
            Ok(Event::GeneralRef(_)) => self.inside(Piece::Reference, span.start)?,
            Ok(Event::CData(_)) => self.inside(Piece::CData, span.start)?,
            Ok(Event::DocType(_)) if self.root.is_some() => {
                return Err(self.malformed(span.start, "the document type comes after the root"));
            }
            Ok(Event::Decl(_)) if span.start > 0 => {
                return Err(self.malformed(span.start, "the XML declaration is not at the start"));
            }
            Ok(Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Decl(_)) => {
                Piece::Other
            }
            Ok(Event::Eof) => return self.end().map(|()| None),
        };
        Ok(Some((piece, span)))
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn end(&self) -> Result<(), XmlError> {
        match self.root {
            None => Err(XmlError::Empty),
            Some(root) if self.depth > 0 => Err(XmlError::Truncated {
                element: root.to_owned(),
            }),
            Some(_) => Ok(()),
        }
    }

    fn open(
        &mut self,
        tag: BytesStart<'a>,
        span: &Range<usize>,
        empty: bool,
    ) -> Result<Piece<'a>, XmlError> {
        let name_start = span.start + 1;
        let name = &self.text[name_start..name_start + tag.name().as_ref().len()];
        if self.depth == 0 && self.root.is_some() {
            return Err(self.malformed(span.start, "there is a second root element"));
        }
        if self.checked {
            self.check_tag(name, &tag, span.start)?;
        }
        self.root.get_or_insert(name);
        self.depth += usize::from(!empty);
        Ok(Piece::Open { name, tag, empty })
    }

    fn inside(&self, piece: Piece<'a>, at: usize) -> Result<Piece<'a>, XmlError> {
        if self.depth == 0 {
            return Err(self.malformed(at, "there is text outside the root"));
        }
        Ok(piece)
    }

    fn check_end_tag(&self, span: &Range<usize>) -> Result<(), XmlError> {
        let inner = &self.text[span.start + 2..span.end - 1];
        // The reader lets attributes pass in an end tag.
        if self.checked && inner.trim_end_matches(blank_char).contains(blank_char) {
            return Err(self.malformed(span.start, "an end tag holds more than a name"));
        }
        Ok(())
    }

    fn check_tag(&self, name: &str, tag: &BytesStart<'_>, at: usize) -> Result<(), XmlError> {
        if !is_name(name) {
            return Err(self.malformed(at, &format!("\"{name}\" is no element name")));
        }
        if tag.attributes_raw().is_empty() {
            return Ok(());
        }
        let mut seen = HashSet::new();
        // The reader's own check for repeated names takes quadratic time.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| XmlError::Malformed {
                line: line_of(self.text.as_bytes(), at),
                reason: format!("the attributes of <{name}> can't be read"),
                source: Some(error.into()),
            })?;
            let key = attribute.key.into_inner();
            if !is_name(key) || attribute.value.contains('<') {
                return Err(self.malformed(at, &format!("<{name}> has a broken attribute")));
            }
            if !seen.insert(key) {
                return Err(self.malformed(at, &format!("<{name}> repeats an attribute")));
            }
        }
        Ok(())
    }

    fn broken(&self, error: quick_xml::Error) -> XmlError {
        reader_error(self.text, &self.reader, self.root, error)
    }

    fn malformed(&self, at: usize, reason: &str) -> XmlError {
        XmlError::Malformed {
            line: line_of(self.text.as_bytes(), at),
            reason: reason.to_owned(),
            source: None,
        }
    }
}

/// What the reader's error means. `inside` is the element that was being read.
pub(crate) fn reader_error(
    text: &str,
    reader: &Reader<&[u8]>,
    inside: Option<&str>,
    error: quick_xml::Error,
) -> XmlError {
    match (&error, inside) {
        (quick_xml::Error::Syntax(kind), Some(element))
            if *kind != SyntaxError::InvalidBangMarkup =>
        {
            XmlError::Truncated {
                element: element.to_owned(),
            }
        }
        (quick_xml::Error::IllFormed(IllFormedError::MissingEndTag(element)), _) => {
            XmlError::Truncated {
                element: element.clone(),
            }
        }
        _ => XmlError::Malformed {
            line: line_of(
                text.as_bytes(),
                usize::try_from(reader.error_position()).unwrap_or(usize::MAX),
            ),
            reason: error.to_string(),
            source: Some(error),
        },
    }
}

/// Whether a byte is white space to XML.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn blank_char(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Whether a text can be the name of an element or attribute. Rules out what confuses markup;
/// the finer rules for letters beyond ASCII are left to libvirt.
pub(crate) fn is_name(name: &str) -> bool {
    let starts_well = name
        .chars()
        .next()
        .is_some_and(|first| !first.is_ascii_digit() && !matches!(first, '-' | '.'));
    starts_well
        && name.bytes().all(|byte| {
            byte >= 0x7F
                || byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b':' | b'-' | b'.')
        })
}
