// SPDX-License-Identifier: GPL-3.0-or-later
//! Connections: calls come in one after the other, and are answered in any order.
//!
//! A connection reads in [`Calls`] and writes in a task of its own, which [`Peer`]s hand their
//! packets to, so that a call that takes long delays no other and no event. Keepalive is answered
//! here, whatever else goes on.

use std::fmt;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::RemoteError;
use crate::event::Event;
use crate::frame::{
    self, Assembler, Header, KEEPALIVE_PROGRAM, Kind, MAX_STREAM_DATA, Packet, REMOTE_PROGRAM,
    REMOTE_VERSION, Status,
};
use crate::procedure::Procedure;
use crate::socket;
use crate::xdr::{self, XdrError};

/// Packets that may wait for a client that does not read.
const WAITING: usize = 256;

/// What is read at once.
const CHUNK: usize = 64 * 1024;

/// `KEEPALIVE_PROC_PING` and `KEEPALIVE_PROC_PONG`.
const PING: i32 = 1;
const PONG: i32 = 2;

/// Where clients come in.
#[derive(Debug)]
pub struct Listener(UnixListener);

impl Listener {
    /// Listens at a path that nothing is at yet. Call it in a tokio runtime.
    ///
    /// # Errors
    ///
    /// That of `bind(2)`.
    pub fn bind(path: &Path) -> std::io::Result<Self> {
        UnixListener::bind(path).map(Self)
    }

    /// The next client.
    ///
    /// # Errors
    ///
    /// That of `accept(2)`.
    pub async fn accept(&self) -> std::io::Result<Calls> {
        let (stream, _) = self.0.accept().await?;
        Ok(Calls::of(stream))
    }
}

/// What a client sends.
#[derive(Debug)]
pub enum Incoming {
    /// It asks.
    Call(Call),
    /// It sends data of a stream, ends it, or gives it up.
    Stream(StreamPacket),
}

/// What a client sends by a stream.
pub struct StreamPacket {
    header: Header,
    data: Zeroizing<Vec<u8>>,
    peer: Peer,
}

/// A console's data may be a passphrase.
impl fmt::Debug for StreamPacket {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("StreamPacket")
            .field("header", &self.header)
            .field("bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

impl StreamPacket {
    /// The call that the stream belongs to.
    pub fn serial(&self) -> u32 {
        self.header.serial
    }

    /// [`Status::Continue`] for data, [`Status::Ok`] at the end, [`Status::Error`] to give it up.
    pub fn status(&self) -> Status {
        self.header.status
    }

    /// The data.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The sending side of the same stream.
    pub fn stream(&self) -> Stream {
        Stream {
            header: self.header,
            peer: self.peer.clone(),
        }
    }
}

/// What comes in from one client.
pub struct Calls {
    stream: Arc<UnixStream>,
    peer: Peer,
    assembler: Assembler,
    buffer: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Calls {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Calls")
            .field("stream", &self.stream)
            .field("assembler", &self.assembler)
            .finish_non_exhaustive()
    }
}

impl Calls {
    /// Serves a connection.
    pub fn of(stream: UnixStream) -> Self {
        let stream = Arc::new(stream);
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(write(stream.clone(), receiver));
        let peer = Peer {
            sender,
            stream: stream.clone(),
        };
        Self {
            stream,
            peer,
            assembler: Assembler::default(),
            buffer: vec![0; CHUNK].into(),
        }
    }

    /// The way to the client.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The account and the process at the other end.
    ///
    /// # Errors
    ///
    /// That of `getsockopt(2)`.
    pub fn credentials(&self) -> std::io::Result<tokio::net::unix::UCred> {
        self.stream.peer_cred()
    }

    /// What comes next; nothing when the client has gone or sends what no packet can be.
    pub async fn next(&mut self) -> Option<Incoming> {
        loop {
            let packet = match self.assembler.next() {
                Ok(Some(packet)) => packet,
                Ok(None) if self.read().await.is_some() => continue,
                // Nobody knows where a packet begins after one that is none.
                Ok(None) | Err(_) => {
                    self.peer.hang_up();
                    return None;
                }
            };
            if let Some(incoming) = self.sort(packet).await {
                return Some(incoming);
            }
        }
    }

    /// More bytes; nothing at the end.
    async fn read(&mut self) -> Option<()> {
        let mut fds = Vec::new();
        let read = socket::receive(&self.stream, &mut self.buffer, &mut fds).await;
        let count = read.ok().filter(|count| *count > 0)?;
        let pushed = self.assembler.push(&self.buffer[..count], fds);
        self.buffer[..count].zeroize();
        pushed.ok()
    }

    /// What of a packet is the caller's.
    async fn sort(&self, packet: Packet) -> Option<Incoming> {
        let header = packet.header;
        if header.program == KEEPALIVE_PROGRAM {
            if header.procedure == PING {
                let pong = Header {
                    procedure: PONG,
                    ..header
                };
                let _ = self.peer.send(pong, &[], Vec::new()).await;
            }
            return None;
        }
        match header.kind {
            Kind::Call | Kind::CallWithFds => {
                let call = Call {
                    header,
                    args: packet.payload,
                    fds: packet.fds,
                    peer: self.peer.clone(),
                };
                if header.program != REMOTE_PROGRAM || header.version != REMOTE_VERSION {
                    let _ = call.fail(&no_program(header)).await;
                    return None;
                }
                Some(Incoming::Call(call))
            }
            Kind::Stream => Some(Incoming::Stream(StreamPacket {
                header,
                data: packet.payload,
                peer: self.peer.clone(),
            })),
            // Nothing was asked of a client that it could answer.
            _ => None,
        }
    }
}

fn no_program(header: Header) -> RemoteError {
    let message = format!(
        "Cannot find program {} version {}",
        header.program, header.version
    );
    RemoteError::new(crate::code::RPC, crate::origin::RPC, message)
}

/// A call that waits for its answer. Whoever drops it unanswered lets the client wait.
pub struct Call {
    header: Header,
    args: Zeroizing<Vec<u8>>,
    fds: Vec<OwnedFd>,
    peer: Peer,
}

/// What is handed over may be a passphrase.
impl fmt::Debug for Call {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Call")
            .field("header", &self.header)
            .field("bytes", &self.args.len())
            .field("fds", &self.fds)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// The procedure's number.
    pub fn procedure(&self) -> i32 {
        self.header.procedure
    }

    /// The call's number, which its stream has too.
    pub fn serial(&self) -> u32 {
        self.header.serial
    }

    /// What it hands over, in XDR.
    pub fn raw_args(&self) -> &[u8] {
        &self.args
    }

    /// The file descriptors that it hands over.
    pub fn fds(&self) -> &[OwnedFd] {
        &self.fds
    }

    /// The way to the client.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// What it hands over.
    ///
    /// # Errors
    ///
    /// [`XdrError`] where it is not what the procedure takes.
    pub fn args<P: Procedure>(&self) -> Result<P::Args, XdrError> {
        xdr::decode(&self.args)
    }

    /// Answers.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn reply<P: Procedure>(&self, reply: &P::Reply) -> Result<(), SendError> {
        self.reply_raw(&xdr::encode(reply)?).await
    }

    /// Answers with bytes as they are.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn reply_raw(&self, bytes: &[u8]) -> Result<(), SendError> {
        let header = self.header.answered(Kind::Reply, Status::Ok);
        self.peer.send(header, bytes, Vec::new()).await
    }

