// SPDX-License-Identifier: GPL-3.0-or-later
//! Statements, and the ways between them.

use rustc_hash::FxHashMap;

use super::expression::Result;
use super::{Lowering, Switch};
use crate::c::syntax::{Kind, Node};
use crate::ir::Action;

impl<'a> Lowering<'a> {
    /// Lowers one statement.
    pub(super) fn statement(&mut self, node: Node<'_>) {
        match node.kind() {
            Kind::Compound => {
                self.scopes.push(FxHashMap::default());
                for child in node.children() {
                    self.statement(child);
                }
                self.scopes.pop();
            }
            Kind::Declaration => self.declaration(node),
            Kind::ExpressionStatement => {
                self.begin(node.start());
                for child in node.children() {
                    self.discard(child);
                }
            }
            Kind::If => self.if_statement(node),
            Kind::Switch => self.switch(node),
            Kind::Case => self.case(node),
            Kind::While => self.while_loop(node),
            Kind::Do => self.do_loop(node),
            Kind::For => self.for_loop(node),
            Kind::Return => self.return_statement(node),
            Kind::Goto => {
                if let Some(label) = node.label() {
                    let name = self.text(label);
                    let block = self.label(name);
                    self.graph.jump(block);
                } else {
                    self.graph.go_on_nowhere();
                }
            }
            Kind::Labeled => {
                if let Some(label) = node.label() {
                    let name = self.text(label);
                    let block = self.label(name);
                    self.graph.flow_into(block);
                }
                for child in node.children() {
                    if child.kind() != Kind::Label {
                        self.statement(child);
                    }
                }
            }
            Kind::Break => self.leave(self.breaks.last().copied()),
            Kind::Continue => self.leave(self.continues.last().copied()),
            Kind::Attributed | Kind::Else | Kind::Extension => {
                for child in node.children() {
                    self.statement(child);
                }
            }
            Kind::TypeDefinition
            | Kind::StructSpecifier
            | Kind::UnionSpecifier
            | Kind::FunctionDefinition => {}
            _ => {
                self.begin(node.start());
                self.discard(node);
            }
        }
    }

    fn leave(&mut self, to: Option<usize>) {
        match to {
            Some(to) => self.graph.jump(to),
            None => self.graph.go_on_nowhere(),
        }
    }

    fn label(&mut self, name: &'a [u8]) -> usize {
        if let Some(block) = self.labels.get(name) {
            return *block;
        }
        let block = self.graph.block();
        self.labels.insert(name, block);
        block
    }

    fn declaration(&mut self, node: Node<'_>) {
        self.begin(node.start());
        let Some(of_type) = node.type_of() else {
            return;
        };
        for child in node.children() {
            let declarator = match child.kind() {
                Kind::InitDeclarator
                | Kind::Identifier
                | Kind::PointerDeclarator
                | Kind::ArrayDeclarator
                | Kind::AttributedDeclarator
                | Kind::ParenthesizedDeclarator => child,
                _ => continue,
            };
            let variable = self.declare(of_type, declarator);
            if let Some(value) = child
                .value()
                .filter(|_| child.kind() == Kind::InitDeclarator)
            {
                let text = self.range_of(child);
                let flag = child.declarator().and_then(|name| self.flag(name));
                if value.kind() == Kind::InitializerList {
                    let read = self.expression(value).read;
                    self.used(read, text);
                } else {
                    self.assign(variable, value, Vec::new(), text, flag, true);
                }
            }
        }
    }

    fn if_statement(&mut self, node: Node<'_>) {
        self.begin(node.start());
        let (then, otherwise, after) = (self.graph.block(), self.graph.block(), self.graph.block());
        if let Some(condition) = node.condition() {
            self.condition(condition, then, otherwise);
        }
        self.graph.go_on_in(then);
        if let Some(consequence) = node.consequence() {
            self.statement(consequence);
        }
        self.graph.jump(after);
        self.graph.go_on_in(otherwise);
        if let Some(alternative) = node.alternative() {
            self.statement(alternative);
        }
        self.graph.jump(after);
        self.graph.go_on_in(after);
    }

