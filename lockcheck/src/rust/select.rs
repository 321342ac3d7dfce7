// SPDX-License-Identifier: GPL-3.0-or-later
//! `select!`: its grammar, and what it does.

use std::ops::Range;

use syn::parse::ParseStream;
use syn::{Expr, Pat, Token};

use super::lower::{Join, Lowering, Value};
use super::start;
use crate::ir::Action;

/// One branch.
pub(super) struct Branch {
    pattern: Option<Pat>,
    future: Option<Expr>,
    condition: Option<Expr>,
    handler: Expr,
}

impl Lowering<'_> {
    /// Some of the futures, in whatever order, then one handler.
    pub(super) fn select(&mut self, branches: &[Branch], text: &Range<usize>) -> Value {
        let mut values = Vec::new();
        for branch in branches {
            if let Some(condition) = &branch.condition {
                self.alone(condition);
            }
            values.push(
                branch
                    .future
                    .as_ref()
                    .map(|future| self.expression(future))
                    .unwrap_or_default(),
            );
        }
        self.graph.step(Action::Await, text.clone());
        let after = self.graph.block();
        let statement = self.graph.statement();
        let from = self.graph.current();
        let mut join = Join::default();
        for (branch, value) in branches.iter().zip(values) {
            self.graph.go_on_in(from);
            self.go_on();
            self.graph
                .begin_statement(start::at(start::of(&branch.handler)));
            self.enter(true, true);
            let value = self.arrived(value);
            if let Some(pattern) = &branch.pattern {
                self.bind(pattern, &value);
            }
            let result = self.expression(&branch.handler);
            let at = start::at(start::end_of(&branch.handler));
            self.join(&result, &mut join, &(at..at + 1));
            self.leave(at);
            self.graph.jump(after);
        }
        self.graph.go_on_in(after);
        self.graph.begin_statement(statement);
        self.joined(&join)
    }
}

/// Reads the branches.
pub(super) fn branches(input: ParseStream) -> syn::Result<Vec<Branch>> {
    let mut found = Vec::new();
    if input
        .fork()
        .parse::<syn::Ident>()
        .is_ok_and(|word| word == "biased")
    {
        input.parse::<syn::Ident>()?;
        input.parse::<Token![;]>()?;
    }
    while !input.is_empty() {
        let (mut pattern, mut future, mut condition) = (None, None, None);
        if input.peek(Token![else]) || (input.peek(syn::Ident) && input.peek2(Token![=>])) {
            // `else =>`, or `complete =>` of futures' macro.
            input.step(|cursor| {
                cursor
                    .token_tree()
                    .map_or_else(|| Err(cursor.error("a branch")), |(_, rest)| Ok(((), rest)))
            })?;
        } else {
            pattern = Some(Pat::parse_multi_with_leading_vert(input)?);
            input.parse::<Token![=]>()?;
            future = Some(input.parse()?);
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                condition = Some(input.parse()?);
            }
        }
        input.parse::<Token![=>]>()?;
        // A block ends a branch as it ends a statement.
        let handler = if input.peek(syn::token::Brace) {
            let block = input.parse()?;
            Expr::Block(syn::ExprBlock {
                attrs: Vec::new(),
                label: None,
                block,
            })
        } else {
            input.parse()?
        };
        if !input.is_empty() {
            input.parse::<Option<Token![,]>>()?;
        }
        found.push(Branch {
            pattern,
            future,
            condition,
            handler,
        });
    }
    Ok(found)
}