    /// Answers, and hands over file descriptors.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn reply_with_fds<P: Procedure>(
        &self,
        reply: &P::Reply,
        fds: Vec<OwnedFd>,
    ) -> Result<(), SendError> {
        let header = self.header.answered(Kind::ReplyWithFds, Status::Ok);
        self.peer.send(header, &xdr::encode(reply)?, fds).await
    }

    /// Says that it went wrong.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn fail(&self, error: &RemoteError) -> Result<(), SendError> {
        let header = self.header.answered(Kind::Reply, Status::Error);
        self.peer
            .send(header, &xdr::encode(error)?, Vec::new())
            .await
    }

    /// The stream that belongs to the call. Answer the call first.
    pub fn stream(&self) -> Stream {
        Stream {
            header: self.header,
            peer: self.peer.clone(),
        }
    }
}

/// The sending side of a stream.
#[derive(Clone, Debug)]
pub struct Stream {
    header: Header,
    peer: Peer,
}

impl Stream {
    /// Sends data, in packets that any client takes.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn send(&self, data: &[u8]) -> Result<(), SendError> {
        for part in data.chunks(MAX_STREAM_DATA) {
            self.tell(Status::Continue, part).await?;
        }
        Ok(())
    }

    /// Says that nothing more comes. The client ends the stream then.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn end(&self) -> Result<(), SendError> {
        self.tell(Status::Continue, &[]).await
    }

    /// Agrees with a client that ends the stream.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn finish(&self) -> Result<(), SendError> {
        self.tell(Status::Ok, &[]).await
    }

    /// Says that it went wrong, or that a client has given it up.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn fail(&self, error: &RemoteError) -> Result<(), SendError> {
        self.tell(Status::Error, &xdr::encode(error)?).await
    }

    async fn tell(&self, status: Status, data: &[u8]) -> Result<(), SendError> {
        let header = self.header.answered(Kind::Stream, status);
        self.peer.send(header, data, Vec::new()).await
    }
}

