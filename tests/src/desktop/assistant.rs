// SPDX-License-Identifier: GPL-3.0-or-later
//! The assistant for a new guest, gone through as a person does.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use oriel_sandbox::process;

use super::App;
use super::tree::Element;
use crate::world::World;

/// How long making a guest may take on a busy machine without KVM.
const MAKING: Duration = Duration::from_mins(3);

/// What a new guest is to be.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its kernel.
    pub kernel: &'a Path,
    /// Its first file system.
    pub initrd: &'a Path,
    /// The kernel's command line.
    pub arguments: &'a str,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// The disk's size in GiB.
    pub disk_gib: u32,
    /// The passphrase to type; `None` for a generated one.
    pub passphrase: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// A small guest of that name, with a small encrypted disk.
    pub fn small(world: &'a World, name: &'a str) -> Self {
        Self {
            name,
            kernel: &world.guest.kernel,
            initrd: &world.guest.initrd,
            arguments: "console=ttyS0",
            memory_mib: 128,
            disk_gib: 1,
            passphrase: None,
        }
    }
}

/// Opens the assistant by its button.
#[track_caller]
pub fn open(app: &App) {
    app.press_button("New Virtual Machine");
    app.await_words("Step 1 of 5");
}

/// Types into a row instead of what stands there. libadwaita's rows take no focus from a screen
/// reader, and so are clicked at.
#[track_caller]
pub fn enter(app: &App, title: &str, text: &str) {
    app.click(&app.await_usable("text box", title));
    app.input().keys(&["ctrl+a"]);
    app.input().type_text(text);
}

/// Awaits that a row stays where it is: others come before it while one types.
#[track_caller]
fn await_still(app: &App, title: &str) {
    let mut since = Instant::now();
    let mut last = app.await_usable("text box", title).extents;
    while since.elapsed() < Duration::from_millis(600) {
        std::thread::sleep(Duration::from_millis(100));
        let now = app.await_usable("text box", title).extents;
        if now != last {
            (since, last) = (Instant::now(), now);
        }
    }
}

/// Goes on, to the step of that number.
#[track_caller]
pub fn next(app: &App, step: usize) {
    app.press_button("Next");
    app.await_words(&format!("Step {step} of 5"));
}

/// Fills in the first page.
#[track_caller]
pub fn source(app: &App, wish: &Wish<'_>) {
    app.click_row("Kernel and Initial Ramdisk");
    enter(app, "Kernel", wish.kernel.to_str().unwrap());
    enter(app, "Initial Ramdisk", wish.initrd.to_str().unwrap());
    enter(app, "Kernel Arguments (Optional)", wish.arguments);
}

/// Fills in the name.
#[track_caller]
pub fn name(app: &App, name: &str) {
    enter(app, "Name", name);
}

/// Fills in the memory.
#[track_caller]
pub fn resources(app: &App, wish: &Wish<'_>) {
    let memory = app.await_usable("slider", "Memory");
    app.set_value(&memory, wish.memory_mib.into());
}

/// Fills in the disk, and the passphrase if it is typed.
#[track_caller]
pub fn disk(app: &App, wish: &Wish<'_>) {
    let size = app.await_one("slider", "Size");
    app.set_value(&size, wish.disk_gib.into());
    if let Some(passphrase) = wish.passphrase {
        app.click_row("Choose a Passphrase");
        for title in ["Passphrase", "Confirm Passphrase"] {
            await_still(app, title);
            enter(app, title, passphrase);
        }
    }
}

/// Goes through all pages, to the summary.
#[track_caller]
pub fn fill(app: &App, wish: &Wish<'_>) {
    open(app);
    source(app, wish);
    next(app, 2);
    name(app, wish.name);
    next(app, 3);
    resources(app, wish);
    next(app, 4);
    disk(app, wish);
    next(app, 5);
}

/// Awaits words, for as long as a creation may take.
///
/// # Panics
///
/// Where they do not come, with what is there instead.
#[track_caller]
pub fn await_end(app: &App, words: &str) -> Element {
    process::wait_for(words, MAKING, || {
        let tree = app.tree();
        if tree.says(words) {
            Ok(tree)
        } else {
            Err(tree.dump())
        }
    })
    .unwrap()
}
