// SPDX-License-Identifier: GPL-3.0-or-later
//! The front end for Rust: guards, from where they are taken to where they are dropped.
//!
//! Each function, method, closure and `async` block becomes a graph of its own. A closure is
//! one even where it is called at once, as in `map(|x| ..)`: what it does is not seen as done
//! under the guards of the function around it, unless it takes them along (`move`).
//!
//! No types are known. A lock is taken where a call's path ends as the configuration says
//! (`journal.lock`, `*.lock`, `lock_journal`); what a `let` binds is a guard if only methods
//! follow that hand it on (`unwrap`, `map_err`, `?`, `.await`); it ends with its block, with
//! `drop`, or where it is moved to a function, a field or the caller. `mem::forget` keeps the
//! lock for ever. Temporaries end as edition 2024 has it.
//!
//! Macros: arguments that are expressions are read as such (`println!`, `assert!`, `vec!`,
//! ...), `select!`, `join!` and `matches!` by their own grammar, blocks as blocks. In all
//! others only `.await` and the names of functions that lock or block are looked for.
//!
//! Tests (`#[cfg(test)]`, `#[test]`) are left out.

mod block;
mod calls;
mod expr;
mod flow;
mod items;
mod lower;
mod macros;
mod names;
mod owners;
mod paths;
mod select;
mod start;
mod text;

use std::ops::Range;

use crate::config::Config;
use crate::ir::Function;

/// What is found in a file.
#[derive(Debug, Default)]
pub struct Parsed {
    /// All functions, those within others included.
    pub functions: Vec<Function>,
    /// What could not be checked, with the byte where it begins.
    pub problems: Vec<(usize, String)>,
    /// The comments that hold `lockcheck:`.
    pub comments: Vec<Range<usize>>,
}

impl Parsed {
    fn append(&mut self, other: Self) {
        self.functions.extend(other.functions);
        self.problems.extend(other.problems);
        self.comments.extend(other.comments);
    }
}

/// The functions of a file.
///
/// # Errors
///
/// A text with the line where the file can't be parsed, or why it is not.
pub fn functions(source: &[u8], config: &Config) -> Result<Parsed, String> {
    let tokens = text::tokens(source)?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| {
        let line = error.span().start().line;
        format!("line {line}: it is no Rust: {error}")
    })?;
    let mut parsed = items::of_file(&file, config);
    parsed.comments = text::comments(source);
    parsed.functions.sort_by_key(|function| function.at);
    Ok(parsed)
}

#[cfg(test)]
mod tests;
