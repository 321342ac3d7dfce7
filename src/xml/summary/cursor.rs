// SPDX-License-Identifier: GPL-3.0-or-later
//! Reads a document downwards: element by element, without a tree.
//!
//! Owns the reader's position. Whoever takes a child must read it or skip it before the next;
//! [`Cursor::skip`], [`Cursor::text`] and [`Cursor::each`] do.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::xml::XmlError;
use crate::xml::escape::resolve;
use crate::xml::walk::reader_error;

/// An element whose start tag was just read.
#[derive(Debug)]
pub(super) struct Child<'a> {
    pub(super) name: &'a str,
    tag: BytesStart<'a>,
    empty: bool,
}

impl Child<'_> {
    /// An attribute's value, if the element has it.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.tag
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.as_ref() == name)
            .map(|attribute| resolve(&attribute.value).into_owned())
    }
}

/// The place in a document.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            reader: Reader::from_str(text),
        }
    }

    /// The root element.
    pub(super) fn root(&mut self) -> Result<Child<'a>, XmlError> {
        loop {
            match self.event(None)? {
                Event::Start(tag) => return Ok(self.child(tag, false)),
                Event::Empty(tag) => return Ok(self.child(tag, true)),
                Event::Eof => return Err(XmlError::Empty),
                _ => {}
            }
        }
    }

    /// Passes each child of an element to `visit`, which reads or skips it.
    pub(super) fn each(
        &mut self,
        parent: &Child<'a>,
        visit: impl FnMut(&mut Self, &Child<'a>) -> Result<(), XmlError>,
    ) -> Result<(), XmlError> {
        self.each_and_text(parent, visit).map(drop)
    }

    /// As [`Cursor::each`]; gives the text between the children.
    pub(super) fn each_and_text(
        &mut self,
        parent: &Child<'a>,
        mut visit: impl FnMut(&mut Self, &Child<'a>) -> Result<(), XmlError>,
    ) -> Result<String, XmlError> {
        let mut value = String::new();
        if parent.empty {
            return Ok(value);
        }
        loop {
            let child = match self.event(Some(parent))? {
                Event::Start(tag) => self.child(tag, false),
                Event::Empty(tag) => self.child(tag, true),
                Event::End(_) => return Ok(value),
                Event::Eof => return Err(truncated(parent)),
                Event::Text(text) => {
                    value.push_str(&text.xml10_content());
                    continue;
                }
                Event::CData(text) => {
                    value.push_str(&text.xml10_content());
                    continue;
                }
                Event::GeneralRef(name) => {
                    value.push_str(&resolve(&format!("&{};", &*name)));
                    continue;
                }
                _ => continue,
            };
            visit(self, &child)?;
        }
    }

    /// Passes over the rest of an element.
    pub(super) fn skip(&mut self, child: &Child<'a>) -> Result<(), XmlError> {
        if !child.empty {
            self.reader
                .read_to_end(child.tag.name())
                .map_err(|error| self.error(error, Some(child)))?;
        }
        Ok(())
    }

    /// The string value of an element; predefined entities and character references are
    /// resolved, others left as written.
    pub(super) fn text(&mut self, child: &Child<'a>) -> Result<String, XmlError> {
        let mut value = String::new();
        let mut depth = usize::from(!child.empty);
        while depth > 0 {
            match self.event(Some(child))? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Text(text) => value.push_str(&text.xml10_content()),
                Event::CData(text) => value.push_str(&text.xml10_content()),
                Event::GeneralRef(name) => {
                    value.push_str(&resolve(&format!("&{};", &*name)));
                }
                Event::Eof => return Err(truncated(child)),
                _ => {}
            }
        }
        Ok(value)
    }

    fn event(&mut self, inside: Option<&Child<'a>>) -> Result<Event<'a>, XmlError> {
        self.reader
            .read_event()
            .map_err(|error| self.error(error, inside))
    }

    fn error(&self, error: quick_xml::Error, inside: Option<&Child<'a>>) -> XmlError {
        let name = inside.map(|child| child.name);
        reader_error(self.text, &self.reader, name, error)
    }

    /// The name is taken from the document, which outlives the tag.
    fn child(&self, tag: BytesStart<'a>, empty: bool) -> Child<'a> {
        let end = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let closing = if empty { "/>".len() } else { ">".len() };
        let inner = end.saturating_sub(closing + tag.len());
        let name = self.text.get(inner..inner + tag.name().as_ref().len());
        Child {
            name: name.unwrap_or_default(),
            tag,
            empty,
        }
    }
}

fn truncated(child: &Child<'_>) -> XmlError {
    XmlError::Truncated {
        element: child.name.to_owned(),
    }
}
