// SPDX-License-Identifier: GPL-3.0-or-later
//! Conditions: which way is taken when, and what is known of pointers there.

use super::Lowering;
use super::expression::Result;
use crate::c::syntax::{self, Kind, Node, Operator};
use crate::config::Role;
use crate::ir::{Action, Assume};

impl Lowering<'_> {
    /// Goes from the current block to `then` where the condition holds, else to `otherwise`.
    pub(super) fn condition(&mut self, node: Node<'_>, then: usize, otherwise: usize) {
        let node = syntax::bare(node);
        match node.kind() {
            Kind::Unary if node.operator() == Operator::Not => {
                if let Some(inner) = node.argument() {
                    return self.condition(inner, otherwise, then);
                }
            }
            Kind::Binary => {
                if let (Some(left), Some(right)) = (node.left(), node.right()) {
                    return self.binary_condition(node, left, right, then, otherwise);
                }
            }
            Kind::Comma => {
                if let (Some(left), Some(right)) = (node.left(), node.right()) {
                    self.discard(left);
                    return self.condition(right, then, otherwise);
                }
            }
            Kind::Call => {
                let transparent = node
                    .function()
                    .map(syntax::bare)
                    .filter(|function| function.kind() == Kind::Identifier)
                    .and_then(|function| self.role(function))
                    == Some(Role::Transparent);
                let first = node.arguments().and_then(Node::only);
                if let Some(first) = first.filter(|_| transparent) {
                    return self.condition(first, then, otherwise);
                }
            }
            _ => {}
        }
        self.truth(node, false, then, otherwise);
    }

    fn binary_condition(
        &mut self,
        node: Node<'_>,
        left: Node<'_>,
        right: Node<'_>,
        then: usize,
        otherwise: usize,
    ) {
        if node.operator() == Operator::And {
            let middle = self.graph.block();
            self.condition(left, middle, otherwise);
            self.graph.go_on_in(middle);
            return self.condition(right, then, otherwise);
        }
        if node.operator() == Operator::Or {
            let middle = self.graph.block();
            self.condition(left, then, middle);
            self.graph.go_on_in(middle);
            return self.condition(right, then, otherwise);
        }
        if matches!(node.operator(), Operator::Equal | Operator::NotEqual) {
            let equal = node.operator() == Operator::Equal;
            let zero = |side: Node<'_>| {
                let side = syntax::bare(side);
                match side.kind() {
                    Kind::Null | Kind::False => true,
                    Kind::Identifier => self.text(side) == b"NULL",
                    Kind::Number => self
                        .text(side)
                        .iter()
                        .all(|byte| matches!(byte, b'0' | b'L' | b'l' | b'u' | b'U')),
                    _ => false,
                }
            };
            let side = if zero(right) {
                Some(left)
            } else if zero(left) {
                Some(right)
            } else {
                None
            };
            if let Some(side) = side {
                return self.truth(syntax::bare(side), equal, then, otherwise);
            }
        }
        self.truth(node, false, then, otherwise);
    }

    /// Evaluates an expression and branches on whether it is zero.
    fn truth(&mut self, node: Node<'_>, negated: bool, then: usize, otherwise: usize) {
        let (yes, no) = if negated {
            (otherwise, then)
        } else {
            (then, otherwise)
        };
        if let Some(flag) = self.flag(node) {
            return self.branch(
                (yes, Some(Assume::Flag(flag, true))),
                (no, Some(Assume::Flag(flag, false))),
            );
        }
        let text = self.range_of(node);
        let evaluated = self.expression(node);
        if !evaluated.read.is_empty() {
            self.graph.step(Action::Look(evaluated.read), text);
        }
        let held = match evaluated.result {
            Result::Held(variable) => Some(variable),
            Result::Fetched(lock, text) => Some(self.unnamed(lock, text)),
            Result::Null => return self.only_way(no),
            Result::NotZero => return self.only_way(yes),
            Result::Other | Result::Fresh => None,
        };
        self.branch(
            (yes, held.map(Assume::NotNull)),
            (no, held.map(Assume::Null)),
        );
    }

    fn branch(&mut self, yes: (usize, Option<Assume>), no: (usize, Option<Assume>)) {
        let from = self.graph.current();
        self.graph.edge(from, yes.0, yes.1);
        self.graph.edge(from, no.0, no.1);
        self.graph.go_on_nowhere();
    }

    fn only_way(&mut self, to: usize) {
        self.graph.jump(to);
    }
}
