//! Work that a function does after its response.
//!
//! Lambda freezes the process as soon as function and extensions are done with an event. Background work would stop
//! half-way and continue during a later event, or never. Work that can wait until after the response is a [`Flush`]; it
//! is done before the process asks for the next event.
//!
//! On Lambda an internal extension does it ([`extension`]): an event is over when function *and* extension have asked
//! for the next one, and the caller does not wait for the extension. Without an Extensions API (in an emulator), the
//! function does it between its response and its next poll ([`layer`]).

pub(crate) mod extension;
mod late_responses;
pub(crate) mod layer;
pub(crate) mod records;
pub(crate) mod refresh;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::future::join_all;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

/// Timeout of all work together, during which this process gets no event: with the longest response it stays below the
/// function's timeout.
pub(crate) const LIMIT: Duration = Duration::from_secs(1);

/// Work to be done after a response.
#[async_trait]
pub(crate) trait Flush: Send + Sync {
    /// Its name in the log.
    fn name(&self) -> &'static str;

    /// Does the work since the last flush; returns at once if there is none. MUST leave nothing running, and MUST
    /// tolerate being dropped half-way.
    async fn flush(&self);
}

/// The state of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Waiting for an event.
    Idle,
    /// Processing an event.
    Busy,
    /// A response was sent, and no flush has followed.
    Responded,
}

/// All the work to be done after a response, and who does it.
pub(crate) struct AfterResponse {
    /// Goes before the others.
    first: Arc<dyn Flush>,
    work: Vec<Arc<dyn Flush>>,
    moment: watch::Sender<Moment>,
    by_extension: AtomicBool,
}

impl AfterResponse {
    /// The function does the work until an extension takes over. What is `first` does not wait; the others are done
    /// together.
    pub(crate) fn new(first: Arc<dyn Flush>, work: Vec<Arc<dyn Flush>>) -> Arc<Self> {
        Arc::new(Self {
            first,
            work,
            moment: watch::Sender::new(Moment::Idle),
            by_extension: AtomicBool::new(false),
        })
    }

    /// Called when an event arrives. A flush that is still due (emulators notify extensions of some events only) waits
    /// for this event's response.
    fn begin(&self) {
        self.moment.send_replace(Moment::Busy);
    }

    /// Called when the response was sent.
    async fn responded(self: &Arc<Self>) {
        self.moment.send_replace(Moment::Responded);
        if !self.by_extension.load(Ordering::Relaxed) {
            self.flush().await;
        }
    }

    /// Waits until a flush is due.
    async fn due(&self) {
        self.until(|moment| moment == Moment::Responded).await;
    }

    /// Waits until no caller is waiting for a response.
    async fn unoccupied(&self) {
        self.until(|moment| moment != Moment::Busy).await;
    }

    async fn until(&self, holds: impl Fn(Moment) -> bool) {
        // `self` owns the sender, so the channel is open.
        let _ = self
            .moment
            .subscribe()
            .wait_for(|moment| holds(*moment))
            .await;
    }

    /// Does all the work. A piece that hangs or panics is logged, and the others still run.
    async fn flush(self: &Arc<Self>) {
        self.moment.send_replace(Moment::Idle);
        let end = Instant::now() + LIMIT;
        piece(self.first.clone(), end).await;
        join_all(self.work.iter().cloned().map(|work| piece(work, end))).await;
    }
}

/// Does one piece of work.
async fn piece(work: Arc<dyn Flush>, end: Instant) {
    let name = work.name();
    let task = tokio::spawn(async move { timeout_at(end, work.flush()).await });
    match task.await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => tracing::warn!(
            flush.name = name,
            "not done within {LIMIT:?} after the response"
        ),
        Err(_) => tracing::error!(flush.name = name, "panicked after the response"),
    }
}
