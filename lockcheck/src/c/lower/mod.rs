// SPDX-License-Identifier: GPL-3.0-or-later
//! From a function's tree to its graph.
//!
//! What counts as one step is what the tool of 2009 took for one: a call, with all that its
//! arguments read, or an assignment; a call whose result is assigned is one step with it.

mod ahead;
mod condition;
mod expression;
mod scope;
mod statement;

use rustc_hash::{FxHashMap, FxHashSet};

use super::syntax::Node;
use crate::config::Config;
use crate::graph::Graph;
use crate::ir::{Function, Lockable, Variable};

/// What a function's lowering knows of the world around it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The text of the function alone.
    pub source: &'a [u8],
    /// Where that begins in the file.
    pub offset: usize,
    /// The file's global variables with locks.
    pub globals: &'a FxHashMap<Vec<u8>, (usize, String)>,
    /// The file's own names of types with locks.
    pub types: &'a FxHashMap<String, usize>,
    /// All public methods.
    pub entries: &'a FxHashSet<String>,
}

/// A function on its way from tree to graph.
struct Lowering<'a> {
    context: Context<'a>,
    graph: Graph,
    /// What names mean, innermost block last; `None` is a variable without a lock.
    scopes: Vec<FxHashMap<&'a [u8], Option<Variable>>>,
    globals: FxHashMap<&'a [u8], Variable>,
    /// Fields and elements that are locked, by their text.
    paths: FxHashMap<Vec<u8>, Variable>,
    /// Conditions that are tested more than once, by the variable's name.
    flags: FxHashMap<&'a [u8], u8>,
    labels: FxHashMap<&'a [u8], usize>,
    breaks: Vec<usize>,
    continues: Vec<usize>,
    switches: Vec<Switch>,
}

/// A `switch` whose cases are being read.
struct Switch {
    head: usize,
    has_default: bool,
}

/// Makes the graph of a function.
///
/// # Errors
///
/// A reason, where the function is none or has too many locks.
pub fn function(node: Node<'_>, name: &str, context: Context<'_>) -> Result<Function, String> {
    let body = node.body().ok_or("it has no body")?;
    let mut lowering = Lowering {
        context,
        graph: Graph::new(),
        scopes: vec![FxHashMap::default()],
        globals: FxHashMap::default(),
        paths: FxHashMap::default(),
        flags: FxHashMap::default(),
        labels: FxHashMap::default(),
        breaks: Vec::new(),
        continues: Vec::new(),
        switches: Vec::new(),
    };
    lowering.parameters(node);
    lowering.look_ahead(node, body);
    lowering.statement(body);
    // Whoever arrives here leaves by the closing brace.
    let end = body.end();
    lowering.begin(end.saturating_sub(1));
    let brace = lowering.range(end.saturating_sub(1), end);
    lowering.graph.exit(brace);
    let at = context.offset + node.start();
    lowering
        .graph
        .finish(name.to_owned(), at)
        .map_err(|why| why.to_string())
}

impl<'a> Lowering<'a> {
    fn text(&self, node: Node<'_>) -> &'a [u8] {
        node.text(self.context.source)
    }

    fn range(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        self.context.offset + from..self.context.offset + to
    }

    fn range_of(&self, node: Node<'_>) -> std::ops::Range<usize> {
        self.range(node.start(), node.end())
    }

    fn begin(&mut self, at: usize) {
        self.graph.begin_statement(self.context.offset + at);
    }

    fn new_variable(&mut self, shown: String, kind: usize) -> Variable {
        let level = self.context.config.kinds[kind].level;
        self.graph.lockable(Lockable {
            shown,
            level,
            kind,
            guards_uses: true,
        })
    }
}
