// SPDX-License-Identifier: GPL-3.0-or-later
//! Calls: which take a lock, which block, and to whom the guards among the arguments go.

use std::ops::Range;

use syn::{Expr, ExprCall, ExprMethodCall};

use super::lower::{Lowering, Pending, Value};
use super::{paths, start};
use crate::ir::Action;

/// Functions whose result holds what they are given.
const WRAPPERS: &[&str] = &["pin", "timeout", "timeout_at", "fuse", "boxed"];

/// Methods of condition variables: they take a guard and return it.
const WAITS: &[&str] = &["wait", "wait_while", "wait_timeout", "wait_timeout_while"];

impl Lowering<'_> {
    /// The operands of a call that takes a lock, lowered, and which lock that is.
    pub(super) fn direct_acquire(&mut self, expression: &Expr) -> Option<(usize, String)> {
        let (kind, shown) = self.acquired_by(expression)?;
        match expression {
            Expr::MethodCall(one) => {
                self.expression(&one.receiver);
                self.arguments(&one.args);
            }
            Expr::Call(one) => self.arguments(&one.args),
            _ => {}
        }
        Some((kind, shown))
    }

    /// Which lock a call takes, and how it is shown if nothing names the guard.
    fn acquired_by(&self, expression: &Expr) -> Option<(usize, String)> {
        let guards = &self.context.config.guards;
        let (reversed, bare) = match expression {
            Expr::MethodCall(one) => (
                self.path(&one.receiver, Some(&one.method.to_string()))?,
                one.args.is_empty(),
            ),
            Expr::Call(one) => (self.path(&one.func, None)?, one.args.is_empty()),
            Expr::Paren(one) => return self.acquired_by(&one.expr),
            _ => return None,
        };
        let kind = paths::acquires(&reversed, bare, guards)?;
        let between = if matches!(expression, Expr::Call(_)) {
            "::"
        } else {
            "."
        };
        Some((kind, format!("{}()", paths::shown(&reversed, between))))
    }

    /// The path of what is called, its last segment first, if the configuration may name it.
    fn path(&self, callee: &Expr, method: Option<&str>) -> Option<Vec<String>> {
        let context = self.context;
        let guards = &context.config.guards;
        if let Some(method) = method
            && !paths::is_named(method, guards)
        {
            return None;
        }
        Some(paths::reversed(callee, method, guards, &context.imports))
    }

    /// A use of data that a lock protects.
    pub(super) fn field(&mut self, expression: &Expr) {
        let context = self.context;
        let config = context.config;
        if config.kinds.iter().all(|kind| kind.protects.is_empty()) {
            return;
        }
        let reversed = paths::reversed(expression, None, &config.guards, &context.imports);
        let Some(kind) = paths::protected_by(&reversed, &config.kinds) else {
            return;
        };
        let guard = self.guard_of(kind, &paths::shown(&reversed, "."));
        let action = if self.looks {
            Action::Look(vec![guard])
        } else {
            Action::Use(vec![guard])
        };
        self.graph.step(
            action,
            start::from_to(start::of(expression), start::end_of(expression)),
        );
    }

    /// The arguments of a call; what they hold is the callee's from then on.
    pub(super) fn arguments(
        &mut self,
        arguments: &syn::punctuated::Punctuated<Expr, syn::Token![,]>,
    ) {
        let hint = self.hint.take();
        for one in arguments {
            let value = self.expression(one);
            let text = start::from_to(start::of(one), start::end_of(one));
            self.hand_over(value, text);
        }
        self.hint = hint;
    }

    pub(super) fn method(&mut self, one: &ExprMethodCall) -> Value {
        let context = self.context;
        let guards = &context.config.guards;
        let name = one.method.to_string();
        let text = start::from_to(start::of(&one.receiver), one.paren_token.span.close());
        let path = self.path(&one.receiver, Some(&name));
        if let Some(reversed) = &path
            && let Some(kind) = paths::acquires(reversed, one.args.is_empty(), guards)
        {
            self.expression(&one.receiver);
            self.arguments(&one.args);
            return self.taken(
                kind,
                &name,
                format!("{}()", paths::shown(reversed, ".")),
                text,
            );
        }
        let passes = paths::hands_on(&name, guards) || WRAPPERS.contains(&name.as_str());
        let hint = if passes {
            self.hint.clone()
        } else {
            self.hint.take()
        };
        let receiver = self.expression(&one.receiver);
        self.hint = hint;
        if WAITS.contains(&name.as_str())
            && let Some(guard) = one.args.first()
        {
            let value = self.expression(guard);
            for other in one.args.iter().skip(1) {
                self.expression(other);
            }
            return value;
        }
        self.arguments(&one.args);
        if let Some(reversed) = &path
            && let Some(shown) = paths::blocks(reversed, guards)
        {
            self.graph.step(Action::Block(shown), text);
        }
        if passes {
            return receiver;
        }
        Value::default()
    }

    /// A lock is taken, at once or when the value is awaited.
    fn taken(&mut self, kind: usize, name: &str, shown: String, text: Range<usize>) -> Value {
        let waits = !name.starts_with("try_") && !name.starts_with("blocking_");
        if self.context.config.kinds[kind].asynchronous && waits {
            return Value {
                pending: vec![Pending { kind, shown, text }],
                ..Value::default()
            };
        }
        let value = self.acquire(kind, &shown, text);
        Value {
            poisoned: matches!(name, "lock" | "read" | "write"),
            ..value
        }
    }

    pub(super) fn call(&mut self, one: &ExprCall) -> Value {
        let context = self.context;
        let guards = &context.config.guards;
        let text = start::from_to(start::of(&one.func), one.paren_token.span.close());
        let Expr::Path(callee) = &*one.func else {
            self.expression(&one.func);
            self.arguments(&one.args);
            return Value::default();
        };
        let last = callee
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default();
        let owner = callee
            .path
            .segments
            .iter()
            .rev()
            .nth(1)
            .map(|owner| owner.ident.to_string())
            .unwrap_or_default();
        let reversed = paths::reversed(&one.func, None, guards, &context.imports);
        if let Some(kind) = paths::acquires(&reversed, one.args.is_empty(), guards) {
            self.arguments(&one.args);
            let shown = format!("{}()", paths::shown(&reversed, "::"));
            let name = reversed.first().cloned().unwrap_or_default();
            return self.taken(kind, &name, shown, text);
        }
        let mut values = Vec::new();
        let keeps = keeps(&owner, &last);
        let hint = if keeps {
            self.hint.clone()
        } else {
            self.hint.take()
        };
        for argument in &one.args {
            values.push(self.expression(argument));
        }
        self.hint = hint;
        if let Some(shown) = paths::blocks(&reversed, guards) {
            self.graph.step(Action::Block(shown), text.clone());
        }
        match (owner.as_str(), last.as_str()) {
            ("" | "mem", "forget") | ("ManuallyDrop", "new") | ("Box", "leak") => {
                for value in values {
                    self.forget(&value, &text);
                }
                Value::default()
            }
            ("process", "exit" | "abort") => {
                self.graph.go_on_nowhere();
                Value::default()
            }
            _ if keeps => values.into_iter().fold(Value::default(), Value::and),
            _ => {
                for value in values {
                    self.hand_over(value, text.clone());
                }
                Value::default()
            }
        }
    }
}

/// Whether what a function returns holds what it is given: constructors written like types,
/// and the functions that map a guard.
fn keeps(owner: &str, last: &str) -> bool {
    last.starts_with(char::is_uppercase)
        || (matches!(owner, "Box" | "Arc" | "Rc" | "Pin" | "RefCell" | "Cell")
            && matches!(last, "new" | "pin"))
        || WRAPPERS.contains(&last)
        || (owner.ends_with("Guard") && (last.contains("map") || last == "downgrade"))
        || (owner == "PoisonError" && last == "into_inner")
}
