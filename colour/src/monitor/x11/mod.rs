// SPDX-License-Identifier: GPL-3.0-or-later
//! What the X server knows: monitors by RandR, profiles in its properties, and events.
//!
//! Owns a connection of its own. Every call blocks until the server answers, so this lives on
//! the watcher's thread. It decides nothing; that is [`super::source`]'s and [`super::policy`]'s.

mod property;
mod scan;

use std::collections::HashMap;
use std::os::fd::OwnedFd;

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::randr::{self, ConnectionExt as _, Notify, NotifyMask};
use x11rb::protocol::xproto::{
    Atom, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window,
};
use x11rb::rust_connection::RustConnection;

use self::property::Known;
pub(super) use self::scan::{Scan, Seen};
use super::policy::Session;

/// The beginning of the names of all properties that this module reads from the root window.
const OURS: &[u8] = b"_ICC_";

/// Why the X server can't be asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("there is no X server to talk to: {0}")]
    Connect(#[from] ConnectError),
    #[error("the X server is gone: {0}")]
    Lost(#[from] ConnectionError),
    #[error("the X server refused a request: {0}")]
    Refused(#[from] ReplyError),
    #[error("the X server has no screen")]
    NoScreen,
}

/// A connection to an X server.
#[derive(Debug)]
pub(super) struct X11 {
    connection: RustConnection,
    root: Window,
    /// The server's size in pixels and millimetres, for servers without RandR.
    size: [u16; 4],
    /// The RandR protocol's version, where there is one.
    randr: Option<(u32, u32)>,
    xwayland: bool,
    /// Whether a property of the root window is of interest, by its name.
    relevant: HashMap<Atom, bool>,
    edid: Atom,
    icc: Atom,
    known: Known,
}

impl X11 {
    /// Connects, and asks for every event of interest before anything is read.
    pub(super) fn open(display: Option<&str>) -> Result<Self, Trouble> {
        let (connection, number) = x11rb::connect(display)?;
        let screen = connection.setup().roots.get(number);
        let screen = screen.ok_or(Trouble::NoScreen)?;
        let root = screen.root;
        let size = [
            screen.width_in_pixels,
            screen.height_in_pixels,
            screen.width_in_millimeters,
            screen.height_in_millimeters,
        ];
        let xwayland = connection.query_extension(b"XWAYLAND")?.reply()?.present;
        let extension = connection.extension_information(randr::X11_EXTENSION_NAME)?;
        let randr = if extension.is_some() {
            let version = connection.randr_query_version(1, 5)?.reply()?;
            Some((version.major_version, version.minor_version))
        } else {
            None
        };
        let events = EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY;
        let wish = ChangeWindowAttributesAux::new().event_mask(events);
        connection.change_window_attributes(root, &wish)?.check()?;
        if randr.is_some_and(|version| version >= (1, 2)) {
            let mask = NotifyMask::SCREEN_CHANGE
                | NotifyMask::CRTC_CHANGE
                | NotifyMask::OUTPUT_CHANGE
                | NotifyMask::OUTPUT_PROPERTY;
            connection.randr_select_input(root, mask)?.check()?;
        }
        let atom = |name: &[u8]| connection.intern_atom(false, name);
        let (edid, icc) = (atom(b"EDID")?, atom(b"_ICC_PROFILE")?);
        let (edid, icc) = (edid.reply()?.atom, icc.reply()?.atom);
        Ok(Self {
            connection,
            root,
            size,
            randr,
            xwayland,
            relevant: HashMap::new(),
            edid,
            icc,
            known: Known::default(),
        })
    }

    /// The socket, to wait at for events. Events that have been read while an answer was awaited
    /// do not show there: [`Self::take_events`] first.
    pub(super) fn socket(&self) -> std::io::Result<OwnedFd> {
        property::socket(&self.connection)
    }

    /// Takes all events that are there, and tells whether one of them may change anything.
    pub(super) fn take_events(&mut self) -> Result<bool, Trouble> {
        let mut changed = false;
        while let Some(event) = self.connection.poll_for_event()? {
            changed |= self.matters(&event)?;
        }
        Ok(changed)
    }

    fn matters(&mut self, event: &Event) -> Result<bool, Trouble> {
        Ok(match event {
            Event::PropertyNotify(event) => {
                event.window == self.root && self.is_ours(event.atom)?
            }
            // Without RandR this is how a server's size changes.
            Event::ConfigureNotify(event) if event.window == self.root => {
                self.size[0] = event.width;
                self.size[1] = event.height;
                true
            }
            Event::RandrNotify(event) if event.sub_code == Notify::OUTPUT_PROPERTY => {
                let atom = event.u.as_op().atom;
                atom == self.edid || atom == self.icc
            }
            Event::RandrNotify(_) | Event::RandrScreenChangeNotify(_) => true,
            _ => false,
        })
    }

    /// Window managers change properties of the root window all the time.
    fn is_ours(&mut self, atom: Atom) -> Result<bool, Trouble> {
        if let Some(known) = self.relevant.get(&atom) {
            return Ok(*known);
        }
        let name = property::there(self.connection.get_atom_name(atom)?.reply())?;
        let ours = name.is_some_and(|name| name.name.starts_with(OURS));
        self.relevant.insert(atom, ours);
        Ok(ours)
    }

    /// The kind of session, as far as the server itself tells.
    fn session(&self, outputs: &[String]) -> Session {
        let virtual_output = |name: &String| name.starts_with("XWAYLAND");
        if self.xwayland || outputs.iter().any(virtual_output) {
            Session::Xwayland
        } else {
            Session::X11
        }
    }
}