/// A packet did not get to the client.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The client has gone.
    #[error("the client has gone")]
    Gone,
    /// The value has no form in XDR.
    #[error(transparent)]
    Value(#[from] XdrError),
    /// The packet would be too long.
    #[error(transparent)]
    Frame(#[from] frame::FrameError),
}

/// The way to a client.
#[derive(Clone, Debug)]
pub struct Peer {
    sender: mpsc::Sender<(Vec<u8>, Vec<OwnedFd>)>,
    stream: Arc<UnixStream>,
}

impl Peer {
    /// Tells of an event.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn tell<E: Event>(&self, message: &E::Message) -> Result<(), SendError> {
        let header = Header {
            program: REMOTE_PROGRAM,
            version: REMOTE_VERSION,
            procedure: E::NUMBER,
            kind: Kind::Message,
            serial: 0,
            status: Status::Ok,
        };
        self.send(header, &xdr::encode(message)?, Vec::new()).await
    }

    /// Sends a packet.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn send(
        &self,
        header: Header,
        payload: &[u8],
        fds: Vec<OwnedFd>,
    ) -> Result<(), SendError> {
        let bytes = frame::encode(header, payload, fds.len())?;
        self.send_raw(bytes, fds).await
    }

    /// Sends bytes that need not be a packet.
    ///
    /// # Errors
    ///
    /// [`SendError::Gone`].
    pub async fn send_raw(&self, bytes: Vec<u8>, fds: Vec<OwnedFd>) -> Result<(), SendError> {
        let sent = self.sender.send((bytes, fds)).await;
        sent.map_err(|_| SendError::Gone)
    }

    /// Ends the connection once everything handed over before has been sent.
    pub async fn end_after_sending(&self) {
        // No bytes at all are the sign.
        let _ = self.sender.send((Vec::new(), Vec::new())).await;
    }

    /// Ends the connection. What was handed over for sending may be lost.
    pub fn hang_up(&self) {
        socket::hang_up(&self.stream);
    }
}

/// Writes what peers hand over, until the last of them or the client has gone.
async fn write(stream: Arc<UnixStream>, mut packets: mpsc::Receiver<(Vec<u8>, Vec<OwnedFd>)>) {
    while let Some((bytes, fds)) = packets.recv().await {
        let is_end = bytes.is_empty();
        if is_end || socket::send(&stream, &bytes, &fds).await.is_err() {
            break;
        }
    }
    // The reading side learns of it, whoever holds the socket.
    socket::hang_up(&stream);
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[tokio::test]
    async fn file_descriptors_go_over_a_socket_with_their_call() {
        let (client, server) = UnixStream::pair().unwrap();
        let client = Calls::of(client);
        let mut server = Calls::of(server);
        let (mut reader, mut writer) = std::io::pipe().unwrap();
        let header = Header {
            program: REMOTE_PROGRAM,
            version: REMOTE_VERSION,
            procedure: 309,
            kind: Kind::CallWithFds,
            serial: 1,
            status: Status::Ok,
        };
        let fds = vec![reader.try_clone().unwrap().into()];
        client.peer().send(header, b"args", fds).await.unwrap();
        let plain = Header {
            kind: Kind::Call,
            ..header
        };
        client.peer().send(plain, b"", Vec::new()).await.unwrap();
        let Some(Incoming::Call(call)) = server.next().await else {
            panic!("no call");
        };
        assert_eq!((call.raw_args(), call.fds().len()), (&b"args"[..], 1));
        writer.write_all(b"through").unwrap();
        drop(writer);
        reader = std::io::PipeReader::from(call.fds()[0].try_clone().unwrap());
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        // What follows is read as it was meant.
        assert!(matches!(server.next().await, Some(Incoming::Call(_))));
    }

    #[tokio::test]
    async fn what_calls_hand_over_is_not_printed() {
        let (client, server) = UnixStream::pair().unwrap();
        let client = Calls::of(client);
        let mut server = Calls::of(server);
        let header = Header {
            program: REMOTE_PROGRAM,
            version: REMOTE_VERSION,
            procedure: 144,
            kind: Kind::Call,
            serial: 1,
            status: Status::Ok,
        };
        for kind in [Kind::Call, Kind::Stream] {
            let header = Header { kind, ..header };
            client
                .peer()
                .send(header, b"zzzz", Vec::new())
                .await
                .unwrap();
            let text = format!("{:?} {server:?}", server.next().await);
            assert!(!text.contains("122, 122") && !text.contains("zz"), "{text}");
        }
    }

    #[tokio::test]
    async fn who_asks_whether_we_live_is_told() {
        let (mut client, server) = UnixStream::pair().unwrap();
        let mut server = Calls::of(server);
        let question = Header {
            program: KEEPALIVE_PROGRAM,
            version: 1,
            procedure: PING,
            kind: Kind::Message,
            serial: 0,
            status: Status::Ok,
        };
        let bytes = frame::encode(question, &[], 0).unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut client, &bytes)
            .await
            .unwrap();
        tokio::spawn(async move { while server.next().await.is_some() {} });
        let mut answer = vec![0; bytes.len()];
        tokio::io::AsyncReadExt::read_exact(&mut client, &mut answer)
            .await
            .unwrap();
        let pong = Header {
            procedure: PONG,
            ..question
        };
        assert_eq!(answer, frame::encode(pong, &[], 0).unwrap());
    }
}
