// SPDX-License-Identifier: GPL-3.0-or-later
//! The names that a closure's body mentions, those within macros included.

use proc_macro2::{TokenStream, TokenTree};
use rustc_hash::FxHashSet;
use syn::visit::{self, Visit};

/// Names that are mentioned as variables.
#[derive(Debug, Default)]
pub(super) struct Names(FxHashSet<String>);

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_expr_path(&mut self, one: &'ast syn::ExprPath) {
        if let Some(name) = one.path.get_ident() {
            self.0.insert(name.to_string());
        }
        visit::visit_expr_path(self, one);
    }

    fn visit_macro(&mut self, one: &'ast syn::Macro) {
        let mut streams: Vec<TokenStream> = vec![one.tokens.clone()];
        while let Some(stream) = streams.pop() {
            for token in stream {
                match token {
                    TokenTree::Ident(word) => drop(self.0.insert(word.to_string())),
                    TokenTree::Group(group) => streams.push(group.stream()),
                    _ => {}
                }
            }
        }
    }
}
