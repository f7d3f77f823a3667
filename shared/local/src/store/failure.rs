//! Failures of the store's file, and what to do about them.

use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
};

use hookpoint_engine::{
    format::Unreadable,
    ports::{PublishError, QueueError, StoreError},
};
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the store cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory cannot be created.
    #[error(
        "the store's directory `{path}` cannot be used; {}", directory_fix(.source), path = .path.display()
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The file cannot be created or opened.
    #[error(
        "`{path}` cannot be opened for writing; make the file and its directory writable for you, on a disk that has space", path = .path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// SQLite cannot use the file.
    #[error("{message}")]
    Unusable {
        /// The cause and the fix.
        message: String,
        /// SQLite's error.
        #[source]
        source: rusqlite::Error,
    },
    /// The file belongs to a later version of Hookpoint.
    #[error(
        "`{path}` was written by a newer Hookpoint (schema {found}, this one knows {known}); update Hookpoint, or move the file elsewhere to start with a new one", path = .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that this version can read.
        known: i64,
    },
    /// The writing thread cannot be started.
    #[error(
        "the store's thread cannot be started; stop other programs, or raise the limit on threads"
    )]
    Thread(#[source] io::Error),
}

fn directory_fix(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space on its disk",
        _ => "it must be a directory that you may write to",
    }
}

impl OpenError {
    pub(super) fn unusable(path: &Path, source: rusqlite::Error) -> Self {
        Self::Unusable {
            message: explain(path, &source),
            source,
        }
    }
}

/// A query that failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite failed.
    Database(rusqlite::Error),
    /// One item cannot be used.
    Item { item: String, message: String },
    /// One item is damaged, or of a newer format.
    Unreadable(String, Unreadable),
    /// The query panicked, or its runtime is shutting down.
    Unfinished { message: String },
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    pub(super) fn unfinished(error: impl Display) -> Self {
        Self::Unfinished {
            message: format!("the query did not finish: {error}"),
        }
    }

    pub(super) fn into_store_error(self, path: &Path) -> StoreError {
        match self {
            Self::Item { item, message } => StoreError::Corrupt { item, message },
            Self::Unreadable(item, error) => StoreError::unreadable(item, &error),
            Self::Database(error) if is_damage(&error) => StoreError::Corrupt {
                item: path.display().to_string(),
                message: explain(path, &error),
            },
            Self::Database(error) => StoreError::Unreachable {
                message: explain(path, &error),
            },
            Self::Unfinished { message } => StoreError::Unreachable { message },
        }
    }

    pub(super) fn into_queue_error(self, path: &Path) -> QueueError {
        let message = match self {
            Self::Database(error) => explain(path, &error),
            Self::Item { item, message } => format!("item `{item}` cannot be read: {message}"),
            Self::Unreadable(item, error) => format!("item `{item}` cannot be read: {error}"),
            Self::Unfinished { message } => message,
        };
        QueueError { message }
    }
}

/// A change that failed.
#[derive(Debug)]
pub(super) enum WriteFailure {
    /// The item is not what the publication expects.
    Conflict { item: String },
    /// The store failed.
    Store(Failure),
}

impl From<Failure> for WriteFailure {
    fn from(failure: Failure) -> Self {
        Self::Store(failure)
    }
}

impl From<rusqlite::Error> for WriteFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl WriteFailure {
    pub(super) fn into_publish_error(self, path: &Path) -> PublishError {
        match self {
            Self::Conflict { item } => PublishError::Conflict { item },
            Self::Store(failure) => failure.into_store_error(path).into(),
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

/// Whether another process holds the lock.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// A message with the cause and the fix.
fn explain(path: &Path, error: &rusqlite::Error) -> String {
    let file = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("`{file}` is locked by another process; wait until it is done, or stop it")
        }
        Some(ErrorCode::DiskFull) => {
            format!(
                "no space left on the disk of `{file}`; free some and retry; nothing accepted was lost"
            )
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            format!(
                "`{file}` cannot be opened for writing; make the file and its directory writable for you ({error})"
            )
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => format!(
            "`{file}` is damaged or not a Hookpoint store; move it elsewhere to start with a new one, which needs new ingest keys ({error})"
        ),
        Some(ErrorCode::SystemIoFailure) => {
            format!(
                "`{file}` cannot be read or written; check whether the disk it is on is full or broken ({error})"
            )
        }
        _ => format!("`{file}`: {error}"),
    }
}
