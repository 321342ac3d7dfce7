// SPDX-License-Identifier: GPL-3.0-or-later
//! Macros: what their arguments do, as far as that can be told without expanding them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Macro, Pat, Token};

use super::lower::{Lowering, Value};
use super::{paths, select, start};
use crate::ir::Action;

impl Lowering<'_> {
    /// Lowers a macro's arguments.
    pub(super) fn macro_call(&mut self, call: &Macro) -> Value {
        let name = call
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default();
        let first = call
            .path
            .segments
            .first()
            .map_or_else(|| call.bang_token.spans[0], |first| first.ident.span());
        let text = start::from_to(first, call.delimiter.span().close());
        let tokens = call.tokens.clone();
        let hint = self.hint.take();
        let value = match name.as_str() {
            "quote" | "quote_spanned" | "parse_quote" | "macro_rules" | "stringify" | "concat" => {
                Value::default()
            }
            "select" | "select_biased" => match select::branches.parse2(tokens.clone()) {
                Ok(branches) => self.select(&branches, &text),
                Err(_) => self.scan(tokens),
            },
            "join" | "try_join" => {
                let value = self.arguments_of(tokens);
                self.graph.step(Action::Await, text);
                self.arrived(value)
            }
            "matches" | "assert_matches" | "debug_assert_matches" => {
                match matched.parse2(tokens.clone()) {
                    Ok((value, guard)) => {
                        self.expression(&value);
                        if let Some(guard) = guard {
                            self.alone(&guard);
                        }
                        Value::default()
                    }
                    Err(_) => self.scan(tokens),
                }
            }
            "panic" | "unreachable" | "todo" | "unimplemented" | "bail" => {
                let value = self.arguments_of(tokens);
                if name == "bail" {
                    self.unwind(0, text.start);
                    self.graph.exit(text);
                } else {
                    self.graph.go_on_nowhere();
                }
                value
            }
            "vec" | "pin" | "ready" => {
                self.hint = hint.clone();
                self.arguments_of(tokens)
            }
            // All others only look at what they are given, as those that format do.
            _ => {
                self.arguments_of(tokens);
                Value::default()
            }
        };
        self.hint = hint;
        value
    }

    /// Arguments between commas, or a block; whatever else is only searched.
    fn arguments_of(&mut self, tokens: TokenStream) -> Value {
        if let Ok(arguments) = arguments.parse2(tokens.clone()) {
            let mut value = Value::default();
            for one in &arguments {
                // `name = value` of the macros that format.
                let one = match one {
                    Expr::Assign(assign) if matches!(&*assign.left, Expr::Path(_)) => &assign.right,
                    one => one,
                };
                value = value.and(self.expression(one));
            }
            return value;
        }
        if let Ok(stmts) = Block::parse_within.parse2(tokens.clone()) {
            let block = Block {
                brace_token: syn::token::Brace::default(),
                stmts,
            };
            let end = self.graph.statement();
            return self.block_ending(&block, end);
        }
        self.scan(tokens)
    }

    /// Looks for `.await` and for calls that the configuration names. What such a call takes
    /// is held to the end of the statement.
    fn scan(&mut self, tokens: TokenStream) -> Value {
        let mut path: Vec<String> = Vec::new();
        let mut later = false;
        let mut joined = false;
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    let name = word.to_string();
                    let text = word.span().byte_range();
                    if !joined {
                        path.clear();
                    }
                    if name == "await" && joined {
                        self.graph.step(Action::Await, text);
                    }
                    later |= name == "async" || name == "move";
                    path.push(name);
                    joined = false;
                }
                TokenTree::Punct(mark) => {
                    let mark = mark.as_char();
                    // A closure's body runs later, as an async block does.
                    later = (later || mark == '|') && !matches!(mark, ',' | ';');
                    joined = matches!(mark, '.' | ':' | '?');
                    if !joined {
                        path.clear();
                    }
                }
                TokenTree::Group(group)
                    if group.delimiter() == Delimiter::Parenthesis && !path.is_empty() =>
                {
                    let bare = group.stream().is_empty();
                    let text = group.span_close().byte_range();
                    self.scan(group.stream());
                    self.found_call(&path, bare, text);
                    joined = false;
                }
                TokenTree::Group(group) => {
                    if !later {
                        self.scan(group.stream());
                    }
                    later = false;
                    path.clear();
                }
                TokenTree::Literal(_) => path.clear(),
            }
        }
        Value::default()
    }

    fn found_call(&mut self, path: &[String], bare: bool, text: std::ops::Range<usize>) {
        let context = self.context;
        let guards = &context.config.guards;
        let reversed: Vec<String> = path.iter().rev().cloned().collect();
        if let Some(kind) = paths::acquires(&reversed, bare, guards) {
            self.acquire(kind, &format!("{}()", path.join(".")), text);
        } else if let Some(shown) = paths::blocks(&reversed, guards) {
            self.graph.step(Action::Block(shown), text);
        }
    }
}

fn arguments(input: ParseStream) -> syn::Result<Vec<Expr>> {
    if let Ok(list) = Punctuated::<Expr, Token![,]>::parse_terminated(&input.fork()) {
        // The fork was read to its end.
        input.step(|cursor| {
            let mut rest = *cursor;
            while let Some((_, next)) = rest.token_tree() {
                rest = next;
            }
            Ok(((), rest))
        })?;
        return Ok(list.into_iter().collect());
    }
    let value: Expr = input.parse()?;
    input.parse::<Token![;]>()?;
    let length: Expr = input.parse()?;
    Ok(vec![length, value])
}

fn matched(input: ParseStream) -> syn::Result<(Expr, Option<Expr>)> {
    let value = input.parse()?;
    input.parse::<Token![,]>()?;
    Pat::parse_multi_with_leading_vert(input)?;
    let guard = if input.peek(Token![if]) {
        input.parse::<Token![if]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    // What an assertion says when it fails.
    input.parse::<TokenStream>()?;
    Ok((value, guard))
}
