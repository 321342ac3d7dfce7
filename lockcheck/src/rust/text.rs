// SPDX-License-Identifier: GPL-3.0-or-later
//! The source as text and as tokens: what is refused before it is parsed, and the comments,
//! which the parser does not hand out.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream::IntoIter};

/// As many brackets within each other as are parsed. rustc stops at 128 in most places.
const DEEPEST: usize = 200;

/// As many tokens as one expression may have, brackets around it included: each of them can
/// be a level of its own (`!!!!x`, `a + b + c`), and a tree is walked on the stack.
const LONGEST: usize = 10_000;

/// Most bytes of a file. Its tree takes up to two hundred times as much memory.
const LARGEST: usize = 4 << 20;

/// The tokens of a file that can be parsed without running out of stack.
pub(super) fn tokens(source: &[u8]) -> Result<TokenStream, String> {
    if source.len() > LARGEST {
        let size = source.len() >> 20;
        return Err(format!(
            "it has {size} MiB, and at most {} are read",
            LARGEST >> 20
        ));
    }
    let text = std::str::from_utf8(source).map_err(|error| {
        let line = line_of(source, error.valid_up_to());
        format!("line {line}: it is not UTF-8")
    })?;
    let text = without_shebang(text);
    // Spans of earlier files on this thread are of no use any more and would pile up.
    proc_macro2::extra::invalidate_current_thread_spans();
    let tokens = TokenStream::from_str(&text).map_err(|error| {
        let line = error.span().start().line;
        format!("line {line}: it is no Rust: {error}")
    })?;
    check_depth(tokens.clone())?;
    Ok(tokens)
}

/// The line of a byte, counted from one.
fn line_of(source: &[u8], at: usize) -> usize {
    source[..at].split(|byte| *byte == b'\n').count()
}

/// A byte order mark and a first line such as `#!/usr/bin/env run-cargo-script` become
/// blanks, so that all other bytes stay where they are.
fn without_shebang(text: &str) -> String {
    let body = text.trim_start_matches('\u{feff}');
    let mark = text.len() - body.len();
    let mut blank = mark;
    if body.starts_with("#!") && !body[2..].trim_start().starts_with('[') {
        blank += body.find('\n').unwrap_or(body.len());
    }
    let mut result = " ".repeat(blank);
    result.push_str(&text[blank..]);
    result
}

/// Tokens between two brackets, and how many of them belong to the expression that is
/// being read, with all that is around it.
struct Level {
    rest: IntoIter,
    around: usize,
    length: usize,
    angles: usize,
    /// Whether a closure's parameters may have begun.
    bars: bool,
    before: char,
    brace: bool,
    after_brace: bool,
}

impl Level {
    fn new(rest: TokenStream, around: usize, brace: bool) -> Self {
        Self {
            rest: rest.into_iter(),
            around,
            length: around,
            angles: 0,
            bars: false,
            before: ' ',
            brace,
            after_brace: false,
        }
    }

    /// Counts a token, and begins anew where no expression can go on.
    fn count(&mut self, token: &TokenTree) {
        let goes_on = match token {
            TokenTree::Ident(word) => word == "else" || word == "as",
            TokenTree::Punct(mark) => !matches!(mark.as_char(), '#' | '\''),
            TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
            TokenTree::Literal(_) => false,
        };
        if std::mem::take(&mut self.after_brace) && !goes_on {
            self.begin();
        }
        self.length += 1;
        let TokenTree::Punct(mark) = token else {
            self.before = ' ';
            return;
        };
        let mark = mark.as_char();
        match (self.before, mark) {
            (_, '<') => self.angles += 1,
            (_, '|') => self.bars = true,
            ('=', '>') => self.bars = false,
            ('-', '>') => {}
            (_, '>') => self.angles = self.angles.saturating_sub(1),
            (_, ',') if self.angles == 0 && !self.bars => self.length = self.around,
            (_, ';') => self.begin(),
            _ => {}
        }
        self.before = mark;
    }

    /// A statement or an item begins.
    fn begin(&mut self) {
        (self.length, self.angles, self.bars) = (self.around, 0, false);
    }
}

/// Refuses what is nested so deeply that walking it could run out of stack.
fn check_depth(tokens: TokenStream) -> Result<(), String> {
    let mut levels = vec![Level::new(tokens, 0, false)];
    while let Some(level) = levels.last_mut() {
        let Some(token) = level.rest.next() else {
            let ended = levels.pop();
            if let (Some(level), Some(ended)) = (levels.last_mut(), ended) {
                level.after_brace = ended.brace;
            }
            continue;
        };
        level.count(&token);
        let length = level.length;
        if length > LONGEST {
            let line = token.span().start().line;
            return Err(format!(
                "line {line}: an expression has more than {LONGEST} tokens"
            ));
        }
        if let TokenTree::Group(group) = token {
            if levels.len() > DEEPEST {
                let line = group.span_open().start().line;
                return Err(format!(
                    "line {line}: more than {DEEPEST} brackets within each other"
                ));
            }
            let brace = group.delimiter() == Delimiter::Brace;
            levels.push(Level::new(group.stream(), length, brace));
        }
    }
    Ok(())
}

/// The comments that say something to the checker.
pub(super) fn comments(source: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let end = match (source[at], source.get(at + 1)) {
            (b'/', Some(b'/' | b'*')) => {
                let end = comment_end(source, at);
                let text = &source[at..end];
                if text.windows(10).any(|window| window == b"lockcheck:") {
                    found.push(at..end);
                }
                end
            }
            (b'"', _) => string_end(source, at),
            (b'\'', _) => char_end(source, at),
            (b'r', Some(b'"' | b'#')) if starts_a_word(source, at) => raw_string_end(source, at),
            _ => at + 1,
        };
        at = end.max(at + 1);
    }
    found
}

