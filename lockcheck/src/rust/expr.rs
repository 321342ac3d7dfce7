// SPDX-License-Identifier: GPL-3.0-or-later
//! Expressions: what they acquire, hand on, await and call.

use std::ops::Range;

use syn::visit::Visit as _;
use syn::{BinOp, Expr, Member, UnOp};

use super::lower::{Body, Captured, Held, Lowering, Value, lower};
use super::names::Names;
use super::start;
use crate::ir::Action;

impl Lowering<'_> {
    /// Lowers an expression, and tells what its value holds.
    pub(super) fn expression(&mut self, expression: &Expr) -> Value {
        match expression {
            Expr::Array(one) => self.all(&one.elems),
            Expr::Assign(one) => {
                self.assignment(&one.left, &one.right);
                Value::default()
            }
            Expr::Async(one) => {
                let at = start::at(one.async_token.span);
                let mut names = Names::default();
                if one.capture.is_some() && self.owns_any() {
                    names.visit_block(&one.block);
                }
                let captured = self.capture(&names, at);
                self.within("async", at, &Body::Block(&one.block), captured);
                Value::default()
            }
            Expr::Await(one) => self.awaited(
                &one.base,
                start::from_to(start::of(&one.base), one.await_token.span),
            ),
            Expr::Binary(one) => self.binary(one),
            Expr::Block(one) => self.labelled(one.label.as_ref(), &one.block),
            Expr::Call(one) => self.call(one),
            Expr::Cast(one) => self.expression(&one.expr),
            Expr::Closure(one) => {
                let at = start::at(start::of(expression));
                let mut names = Names::default();
                if one.capture.is_some() && self.owns_any() {
                    names.visit_expr(&one.body);
                }
                let captured = self.capture(&names, at);
                self.within("closure", at, &Body::Expression(&one.body), captured);
                Value::default()
            }
            Expr::Field(one) => {
                self.expression(&one.base);
                self.field(expression);
                Value::default()
            }
            Expr::Group(one) => self.expression(&one.expr),
            Expr::Index(one) => {
                self.expression(&one.expr);
                self.expression(&one.index);
                Value::default()
            }
            Expr::Let(one) => self.expression(&one.expr),
            Expr::Macro(one) => self.macro_call(&one.mac),
            Expr::MethodCall(one) => self.method(one),
            Expr::Paren(one) => self.expression(&one.expr),
            Expr::Path(one) => match one.path.get_ident() {
                Some(name) => self.named(&name.to_string()).unwrap_or_default(),
                None => Value::default(),
            },
            Expr::Range(one) => {
                for side in [&one.start, &one.end].into_iter().flatten() {
                    self.expression(side);
                }
                Value::default()
            }
            Expr::RawAddr(one) => self.used(&one.expr),
            Expr::Reference(one) => self.used(&one.expr),
            Expr::Repeat(one) => {
                self.expression(&one.len);
                self.expression(&one.expr)
            }
            Expr::Struct(one) => {
                let mut value = Value::default();
                for field in &one.fields {
                    value = value.and(self.expression(&field.expr));
                }
                if let Some(rest) = &one.rest {
                    self.expression(rest);
                }
                value
            }
            Expr::Try(one) => self.question(&one.expr, start::at(one.question_token.span)),
            Expr::TryBlock(one) => self.block(&one.block),
            Expr::Tuple(one) => self.all(&one.elems),
            Expr::Unary(one) => self.used(&one.expr),
            Expr::Unsafe(one) => self.block(&one.block),
            _ => self.flow(expression),
        }
    }

    /// Lowers what is only looked at.
    fn used(&mut self, expression: &Expr) -> Value {
        self.expression(expression);
        Value::default()
    }

    fn all(&mut self, expressions: &syn::punctuated::Punctuated<Expr, syn::Token![,]>) -> Value {
        let mut value = Value::default();
        for one in expressions {
            value = value.and(self.expression(one));
        }
        value
    }

    /// A closure or an async block: it runs later, so it is a function of its own.
    fn within(&mut self, what: &str, at: usize, body: &Body, captured: Vec<Captured>) {
        let name = format!("{}::{{{what}}}", self.name);
        let found = lower(self.context, name, at, body, captured);
        self.inner.append(found);
    }

    /// The guards that a body takes with it. They are no longer held here.
    fn capture(&mut self, mentioned: &Names, at: usize) -> Vec<Captured> {
        let names = self.owners_among(&|name| mentioned.has(name));
        let mut captured = Vec::new();
        for name in names {
            let value = self.named(&name).unwrap_or_default();
            let kinds: Vec<_> = value
                .held
                .iter()
                .filter_map(|held| self.graph.known(held.guard))
                .map(|known| known.kind)
                .collect();
            self.hand_over(value, at..at + 1);
            captured.extend(kinds.into_iter().map(|kind| Captured {
                name: name.clone(),
                kind,
            }));
        }
        // An object's lock is taken under the driver's: what was held then is not known here.
        let kinds = &self.context.config.kinds;
        captured.retain(|guard| kinds[guard.kind].level != crate::ir::Level::Object);
        captured
    }

    fn binary(&mut self, one: &syn::ExprBinary) -> Value {
        match one.op {
            BinOp::And(_) | BinOp::Or(_) => {
                self.expression(&one.left);
                let after = self.graph.block();
                let here = self.graph.current();
                self.graph.edge(here, after, None);
                self.go_on();
                self.alone(&one.right);
                self.graph.flow_into(after);
            }
            BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_) => {
                // As it is for numbers.
                self.expression(&one.right);
                self.expression(&one.left);
            }
            _ => {
                self.expression(&one.left);
                self.expression(&one.right);
            }
        }
        Value::default()
    }

    /// Lowers what drops its temporaries at its own end.
    pub(super) fn alone(&mut self, expression: &Expr) {
        self.enter(false, true);
        self.expression(expression);
        self.leave(start::at(start::end_of(expression)));
    }

    fn assignment(&mut self, left: &Expr, right: &Expr) {
        let text = start::from_to(start::of(left), start::end_of(right));
        let name = match left {
            Expr::Path(one) => one.path.get_ident().map(ToString::to_string),
            _ => None,
        };
        let hint = self.hint.take();
        self.hint.clone_from(&name);
        let value = self.expression(right);
        self.hint = hint;
        if let Some(name) = name {
            self.assign(&name, value, &text);
            return;
        }
        self.expression(left);
        // `_ = lock()` drops at the end of the statement; a field keeps the guard.
        if !matches!(left, Expr::Infer(_)) {
            self.hand_over(value, text);
        }
    }

    /// `operand?`: one way leaves the function.
    fn question(&mut self, operand: &Expr, at: usize) -> Value {
        let value = self.expression(operand);
        let here = self.graph.current();
        let way = self.graph.block();
        self.graph.edge(here, way, None);
        self.graph.go_on_in(way);
        self.unwind(0, at);
        self.graph.exit(at..at + 1);
        self.graph.go_on_in(here);
        self.go_on();
        value
    }

    /// `base.await`. An asynchronous lock is held from here on, not before.
    fn awaited(&mut self, base: &Expr, text: Range<usize>) -> Value {
        if let Some((kind, shown)) = self.direct_acquire(base) {
            self.graph.step(Action::Await, text.clone());
            return self.acquire(kind, &shown, text);
        }
        let value = self.expression(base);
        self.graph.step(Action::Await, text);
        self.arrived(value)
    }

    /// What was pending is held.
    pub(super) fn arrived(&mut self, value: Value) -> Value {
        let mut arrived = Value {
            pending: Vec::new(),
            ..value.clone()
        };
        for one in value.pending {
            arrived = arrived.and(self.acquire(one.kind, &one.shown, one.text));
        }
        arrived
    }

    /// What the extended temporaries of `let x = &lock().field` hold, if it is of that form.
    pub(super) fn extended(&mut self, expression: &Expr) -> Option<Vec<Held>> {
        let Expr::Reference(one) = expression else {
            return match expression {
                Expr::Paren(one) => self.extended(&one.expr),
                Expr::Cast(one) => self.extended(&one.expr),
                _ => None,
            };
        };
        let mut operand = &*one.expr;
        loop {
            operand = match operand {
                Expr::Unary(inner) if matches!(inner.op, UnOp::Deref(_)) => &inner.expr,
                Expr::Field(inner)
                    if matches!(inner.member, Member::Named(_) | Member::Unnamed(_)) =>
                {
                    &inner.base
                }
                Expr::Index(inner) => &inner.expr,
                Expr::Paren(inner) => &inner.expr,
                Expr::Reference(inner) => &inner.expr,
                _ => break,
            };
        }
        let value = self.expression(operand);
        Some(value.held.into_iter().filter(|held| !held.named).collect())
    }
}
