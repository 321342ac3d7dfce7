// SPDX-License-Identifier: GPL-3.0-or-later
//! Who owns which guard, and how that changes hands.

use std::ops::Range;

use super::lower::{Held, Join, Lowering, Owner, Value};
use crate::ir::{Action, Variable};

/// As many names without a guard as are kept, in case that they are given one.
const MOST_SPARE: usize = 500;

impl Lowering<'_> {
    /// Takes the guards out of a value: from now on the caller owns them.
    pub(super) fn take(&mut self, value: &Value, text: &Range<usize>) -> Vec<Variable> {
        let mut taken = Vec::new();
        for held in &value.held {
            if held.named {
                let to = self.successor(held.guard);
                self.graph.step(Action::Move(held.guard, to), text.clone());
                taken.push(to);
            } else {
                self.own_no_more(held.guard);
                taken.push(held.guard);
            }
        }
        taken
    }

    /// Guards become temporaries of the innermost statement.
    pub(super) fn adopt(&mut self, guards: &[Variable]) -> Value {
        for guard in guards {
            self.own_for_now(*guard);
        }
        Value {
            held: guards
                .iter()
                .map(|guard| Held {
                    guard: *guard,
                    named: false,
                })
                .collect(),
            ..Value::default()
        }
    }

    /// The value is moved to somebody else, who releases its guards.
    pub(super) fn hand_over(&mut self, value: Value, text: Range<usize>) {
        for held in value.held {
            if !held.named {
                self.own_no_more(held.guard);
            }
            self.release(held.guard, text.clone());
        }
    }

    /// The value is never dropped: its locks are held for ever.
    pub(super) fn forget(&mut self, value: &Value, text: &Range<usize>) {
        self.take(value, text);
    }

    /// One of several ways hands over its value.
    pub(super) fn join(&mut self, value: &Value, join: &mut Join, text: &Range<usize>) {
        for (at, held) in value.held.iter().enumerate() {
            if at == join.0.len() {
                let to = self.successor(held.guard);
                join.0.push(to);
            }
            self.graph
                .step(Action::Move(held.guard, join.0[at]), text.clone());
            if !held.named {
                self.own_no_more(held.guard);
            }
        }
    }

    /// What the ways handed over.
    pub(super) fn joined(&mut self, join: &Join) -> Value {
        let guards = join.0.clone();
        self.adopt(&guards)
    }

    /// A name that hides all earlier ones that are the same, and owns what it is given.
    pub(super) fn declare(&mut self, name: String, value: &Value, mutable: bool) {
        let at = self.graph.statement();
        let guards = self.take(value, &(at..at + 1));
        self.declare_owning(name, guards, mutable);
    }

    /// Like [`Self::declare`], with guards that nobody owns, or that a scope further out
    /// owns as well.
    pub(super) fn declare_owning(&mut self, name: String, guards: Vec<Variable>, mutable: bool) {
        if guards.is_empty() {
            // Only what hides a guard or may be given one matters.
            let keep = self.owner(&name).is_some() || mutable;
            if !keep || self.spare >= MOST_SPARE {
                return;
            }
            self.spare += 1;
        }
        if let Some(scope) = self.scopes.iter_mut().rfind(|scope| scope.names) {
            scope.owners.push(Owner {
                name: Some(name),
                guards,
            });
        }
    }

    /// Guards live to the end of the block, without a name.
    pub(super) fn extend(&mut self, guards: Vec<Variable>) {
        if let Some(scope) = self.scopes.iter_mut().rfind(|scope| scope.names) {
            scope.owners.push(Owner { name: None, guards });
        }
    }

    fn owner(&mut self, name: &str) -> Option<&mut Owner> {
        let scopes = self.scopes.iter_mut().rev();
        let mut owners = scopes.flat_map(|scope| scope.owners.iter_mut().rev());
        owners.find(|owner| owner.name.as_deref() == Some(name))
    }

    /// The guards that a name owns, if it is a variable's.
    pub(super) fn named(&mut self, name: &str) -> Option<Value> {
        let guards = &self.owner(name)?.guards;
        let held = guards.iter().map(|guard| Held {
            guard: *guard,
            named: true,
        });
        Some(Value {
            held: held.collect(),
            ..Value::default()
        })
    }

    /// A variable is given another value; what it had is dropped.
    pub(super) fn assign(&mut self, name: &str, value: Value, text: &Range<usize>) {
        let Some(owner) = self.owner(name) else {
            self.hand_over(value, text.clone());
            return;
        };
        let before = owner.guards.clone();
        // `guard = condition.wait(guard)` gives back what it takes.
        let returned = |guard: &Variable| value.held.iter().any(|held| held.guard == *guard);
        for guard in before.iter().filter(|guard| !returned(guard)) {
            self.release(*guard, text.clone());
        }
        for (at, held) in value.held.iter().enumerate() {
            if before.contains(&held.guard) {
                continue;
            }
            if let Some(to) = before.get(at) {
                self.graph.step(Action::Move(held.guard, *to), text.clone());
                if !held.named {
                    self.own_no_more(held.guard);
                }
            } else {
                let one = Value {
                    held: vec![*held],
                    ..Value::default()
                };
                let guards = self.take(&one, text);
                if let Some(owner) = self.owner(name) {
                    owner.guards.extend(guards);
                }
            }
        }
    }

    /// Whether a variable owns a guard.
    pub(super) fn owns_any(&self) -> bool {
        let mut owners = self.scopes.iter().flat_map(|scope| &scope.owners);
        owners.any(|owner| owner.name.is_some() && !owner.guards.is_empty())
    }

    /// The variables that own guards and are mentioned.
    pub(super) fn owners_among(&self, mentioned: &dyn Fn(&str) -> bool) -> Vec<String> {
        let owners = self.scopes.iter().flat_map(|scope| &scope.owners);
        let mut names: Vec<_> = owners
            .filter(|owner| !owner.guards.is_empty())
            .filter_map(|owner| owner.name.clone())
            .filter(|name| mentioned(name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The innermost guard of a kind; a variable that is never locked where there is none.
    pub(super) fn guard_of(&mut self, kind: usize, shown: &str) -> Variable {
        let graph = &self.graph;
        let owners = self
            .scopes
            .iter()
            .rev()
            .flat_map(|scope| scope.owners.iter().rev());
        let mut guards = owners.flat_map(|owner| owner.guards.iter().rev());
        let found =
            guards.find(|guard| graph.known(**guard).is_some_and(|known| known.kind == kind));
        if let Some(found) = found.or_else(|| self.unguarded.get(&kind)) {
            return *found;
        }
        self.hint = None;
        let new = self.lockable(kind, shown);
        self.unguarded.insert(kind, new);
        new
    }
}
