// SPDX-License-Identifier: GPL-3.0-or-later
//! One look at all monitors of the server.

use std::sync::Arc;

use x11rb::errors::ConnectionError;
use x11rb::protocol::randr::{ConnectionExt as _, MonitorInfo};
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _};

use super::property::{self, Owner, Small, there};
use super::{Trouble, X11};
use crate::monitor::area::Area;
use crate::monitor::edid::Edid;
use crate::monitor::policy::Session;
use crate::monitor::source::{Candidate, Source, SourceRefusal};
use crate::monitor::{Gamma, Output, atom_name};

/// What one look saw.
#[derive(Debug, Default)]
pub(in crate::monitor) struct Scan {
    pub(in crate::monitor) session: Session,
    /// In the server's order.
    pub(in crate::monitor) monitors: Vec<Seen>,
    pub(in crate::monitor) version: Option<String>,
}

/// A monitor, with what the server's properties hold for it.
#[derive(Debug, Clone, Default)]
pub(in crate::monitor) struct Seen {
    pub(in crate::monitor) name: String,
    pub(in crate::monitor) area: Area,
    pub(in crate::monitor) millimetres: (u32, u32),
    pub(in crate::monitor) primary: bool,
    pub(in crate::monitor) outputs: Vec<Output>,
    pub(in crate::monitor) candidates: Vec<Candidate>,
}

impl X11 {
    /// Looks at everything. What goes away meanwhile is left out: an event will tell.
    pub(in crate::monitor) fn scan(&mut self) -> Result<Scan, Trouble> {
        let mut monitors = self.monitors()?;
        let outputs: Vec<String> = monitors
            .iter()
            .flat_map(|it| it.outputs.iter().map(|output| output.name.clone()))
            .collect();
        let session = self.session(&outputs);
        for (index, monitor) in monitors.iter_mut().enumerate() {
            self.find_profiles(index, monitor)?;
            if session == Session::Xwayland {
                for candidate in &mut monitor.candidates {
                    candidate.found = Err(SourceRefusal::Unmaintained);
                }
            }
        }
        Ok(Scan {
            session,
            monitors,
            version: self.version()?,
        })
    }

    fn monitors(&self) -> Result<Vec<Seen>, Trouble> {
        let version = self.randr.unwrap_or_default();
        if version < (1, 5) {
            return Ok(vec![self.whole()]);
        }
        let list = self.connection.randr_get_monitors(self.root, true)?;
        let Some(list) = there(list.reply())? else {
            return Ok(Vec::new());
        };
        let mut monitors = Vec::with_capacity(list.monitors.len());
        for info in &list.monitors {
            monitors.push(self.monitor(info)?);
        }
        Ok(monitors)
    }

    /// A server without RandR 1.5 counts as one monitor.
    fn whole(&self) -> Seen {
        let [width, height, wide, high] = self.size;
        Seen {
            name: "screen".to_owned(),
            area: Area {
                x: 0,
                y: 0,
                width: width.into(),
                height: height.into(),
            },
            millimetres: (wide.into(), high.into()),
            primary: true,
            ..Seen::default()
        }
    }

    fn monitor(&self, info: &MonitorInfo) -> Result<Seen, Trouble> {
        let mut outputs = Vec::with_capacity(info.outputs.len());
        for output in &info.outputs {
            outputs.extend(self.output(*output)?);
        }
        Ok(Seen {
            name: self.atom_text(info.name)?,
            area: Area {
                x: info.x.into(),
                y: info.y.into(),
                width: info.width.into(),
                height: info.height.into(),
            },
            millimetres: (info.width_in_millimeters, info.height_in_millimeters),
            primary: info.primary,
            outputs,
            candidates: Vec::new(),
        })
    }

    fn output(&self, id: u32) -> Result<Option<Output>, Trouble> {
        // The time of the configuration that we know; 0 is any.
        let info = self.connection.randr_get_output_info(id, 0)?.reply();
        let Some(info) = there(info)? else {
            return Ok(None);
        };
        let edid = property::small(&self.connection, Owner::Output(id), self.edid)?;
        Ok(Some(Output {
            id,
            name: String::from_utf8_lossy(&info.name).into_owned(),
            edid: edid
                .filter(|edid| edid.format == 8)
                .and_then(|edid| Edid::parse(&edid.bytes))
                .map(Arc::new),
            gamma: self.gamma(info.crtc)?.map(Arc::new),
        }))
    }

