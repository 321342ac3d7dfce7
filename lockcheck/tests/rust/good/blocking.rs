// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing that blocks while a guard lives.
use std::fs;
use std::thread;

fn save(store: &Store) -> io::Result<()> {
    let text = store.journal.lock().unwrap().text();
    fs::write("journal", text)
}

fn pause(store: &Store) {
    for _ in 0..3 {
        if let Ok(journal) = store.journal.try_lock() {
            journal.flush();
            return;
        }
        thread::sleep(STEP);
    }
}

fn question(store: &Store) -> Result<String, Error> {
    let path = store.journal.read().unwrap().path().ok_or(Error::NoPath)?;
    let text = fs::read_to_string(path)?;
    store.journal.write().unwrap().set(&text)?;
    fs::remove_file("old")?;
    Ok(text)
}

fn channel(store: &Store) -> u32 {
    let next = store.inbox.recv();
    let mut queue = store.queue.blocking_lock();
    queue.push(next);
    let length = queue.len();
    drop(queue);
    wait_for_child(length)
}

fn pair(store: &Store) {
    let (journal, number) = (store.journal.lock().unwrap(), 3);
    journal.append(number);
    mem::drop(journal);
    thread::sleep(STEP);
}

fn conditional(store: &Store, twice: bool) {
    let mut held = None;
    if twice {
        held = Some(store.journal.lock().unwrap());
    }
    drop(held);
    thread::sleep(STEP);
}

fn thread_of_its_own(store: Arc<Store>) {
    let journal = journal::lock(&store);
    thread::spawn(move || thread::sleep(STEP));
    journal.flush();
}

fn waits(store: &Store) {
    let mut journal = store.journal.lock().unwrap();
    while journal.is_empty() {
        journal = store.filled.wait(journal).unwrap();
    }
    drop(journal);
    thread::sleep(STEP);
}
