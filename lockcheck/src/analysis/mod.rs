// SPDX-License-Identifier: GPL-3.0-or-later
//! Which locks may be held at each step of a function, and which rules that breaks.
//!
//! A forward data flow over the function's graph. For each variable a set of what it may be
//! (unlocked, locked, null, new and private) is kept; where ways meet, the sets are united. A
//! use without the lock is reported where the lock is held on *no* way, a lock that is left
//! held where it is held on *some* way. Conditions that the function tests more than once split
//! the state (see [`state::Facts`]), so that `if (x) lock ... if (x) unlock` is understood.

mod flow;
mod rules;
pub mod state;

use crate::config::Config;
use crate::ir::Function;
use crate::rule::Rule;

/// A rule that is broken at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// Which of the function's sites.
    pub site: u32,
    /// The locks that it is about, as the report shows them.
    pub held: Vec<String>,
}

/// Checks one function.
pub fn check(function: &Function, config: &Config) -> Vec<Broken> {
    let states = flow::solve(function);
    let mut found = Vec::new();
    for (block, facts) in function.blocks.iter().zip(states) {
        if let Some(facts) = facts {
            rules::report(function, config, block, facts, &mut found);
        }
    }
    found.retain(|broken| config.checks(broken.rule));
    found.sort_by(|a, b| {
        let place = |broken: &Broken| {
            let site = function
                .sites
                .get(usize::try_from(broken.site).unwrap_or(usize::MAX));
            site.map(|site| (site.statement, site.text.start, site.text.end))
        };
        (place(a), a.rule, &a.held).cmp(&(place(b), b.rule, &b.held))
    });
    found.dedup_by(|a, b| a.rule == b.rule && a.site == b.site);
    found
}
