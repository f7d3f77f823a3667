//! The one thread that writes.
//!
//! A transaction costs a write to the disk that is waited for, whatever is in it. So the thread takes all the changes that wait, makes them
//! in one transaction and answers them together: the more there are, the less each costs. Each is made in a savepoint of its own, so that one
//! that is refused leaves nothing behind and the others as they are.
//!
//! Some changes need not survive a power cut: leases, run records. Alone among themselves, they are committed without waiting for the disk. They
//! are in the file for every process, and reach the disk with the next change that is waited for.

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

/// How many changes may wait to be taken. More of them wait where they are made.
const WAITING: usize = 1_024;
/// How many changes share a transaction.
const AT_ONCE: usize = 256;

/// Makes changes, in the order in which they come. Dropped, it makes those that wait, and then closes its connection.
pub(super) struct Writer {
    changes: Option<mpsc::Sender<Box<dyn Change>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// A thread with a connection of its own.
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

    /// Makes a change, and answers when it is on the disk. It may be made more than once, after its effects were taken back. Who does not wait
    /// for the answer does not know whether it was made.
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

    /// Makes a change that need not survive a power cut, and returns when it is committed.
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
            // Should it fail, the change is dropped and its caller gets no answer.
            let _ = changes.send(change).await;
        }
        answer
            .await
            .unwrap_or_else(|_| Err(Failure::unfinished("the change was broken off").into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic: changes that do are caught. If it did, there would be nobody left to be told.
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

/// Makes changes in one transaction and answers them. When that cannot be done, each is tried alone: one that needs more space than there is
/// does not take the others with it.
fn commit(connection: &Connection, changes: &mut Vec<Box<dyn Change>>) {
    let refusal = match together(connection, changes) {
        Ok(()) => {
            for change in changes.drain(..) {
                change.answer();
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
            Ok(()) => change.answer(),
            Err(error) => change.fail(error),
        }
    }
}

/// Moves what is in the write-ahead log into the file, so that the log begins anew in the space it has. Answers whether that was possible.
fn make_space(connection: &Connection) -> bool {
    let moved = connection.query_row("PRAGMA wal_checkpoint", [], |row| {
        Ok((row.get(1)?, row.get(2)?))
    });
    moved.is_ok_and(|(all, moved): (i64, i64)| all > 0 && all == moved)
}

/// Why a transaction was not committed.
enum Refusal {
    /// It did not even begin: another process has the lock, or the file cannot be written.
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
    // Immediate: the lock is taken, and waited for, before anything is looked at.
    execute(connection, "BEGIN IMMEDIATE").map_err(Refusal::Lock)?;
    let done = make(connection, changes).and_then(|()| execute(connection, "COMMIT"));
    done.map_err(|error| {
        if !connection.is_autocommit() {
            // It fails only where SQLite has rolled back by itself.
            let _ = execute(connection, "ROLLBACK");
        }
        Refusal::Transaction(error)
    })
}

fn make(connection: &Connection, changes: &mut [Box<dyn Change>]) -> rusqlite::Result<()> {
    for change in changes {
        execute(connection, "SAVEPOINT change")?;
        let is_made = change.make(connection);
        // On some errors, those of the disk among them, SQLite takes back the whole transaction and ends it.
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

/// The same error, for another caller.
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
