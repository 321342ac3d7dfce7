// SPDX-License-Identifier: GPL-3.0-or-later
//! Building a function's graph, for both front ends.

use std::ops::Range;

use crate::ir::{
    Action, Assume, Block, Edge, Function, Lockable, MOST_VARIABLES, Site, Step, Variable,
};

/// The function has more locks than are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has more than {MOST_VARIABLES} variables with locks")]
pub struct TooMany;

/// A graph that grows at its current block.
#[derive(Debug)]
pub struct Graph {
    blocks: Vec<Block>,
    sites: Vec<Site>,
    lockables: Vec<Lockable>,
    current: usize,
    statement: usize,
    too_many: bool,
}

impl Graph {
    /// A graph with nothing but its entry.
    pub fn new() -> Self {
        Self {
            blocks: vec![Block::default()],
            sites: Vec::new(),
            lockables: Vec::new(),
            current: 0,
            statement: 0,
            too_many: false,
        }
    }

    /// A new block that nothing leads to yet.
    pub fn block(&mut self) -> usize {
        self.blocks.push(Block::default());
        self.blocks.len() - 1
    }

    /// The block that grows.
    pub fn current(&self) -> usize {
        self.current
    }

    /// Goes on in another block.
    pub fn go_on_in(&mut self, block: usize) {
        self.current = block;
    }

    /// Goes on in a block that nothing leads to, as after a `return`.
    pub fn go_on_nowhere(&mut self) {
        self.current = self.block();
    }

    /// An edge from one block to another one.
    pub fn edge(&mut self, from: usize, to: usize, assume: Option<Assume>) {
        self.blocks[from].next.push(Edge { to, assume });
    }

    /// An edge from the current block, which grows no more.
    pub fn jump(&mut self, to: usize) {
        self.edge(self.current, to, None);
        self.go_on_nowhere();
    }

    /// Like [`Self::jump`], and goes on there.
    pub fn flow_into(&mut self, to: usize) {
        self.edge(self.current, to, None);
        self.current = to;
    }

    /// Steps from now on belong to the statement that begins here.
    pub fn begin_statement(&mut self, at: usize) {
        self.statement = at;
    }

    /// Where the statement begins whose steps are added.
    pub fn statement(&self) -> usize {
        self.statement
    }

    /// Adds a step to the current block.
    pub fn step(&mut self, action: Action, text: Range<usize>) {
        let site = self.site(text);
        self.blocks[self.current].steps.push(Step { action, site });
    }

    fn site(&mut self, text: Range<usize>) -> u32 {
        let site = Site {
            statement: self.statement,
            text,
        };
        if self.sites.last() != Some(&site) {
            self.sites.push(site);
        }
        u32::try_from(self.sites.len() - 1).unwrap_or(u32::MAX)
    }

    /// The function ends here.
    pub fn exit(&mut self, text: Range<usize>) {
        let site = self.site(text);
        self.blocks[self.current].exit = Some(site);
        self.go_on_nowhere();
    }

    /// A new variable with a lock. Where there are too many, the last one stands for the
    /// rest, and the function is refused in the end.
    pub fn lockable(&mut self, lockable: Lockable) -> Variable {
        if self.lockables.len() < MOST_VARIABLES {
            self.lockables.push(lockable);
        } else {
            self.too_many = true;
        }
        u8::try_from(self.lockables.len() - 1).unwrap_or(u8::MAX)
    }

    /// What is known of a variable.
    pub fn known(&self, variable: Variable) -> Option<&Lockable> {
        self.lockables.get(usize::from(variable))
    }

    /// The function that was built.
    ///
    /// # Errors
    ///
    /// [`TooMany`] where it has more locks than are followed.
    pub fn finish(self, name: String, at: usize) -> Result<Function, TooMany> {
        if self.too_many {
            return Err(TooMany);
        }
        Ok(Function {
            name,
            at,
            blocks: self.blocks,
            sites: self.sites,
            lockables: self.lockables,
        })
    }
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}
