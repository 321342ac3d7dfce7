// SPDX-License-Identifier: GPL-3.0-or-later
//! Where the engine keeps its own few files. No passphrase is ever among them.
//!
//! What is in them decides what a clean-up removes and which secrets are taken back, so a folder
//! that another account can write to is not used.

use std::fs::{self, DirBuilder, Metadata};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::model::error;
use crate::model::error::cause::MAX_SOCKET_PATH;
use crate::model::error::{Error, FolderFix, Result, request};
use crate::platform::own_uid;

/// The bits of a mode by which the group, and all others, may write.
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// The bit of a folder in which everybody may remove their own files alone, as in `/tmp`.
const STICKY: u32 = 0o1000;

/// The folder for journals and locks: `$XDG_STATE_HOME/oriel`, by default
/// `~/.local/state/oriel`. Made with mode 0700 if it is missing.
///
/// # Errors
/// [`Error::Invalid`] if neither `XDG_STATE_HOME` nor `HOME` is set; [`Error::Io`] if the
/// folder can't be made; [`Error::UnsafeFolder`] if others can write to it.
pub fn state_dir() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_STATE_HOME").map(PathBuf::from) {
        // The XDG base directory specification says to ignore relative paths.
        Some(path) if path.is_absolute() => path,
        _ => std::env::var_os("HOME")
            .map(PathBuf::from)
            .filter(|home| home.is_absolute())
            .ok_or_else(|| Error::Invalid(request::NO_STATE_HOME.into()))?
            .join(".local/state"),
    };
    private_dir(base, &["oriel"])
}

/// A folder below [`state_dir`], made with mode 0700 if it is missing.
///
/// # Errors
/// As [`state_dir`].
pub fn state_subdir(name: &str) -> Result<PathBuf> {
    private_dir(state_dir()?, &[name])
}

/// A folder for sockets and scripts of this login session: below `$XDG_RUNTIME_DIR/oriel`, or
/// below [`state_dir`] where that is not set. Made with mode 0700 if it is missing.
///
/// # Errors
/// As [`state_dir`].
pub(crate) fn runtime_subdir(name: &str) -> Result<PathBuf> {
    match std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(path) if path.is_absolute() => private_dir(path, &["oriel", name]),
        _ => state_subdir(name),
    }
}

/// A short path for a socket of a guest of this person's own libvirt, which lies in the folder of
/// this login session. `None` where there is no such folder, or its own path is too long.
pub(crate) fn guest_socket(uuid: uuid::Uuid, number: usize) -> Option<String> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let folder = folder
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| format!("/run/user/{}", own_uid()).into());
    if !folder.is_dir() {
        return None;
    }
    let id = uuid.simple().to_string();
    let path = folder.join(format!("oriel-{}-{number}.sock", &id[..12]));
    path.into_os_string()
        .into_string()
        .ok()
        .filter(|path| path.len() <= MAX_SOCKET_PATH)
}

/// A folder below `base`, each part of it made with mode 0700 if it is missing, and nobody else's.
fn private_dir(base: PathBuf, parts: &[&str]) -> Result<PathBuf> {
    make(&base)?;
    // Who may write to it may put another folder in the place of ours. A group may be the
    // person's own, and is trusted with what is not ours.
    check(&base, OTHERS_WRITE, own_uid())?;
    let mut path = base;
    for part in parts {
        path.push(part);
        make(&path)?;
        check(&path, GROUP_WRITES | OTHERS_WRITE, own_uid())?;
    }
    Ok(path)
}

fn make(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::io(error::file::CREATE, path))
}

/// Refuses a folder that is another account's or that others may write to, by these bits; also by
/// way of a link.
fn check(path: &Path, writers: u32, own: u32) -> Result<()> {
    let link = fs::symlink_metadata(path).map_err(Error::io(error::file::LOOK_AT, path))?;
    let folder = fs::metadata(path).map_err(Error::io(error::file::LOOK_AT, path))?;
    // Root can do everything anyway, and owns the folders above a person's.
    let foreign = |of: &Metadata| of.uid() != own && of.uid() != 0;
    let fix = if foreign(&link) || foreign(&folder) {
        FolderFix::Replace
    } else if folder.mode() & writers & !ignored(&folder, writers) != 0 {
        FolderFix::TakeRight
    } else {
        return Ok(());
    };
    Err(Error::UnsafeFolder {
        path: path.to_owned(),
        fix,
    })
}

/// The bits that do no harm: in a folder like `/tmp` nobody moves another's folder away. That is
/// about the folder above ours alone, where the group's bit is not looked at.
fn ignored(folder: &Metadata, writers: u32) -> u32 {
    if writers == OTHERS_WRITE && folder.mode() & STICKY != 0 {
        writers
    } else {
        0
    }
}

/// Writes a file so that a crash leaves either the old or the new content, never a part.
///
/// # Errors
/// [`Error::Io`] naming the file.
pub(crate) fn write_atomically(path: &std::path::Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;

    let fail = || Error::io(error::file::WRITE, path);
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        let base = tempfile::tempdir().unwrap();
        let ours = private_dir(base.path().to_owned(), &["oriel", "jobs"]).unwrap();
        assert_eq!(fs::metadata(&ours).unwrap().mode() & 0o777, 0o700);
        let usable = || private_dir(base.path().to_owned(), &["oriel", "jobs"]);
        for (part, bits) in [("oriel", 0o777), ("oriel/jobs", 0o770), ("oriel", 0o1777)] {
            let part = base.path().join(part);
            mode(&part, bits);
            let error = usable().unwrap_err();
            assert!(
                matches!(&error, Error::UnsafeFolder { path, .. } if *path == part),
                "{error:?}"
            );
            let next = error.next().window.unwrap().to_string();
            assert!(next.contains("chmod go-w"), "{next}");
            mode(&part, 0o755);
            assert!(usable().is_ok());
        }
    }

    #[test]
    fn a_folder_above_may_be_a_groups_or_like_tmp() {
        let base = tempfile::tempdir().unwrap();
        let usable = || private_dir(base.path().to_owned(), &["oriel"]);
        for (bits, fits) in [(0o777, false), (0o775, true), (0o1777, true)] {
            mode(base.path(), bits);
            assert_eq!(usable().is_ok(), fits, "{bits:o}");
        }
    }

    #[test]
    fn a_link_is_as_good_as_what_it_leads_to() {
        let base = tempfile::tempdir().unwrap();
        let elsewhere = base.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, base.path().join("oriel")).unwrap();
        let usable = || private_dir(base.path().to_owned(), &["oriel"]);
        mode(&elsewhere, 0o700);
        assert!(usable().is_ok());
        mode(&elsewhere, 0o777);
        assert!(matches!(usable(), Err(Error::UnsafeFolder { .. })));
    }

    #[test]
    fn a_folder_of_another_account_is_not_used() {
        let base = tempfile::tempdir().unwrap();
        let own = fs::metadata(base.path()).unwrap().uid();
        mode(base.path(), 0o700);
        assert!(check(base.path(), OTHERS_WRITE, own).is_ok());
        // Root's own is trusted by all, so it can be another's only where this is not root.
        assert_eq!(check(base.path(), OTHERS_WRITE, own + 1).is_ok(), own == 0);
        let error = Error::UnsafeFolder {
            path: "/a b".into(),
            fix: FolderFix::Replace,
        };
        let next = error.next().command.unwrap().to_string();
        assert!(next.contains("XDG_STATE_HOME"), "{next}");
    }
}