    fn gamma(&self, crtc: u32) -> Result<Option<Gamma>, ConnectionError> {
        if crtc == x11rb::NONE {
            return Ok(None);
        }
        let ramps = there(self.connection.randr_get_crtc_gamma(crtc)?.reply())?;
        Ok(ramps
            .filter(|ramps| !ramps.red.is_empty())
            .map(|ramps| Gamma {
                red: ramps.red,
                green: ramps.green,
                blue: ramps.blue,
            }))
    }

    /// What the properties for a monitor hold, in the order of the look-up.
    fn find_profiles(&mut self, index: usize, monitor: &mut Seen) -> Result<(), Trouble> {
        let root = Owner::Root(self.root);
        let mut places: Vec<(Source, String, Owner, Atom)> = monitor
            .outputs
            .iter()
            .map(|output| {
                let place = format!("{}/_ICC_PROFILE", output.name);
                (Source::Output, place, Owner::Output(output.id), self.icc)
            })
            .collect();
        for (source, base) in [
            (Source::DeviceAtom, "_ICC_DEVICE_PROFILE"),
            (Source::RootAtom, "_ICC_PROFILE"),
        ] {
            let name = atom_name(base, index);
            if let Some(atom) = self.existing_atom(&name)? {
                places.push((source, name, root, atom));
            }
        }
        for (source, place, owner, atom) in places {
            let found = property::profile(&self.connection, owner, atom, &mut self.known)?;
            monitor.candidates.extend(found.map(|found| Candidate {
                source,
                place,
                found,
            }));
        }
        Ok(())
    }

    /// `_ICC_PROFILE_IN_X_VERSION`, whatever form it has.
    fn version(&self) -> Result<Option<String>, Trouble> {
        let Some(atom) = self.existing_atom("_ICC_PROFILE_IN_X_VERSION")? else {
            return Ok(None);
        };
        let found = property::small(&self.connection, Owner::Root(self.root), atom)?;
        Ok(found.and_then(|found| version_text(&found)))
    }

    /// The atom of a name that somebody has used already.
    fn existing_atom(&self, name: &str) -> Result<Option<Atom>, ConnectionError> {
        let reply = self.connection.intern_atom(true, name.as_bytes())?.reply();
        Ok(there(reply)?
            .map(|reply| reply.atom)
            .filter(|atom| *atom != x11rb::NONE))
    }

    fn atom_text(&self, atom: Atom) -> Result<String, ConnectionError> {
        let reply = there(self.connection.get_atom_name(atom)?.reply())?;
        Ok(reply.map_or_else(String::new, |reply| {
            String::from_utf8_lossy(&reply.name).into_owned()
        }))
    }
}

/// The version of the specification that the setter follows. It should be a text and is a
/// number in practice, of 8 or 32 bits: major times 100 plus minor.
fn version_text(found: &Small) -> Option<String> {
    let number = match (found.format, found.bytes.as_slice()) {
        (8, _) if found.kind == Atom::from(AtomEnum::STRING) => {
            let text = String::from_utf8_lossy(&found.bytes);
            return Some(text.trim_end_matches('\0').chars().take(32).collect());
        }
        (8, [number]) => u32::from(*number),
        (16, [one, two]) => u32::from(u16::from_ne_bytes([*one, *two])),
        (32, [one, two, three, four]) => u32::from_ne_bytes([*one, *two, *three, *four]),
        _ => return None,
    };
    Some(format!("{}.{}", number / 100, number % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(kind: AtomEnum, format: u8, bytes: &[u8]) -> Option<String> {
        version_text(&Small {
            kind: kind.into(),
            format,
            bytes: bytes.to_vec(),
        })
    }

    #[test]
    fn the_version_is_read_in_all_its_forms() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(version(AtomEnum::CARDINAL, 8, &[3]), some("0.3"));
        assert_eq!(version(AtomEnum::CARDINAL, 8, &[104]), some("1.4"));
        let wide = 4_u32.to_ne_bytes();
        assert_eq!(version(AtomEnum::CARDINAL, 32, &wide), some("0.4"));
        assert_eq!(version(AtomEnum::STRING, 8, b"0.4"), some("0.4"));
        assert_eq!(version(AtomEnum::CARDINAL, 8, &[1, 2]), None);
    }
}
