// SPDX-License-Identifier: GPL-3.0-or-later
// No second lock of a kind, and protected data only under its lock.
impl Hub {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> usize {
        let registry = self.registry();
        let count = registry.len();
        drop(registry);
        let more = self.table.len(); //~ driver-unlocked
        count + more
    }

    fn add(&self, entry: Entry) {
        if let Some(known) = self.journal.read().unwrap().find(&entry) {
            self.journal.write().unwrap().replace(known, entry); //~ locked-twice
        }
        match self.journal.read().unwrap().is_full() {
            true => self.journal.write().unwrap().clear(), //~ locked-twice
            false => {}
        }
    }

    fn both(&self) -> u32 {
        self.journal.lock().unwrap().first() + self.journal.lock().unwrap().second() //~ locked-twice
    }

    fn by_label(&self) -> usize {
        let registry = 'found: {
            if let Some(registry) = self.spare() {
                break 'found registry;
            }
            self.registry()
        };
        let again = self.registry(); //~ locked-twice
        self.table.len()
    }

    fn last(&self) -> Option<u32> {
        let journal = self.journal.lock().unwrap();
        let value = self.journal.lock().unwrap().last()?; //~ locked-twice
        Some(journal.of(value))
    }
}
