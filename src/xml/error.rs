// SPDX-License-Identifier: GPL-3.0-or-later
//! Why a document could not be read, edited or built.

use crate::message::{Message, mark, texts};

/// What went wrong with an XML document.
#[derive(Debug)]
pub enum XmlError {
    /// The encoding is one whose markup can't be found byte by byte, or isn't known.
    Encoding {
        /// The encoding that the byte order mark or the declaration names.
        found: String,
    },
    /// The document counts as UTF-8 but holds bytes that are not.
    NotUtf8 {
        /// Line of the first bad byte, counted from 1.
        line: usize,
        /// What the decoder said.
        source: std::str::Utf8Error,
    },
    /// The document breaks the rules of XML.
    Malformed {
        /// Line of the trouble, counted from 1.
        line: usize,
        /// The rule that is broken.
        reason: String,
        /// The parser's own error, where it found the trouble.
        source: Option<quick_xml::Error>,
    },
    /// The document ends inside an element.
    Truncated {
        /// The root element, or the element that was being read.
        element: String,
    },
    /// The document has no element at all.
    Empty,
    /// The document describes something else.
    WrongRoot {
        /// The root element that is needed.
        expected: String,
        /// The root element that is there.
        found: String,
    },
    /// The root stands in a default namespace, where libvirt does not look.
    Namespace {
        /// The root element.
        root: String,
        /// The namespace.
        namespace: String,
    },
    /// An element or attribute holds a value that can't be understood.
    Value {
        /// The element or attribute.
        place: String,
        /// What it holds.
        value: String,
    },
    /// Something is nested more deeply than libvirt itself reads.
    TooDeep {
        /// The nested element.
        element: String,
        /// The deepest level that is read.
        limit: usize,
    },
    /// A text holds a character that XML can't carry, not even escaped.
    Character {
        /// The character's code point.
        code: u32,
    },
    /// A name is no XML name, or a path names no element.
    Name {
        /// The name.
        name: String,
    },
}

texts! {
    /// What is said of documents.
    DOCUMENTS;
    ENCODING = "document-encoding", mark("The document is encoded as {found}, which can’t be edited safely. Save it as UTF-8 and try again.");
    NOT_UTF8 = "document-not-utf8", mark("The document is not valid UTF-8 (line {line}), and does not say which other encoding it has.");
    MALFORMED = "document-malformed", mark("The document is not well-formed XML. Line {line}: {words}.");
    TRUNCATED = "document-truncated", mark("The document is cut short: it ends before <{element}> is closed.");
    EMPTY = "document-empty", mark("The document is empty: it holds no XML element.");
    WRONG_ROOT = "document-wrong-root", mark("The document describes a <{found}>, but a <{expected}> is needed.");
    NAMESPACE = "document-namespace", mark("The document puts <{root}> in the namespace “{namespace}”, where libvirt does not read it.");
    VALUE = "document-value", mark("The value “{value}” of {place} can’t be understood.");
    TOO_DEEP = "document-too-deep", mark("The document nests <{element}> more than {limit} levels deep.");
    CHARACTER = "document-character", mark("The text holds the control character {code}, which XML can’t carry.");
    NAME = "document-name", mark("“{name}” can’t be the name of an XML element or attribute.");
}

impl XmlError {
    /// What is wrong, and where.
    pub(crate) fn message(&self) -> Message {
        match self {
            Self::Encoding { found, .. } => ENCODING.with("found", found),
            Self::NotUtf8 { line, .. } => NOT_UTF8.with("line", *line),
            Self::Malformed { line, reason, .. } => {
                MALFORMED.with("line", *line).with("words", reason)
            }
            Self::Truncated { element, .. } => TRUNCATED.with("element", element),
            Self::Empty => EMPTY.into(),
            Self::WrongRoot {
                expected, found, ..
            } => WRONG_ROOT.with("expected", expected).with("found", found),
            Self::Namespace { root, namespace } => {
                NAMESPACE.with("root", root).with("namespace", namespace)
            }
            Self::Value { place, value, .. } => VALUE.with("place", place).with("value", value),
            Self::TooDeep { element, limit, .. } => {
                TOO_DEEP.with("element", element).with("limit", *limit)
            }
            Self::Character { code } => CHARACTER.with("code", format!("U+{code:04X}")),
            Self::Name { name } => NAME.named(name),
        }
    }
}

impl std::fmt::Display for XmlError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(formatter)
    }
}

impl std::error::Error for XmlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotUtf8 { source, .. } => Some(source),
            Self::Malformed { source, .. } => source.as_ref().map(|error| error as _),
            _ => None,
        }
    }
}
