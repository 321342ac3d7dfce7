// SPDX-License-Identifier: GPL-3.0-or-later
//! The fast parser makes the grammar's tree or none: for the snippets, for forms written down
//! here, for all of them with a token deleted, doubled or exchanged, and for random ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "the counts tell what was compared")]

mod common;

use std::ops::Range;

use common::{config, folder, snippets_in};
use lockcheck::c::prepare::{Names, prepare};
use lockcheck::c::split::split;
use lockcheck::c::syntax::{Tree, fast, grammar};

/// Both parsers, and how often the fast one gave up.
struct Both {
    grammar: tree_sitter::Parser,
    fast: Tree,
    slow: Tree,
    agreed: usize,
    gave_up: usize,
}

impl Both {
    fn new() -> Self {
        Self {
            grammar: grammar::parser(),
            fast: Tree::default(),
            slow: Tree::default(),
            agreed: 0,
            gave_up: 0,
        }
    }

    /// Whether the fast parser took the piece; then the grammar must say the same.
    fn agree(&mut self, text: &str) -> bool {
        if fast::parse(text.as_bytes(), &mut self.fast).is_err() {
            self.gave_up += 1;
            return false;
        }
        let parsed = grammar::parse(&mut self.grammar, text.as_bytes(), &mut self.slow);
        assert!(parsed.is_ok(), "the grammar does not take this: {text}");
        let (fast, slow) = (
            format!("{:?}", self.fast.root()),
            format!("{:?}", self.slow.root()),
        );
        assert_eq!(fast, slow, "of {text}");
        self.agreed += 1;
        true
    }
}

/// All pieces of the snippets.
fn pieces() -> Vec<String> {
    let names = Names::new(&config(false));
    let mut all = Vec::new();
    for snippet in snippets_in(&folder()) {
        let prepared = prepare(snippet.text.into_bytes(), &names);
        for item in split(&prepared.text) {
            all.push(String::from_utf8_lossy(&prepared.text[item.range]).into_owned());
        }
    }
    all
}

/// Forms that the snippets lack, one a line; each stands in a function of its own.
const FORMS: &str = include_str!("forms.txt");

fn forms() -> impl Iterator<Item = String> {
    FORMS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| format!("static int f(struct a *b, int c, char *d[])\n{{\n    {line}\n}}\n"))
}

/// Where the words and signs of a text stand.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if matches!(
            rest.get(..2),
            Some("->" | "++" | "--" | "&&" | "||" | "==" | "!=")
        ) {
            2
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}

/// A text with one token deleted, doubled, exchanged or added.
fn mutant(text: &str, tokens: &[Range<usize>], at: usize, dice: &mut Dice) -> String {
    let place = tokens[at].clone();
    let (before, after) = (&text[..place.start], &text[place.end..]);
    let this = &text[place];
    let other = &text[tokens[dice.roll(tokens.len())].clone()];
    match dice.roll(4) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{this} {this}{after}"),
        2 => format!("{before}{other}{after}"),
        _ => format!("{before}{other} {this}{after}"),
    }
}

/// Numbers that look random and are the same each time (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }
}

#[test]
fn sound_pieces_have_the_same_tree_and_are_mostly_read_fast() {
    let mut both = Both::new();
    let all = pieces();
    for piece in &all {
        both.agree(piece);
    }
    println!("{} pieces agreed, {} gave up", both.agreed, both.gave_up);
    assert!(
        both.agreed * 100 >= all.len() * 90,
        "only {} of {} pieces were read fast",
        both.agreed,
        all.len()
    );
}

#[test]
fn forms_have_the_same_tree() {
    let mut both = Both::new();
    for form in forms() {
        if !both.agree(&form) {
            let line = form.lines().nth(2).unwrap_or_default().trim();
            let taken = grammar::parse(&mut both.grammar, form.as_bytes(), &mut both.slow);
            let taken = if taken.is_ok() {
                "takes"
            } else {
                "does not take"
            };
            println!("left to the grammar, which {taken} it: {line}");
            println!("        {:?}", both.slow.root());
        }
    }
    println!("{} forms agreed, {} gave up", both.agreed, both.gave_up);
    assert!(both.agreed > 3 * both.gave_up);
}

#[test]
fn mutated_pieces_have_the_same_tree() {
    let mut both = Both::new();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut all = pieces();
    all.extend(forms());
    for piece in all.iter().filter(|piece| piece.len() < 2_000) {
        let tokens = tokens(piece);
        for at in 0..tokens.len() {
            both.agree(&mutant(piece, &tokens, at, &mut dice));
        }
    }
    println!("{} mutants agreed, {} gave up", both.agreed, both.gave_up);
    assert!(both.agreed > 1_000);
}

#[test]
fn random_words_have_the_same_tree() {
    const WORDS: &[&str] = &[
        "a",
        "b",
        "a",
        "b",
        "1",
        "-1",
        "'c'",
        "\"s\"",
        "NULL",
        "true",
        "int",
        "char",
        "unsigned",
        "const",
        "struct s",
        "static",
        "(",
        ")",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ";",
        ";",
        ",",
        ":",
        "?",
        ".",
        "->",
        "++",
        "--",
        "!",
        "~",
        "+",
        "-",
        "*",
        "*",
        "/",
        "&",
        "&&",
        "|",
        "||",
        "==",
        "<",
        "=",
        "=",
        "+=",
        "if (a)",
        "else",
        "while (a)",
        "do",
        "for (;;)",
        "switch (a)",
        "case 1:",
        "default:",
        "goto a;",
        "return",
        "break;",
        "sizeof",
        "sizeof(",
        "a:",
        "(a)",
        "f(",
        "a = b;",
    ];
    let mut both = Both::new();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for _ in 0..200_000 {
        let mut text = "void f(void) { ".to_owned();
        for _ in 0..=dice.roll(9) {
            text.push_str(WORDS[dice.roll(WORDS.len())]);
            text.push(' ');
        }
        text.push_str(if dice.roll(2) == 0 { "; }" } else { "}" });
        both.agree(&text);
    }
    println!("{} texts agreed, {} gave up", both.agreed, both.gave_up);
    assert!(both.agreed > 1_000);
}
