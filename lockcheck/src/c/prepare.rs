// SPDX-License-Identifier: GPL-3.0-or-later
//! Blanking what is no C: the text keeps its length, so that every place stays what it was.

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::words::{Words, is_word, word_length};
use crate::config::Config;

/// A comment, for those that are meant for the checker.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it says.
    pub text: String,
}

/// A place from which on lines belong to a file, as the preprocessor tells.
#[derive(Clone, Debug)]
pub struct Marker {
    /// Where the line after the marker begins.
    pub offset: usize,
    /// The number of that line.
    pub line: u32,
    /// The file, as an index to [`Prepared::files`].
    pub file: usize,
}

/// A text in which only C is left.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// The text, as long as the original.
    pub text: Vec<u8>,
    /// Comments that speak of the checker.
    pub comments: Vec<Comment>,
    /// The preprocessor's line markers, in order.
    pub markers: Vec<Marker>,
    /// The files that the markers name.
    pub files: Vec<String>,
    /// Which of the expected names occur (see [`Names`]).
    pub seen: FxHashSet<u32>,
    /// The files' numbers, by their names.
    numbers: FxHashMap<String, usize>,
    /// What is odd about the text as a whole.
    pub oddities: Vec<(usize, &'static str)>,
}

/// The words that the pass looks for, made once for all files.
#[derive(Clone, Debug, Default)]
pub struct Names {
    words: Words<Word>,
    /// The expected names, by their number.
    pub expected: Vec<String>,
    undefined: FxHashSet<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Word {
    erase: bool,
    expected: Option<u32>,
}

/// Compilers' words that are no C, with their arguments.
const EXTENSIONS: &[&str] = &[
    "__attribute__",
    "__attribute",
    "__extension__",
    "__restrict",
    "__restrict__",
];

impl Names {
    /// The words of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut names = Self::default();
        let erased = config.erase.iter().map(String::as_str);
        for word in erased.chain(EXTENSIONS.iter().copied()) {
            names.words.entry(word.as_bytes()).erase = true;
        }
        let mut expected: Vec<_> = config.expected_names().collect();
        expected.sort_unstable();
        expected.dedup();
        for word in expected {
            let number = u32::try_from(names.expected.len()).ok();
            names.words.entry(word.as_bytes()).expected = number;
            names.expected.push(word.to_owned());
        }
        names.undefined = config
            .undefined
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        names.undefined.insert(b"__cplusplus".to_vec());
        names
    }
}

/// One `#if` that is open.
#[derive(Clone, Copy, Debug)]
struct Conditional {
    /// Whether what stands around it counts.
    outer: bool,
    /// Whether the branch at hand counts.
    active: bool,
    /// Whether some branch has counted.
    taken: bool,
}

struct Pass<'a> {
    names: &'a Names,
    out: Prepared,
    at: usize,
    conditionals: Vec<Conditional>,
}

/// Blanks what is no C. The text's own memory is taken, as sources may be long.
pub fn prepare(text: Vec<u8>, names: &Names) -> Prepared {
    let mut pass = Pass {
        names,
        out: Prepared {
            text,
            ..Prepared::default()
        },
        at: 0,
        conditionals: Vec::new(),
    };
    pass.run();
    pass.out
}

impl Pass<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.out.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn blank(&mut self, from: usize, to: usize) {
        for byte in &mut self.out.text[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn run(&mut self) {
        let mut line_begins = true;
        while let Some(byte) = self.out.text.get(self.at).copied() {
            match byte {
                b'\n' => {
                    line_begins = true;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                    let rest = &self.out.text[self.at..];
                    let blanks = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c);
                    self.at += rest.iter().take_while(|byte| blanks(byte)).count();
                }
                b'#' if line_begins => self.directive(),
                b'/' if matches!(self.peek(1), b'*' | b'/') => self.comment(),
                _ if !self.active() => {
                    self.skip_line();
                    line_begins = true;
                }
                b'"' | b'\'' => {
                    line_begins = false;
                    self.at = end_of_literal(&self.out.text, self.at);
                }
                b'\\' if matches!(self.peek(1), b'\n' | b'\r') => {
                    self.blank(self.at, self.at + 1);
                    self.at += 1;
                }
                _ if is_word(byte) => {
                    line_begins = false;
                    self.word();
                }
                _ => {
                    line_begins = false;
                    self.at += 1;
                }
            }
        }
        if !self.conditionals.is_empty() {
            let end = self.out.text.len();
            self.out.oddities.push((end, "an #if has no #endif"));
        }
    }

    fn active(&self) -> bool {
        self.conditionals.last().is_none_or(|open| open.active)
    }

    /// What an `#if` leaves out is not C at all, perhaps; only comments go over lines there.
    fn skip_line(&mut self) {
        let from = self.at;
        let rest = &self.out.text[from..];
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at += memmem::find(&rest[..end], b"/*").unwrap_or(end);
        self.blank(from, self.at);
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = &self.out.text[start + 2..];
        let length = if self.out.text[start + 1] == b'*' {
            memmem::find(rest, b"*/").map_or(rest.len(), |at| at + 2)
        } else {
            memchr::memchr(b'\n', rest).unwrap_or(rest.len())
        };
        let end = start + 2 + length;
        let comment = &self.out.text[start..end];
        if memmem::find(comment, b"lockcheck:").is_some() {
            let text = String::from_utf8_lossy(comment).into_owned();
            self.out.comments.push(Comment { start, end, text });
        }
        self.blank(start, end);
        self.at = end;
    }

