// SPDX-License-Identifier: GPL-3.0-or-later
//! The data flow: blocks are gone through until nothing new is learnt.

use std::collections::BTreeSet;

use super::state::Facts;
use crate::ir::Function;

/// What is known at the beginning of each block; nothing where no way leads.
pub(super) fn solve(function: &Function) -> Vec<Option<Facts>> {
    let order = order(function);
    let mut rank = vec![usize::MAX; function.blocks.len()];
    for (place, block) in order.iter().enumerate() {
        rank[*block] = place;
    }
    let mut known: Vec<Option<Facts>> = vec![None; function.blocks.len()];
    known[0] = Some(Facts::at_entry(function.lockables.len()));
    let mut waiting = BTreeSet::from([0]);
    while let Some(place) = waiting.pop_first() {
        let number = order[place];
        let Some(mut facts) = known[number].clone() else {
            continue;
        };
        let block = &function.blocks[number];
        for step in &block.steps {
            facts.apply(&step.action);
        }
        for (left, edge) in (0..block.next.len()).rev().zip(&block.next) {
            // Nobody needs what is known here after the last edge.
            let mut arriving = if left == 0 {
                std::mem::take(&mut facts)
            } else {
                facts.clone()
            };
            if let Some(assumption) = edge.assume {
                arriving.narrow(assumption);
            }
            if arriving.is_unreachable() {
                continue;
            }
            let changed = match &mut known[edge.to] {
                Some(there) => there.join(&arriving),
                nothing => {
                    *nothing = Some(arriving);
                    true
                }
            };
            if changed {
                waiting.insert(rank[edge.to]);
            }
        }
    }
    known
}

/// The blocks that can be reached, each after those that lead to it where there is no loop.
fn order(function: &Function) -> Vec<usize> {
    let mut seen = vec![false; function.blocks.len()];
    let mut after = Vec::with_capacity(function.blocks.len());
    let mut stack = vec![(0_usize, 0_usize)];
    seen[0] = true;
    while let Some((block, next)) = stack.last_mut() {
        if let Some(edge) = function.blocks[*block].next.get(*next) {
            *next += 1;
            if !seen[edge.to] {
                seen[edge.to] = true;
                stack.push((edge.to, 0));
            }
        } else {
            after.push(*block);
            stack.pop();
        }
    }
    after.reverse();
    after
}
