// SPDX-License-Identifier: GPL-3.0-or-later
//! Asks a Wayland compositor which outputs it has, and whether it converts to their colours.
//!
//! A compositor with `wp_color_manager_v1` tells an image description of each output. Where
//! that is an ICC profile, or anything but sRGB, the compositor takes surfaces that say nothing
//! for sRGB and converts them; to do so here as well would do it twice. Without the protocol,
//! and where sRGB is told, values go through as they are. Outputs that come, go or change are
//! told by events.

mod description;
mod state;

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use wayland_client::backend::{ReadEventsGuard, WaylandError};
use wayland_client::{Connection, DispatchError, EventQueue};

use self::state::State;
use super::area::Area;
use super::policy::Compositor;
use super::watcher::readable;

/// A compositor that has said nothing for so long is not waited for any more.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the compositor says of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    /// Where it lies, in the compositor's space.
    pub(super) area: Area,
    /// Its size in millimetres.
    pub(super) millimetres: (u32, u32),
    /// What it does with surfaces that say nothing of their colours.
    pub(super) does: Compositor,
}

/// What is known of the compositor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Answer {
    /// It has not answered yet.
    #[default]
    Asking,
    /// Its outputs, by their connectors.
    Outputs(BTreeMap<String, Output>),
    /// It did not answer in time.
    Silent,
    /// It can't be talked to, or is gone.
    Gone(String),
}

impl Answer {
    /// What it does at a connector; at one that it did not name, what it does at all where
    /// they are alike. Nothing if it did not answer.
    pub(super) fn at(&self, connector: &str) -> Option<Compositor> {
        let Self::Outputs(outputs) = self else {
            return None;
        };
        if let Some(output) = outputs.get(connector) {
            return Some(output.does);
        }
        let mut all = outputs.values().map(|output| output.does);
        let first = all.next()?;
        if all.all(|other| other == first) {
            Some(first)
        } else {
            Some(Compositor::Unknown)
        }
    }
}

/// The socket of the session's compositor, by the environment.
pub(super) fn socket() -> Option<PathBuf> {
    let name = env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "wayland-0".into());
    if Path::new(&name).is_absolute() {
        return Some(name.into());
    }
    let folder = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty())?;
    Some(Path::new(&folder).join(name))
}

/// Listens to a compositor until it is gone, or until nobody wants to know.
pub(super) async fn follow(socket: Option<PathBuf>, tell: watch::Sender<Answer>) {
    let listened = async {
        let socket = socket.ok_or_else(|| io::Error::other("XDG_RUNTIME_DIR is not set"))?;
        listen(&socket, &tell).await
    };
    if let Err(error) = listened.await {
        tracing::debug!("the compositor: {error}");
        tell.send_replace(Answer::Gone(error.to_string()));
    }
}

async fn listen(socket: &Path, tell: &watch::Sender<Answer>) -> io::Result<()> {
    let socket = std::os::unix::net::UnixStream::connect(socket)?;
    // A duplicate, to wait at: the library reads by itself.
    let waiter = socket.try_clone()?;
    waiter.set_nonblocking(true)?;
    let waiter = UnixStream::from_std(waiter)?;
    let connection = Connection::from_socket(socket).map_err(io::Error::other)?;
    let mut queue = connection.new_event_queue();
    let mut state = State::new(&connection.display(), queue.handle());
    let patience = sleep_until(Instant::now() + PATIENCE);
    tokio::pin!(patience);
    let mut waiting = true;
    loop {
        read(&mut queue, &mut state)?;
        if let Some(outputs) = state.outputs() {
            waiting = false;
            let new = Answer::Outputs(outputs);
            tell.send_if_modified(|old| {
                let changed = *old != new;
                if changed {
                    *old = new;
                }
                changed
            });
        }
        connection.flush().map_err(broken)?;
        tokio::select! {
            () = readable(Some(&waiter)) => {}
            () = &mut patience, if waiting => {
                waiting = false;
                tell.send_replace(Answer::Silent);
            }
            () = tell.closed() => return Ok(()),
        }
    }
}

/// Reads and takes in all that has come.
fn read(queue: &mut EventQueue<State>, state: &mut State) -> io::Result<()> {
    loop {
        queue.dispatch_pending(state).map_err(lost)?;
        match queue.prepare_read().map(ReadEventsGuard::read) {
            Some(Err(WaylandError::Io(error))) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(());
            }
            Some(Err(error)) => return Err(broken(error)),
            Some(Ok(_)) | None => {}
        }
    }
}

fn lost(error: DispatchError) -> io::Error {
    match error {
        DispatchError::Backend(error) => broken(error),
        other @ DispatchError::BadMessage { .. } => io::Error::other(other),
    }
}

fn broken(error: WaylandError) -> io::Error {
    match error {
        WaylandError::Io(error) => error,
        other @ WaylandError::Protocol(_) => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(does: Compositor) -> Output {
        Output {
            area: Area::default(),
            millimetres: (0, 0),
            does,
        }
    }

    #[test]
    fn an_output_that_was_not_named_is_like_all_others_or_unknown() {
        let (converts, passes) = (Compositor::Converts, Compositor::PassesThrough);
        let mut outputs = BTreeMap::from([
            ("DP-1".to_owned(), output(converts)),
            ("DP-2".to_owned(), output(converts)),
        ]);
        let alike = Answer::Outputs(outputs.clone());
        assert_eq!(alike.at("DP-1"), Some(converts));
        assert_eq!(alike.at("DP-9"), Some(converts));
        outputs.insert("eDP-1".to_owned(), output(passes));
        let mixed = Answer::Outputs(outputs);
        assert_eq!(mixed.at("eDP-1"), Some(passes));
        assert_eq!(mixed.at("DP-9"), Some(Compositor::Unknown));
        assert_eq!(Answer::Silent.at("DP-1"), None);
    }
}
