// SPDX-License-Identifier: GPL-3.0-or-later
//! Writes the template of translations (`po/oriel.pot`) from the source of the window, and of
//! what it shows of the engine and of profile reports, to standard output. xgettext of Debian 12 knows no Rust.
//!
//! A text is what stands in the first argument of `gettext`, `gettext_f` or `mark` (also in the
//! arms of a `match` there), or in the first two of `ngettext_f` or `mark_plural`. A comment that begins with
//! "Translators:" in the three lines above goes with it.
//!
//!     strings FILE...

#![allow(clippy::print_stdout, reason = "the template goes to standard output")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A text and its plural, if it has one.
type Text = (String, Option<String>);

/// Where a text is found, and what translators are told.
#[derive(Debug, Default)]
struct Found {
    places: Vec<String>,
    notes: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    files.sort();
    let mut texts: BTreeMap<(usize, usize), (Text, Found)> = BTreeMap::new();
    let mut known: BTreeMap<Text, (usize, usize)> = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        let source = std::fs::read_to_string(file)?;
        let lines: Vec<&str> = source.lines().collect();
        let stream = TokenStream::from_str(&source).map_err(|error| format!("{file}: {error}"))?;
        let mut here = Vec::new();
        collect(stream, &mut here)?;
        for (line, text) in here {
            let place = *known.entry(text.clone()).or_insert((number, texts.len()));
            let (_, found) = texts
                .entry(place)
                .or_insert_with(|| (text, Found::default()));
            found.places.push(format!("{file}:{line}"));
            found.notes.extend(note(&lines, line));
        }
    }
    print!("{}", template(texts.into_values()));
    Ok(())
}

/// The texts in a stream, with their lines.
fn collect(stream: TokenStream, out: &mut Vec<(usize, Text)>) -> Result<(), Box<dyn Error>> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        let before = place.checked_sub(1).and_then(|before| tokens.get(before));
        let function = match before {
            Some(TokenTree::Ident(name)) if group.delimiter() == Delimiter::Parenthesis => {
                name.to_string()
            }
            _ => String::new(),
        };
        // Its own definition has no texts.
        let defined = place
            .checked_sub(2)
            .and_then(|two| tokens.get(two))
            .is_some_and(|token| matches!(token, TokenTree::Ident(word) if *word == "fn"));
        let arguments = split(group.stream());
        match function.as_str() {
            "gettext" | "gettext_f" | "mark" if !defined => {
                for text in literals(arguments.first().cloned().unwrap_or_default())? {
                    out.push((text.0, (text.1, None)));
                }
            }
            "ngettext_f" | "mark_plural" if !defined => {
                let of = |place: usize| literals(arguments.get(place).cloned().unwrap_or_default());
                if let (Some(one), Some(many)) = (of(0)?.pop(), of(1)?.pop()) {
                    out.push((one.0, (one.1, Some(many.1))));
                }
            }
            _ => {}
        }
        collect(group.stream(), out)?;
    }
    Ok(())
}

/// The arguments of a call.
fn split(stream: TokenStream) -> Vec<TokenStream> {
    let mut all = vec![Vec::new()];
    for token in stream {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => all.push(Vec::new()),
            _ => {
                if let Some(last) = all.last_mut() {
                    last.push(token);
                }
            }
        }
    }
    all.into_iter().map(TokenStream::from_iter).collect()
}

