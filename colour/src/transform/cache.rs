// SPDX-License-Identifier: GPL-3.0-or-later
//! Transforms that are in use.

use std::sync::{Mutex, PoisonError};

use super::{Key, Recipe, Transform, TransformError};

/// Keeps the transforms that were used last, by source, target, intent, black point compensation
/// and what else a recipe has.
#[derive(Debug)]
pub struct Cache {
    /// The one used last comes first.
    kept: Mutex<Vec<(Key, Transform)>>,
    size: usize,
}

impl Default for Cache {
    /// Room for 16: a table has about 0.6 MB.
    fn default() -> Self {
        Self::new(16)
    }
}

impl Cache {
    /// Room for `size` transforms.
    pub fn new(size: usize) -> Self {
        Self {
            kept: Mutex::default(),
            size,
        }
    }

    /// The transform of a recipe; made where it is not kept. The cache is not locked meanwhile,
    /// so that a slow profile holds nobody else up; two threads that ask at once may both make it.
    ///
    /// # Errors
    ///
    /// As [`Transform::new`].
    pub fn get(&self, recipe: &Recipe) -> Result<Transform, TransformError> {
        let key = recipe.key();
        if let Some(found) = self.find(&key) {
            return Ok(found);
        }
        let made = Transform::new(recipe)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, (key, made.clone()));
        kept.truncate(self.size);
        Ok(made)
    }

    fn find(&self, key: &Key) -> Option<Transform> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(other, _)| other == key)?;
        kept[..=at].rotate_right(1);
        kept.first().map(|(_, transform)| transform.clone())
    }
}
