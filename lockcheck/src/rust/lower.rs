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
pub(super) struct Owner {
    pub(super) name: Option<String>,
    pub(super) guards: Vec<Variable>,
}

/// Something at whose end guards are released, the last one first.
#[derive(Debug)]
pub(super) struct Scope {
    /// Whether names are declared here.
    pub(super) names: bool,
    /// Whether temporaries live until here.
    pub(super) temporaries: bool,
    pub(super) owners: Vec<Owner>,
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
pub(super) struct Join(pub(super) Vec<Variable>);

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
    pub(super) scopes: Vec<Scope>,
    pub(super) unguarded: FxHashMap<usize, Variable>,
    /// How many names without a guard are kept.
    pub(super) spare: usize,
}

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
        lowering.declare(guard.name, &value, false);
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
        self.graph.edge(here, way, None);
        self.graph.go_on_in(way);
        self.unwind(depth, at);
        let end = self.graph.current();
        self.graph.edge(end, to, None);
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

    pub(super) fn lockable(&mut self, kind: usize, shown: &str) -> Variable {
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
    pub(super) fn successor(&mut self, guard: Variable) -> Variable {
        let (kind, shown) = self.graph.known(guard).map_or((0, String::new()), |known| {
            let name = known.shown.split(": ").next().unwrap_or_default();
            (known.kind, name.to_owned())
        });
        self.lockable(kind, &shown)
    }

    pub(super) fn own_for_now(&mut self, guard: Variable) {
        let scope = self.scopes.iter_mut().rfind(|scope| scope.temporaries);
        if let Some(scope) = scope {
            scope.owners.push(Owner {
                name: None,
                guards: vec![guard],
            });
        }
    }

    /// A temporary has found an owner, and lives no longer than that.
    pub(super) fn own_no_more(&mut self, guard: Variable) {
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
}
