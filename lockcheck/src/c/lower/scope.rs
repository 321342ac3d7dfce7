// SPDX-License-Identifier: GPL-3.0-or-later
//! What names mean: variables, fields and elements that carry a lock, and conditions that are
//! tested more than once.

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

use super::Lowering;
use crate::c::syntax::{self, Kind, children, kind};
use crate::c::tables::kind_of_type;
use crate::config::Role;
use crate::ir::{MOST_FLAGS, Variable};

impl Lowering<'_> {
    /// Declares the function's parameters.
    pub(super) fn parameters(&mut self, function: Node<'_>) {
        let mut node = syntax::declarator(function);
        while let Some(inner) = node.filter(|inner| kind(*inner) != Kind::FunctionDeclarator) {
            node = syntax::declarator(inner);
        }
        let Some(list) = node.and_then(syntax::parameters) else {
            return;
        };
        for parameter in children(list) {
            if let (Some(of_type), Some(declarator)) =
                (syntax::type_of(parameter), syntax::declarator(parameter))
            {
                self.declare(of_type, declarator);
            }
        }
    }

    /// Declares a variable in the innermost block, and returns it if it carries a lock.
    pub(super) fn declare(&mut self, of_type: Node<'_>, declarator: Node<'_>) -> Option<Variable> {
        let mut node = declarator;
        while let Some(inner) = syntax::declarator(node) {
            node = inner;
        }
        let any_name = self.name(node);
        let lockable = syntax::declared(declarator)
            .filter(|(_, pointers)| *pointers <= 1)
            .and_then(|(_, pointers)| {
                let of_type = syntax::type_name(of_type, self.context.source)?;
                let lock = kind_of_type(&of_type, self.context.config, self.context.types)?;
                Some((
                    lock,
                    format!("{of_type} {}{any_name}", "* ".repeat(pointers)),
                ))
            });
        let variable = lockable.map(|(lock, shown)| self.new_variable(shown, lock));
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(any_name, variable);
        }
        variable
    }

    /// What an identifier names, if it carries a lock.
    pub(super) fn lookup(&mut self, name: &str) -> Option<Variable> {
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
        self.globals.insert(name.to_owned(), variable);
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
        if self.flags.is_empty() || kind(node) != Kind::Identifier {
            return None;
        }
        std::str::from_utf8(self.text(node))
            .ok()
            .and_then(|name| self.flags.get(name))
            .copied()
    }

    /// What a function means to the checker.
    pub(super) fn role(&self, function: Node<'_>) -> Option<Role> {
        let name = std::str::from_utf8(self.text(function)).ok()?;
        self.context.config.roles.get(name).copied()
    }

    /// The variable, field or element whose lock a call is about.
    pub(super) fn target(&mut self, arguments: &[Node<'_>], lock: usize) -> Option<Variable> {
        let mut other = None;
        for argument in arguments {
            let node = without_address(*argument);
            let found = match kind(node) {
                Kind::Identifier => {
                    let name = self.name(node);
                    self.lookup(&name)
                }
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
            let node = without_address(*arguments.first()?);
            (kind(node) != Kind::Null && kind(node) != Kind::Number).then(|| self.path(node, lock))
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

    /// Finds what must be known before the first statement: fields and elements that are
    /// locked anywhere in the function, and conditions that are tested more than once.
    pub(super) fn look_ahead(&mut self, function: Node<'_>, body: Node<'_>) {
        let mut tested: Vec<(String, usize)> = Vec::new();
        let mut places_of_tested: FxHashMap<String, usize> = FxHashMap::default();
        let mut pointed_at = FxHashSet::default();
        let mut local = FxHashSet::default();
        let mut places: FxHashMap<Vec<u8>, (Node<'_>, usize)> = FxHashMap::default();
        let mut cursor = function.walk();
        // A node's own way to its parent begins at the root each time.
        let mut around: Vec<Node<'_>> = Vec::new();
        'walk: loop {
            let node = cursor.node();
            match kind(node) {
                Kind::Call if node.start_byte() >= body.start_byte() => {
                    self.note_path(node, &around, &mut places);
                }
                Kind::Pointer => {
                    let inner = syntax::argument(node).map(syntax::bare);
                    if let Some(inner) = inner.filter(|inner| kind(*inner) == Kind::Identifier) {
                        pointed_at.insert(self.name(inner));
                    }
                }
                Kind::Identifier => {
                    if is_tested(node, &around) {
                        let name = self.name(node);
                        let place = places_of_tested.entry(name).or_insert_with_key(|name| {
                            tested.push((name.clone(), 0));
                            tested.len() - 1
                        });
                        tested[*place].1 += 1;
                    } else if is_declared(node, &around) && !self.declares_lock(&around) {
                        local.insert(self.name(node));
                    }
                }
                _ => {}
            }
            if cursor.goto_first_child() {
                around.push(node);
                continue;
            }
            while !cursor.goto_next_sibling() {
                around.pop();
                if !cursor.goto_parent() {
                    break 'walk;
                }
            }
        }
        let mut places: Vec<_> = places.into_values().collect();
        places.sort_by_key(|(node, _)| node.start_byte());
        for (node, lock) in places {
            self.path(node, lock);
        }
        let followed = tested
            .into_iter()
            .filter(|(name, count)| {
                *count > 1 && local.contains(name) && !pointed_at.contains(name)
            })
            .take(MOST_FLAGS);
        for (number, (name, _)) in (0_u8..).zip(followed) {
            self.flags.insert(name, number);
        }
    }

    /// Whether the innermost declaration around a place is of a type that carries a lock.
    fn declares_lock(&self, around: &[Node<'_>]) -> bool {
        let is_declaration = |node: &&Node<'_>| {
            matches!(kind(**node), Kind::Declaration | Kind::ParameterDeclaration)
        };
        around
            .iter()
            .rfind(is_declaration)
            .and_then(|declaration| syntax::type_of(*declaration))
            .and_then(|of_type| syntax::type_name(of_type, self.context.source))
            .is_some_and(|name| {
                kind_of_type(&name, self.context.config, self.context.types).is_some()
            })
    }

    fn note_path<'t>(
        &self,
        call: Node<'t>,
        around: &[Node<'t>],
        places: &mut FxHashMap<Vec<u8>, (Node<'t>, usize)>,
    ) {
        let Some(role) = syntax::function(call)
            .map(syntax::bare)
            .and_then(|function| self.role(function))
        else {
            return;
        };
        let (place, lock) = match role {
            Role::Lock(lock) | Role::Unlock(lock) => {
                (syntax::arguments(call).and_then(syntax::only), lock)
            }
            Role::Fetch(lock) => {
                let is_bare =
                    |node: &&Node<'_>| matches!(kind(**node), Kind::Parenthesized | Kind::Cast);
                let parent = around.iter().rev().find(|node| !is_bare(node));
                let assigned = parent.filter(|parent| kind(**parent) == Kind::Assignment);
                (assigned.and_then(|parent| syntax::left(*parent)), lock)
            }
            _ => return,
        };
        let place = place.map(without_address);
        if let Some(place) =
            place.filter(|place| matches!(kind(*place), Kind::Field | Kind::Subscript))
        {
            places.entry(self.path_of(place)).or_insert((place, lock));
        }
    }
}

/// An expression without parentheses, casts and a leading `&`.
pub(super) fn without_address(node: Node<'_>) -> Node<'_> {
    let node = syntax::bare(node);
    if kind(node) == Kind::Pointer
        && syntax::operator(node).is_some_and(|operator| operator.kind() == "&")
        && let Some(inner) = syntax::argument(node)
    {
        return syntax::bare(inner);
    }
    node
}

/// Whether an identifier alone is a condition, or a part of one.
fn is_tested(node: Node<'_>, around: &[Node<'_>]) -> bool {
    let mut child = node;
    let mut parents = around.iter().rev().copied().peekable();
    while let Some(inner) = parents.next_if(|inner| kind(*inner) == Kind::Parenthesized) {
        child = inner;
    }
    let Some(parent) = parents.next() else {
        return false;
    };
    match kind(parent) {
        Kind::If | Kind::While | Kind::Do | Kind::Conditional | Kind::For => {
            syntax::condition(parent).is_some_and(|condition| condition.id() == child.id())
        }
        Kind::Unary => syntax::operator(parent).is_some_and(|operator| operator.kind() == "!"),
        Kind::Binary => syntax::operator(parent)
            .is_some_and(|operator| matches!(operator.kind(), "&&" | "||" | "==" | "!=")),
        _ => false,
    }
}

/// Whether an identifier is where a variable or parameter is declared.
fn is_declared(node: Node<'_>, around: &[Node<'_>]) -> bool {
    let Some(parent) = around.last().copied() else {
        return false;
    };
    match kind(parent) {
        Kind::Declaration | Kind::ParameterDeclaration | Kind::PointerDeclarator => true,
        Kind::InitDeclarator => syntax::declarator(parent).is_some_and(|it| it.id() == node.id()),
        _ => false,
    }
}
