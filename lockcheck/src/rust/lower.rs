// SPDX-License-Identifier: GPL-3.0-or-later
//! The state of lowering one function: its graph, its scopes and who owns which guard.

use std::ops::Range;

use rustc_hash::FxHashMap;
use syn::{Block, Expr};

use super::Parsed;
use super::paths::Imports;
use crate::config::Config;
use crate::graph::Graph;
use crate::ir::{Action, Lockable, Variable};

/// What is the same for all functions of a file.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) config: &'a Config,
    pub(super) imports: Imports,
}

/// A name, or a temporary without one, and the guards that it owns.
#[derive(Clone, Debug)]
struct Owner {
    name: Option<String>,
    guards: Vec<Variable>,
}

/// Something at whose end guards are released, the last one first.
#[derive(Debug)]
struct Scope {
    /// Whether names are declared here.
    names: bool,
    /// Whether temporaries live until here.
    temporaries: bool,
    owners: Vec<Owner>,
}

/// A loop or a block with a label.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) label: Option<String>,
    pub(super) is_loop: bool,
    pub(super) depth: usize,
    pub(super) again: usize,
    pub(super) after: usize,
    pub(super) value: Join,
}

/// The guards that several ways hand to one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Join(Vec<Variable>);

/// A guard that an expression's value holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) guard: Variable,
    /// Whether it is a variable's, not a temporary's.
    pub(super) named: bool,
}

/// A lock that is taken as soon as somebody awaits the value.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) kind: usize,
    pub(super) shown: String,
    pub(super) text: Range<usize>,
}

/// What the checker knows of an expression's value.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) held: Vec<Held>,
    pub(super) pending: Vec<Pending>,
    /// Whether an `Err` holds the guard, too, as std's locks have it.
    pub(super) poisoned: bool,
}

impl Value {
    /// Two values as one.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.held.extend(other.held);
        self.pending.extend(other.pending);
        self
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.held.is_empty() && self.pending.is_empty()
    }
}

/// One function while it is lowered.
pub(super) struct Lowering<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) name: String,
    pub(super) graph: Graph,
    pub(super) targets: Vec<Target>,
    /// What the guards that come next will be called.
    pub(super) hint: Option<String>,
    /// Whether a condition or what is returned is being read.
    pub(super) looks: bool,
    /// Closures, async blocks and functions within.
    pub(super) inner: Parsed,
    scopes: Vec<Scope>,
    unguarded: FxHashMap<usize, Variable>,
    /// How many names without a guard are kept.
    spare: usize,
}

/// As many names without a guard as are kept, in case that they are given one.
const MOST_SPARE: usize = 500;

