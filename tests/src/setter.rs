// SPDX-License-Identifier: GPL-3.0-or-later
//! Setting what colour management reads from an X server: properties of the root window and of
//! outputs, and curves of the graphics card. Each call returns when the server has done it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests: what can't be done fails the test"
)]

use x11rb::connection::Connection as _;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, PropMode, Window};
use x11rb::rust_connection::RustConnection;

/// A connection to an X server.
#[derive(Debug)]
pub struct Setter {
    connection: RustConnection,
    root: Window,
}

/// A property's content.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// The name of its type.
    pub kind: &'a str,
    /// Bits of an item: 8, 16 or 32.
    pub format: u8,
    /// All items.
    pub bytes: &'a [u8],
}

impl<'a> Content<'a> {
    /// What a profile should be.
    pub fn profile(bytes: &'a [u8]) -> Self {
        Self {
            kind: "CARDINAL",
            format: 8,
            bytes,
        }
    }

    fn items(self) -> u32 {
        u32::try_from(self.bytes.len() / usize::from(self.format / 8)).unwrap()
    }
}

impl Setter {
    /// Connects.
    pub fn new(display: &str) -> Self {
        let (connection, screen) = x11rb::connect(Some(display)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self { connection, root }
    }

    /// Sets a property of the root window.
    #[track_caller]
    pub fn set_root(&self, name: &str, content: Content<'_>) {
        self.connection
            .change_property(
                PropMode::REPLACE,
                self.root,
                self.atom(name),
                self.atom(content.kind),
                content.format,
                content.items(),
                content.bytes,
            )
            .unwrap()
            .check()
            .unwrap();
    }

    /// Deletes a property of the root window.
    #[track_caller]
    pub fn delete_root(&self, name: &str) {
        self.connection
            .delete_property(self.root, self.atom(name))
            .unwrap()
            .check()
            .unwrap();
    }

    /// Sets a property of an output.
    #[track_caller]
    pub fn set_output(&self, output: &str, name: &str, content: Content<'_>) {
        self.connection
            .randr_change_output_property(
                self.output(output).0,
                self.atom(name),
                self.atom(content.kind),
                content.format,
                PropMode::REPLACE,
                content.items(),
                content.bytes,
            )
            .unwrap()
            .check()
            .unwrap();
    }

    /// Deletes a property of an output.
    #[track_caller]
    pub fn delete_output(&self, output: &str, name: &str) {
        self.connection
            .randr_delete_output_property(self.output(output).0, self.atom(name))
            .unwrap()
            .check()
            .unwrap();
    }

    /// Makes an output the primary one.
    #[track_caller]
    pub fn set_primary(&self, output: &str) {
        self.connection
            .randr_set_output_primary(self.root, self.output(output).0)
            .unwrap()
            .check()
            .unwrap();
    }

    /// Loads a curve into the graphics card for an output, for all channels: `value` of each
    /// entry's place from 0 to 1.
    #[track_caller]
    pub fn set_gamma(&self, output: &str, value: impl Fn(f64) -> f64) {
        let crtc = self.output(output).1;
        let size = self.connection.randr_get_crtc_gamma_size(crtc).unwrap();
        let size = size.reply().unwrap().size;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 65535"
        )]
        let ramp: Vec<u16> = (0..size)
            .map(|index| (value(f64::from(index) / f64::from(size - 1)) * 65535.0) as u16)
            .collect();
        self.connection
            .randr_set_crtc_gamma(crtc, &ramp, &ramp, &ramp)
            .unwrap()
            .check()
            .unwrap();
    }

    fn atom(&self, name: &str) -> Atom {
        if name == "CARDINAL" {
            return AtomEnum::CARDINAL.into();
        }
        let reply = self.connection.intern_atom(false, name.as_bytes());
        reply.unwrap().reply().unwrap().atom
    }

    /// The output of a name, and what drives it.
    #[track_caller]
    fn output(&self, name: &str) -> (u32, u32) {
        let all = self
            .connection
            .randr_get_screen_resources_current(self.root);
        for output in all.unwrap().reply().unwrap().outputs {
            let info = self.connection.randr_get_output_info(output, 0).unwrap();
            let info = info.reply().unwrap();
            if info.name == name.as_bytes() {
                return (output, info.crtc);
            }
        }
        panic!("there is no output {name}");
    }
}
