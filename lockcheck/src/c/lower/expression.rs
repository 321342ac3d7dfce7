// SPDX-License-Identifier: GPL-3.0-or-later
//! Expressions, in the order in which they are evaluated.

use std::ops::Range;

use super::Lowering;
use super::scope::without_address;
use crate::c::syntax::{self, Kind, Node, Operator};
use crate::config::Role;
use crate::ir::{Action, Value, Variable};

/// What an expression comes to.
#[derive(Clone, Debug)]
pub(super) enum Result {
    /// Nothing that is followed.
    Other,
    /// A null pointer, or zero.
    Null,
    /// A number that is not zero.
    NotZero,
    /// The pointer that a variable holds.
    Held(Variable),
    /// An object that a call has just locked, of this kind of lock.
    Fetched(usize, Range<usize>),
    /// Memory that a call has just allocated.
    Fresh,
}

/// An expression that was evaluated: what it came to, and what was read for it since the last
/// call or assignment.
#[derive(Clone, Debug)]
pub(super) struct Evaluated {
    pub(super) result: Result,
    pub(super) read: Vec<Variable>,
}

impl Evaluated {
    fn other(read: Vec<Variable>) -> Self {
        Self {
            result: Result::Other,
            read,
        }
    }

    fn of(result: Result) -> Self {
        Self {
            result,
            read: Vec::new(),
        }
    }

    /// What is read if the value itself is made use of.
    fn used(mut self) -> Vec<Variable> {
        if let Result::Held(variable) = self.result {
            self.read.push(variable);
        }
        self.read
    }
}

