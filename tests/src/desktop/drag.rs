// SPDX-License-Identifier: GPL-3.0-or-later
//! Dragging a file from another program's window: `drag-file`, a program of ours.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::path::Path;
use std::time::Duration;

use oriel_sandbox::{Session, process};

use super::input::Input;
use super::{App, PATIENCE};
use crate::run::Running;

/// In how many steps the mouse goes to where the file falls: the first ones begin the drag.
const STEPS: i32 = 8;

/// How long the mouse rests after each step, for the two programs to agree.
const REST: Duration = Duration::from_millis(20);

/// Where the file is taken hold of.
const HANDLE: [i32; 2] = [60, 60];

/// A window to drag a file from, in the corner of the screen.
#[derive(Debug)]
pub struct Source {
    process: Running,
}

impl Source {
    /// Opens it, on the desktop of a window.
    ///
    /// # Panics
    ///
    /// Where it does not come.
    #[track_caller]
    pub fn start(session: &Session, app: &App, file: &Path) -> Self {
        let input = app.input();
        let program = crate::profile_folder().join("drag-file");
        let mut command = session.command(program);
        command.arg(file).env("GDK_BACKEND", "x11");
        let process = Running::start(&mut command, None);
        let id = process::wait_for("the other window", PATIENCE, || {
            let found = input.try_run(&["search", "--onlyvisible", "--name", "Drag from here"]);
            let found = found.unwrap_or_default();
            let last = found.lines().last();
            last.map(str::to_owned).ok_or_else(String::new)
        });
        // To a corner, where it is not in the way.
        input.run(&["windowmove", "--sync", &id.unwrap(), "0", "0"]);
        Self { process }
    }

    /// Drags the file to a place of the screen, and holds it there.
    pub fn hold_at(&self, input: &Input, [x, y]: [i32; 2]) {
        let [left, top] = HANDLE;
        input.move_to(left, top);
        input.press(1);
        for step in 1..=STEPS {
            input.move_to(
                left + (x - left) * step / STEPS,
                top + (y - top) * step / STEPS,
            );
            std::thread::sleep(REST);
        }
    }

    /// Ends the other program.
    ///
    /// # Panics
    ///
    /// Where it has gone before.
    #[track_caller]
    pub fn end(mut self) {
        let said = self.process.err();
        assert!(self.process.alive(), "the source has gone: {said}");
        self.process.signal("TERM");
        self.process.end();
    }
}
