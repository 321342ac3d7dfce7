// SPDX-License-Identifier: GPL-3.0-or-later
//! What a front end makes of a function, and all that the analysis knows of it: a graph of
//! blocks of steps on the variables that carry a lock.
//!
//! Nothing here is of C or of Rust. A place in the source is a range of bytes; lines and
//! texts are made of it only where something is reported.

use std::ops::Range;

/// Which of a function's variables.
pub type Variable = u8;

/// As many variables with locks as one function may have; a function with more is reported
/// as one that can't be checked.
pub const MOST_VARIABLES: usize = 64;

/// As many conditions as are followed through a function (see [`Assume::Flag`]).
pub const MOST_FLAGS: usize = 4;

/// The two levels of the model, and locks that stand alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The first level: a driver with its shared state.
    Driver,
    /// The second level: an object that a driver manages.
    Object,
    /// Neither: a lock without an order, of which only holding is checked.
    Plain,
}

/// A variable, a field or an element that can be locked.
#[derive(Clone, Debug)]
pub struct Lockable {
    /// As the report shows it, with its type where it has one.
    pub shown: String,
    /// Its level.
    pub level: Level,
    /// Which of the configuration's kinds of lock (see [`crate::config::Kind`]).
    pub kind: usize,
    /// Whether each use needs the lock. Rust's guards hand out the data themselves.
    pub guards_uses: bool,
}

/// Where a step stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Where the statement begins that the step is part of: its line is the one reported.
    pub statement: usize,
    /// The bytes of the step itself.
    pub text: Range<usize>,
}

/// What a variable is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A null pointer.
    Null,
    /// Another variable's value: from now on both name the same lock.
    Copy(Variable),
    /// Memory that nobody else knows of yet.
    Fresh,
    /// Anything else.
    Unknown,
}

/// What one step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The lock is taken.
    Lock(Variable),
    /// The lock is released.
    Unlock(Variable),
    /// The variable is given an object that is locked already, or null where `nullable`.
    Fetch(Variable, bool),
    /// The object is handed to somebody who releases its lock.
    Consume(Variable),
    /// The variables are used, by a call or an assignment.
    Use(Vec<Variable>),
    /// The variables are used in a condition or in what is returned.
    Look(Vec<Variable>),
    /// The variable is given a value.
    Set(Variable, Value),
    /// Others can reach what the variable points to from now on.
    Publish(Variable),
    /// A condition's variable is given a value, if it is known which.
    Flag(u8, Option<bool>),
    /// Another public method is called.
    Enter(String),
    /// A guard is taken that is held until it is released, in Rust.
    Acquire(Variable),
    /// A guard is moved to another variable, in Rust.
    Move(Variable, Variable),
    /// Something is awaited.
    Await,
    /// Something is called that blocks, or must not be called while a lock is held.
    Block(String),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// Which of the function's sites.
    pub site: u32,
}

/// What is known on an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assume {
    /// The variable is null.
    Null(Variable),
    /// The variable is not null.
    NotNull(Variable),
    /// A condition that the function tests more than once has this value.
    Flag(u8, bool),
}

/// A way from one block to another one.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The block that it leads to.
    pub to: usize,
    /// What is known there.
    pub assume: Option<Assume>,
}

/// Steps without a branch between them.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Where it goes on.
    pub next: Vec<Edge>,
    /// The site of the exit, if the function ends here.
    pub exit: Option<u32>,
}

/// A function to check. Its first block is the entry.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Where it stands in its source.
    pub at: usize,
    /// The blocks; the first one is where it begins.
    pub blocks: Vec<Block>,
    /// Which places the steps stand at.
    pub sites: Vec<Site>,
    /// All that can be locked.
    pub lockables: Vec<Lockable>,
}