/// Whether no identifier runs into this place, other than the prefixes of byte and C strings.
fn starts_a_word(source: &[u8], at: usize) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    match at.checked_sub(1).map(|before| source[before]) {
        Some(b'b' | b'c') => at < 2 || !word(source[at - 2]),
        Some(before) => !word(before),
        None => true,
    }
}

fn comment_end(source: &[u8], at: usize) -> usize {
    if source[at + 1] == b'/' {
        let line = source[at..].iter().position(|byte| *byte == b'\n');
        return line.map_or(source.len(), |length| at + length);
    }
    let mut depth = 0_usize;
    let mut here = at;
    while here + 1 < source.len() {
        match (source[here], source[here + 1]) {
            (b'/', b'*') => depth += 1,
            (b'*', b'/') => depth -= 1,
            _ => {
                here += 1;
                continue;
            }
        }
        here += 2;
        if depth == 0 {
            return here;
        }
    }
    source.len()
}

fn string_end(source: &[u8], at: usize) -> usize {
    let mut here = at + 1;
    while let Some(byte) = source.get(here) {
        match byte {
            b'\\' => here += 2,
            b'"' => return here + 1,
            _ => here += 1,
        }
    }
    source.len()
}

fn raw_string_end(source: &[u8], at: usize) -> usize {
    let marks = source[at + 1..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let open = at + 1 + marks;
    if source.get(open) != Some(&b'"') {
        return at + 1;
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', marks))
        .collect();
    let body = &source[open + 1..];
    let length = body
        .windows(close.len())
        .position(|window| window == close.as_slice());
    length.map_or(source.len(), |length| open + 1 + length + close.len())
}

/// A character's end; a lifetime ends after its tick.
fn char_end(source: &[u8], at: usize) -> usize {
    match source.get(at + 1) {
        Some(b'\\') => {
            let rest = source.get(at + 3..).unwrap_or_default();
            let length = rest.iter().take(12).position(|byte| *byte == b'\'');
            length.map_or(at + 1, |length| at + 4 + length)
        }
        Some(_) => {
            // One character of up to four bytes, and a tick.
            let rest = source.get(at + 2..).unwrap_or_default();
            match rest.iter().take(4).position(|byte| *byte == b'\'') {
                Some(more) if rest[..more].iter().all(|byte| *byte & 0xC0 == 0x80) => at + 3 + more,
                _ => at + 1,
            }
        }
        None => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{comments, tokens};

    #[test]
    fn comments_are_told_from_strings_and_lifetimes() {
        let source = r##"
            fn a<'a>(b: &'a str) { let c = '"'; /* x /* y */ lockcheck: allow(one) */ }
            const D: &str = r#"// lockcheck: no"#; // lockcheck: two
            const E: char = '\''; const F: &str = "\" // lockcheck: no"; const G: char = 'ä'; // lockcheck: three
        "##;
        let found: Vec<_> = comments(source.as_bytes())
            .into_iter()
            .map(|range| &source[range])
            .collect();
        assert_eq!(
            found,
            [
                "/* x /* y */ lockcheck: allow(one) */",
                "// lockcheck: two",
                "// lockcheck: three"
            ]
        );
    }

    #[test]
    fn unfinished_texts_end_with_the_file() {
        for source in [
            "/*", "/* /* */", "\"", "\"\\", "r#\"", "r##", "'", "'\\", "//", "/", "b'\\u{",
        ] {
            assert!(comments(source.as_bytes()).is_empty(), "{source}");
        }
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        let deep = format!("fn a() {{ {}{} }}", "(".repeat(300), ")".repeat(300));
        assert!(tokens(deep.as_bytes()).is_err_and(|why| why.contains("brackets")));
        let long = format!("fn a() -> bool {{ {}true }}", "!".repeat(20_000));
        assert!(tokens(long.as_bytes()).is_err_and(|why| why.contains("tokens")));
        let chain = format!(
            "fn a() {{ if b {{}} {} }}",
            "else if b { c(); }".repeat(20_000)
        );
        assert!(tokens(chain.as_bytes()).is_err_and(|why| why.contains("tokens")));
        let closures = format!("fn a() {{ {}1; }}", "|b, c| ".repeat(20_000));
        assert!(tokens(closures.as_bytes()).is_err_and(|why| why.contains("tokens")));
        let types = format!("type A = {}", "B<fn() -> C, ".repeat(20_000));
        assert!(tokens(types.as_bytes()).is_err_and(|why| why.contains("tokens")));
        let arms = format!(
            "fn a() {{ match b {{ {} }} }}",
            "1 | 2 => 3, ".repeat(20_000)
        );
        assert!(tokens(arms.as_bytes()).is_ok());
        let flat = "fn a() { if b { c(); } d(1, 2); }\n".repeat(20_000);
        assert!(tokens(flat.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_rust_is_refused_with_its_line() {
        assert_eq!(
            tokens(b"fn a() {}\n\xff").unwrap_err(),
            "line 2: it is not UTF-8"
        );
        assert!(tokens(b"fn a() {}\n\nfn b( {").is_err_and(|why| why.starts_with("line 3")));
        assert!(tokens("\u{feff}#!/usr/bin/env x\nfn a() {}".as_bytes()).is_ok());
    }
}
