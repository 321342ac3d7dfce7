// SPDX-License-Identifier: GPL-3.0-or-later
//! What must be known of a function before its first statement is lowered.

use rustc_hash::FxHashMap;

use super::Lowering;
use super::scope::without_address;
use crate::c::syntax::{self, Kind, Node, Operator};
use crate::c::tables::kind_of_type;
use crate::config::Role;
use crate::ir::MOST_FLAGS;

/// What is seen of a name in a function.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// How often it is a condition, or a part of one.
    tested: usize,
    /// How often it is given a constant.
    constants: usize,
    /// Whether its address is taken.
    pointed_at: bool,
    /// Whether it is a local variable without a lock.
    local: bool,
    /// Where it is tested first.
    first: usize,
}

impl<'a> Lowering<'a> {
    /// Finds fields and elements that are locked anywhere in the function, and conditions that
    /// are tested more than once.
    pub(super) fn look_ahead(&mut self, function: Node<'_>, body: Node<'_>) {
        let mut names: FxHashMap<&'a [u8], Seen> = FxHashMap::default();
        let mut places: FxHashMap<Vec<u8>, (Node<'_>, usize)> = FxHashMap::default();
        let mut around: Vec<Node<'_>> = Vec::new();
        let mut node = function;
        loop {
            match node.kind() {
                Kind::Call if node.start() >= body.start() => {
                    self.note_path(node, &around, &mut places);
                }
                Kind::Pointer => {
                    let inner = node.argument().map(syntax::bare);
                    if let Some(inner) = inner.filter(|inner| inner.kind() == Kind::Identifier) {
                        names.entry(self.text(inner)).or_default().pointed_at = true;
                    }
                }
                Kind::Identifier => self.note_name(node, &around, &mut names),
                _ => {}
            }
            let child = node.only();
            if child.is_some() {
                around.push(node);
            }
            let Some(next) = child.or_else(|| after(node, &mut around)) else {
                break;
            };
            node = next;
        }
        let mut places: Vec<_> = places.into_values().collect();
        places.sort_by_key(|(node, _)| node.start());
        for (node, lock) in places {
            self.path(node, lock);
        }
        let mut followed: Vec<_> = names
            .into_iter()
            .filter(|(_, seen)| {
                // `locked = 0; ... locked = 1; ... if (locked)` is a condition, too.
                let known = seen.tested > 1 || (seen.tested > 0 && seen.constants > 1);
                known && seen.local && !seen.pointed_at
            })
            .collect();
        followed.sort_unstable_by_key(|(_, seen)| seen.first);
        for (number, (name, _)) in (0_u8..).zip(followed.into_iter().take(MOST_FLAGS)) {
            self.flags.insert(name, number);
        }
    }

    fn note_name(
        &self,
        node: Node<'_>,
        around: &[Node<'_>],
        names: &mut FxHashMap<&'a [u8], Seen>,
    ) {
        let constant = is_given_constant(node, around);
        let tested = is_tested(node, around);
        let local = !tested && is_declared(node, around) && !self.declares_lock(around);
        if !(constant || tested || local) {
            return;
        }
        let seen = names.entry(self.text(node)).or_default();
        if tested && seen.tested == 0 {
            seen.first = node.start();
        }
        seen.constants += usize::from(constant);
        seen.tested += usize::from(tested);
        seen.local |= local;
    }

    /// Whether the innermost declaration around a place is of a type that carries a lock.
    fn declares_lock(&self, around: &[Node<'_>]) -> bool {
        let is_declaration = |node: &&Node<'_>| {
            matches!(node.kind(), Kind::Declaration | Kind::ParameterDeclaration)
        };
        around
            .iter()
            .rfind(is_declaration)
            .and_then(|declaration| declaration.type_of())
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
        let Some(role) = call
            .function()
            .map(syntax::bare)
            .and_then(|function| self.role(function))
        else {
            return;
        };
        let (place, lock) = match role {
            Role::Lock(lock) | Role::Unlock(lock) => (call.arguments().and_then(Node::only), lock),
            Role::Fetch(lock) => {
                let is_bare =
                    |node: &&Node<'_>| matches!(node.kind(), Kind::Parenthesized | Kind::Cast);
                let parent = around.iter().rev().find(|node| !is_bare(node));
                let assigned = parent.filter(|parent| parent.kind() == Kind::Assignment);
                (assigned.and_then(|parent| parent.left()), lock)
            }
            _ => return,
        };
        let place = place.map(without_address);
        if let Some(place) =
            place.filter(|place| matches!(place.kind(), Kind::Field | Kind::Subscript))
        {
            places.entry(self.path_of(place)).or_insert((place, lock));
        }
    }
}

/// What comes after a node and all that is in it; nothing at the end.
fn after<'t>(mut node: Node<'t>, around: &mut Vec<Node<'t>>) -> Option<Node<'t>> {
    while !around.is_empty() {
        if let Some(next) = node.next() {
            return Some(next);
        }
        node = around.pop()?;
    }
    None
}

/// Whether an identifier alone is a condition, or a part of one.
fn is_tested(node: Node<'_>, around: &[Node<'_>]) -> bool {
    let mut child = node;
    let mut parents = around.iter().rev().copied().peekable();
    while let Some(inner) = parents.next_if(|inner| inner.kind() == Kind::Parenthesized) {
        child = inner;
    }
    let Some(parent) = parents.next() else {
        return false;
    };
    match parent.kind() {
        Kind::If | Kind::While | Kind::Do | Kind::Conditional | Kind::For => parent
            .condition()
            .is_some_and(|condition| condition == child),
        Kind::Unary => parent.operator() == Operator::Not,
        Kind::Binary => matches!(
            parent.operator(),
            Operator::And | Operator::Or | Operator::Equal | Operator::NotEqual
        ),
        _ => false,
    }
}

/// Whether a variable is given a constant.
fn is_given_constant(node: Node<'_>, around: &[Node<'_>]) -> bool {
    let Some(parent) = around.last().copied() else {
        return false;
    };
    let (place, value) = match parent.kind() {
        Kind::InitDeclarator => (parent.declarator(), parent.value()),
        Kind::Assignment => (parent.left(), parent.right()),
        _ => return false,
    };
    let is_place = place.is_some_and(|place| place == node);
    is_place && value.is_some_and(|it| matches!(it.kind(), Kind::Number | Kind::True | Kind::False))
}

/// Whether an identifier is where a variable or parameter is declared.
fn is_declared(node: Node<'_>, around: &[Node<'_>]) -> bool {
    let Some(parent) = around.last().copied() else {
        return false;
    };
    match parent.kind() {
        Kind::Declaration | Kind::ParameterDeclaration | Kind::PointerDeclarator => true,
        Kind::InitDeclarator => parent.declarator().is_some_and(|it| it == node),
        _ => false,
    }
}
