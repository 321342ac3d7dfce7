// SPDX-License-Identifier: GPL-3.0-or-later
//! Everything that is printed. A closed pipe ends the output, not the program with a panic.

use std::io::{self, Write as _};

use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;

/// Prints a line to standard output.
pub fn line(text: &str) {
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
    line(&text);
    Ok(())
}

/// Prints a value as one line of JSON.
///
/// # Errors
/// If it can't be put into JSON.
pub fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Failure::Other(e.to_string()))?;
    line(&text);
    Ok(())
}

/// Prints an error.
pub fn error(text: &str) {
    let _ = writeln!(io::stderr(), "orielctl: {text}");
}

/// Prints a remark that is no error.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
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

/// Prints a table whose columns are as wide as their widest cell, by characters.
pub fn table(header: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let render = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            let padding = width.saturating_sub(cell.chars().count());
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', padding + 2));
        }
        text.trim_end().to_owned()
    };
    let mut all = render(&mut header.iter().copied());
    for row in rows {
        all.push('\n');
        all.push_str(&render(&mut row.iter().map(String::as_str)));
    }
    line(&all);
}
