// SPDX-License-Identifier: GPL-3.0-or-later
//! What a played daemon's connections share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use oriel_wire::procedure;

use super::clients::Clients;
use super::rule::Rule;
use super::scene::Scene;

#[derive(Debug)]
pub(super) struct Stage {
    scene: Mutex<Scene>,
    rules: Mutex<Vec<Rule>>,
    asked: Mutex<Vec<i32>>,
    clients: Clients,
}

impl Stage {
    pub(super) fn new(scene: Scene) -> Self {
        Self {
            scene: Mutex::new(scene),
            rules: Mutex::default(),
            asked: Mutex::default(),
            clients: Clients::default(),
        }
    }

    pub(super) fn scene<T>(&self, with: impl FnOnce(&mut Scene) -> T) -> T {
        with(&mut locked(&self.scene))
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    pub(super) fn add(&self, rule: Rule) {
        locked(&self.rules).push(rule);
    }

    pub(super) fn forget_rules(&self) {
        locked(&self.rules).clear();
    }

    /// Notes a call, and gives the rule that it goes by. A rule that is for some times alone has
    /// one less left.
    pub(super) fn rule_for(&self, procedure: i32, args: &[u8]) -> Option<Rule> {
        locked(&self.asked).push(procedure);
        let mut rules = locked(&self.rules);
        let rule = rules.iter_mut().rfind(|rule| rule.fits(procedure, args))?;
        if rule.left != usize::MAX {
            rule.left -= 1;
        }
        Some(rule.clone())
    }

    pub(super) fn asked(&self, procedure: i32) -> usize {
        let asked = locked(&self.asked);
        asked.iter().filter(|one| **one == procedure).count()
    }

    pub(super) fn calls(&self) -> Vec<String> {
        let asked = locked(&self.asked);
        asked.iter().map(|one| procedure::name(*one)).collect()
    }
}

pub(super) fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
