// SPDX-License-Identifier: GPL-3.0-or-later
//! Packets: four bytes of length, a header of 24 bytes, and a payload (libvirt's
//! `src/rpc/virnetprotocol.x`). Knows no socket: bytes go in, packets come out.

use std::collections::VecDeque;
use std::fmt;
use std::os::fd::OwnedFd;

use zeroize::{Zeroize as _, Zeroizing};

/// The program of all calls that every hypervisor has: `REMOTE_PROGRAM`.
pub const REMOTE_PROGRAM: u32 = 0x2000_8086;

/// Its version: `REMOTE_PROTOCOL_VERSION`.
pub const REMOTE_VERSION: u32 = 1;

/// The program that asks whether the other side is alive: `KEEPALIVE_PROGRAM`, version 1.
pub const KEEPALIVE_PROGRAM: u32 = 0x6b65_6570;

/// The bytes of the length, which counts itself: `VIR_NET_MESSAGE_LEN_MAX`.
pub const LENGTH_BYTES: usize = 4;

/// The bytes of a header: `VIR_NET_MESSAGE_HEADER_MAX`.
pub const HEADER_BYTES: usize = 24;

/// The longest packet: `VIR_NET_MESSAGE_MAX` and the length itself.
pub const MAX_PACKET: usize = 32 * 1024 * 1024 + LENGTH_BYTES;

/// The most file descriptors of a packet: `VIR_NET_MESSAGE_NUM_FDS_MAX`.
pub const MAX_FDS: usize = 32;

/// The most data of one packet of a stream that older clients take:
/// `VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX`.
pub const MAX_STREAM_DATA: usize = 262_120;

/// What a packet is: `virNetMessageType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A client asks.
    Call,
    /// A daemon answers.
    Reply,
    /// Either side tells.
    Message,
    /// Data of a stream, its end, or its failure.
    Stream,
    /// A client asks and hands over file descriptors.
    CallWithFds,
    /// A daemon answers and hands over file descriptors.
    ReplyWithFds,
    /// A hole in a stream's data.
    StreamHole,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Call,
        Self::Reply,
        Self::Message,
        Self::Stream,
        Self::CallWithFds,
        Self::ReplyWithFds,
        Self::StreamHole,
    ];

    /// Whether file descriptors follow after the packet.
    pub fn has_fds(self) -> bool {
        matches!(self, Self::CallWithFds | Self::ReplyWithFds)
    }
}

/// How it went: `virNetMessageStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Well. Of a stream: its end.
    Ok,
    /// Not; the payload is an error.
    Error,
    /// Data of a stream follow; none at all are the end of what is read.
    Continue,
}

impl Status {
    const ALL: [Self; 3] = [Self::Ok, Self::Error, Self::Continue];
}

/// What a packet begins with: `virNetMessageHeader`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The program that the procedure is of.
    pub program: u32,
    /// Its version.
    pub version: u32,
    /// The procedure's number.
    pub procedure: i32,
    /// What the packet is.
    pub kind: Kind,
    /// The call's number, which its answer and its stream repeat.
    pub serial: u32,
    /// How it went.
    pub status: Status,
}

impl Header {
    /// The header of an answer to a packet with this one.
    #[must_use]
    pub fn answered(self, kind: Kind, status: Status) -> Self {
        Self {
            kind,
            status,
            ..self
        }
    }

    fn read(bytes: &[u8; HEADER_BYTES]) -> Result<Self, FrameError> {
        let word = |at: usize| {
            let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            u32::from_be_bytes(bytes)
        };
        let kind = word(12);
        let status = word(20);
        Ok(Self {
            program: word(0),
            version: word(4),
            procedure: word(8).cast_signed(),
            kind: *at(&Kind::ALL, kind).ok_or(FrameError::Kind(kind))?,
            serial: word(16),
            status: *at(&Status::ALL, status).ok_or(FrameError::Status(status))?,
        })
    }

    fn bytes(self) -> [u8; HEADER_BYTES] {
        let words = [
            self.program,
            self.version,
            self.procedure.cast_unsigned(),
            self.kind as u32,
            self.serial,
            self.status as u32,
        ];
        let mut bytes = [0; HEADER_BYTES];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }
}

fn at<T>(all: &[T], index: u32) -> Option<&T> {
    all.get(usize::try_from(index).ok()?)
}

/// A packet.
pub struct Packet {
    /// What it is.
    pub header: Header,
    /// What it says, in XDR; of a stream, the data themselves.
    pub payload: Zeroizing<Vec<u8>>,
    /// What was handed over with it.
    pub fds: Vec<OwnedFd>,
}

/// A payload may be a passphrase.
impl fmt::Debug for Packet {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Packet")
            .field("header", &self.header)
            .field("bytes", &self.payload.len())
            .field("fds", &self.fds)
            .finish()
    }
}

