// SPDX-License-Identifier: GPL-3.0-or-later
//! Cutting a prepared text into functions and declarations, without parsing it.
//!
//! Each piece is parsed by itself: a function that is no C spoils nobody else, and what nobody
//! asks for (the thousands of lines that headers bring along) is not parsed at all.

use std::ops::Range;

use super::prepare::end_of_literal;
use super::words::{is_word, word_length};

/// What a piece seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A function with its body.
    Function,
    /// A declaration with an initialiser in braces.
    Table,
    /// Anything else.
    Other,
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it seems to be.
    pub shape: Shape,
    /// A function's name, as far as it can be told.
    pub name: Option<Range<usize>>,
    /// Where the head ends: what comes before the first brace or `=`.
    pub head: usize,
    /// What is wrong with its braces.
    pub broken: Option<&'static str>,
}

#[derive(Debug)]
struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
    items: Vec<Item>,
    start: Option<usize>,
    round: usize,
    square: usize,
    curly: usize,
    shape: Shape,
    head: Option<usize>,
    /// The last word before a parenthesis at the top, and whether one was opened.
    word: Option<Range<usize>>,
    name: Option<Range<usize>>,
    words: usize,
    /// The only word and its arguments make up the piece so far, and they end here.
    bare_macro: bool,
    broken: Option<&'static str>,
    /// The next brace or double quote, unless it is behind.
    brace: usize,
}

/// Cuts a text.
pub fn split(text: &[u8]) -> Vec<Item> {
    let mut splitter = Splitter {
        text,
        at: 0,
        items: Vec::new(),
        start: None,
        round: 0,
        square: 0,
        curly: 0,
        shape: Shape::Other,
        head: None,
        word: None,
        name: None,
        words: 0,
        bare_macro: false,
        broken: None,
        brace: 0,
    };
    splitter.run();
    splitter.items
}