/// What a function consists of.
pub(super) enum Body<'b> {
    Block(&'b Block),
    Expression(&'b Expr),
}

/// A guard that a closure or an async block takes with it.
#[derive(Clone, Debug)]
pub(super) struct Captured {
    pub(super) name: String,
    pub(super) kind: usize,
}

/// Lowers a function and all that is within it.
pub(super) fn lower(
    context: &Context,
    name: String,
    at: usize,
    body: &Body,
    captured: Vec<Captured>,
) -> Parsed {
    let mut lowering = Lowering {
        context,
        name,
        graph: Graph::new(),
        targets: Vec::new(),
        hint: None,
        looks: false,
        inner: Parsed::default(),
        scopes: Vec::new(),
        unguarded: FxHashMap::default(),
        spare: 0,
    };
    lowering.graph.begin_statement(at);
    lowering.enter(true, true);
    for guard in captured {
        lowering.hint = Some(guard.name.clone());
        let value = lowering.acquire(guard.kind, "", at..at);
        lowering.declare(guard.name, value, false);
    }
    let (value, end) = match body {
        Body::Block(block) => (
            lowering.block(block),
            super::start::at(block.brace_token.span.close()),
        ),
        Body::Expression(expression) => {
            let start = super::start::at(super::start::of(expression));
            lowering.graph.begin_statement(start);
            (lowering.expression(expression), start)
        }
    };
    lowering.hand_over(value, end..end + 1);
    lowering.graph.begin_statement(end);
    lowering.leave(end);
    lowering.graph.exit(end..end + 1);
    lowering.finish(at)
}

impl Lowering<'_> {
    fn finish(self, at: usize) -> Parsed {
        let mut parsed = self.inner;
        let name = self.name;
        match self.graph.finish(name.clone(), at) {
            Ok(function) => parsed.functions.push(function),
            Err(why) => parsed
                .problems
                .push((at, format!("{name} is not checked: {why}"))),
        }
        parsed
    }

    /// A scope begins.
    pub(super) fn enter(&mut self, names: bool, temporaries: bool) {
        self.scopes.push(Scope {
            names,
            temporaries,
            owners: Vec::new(),
        });
    }

    /// The innermost scope ends: what it owns is released.
    pub(super) fn leave(&mut self, at: usize) {
        self.unwind(self.depth() - 1, at);
        self.scopes.pop();
    }

    /// How many scopes there are.
    pub(super) fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// Releases what the scopes above a depth own, as a `return` does. They go on to exist.
    pub(super) fn unwind(&mut self, depth: usize, at: usize) {
        let guards: Vec<_> = self.scopes[depth..]
            .iter()
            .flat_map(|scope| &scope.owners)
            .flat_map(|owner| &owner.guards)
            .copied()
            .collect();
        for guard in guards.into_iter().rev() {
            self.release(guard, at..at + 1);
        }
    }

    /// The compiler sees to it that nothing is released twice: a guard that may be gone by now
    /// is no mistake.
    pub(super) fn release(&mut self, guard: Variable, text: Range<usize>) {
        self.graph.step(Action::Unlock(guard), text);
    }

    /// From the current block to another one, out of the scopes above a depth. Goes on where
    /// it was.
    pub(super) fn also_to(&mut self, to: usize, depth: usize, at: usize) {
        let here = self.graph.current();
        let way = self.graph.block();
        self.graph.edge(here, way, Vec::new());
        self.graph.go_on_in(way);
        self.unwind(depth, at);
        let end = self.graph.current();
        self.graph.edge(end, to, Vec::new());
        self.graph.go_on_in(here);
    }

    /// An edge to a new block, to go on there.
    pub(super) fn go_on(&mut self) {
        let next = self.graph.block();
        self.graph.flow_into(next);
    }

    /// A lock is taken, by a temporary for now.
    pub(super) fn acquire(&mut self, kind: usize, shown: &str, text: Range<usize>) -> Value {
        let guard = self.lockable(kind, shown);
        self.graph.step(Action::Acquire(guard), text);
        self.own_for_now(guard);
        Value {
            held: vec![Held {
                guard,
                named: false,
            }],
            ..Value::default()
        }
    }

    fn lockable(&mut self, kind: usize, shown: &str) -> Variable {
        let known = &self.context.config.kinds[kind];
        let name = self.hint.as_deref().unwrap_or(shown);
        self.graph.lockable(Lockable {
            shown: format!("{name}: {}", known.name),
            level: known.level,
            kind,
            guards_uses: false,
        })
    }

    /// A new variable for what another one holds.
    fn successor(&mut self, guard: Variable) -> Variable {
        let (kind, shown) = self.graph.known(guard).map_or((0, String::new()), |known| {
            let name = known.shown.split(": ").next().unwrap_or_default();
            (known.kind, name.to_owned())
        });
        self.lockable(kind, &shown)
    }

    fn own_for_now(&mut self, guard: Variable) {
        let scope = self.scopes.iter_mut().rfind(|scope| scope.temporaries);
        if let Some(scope) = scope {
            scope.owners.push(Owner {
                name: None,
                guards: vec![guard],
            });
        }
    }

    /// A temporary has found an owner, and lives no longer than that.
    fn own_no_more(&mut self, guard: Variable) {
        for scope in self.scopes.iter_mut().rev() {
            let found = scope
                .owners
                .iter()
                .rposition(|owner| owner.name.is_none() && owner.guards == [guard]);
            if let Some(found) = found {
                scope.owners.remove(found);
                return;
            }
        }
    }

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
    pub(super) fn declare(&mut self, name: String, value: Value, mutable: bool) {
        let at = self.graph.statement();
        let guards = self.take(&value, &(at..at + 1));
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
