// SPDX-License-Identifier: GPL-3.0-or-later
//! What names mean: variables, fields and elements that carry a lock, and conditions that are
//! tested more than once.

use super::Lowering;
use crate::c::syntax::{self, Children, Kind, Node, Operator};
use crate::c::tables::{is_one, kind_of_type};
use crate::config::Role;
use crate::ir::Variable;

impl<'a> Lowering<'a> {
    /// Declares the function's parameters.
    pub(super) fn parameters(&mut self, function: Node<'_>) {
        let mut node = function.declarator();
        while let Some(inner) = node.filter(|inner| inner.kind() != Kind::FunctionDeclarator) {
            node = inner.declarator();
        }
        let Some(list) = node.and_then(Node::parameters) else {
            return;
        };
        for parameter in list.children() {
            if let (Some(of_type), Some(declarator)) = (parameter.type_of(), parameter.declarator())
            {
                self.declare(of_type, declarator);
            }
        }
    }

    /// Declares a variable in the innermost block, and returns it if it carries a lock.
    pub(super) fn declare(&mut self, of_type: Node<'_>, declarator: Node<'_>) -> Option<Variable> {
        let mut node = declarator;
        while let Some(inner) = node.declarator() {
            node = inner;
        }
        let any_name = self.text(node);
        let lockable = syntax::declared(declarator).and_then(|(_, pointers)| {
            let of_type = syntax::type_name(of_type, self.context.source)?;
            if !is_one(&of_type, pointers) {
                return None;
            }
            let lock = kind_of_type(&of_type, self.context.config, self.context.types)?;
            Some((
                lock,
                format!(
                    "{of_type} {}{}",
                    "* ".repeat(pointers),
                    String::from_utf8_lossy(any_name)
                ),
            ))
        });
        let variable = lockable.map(|(lock, shown)| self.new_variable(shown, lock));
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(any_name, variable);
        }
        variable
    }

    /// What an identifier names, if it carries a lock.
    pub(super) fn lookup(&mut self, name: &'a [u8]) -> Option<Variable> {
        for scope in self.scopes.iter().rev() {
            if let Some(found) = scope.get(name) {
                return *found;
            }
        }
        if let Some(found) = self.globals.get(name) {
            return Some(*found);
        }
        let (lock, shown) = self.context.globals.get(name)?.clone();
        let variable = self.new_variable(shown, lock);
        self.globals.insert(name, variable);
        Some(variable)
    }

    /// The text of a field or element without blanks.
    pub(super) fn path_of(&self, node: Node<'_>) -> Vec<u8> {
        self.text(node)
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect()
    }

    /// A field or element that is known to be locked somewhere in this function.
    pub(super) fn known_path(&self, node: Node<'_>) -> Option<Variable> {
        if self.paths.is_empty() {
            return None;
        }
        self.paths.get(&self.path_of(node)).copied()
    }

    /// The flag that an expression is, if it is one.
    pub(super) fn flag(&self, node: Node<'_>) -> Option<u8> {
        if self.flags.is_empty() || node.kind() != Kind::Identifier {
            return None;
        }
        self.flags.get(self.text(node)).copied()
    }

    /// What a function means to the checker.
    pub(super) fn role(&self, function: Node<'_>) -> Option<Role> {
        let name = std::str::from_utf8(self.text(function)).ok()?;
        self.context.config.roles.get(name).copied()
    }

    /// The variable, field or element whose lock a call is about.
    pub(super) fn target(&mut self, arguments: Children<'_>, lock: usize) -> Option<Variable> {
        let mut other = None;
        let first = arguments.clone().next();
        for argument in arguments {
            let node = without_address(argument);
            let found = match node.kind() {
                Kind::Identifier => self.lookup(self.text(node)),
                _ => self.known_path(node),
            };
            if let Some(found) = found {
                if self
                    .graph
                    .known(found)
                    .is_some_and(|known| known.kind == lock)
                {
                    return Some(found);
                }
                other.get_or_insert(found);
            }
        }
        other.or_else(|| {
            let node = without_address(first?);
            (node.kind() != Kind::Null && node.kind() != Kind::Number)
                .then(|| self.path(node, lock))
        })
    }

    /// The lock of a field, element or other expression.
    pub(super) fn path(&mut self, node: Node<'_>, lock: usize) -> Variable {
        let path = self.path_of(node);
        if let Some(known) = self.paths.get(&path) {
            return *known;
        }
        let variable = self.new_variable(String::from_utf8_lossy(&path).into_owned(), lock);
        self.paths.insert(path, variable);
        variable
    }
}

/// An expression without parentheses, casts and a leading `&`.
pub(super) fn without_address(node: Node<'_>) -> Node<'_> {
    let node = syntax::bare(node);
    if node.kind() == Kind::Pointer
        && node.operator() == Operator::Ampersand
        && let Some(inner) = node.argument()
    {
        return syntax::bare(inner);
    }
    node
}
