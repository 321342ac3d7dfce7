// SPDX-License-Identifier: GPL-3.0-or-later
//! Where the engine keeps its own few files. No passphrase is ever among them.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// The folder for journals and locks: `$XDG_STATE_HOME/oriel`, by default
/// `~/.local/state/oriel`. Made with mode 0700 if it is missing.
///
/// # Errors
/// [`Error::Invalid`] if neither `XDG_STATE_HOME` nor `HOME` is set; [`Error::Io`] if the
/// folder can't be made.
pub fn state_dir() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_STATE_HOME").map(PathBuf::from) {
        // The XDG base directory specification says to ignore relative paths.
        Some(path) if path.is_absolute() => path,
        _ => std::env::var_os("HOME")
            .map(PathBuf::from)
            .filter(|home| home.is_absolute())
            .ok_or_else(|| {
                Error::invalid(
                    "No folder for Oriel's journal",
                    "neither XDG_STATE_HOME nor HOME is set",
                )
            })?
            .join(".local/state"),
    };
    private_dir(base.join("oriel"))
}

/// A folder below [`state_dir`], made with mode 0700 if it is missing.
///
/// # Errors
/// As [`state_dir`].
pub fn state_subdir(name: &str) -> Result<PathBuf> {
    private_dir(state_dir()?.join(name))
}

/// A folder for sockets and scripts of this login session: below `$XDG_RUNTIME_DIR/oriel`, or
/// below [`state_dir`] where that is not set. Made with mode 0700 if it is missing.
///
/// # Errors
/// As [`state_dir`].
pub(crate) fn runtime_subdir(name: &str) -> Result<PathBuf> {
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(path) if path.is_absolute() => private_dir(path.join("oriel").join(name)),
        _ => state_subdir(name),
    }
}

fn private_dir(path: PathBuf) -> Result<PathBuf> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&path)
        .map_err(Error::io("create", &path))?;
    Ok(path)
}

/// Writes a file so that a crash leaves either the old or the new content, never a part.
///
/// # Errors
/// [`Error::Io`] naming the file.
pub(crate) fn write_atomically(path: &std::path::Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;

    let fail = || Error::io("write", path);
    let temporary = path.with_extension("tmp");
    let mut file = fs::File::create(&temporary).map_err(fail())?;
    file.write_all(content).map_err(fail())?;
    file.sync_all().map_err(fail())?;
    fs::rename(&temporary, path).map_err(fail())?;
    if let Some(parent) = path.parent() {
        let folder = fs::File::open(parent).map_err(fail())?;
        folder.sync_all().map_err(fail())?;
    }
    Ok(())
}
