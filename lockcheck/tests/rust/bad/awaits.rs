// SPDX-License-Identifier: GPL-3.0-or-later
// No guard across an await.
impl Store {
    async fn save(&self) -> Result<(), Error> {
        let journal = self.journal.lock().unwrap();
        self.disk.write(journal.text()).await?; //~ guard-across-await
        Ok(())
    }

    async fn explicit(&self) -> Result<(), Error> {
        let journal = self.journal.lock().unwrap();
        let text = journal.text();
        if text.is_empty() {
            drop(journal);
        }
        self.disk.write(text).await //~ guard-across-await
    }

    async fn temporary(&self) -> usize {
        self.disk.grow(self.journal.lock().unwrap().len()).await //~ guard-across-await
    }

    async fn handed_over(&self) {
        let journal = self.journal.lock().unwrap();
        let moved = journal;
        self.disk.sync().await; //~ guard-across-await
        drop(moved);
        let pair = Pair { journal: self.journal.lock().unwrap(), number: 1 };
        self.disk.sync().await; //~ guard-across-await
    }

    async fn scrutinee(&self) {
        if let Some(first) = self.journal.lock().unwrap().first() {
            self.disk.count(first).await; //~ guard-across-await
        }
        while let Some(line) = self.journal.lock().unwrap().pop() {
            self.disk.write(line).await; //~ guard-across-await
        }
        match self.journal.lock().unwrap().kind() {
            Kind::Long => self.disk.sync().await, //~ guard-across-await
            Kind::Short => {}
        }
        for line in self.journal.lock().unwrap().iter() {
            self.disk.write(line).await; //~ guard-across-await
        }
    }

    async fn asynchronous(&self) {
        let journal = self.journal.lock().unwrap();
        let queue = self.queue.lock().await; //~ guard-across-await
        let other = timeout(LIMIT, self.queue.lock()).await.unwrap(); //~ guard-across-await //~ locked-twice
    }

    async fn branches(&self, fast: bool) -> Result<u32, Error> {
        let journal = self.journal.lock().unwrap();
        if fast && journal.wait().await { //~ guard-across-await
            return Ok(journal.len());
        }
        let Some(line) = journal.first() else {
            return self.disk.count().await; //~ guard-across-await
        };
        drop(journal);
        self.disk.number(number).await
    }

    async fn chosen(&self) {
        let journal = self.journal.lock().unwrap();
        tokio::select! { //~ guard-across-await
            biased;
            done = self.disk.write(&journal) => self.note(done),
            queue = self.queue.lock() => {
                self.disk.write(&queue).await; //~ guard-across-await
            }
            else => {}
        }
        println!("{}", self.disk.sync().await); //~ guard-across-await
        unknown! { self.disk => self.sync().await }; //~ guard-across-await
    }

    fn later(&self) -> impl Future {
        let journal = self.journal.lock().unwrap();
        async move {
            self.disk.write(&journal).await; //~ guard-across-await
        }
    }

    async fn tried(&self) {
        match self.journal.try_lock() {
            Ok(journal) => self.disk.write(&journal).await, //~ guard-across-await
            Err(_) => {}
        }
        match self.journal.lock() {
            Ok(journal) => journal.flush(),
            Err(poisoned) => self.disk.write(poisoned.get_ref()).await, //~ guard-across-await
        }
        let Ok(journal) = self.journal.try_lock() else {
            return;
        };
        self.disk.sync().await; //~ guard-across-await
    }

    async fn borrowed(&self) {
        let lines = &mut *self.journal.lock().unwrap();
        self.disk.sync().await; //~ guard-across-await
    }

    async fn shadowed(&self) {
        let journal = self.journal.lock().unwrap();
        let journal = journal.text();
        self.disk.write(journal).await; //~ guard-across-await
    }

    async fn in_a_loop(&self) {
        loop {
            let _journal = self.journal.lock().unwrap();
            if self.disk.is_full() {
                continue;
            }
            self.disk.sync().await; //~ guard-across-await
            break;
        }
        self.disk.sync().await;
    }
}
