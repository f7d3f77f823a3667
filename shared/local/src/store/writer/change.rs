//! A change and who waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::failure::Failure;

/// Something to be written.
pub(super) trait Change: Send {
    /// Whether it has to be on the disk before it is answered.
    fn is_durable(&self) -> bool;

    /// Makes it, within a transaction. False when it is refused, and what it did so far must be taken back.
    fn make(&mut self, connection: &Connection) -> bool;

    /// Tells the caller what came of it, once the transaction is committed.
    fn answer(self: Box<Self>);

    /// Tells the caller that it was not made.
    fn fail(self: Box<Self>, error: rusqlite::Error);
}

/// A change whose caller waits.
pub(super) struct Waiting<F, T, E> {
    change: F,
    is_durable: bool,
    made: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Waiting<F, T, E> {
    pub(super) fn new(change: F, is_durable: bool, caller: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            change,
            is_durable,
            made: None,
            caller,
        }
    }
}

impl<F, T, E> Change for Waiting<F, T, E>
where
    F: FnMut(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<Failure> + Send,
{
    fn is_durable(&self) -> bool {
        self.is_durable
    }

    fn make(&mut self, connection: &Connection) -> bool {
        // A change that panics leaves nothing behind: its savepoint is rolled back, and its caller gets no answer.
        self.made = catch_unwind(AssertUnwindSafe(|| (self.change)(connection))).ok();
        matches!(self.made, Some(Ok(_)))
    }

    fn answer(self: Box<Self>) {
        if let Some(made) = self.made {
            // Whoever does not wait any more does not want to know.
            let _ = self.caller.send(made);
        }
    }

    fn fail(self: Box<Self>, error: rusqlite::Error) {
        // Its own account of what went wrong is better than what became of the transaction.
        let refused = match self.made {
            Some(Err(refused)) => refused,
            _ => Failure::Database(error).into(),
        };
        let _ = self.caller.send(Err(refused));
    }
}
