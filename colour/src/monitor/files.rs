// SPDX-License-Identifier: GPL-3.0-or-later
//! Profiles in files, read again only when the file has changed.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::source::{self, SourceRefusal};
use crate::profile::{Profile, ReadError};

/// What tells one state of a file from another: device, inode, size, and time of change with
/// its nanoseconds.
type Stamp = (u64, u64, u64, i64, i64);

type Content = Result<Profile, SourceRefusal>;

/// Files that were read, with what was in them.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<PathBuf, (Stamp, Content)>);

impl Files {
    /// The profile in a file.
    pub(super) fn read(&mut self, path: &Path) -> Content {
        let unreadable = |error: &std::io::Error| SourceRefusal::File {
            why: error.to_string(),
        };
        let state = fs::metadata(path).map_err(|error| unreadable(&error))?;
        // A pipe or a device would never end, and a read from it could block.
        if !state.is_file() {
            return Err(SourceRefusal::File {
                why: "it is no regular file".to_owned(),
            });
        }
        let stamp = (
            state.dev(),
            state.ino(),
            state.size(),
            state.ctime(),
            state.ctime_nsec(),
        );
        if let Some((known, content)) = self.0.get(path)
            && *known == stamp
        {
            return content.clone();
        }
        let content = match Profile::from_file(path) {
            Ok(profile) => source::fit(profile),
            Err(ReadError::Refused(refusal)) => Err(refusal.into()),
            Err(ReadError::File(error)) => Err(unreadable(&error)),
        };
        self.0.insert(path.to_owned(), (stamp, content.clone()));
        content
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::standard;

    #[test]
    fn a_file_is_read_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("monitor.icc");
        let mut files = Files::default();
        assert!(matches!(files.read(&path), Err(SourceRefusal::File { .. })));
        fs::write(&path, standard::DISPLAY_P3.profile().unwrap().bytes()).unwrap();
        let first = files.read(&path).unwrap();
        assert_eq!(files.read(&path).unwrap(), first);
        let other = folder.path().join("other");
        fs::write(&other, Profile::srgb().bytes()).unwrap();
        fs::rename(&other, &path).unwrap();
        assert_eq!(files.read(&path).unwrap(), Profile::srgb());
        fs::write(&path, "junk").unwrap();
        assert!(matches!(files.read(&path), Err(SourceRefusal::Profile(_))));
        assert!(matches!(
            files.read(folder.path()),
            Err(SourceRefusal::File { .. })
        ));
    }
}
