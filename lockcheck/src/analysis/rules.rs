// SPDX-License-Identifier: GPL-3.0-or-later
//! The rules, at each step of a block whose beginning is known.

use super::Broken;
use super::state::{Facts, State};
use crate::config::Config;
use crate::ir::{Action, Block, Function, Level, Lockable, Variable};
use crate::rule::Rule;

struct Reporter<'a> {
    function: &'a Function,
    config: &'a Config,
    found: &'a mut Vec<Broken>,
    /// Whether there is a first level at all.
    two_levels: bool,
    site: u32,
}

/// Reports what a block breaks.
pub(super) fn report(
    function: &Function,
    config: &Config,
    block: &Block,
    mut facts: Facts,
    found: &mut Vec<Broken>,
) {
    let two_levels = config.kinds.iter().any(|kind| kind.level == Level::Driver);
    let mut reporter = Reporter {
        function,
        config,
        found,
        two_levels,
        site: 0,
    };
    for step in &block.steps {
        reporter.site = step.site;
        reporter.before(&step.action, &facts);
        if facts.apply(&step.action)
            && let Action::Set(variable, _) = step.action
        {
            let lost = reporter.shown(variable);
            reporter.add(Rule::LockLost, lost);
        }
    }
    if let Some(site) = block.exit {
        reporter.site = site;
        let held = reporter.held(&facts, State::owns_lock, |_| true);
        reporter.add_if_any(Rule::StillLocked, held);
    }
}

impl Reporter<'_> {
    fn add(&mut self, rule: Rule, held: Vec<String>) {
        self.found.push(Broken {
            rule,
            site: self.site,
            held,
        });
    }

    fn add_if_any(&mut self, rule: Rule, held: Vec<String>) {
        if !held.is_empty() {
            self.add(rule, held);
        }
    }

    fn known(&self, variable: Variable) -> Option<&Lockable> {
        self.function.lockables.get(usize::from(variable))
    }

    fn shown(&self, variable: Variable) -> Vec<String> {
        self.known(variable)
            .map(|lockable| lockable.shown.clone())
            .into_iter()
            .collect()
    }

    fn level(&self, variable: Variable) -> Option<Level> {
        self.known(variable).map(|lockable| lockable.level)
    }

    /// All of some kind that are held on some way, as they are shown.
    fn held(
        &self,
        facts: &Facts,
        is: impl Fn(&State, Variable) -> bool,
        wanted: impl Fn(&Lockable) -> bool,
    ) -> Vec<String> {
        (0_u8..)
            .zip(&self.function.lockables)
            .filter(|(variable, lockable)| {
                wanted(lockable) && facts.any(|state| is(state, *variable))
            })
            .map(|(_, lockable)| lockable.shown.clone())
            .collect()
    }

    fn objects(&self, facts: &Facts) -> Vec<String> {
        self.held(facts, State::may_be_held, |lockable| {
            lockable.level == Level::Object
        })
    }

    fn before(&mut self, action: &Action, facts: &Facts) {
        match action {
            Action::Lock(variable) => self.lock(*variable, facts),
            Action::Unlock(variable) => self.unlock(*variable, facts),
            Action::Fetch(..) => {
                self.without_driver(facts);
                let held = self.objects(facts);
                self.add_if_any(Rule::ObjectFetchedTwice, held);
            }
            Action::Use(variables) => self.used(variables, facts),
            Action::Look(variables) if self.config.conditions => self.used(variables, facts),
            Action::Enter(name) => self.add(Rule::EntryCallsEntry, vec![name.clone()]),
            Action::Acquire(variable) => self.acquire(*variable, facts),
            Action::Await => {
                let kinds = &self.config.kinds;
                let held = self.held(facts, State::may_be_held, |lockable| {
                    kinds
                        .get(lockable.kind)
                        .is_some_and(|kind| !kind.asynchronous)
                });
                self.add_if_any(Rule::GuardAcrossAwait, held);
            }
            Action::Block(_) => {
                let held = self.held(facts, State::may_be_held, |_| true);
                self.add_if_any(Rule::GuardAcrossBlocking, held);
            }
            _ => {}
        }
    }

    fn without_driver(&mut self, facts: &Facts) {
        if self.two_levels && facts.all(|state| !state.driver_is_ready(self.function)) {
            self.add(Rule::ObjectWithoutDriver, Vec::new());
        }
    }

    fn lock(&mut self, variable: Variable, facts: &Facts) {
        match self.level(variable) {
            Some(Level::Driver) => {
                let held = self.objects(facts);
                self.add_if_any(Rule::DriverAfterObject, held);
            }
            Some(Level::Object) => self.without_driver(facts),
            _ => {}
        }
        if facts.all(|state| state.is_held(variable)) {
            let shown = self.shown(variable);
            self.add(Rule::LockedTwice, shown);
        }
    }

    fn unlock(&mut self, variable: Variable, facts: &Facts) {
        // Rust releases guards by itself, also those that were moved on some way.
        let guard = self
            .known(variable)
            .is_some_and(|lockable| !lockable.guards_uses);
        let bare = |state: &State| {
            !(state.may_be_held(variable)
                || state.is_harmless(variable)
                || state.may_be_null(variable))
        };
        if !guard && facts.all(bare) {
            let shown = self.shown(variable);
            self.add(Rule::NotLocked, shown);
        }
    }

    fn acquire(&mut self, variable: Variable, facts: &Facts) {
        let kind = self.known(variable).map(|lockable| lockable.kind);
        let same = self.held(facts, State::may_be_held, |lockable| {
            Some(lockable.kind) == kind
        });
        let objects = self.objects(facts);
        match self.level(variable) {
            Some(Level::Driver) => self.add_if_any(Rule::DriverAfterObject, objects),
            Some(Level::Object) => {
                self.without_driver(facts);
                if same.is_empty() {
                    self.add_if_any(Rule::ObjectFetchedTwice, objects);
                }
            }
            _ => {}
        }
        self.add_if_any(Rule::LockedTwice, same);
    }

    fn used(&mut self, variables: &[Variable], facts: &Facts) {
        let rules = [
            (Level::Driver, Rule::DriverUnlocked),
            (Level::Object, Rule::ObjectUnlocked),
            (Level::Plain, Rule::ObjectUnlocked),
        ];
        for (level, rule) in rules {
            let bare: Vec<_> = variables
                .iter()
                .filter(|variable| self.level(**variable) == Some(level))
                .filter(|variable| facts.all(|state| !state.may_be_used(self.function, **variable)))
                .flat_map(|variable| self.shown(*variable))
                .collect();
            self.add_if_any(rule, bare);
        }
    }
}