    fn switch(&mut self, node: Node<'_>) {
        self.begin(node.start());
        if let Some(condition) = node.condition() {
            self.discard(condition);
        }
        let after = self.graph.block();
        let head = self.graph.current();
        self.switches.push(Switch {
            head,
            has_default: false,
        });
        self.breaks.push(after);
        self.graph.go_on_nowhere();
        if let Some(body) = node.body() {
            self.statement(body);
        }
        self.breaks.pop();
        let has_default = self.switches.pop().is_some_and(|switch| switch.has_default);
        self.graph.jump(after);
        if !has_default {
            self.graph.edge(head, after, None);
        }
        self.graph.go_on_in(after);
    }

    fn case(&mut self, node: Node<'_>) {
        let value = node.value();
        let block = self.graph.block();
        if let Some(switch) = self.switches.last_mut() {
            switch.has_default |= value.is_none();
            let head = switch.head;
            self.graph.edge(head, block, None);
        }
        // What stands before falls through.
        self.graph.flow_into(block);
        for child in node.children() {
            if Some(child) != value {
                self.statement(child);
            }
        }
    }

    fn while_loop(&mut self, node: Node<'_>) {
        let (head, body, after) = (self.graph.block(), self.graph.block(), self.graph.block());
        self.graph.flow_into(head);
        self.begin(node.start());
        if let Some(condition) = node.condition() {
            self.condition(condition, body, after);
        }
        self.looped(node, body, head, after);
        self.graph.jump(head);
        self.graph.go_on_in(after);
    }

    fn do_loop(&mut self, node: Node<'_>) {
        let (body, head, after) = (self.graph.block(), self.graph.block(), self.graph.block());
        self.graph.flow_into(body);
        self.looped(node, body, head, after);
        self.graph.flow_into(head);
        if let Some(condition) = node.condition() {
            self.begin(condition.start());
            self.condition(condition, body, after);
        }
        self.graph.go_on_in(after);
    }

    fn for_loop(&mut self, node: Node<'_>) {
        self.scopes.push(FxHashMap::default());
        self.begin(node.start());
        if let Some(initializer) = node.initializer() {
            if initializer.kind() == Kind::Declaration {
                self.declaration(initializer);
            } else {
                self.discard(initializer);
            }
        }
        let (head, body) = (self.graph.block(), self.graph.block());
        let (update, after) = (self.graph.block(), self.graph.block());
        self.graph.flow_into(head);
        self.begin(node.start());
        match node.condition() {
            Some(condition) => self.condition(condition, body, after),
            None => self.graph.jump(body),
        }
        self.looped(node, body, update, after);
        self.graph.flow_into(update);
        self.begin(node.start());
        if let Some(expression) = node.update() {
            self.discard(expression);
        }
        self.graph.jump(head);
        self.graph.go_on_in(after);
        self.scopes.pop();
    }

    fn looped(&mut self, node: Node<'_>, body: usize, again: usize, after: usize) {
        self.graph.go_on_in(body);
        self.breaks.push(after);
        self.continues.push(again);
        if let Some(inner) = node.body() {
            self.statement(inner);
        }
        self.breaks.pop();
        self.continues.pop();
    }

    fn return_statement(&mut self, node: Node<'_>) {
        self.begin(node.start());
        for child in node.children() {
            let text = self.range_of(child);
            let evaluated = self.expression(child);
            if !evaluated.read.is_empty() {
                self.graph.step(Action::Look(evaluated.read), text);
            }
            if let Result::Fetched(lock, text) = evaluated.result {
                self.unnamed(lock, text);
            }
        }
        let text = self.range_of(node);
        self.graph.exit(text);
    }
}
