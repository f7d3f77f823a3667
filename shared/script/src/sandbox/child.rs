//! The parent's hold on a child: a socket, and a descriptor to kill it by.

use std::{
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::process::{Signal, pidfd_send_signal};
use tokio::sync::Notify;

use crate::process::control::Exit;

/// A child. Dropping it kills it: a child never serves two runs.
pub(crate) struct Child {
    socket: Option<UnixStream>,
    record: Arc<Record>,
}

impl Child {
    pub(crate) fn new(socket: UnixStream, record: Arc<Record>) -> Self {
        Self {
            socket: Some(socket),
            record,
        }
    }

    /// The socket, once.
    pub(crate) fn take_socket(&mut self) -> std::io::Result<UnixStream> {
        self.socket
            .take()
            .ok_or_else(|| std::io::Error::other("the child was already used"))
    }

    /// Another handle to the socket, to write ahead of the run.
    pub(crate) fn clone_socket(&self) -> std::io::Result<UnixStream> {
        self.socket
            .as_ref()
            .ok_or_else(|| std::io::Error::other("the child was already used"))?
            .try_clone()
    }

    /// Whether it is still there, as far as anybody has heard.
    pub(crate) fn is_alive(&self) -> bool {
        self.record.lock().exit.is_none()
    }

    /// Ends it now.
    pub(crate) fn kill(&self) {
        self.record.kill();
    }

    /// How it ended; waits until it has.
    pub(crate) async fn exit(&self) -> Exit {
        self.record.exit().await
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What is known of a child; the keeper's thread writes it.
pub(crate) struct Record {
    state: Mutex<RecordState>,
    changed: Notify,
}

#[derive(Default)]
struct RecordState {
    pidfd: Option<OwnedFd>,
    /// To be killed as soon as the pidfd is here.
    doomed: bool,
    exit: Option<Exit>,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, RecordState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forked(&self, pidfd: OwnedFd) {
        let mut state = self.lock();
        if state.doomed {
            let _ = pidfd_send_signal(&pidfd, Signal::KILL);
        }
        state.pidfd = Some(pidfd);
    }

    pub(crate) fn exited(&self, exit: Exit) {
        let mut state = self.lock();
        state.exit = Some(exit);
        state.pidfd = None;
        drop(state);
        self.changed.notify_waiters();
    }

    fn kill(&self) {
        let mut state = self.lock();
        state.doomed = true;
        if let Some(pidfd) = &state.pidfd {
            // It may have ended meanwhile; a pidfd never means another process.
            let _ = pidfd_send_signal(pidfd, Signal::KILL);
        }
    }

    async fn exit(&self) -> Exit {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(exit) = self.lock().exit {
                return exit;
            }
            changed.await;
        }
    }
}
