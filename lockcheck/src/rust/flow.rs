// SPDX-License-Identifier: GPL-3.0-or-later
//! Control flow: conditions, `match`, loops and the ways out of them.
//!
//! Temporaries end as edition 2024 has it: those of a condition at its end, those of an
//! `if let` before the `else`, those of `match`, `while let` and `for` after the body.

use syn::{BinOp, Expr, ExprForLoop, ExprIf, ExprMatch, ExprWhile, Label, Lifetime};

use super::lower::{Join, Lowering, Target, Value};
use super::start;

impl Lowering<'_> {
    /// Lowers the expressions that are control flow.
    pub(super) fn flow(&mut self, expression: &Expr) -> Value {
        match expression {
            Expr::Break(one) => {
                let at = start::at(one.break_token.span);
                self.break_out(one.label.as_ref(), one.expr.as_deref(), at);
                Value::default()
            }
            Expr::Continue(one) => {
                let at = start::at(one.continue_token.span);
                if let Some(target) = self.target(one.label.as_ref()) {
                    let (again, depth) = (self.targets[target].again, self.targets[target].depth);
                    self.unwind(depth, at);
                    self.graph.jump(again);
                } else {
                    self.graph.go_on_nowhere();
                }
                Value::default()
            }
            Expr::ForLoop(one) => {
                self.for_loop(one);
                Value::default()
            }
            Expr::If(one) => self.if_else(one),
            Expr::Loop(one) => {
                let head = self.graph.block();
                let after = self.graph.block();
                self.graph.flow_into(head);
                self.push_target(one.label.as_ref(), true, head, after);
                self.block_alone(&one.body);
                self.graph.jump(head);
                self.graph.go_on_in(after);
                self.pop_target()
            }
            Expr::Match(one) => self.choose(one),
            Expr::Return(one) => {
                let at = start::at(one.return_token.span);
                if let Some(result) = &one.expr {
                    let looks = std::mem::replace(&mut self.looks, true);
                    let value = self.expression(result);
                    self.looks = looks;
                    self.hand_over(value, at..at + 1);
                }
                self.unwind(0, at);
                let end = one
                    .expr
                    .as_deref()
                    .map_or(one.return_token.span, start::end_of);
                self.graph.exit(start::from_to(one.return_token.span, end));
                Value::default()
            }
            Expr::While(one) => {
                self.while_loop(one);
                Value::default()
            }
            _ => Value::default(),
        }
    }

    fn push_target(&mut self, label: Option<&Label>, is_loop: bool, again: usize, after: usize) {
        let target = Target {
            label: label.map(|label| label.name.ident.to_string()),
            is_loop,
            depth: self.depth(),
            again,
            after,
            value: Join::default(),
        };
        self.targets.push(target);
    }

    fn pop_target(&mut self) -> Value {
        match self.targets.pop() {
            Some(target) => self.joined(&target.value),
            None => Value::default(),
        }
    }

    /// Which loop or block a `break` or a `continue` is of.
    fn target(&self, label: Option<&Lifetime>) -> Option<usize> {
        let label = label.map(|label| label.ident.to_string());
        self.targets.iter().rposition(|target| match &label {
            Some(label) => target.label.as_ref() == Some(label),
            None => target.is_loop,
        })
    }

    fn break_out(&mut self, label: Option<&Lifetime>, value: Option<&Expr>, at: usize) {
        let value = value
            .map(|value| self.expression(value))
            .unwrap_or_default();
        let Some(found) = self.target(label) else {
            self.graph.go_on_nowhere();
            return;
        };
        let mut join = std::mem::take(&mut self.targets[found].value);
        self.join(&value, &mut join, &(at..at + 1));
        self.targets[found].value = join;
        let (after, depth) = (self.targets[found].after, self.targets[found].depth);
        self.unwind(depth, at);
        self.graph.jump(after);
    }

    /// A block, with a label or without.
    pub(super) fn labelled(&mut self, label: Option<&Label>, block: &syn::Block) -> Value {
        if label.is_none() {
            return self.block(block);
        }
        let after = self.graph.block();
        self.push_target(label, false, after, after);
        let value = self.block(block);
        let at = start::at(block.brace_token.span.close());
        if let Some(mut target) = self.targets.pop() {
            self.join(&value, &mut target.value, &(at..at + 1));
            self.graph.flow_into(after);
            return self.joined(&target.value);
        }
        value
    }

    /// A loop's body, whose value is of no use.
    fn block_alone(&mut self, block: &syn::Block) {
        self.enter(false, true);
        self.block(block);
        self.leave(start::at(block.brace_token.span.close()));
    }

    /// A condition. Goes on where it holds; the other way leaves the scopes above `depth`.
    pub(super) fn condition(&mut self, condition: &Expr, otherwise: usize, depth: usize) {
        let at = start::at(start::end_of(condition));
        match condition {
            Expr::Binary(one) if matches!(one.op, BinOp::And(_)) => {
                self.condition(&one.left, otherwise, depth);
                self.condition(&one.right, otherwise, depth);
            }
            Expr::Paren(one) => self.condition(&one.expr, otherwise, depth),
            Expr::Let(one) => {
                let looks = std::mem::replace(&mut self.looks, true);
                let value = self.expression(&one.expr);
                self.looks = looks;
                self.also_to(otherwise, depth, at);
                self.go_on();
                self.bind(&one.pat, &value);
            }
            _ => {
                let looks = std::mem::replace(&mut self.looks, true);
                self.alone(condition);
                self.looks = looks;
                self.also_to(otherwise, depth, at);
                self.go_on();
            }
        }
    }

    fn if_else(&mut self, one: &ExprIf) -> Value {
        let otherwise = self.graph.block();
        let after = self.graph.block();
        let mut join = Join::default();
        let depth = self.depth();
        let statement = self.graph.statement();
        self.enter(true, true);
        self.condition(&one.cond, otherwise, depth);
        let value = self.block(&one.then_branch);
        let at = start::at(one.then_branch.brace_token.span.close());
        self.join(&value, &mut join, &(at..at + 1));
        self.leave(at);
        self.graph.jump(after);
        self.graph.go_on_in(otherwise);
        self.graph.begin_statement(statement);
        if let Some((_, otherwise)) = &one.else_branch {
            if let Expr::If(next) = &**otherwise {
                // An `else if` is a statement of its own for whoever reads the report.
                self.graph.begin_statement(start::at(next.if_token.span));
            }
            let value = self.expression(otherwise);
            let at = start::at(start::end_of(otherwise));
            self.join(&value, &mut join, &(at..at + 1));
        }
        self.graph.flow_into(after);
        self.graph.begin_statement(statement);
        self.joined(&join)
    }

    fn choose(&mut self, one: &ExprMatch) -> Value {
        let statement = self.graph.statement();
        let looks = std::mem::replace(&mut self.looks, true);
        let value = self.expression(&one.expr);
        self.looks = looks;
        let after = self.graph.block();
        let mut join = Join::default();
        for arm in &one.arms {
            let next = self.graph.block();
            let here = self.graph.current();
            self.graph.edge(here, next, None);
            self.enter(true, true);
            self.go_on();
            self.graph.begin_statement(start::at(start::of(&arm.body)));
            self.bind(&arm.pat, &value);
            if let Some((_, guard)) = &arm.guard {
                self.graph.begin_statement(start::at(start::of(guard)));
                self.guard_of_arm(guard, next);
                self.graph.begin_statement(start::at(start::of(&arm.body)));
            }
            let result = self.expression(&arm.body);
            let at = start::at(start::end_of(&arm.body));
            self.join(&result, &mut join, &(at..at + 1));
            self.leave(at);
            self.graph.jump(after);
            self.graph.go_on_in(next);
        }
        // A `match` without arms never returns, and one always fits.
        self.graph.go_on_in(after);
        self.graph.begin_statement(statement);
        self.joined(&join)
    }

    /// An arm's guard only looks: what the pattern binds stays with the value that is matched.
    fn guard_of_arm(&mut self, guard: &Expr, next: usize) {
        self.alone(guard);
        let here = self.graph.current();
        self.graph.edge(here, next, None);
        self.go_on();
    }

    fn while_loop(&mut self, one: &ExprWhile) {
        let head = self.graph.block();
        let after = self.graph.block();
        let at = start::at(one.body.brace_token.span.close());
        let statement = self.graph.statement();
        self.graph.flow_into(head);
        self.push_target(one.label.as_ref(), true, head, after);
        let depth = self.depth();
        self.enter(true, true);
        self.condition(&one.cond, after, depth);
        self.block_alone(&one.body);
        self.leave(at);
        self.graph.jump(head);
        self.targets.pop();
        self.graph.go_on_in(after);
        self.graph.begin_statement(statement);
    }

    fn for_loop(&mut self, one: &ExprForLoop) {
        let at = start::at(one.body.brace_token.span.close());
        let statement = self.graph.statement();
        // Its temporaries live until the statement ends.
        self.expression(&one.expr);
        let head = self.graph.block();
        let after = self.graph.block();
        self.graph.flow_into(head);
        self.push_target(one.label.as_ref(), true, head, after);
        let here = self.graph.current();
        self.graph.edge(here, after, None);
        self.go_on();
        self.enter(true, true);
        self.hide(&one.pat);
        self.block_alone(&one.body);
        self.leave(at);
        self.graph.jump(head);
        self.targets.pop();
        self.graph.go_on_in(after);
        self.graph.begin_statement(statement);
    }
}
