//! A change and its waiting caller.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::failure::Failure;

/// A change to be made in a transaction.
pub(super) trait Change: Send {
    /// Whether it has to be on disk before it is confirmed.
    fn is_durable(&self) -> bool;

    /// Makes the change within a transaction. Returns false if it was refused and must be rolled back.
    fn make(&mut self, connection: &Connection) -> bool;

    /// Sends the result to the caller, after the commit.
    fn confirm(self: Box<Self>);

    /// Reports to the caller that the transaction failed.
    fn fail(self: Box<Self>, error: rusqlite::Error);
}

/// A change with the channel to its caller.
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
        // A change that panics is rolled back, and its caller sees the channel close.
        self.made = catch_unwind(AssertUnwindSafe(|| (self.change)(connection))).ok();
        matches!(self.made, Some(Ok(_)))
    }

    fn confirm(self: Box<Self>) {
        if let Some(made) = self.made {
            // The caller may have stopped waiting.
            let _ = self.caller.send(made);
        }
    }

    fn fail(self: Box<Self>, error: rusqlite::Error) {
        // The change's own error is more precise than the transaction's.
        let refused = match self.made {
            Some(Err(refused)) => refused,
            _ => Failure::Database(error).into(),
        };
        let _ = self.caller.send(Err(refused));
    }
}
