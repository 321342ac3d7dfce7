// SPDX-License-Identifier: GPL-3.0-or-later
//! How files of our own fail.

use std::path::Path;

use super::FolderFix;
use super::told::NextStep;
use crate::message::{Message, Text, mark, texts};
use crate::shown::{last_argument, shell_word};

texts! {
    /// What is said of files and folders.
    FILES;
    READ = "cant-read", mark("Could not read {path}: {words}.");
    WRITE = "cant-write", mark("Could not write {path}: {words}.");
    CREATE = "cant-create", mark("Could not create {path}: {words}.");
    OPEN = "cant-open", mark("Could not open {path}: {words}.");
    FIND = "cant-find", mark("Could not find {path}: {words}.");
    LOOK_AT = "cant-look-at", mark("Could not look at {path}: {words}.");
    LOCK = "cant-lock", mark("Could not lock {path}: {words}.");
    UNLOCK = "cant-unlock", mark("Could not unlock {path}: {words}.");
    REMOVE = "cant-remove", mark("Could not remove {path}: {words}.");
    UNSAFE_OWNER = "folder-of-another", mark("Oriel does not use the folder {path}, because it belongs to another account.");
    UNSAFE_RIGHTS = "folder-writable", mark("Oriel does not use the folder {path}, because other accounts can write to it, and so decide what Oriel removes.");
    RENAME_IT = "rename-folder", mark("Rename {path}, or set XDG_STATE_HOME to a folder of your own.");
    TAKE_RIGHT = "take-right", mark("Look whether its files are yours, then take the right away: {command}");
}

/// A file operation that failed. The system's words are in the person's language, where the
/// program has set it.
pub(super) fn message(doing: &'static Text, path: &Path, source: &std::io::Error) -> Message {
    doing
        .with("path", path.display().to_string())
        .with("words", source.to_string())
}

/// A folder that is not used.
pub(super) fn unsafe_folder(path: &Path, fix: FolderFix) -> Message {
    let text = match fix {
        FolderFix::TakeRight => UNSAFE_RIGHTS,
        FolderFix::Replace => UNSAFE_OWNER,
    };
    text.with("path", path.display().to_string())
}

pub(super) fn mend_folder(path: &Path, fix: FolderFix) -> NextStep {
    let path = path.to_string_lossy();
    NextStep::both(match fix {
        FolderFix::TakeRight => {
            TAKE_RIGHT.with("command", format!("chmod go-w {}", last_argument(&path)))
        }
        FolderFix::Replace => RENAME_IT.with("path", shell_word(&path).as_ref()),
    })
}