    fn word(&mut self) {
        let start = self.at;
        self.at += word_length(&self.out.text[start..]);
        let Some(word) = self.names.words.get(&self.out.text[start..self.at]) else {
            return;
        };
        if let Some(number) = word.expected {
            self.out.seen.insert(number);
        }
        if word.erase {
            let end = end_of_arguments(&self.out.text, self.at).unwrap_or(self.at);
            self.blank(start, end);
            self.at = end;
        }
    }

    /// A line that begins with `#`, with those that continue it.
    fn directive(&mut self) {
        let start = self.at;
        let mut end = start;
        while end < self.out.text.len() {
            match self.out.text[end] {
                b'\n' if end > 0 && continues(&self.out.text[start..end]) => end += 1,
                b'\n' => break,
                b'/' if self.out.text.get(end + 1) == Some(&b'*') => {
                    let length = memmem::find(&self.out.text[end + 2..], b"*/");
                    end = length.map_or(self.out.text.len(), |length| end + 4 + length);
                }
                b'/' if self.out.text.get(end + 1) == Some(&b'/') => {
                    end += self.out.text[end..]
                        .iter()
                        .position(|byte| *byte == b'\n')
                        .unwrap_or(self.out.text.len() - end);
                }
                b'"' => end = end_of_literal(&self.out.text, end),
                _ => end += 1,
            }
        }
        let line = &self.out.text[start + 1..end];
        // A line marker, by far the most frequent directive, has no comments.
        let plain = line.get(1).is_some_and(u8::is_ascii_digit);
        let line = if plain {
            line.to_vec()
        } else {
            without_comments(line)
        };
        self.blank(start, end);
        self.at = end;
        let line = line.trim_ascii();
        let (word, rest) = line.split_at(word_length(line));
        let rest = rest.trim_ascii();
        match word {
            b"if" | b"ifdef" | b"ifndef" => {
                let outer = self.active();
                let holds = self.holds(word, rest);
                self.conditionals.push(Conditional {
                    outer,
                    active: outer && holds,
                    taken: holds,
                });
            }
            b"elif" | b"else" | b"elifdef" | b"elifndef" => {
                let holds = word == b"else" || self.holds(&word[2..], rest);
                if let Some(open) = self.conditionals.last_mut() {
                    open.active = open.outer && holds && !open.taken;
                    open.taken |= holds;
                }
            }
            b"endif" if self.conditionals.pop().is_none() => {
                self.out.oddities.push((start, "an #endif without an #if"));
            }
            b"line" => self.marker(rest, end),
            _ if word.first().is_some_and(u8::is_ascii_digit) => self.marker(line, end),
            _ => {}
        }
    }

    /// Whether a branch is the one that is kept: the first one, but for `#if 0` and for names
    /// that the configuration says are not defined.
    fn holds(&self, word: &[u8], rest: &[u8]) -> bool {
        let name: Vec<u8> = rest
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        match word {
            b"ifdef" | b"def" => !self.names.undefined.contains(&name),
            b"ifndef" | b"ndef" => true,
            _ => {
                let name = name.strip_prefix(b"defined".as_slice()).unwrap_or(&name);
                let name = name
                    .strip_prefix(b"(")
                    .and_then(|name| name.strip_suffix(b")"))
                    .unwrap_or(name);
                name != b"0" && !self.names.undefined.contains(name)
            }
        }
    }

    fn marker(&mut self, rest: &[u8], end: usize) {
        let text = String::from_utf8_lossy(rest);
        let (number, rest) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        let Ok(line) = number.parse() else { return };
        let name = rest.split('"').nth(1);
        let file = match (name, self.out.markers.last()) {
            (Some(name), Some(last))
                if self.out.files.get(last.file).is_some_and(|it| it == name) =>
            {
                last.file
            }
            (Some(name), _) => {
                if let Some(number) = self.out.numbers.get(name) {
                    *number
                } else {
                    let number = self.out.files.len();
                    self.out.numbers.insert(name.to_owned(), number);
                    self.out.files.push(name.to_owned());
                    number
                }
            }
            (None, Some(last)) => last.file,
            (None, None) => return,
        };
        self.out.markers.push(Marker {
            offset: (end + 1).min(self.out.text.len()),
            line,
            file,
        });
    }
}

/// Whether a line ends in a backslash.
fn continues(line: &[u8]) -> bool {
    line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
}

fn without_comments(line: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(line.len().min(256));
    let mut at = 0;
    while at < line.len() {
        if line[at..].starts_with(b"//") {
            break;
        }
        if line[at..].starts_with(b"/*") {
            at = memmem::find(&line[at + 2..], b"*/").map_or(line.len(), |length| at + 4 + length);
            kept.push(b' ');
        } else {
            kept.push(line[at]);
            at += 1;
        }
    }
    kept
}

/// Where a string or character ends that begins at `start`. One that is not closed ends with
/// its line.
pub(super) fn end_of_literal(source: &[u8], start: usize) -> usize {
    let quote = source[start];
    let mut at = start + 1;
    while at < source.len() {
        match source[at] {
            b'\\' => at += 2,
            b'\n' => return at,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    source.len()
}

/// Arguments of a word to erase are not looked for any further than this.
const LONGEST_ARGUMENTS: usize = 4096;

/// Where the parentheses end that open behind `from`, if they do.
fn end_of_arguments(source: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while source.get(at)?.is_ascii_whitespace() {
        at += 1;
    }
    if source[at] != b'(' {
        return None;
    }
    let mut depth = 0_usize;
    let end = source.len().min(at + LONGEST_ARGUMENTS);
    while at < end {
        match source[at] {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' | b'\'' => {
                at = end_of_literal(source, at);
                continue;
            }
            b';' | b'{' | b'}' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}
