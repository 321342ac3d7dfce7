// SPDX-License-Identifier: GPL-3.0-or-later
//! Where a window of ours is, on X11.
//!
//! Toolkits tell when a window enters a monitor or leaves one, but not when the larger part of it
//! is on another one. The server tells: any client may ask for the structure events of any
//! window, and those that a window manager sends for moved windows (ICCCM, 4.1.5) come as well.

use std::thread;

use tokio::sync::watch;
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window,
};
use x11rb::rust_connection::RustConnection;

use super::Area;

/// Follows a window of the X server `display` (`None` for that of `DISPLAY`) on a thread of its
/// own, until the window is gone. The channel has `None` until the place is known; it is closed
/// once nobody looks any more: when the window is gone, or the server.
///
/// What a window draws around itself for its shadow (`_GTK_FRAME_EXTENTS`) is not part of it.
pub fn follow_window(display: Option<String>, window: u32) -> watch::Receiver<Option<Area>> {
    let (sender, receiver) = watch::channel(None);
    let run = move || {
        if let Err(error) = follow(display.as_deref(), window, &sender) {
            tracing::debug!("the window's place is no longer known: {error}");
        }
    };
    // Without a thread the place stays unknown, which is what the channel says.
    let _ = thread::Builder::new().name("window".to_owned()).spawn(run);
    receiver
}

fn follow(
    display: Option<&str>,
    window: Window,
    out: &watch::Sender<Option<Area>>,
) -> Result<(), ReplyOrIdError> {
    let (connection, _) = x11rb::connect(display).map_err(|error| match error {
        x11rb::errors::ConnectError::IoError(error) => {
            ReplyOrIdError::ConnectionError(error.into())
        }
        _ => ReplyOrIdError::ConnectionError(x11rb::errors::ConnectionError::UnknownError),
    })?;
    let wish = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
    connection
        .change_window_attributes(window, &wish)?
        .check()?;
    let extents = connection
        .intern_atom(false, b"_GTK_FRAME_EXTENTS")?
        .reply()?
        .atom;
    loop {
        let area = place(&connection, window, extents)?;
        out.send_if_modified(|old| {
            let changed = *old != Some(area);
            *old = Some(area);
            changed
        });
        // Several events of one move are one move.
        let mut event = Some(connection.wait_for_event()?);
        while let Some(now) = event {
            if out.is_closed() || matches!(now, Event::DestroyNotify(it) if it.window == window) {
                return Ok(());
            }
            event = connection.poll_for_event()?;
        }
    }
}

fn place(
    connection: &RustConnection,
    window: Window,
    extents: u32,
) -> Result<Area, ReplyOrIdError> {
    let geometry = connection.get_geometry(window)?;
    let extents = connection.get_property(false, window, extents, AtomEnum::CARDINAL, 0, 4)?;
    let geometry = geometry.reply()?;
    let origin = connection
        .translate_coordinates(window, geometry.root, 0, 0)?
        .reply()?;
    let around: Vec<u32> = extents
        .reply()?
        .value32()
        .map(Iterator::collect)
        .unwrap_or_default();
    // Left, right, top, bottom.
    let part = |index: usize| around.get(index).copied().unwrap_or(0);
    let signed = |value: u32| i32::try_from(value).unwrap_or(0);
    Ok(Area {
        x: i32::from(origin.dst_x) + signed(part(0)),
        y: i32::from(origin.dst_y) + signed(part(2)),
        width: u32::from(geometry.width).saturating_sub(part(0) + part(1)),
        height: u32::from(geometry.height).saturating_sub(part(2) + part(3)),
    })
}
