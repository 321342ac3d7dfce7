// SPDX-License-Identifier: GPL-3.0-or-later
//! Everything that is printed. A closed pipe ends the output, not the program with a panic.
//!
//! What is printed for a person comes from anywhere, and so goes through [`oriel::shown`]: no name
//! moves the cursor, forges a row or turns a line round. What a program reads is exact.

use std::io::{self, Write as _};

use std::time::Duration;

use oriel::shown::{self, shown, shown_lines};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::failure::Failure;

/// Prints a line for a person to standard output.
pub fn line(text: &str) {
    raw(&shown(text));
}

/// Prints lines for a person to standard output; whoever made them has put together each of them.
pub fn lines(text: &str) {
    raw(&shown_lines(text));
}

/// Prints a text as it is, and a line break, to standard output: a document or a script.
pub fn raw(text: &str) {
    let mut out = io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        // The reader has gone: nothing that we print is wanted any more.
        libvirt_ext::exit_now(0);
    }
}

/// Prints a value as indented JSON.
///
/// # Errors
/// If it can't be put into JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::Other(e.to_string()))?;
    raw(&shown::json(&text));
    Ok(())
}

/// Prints a value as one line of JSON.
///
/// # Errors
/// If it can't be put into JSON.
pub fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Failure::Other(e.to_string()))?;
    raw(&shown::json(&text));
    Ok(())
}

/// Prints an error, in one line.
pub fn error(text: &str) {
    let _ = writeln!(io::stderr(), "orielctl: {}", shown(text));
}

/// Prints a remark that is no error, in one line.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", shown(text));
}

/// Asks something at the terminal, in a line that the answer follows.
pub fn prompt(text: &str) {
    let mut error = io::stderr();
    let _ = write!(error, "{}", shown(text));
    let _ = error.flush();
}

/// Writes out what is still in the buffers.
pub fn flush() {
    let _ = io::stdout().flush();
    let _ = io::stderr().flush();
}

/// Waits for something, and tells what it is if that takes longer than a second.
pub async fn while_waiting<T>(what: &str, act: impl Future<Output = T>) -> T {
    let mut act = Box::pin(act);
    let mut next = Duration::from_secs(1);
    let mut text = format!("{what} …");
    loop {
        tokio::select! {
            result = &mut act => return result,
            () = tokio::time::sleep(next) => {
                note(&text);
                "      still at it …".clone_into(&mut text);
                next = Duration::from_secs(5);
            }
        }
    }
}

/// Prints a table whose columns are as wide as their widest cell, by what a terminal makes of it.
pub fn table(header: &[&str], rows: &[Vec<String>]) {
    raw(&laid_out(header, rows));
}

fn laid_out(header: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| shown(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.width()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let render = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            let padding = width.saturating_sub(cell.width());
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', padding + 2));
        }
        text.trim_end().to_owned()
    };
    let mut all = render(&mut header.iter().copied());
    for row in &rows {
        all.push('\n');
        all.push_str(&render(&mut row.iter().map(AsRef::as_ref)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str]) -> Vec<String> {
        let rows: Vec<Vec<String>> = names
            .iter()
            .map(|name| vec![(*name).to_owned(), "running".into()])
            .collect();
        let text = laid_out(&["NAME", "STATE"], &rows);
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn columns_stay_with_characters_of_any_width() {
        let names = ["web", "虚拟机", "e\u{301}te\u{301}", "👩‍💻", "ﾊﾝｶｸ"];
        for line in table(&names) {
            let at = line.find("STATE").or_else(|| line.find("running"));
            let before = &line[..at.unwrap()];
            assert_eq!(before.width(), 8, "{line}");
        }
    }

    #[test]
    fn no_name_forges_a_row() {
        let lines = table(&["a\nweb  shut-off", "\u{1b}[1A\u{9b}2K", "\u{202e}x"]);
        assert_eq!(lines.len(), 4);
        assert!(!lines.concat().contains(shown::is_unsafe), "{lines:?}");
    }
}