impl Splitter<'_> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            if self.curly > 0 {
                self.skip_inside();
                if self.at == self.text.len() {
                    break;
                }
            }
            let rest = &self.text[self.at..];
            let Some(blanks) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) else {
                break;
            };
            self.at += blanks;
            let byte = rest[blanks];
            if self.curly == 0
                && self.bare_macro
                && !matches!(byte, b'{' | b';' | b'=' | b',' | b'(' | b'[')
            {
                // `VIR_ENUM_IMPL(...)` at the top, without a semicolon.
                self.end(self.at);
            }
            self.start.get_or_insert(self.at);
            self.bare_macro = false;
            match byte {
                b'"' | b'\'' => {
                    self.at = end_of_literal(self.text, self.at);
                    self.word = None;
                    continue;
                }
                _ if is_word(byte) => {
                    self.read_word();
                    continue;
                }
                b'(' => self.open_round(),
                b')' => {
                    self.round = self.round.saturating_sub(1);
                    self.bare_macro = self.round == 0
                        && self.curly == 0
                        && self.words == 1
                        && self.name.is_some();
                }
                b'[' => self.square += 1,
                b']' => self.square = self.square.saturating_sub(1),
                b'=' if self.top() && self.round == 0 => {
                    self.head.get_or_insert(self.at);
                    self.shape = Shape::Table;
                }
                b'{' => self.open_curly(),
                b'}' if self.close_curly() => continue,
                b';' if self.curly == 0 && self.round == 0 => {
                    self.at += 1;
                    self.end(self.at);
                    continue;
                }
                _ => {}
            }
            if byte != b'*' && byte != b'(' {
                self.word = None;
            }
            self.at += 1;
        }
        if self.start.is_some() {
            if self.curly > 0 {
                self.broken = Some("a brace is never closed");
            }
            self.end(self.text.len());
        }
    }

    /// Within braces nothing counts but braces and what hides them.
    fn skip_inside(&mut self) {
        // A character before the next brace does not make this one be looked for again.
        if self.brace < self.at {
            let rest = &self.text[self.at..];
            let ahead = memchr::memchr3(b'{', b'}', b'"', rest).unwrap_or(rest.len());
            self.brace = self.at + ahead;
        }
        let character = memchr::memchr(b'\'', &self.text[self.at..self.brace]);
        self.at = character.map_or(self.brace, |ahead| self.at + ahead);
    }

    fn top(&self) -> bool {
        self.curly == 0 && self.square == 0
    }

    fn read_word(&mut self) {
        let start = self.at;
        self.at += word_length(&self.text[start..]);
        if self.curly == 0 && self.round == 0 {
            self.words += 1;
            self.word = Some(start..self.at);
        }
    }

    fn open_round(&mut self) {
        if self.curly == 0 && self.round == 0 && self.name.is_none() {
            self.name = self.word.take();
        }
        self.round += 1;
    }

    fn open_curly(&mut self) {
        if self.curly == 0 && self.round == 0 {
            let head = *self.head.get_or_insert(self.at);
            if self.shape == Shape::Other && self.name.is_some() {
                self.shape = Shape::Function;
            } else if self.start == Some(self.at) {
                self.join_previous();
            } else if is_linkage(&self.text[self.start.unwrap_or(head)..head]) {
                // `extern "C" {`: what is in it is looked at as if it stood outside.
                self.forget();
                return;
            }
        }
        self.curly += 1;
    }

    /// A body whose head was taken for a declaration, as in C before 1989.
    fn join_previous(&mut self) {
        if let Some(last) = self
            .items
            .pop_if(|last| last.name.is_some() && last.shape == Shape::Other)
        {
            self.start = Some(last.range.start);
            self.name = last.name;
            self.shape = Shape::Function;
        }
    }

    /// Returns whether the piece ended.
    fn close_curly(&mut self) -> bool {
        let at = self.at;
        if self.curly == 0 {
            // The end of a linkage block, or one brace too many behind a function.
            if let Some(last) = self
                .items
                .last_mut()
                .filter(|last| last.shape == Shape::Function)
            {
                // Further away it belongs to something else, and white space has no end.
                let between = &self.text[last.range.end..at];
                if between.len() < 4096
                    && last.broken.is_none()
                    && between.iter().all(u8::is_ascii_whitespace)
                    && !begins_line(self.text, at)
                {
                    last.broken = Some("a brace is closed that was not opened");
                }
            }
            self.at += 1;
            self.forget();
            return true;
        }
        self.curly -= 1;
        let resync = self.curly > 0
            && self.shape == Shape::Function
            && begins_line(self.text, at)
            && begins_definition(&self.text[at + 1..]);
        if resync {
            self.broken = Some("a brace is never closed");
        }
        if (self.curly == 0 && self.shape == Shape::Function) || resync {
            self.at += 1;
            self.end(self.at);
            return true;
        }
        false
    }

    fn end(&mut self, end: usize) {
        if let Some(start) = self.start {
            self.items.push(Item {
                range: start..end,
                shape: self.shape,
                name: self.name.take(),
                head: self.head.unwrap_or(end),
                broken: self.broken,
            });
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.start = None;
        self.round = 0;
        self.square = 0;
        self.curly = 0;
        self.shape = Shape::Other;
        self.head = None;
        self.word = None;
        self.name = None;
        self.words = 0;
        self.bare_macro = false;
        self.broken = None;
    }
}

fn begins_line(text: &[u8], at: usize) -> bool {
    at == 0 || text[at - 1] == b'\n'
}

fn is_linkage(head: &[u8]) -> bool {
    let head = head.trim_ascii();
    head.starts_with(b"extern") && head.ends_with(b"\"")
}

/// Whether the next line that is not empty begins at its very left, with a word that is not a
/// label: the shape of a new definition.
fn begins_definition(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|byte| !byte.is_ascii_whitespace()) else {
        return true;
    };
    if at == 0 || text[at - 1] != b'\n' || !is_word(text[at]) {
        return false;
    }
    let word = word_length(&text[at..]);
    let rest = text[at + word..].trim_ascii_start();
    !rest.starts_with(b":")
}
