// SPDX-License-Identifier: GPL-3.0-or-later
//! A display without a screen (Xvfb, or Xorg with several monitors), and answering the keyring's
//! dialog on it.
//!
//! Owns the X server's process. The dialog itself (gcr-prompter) is started by the session
//! bus when the keyring asks for it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::monitors::{self, MonitorSize};
use crate::process;

/// An answer to the keyring's dialog.
#[derive(Clone, Copy)]
pub enum Answer<'a> {
    /// Type this password and confirm.
    Password(&'a str),
    /// Type it twice, as a new keyring's dialog asks, and confirm.
    NewPassword(&'a str),
    /// Close the dialog.
    Cancel,
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::NewPassword(_) => "NewPassword(..)",
            Self::Cancel => "Cancel",
        })
    }
}

/// A running X server without a screen.
#[derive(Debug)]
pub struct Display {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Display {
    /// Starts one: with these monitors side by side, or with one screen where there are none. The
    /// server chooses a free number itself.
    pub(crate) fn start(keeper: &Keeper, monitors: &[MonitorSize]) -> Result<Self> {
        if monitors.is_empty() {
            return Self::await_number(keeper, one_screen(keeper));
        }
        let display = Self::await_number(keeper, monitors::server(keeper, monitors)?)?;
        monitors::arrange(|| display.tool("xrandr"), monitors)?;
        Ok(display)
    }

    /// Starts a server that tells its number on standard output once it is ready.
    fn await_number(keeper: &Keeper, mut command: Command) -> Result<Self> {
        let log = keeper.path("log/display.out");
        process::log_to(&mut command, &log)?;
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io("start the X server"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // Ends with the server if it can't start.
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(Error::io("hear from the X server"))?;
        }
        match line.trim().parse::<u32>() {
            Ok(number) => Ok(Self {
                name: format!(":{number}"),
                log,
                child,
            }),
            Err(_) => Err(Error::Failed {
                what: "The X server".into(),
                output: process::tail(&log),
            }),
        }
    }

    /// The display's name, as in `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Awaits the keyring's dialog, answers it, and awaits that it closes.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] where no dialog comes or it stays open (a wrong password); a
    /// picture of the screen is then written to `shot`, if given.
    pub fn answer(&self, answer: Answer<'_>, timeout: Duration, shot: Option<&Path>) -> Result<()> {
        let done = self.try_answer(answer, timeout);
        if let (Err(_), Some(path)) = (&done, shot) {
            let _ = self.screenshot(path);
        }
        done
    }

    fn try_answer(&self, answer: Answer<'_>, timeout: Duration) -> Result<()> {
        let find = ["search", "--onlyvisible", "--class", "gcr-prompter"];
        let window = process::wait_for("the keyring's dialog", timeout, || {
            let ids = self.xdotool(&find, b"").map_err(|e| e.to_string())?;
            ids.lines()
                .last()
                .map(str::to_owned)
                .ok_or_else(|| "no window".to_owned())
        })?;
        // There is no window manager to give it the focus; and it takes its first keys a
        // moment after it shows.
        self.xdotool(&["windowfocus", &window], b"")?;
        std::thread::sleep(Duration::from_millis(300));
        // The password goes by a pipe: argv can be read by everybody.
        let text = ["type", "--delay", "15", "--file", "-"];
        match answer {
            Answer::Password(password) => {
                self.xdotool(&text, password.as_bytes())?;
                self.xdotool(&["key", "Return"], b"")?;
            }
            Answer::NewPassword(password) => {
                self.xdotool(&text, password.as_bytes())?;
                self.xdotool(&["key", "Tab"], b"")?;
                self.xdotool(&text, password.as_bytes())?;
                self.xdotool(&["key", "Return"], b"")?;
            }
            Answer::Cancel => {
                self.xdotool(&["key", "Escape"], b"")?;
            }
        }
        process::wait_for(
            "the keyring's dialog to close",
            Duration::from_secs(15),
            || match self.xdotool(&find, b"") {
                Ok(ids) if ids.contains(&window) => Err("still open".to_owned()),
                _ => Ok(()),
            },
        )
    }

    /// Whether the keyring's dialog is on the screen.
    pub fn prompting(&self) -> bool {
        self.xdotool(&["search", "--onlyvisible", "--class", "gcr-prompter"], b"")
            .is_ok()
    }

    /// Writes a picture of the whole screen, in the format that the name's ending says.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what ImageMagick said.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        let mut command = self.tool("import");
        command.args(["-window", "root"]).arg(path);
        process::run(&mut command).map(drop)
    }

    /// Switches, moves or chooses monitors, by the words of `xrandr`. Returns when the server has
    /// done it.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with what xrandr said.
    pub fn xrandr(&self, words: &[&str]) -> Result<String> {
        process::run(self.tool("xrandr").args(words))
    }

    fn xdotool(&self, args: &[&str], input: &[u8]) -> Result<String> {
        process::run_with_input(self.tool("xdotool").args(args), input)
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", process::PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("DISPLAY", &self.name)
            .env("HOME", self.log.with_file_name("home"));
        command
    }
}

/// The command for a server with one screen.
fn one_screen(keeper: &Keeper) -> Command {
    let mut command = keeper.command("Xvfb");
    command.args([
        "-displayfd",
        "1",
        "-screen",
        "0",
        "1280x800x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]);
    command
}

impl Drop for Display {
    fn drop(&mut self) {
        // A polite signal, for the server then takes its socket and lock file away.
        let mut term = Command::new("sh");
        term.args([
            "-c",
            "kill -TERM \"$1\"",
            "sh",
            &self.child.id().to_string(),
        ]);
        let _ = process::run(&mut term);
        let _ = self.child.wait();
    }
}