/// What no packet can be. The connection is ended then, since nobody knows where the next begins.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length below the header's or above [`MAX_PACKET`].
    #[error("a packet of {0} bytes")]
    Length(usize),
    /// No [`Kind`].
    #[error("{0} is no kind of packet")]
    Kind(u32),
    /// No [`Status`].
    #[error("{0} is no status")]
    Status(u32),
    /// More than [`MAX_FDS`] file descriptors, or more than were promised.
    #[error("{0} file descriptors")]
    Fds(usize),
}

/// The bytes of a packet, without its file descriptors, each of which follows with one more byte.
///
/// # Errors
///
/// [`FrameError::Length`] or [`FrameError::Fds`] where the packet would be too long or hands over
/// too many.
pub fn encode(header: Header, payload: &[u8], fds: usize) -> Result<Vec<u8>, FrameError> {
    if fds > MAX_FDS {
        return Err(FrameError::Fds(fds));
    }
    let count = u32::try_from(fds).map_err(|_| FrameError::Fds(fds))?;
    let count_bytes = count.to_be_bytes();
    let count: &[u8] = if header.kind.has_fds() {
        &count_bytes
    } else {
        &[]
    };
    let whole = LENGTH_BYTES + HEADER_BYTES + count.len() + payload.len();
    let length = u32::try_from(whole).map_err(|_| FrameError::Length(whole))?;
    if whole > MAX_PACKET {
        return Err(FrameError::Length(whole));
    }
    let mut bytes = Vec::with_capacity(whole);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&header.bytes());
    bytes.extend_from_slice(count);
    bytes.extend_from_slice(payload);
    Ok(bytes)
}

/// Puts packets together out of what comes in. What it has taken out is wiped.
#[derive(Default)]
pub struct Assembler {
    bytes: Zeroizing<Vec<u8>>,
    fds: VecDeque<OwnedFd>,
    /// A packet that waits for its file descriptors, and how many.
    waiting: Option<(Packet, usize)>,
}

impl fmt::Debug for Assembler {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Assembler")
            .field("bytes", &self.bytes.len())
            .field("fds", &self.fds)
            .field("waiting", &self.waiting)
            .finish()
    }
}

