// SPDX-License-Identifier: GPL-3.0-or-later
//! Keyboard and mouse of a private display, by xdotool.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of tests: what can't be done fails the test"
)]

use std::process::Command;

use oriel_sandbox::process;

/// The display's keyboard and mouse.
#[derive(Debug)]
pub struct Input {
    variables: Vec<(String, String)>,
}

impl Input {
    /// For programs with these environment variables.
    pub fn new(variables: Vec<(String, String)>) -> Self {
        Self { variables }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("xdotool");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs xdotool.
    ///
    /// # Errors
    ///
    /// With what it said.
    pub fn try_run(&self, args: &[&str]) -> Result<String, String> {
        process::run(self.command().args(args)).map_err(|error| error.to_string())
    }

    /// Runs xdotool.
    ///
    /// # Panics
    ///
    /// With what it said.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        self.try_run(args).unwrap()
    }

    /// Presses keys one after the other, by their names in X: `Tab`, `shift+Tab`, `ctrl+f`.
    ///
    /// # Panics
    ///
    /// With what xdotool said.
    #[track_caller]
    pub fn keys(&self, names: &[&str]) {
        let mut words = vec!["key", "--clearmodifiers"];
        words.extend_from_slice(names);
        self.run(&words);
    }

    /// Types a text to whatever has the focus. It goes by a pipe: words of a command can be read
    /// by everybody.
    ///
    /// # Panics
    ///
    /// With what xdotool said.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        let mut command = self.command();
        command.args(["type", "--delay", "15", "--file", "-"]);
        process::run_with_input(&mut command, text.as_bytes()).unwrap();
    }

    /// Clicks at a place of the screen with a mouse button: 1 is the left one.
    ///
    /// # Panics
    ///
    /// With what xdotool said.
    #[track_caller]
    pub fn click(&self, x: i32, y: i32, button: u8) {
        let (x, y) = (x.to_string(), y.to_string());
        self.run(&["mousemove", &x, &y, "click", &button.to_string()]);
    }

    /// The place and size of the window that has the focus: x, y, width, height.
    ///
    /// # Errors
    ///
    /// With what xdotool said: no window has it.
    pub fn active_window(&self) -> Result<[i32; 4], String> {
        let text = self.try_run(&["getactivewindow", "getwindowgeometry", "--shell"])?;
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|line| line.strip_prefix('=')?.parse().ok());
            value.ok_or_else(|| format!("no {name} in {text}"))
        };
        Ok([
            number("X")?,
            number("Y")?,
            number("WIDTH")?,
            number("HEIGHT")?,
        ])
    }
}
