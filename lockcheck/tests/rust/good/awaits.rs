// SPDX-License-Identifier: GPL-3.0-or-later
// No guard across an await.
impl Store {
    async fn save(&self) -> Result<(), Error> {
        let text = {
            let journal = self.journal.lock().unwrap();
            journal.text()
        };
        self.disk.write(text).await?;
        Ok(())
    }

    async fn explicit(&self) -> Result<(), Error> {
        let journal = self.journal.lock().unwrap();
        let text = journal.text();
        drop(journal);
        self.disk.write(text).await
    }

    async fn temporary(&self) -> usize {
        let length = self.journal.lock().unwrap().len();
        self.disk.grow(length).await;
        length
    }

    async fn handed_over(&self) {
        let journal = self.journal.lock().unwrap();
        self.keep(journal);
        self.disk.sync().await;
    }

    async fn scrutinee(&self) {
        if let Some(first) = self.journal.lock().unwrap().first() {
            self.count(first);
        } else {
            self.disk.sync().await;
        }
        let next = self.journal.lock().unwrap().pop();
        while let Some(line) = next {
            self.disk.write(line).await;
        }
        let kind = self.journal.lock().unwrap().kind();
        match kind {
            Kind::Long => self.disk.sync().await,
            Kind::Short => {}
        }
    }

    async fn asynchronous(&self) {
        let queue = self.queue.lock().await;
        self.disk.write(&queue).await;
        drop(queue);
        let queue = timeout(LIMIT, self.queue.lock()).await.unwrap();
        self.disk.write(&queue).await;
    }

    async fn branches(&self, fast: bool) -> Result<u32, Error> {
        let journal = self.journal.lock().unwrap();
        if fast {
            return Ok(journal.len());
        }
        let Some(line) = journal.first() else {
            drop(journal);
            return self.disk.count().await;
        };
        let number = line.number;
        drop(journal);
        self.disk.number(number).await
    }

    async fn chosen(&self) {
        let text = self.journal.lock().unwrap().text();
        tokio::select! {
            biased;
            done = self.disk.write(text) => self.note(done),
            queue = self.queue.lock() => {
                let journal = self.journal.lock().unwrap();
                journal.append(&queue);
            }
            else => {}
        }
    }

    fn later(&self) -> impl Future {
        let journal = self.journal.lock().unwrap();
        let text = journal.text();
        async move { self.disk.write(text).await }
    }

    async fn tried(&self) {
        match self.journal.try_lock() {
            Ok(journal) => journal.flush(),
            Err(_) => self.disk.sync().await,
        }
        let Ok(journal) = self.journal.try_lock() else {
            self.disk.sync().await;
            return;
        };
        journal.flush();
    }

    async fn borrowed(&self) {
        {
            let lines = &mut *self.journal.lock().unwrap();
            lines.clear();
        }
        self.disk.sync().await;
    }

    async fn shadowed(&self) {
        {
            let journal = self.journal.lock().unwrap();
            let journal = journal.text();
            self.note(journal);
        }
        let _ = self.journal.lock();
        self.disk.sync().await;
    }

    async fn in_a_loop(&self) {
        'lines: loop {
            let journal = self.journal.lock().unwrap();
            for line in journal.lines() {
                if line.is_last() {
                    break 'lines;
                }
                if line.is_empty() {
                    continue 'lines;
                }
            }
            drop(journal);
            self.disk.sync().await;
        }
        self.disk.sync().await;
    }
}