/// The string literals in a stream and in what it holds. A call in it has its own texts, if it
/// is one of those that matter.
fn literals(stream: TokenStream) -> Result<Vec<(usize, String)>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut compared = false;
    for token in stream {
        // What is compared is not shown.
        let is_compared = std::mem::take(&mut compared);
        match token {
            TokenTree::Punct(sign) => compared = sign.as_char() == '=',
            TokenTree::Literal(literal) if !is_compared => {
                let written = literal.to_string();
                if written.starts_with('"') || written.starts_with('r') {
                    let line = literal.span().start().line;
                    found.push((line, value(&written)?));
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                found.extend(literals(group.stream())?);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// What a string literal stands for.
fn value(written: &str) -> Result<String, Box<dyn Error>> {
    if let Some(raw) = written.strip_prefix('r') {
        let raw = raw.trim_matches('#');
        return Ok(raw.trim_matches('"').to_owned());
    }
    let inner = &written[1..written.len() - 1];
    let mut text = String::new();
    let mut rest = inner.chars();
    while let Some(one) = rest.next() {
        if one != '\\' {
            text.push(one);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('\n') => {
                rest = rest.as_str().trim_start().chars();
            }
            Some(same @ ('"' | '\\' | '\'')) => text.push(same),
            other => return Err(format!("an escape that is not known: \\{other:?}").into()),
        }
    }
    Ok(text)
}

/// What a comment above the line tells translators.
fn note(lines: &[&str], line: usize) -> Option<String> {
    let above = line.saturating_sub(4)..line.saturating_sub(1);
    let mut comments = lines.get(above)?.iter().filter_map(|text| {
        let text = text.trim().strip_prefix("// Translators:")?;
        Some(text.trim().to_owned())
    });
    comments.next_back()
}

fn template(texts: impl Iterator<Item = (Text, Found)>) -> String {
    let mut out = String::from(
        "# Texts of the window. Made by `make strings`; translate copies of it.\n\
         msgid \"\"\nmsgstr \"\"\n\
         \"Project-Id-Version: oriel\\n\"\n\
         \"MIME-Version: 1.0\\n\"\n\
         \"Content-Type: text/plain; charset=UTF-8\\n\"\n\
         \"Content-Transfer-Encoding: 8bit\\n\"\n\
         \"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n\"\n",
    );
    for ((one, many), mut found) in texts {
        out.push('\n');
        found.notes.dedup();
        for note in &found.notes {
            let _ = writeln!(out, "#. {note}");
        }
        // Without line numbers, so that a moved line changes nothing here.
        let mut files: Vec<_> = found
            .places
            .iter()
            .filter_map(|place| place.rsplit_once(':').map(|it| it.0))
            .collect();
        files.dedup();
        for file in files {
            let _ = writeln!(out, "#: {file}");
        }
        // Named places are written as Python's are, and msgfmt checks that none is lost.
        if one.contains('{') {
            out.push_str("#, python-brace-format\n");
        }
        let _ = writeln!(out, "msgid {}", quoted(&one));
        if let Some(many) = many {
            let _ = writeln!(out, "msgid_plural {}", quoted(&many));
            out.push_str("msgstr[0] \"\"\nmsgstr[1] \"\"\n");
        } else {
            out.push_str("msgstr \"\"\n");
        }
    }
    out
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<Text> {
        let mut out = Vec::new();
        collect(TokenStream::from_str(source).unwrap(), &mut out).unwrap();
        out.into_iter().map(|it| it.1).collect()
    }

    fn plain(text: &str) -> Text {
        (text.into(), None)
    }

    #[test]
    fn texts_are_found_in_arms_in_macros_and_with_their_plural() {
        let source = r#"
            view! { set_title: &gettext("A \"b\""), }
            gettext(match x { 1 => "one", _ => { "two \
                words" } });
            gettext_f(if kind == "nor that" { "of {name}" } else { "or" }, &[("name", "not this")]);
            const C: &str = mark("kept");
            ngettext_f("{number} cat", "{number} cats", n, &[("x", "nor this")]);
            other("nothing");
            fn gettext(text: &str) {}
        "#;
        assert_eq!(
            texts(source),
            [
                plain("A \"b\""),
                plain("one"),
                plain("two words"),
                plain("of {name}"),
                plain("or"),
                plain("kept"),
                ("{number} cat".into(), Some("{number} cats".into())),
            ]
        );
    }

    #[test]
    fn translators_are_told_what_stands_above() {
        let lines = ["// Translators: a flow", "gettext(", "\"x\""];
        assert_eq!(note(&lines, 3).as_deref(), Some("a flow"));
    }
}
