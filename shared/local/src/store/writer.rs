//! The one thread that writes.
//!
//! A transaction costs one synchronous disk write, whatever its size. So the thread groups all waiting changes into one
//! transaction and confirms them together: the more there are, the less each costs. Each has a savepoint, so that a
//! refused change leaves nothing behind and does not affect the others.
//!
//! Some changes need not survive a power cut: leases, run records. A transaction of only such changes is committed
//! without waiting for the disk. Every process sees them, and they reach the disk with the next durable change.

mod change;

#[cfg(test)]
mod tests;

use std::{
    io,
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use self::change::{Change, Waiting};
use super::{failure::Failure, housekeeping::Housekeeping};

/// Capacity of the channel; beyond it, callers wait.
const WAITING: usize = 1_024;
/// Maximum number of changes in a transaction.
const AT_ONCE: usize = 256;

/// Makes changes in order of arrival. On drop it finishes those that wait and closes its connection.
pub(super) struct Writer {
    changes: Option<mpsc::Sender<Box<dyn Change>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread with its own connection.
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (changes, waiting) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("hookpoint-store".to_owned())
            .spawn(move || run(&connection, waiting))?;
        Ok(Self {
            changes: Some(changes),
            thread: Some(thread),
        })
    }

    /// Makes a change and returns when it is on disk. It may run more than once, after a rollback. If the future is
    /// dropped, the change may or may not happen.
    pub(super) async fn write<T, E>(
        &self,
        change: impl FnMut(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        self.make(change, true).await
    }

    /// Makes a change that need not survive a power cut. Returns when it is committed.
    pub(super) async fn write_lazily<T, E>(
        &self,
        change: impl FnMut(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        self.make(change, false).await
    }

    async fn make<T, E>(
        &self,
        change: impl FnMut(&Connection) -> Result<T, E> + Send + 'static,
        is_durable: bool,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let change: Box<dyn Change> = Box::new(Waiting::new(change, is_durable, caller));
        if let Some(changes) = &self.changes {
            // If it fails, the change is dropped and its caller gets the error below.
            let _ = changes.send(change).await;
        }
        answer
            .await
            .unwrap_or_else(|_| Err(Failure::unfinished("the change was aborted").into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            // Panics in changes are caught; if the thread itself panicked, there would be nothing to report it to.
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, mut waiting: mpsc::Receiver<Box<dyn Change>>) {
    let mut housekeeping = Housekeeping::default();
    let mut changes = Vec::with_capacity(AT_ONCE);
    loop {
        housekeeping.run(connection);
        if waiting.blocking_recv_many(&mut changes, AT_ONCE) == 0 {
            return;
        }
        commit(connection, &mut changes);
    }
}

/// Makes changes in one transaction and confirms them. If it fails, each is retried alone, so that one that needs too
/// much space does not fail the others.
fn commit(connection: &Connection, changes: &mut Vec<Box<dyn Change>>) {
    let refusal = match together(connection, changes) {
        Ok(()) => {
            for change in changes.drain(..) {
                change.confirm();
            }
            return;
        }
        Err(refusal) => refusal,
    };
    let is_space_made = refusal.is_disk_full() && make_space(connection);
    let is_hopeless = matches!(refusal, Refusal::Lock(_)) || (changes.len() == 1 && !is_space_made);
    for mut change in changes.drain(..) {
        let refused = if is_hopeless {
            Err(copy(refusal.error()))
        } else {
            together(connection, std::slice::from_mut(&mut change)).map_err(Refusal::into_error)
        };
        match refused {
            Ok(()) => change.confirm(),
            Err(error) => change.fail(error),
        }
    }
}

/// Checkpoints the write-ahead log so that its space can be reused. Returns whether that worked.
fn make_space(connection: &Connection) -> bool {
    let moved = connection.query_row("PRAGMA wal_checkpoint", [], |row| {
        Ok((row.get(1)?, row.get(2)?))
    });
    moved.is_ok_and(|(all, moved): (i64, i64)| all > 0 && all == moved)
}

/// Why a transaction was not committed.
enum Refusal {
    /// It could not begin: another process holds the lock, or the file is read-only.
    Lock(rusqlite::Error),
    /// It was rolled back.
    Transaction(rusqlite::Error),
}

impl Refusal {
    fn error(&self) -> &rusqlite::Error {
        let (Self::Lock(error) | Self::Transaction(error)) = self;
        error
    }

    fn into_error(self) -> rusqlite::Error {
        let (Self::Lock(error) | Self::Transaction(error)) = self;
        error
    }

    fn is_disk_full(&self) -> bool {
        self.error().sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
    }
}

fn together(connection: &Connection, changes: &mut [Box<dyn Change>]) -> Result<(), Refusal> {
    let is_durable = changes.iter().any(|change| change.is_durable());
    let synchronous = if is_durable {
        "PRAGMA synchronous = FULL"
    } else {
        "PRAGMA synchronous = NORMAL"
    };
    execute(connection, synchronous).map_err(Refusal::Lock)?;
    // Immediate: the lock is taken before anything is read.
    execute(connection, "BEGIN IMMEDIATE").map_err(Refusal::Lock)?;
    let done = make(connection, changes).and_then(|()| execute(connection, "COMMIT"));
    done.map_err(|error| {
        if !connection.is_autocommit() {
            // Fails only if SQLite has already rolled back.
            let _ = execute(connection, "ROLLBACK");
        }
        Refusal::Transaction(error)
    })
}

fn make(connection: &Connection, changes: &mut [Box<dyn Change>]) -> rusqlite::Result<()> {
    for change in changes {
        execute(connection, "SAVEPOINT change")?;
        let is_made = change.make(connection);
        // On some errors, such as those of the disk, SQLite rolls back the whole transaction.
        if connection.is_autocommit() {
            return Err(rolled_back());
        }
        if !is_made {
            execute(connection, "ROLLBACK TO change")?;
        }
        execute(connection, "RELEASE change")?;
    }
    Ok(())
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn rolled_back() -> rusqlite::Error {
    let aborted = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
    rusqlite::Error::SqliteFailure(aborted, None)
}

/// Clones an error, for several callers.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(cause, message) => {
            rusqlite::Error::SqliteFailure(*cause, message.clone())
        }
        other => {
            let cause = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR);
            rusqlite::Error::SqliteFailure(cause, Some(other.to_string()))
        }
    }
}
