// SPDX-License-Identifier: GPL-3.0-or-later
// The first level before the second.
fn rename(hub: &Hub, name: &str) {
    let registry = hub.registry.lock().unwrap();
    let mut machine = hub.machine.lock().unwrap();
    machine.name = name.to_owned();
    drop(machine); // early, no more
    registry.touch();
}

fn short(hub: &Hub) -> usize {
    let registry = hub.registry.lock().unwrap();
    let machine = find_machine(&registry, 7);
    drop(registry); // early, no more
    machine.size()
}

fn one_after_the_other(hub: &Hub) {
    let registry = lock_registry(hub);
    {
        let machine = hub.machine.lock().unwrap();
        machine.start();
    }
    let machine = hub.machine.lock().unwrap();
    machine.stop();
    drop(machine);
    drop(registry);
    let registry = lock_registry(hub);
    registry.touch();
}

fn either(hub: &Hub, quick: bool) -> Option<u32> {
    let registry = match hub.registry.lock() {
        Ok(registry) => registry,
        Err(poisoned) => poisoned.into_inner(),
    };
    let machine = if quick {
        hub.machine.try_lock().ok()?
    } else {
        hub.machine.lock().ok()?
    };
    drop(registry); // early, no more
    Some(machine.number)
}

fn again(hub: &Hub) {
    let mut registry = lock_registry(hub);
    while registry.is_busy() {
        drop(registry);
        hub.wait();
        registry = lock_registry(hub);
    }
    let machine = hub.machine.lock().unwrap();
    machine.start();
}
