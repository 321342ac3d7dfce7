// SPDX-License-Identifier: GPL-3.0-or-later
//! The front end for C, as it stands in a repository or after the preprocessor.
//!
//! A file goes through four stages, each in a module: [`prepare`] blanks what is no C
//! (comments, directives, macros that the configuration names) without moving anything,
//! [`split`] cuts the rest into functions and declarations, [`tables`] reads which functions
//! are public and what types variables have, and [`lower`] makes a graph of each function.
//! Only the last two see tree-sitter's trees.

pub mod lower;
pub mod prepare;
pub mod split;
pub mod syntax;
pub mod tables;
mod words;
