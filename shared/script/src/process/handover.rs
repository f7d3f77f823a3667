//! Datagrams that carry a descriptor.

use std::{
    io::{IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::{
    io::Errno,
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
    },
};

use super::control::MESSAGE_LENGTH;

/// Sends one message, with a descriptor if there is one.
pub(crate) fn send(
    socket: BorrowedFd<'_>,
    message: [u8; MESSAGE_LENGTH],
    descriptor: Option<BorrowedFd<'_>>,
    flags: SendFlags,
) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors: Vec<BorrowedFd<'_>> = descriptor.into_iter().collect();
    if !descriptors.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(&descriptors));
    }
    retry(|| {
        sendmsg(
            socket,
            &[IoSlice::new(&message)],
            &mut ancillary,
            flags | SendFlags::NOSIGNAL,
        )
    })
    .map(|_| ())
}

/// A message and the descriptor that came with it.
pub(crate) type Received = ([u8; MESSAGE_LENGTH], Option<OwnedFd>);

/// Receives one message; `None` at the end of the stream.
pub(crate) fn receive(socket: BorrowedFd<'_>) -> Result<Option<Received>, Errno> {
    let mut message = [0; MESSAGE_LENGTH];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = retry(|| {
        recvmsg(
            socket.as_fd(),
            &mut [IoSliceMut::new(&mut message)],
            &mut ancillary,
            RecvFlags::CMSG_CLOEXEC,
        )
    })?;
    if received.bytes == 0 {
        return Ok(None);
    }
    if received.bytes != MESSAGE_LENGTH {
        return Err(Errno::BADMSG);
    }
    let descriptor = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok(Some((message, descriptor)))
}

fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}
