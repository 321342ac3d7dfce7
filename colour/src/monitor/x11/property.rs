// SPDX-License-Identifier: GPL-3.0-or-later
//! Reading a property of the root window or of an output: first how large it is, then what it
//! holds, and of a profile only where type, format and size are right (ICC Profiles in X 0.4).

use std::collections::HashMap;

use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::super::source::{self, SourceRefusal};
use crate::profile::{MAX_SIZE, Profile};

/// How often a property that changes while it is read is read again.
const TRIES: u32 = 3;

/// The most of a property that is no profile, in bytes: an EDID has 256 blocks at most.
const SMALL: u32 = 256 * 128;

/// Whose property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    Root(Window),
    Output(u32),
}

/// What a reading gives.
#[derive(Debug)]
struct Reply {
    kind: Atom,
    format: u8,
    /// Bytes that were not read.
    left: u32,
    bytes: Vec<u8>,
}

/// A small property, whole.
#[derive(Debug)]
pub(super) struct Small {
    pub(super) kind: Atom,
    pub(super) format: u8,
    pub(super) bytes: Vec<u8>,
}

/// Profiles by the place where they were found, so that one that did not change is neither
/// hashed nor checked again.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<(Owner, Atom), Profile>);

/// Reads; `None` where the property or its owner does not exist. `length` counts 32-bit units.
fn read(
    connection: &RustConnection,
    owner: Owner,
    property: Atom,
    length: u32,
) -> Result<Option<Reply>, ConnectionError> {
    let any = AtomEnum::ANY;
    let reply = match owner {
        Owner::Root(window) => connection
            .get_property(false, window, property, any, 0, length)?
            .reply()
            .map(|it| Reply {
                kind: it.type_,
                format: it.format,
                left: it.bytes_after,
                bytes: it.value,
            }),
        Owner::Output(output) => connection
            .randr_get_output_property(output, property, any, 0, length, false, false)?
            .reply()
            .map(|it| Reply {
                kind: it.type_,
                format: it.format,
                left: it.bytes_after,
                bytes: it.data,
            }),
    };
    Ok(there(reply)?.filter(|reply| reply.kind != x11rb::NONE))
}

/// An output that went away, or an atom that the server refuses, is as good as none: the event
/// that tells of it is on its way.
pub(super) fn there<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ConnectionError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(error)) => Err(error),
    }
}

/// A property that is no profile; `None` where there is none, or it is larger than anything
/// that it could be.
pub(super) fn small(
    connection: &RustConnection,
    owner: Owner,
    property: Atom,
) -> Result<Option<Small>, ConnectionError> {
    let reply = read(connection, owner, property, SMALL / 4)?;
    Ok(reply.filter(|reply| reply.left == 0).map(|reply| Small {
        kind: reply.kind,
        format: reply.format,
        bytes: reply.bytes,
    }))
}

/// A property that should be a profile; `None` where there is none.
pub(super) fn profile(
    connection: &RustConnection,
    owner: Owner,
    property: Atom,
    known: &mut Known,
) -> Result<Option<Result<Profile, SourceRefusal>>, ConnectionError> {
    for _ in 0..TRIES {
        let Some(size) = read(connection, owner, property, 0)? else {
            known.0.remove(&(owner, property));
            return Ok(None);
        };
        if let Err(refusal) = check_size(connection, &size)? {
            return Ok(Some(Err(refusal)));
        }
        let Some(content) = read(connection, owner, property, size.left.div_ceil(4))? else {
            continue;
        };
        let same = content.kind == size.kind && content.format == size.format;
        let whole = content.left == 0 && u32::try_from(content.bytes.len()) == Ok(size.left);
        if same && whole {
            return Ok(Some(known.take((owner, property), content.bytes)));
        }
    }
    Ok(Some(Err(SourceRefusal::Unsteady)))
}

/// What is wrong with a property before its content is seen.
fn check_size(
    connection: &RustConnection,
    size: &Reply,
) -> Result<Result<(), SourceRefusal>, ConnectionError> {
    if size.kind != Atom::from(AtomEnum::CARDINAL) {
        let name = there(connection.get_atom_name(size.kind)?.reply())?;
        let found = name.map_or_else(
            || size.kind.to_string(),
            |name| String::from_utf8_lossy(&name.name).into_owned(),
        );
        return Ok(Err(SourceRefusal::Type { found }));
    }
    if size.format != 8 {
        return Ok(Err(SourceRefusal::Format { bits: size.format }));
    }
    if size.left == 0 {
        return Ok(Err(SourceRefusal::Empty));
    }
    if usize::try_from(size.left).map_or(true, |size| size > MAX_SIZE) {
        let size = u64::from(size.left);
        return Ok(Err(SourceRefusal::TooLarge { size }));
    }
    Ok(Ok(()))
}

impl Known {
    fn take(&mut self, place: (Owner, Atom), bytes: Vec<u8>) -> Result<Profile, SourceRefusal> {
        if let Some(profile) = self.0.get(&place)
            && profile.bytes() == bytes
        {
            return Ok(profile.clone());
        }
        let found = source::check(bytes);
        match &found {
            Ok(profile) => self.0.insert(place, profile.clone()),
            Err(_) => self.0.remove(&place),
        };
        found
    }
}

/// The socket of a connection, to be waited at.
pub(super) fn socket(connection: &RustConnection) -> std::io::Result<std::os::fd::OwnedFd> {
    use std::os::fd::AsFd as _;
    connection.flush().map_err(std::io::Error::other)?;
    connection.stream().as_fd().try_clone_to_owned()
}
