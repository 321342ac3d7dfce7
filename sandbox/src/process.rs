// SPDX-License-Identifier: GPL-3.0-or-later
//! Running programs, waiting with a deadline, and finding processes by namespace.
//!
//! Owns nothing that lives; the parts do.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Where programs are looked for: daemons are in the sbin folders, which a desktop user's
/// own `PATH` often lacks.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where distributions put programs that nobody types, and the X server's drivers.
const LIBEXEC: &str = "/usr/libexec:/usr/libexec/at-spi2:/usr/lib/at-spi2:/usr/lib/at-spi2-core:\
     /usr/lib:/usr/lib/xorg/modules/drivers:/usr/lib64/xorg/modules/drivers";

/// Finds a program on [`PATH`], or among those that nobody types.
pub(crate) fn find_program(name: &str) -> Option<std::path::PathBuf> {
    PATH.split(':')
        .chain(LIBEXEC.split(':'))
        .map(|dir| Path::new(dir).join(name))
        .find(|path| path.is_file())
}

/// The words of a command for messages: the program's own name and its first words.
fn title(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .take(4)
            .map(|a| a.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

/// Runs a command to its end and returns what it printed on standard output.
///
/// # Errors
///
/// [`Error::Io`] where it can't be started, [`Error::Failed`] with its error output where
/// it ends with another status than 0.
pub fn run(command: &mut Command) -> Result<String> {
    let what = title(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io(format!("run {what}")))?;
    finish(what, &output)
}

/// As [`run`], with text for the program's standard input (for what must not be in argv).
///
/// # Errors
///
/// As [`run`].
pub fn run_with_input(command: &mut Command, input: &[u8]) -> Result<String> {
    use std::io::Write;
    let what = title(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io(format!("run {what}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading closes the pipe: its status tells more.
        let _ = stdin.write_all(input);
    }
    let output = child
        .wait_with_output()
        .map_err(Error::io(format!("await {what}")))?;
    finish(what, &output)
}

fn finish(what: String, output: &std::process::Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let mut text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if text.is_empty() {
        text = format!("it ended with {} and said nothing", output.status);
    }
    Err(Error::Failed { what, output: text })
}

/// Sends standard output and error of a command to a log file (appended to).
///
/// # Errors
///
/// [`Error::Io`] where the file can't be opened.
pub(crate) fn log_to(command: &mut Command, path: &Path) -> Result<()> {
    let open = || {
        File::options()
            .create(true)
            .append(true)
            .open(path)
            .map_err(Error::io(format!("open {}", path.display())))
    };
    command.stdout(open()?).stderr(open()?);
    Ok(())
}

/// The last lines of a log, for messages.
pub(crate) fn tail(path: &Path) -> String {
    let text = fs::read(path)
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

/// Asks `probe` every 30 ms until it gives a value; its `Err` text is the last state seen.
///
/// # Errors
///
/// [`Error::Timeout`] once `timeout` has passed.
pub fn wait_for<T>(
    what: &str,
    timeout: Duration,
    mut probe: impl FnMut() -> std::result::Result<T, String>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        match probe() {
            Ok(value) => return Ok(value),
            Err(last) if start.elapsed() >= timeout => {
                return Err(Error::Timeout {
                    what: what.into(),
                    after: timeout,
                    last,
                });
            }
            Err(_) => std::thread::sleep(Duration::from_millis(30)),
        }
    }
}

/// A TCP port of 127.0.0.1 that is free now. Nothing keeps it so; callers start at once
/// and fail aloud.
///
/// # Errors
///
/// [`Error::Io`] where no port can be had.
pub(crate) fn free_port() -> Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|l| l.local_addr())
        .map(|a| a.port())
        .map_err(Error::io("find a free port"))
}

/// A process seen from outside the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id on the machine (not the one inside the namespace).
    pub pid: u32,
    /// The program's short name, at most 15 bytes.
    pub name: String,
    /// Its words, separated by spaces.
    pub command_line: String,
}

/// All processes of the process namespace that `member` (an id on the machine) is in.
pub(crate) fn of_namespace(member: u32) -> Vec<Process> {
    let link = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
    let Some(wanted) = link(&member.to_string()) else {
        return Vec::new();
    };
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
        .filter(|pid| link(pid).as_ref() == Some(&wanted))
        .filter_map(|pid| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
            // A process that has ended and was not yet taken in has no words.
            let words = fs::read(format!("/proc/{pid}/cmdline"))
                .ok()
                .filter(|w| !w.is_empty())?;
            Some(Process {
                pid: pid.parse().ok()?,
                name: name.trim_end().to_owned(),
                command_line: String::from_utf8_lossy(&words)
                    .replace('\0', " ")
                    .trim()
                    .to_owned(),
            })
        })
        .collect()
}
