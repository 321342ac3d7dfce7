// SPDX-License-Identifier: GPL-3.0-or-later
//! Finds the elements that a path names, as libvirt's `XPath` does.
//!
//! A path is matched from the root's direct children; only elements without a prefix and
//! outside any default namespace count. Of several elements the first in document order is
//! the one that libvirt reads (`string(./cputune/shares[1])`). Owns no bytes and changes none.

use std::ops::Range;

use quick_xml::events::BytesStart;

use super::XmlError;
use super::walk::{Piece, Walker, is_blank};

/// Where one element stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    /// The start tag; the whole element if it closes itself.
    pub(crate) tag: Range<usize>,
    /// Where the content ends and the end tag starts.
    pub(crate) content_end: usize,
    /// Where the element ends.
    pub(crate) end: usize,
    /// Whether the tag closes itself.
    pub(crate) empty: bool,
    /// How long the name is.
    pub(crate) name_len: usize,
}

impl Element {
    fn new(tag: Range<usize>, name: &str, empty: bool) -> Self {
        Self {
            content_end: tag.end,
            end: tag.end,
            tag,
            empty,
            name_len: name.len(),
        }
    }

    /// The bytes between the tags.
    pub(crate) fn content(&self) -> Range<usize> {
        self.tag.end..self.content_end
    }
}

/// A stretch of an element's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Its bytes; inside a CDATA section only what the section holds.
    pub(crate) span: Range<usize>,
    /// How the bytes are to be read.
    pub(crate) kind: StretchKind,
}

/// How a stretch of text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StretchKind {
    /// Characters and references.
    Text,
    /// The inside of a CDATA section.
    CData,
}

/// What a search for a path finds.
#[derive(Debug)]
pub(crate) struct Located {
    /// The root element.
    pub(crate) root: Element,
    /// The first match of each beginning of the path; as long as the path if it was found.
    pub(crate) chain: Vec<Element>,
    /// The text of the element found, its descendants' included.
    pub(crate) stretches: Vec<Stretch>,
}

/// Finds the first element that the path names.
///
/// # Errors
///
/// Those of [`Walker::next`].
pub(crate) fn first(text: &str, path: &[&str]) -> Result<Located, XmlError> {
    let mut walker = Walker::trusting(text);
    let mut root = None;
    let mut chain: Vec<Element> = Vec::new();
    // Which of the chain's elements are still open, so that their ends are filled in.
    let mut open: Vec<bool> = Vec::new();
    let mut stretches = Vec::new();
    let mut matched = 0;
    while let Some((piece, span)) = walker.next()? {
        let inside = matched == path.len() && open.last() == Some(&true);
        match piece {
            Piece::Open { name, tag, empty } => {
                let depth = walker.depth() - usize::from(!empty);
                if root.is_none() {
                    root = Some(Element::new(span, name, empty));
                } else if depth == matched + 1 && names(path.get(matched), name, &tag) {
                    if chain.len() == matched {
                        chain.push(Element::new(span, name, empty));
                        open.push(!empty);
                    }
                    if !empty {
                        matched += 1;
                    } else if matched + 1 == path.len() {
                        break;
                    }
                }
            }
            Piece::Close if walker.depth() == 0 => close(root.as_mut(), &span),
            Piece::Close if walker.depth() == matched => {
                matched -= 1;
                if open.get(matched) == Some(&true) {
                    close(chain.get_mut(matched), &span);
                    open[matched] = false;
                    if matched + 1 == path.len() {
                        break;
                    }
                }
            }
            Piece::Text | Piece::Reference if inside => match stretches.last_mut() {
                Some(Stretch {
                    span: last,
                    kind: StretchKind::Text,
                }) if last.end == span.start => last.end = span.end,
                _ => stretches.push(Stretch {
                    span,
                    kind: StretchKind::Text,
                }),
            },
            Piece::CData if inside => stretches.push(Stretch {
                span: span.start + "<![CDATA[".len()..span.end - "]]>".len(),
                kind: StretchKind::CData,
            }),
            _ => {}
        }
    }
    let root = root.ok_or(XmlError::Empty)?;
    Ok(Located {
        root,
        chain,
        stretches,
    })
}

fn close(element: Option<&mut Element>, end_tag: &Range<usize>) {
    if let Some(element) = element {
        element.content_end = end_tag.start;
        element.end = end_tag.end;
    }
}

