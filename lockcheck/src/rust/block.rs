// SPDX-License-Identifier: GPL-3.0-or-later
//! Blocks, statements and patterns: where guards get their names.

use syn::{Block, Expr, Local, Pat, Stmt};

use super::lower::{Held, Lowering, Value};
use super::{items, start};

impl Lowering<'_> {
    /// Lowers a block. Its value's guards are temporaries of whoever uses it.
    pub(super) fn block(&mut self, block: &Block) -> Value {
        let end = start::at(block.brace_token.span.close());
        self.block_ending(block, end)
    }

    /// Like [`Self::block`], for a block that ends elsewhere.
    pub(super) fn block_ending(&mut self, block: &Block, end: usize) -> Value {
        let outer = self.graph.statement();
        let hint = self.hint.take();
        self.enter(true, false);
        let (tail, statements) = match block.stmts.split_last() {
            Some((Stmt::Expr(tail, None), before)) => (Some(tail), before),
            _ => (None, block.stmts.as_slice()),
        };
        for statement in statements {
            self.graph
                .begin_statement(start::at(start::of_statement(statement)));
            self.statement(statement);
        }
        let mut guards = Vec::new();
        if let Some(tail) = tail {
            self.graph.begin_statement(start::at(start::of(tail)));
            self.hint = hint;
            self.enter(false, true);
            let value = self.expression(tail);
            guards = self.take(&value, &(end..end + 1));
            self.leave(start::at(start::end_of(tail)));
        }
        self.hint = None;
        self.graph.begin_statement(end);
        self.leave(end);
        self.graph.begin_statement(outer);
        self.adopt(&guards)
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Local(local) => self.local(local),
            Stmt::Item(item) => {
                let found = items::within(self.context, item);
                self.inner.append(found);
            }
            Stmt::Expr(expression, semicolon) => {
                self.enter(false, true);
                let value = self.expression(expression);
                let at = start::at(
                    semicolon.map_or_else(|| start::end_of(expression), |mark| mark.spans[0]),
                );
                if matches!(expression, Expr::Path(_)) {
                    // `guard;` moves it, and drops it.
                    self.hand_over(value, at..at + 1);
                }
                self.leave(at);
            }
            Stmt::Macro(one) => {
                self.enter(false, true);
                self.macro_call(&one.mac);
                self.leave(start::at(one.mac.delimiter.span().close()));
            }
        }
    }

    fn local(&mut self, local: &Local) {
        let at = start::at(local.semi_token.spans[0]);
        let Some(init) = &local.init else {
            self.hide(&local.pat);
            return;
        };
        self.enter(false, true);
        if init.diverge.is_none()
            && let (Some(patterns), Expr::Tuple(values)) = (tuple(&local.pat), &*init.expr)
            && patterns.len() == values.elems.len()
        {
            let values: Vec<_> = patterns
                .iter()
                .zip(&values.elems)
                .map(|(pattern, value)| self.initial(pattern, value))
                .collect();
            for (pattern, value) in patterns.iter().zip(values) {
                self.bind_owned(pattern, value);
            }
            self.leave(at);
            return;
        }
        let value = self.initial(&local.pat, &init.expr);
        if let Some((_, otherwise)) = &init.diverge {
            self.diverging(otherwise, at);
        }
        self.bind_owned(&local.pat, value);
        self.leave(at);
    }

    /// The `else` of a `let`: its temporaries are gone by then.
    fn diverging(&mut self, otherwise: &Expr, at: usize) {
        let way = self.graph.block();
        self.also_to(way, self.depth() - 1, at);
        let here = self.graph.current();
        self.graph.go_on_in(way);
        let statement = self.graph.statement();
        self.expression(otherwise);
        self.graph.begin_statement(statement);
        self.graph.go_on_nowhere();
        self.graph.go_on_in(here);
        self.go_on();
    }

    /// The value that a `let` gives to a pattern, with its name for what it acquires.
    fn initial(&mut self, pattern: &Pat, value: &Expr) -> Value {
        let mut names = Vec::new();
        start::names(pattern, &mut names);
        let hint = self.hint.take();
        self.hint = names.into_iter().next().map(|(name, _)| name);
        let found = match self.extended(value) {
            Some(held) => {
                let value = Value {
                    held,
                    ..Value::default()
                };
                let guards = self.take(&value, &(0..0));
                self.extend(guards);
                Value::default()
            }
            None => self.expression(value),
        };
        self.hint = hint;
        found
    }

    /// Gives a value to the names of a `let`.
    fn bind_owned(&mut self, pattern: &Pat, value: Value) {
        let mut names = Vec::new();
        start::names(pattern, &mut names);
        if value.is_nothing() {
            self.hide(pattern);
            return;
        }
        let mutable = is_mutable(pattern);
        let mut names = names.into_iter();
        match names.next() {
            Some((name, false)) => self.declare(name, &value, mutable),
            Some((name, true)) => {
                // `ref`: the temporary lives as long as the name.
                let at = self.graph.statement();
                let guards = self.take(&temporaries(value), &(at..at + 1));
                self.declare_owning(name, guards, mutable);
            }
            // `_` binds nothing: a temporary ends with the statement.
            None => {}
        }
        for (name, _) in names {
            self.declare_owning(name, Vec::new(), true);
        }
    }

    /// Binds the names of an arm or of an `if let`. The value that is matched stays the owner
    /// as well, for the arms that bind nothing.
    pub(super) fn bind(&mut self, pattern: &Pat, value: &Value) {
        let mut names = Vec::new();
        start::names(pattern, &mut names);
        let failed = start::is_failure(pattern);
        if failed && (names.is_empty() || !value.poisoned) {
            // Nothing was locked on this way.
            let at = self.graph.statement();
            for held in &value.held {
                self.release(held.guard, at..at + 1);
            }
            self.hide(pattern);
            return;
        }
        let mut names = names.into_iter();
        if let Some((name, by_reference)) = names.next() {
            let guards = if by_reference {
                Vec::new()
            } else {
                value.held.iter().map(|held| held.guard).collect()
            };
            self.declare_owning(name, guards, is_mutable(pattern));
        }
        for (name, _) in names {
            self.declare_owning(name, Vec::new(), true);
        }
    }

    /// Names that hide earlier ones, and own nothing.
    pub(super) fn hide(&mut self, pattern: &Pat) {
        let mut names = Vec::new();
        start::names(pattern, &mut names);
        for (name, _) in names {
            self.declare_owning(name, Vec::new(), true);
        }
    }
}

/// The part of a value that no variable owns.
fn temporaries(value: Value) -> Value {
    let held: Vec<Held> = value.held.into_iter().filter(|held| !held.named).collect();
    Value {
        held,
        ..Value::default()
    }
}

/// The patterns of a tuple, its type left out.
fn tuple(pattern: &Pat) -> Option<Vec<&Pat>> {
    match pattern {
        Pat::Tuple(one) => {
            let rest = one
                .elems
                .iter()
                .any(|pattern| matches!(pattern, Pat::Rest(_)));
            (!rest).then(|| one.elems.iter().collect())
        }
        Pat::Type(one) => tuple(&one.pat),
        Pat::Paren(one) => tuple(&one.pat),
        _ => None,
    }
}

fn is_mutable(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(one) => one.mutability.is_some(),
        Pat::Type(one) => is_mutable(&one.pat),
        _ => true,
    }
}