impl Lowering<'_> {
    /// Evaluates an expression.
    pub(super) fn expression(&mut self, node: Node<'_>) -> Evaluated {
        match node.kind() {
            Kind::Identifier => {
                let held = self.lookup(self.text(node));
                Evaluated::of(held.map_or(Result::Other, Result::Held))
            }
            Kind::Null | Kind::False => Evaluated::of(Result::Null),
            Kind::Number => Evaluated::of(self.number(node)),
            Kind::Parenthesized | Kind::Cast | Kind::Extension => self.inner(node),
            Kind::Field | Kind::Subscript => self.place(node),
            Kind::Pointer => self.pointer(node),
            Kind::Call => {
                let text = self.range_of(node);
                self.call(node, text, Vec::new())
            }
            Kind::Assignment => self.assignment(node),
            Kind::Update => {
                let Some(argument) = node.argument() else {
                    return Evaluated::of(Result::Other);
                };
                if let Some(flag) = self.flag(argument) {
                    let text = self.range_of(node);
                    self.graph.step(Action::Flag(flag, None), text);
                }
                let read = self.expression(argument).read;
                self.used(read, self.range_of(node));
                Evaluated::of(Result::Other)
            }
            Kind::Binary => self.binary(node),
            Kind::Unary => {
                let read = node.argument().map(|inner| self.expression(inner).read);
                Evaluated::other(read.unwrap_or_default())
            }
            Kind::Conditional => self.conditional(node),
            Kind::Comma => {
                if let Some(left) = node.left() {
                    self.discard(left);
                }
                node.right()
                    .map_or(Evaluated::of(Result::Other), |right| self.expression(right))
            }
            Kind::Compound => {
                self.statement(node);
                Evaluated::of(Result::Other)
            }
            Kind::Sizeof | Kind::Alignof | Kind::Offsetof | Kind::TypeDescriptor => {
                Evaluated::of(Result::Other)
            }
            Kind::True | Kind::Text | Kind::Character => Evaluated::of(Result::NotZero),
            _ => {
                let mut read = Vec::new();
                for child in node.children() {
                    read.extend(self.expression(child).read);
                }
                Evaluated::other(read)
            }
        }
    }

    /// Evaluates an expression whose value nobody takes.
    pub(super) fn discard(&mut self, node: Node<'_>) {
        let text = self.range_of(node);
        let evaluated = self.expression(node);
        if !evaluated.read.is_empty() {
            self.graph.step(Action::Look(evaluated.read), text);
        }
        if let Result::Fetched(lock, text) = evaluated.result {
            self.unnamed(lock, text);
        }
    }

    /// An object was fetched, and nobody keeps it.
    pub(super) fn unnamed(&mut self, lock: usize, text: Range<usize>) -> Variable {
        let variable = self.new_variable("an object that no variable keeps".to_owned(), lock);
        self.graph.step(Action::Fetch(variable, true), text);
        variable
    }

    /// Adds a use of variables, if there are any.
    pub(super) fn used(&mut self, mut variables: Vec<Variable>, text: Range<usize>) {
        if !variables.is_empty() {
            variables.sort_unstable();
            variables.dedup();
            self.graph.step(Action::Use(variables), text);
        }
    }

    fn number(&self, node: Node<'_>) -> Result {
        let text = self.text(node);
        if text.iter().any(|byte| (b'1'..=b'9').contains(byte)) {
            Result::NotZero
        } else {
            Result::Null
        }
    }

    fn inner(&mut self, node: Node<'_>) -> Evaluated {
        let inner = if node.kind() == Kind::Cast {
            node.value()
        } else {
            node.only()
        };
        inner.map_or(Evaluated::of(Result::Other), |inner| self.expression(inner))
    }

    /// A field or an element.
    fn place(&mut self, node: Node<'_>) -> Evaluated {
        let known = self.known_path(node);
        let base = node.argument().map(|base| self.expression(base));
        let mut read = base.map(Evaluated::used).unwrap_or_default();
        if let Some(index) = node.index().filter(|_| node.kind() == Kind::Subscript) {
            read.extend(self.expression(index).read);
        }
        Evaluated {
            result: known.map_or(Result::Other, Result::Held),
            read,
        }
    }

    fn pointer(&mut self, node: Node<'_>) -> Evaluated {
        let Some(argument) = node.argument() else {
            return Evaluated::of(Result::Other);
        };
        let inner = self.expression(argument);
        if node.operator() == Operator::Ampersand {
            inner
        } else {
            Evaluated::other(inner.used())
        }
    }

    fn binary(&mut self, node: Node<'_>) -> Evaluated {
        if matches!(node.operator(), Operator::And | Operator::Or) {
            let (after_then, after_else) = (self.graph.block(), self.graph.block());
            self.condition(node, after_then, after_else);
            self.graph.edge(after_else, after_then, None);
            self.graph.go_on_in(after_then);
            return Evaluated::of(Result::Other);
        }
        let mut read = Vec::new();
        for side in [node.left(), node.right()].into_iter().flatten() {
            read.extend(self.expression(side).read);
        }
        Evaluated::other(read)
    }

    fn conditional(&mut self, node: Node<'_>) -> Evaluated {
        let (Some(condition), Some(alternative)) = (node.condition(), node.alternative()) else {
            return Evaluated::of(Result::Other);
        };
        // `a ?: b` has no middle.
        let consequence = node.consequence();
        let (then, otherwise, join) = (self.graph.block(), self.graph.block(), self.graph.block());
        self.condition(condition, then, otherwise);
        let mut fetched = None;
        for (block, branch) in [(then, consequence), (otherwise, Some(alternative))] {
            self.graph.go_on_in(block);
            if let Some(branch) = branch {
                let evaluated = self.expression(branch);
                self.used(evaluated.read, self.range_of(branch));
                if let Result::Fetched(lock, text) = evaluated.result {
                    fetched = Some((lock, text));
                }
            }
            self.graph.jump(join);
        }
        self.graph.go_on_in(join);
        Evaluated::of(fetched.map_or(Result::Other, |(lock, text)| Result::Fetched(lock, text)))
    }

    /// An assignment. With a call at its right it is one step with the call.
    fn assignment(&mut self, node: Node<'_>) -> Evaluated {
        let (Some(left), Some(right)) = (node.left(), node.right()) else {
            return Evaluated::of(Result::Other);
        };
        let text = self.range_of(node);
        let plain = node.operator() == Operator::Assign;
        let place = syntax::bare(left);
        // What the left side reads is read at the end, with the assignment itself.
        let (target, left_reads) = if place.kind() == Kind::Identifier {
            (self.lookup(self.text(place)), Vec::new())
        } else {
            let evaluated = self.expression(place);
            let known = self.known_path(place);
            (
                known,
                if known.is_some() {
                    Vec::new()
                } else {
                    evaluated.used()
                },
            )
        };
        let flag = self.flag(place);
        if plain {
            return self.assign(target, right, left_reads, text, flag, is_local(place));
        }
        let mut read = self.expression(right).read;
        read.extend(left_reads);
        self.used(read, text.clone());
        if let Some(flag) = flag {
            self.graph.step(Action::Flag(flag, None), text);
        }
        Evaluated::of(Result::Other)
    }

    /// Gives a variable with or without a lock the value of an expression.
    pub(super) fn assign(
        &mut self,
        target: Option<Variable>,
        right: Node<'_>,
        left_reads: Vec<Variable>,
        text: Range<usize>,
        flag: Option<u8>,
        local: bool,
    ) -> Evaluated {
        let value = syntax::bare(right);
        let evaluated = if value.kind() == Kind::Call {
            self.call(value, text.clone(), left_reads)
        } else {
            let mut evaluated = self.expression(value);
            evaluated.read.extend(left_reads);
            self.used(std::mem::take(&mut evaluated.read), text.clone());
            evaluated
        };
        if let Some(flag) = flag {
            let known = match evaluated.result {
                Result::Null => Some(false),
                Result::NotZero => Some(true),
                _ => None,
            };
            self.graph.step(Action::Flag(flag, known), text.clone());
        }
        let Some(target) = target else {
            match evaluated.result.clone() {
                // Whoever can reach the place can reach the driver from now on.
                Result::Held(variable) if !local => {
                    self.graph.step(Action::Publish(variable), text);
                }
                Result::Fetched(lock, call) => {
                    let held = self.unnamed(lock, call);
                    return Evaluated::of(Result::Held(held));
                }
                _ => {}
            }
            return evaluated;
        };
        let action = match evaluated.result {
            Result::Held(other) if other == target => None,
            Result::Held(other) => Some(Action::Set(target, Value::Copy(other))),
            Result::Null => Some(Action::Set(target, Value::Null)),
            Result::Fresh => Some(Action::Set(target, Value::Fresh)),
            Result::Fetched(..) => Some(Action::Fetch(target, true)),
            Result::Other | Result::NotZero => Some(Action::Set(target, Value::Unknown)),
        };
        if let Some(action) = action {
            self.graph.step(action, text);
        }
        Evaluated::of(Result::Held(target))
    }

    /// A call: its arguments from the left, then the call itself with all that they read.
    fn call(&mut self, node: Node<'_>, text: Range<usize>, mut read: Vec<Variable>) -> Evaluated {
        let arguments = node.arguments().map(Node::children).unwrap_or_default();
        let function = node.function().map(syntax::bare);
        let named = function.filter(|function| function.kind() == Kind::Identifier);
        let role = named.and_then(|function| self.role(function));
        if let Some(function) = function.filter(|_| named.is_none()) {
            read.extend(self.expression(function).used());
        }
        if role == Some(Role::Transparent) {
            let mut values = arguments
                .map(|argument| self.expression(argument))
                .collect::<Vec<_>>();
            return if values.is_empty() {
                Evaluated::of(Result::Other)
            } else {
                values.swap_remove(0)
            };
        }
        let target = match role {
            Some(Role::Lock(lock) | Role::Unlock(lock) | Role::Consume(lock)) => {
                self.target(arguments.clone(), lock)
            }
            _ => None,
        };
        let mut fresh = Vec::new();
        for argument in arguments {
            let evaluated = self.expression(argument);
            match evaluated.result {
                Result::Held(variable)
                    if role == Some(Role::Allocate)
                        && without_address(argument).kind() == Kind::Identifier =>
                {
                    fresh.push(variable);
                }
                Result::Held(variable) => read.push(variable),
                Result::Fetched(lock, ref text) => {
                    self.unnamed(lock, text.clone());
                }
                _ => {}
            }
            read.extend(evaluated.read);
        }
        match (role, target) {
            (Some(Role::Lock(_)), Some(target)) => self.graph.step(Action::Lock(target), text),
            (Some(Role::Unlock(_)), Some(target)) => self.graph.step(Action::Unlock(target), text),
            (Some(Role::Consume(_)), Some(target)) => {
                self.used(read, text.clone());
                self.graph.step(Action::Consume(target), text);
            }
            (Some(Role::Fetch(lock)), _) => return Evaluated::of(Result::Fetched(lock, text)),
            (Some(Role::Allocate), _) => {
                self.used(read, text.clone());
                for variable in &fresh {
                    self.graph
                        .step(Action::Set(*variable, Value::Fresh), text.clone());
                }
                return Evaluated::of(if fresh.is_empty() {
                    Result::Fresh
                } else {
                    Result::Other
                });
            }
            (Some(Role::NoReturn), _) => {
                self.used(read, text);
                self.graph.go_on_nowhere();
            }
            _ => {
                self.used(read, text.clone());
                let name = named.and_then(|function| std::str::from_utf8(self.text(function)).ok());
                if let Some(name) = name.filter(|name| self.context.entries.contains(*name)) {
                    self.graph.step(Action::Enter(name.to_owned()), text);
                }
            }
        }
        Evaluated::of(Result::Other)
    }
}

/// Whether a place is a variable by itself, rather than something that others can reach.
fn is_local(place: Node<'_>) -> bool {
    place.kind() == Kind::Identifier
}
