// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing that blocks while a guard lives.
use std::fs;
use std::thread;

fn save(store: &Store) -> io::Result<()> {
    fs::write("journal", store.journal.lock().unwrap().text()) //~ guard-across-blocking
}

fn pause(store: &Store) {
    for _ in 0..3 {
        if let Ok(journal) = store.journal.try_lock() {
            thread::sleep(STEP); //~ guard-across-blocking
            return;
        }
    }
}

fn question(store: &Store) -> Result<String, Error> {
    let journal = store.journal.read().unwrap();
    let text = fs::read_to_string(journal.path()?)?; //~ guard-across-blocking
    let journal = store.journal.write().unwrap().set(&text)?; //~ locked-twice
    Ok(text)
}

fn channel(store: &Store) -> u32 {
    let mut queue = store.queue.blocking_lock();
    queue.push(store.inbox.recv()); //~ guard-across-blocking
    wait_for_child(queue.len()) //~ guard-across-blocking
}

fn pair(store: &Store) {
    let (number, journal) = (3, store.journal.lock().unwrap());
    journal.append(number);
    mem::drop(number);
    thread::sleep(STEP); //~ guard-across-blocking
}

fn conditional(store: &Store, twice: bool) {
    let mut held = None;
    if twice {
        held = Some(store.journal.lock().unwrap());
    }
    thread::sleep(STEP); //~ guard-across-blocking
    drop(held);
}

fn thread_of_its_own(store: Arc<Store>) {
    let journal = journal::lock(&store);
    thread::spawn(move || {
        thread::sleep(STEP); //~ guard-across-blocking
        journal.flush();
    });
    thread::sleep(STEP);
}

fn waits(store: &Store) {
    let mut journal = store.journal.lock().unwrap();
    while journal.is_empty() {
        journal = store.filled.wait(journal).unwrap();
        thread::sleep(STEP); //~ guard-across-blocking
    }
}

fn forgotten(store: &Store) {
    let journal = store.journal.lock().unwrap();
    mem::forget(journal);
} //~ still-locked
