// SPDX-License-Identifier: GPL-3.0-or-later
//! Tells when the kernel's files are written.
//!
//! libvirt has no event for most controls, but each write to their files can be seen by
//! inotify. When a control group goes, the kernel tells nothing at its files, nor at its own
//! folder, only at the folder above: so that one is watched, too. Owns the inotify handle;
//! reading the files again is the caller's.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use inotify::{EventMask, EventStream, Inotify, WatchDescriptor, WatchMask};

use super::CgroupError;

/// Watches files for writes. Files that are not there (any more) are left out.
///
/// Call it inside a tokio runtime.
///
/// # Errors
///
/// [`CgroupError::Watch`] if inotify refuses, for example for want of watches
/// (`fs.inotify.max_user_watches`).
pub fn watch(paths: impl IntoIterator<Item = PathBuf>) -> Result<Changes, CgroupError> {
    let inotify = Inotify::init().map_err(CgroupError::Watch)?;
    let mut watches = inotify.watches();
    let mut add = |path: &Path, mask| match watches.add(path, mask) {
        Ok(descriptor) => Ok(Some(descriptor)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CgroupError::Watch(error)),
    };
    let mut files = HashMap::new();
    let mut folders = HashMap::new();
    for path in paths {
        if let Some(above) = path.parent().and_then(Path::parent)
            && let Some(descriptor) = add(above, WatchMask::DELETE | WatchMask::ONLYDIR)?
        {
            folders.insert(descriptor, above.to_owned());
        }
        // The file comes second, so that its end can't be missed in between.
        if let Some(descriptor) = add(&path, WatchMask::MODIFY | WatchMask::DELETE_SELF)? {
            files.insert(descriptor, path);
        }
    }
    let events = inotify
        .into_event_stream(vec![0; 4096])
        .map_err(CgroupError::Watch)?;
    Ok(Changes {
        events,
        files,
        folders,
        pending: VecDeque::new(),
    })
}

/// The paths of files that were written, as it happens. Ends when the last file is gone, as
/// when the guest stops; also if inotify fails, for then there is nothing more to come.
#[derive(Debug)]
pub struct Changes {
    events: EventStream<Vec<u8>>,
    files: HashMap<WatchDescriptor, PathBuf>,
    /// The folders above the files' own.
    folders: HashMap<WatchDescriptor, PathBuf>,
    pending: VecDeque<PathBuf>,
}

impl Stream for Changes {
    type Item = PathBuf;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<PathBuf>> {
        loop {
            if let Some(path) = self.pending.pop_front() {
                return Poll::Ready(Some(path));
            }
            if self.files.is_empty() {
                return Poll::Ready(None);
            }
            let event = match Pin::new(&mut self.events).poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(event))) => event,
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(None),
            };
            if event.mask.contains(EventMask::Q_OVERFLOW) {
                // Events were lost, so any file may have changed or be gone.
                self.files.retain(|_, path| path.exists());
                let all: Vec<_> = self.files.values().cloned().collect();
                self.pending.extend(all);
            } else if let Some(above) = self.folders.get(&event.wd) {
                if let Some(name) = event
                    .name
                    .filter(|_| event.mask.contains(EventMask::DELETE))
                {
                    let gone = above.join(name);
                    self.files.retain(|_, path| path.parent() != Some(&gone));
                }
            } else if event
                .mask
                .intersects(EventMask::DELETE_SELF | EventMask::IGNORED)
            {
                self.files.remove(&event.wd);
            } else if let Some(path) = self.files.get(&event.wd) {
                return Poll::Ready(Some(path.clone()));
            }
        }
    }
}
