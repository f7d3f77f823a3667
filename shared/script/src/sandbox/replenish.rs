//! Children that wait: forked, and primed with their hooks, while nobody does.

use std::{io, os::unix::net::UnixStream, time::Duration};

use tokio::time::timeout;

use super::{Inner, order, script_of};
use crate::{
    frame,
    message::{CHECKED, LogTail, PRIME},
};

/// How long a child may take to compile ahead of a run: less than a Lambda has after its answer. What takes longer is compiled when it runs.
const COMPILE_PATIENCE: Duration = Duration::from_millis(800);

impl Inner {
    /// Orders an unprimed spare if there is none. A failure shows when a child is needed.
    pub(super) fn order_unprimed(&self) {
        if let Ok(keeper) = &self.keeper
            && self.spares.lacks_unprimed()
            && let Ok(Some(child)) = keeper.fork()
        {
            self.spares.keep_unprimed(child);
        }
    }

    /// Forks the children that should be waiting. Answers when the primed ones have compiled their hooks: a process that is about to be frozen
    /// must not leave one halfway.
    pub(super) async fn try_replenish(&self) -> Result<(), String> {
        let keeper = self.keeper.as_ref().map_err(Clone::clone)?;
        if !self.spares.are_used() {
            // No script is known: a process that may never need the sandbox does not start one.
            return Ok(());
        }
        let hooks = self.spares.unprimed_hooks();
        if hooks.is_empty() && !self.spares.lacks_unprimed() {
            return Ok(());
        }
        keeper.ready().await?;
        // First, so that no hook can keep the others from finding a child.
        self.order_unprimed();
        let readable = |error: std::io::Error| error.to_string();
        for hook in hooks {
            let Some(child) = keeper.fork().map_err(readable)? else {
                return Ok(());
            };
            let Some(script) = script_of(&hook) else {
                continue;
            };
            let frame = order::source(PRIME, script.file.as_deref(), &script.source);
            let socket = child.clone_socket().map_err(readable)?;
            // Only then may a run take it: two writers, or two readers, at once would mix up their frames.
            let primed = timeout(COMPILE_PATIENCE, prime(socket, &frame)).await;
            if matches!(primed, Ok(Ok(()))) {
                self.spares.keep_primed(hook, child);
            } else {
                self.spares.give_up_on(hook);
            }
        }
        Ok(())
    }
}

/// Hands a source to a child that reads it when it can, and waits until it says that it has compiled it.
async fn prime(socket: UnixStream, order: &[u8]) -> io::Result<()> {
    let stream = tokio::net::UnixStream::from_std(socket)?;
    let mut written = 0;
    while written < order.len() {
        stream.writable().await?;
        match stream.try_write(&order[written..]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    let expected = frame::encode(CHECKED, &serde_json::to_vec(&LogTail::default())?, &[]);
    let mut heard = vec![0; expected.len()];
    let mut count = 0;
    while count < heard.len() {
        stream.readable().await?;
        match stream.try_read(&mut heard[count..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    // A child that says anything else is not one to wait with.
    if heard == expected {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}
