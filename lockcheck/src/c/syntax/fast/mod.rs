// SPDX-License-Identifier: GPL-3.0-or-later
//! A parser for the C that drivers are written in, an order of magnitude faster than the
//! grammar's.
//!
//! It reads from the left with one token in advance, and makes the grammar's tree or none: at
//! all that it does not know, or that could be read in two ways, it gives up. The tests in
//! `c_parsers.rs` hold both trees of many sources against each other, sound ones and broken
//! ones.

mod declaration;
mod expression;
mod statement;
mod token;

use super::DEEPEST;
use super::tree::{Field, Id, Kind, List, Tree};
use token::{Lexeme, Lexer, Token};

/// The grammar has to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveUp;

type Parsed = Result<Id, GaveUp>;

/// More levels of parentheses, blocks and operators are left to the grammar, which needs no
/// stack for them.
const MOST_LEVELS: usize = 200;

/// Parses one piece.
///
/// # Errors
///
/// [`GaveUp`], with a tree that means nothing.
pub fn parse(text: &[u8], into: &mut Tree) -> Result<(), GaveUp> {
    if u32::try_from(text.len()).is_err() {
        return Err(GaveUp);
    }
    into.clear();
    let mut lexer = Lexer::new(text);
    let token = lexer.next();
    let ahead = lexer.next();
    let mut reading = Reading {
        lexer,
        token,
        ahead,
        before: 0,
        levels: 0,
        tree: into,
    };
    reading.unit()?;
    // A level takes a byte at least, so a short text can't be too deep.
    if text.len() > DEEPEST && into.is_deeper_than(DEEPEST) {
        return Err(GaveUp);
    }
    Ok(())
}

/// A piece that is being read.
struct Reading<'s, 't> {
    lexer: Lexer<'s>,
    /// The token at hand, and the one behind it.
    token: Lexeme,
    ahead: Lexeme,
    /// Where the token before ended.
    before: u32,
    levels: usize,
    tree: &'t mut Tree,
}

impl Reading<'_, '_> {
    fn is(&self, token: Token) -> bool {
        self.token.token == token
    }

    /// Goes on to the next token.
    fn bump(&mut self) {
        self.before = self.token.end;
        self.token = self.ahead;
        self.ahead = self.lexer.next();
    }

    /// Goes on if this is the token at hand.
    fn eat(&mut self, token: Token) -> bool {
        let is = self.is(token);
        if is {
            self.bump();
        }
        is
    }

    fn expect(&mut self, token: Token) -> Result<(), GaveUp> {
        if self.eat(token) { Ok(()) } else { Err(GaveUp) }
    }

    /// Reads something that may hold more of its kind.
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, GaveUp>,
    ) -> Result<T, GaveUp> {
        if self.levels == MOST_LEVELS {
            return Err(GaveUp);
        }
        self.levels += 1;
        let read = read(self);
        self.levels -= 1;
        read
    }

    /// A node that begins at `start` and ends before the token at hand.
    fn node(&mut self, kind: Kind, start: u32, children: List) -> Id {
        self.tree.node(kind, start..self.before, children)
    }

    /// The token at hand as a leaf.
    fn leaf(&mut self, kind: Kind) -> Id {
        let id = self.tree.leaf(kind, self.token.range());
        self.bump();
        id
    }

    fn append(&mut self, list: &mut List, id: Id, field: Field) {
        self.tree.append(list, id, field);
    }

    /// The piece as a whole: one definition or declaration.
    fn unit(&mut self) -> Result<(), GaveUp> {
        let start = self.token.start;
        let mut children = List::EMPTY;
        let item = self.external()?;
        self.append(&mut children, item, Field::None);
        if !self.is(Token::End) {
            return Err(GaveUp);
        }
        self.tree.node(Kind::Unit, start..self.token.end, children);
        Ok(())
    }
}
