// SPDX-License-Identifier: GPL-3.0-or-later
// No second lock of a kind, and protected data only under its lock.
impl Hub {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        let registry = self.registry();
        let count = registry.len() + self.table.len();
        drop(registry); // early, no more
        count
    }

    fn add(&self, entry: Entry) {
        let wanted = self.journal.read().unwrap().wants(&entry);
        if wanted {
            self.journal.write().unwrap().push(entry);
        }
        let wanted = self.journal.read().unwrap().is_full();
        match wanted {
            true => self.journal.write().unwrap().clear(),
            false => {}
        }
    }

    fn both(&self) -> u32 {
        let first = { self.journal.lock().unwrap().first() };
        let second = self.journal.lock().unwrap().second();
        first + second
    }

    fn by_label(&self) -> usize {
        let registry = 'found: {
            if let Some(registry) = self.spare() {
                break 'found registry;
            }
            self.registry()
        };
        self.table.len()
    }

    fn last(&self) -> Option<u32> {
        let value = self.journal.lock().unwrap().last()?;
        let journal = self.journal.lock().unwrap();
        Some(journal.of(value))
    }
}
