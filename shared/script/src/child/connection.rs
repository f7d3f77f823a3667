//! The child's end of the socket pair.

use std::{
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use serde::Serialize;

use crate::{
    frame::{self, Frame, FrameDecoder},
    message::{FAILURE, FailureHeader, LogTail, PARENT_FRAME_LIMIT, RESULT},
};

/// Reads and writes whole frames. A failure means that the parent is gone, and then there is nobody left to tell.
pub(crate) struct Connection {
    socket: OwnedFd,
    decoder: FrameDecoder,
}

impl Connection {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            decoder: FrameDecoder::new(PARENT_FRAME_LIMIT),
        }
    }

    /// The next frame; `None` when the parent is gone or speaks nonsense.
    pub(crate) fn receive(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.decoder.next_frame().ok()? {
                return Some(frame);
            }
            self.read()?;
        }
    }

    /// Whether something waits to be read.
    pub(crate) fn has_input(&self) -> bool {
        let mut watched = [PollFd::new(&self.socket, PollFlags::IN)];
        poll(&mut watched, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// The next frame, if it comes in time. `Err` when the parent is gone.
    pub(crate) fn receive_within(&mut self, timeout: Duration) -> Result<Option<Frame>, ()> {
        if let Some(frame) = self.decoder.next_frame().map_err(drop)? {
            return Ok(Some(frame));
        }
        let timeout = Timespec {
            tv_sec: timeout.as_secs().try_into().map_err(drop)?,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        let mut watched = [PollFd::new(&self.socket, PollFlags::IN)];
        match poll(&mut watched, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(_) => return Err(()),
        }
        self.read().ok_or(())?;
        self.decoder.next_frame().map_err(drop)
    }

    fn read(&mut self) -> Option<()> {
        let mut buffer = [0; 16 * 1024];
        loop {
            match rustix::io::read(self.socket.as_fd(), &mut buffer) {
                Ok(0) => return None,
                Ok(count) => {
                    self.decoder.push(&buffer[..count]);
                    return Some(());
                }
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }

    /// Sends a frame.
    pub(crate) fn send(&mut self, kind: u8, header: &impl Serialize, body: &[u8]) {
        let header = serde_json::to_vec(header).unwrap_or_default();
        self.send_raw(&frame::encode(kind, &header, &[body]));
    }

    /// Sends bytes as they are.
    pub(super) fn send_raw(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(self.socket.as_fd(), rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    pub(crate) fn send_result(&mut self, response: &[u8], dropped_lines: u32) {
        self.send(RESULT, &LogTail { dropped_lines }, response);
    }

    pub(crate) fn send_failure(&mut self, failure: &FailureHeader) {
        self.send(FAILURE, failure, &[]);
    }
}