impl Assembler {
    /// Takes what came in. File descriptors come with the bytes that stand for them.
    ///
    /// # Errors
    ///
    /// [`FrameError::Fds`] where more are handed over than a packet can have.
    pub fn push(
        &mut self,
        bytes: &[u8],
        fds: impl IntoIterator<Item = OwnedFd>,
    ) -> Result<(), FrameError> {
        if self.bytes.capacity() - self.bytes.len() < bytes.len() {
            // Growing would leave the old place as it is.
            let room = (self.bytes.len() + bytes.len()) * 2;
            let mut larger = Zeroizing::new(Vec::with_capacity(room));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(bytes);
        self.fds.extend(fds);
        match self.fds.len() {
            count if count > MAX_FDS => Err(FrameError::Fds(count)),
            _ => Ok(()),
        }
    }

    /// The next packet, as soon as all of it is there.
    ///
    /// # Errors
    ///
    /// [`FrameError`]; what follows makes no sense then.
    #[allow(
        clippy::should_implement_trait,
        reason = "an iterator that ends may be asked no more; this one goes on with more bytes"
    )]
    pub fn next(&mut self) -> Result<Option<Packet>, FrameError> {
        if self.waiting.is_none() {
            let Some(packet) = self.take()? else {
                return Ok(None);
            };
            if !packet.0.header.kind.has_fds() {
                return Ok(Some(packet.0));
            }
            self.waiting = Some(packet);
        }
        let Some(count) = self.waiting.as_ref().map(|(_, count)| *count) else {
            return Ok(None);
        };
        if self.bytes.len() < count || self.fds.len() < count {
            return Ok(None);
        }
        // Each is sent with a byte of its own, which says nothing.
        self.discard(count);
        let fds: Vec<_> = self.fds.drain(..count).collect();
        Ok(self
            .waiting
            .take()
            .map(|(packet, _)| Packet { fds, ..packet }))
    }

    /// Forgets bytes at the beginning.
    fn discard(&mut self, count: usize) {
        let left = self.bytes.len() - count;
        self.bytes.copy_within(count.., 0);
        self.bytes[left..].zeroize();
        self.bytes.truncate(left);
    }

    /// The bytes of a packet, and how many file descriptors follow.
    fn take(&mut self) -> Result<Option<(Packet, usize)>, FrameError> {
        let Some(length) = self.bytes.first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let whole = u32::from_be_bytes(*length) as usize;
        if !(LENGTH_BYTES + HEADER_BYTES..=MAX_PACKET).contains(&whole) {
            return Err(FrameError::Length(whole));
        }
        if self.bytes.len() < whole {
            return Ok(None);
        }
        let taken = &self.bytes[LENGTH_BYTES..whole];
        let Some((header, payload)) = taken.split_first_chunk() else {
            return Err(FrameError::Length(whole));
        };
        let header = Header::read(header)?;
        let mut payload = Zeroizing::new(payload.to_vec());
        self.discard(whole);
        let mut count = 0;
        if header.kind.has_fds() {
            let Some(word) = payload.first_chunk::<4>() else {
                return Err(FrameError::Length(whole));
            };
            count = u32::from_be_bytes(*word) as usize;
            if count > MAX_FDS {
                return Err(FrameError::Fds(count));
            }
            payload.drain(..4);
        }
        let packet = Packet {
            header,
            payload,
            fds: Vec::new(),
        };
        Ok(Some((packet, count)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: Header = Header {
        program: REMOTE_PROGRAM,
        version: REMOTE_VERSION,
        procedure: 66,
        kind: Kind::Call,
        serial: 5,
        status: Status::Ok,
    };

    fn null() -> OwnedFd {
        std::fs::File::open("/dev/null").unwrap().into()
    }

    #[test]
    fn a_packet_has_its_length_and_six_words_first() {
        let bytes = encode(HEADER, b"abcd", 0).unwrap();
        let expected = [
            [0, 0, 0, 32],
            [0x20, 0, 0x80, 0x86],
            [0, 0, 0, 1],
            [0, 0, 0, 66],
            [0, 0, 0, 0],
            [0, 0, 0, 5],
            [0, 0, 0, 0],
            *b"abcd",
        ];
        assert_eq!(bytes, expected.concat());
    }

    #[test]
    fn packets_come_out_wherever_their_bytes_are_cut() {
        let bytes = [
            encode(HEADER, b"abcd", 0).unwrap(),
            encode(HEADER, b"", 0).unwrap(),
        ]
        .concat();
        for size in 1..bytes.len() {
            let mut assembler = Assembler::default();
            let mut found = Vec::new();
            for part in bytes.chunks(size) {
                assembler.push(part, []).unwrap();
                while let Some(packet) = assembler.next().unwrap() {
                    found.push(packet.payload.to_vec());
                }
            }
            assert_eq!(found, [b"abcd".to_vec(), Vec::new()], "in parts of {size}");
        }
    }

    #[test]
    fn lengths_that_no_packet_has_are_refused_at_once() {
        for length in [0, 4, 27, 33_554_437, u32::MAX] {
            let mut assembler = Assembler::default();
            assembler.push(&length.to_be_bytes(), []).unwrap();
            let error = assembler.next().unwrap_err();
            assert_eq!(error, FrameError::Length(length as usize));
        }
    }

    #[test]
    fn kinds_and_statuses_that_are_none_are_refused() {
        for (at, expected) in [(16, FrameError::Kind(9)), (24, FrameError::Status(9))] {
            let mut bytes = encode(HEADER, b"", 0).unwrap();
            bytes[at + 3] = 9;
            let mut assembler = Assembler::default();
            assembler.push(&bytes, []).unwrap();
            assert_eq!(assembler.next().unwrap_err(), expected);
        }
    }

    #[test]
    fn a_packet_waits_for_what_is_handed_over_with_it() {
        let header = Header {
            kind: Kind::CallWithFds,
            ..HEADER
        };
        let mut assembler = Assembler::default();
        let bytes = encode(header, b"abcd", 2).unwrap();
        assembler.push(&bytes, []).unwrap();
        assert!(assembler.next().unwrap().is_none());
        assembler.push(&[0], [null()]).unwrap();
        assert!(assembler.next().unwrap().is_none());
        assembler.push(&[0], [null()]).unwrap();
        let packet = assembler.next().unwrap().unwrap();
        assert_eq!(
            (packet.payload.as_slice(), packet.fds.len()),
            (&b"abcd"[..], 2)
        );
        assembler
            .push(&encode(HEADER, b"", 0).unwrap(), [])
            .unwrap();
        assert!(assembler.next().unwrap().is_some());
    }

    #[test]
    fn nobody_hands_over_more_than_a_packet_can_have() {
        let header = Header {
            kind: Kind::CallWithFds,
            ..HEADER
        };
        assert_eq!(encode(header, b"", 33), Err(FrameError::Fds(33)));
        let mut bytes = encode(header, b"", 1).unwrap();
        bytes[31] = 33;
        let mut assembler = Assembler::default();
        assembler.push(&bytes, []).unwrap();
        assert_eq!(assembler.next().unwrap_err(), FrameError::Fds(33));
        let mut assembler = Assembler::default();
        let many = (0..33).map(|_| null());
        assert_eq!(assembler.push(&[], many), Err(FrameError::Fds(33)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_packets_or_an_error(bytes: Vec<u8>) {
            let mut assembler = Assembler::default();
            assembler.push(&bytes, []).unwrap();
            while let Ok(Some(_)) = assembler.next() {}
        }
    }
}
