//! What a function does when its answer is out.
//!
//! Lambda freezes the process as soon as nobody in it has anything left to do for the event, so nothing may be left running behind
//! an answer: it would stop half-way and go on during some later event, or never. What is better done after the answer than
//! before it is a [`Flush`], and it is done before the process says that it is ready for the next event.
//!
//! On Lambda an internal extension does it ([`extension`]): the event is over for Lambda when function *and* extension have asked for
//! the next one, and the caller does not wait for the extension. Where there is no Extensions API (an emulator), the function does it
//! itself, between its answer and its own next poll ([`answered`]).

pub(crate) mod answered;
mod answers;
pub(crate) mod extension;
pub(crate) mod records;
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
use tokio::{sync::watch, time::timeout};

/// How long one piece of work may take. Until it is over, this process gets no event.
const LIMIT: Duration = Duration::from_secs(1);

/// Work for the time after an answer.
#[async_trait]
pub(crate) trait Flush: Send + Sync {
    /// What it is, for the log.
    fn name(&self) -> &'static str;

    /// Does what has come up since the last time; at once when there is nothing. MUST leave nothing running, and MUST bear
    /// being dropped half-way.
    async fn flush(&self);
}

/// How far the function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// It has nothing to do.
    Idle,
    /// It works on an event.
    Busy,
    /// An answer is out that no flush has followed.
    Answered,
}

/// All the work for the time after an answer, and who does it.
pub(crate) struct AfterAnswer {
    work: Vec<Box<dyn Flush>>,
    moment: watch::Sender<Moment>,
    by_extension: AtomicBool,
}

impl AfterAnswer {
    /// Work that the function does itself, until an extension takes it over.
    pub(crate) fn new(work: Vec<Box<dyn Flush>>) -> Arc<Self> {
        Arc::new(Self {
            work,
            moment: watch::Sender::new(Moment::Idle),
            by_extension: AtomicBool::new(false),
        })
    }

    /// An event is here. What an emulator did not give time for (it tells extensions about some events only) waits for this
    /// event's answer.
    fn begin(&self) {
        self.moment.send_replace(Moment::Busy);
    }

    /// The answer is out.
    async fn answered(self: &Arc<Self>) {
        self.moment.send_replace(Moment::Answered);
        if !self.by_extension.load(Ordering::Relaxed) {
            self.flush().await;
        }
    }

    /// Waits until an answer is out that no flush has followed.
    async fn due(&self) {
        self.until(|moment| moment == Moment::Answered).await;
    }

    /// Waits until nobody is waiting for an answer.
    async fn unoccupied(&self) {
        self.until(|moment| moment != Moment::Busy).await;
    }

    async fn until(&self, holds: impl Fn(Moment) -> bool) {
        // The sender is in `self`: it cannot be gone.
        let _ = self
            .moment
            .subscribe()
            .wait_for(|moment| holds(*moment))
            .await;
    }

    /// Does all of it. A piece of work that hangs or panics is a line in the log, and the others are done.
    async fn flush(self: &Arc<Self>) {
        self.moment.send_replace(Moment::Idle);
        for index in 0..self.work.len() {
            let after = Arc::clone(self);
            let task = tokio::spawn(async move {
                let work = &after.work[index];
                if timeout(LIMIT, work.flush()).await.is_err() {
                    let name = work.name();
                    tracing::warn!(flush.name = name, "not done {LIMIT:?} after the answer");
                }
            });
            if task.await.is_err() {
                let name = self.work[index].name();
                tracing::error!(flush.name = name, "panicked after the answer");
            }
        }
    }
}