/// Whether a tag is the element that a step of a path names.
fn names(step: Option<&&str>, name: &str, tag: &BytesStart<'_>) -> bool {
    step.is_some_and(|step| *step == name) && default_namespace(tag).is_none()
}

/// The default namespace that a tag sets, if it sets one that is not empty.
pub(crate) fn default_namespace(tag: &BytesStart<'_>) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == "xmlns" && !attribute.value.is_empty())
        .map(|attribute| attribute.value.into_owned())
}

/// A direct child of some element.
#[derive(Debug)]
pub(crate) struct Child<'a> {
    /// The name, with its prefix.
    pub(crate) name: &'a str,
    /// The whole element.
    pub(crate) span: Range<usize>,
}

/// Passes each child element of the element whose tag starts at `parent` to `visit`.
///
/// # Errors
///
/// Those of [`Walker::next`].
pub(crate) fn children<'a>(
    text: &'a str,
    parent: usize,
    mut visit: impl FnMut(Child<'a>),
) -> Result<(), XmlError> {
    let mut walker = Walker::trusting(text);
    // The depth inside the parent, once it is reached.
    let mut level = None;
    let mut current: Option<(&str, usize)> = None;
    while let Some((piece, span)) = walker.next()? {
        match (piece, level) {
            (Piece::Open { empty, .. }, None) if span.start == parent => {
                if empty {
                    break;
                }
                level = Some(walker.depth());
            }
            (Piece::Open { name, empty, .. }, Some(level)) => {
                if empty && walker.depth() == level {
                    visit(Child { name, span });
                } else if !empty && walker.depth() == level + 1 {
                    current = Some((name, span.start));
                }
            }
            (Piece::Close, Some(level)) if walker.depth() < level => break,
            (Piece::Close, Some(level)) if walker.depth() == level => {
                if let Some((name, start)) = current.take() {
                    let span = start..span.end;
                    visit(Child { name, span });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// An open element on a path whose target is to be removed.
struct Frame {
    start: usize,
    /// Whether something other than blanks and removed elements is in it, or on its tag.
    kept: bool,
    removed: Vec<Range<usize>>,
}

/// Finds all elements that a path names, and in their place the parents (never the root) that
/// would hold nothing but blanks without them.
///
/// # Errors
///
/// Those of [`Walker::next`].
pub(crate) fn removable(text: &str, path: &[&str]) -> Result<Vec<Range<usize>>, XmlError> {
    let mut walker = Walker::trusting(text);
    let mut frames: Vec<Frame> = Vec::new();
    while let Some((piece, span)) = walker.next()? {
        match piece {
            Piece::Open { name, tag, empty } => {
                let depth = walker.depth() - usize::from(!empty);
                let attributes = !tag.attributes_raw().bytes().all(is_blank);
                let mut frame = Frame {
                    start: span.start,
                    kept: attributes,
                    removed: Vec::new(),
                };
                if depth == 0 {
                    frame.kept = true;
                    frames.push(frame);
                } else if depth == frames.len() && names(path.get(depth - 1), name, &tag) {
                    if empty {
                        leave(&mut frames, frame, span.end, path.len());
                    } else {
                        frames.push(frame);
                    }
                } else if let Some(top) = frames.last_mut() {
                    top.kept = true;
                }
            }
            Piece::Close if walker.depth() + 1 == frames.len() => {
                let Some(frame) = frames.pop() else { break };
                if frames.is_empty() {
                    return Ok(frame.removed);
                }
                leave(&mut frames, frame, span.end, path.len());
            }
            Piece::Close => {}
            Piece::Text if text[span.clone()].bytes().all(is_blank) => {}
            _ => {
                if let Some(top) = frames.last_mut() {
                    top.kept = true;
                }
            }
        }
    }
    Ok(Vec::new())
}

/// Hands a closed element's removals to its parent: itself if it was named or is left empty.
fn leave(frames: &mut [Frame], frame: Frame, end: usize, path_len: usize) {
    let named = frames.len() == path_len;
    let Some(parent) = frames.last_mut() else {
        return;
    };
    if named || (!frame.kept && !frame.removed.is_empty()) {
        parent.removed.push(frame.start..end);
    } else {
        parent.kept = true;
        parent.removed.extend(frame.removed);
    }
}
