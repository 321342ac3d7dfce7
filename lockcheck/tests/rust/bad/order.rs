// SPDX-License-Identifier: GPL-3.0-or-later
// The first level before the second.
fn rename(hub: &Hub, name: &str) {
    let mut machine = hub.machine.lock().unwrap(); //~ object-without-driver
    let registry = hub.registry.lock().unwrap(); //~ driver-after-object
    machine.name = name.to_owned();
    drop(machine);
    registry.touch();
}

fn short(hub: &Hub) -> usize {
    let registry = hub.registry.lock().unwrap();
    drop(registry);
    let machine = find_machine(hub, 7); //~ object-without-driver
    machine.size()
}

fn one_after_the_other(hub: &Hub) {
    let registry = lock_registry(hub);
    {
        let machine = hub.machine.lock().unwrap();
        machine.start();
        let other = find_machine(hub, 2); //~ locked-twice
        other.start();
    }
    let registry = lock_registry(hub); //~ locked-twice
    registry.touch();
}

fn either(hub: &Hub, quick: bool) -> Option<u32> {
    let machine = if quick {
        hub.machine.try_lock().ok()? //~ object-without-driver
    } else {
        hub.machine.lock().ok()? //~ object-without-driver
    };
    let registry = match hub.registry.lock() { //~ driver-after-object
        Ok(registry) => registry,
        Err(poisoned) => poisoned.into_inner(),
    };
    drop(registry);
    Some(machine.number)
}

fn again(hub: &Hub) {
    let mut registry = lock_registry(hub);
    while registry.is_busy() {
        registry = lock_registry(hub); //~ locked-twice
    }
    let machine = hub.machine.lock().unwrap();
    machine.start();
    let registry = lock_registry(hub); //~ driver-after-object //~ locked-twice
}
