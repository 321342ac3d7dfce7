// SPDX-License-Identifier: GPL-3.0-or-later
//! Statements, and the ways between them.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::expression::Result;
use super::{Lowering, Switch};
use crate::c::syntax::{self, Kind, children, kind};
use crate::ir::Action;

impl Lowering<'_> {
    /// Lowers one statement.
    pub(super) fn statement(&mut self, node: Node<'_>) {
        match kind(node) {
            Kind::Compound => {
                self.scopes.push(FxHashMap::default());
                for child in children(node) {
                    self.statement(child);
                }
                self.scopes.pop();
            }
            Kind::Declaration => self.declaration(node),
            Kind::ExpressionStatement => {
                self.begin(node.start_byte());
                for child in children(node) {
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
                if let Some(label) = syntax::label(node) {
                    let name = self.name(label);
                    let block = self.label(name);
                    self.graph.jump(block);
                } else {
                    self.graph.go_on_nowhere();
                }
            }
            Kind::Labeled => {
                if let Some(label) = syntax::label(node) {
                    let name = self.name(label);
                    let block = self.label(name);
                    self.graph.flow_into(block);
                }
                for child in children(node) {
                    if kind(child) != Kind::Label {
                        self.statement(child);
                    }
                }
            }
            Kind::Break => self.leave(self.breaks.last().copied()),
            Kind::Continue => self.leave(self.continues.last().copied()),
            Kind::Attributed | Kind::Else | Kind::Extension => {
                for child in children(node) {
                    self.statement(child);
                }
            }
            Kind::TypeDefinition
            | Kind::StructSpecifier
            | Kind::UnionSpecifier
            | Kind::FunctionDefinition
            | Kind::Comment => {}
            _ => {
                self.begin(node.start_byte());
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

    fn label(&mut self, name: String) -> usize {
        if let Some(block) = self.labels.get(&name) {
            return *block;
        }
        let block = self.graph.block();
        self.labels.insert(name, block);
        block
    }

    fn declaration(&mut self, node: Node<'_>) {
        self.begin(node.start_byte());
        let Some(of_type) = syntax::type_of(node) else {
            return;
        };
        for child in children(node) {
            let declarator = match kind(child) {
                Kind::InitDeclarator
                | Kind::Identifier
                | Kind::PointerDeclarator
                | Kind::ArrayDeclarator
                | Kind::AttributedDeclarator
                | Kind::ParenthesizedDeclarator => child,
                _ => continue,
            };
            let variable = self.declare(of_type, declarator);
            if let Some(value) =
                syntax::value(child).filter(|_| kind(child) == Kind::InitDeclarator)
            {
                let text = self.range_of(child);
                let flag = syntax::declarator(child).and_then(|name| self.flag(name));
                if kind(value) == Kind::InitializerList {
                    let read = self.expression(value).read;
                    self.used(read, text);
                } else {
                    self.assign(variable, value, Vec::new(), text, flag, true);
                }
            }
        }
    }

    fn if_statement(&mut self, node: Node<'_>) {
        self.begin(node.start_byte());
        let (then, otherwise, after) = (self.graph.block(), self.graph.block(), self.graph.block());
        if let Some(condition) = syntax::condition(node) {
            self.condition(condition, then, otherwise);
        }
        self.graph.go_on_in(then);
        if let Some(consequence) = syntax::consequence(node) {
            self.statement(consequence);
        }
        self.graph.jump(after);
        self.graph.go_on_in(otherwise);
        if let Some(alternative) = syntax::alternative(node) {
            self.statement(alternative);
        }
        self.graph.jump(after);
        self.graph.go_on_in(after);
    }

    fn switch(&mut self, node: Node<'_>) {
        self.begin(node.start_byte());
        if let Some(condition) = syntax::condition(node) {
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
        if let Some(body) = syntax::body(node) {
            self.statement(body);
        }
        self.breaks.pop();
        let has_default = self.switches.pop().is_some_and(|switch| switch.has_default);
        self.graph.jump(after);
        if !has_default {
            self.graph.edge(head, after, Vec::new());
        }
        self.graph.go_on_in(after);
    }

    fn case(&mut self, node: Node<'_>) {
        let value = syntax::value(node);
        let block = self.graph.block();
        if let Some(switch) = self.switches.last_mut() {
            switch.has_default |= value.is_none();
            let head = switch.head;
            self.graph.edge(head, block, Vec::new());
        }
        // What stands before falls through.
        self.graph.flow_into(block);
        for child in children(node) {
            if Some(child.id()) != value.map(|value| value.id()) {
                self.statement(child);
            }
        }
    }

    fn while_loop(&mut self, node: Node<'_>) {
        let (head, body, after) = (self.graph.block(), self.graph.block(), self.graph.block());
        self.graph.flow_into(head);
        self.begin(node.start_byte());
        if let Some(condition) = syntax::condition(node) {
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
        if let Some(condition) = syntax::condition(node) {
            self.begin(condition.start_byte());
            self.condition(condition, body, after);
        }
        self.graph.go_on_in(after);
    }

    fn for_loop(&mut self, node: Node<'_>) {
        self.scopes.push(FxHashMap::default());
        self.begin(node.start_byte());
        if let Some(initializer) = syntax::initializer(node) {
            if kind(initializer) == Kind::Declaration {
                self.declaration(initializer);
            } else {
                self.discard(initializer);
            }
        }
        let (head, body) = (self.graph.block(), self.graph.block());
        let (update, after) = (self.graph.block(), self.graph.block());
        self.graph.flow_into(head);
        self.begin(node.start_byte());
        match syntax::condition(node) {
            Some(condition) => self.condition(condition, body, after),
            None => self.graph.jump(body),
        }
        self.looped(node, body, update, after);
        self.graph.flow_into(update);
        self.begin(node.start_byte());
        if let Some(expression) = syntax::update(node) {
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
        if let Some(inner) = syntax::body(node) {
            self.statement(inner);
        }
        self.breaks.pop();
        self.continues.pop();
    }

    fn return_statement(&mut self, node: Node<'_>) {
        self.begin(node.start_byte());
        for child in children(node) {
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
