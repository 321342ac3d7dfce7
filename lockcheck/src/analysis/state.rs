// SPDX-License-Identifier: GPL-3.0-or-later
//! What is known at a place of a function.

use std::borrow::Cow;

use crate::ir::{Action, Assume, Function, Level, Value, Variable};

/// The variable's lock is not held, as far as this function knows.
const UNLOCKED: u8 = 1;
/// It is held.
const LOCKED: u8 = 2;
/// The variable is null.
const NULL: u8 = 4;
/// What it points to was made here, and nobody else knows it.
const PRIVATE: u8 = 8;

/// What one variable may be, and which other variables it may be a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    bits: u8,
    copies: u64,
}

/// What all variables may be, on all ways with the same values of the conditions that are
/// followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    known: Vec<Known>,
}

/// All states at a place, by the values of the conditions: two bits each, 0 unknown, 1 false,
/// 2 true. In order of that number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(Vec<(u16, State)>);

impl State {
    fn new(variables: usize) -> Self {
        Self {
            known: vec![
                Known {
                    bits: UNLOCKED,
                    copies: 0
                };
                variables
            ],
        }
    }

    fn at(&self, variable: Variable) -> Known {
        self.known
            .get(usize::from(variable))
            .copied()
            .unwrap_or(Known {
                bits: UNLOCKED,
                copies: 0,
            })
    }

    fn set(&mut self, variable: Variable, bits: u8, copies: u64) {
        if let Some(known) = self.known.get_mut(usize::from(variable)) {
            *known = Known { bits, copies };
        }
    }

    /// The variables that a variable may be a copy of, followed to their origins.
    fn origins(&self, variable: Variable) -> u64 {
        let mut found = self.at(variable).copies;
        loop {
            let more = ones(found).fold(found, |all, other| all | self.at(other).copies);
            if more == found {
                return found;
            }
            found = more;
        }
    }

    /// What the variable may be, through copies as well.
    fn bits(&self, variable: Variable) -> u8 {
        ones(self.origins(variable)).fold(self.at(variable).bits, |bits, other| {
            bits | self.at(other).bits
        })
    }

    /// Whether its lock may be held.
    pub fn may_be_held(&self, variable: Variable) -> bool {
        self.bits(variable) & LOCKED != 0
    }

    /// Whether its lock is held whatever way was taken.
    pub fn is_held(&self, variable: Variable) -> bool {
        self.bits(variable) == LOCKED
    }

    /// Whether this variable itself, not one that it is a copy of, may hold a lock.
    pub fn owns_lock(&self, variable: Variable) -> bool {
        self.at(variable).bits & LOCKED != 0
    }

    /// Whether nothing can go wrong by using it: it is private, or nothing but null.
    pub fn is_harmless(&self, variable: Variable) -> bool {
        let bits = self.bits(variable);
        bits & PRIVATE != 0 || bits == NULL
    }

    /// Whether it may be null: to release that is a mistake of another kind.
    pub fn may_be_null(&self, variable: Variable) -> bool {
        self.bits(variable) & NULL != 0
    }

    fn any_held(&self, function: &Function, level: Level) -> bool {
        of_level(function, level).any(|variable| self.may_be_held(variable))
    }

    /// Whether an object may be locked here, for all that is known: a driver is held, or is
    /// known to nobody else.
    pub fn driver_is_ready(&self, function: &Function) -> bool {
        of_level(function, Level::Driver)
            .any(|variable| self.bits(variable) & (LOCKED | PRIVATE) != 0)
    }

    /// Whether a variable may be used here.
    pub fn may_be_used(&self, function: &Function, variable: Variable) -> bool {
        let driver = function
            .lockables
            .get(usize::from(variable))
            .is_some_and(|lockable| lockable.level == Level::Driver);
        // Two variables of a driver are the same driver: there is one of each.
        self.may_be_held(variable)
            || (driver && self.any_held(function, Level::Driver))
            || self.is_harmless(variable)
    }

    /// Changes what the variable is, or what it is a copy of if it is nothing but a copy.
    fn change(&mut self, variable: Variable, bits: u8) {
        let known = self.at(variable);
        let origins = self.origins(variable);
        if known.bits != 0 || origins == 0 {
            self.set(variable, bits, known.copies);
        }
        let sure = self.only_origin(variable).is_some();
        for origin in ones(origins) {
            // It may be any of them, or it surely is this one.
            let old = self.at(origin);
            self.set(
                origin,
                if sure { bits } else { old.bits | bits },
                old.copies,
            );
        }
    }

    /// Gives a variable a new value. Copies of the old one keep what it was. Returns whether a
    /// lock that is surely held is named by nobody any more.
    fn give(&mut self, variable: Variable, bits: u8, copies: u64) -> bool {
        let old = self.at(variable);
        let mask = 1_u64 << variable;
        let mut kept = false;
        let copies = copies & !mask;
        for other in (0_u8..).take(self.known.len()) {
            let known = self.at(other);
            if other != variable && known.copies & mask != 0 {
                self.set(
                    other,
                    known.bits | old.bits,
                    (known.copies & !mask) | old.copies,
                );
                kept = true;
            }
        }
        self.set(variable, bits, copies);
        old.bits == LOCKED && !kept
    }

