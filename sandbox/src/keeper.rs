// SPDX-License-Identifier: GPL-3.0-or-later
//! A temporary folder and the small process that empties it.
//!
//! Each private part lives in one folder with a short path (a unix socket's path ends at
//! 107 bytes). A shell in a session of its own reads a pipe that we hold; when the pipe
//! ends because the value was dropped, or because this process was killed in whatever way,
//! it ends the part's processes and removes the folder. A pipe rather than a
//! parent-death signal, because that signal follows the *thread* that started the child.
//!
//! Owns the folder's life. It does not know what runs in it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::error::{Error, Result};

/// A folder whose content, processes included, goes when this value goes.
#[derive(Debug)]
pub(crate) struct Keeper {
    dir: PathBuf,
    pipe: Option<ChildStdin>,
    child: Child,
}

impl Keeper {
    /// Makes the folder and starts its keeper.
    ///
    /// The folder is made in `ORIEL_SANDBOX_BASE`, or in `/tmp`. With
    /// `ORIEL_SANDBOX_KEEP=1` the folder stays behind for reading (processes never do).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the folder can't be made or the shell can't be started.
    pub(crate) fn new() -> Result<Self> {
        let base = std::env::var_os("ORIEL_SANDBOX_BASE").unwrap_or_else(|| "/tmp".into());
        let dir = tempfile::Builder::new()
            .prefix("oriel-")
            .rand_bytes(8)
            // Nobody else may look: secrets of guests lie in it.
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&base)
            .map_err(Error::io("make a temporary folder"))?
            .keep();
        let keep = std::env::var_os("ORIEL_SANDBOX_KEEP").is_some_and(|v| v == "1");
        let script = dir.join(".keeper.sh");
        let spawned = fs::write(&script, include_str!("keeper.sh")).and_then(|()| {
            Command::new("setsid")
                .arg("sh")
                .arg(&script)
                .arg(&dir)
                .arg(if keep { "1" } else { "0" })
                // The keeper finds its processes by their environment: its own must be bare.
                .env_clear()
                .env("PATH", crate::process::PATH)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        });
        let mut child = match spawned {
            Ok(child) => child,
            Err(source) => {
                let _ = fs::remove_dir_all(&dir);
                return Err(Error::Io {
                    what: "start the keeper of a temporary folder".into(),
                    source,
                });
            }
        };
        let pipe = child.stdin.take();
        let keeper = Self { dir, pipe, child };
        keeper.folder(".pids")?;
        Ok(keeper)
    }

    /// The folder's path.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path below the folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.join(name)
    }

    /// Makes a folder below the folder, readable by its owner alone, and tells its path.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it can't be made.
    pub(crate) fn folder(&self, name: impl AsRef<Path>) -> Result<PathBuf> {
        use std::os::unix::fs::DirBuilderExt;
        let path = self.dir.join(name);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(Error::io(format!("make the folder {}", path.display())))?;
        Ok(path)
    }

    /// Writes a file below the folder and tells its path.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it can't be written.
    pub(crate) fn file(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.dir.join(name);
        fs::write(&path, text).map_err(Error::io(format!("write {}", path.display())))?;
        Ok(path)
    }

    /// Tells the keeper of a process that it could not find by its environment (a program
    /// with file capabilities hides it).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the note can't be written.
    pub(crate) fn note(&self, pid: u32) -> Result<()> {
        self.file(format!(".pids/{pid}"), format!("{pid}\n"))
            .map(drop)
    }

    /// Makes a command whose process the keeper will find; its environment is otherwise
    /// bare but for `PATH` and the language.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", crate::process::PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("ORIEL_SANDBOX", &self.dir)
            .env("HOME", self.dir.join("home"))
            .current_dir("/")
            // Ctrl-C in a terminal is for the front end, which ends us in order.
            .process_group(0)
            .stdin(Stdio::null());
        command
    }
}

impl Keeper {
    /// Ends the processes and removes the folder, and awaits that; the second time, nothing.
    pub(crate) fn end(&mut self) {
        drop(self.pipe.take());
        let _ = self.child.wait();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end();
    }
}
