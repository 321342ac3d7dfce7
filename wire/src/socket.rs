// SPDX-License-Identifier: GPL-3.0-or-later
//! A Unix socket with file descriptors. libvirt sends each of them after its packet, with one byte
//! of its own (`virSocketSendFD`).

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown,
};
use tokio::io::Interest;
use tokio::net::UnixStream;

use crate::frame::MAX_FDS;

/// Bytes into `buffer` and file descriptors into `fds`; how many bytes, none at the end.
pub(crate) async fn receive(
    stream: &UnixStream,
    buffer: &mut [u8],
    fds: &mut Vec<OwnedFd>,
) -> std::io::Result<usize> {
    let receive = || {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = rustix::net::recvmsg(stream.as_fd(), &mut parts, &mut control, flags)?;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(handed_over) = message {
                fds.extend(handed_over);
            }
        }
        if received.flags.contains(ReturnFlags::CTRUNC) {
            return Err(std::io::Error::other("file descriptors were lost"));
        }
        Ok(received.bytes)
    };
    stream.async_io(Interest::READABLE, receive).await
}

/// Sends bytes, all of them, and each file descriptor with one byte more.
pub(crate) async fn send(
    stream: &UnixStream,
    bytes: &[u8],
    fds: &[OwnedFd],
) -> std::io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let sent = stream.async_io(Interest::WRITABLE, || send_some(stream, rest, &[]));
        rest = &rest[sent.await?..];
    }
    for fd in fds {
        let fds = [fd.as_fd()];
        let sent = stream.async_io(Interest::WRITABLE, || send_some(stream, &[0], &fds));
        sent.await?;
    }
    Ok(())
}

fn send_some(stream: &UnixStream, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> std::io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(std::io::Error::other("no room for a file descriptor"));
    }
    let parts = [IoSlice::new(bytes)];
    let flags = SendFlags::NOSIGNAL;
    Ok(rustix::net::sendmsg(
        stream.as_fd(),
        &parts,
        &mut control,
        flags,
    )?)
}

/// Ends a connection for both sides, whoever is waiting.
pub(crate) fn hang_up(stream: &UnixStream) {
    // It may have ended already.
    let _ = rustix::net::shutdown(stream.as_fd(), Shutdown::Both);
}