    /// Does what a step does; returns whether a lock was lost.
    fn apply(&mut self, action: &Action) -> bool {
        match *action {
            Action::Lock(variable) | Action::Acquire(variable) => self.change(variable, LOCKED),
            Action::Unlock(variable) | Action::Consume(variable) => self.change(variable, UNLOCKED),
            Action::Fetch(variable, nullable) => {
                self.give(variable, if nullable { LOCKED | NULL } else { LOCKED }, 0);
            }
            Action::Set(variable, value) => {
                return match value {
                    Value::Null => self.give(variable, NULL, 0),
                    Value::Unknown => self.give(variable, UNLOCKED, 0),
                    Value::Fresh => self.give(variable, PRIVATE, 0),
                    Value::Copy(other) => self.give(variable, 0, 1 << other),
                };
            }
            Action::Move(from, to) => {
                let known = self.at(from);
                self.set(from, UNLOCKED, 0);
                self.give(to, known.bits, known.copies);
            }
            Action::Publish(variable) if self.bits(variable) & PRIVATE != 0 => {
                self.change(variable, UNLOCKED);
            }
            _ => {}
        }
        false
    }

    /// Narrows to a null pointer. Returns whether that can be.
    fn assume_null(&mut self, variable: Variable) -> bool {
        if self.bits(variable) == LOCKED {
            return false;
        }
        if let Some(origin) = self.only_origin(variable) {
            self.set(origin, NULL, 0);
        }
        self.set(variable, NULL, 0);
        true
    }

    /// The one variable that this one surely is a copy of.
    fn only_origin(&self, variable: Variable) -> Option<Variable> {
        let origins = self.origins(variable);
        let sure = self.at(variable).bits == 0 && origins.is_power_of_two();
        ones(origins).next().filter(|_| sure)
    }

    /// Narrows to a pointer that is not null. Returns whether that can be.
    fn assume_not_null(&mut self, variable: Variable) -> bool {
        let known = self.at(variable);
        if known.bits == NULL && known.copies == 0 {
            return false;
        }
        self.set(variable, known.bits & !NULL, known.copies);
        // One that was null for certain is left so: the copy's test does not bring it to life.
        if let Some(origin) = self.only_origin(variable) {
            let named = self.at(origin);
            if named.bits != NULL {
                self.set(origin, named.bits & !NULL, named.copies);
            }
        }
        true
    }

    /// Adds what may be on another way; returns whether that was anything new.
    fn unite(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (mine, others) in self.known.iter_mut().zip(&other.known) {
            let united = Known {
                bits: mine.bits | others.bits,
                copies: mine.copies | others.copies,
            };
            changed |= united != *mine;
            *mine = united;
        }
        changed
    }
}

fn of_level(function: &Function, level: Level) -> impl Iterator<Item = Variable> {
    let all = (0_u8..).zip(&function.lockables);
    all.filter(move |(_, lockable)| lockable.level == level)
        .map(|(variable, _)| variable)
}

fn ones(mut mask: u64) -> impl Iterator<Item = Variable> {
    std::iter::from_fn(move || {
        let next = mask.trailing_zeros();
        (mask != 0).then(|| {
            mask &= mask - 1;
            u8::try_from(next).unwrap_or(u8::MAX)
        })
    })
}

impl Facts {
    /// What is known where a function begins.
    pub fn at_entry(variables: usize) -> Self {
        Self(vec![(0, State::new(variables))])
    }

    /// Whether no way leads here.
    pub fn is_unreachable(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something holds on each way.
    pub fn all(&self, holds: impl Fn(&State) -> bool) -> bool {
        self.0.iter().all(|(_, state)| holds(state))
    }

    /// Whether something holds on some way.
    pub fn any(&self, holds: impl Fn(&State) -> bool) -> bool {
        self.0.iter().any(|(_, state)| holds(state))
    }

    /// Does what a step does; returns whether a lock was lost on each way.
    pub fn apply(&mut self, action: &Action) -> bool {
        if let Action::Flag(flag, value) = action {
            self.set_flag(*flag, *value);
            return false;
        }
        let mut lost = !self.0.is_empty();
        for (_, state) in &mut self.0 {
            lost &= state.apply(action);
        }
        lost
    }

    fn set_flag(&mut self, flag: u8, value: Option<bool>) {
        let code = value.map_or(0, |value| 1 + u16::from(value));
        for (values, state) in std::mem::take(&mut self.0) {
            self.add(with(values, flag, code), Cow::Owned(state));
        }
    }

    fn add(&mut self, values: u16, state: Cow<'_, State>) -> bool {
        match self.0.binary_search_by_key(&values, |(known, _)| *known) {
            Ok(at) => self.0[at].1.unite(&state),
            Err(at) => {
                self.0.insert(at, (values, state.into_owned()));
                true
            }
        }
    }

    /// Keeps what is possible where this holds.
    pub fn narrow(&mut self, assumption: Assume) {
        match assumption {
            Assume::Null(variable) => self.0.retain_mut(|(_, state)| state.assume_null(variable)),
            Assume::NotNull(variable) => {
                let before = self.clone();
                self.0
                    .retain_mut(|(_, state)| state.assume_not_null(variable));
                if self.0.is_empty() {
                    // Null on each way, and tested all the same: the way is looked at as if it
                    // could be taken, or a fetch that is missing would hide all that follows.
                    *self = before;
                    for (_, state) in &mut self.0 {
                        state.set(variable, UNLOCKED | NULL, 0);
                    }
                }
            }
            Assume::Flag(flag, value) => {
                let code = 1 + u16::from(value);
                for (values, state) in std::mem::take(&mut self.0) {
                    let known = (values >> (2 * flag)) & 3;
                    if known == 0 || known == code {
                        self.add(with(values, flag, code), Cow::Owned(state));
                    }
                }
            }
        }
    }

    /// Adds what is known on another way; returns whether that was anything new.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (values, state) in &other.0 {
            changed |= self.add(*values, Cow::Borrowed(state));
        }
        changed
    }
}

fn with(values: u16, flag: u8, code: u16) -> u16 {
    (values & !(3 << (2 * flag))) | (code << (2 * flag))
}
