// SPDX-License-Identifier: GPL-3.0-or-later
//! Why a document could not be read, edited or built.

/// What went wrong with an XML document.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    /// The encoding is one whose markup can't be found byte by byte, or isn't known.
    #[error(
        "The document is encoded as {found}, which can't be edited safely. Save it as UTF-8 and try again"
    )]
    Encoding {
        /// The encoding that the byte order mark or the declaration names.
        found: String,
    },
    /// The document counts as UTF-8 but holds bytes that are not.
    #[error(
        "The document is not valid UTF-8 (line {line}), and it does not say which other encoding it has"
    )]
    NotUtf8 {
        /// Line of the first bad byte, counted from 1.
        line: usize,
        /// What the decoder said.
        source: std::str::Utf8Error,
    },
    /// The document breaks the rules of XML.
    #[error("The document is not well-formed XML: line {line}: {reason}")]
    Malformed {
        /// Line of the trouble, counted from 1.
        line: usize,
        /// The rule that is broken.
        reason: String,
        /// The parser's own error, where it found the trouble.
        source: Option<quick_xml::Error>,
    },
    /// The document ends inside an element.
    #[error("The document is cut short: it ends before <{element}> is closed")]
    Truncated {
        /// The root element, or the element that was being read.
        element: String,
    },
    /// The document has no element at all.
    #[error("The document is empty: it holds no XML element")]
    Empty,
    /// The document describes something else.
    #[error("The document describes a <{found}>, but a <{expected}> is needed")]
    WrongRoot {
        /// The root element that is needed.
        expected: String,
        /// The root element that is there.
        found: String,
    },
    /// The root stands in a default namespace, where libvirt does not look.
    #[error(
        "The document puts <{root}> in the namespace \"{namespace}\", where libvirt does not read it"
    )]
    Namespace {
        /// The root element.
        root: String,
        /// The namespace.
        namespace: String,
    },
    /// An element or attribute holds a value that can't be understood.
    #[error("The value \"{value}\" of {place} can't be understood")]
    Value {
        /// The element or attribute.
        place: String,
        /// What it holds.
        value: String,
    },
    /// Something is nested more deeply than libvirt itself reads.
    #[error("The document nests <{element}> more than {limit} levels deep")]
    TooDeep {
        /// The nested element.
        element: String,
        /// The deepest level that is read.
        limit: usize,
    },
    /// A text holds a character that XML can't carry, not even escaped.
    #[error("The text holds the control character U+{code:04X}, which XML can't carry")]
    Character {
        /// The character's code point.
        code: u32,
    },
    /// A name is no XML name, or a path names no element.
    #[error("\"{name}\" can't be the name of an XML element or attribute")]
    Name {
        /// The name.
        name: String,
    },
}
