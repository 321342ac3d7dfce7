// SPDX-License-Identifier: GPL-3.0-or-later
//! The syntax of a piece of C, as a tree.
//!
//! Two parsers make the same tree. The [fast one](fast) knows the C that drivers are written
//! in, and gives up at anything else; then [tree-sitter's grammar](grammar) has the word, and
//! only it says that something is no C. What the checker has no use for (qualifiers, names of
//! fields, what `sizeof` measures) is in neither tree.

pub mod fast;
pub mod grammar;
mod tree;

use std::borrow::Cow;

pub use tree::{Children, Field, Kind, Node, Operator, Tree};

/// Deeper than this a function is refused: each level costs stack.
pub const DEEPEST: usize = 4_000;

/// Why a piece of text is no C that can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unparsable {
    /// The grammar does not know what stands here.
    Syntax(usize),
    /// The tree is deeper than [`DEEPEST`].
    Deep,
    /// The parser did not come to an end.
    Endless,
}

impl Unparsable {
    /// Where it is in the piece.
    pub fn at(&self) -> usize {
        match self {
            Self::Syntax(at) => *at,
            Self::Deep | Self::Endless => 0,
        }
    }
}

impl std::fmt::Display for Unparsable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax(_) => f.write_str("the syntax is wrong here"),
            Self::Deep => write!(f, "it is nested deeper than {DEEPEST} levels"),
            Self::Endless => f.write_str("parsing it takes too long"),
        }
    }
}

/// Both parsers; a thread has one, as they keep their memory from one piece to the next.
#[derive(Default)]
pub struct Parser {
    grammar: Option<tree_sitter::Parser>,
    tree: Tree,
}

impl std::fmt::Debug for Parser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parser").finish_non_exhaustive()
    }
}

impl Parser {
    /// A parser for C.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses one piece: a function, or a declaration at the top of a file.
    ///
    /// # Errors
    ///
    /// [`Unparsable`], with the place in the piece.
    pub fn parse(&mut self, text: &[u8]) -> Result<&Tree, Unparsable> {
        if fast::parse(text, &mut self.tree).is_err() {
            let parser = self.grammar.get_or_insert_with(grammar::parser);
            grammar::parse(parser, text, &mut self.tree)?;
        }
        Ok(&self.tree)
    }
}

/// An expression without the parentheses and casts around it.
pub fn bare(mut node: Node<'_>) -> Node<'_> {
    loop {
        let inner = match node.kind() {
            Kind::Parenthesized => node.only().filter(|inner| inner.kind() != Kind::Compound),
            Kind::Cast => node.value(),
            Kind::Extension => node.only(),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return node,
        }
    }
}

/// The identifier that a declarator declares, and how many pointers stand before it; nothing
/// for arrays and functions.
pub fn declared(declarator: Node<'_>) -> Option<(Node<'_>, usize)> {
    let mut node = declarator;
    let mut pointers = 0;
    loop {
        node = match node.kind() {
            Kind::Identifier | Kind::TypeIdentifier => return Some((node, pointers)),
            Kind::PointerDeclarator => {
                pointers += 1;
                node.declarator()?
            }
            Kind::InitDeclarator => node.declarator()?,
            Kind::ParenthesizedDeclarator | Kind::AttributedDeclarator => node.only()?,
            _ => return None,
        };
    }
}

/// The name of a type as configurations write it: `struct x` or `x`.
pub fn type_name<'s>(node: Node<'_>, source: &'s [u8]) -> Option<Cow<'s, str>> {
    let of = |node: Node<'_>| String::from_utf8_lossy(node.text(source));
    let tagged = |word: &str| {
        let name = node.name()?;
        // As it is nearly always written, it is taken as it stands.
        if node.end() == name.end() && node.start() + word.len() + 1 == name.start() {
            let text = of(node);
            if text.as_bytes().get(word.len()) == Some(&b' ') {
                return Some(text);
            }
        }
        Some(Cow::Owned(format!("{word} {}", of(name))))
    };
    match node.kind() {
        Kind::TypeIdentifier => Some(of(node)),
        Kind::StructSpecifier => tagged("struct"),
        Kind::UnionSpecifier => tagged("union"),
        _ => None,
    }
}
