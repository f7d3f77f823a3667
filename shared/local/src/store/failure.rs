//! What can go wrong with the file, and what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

use hookpoint_engine::ports::{PublishError, StoreError};
use rusqlite::ErrorCode;
use thiserror::Error;

/// The store cannot be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory or the file in it cannot be made.
    #[error(
        "the store's directory `{path}` cannot be used; it must be a directory that you may write to", path = .path.display()
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// SQLite cannot use the file.
    #[error("{message}")]
    Unusable {
        /// What is wrong, and what to do.
        message: String,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The file belongs to a later version of Hookpoint.
    #[error(
        "`{path}` was written by a newer Hookpoint (schema {found}, this one knows {known}); update Hookpoint, or move the file away to start with a new one", path = .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The latest schema that can be read.
        known: i64,
    },
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
    /// SQLite could not do it.
    Database(rusqlite::Error),
    /// One item cannot be used.
    Item { item: String, message: String },
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    pub(super) fn into_store_error(self, path: &Path) -> StoreError {
        match self {
            Self::Item { item, message } => StoreError::Corrupt { item, message },
            Self::Database(error) if is_damage(&error) => StoreError::Corrupt {
                item: path.display().to_string(),
                message: explain(path, &error),
            },
            Self::Database(error) => StoreError::Unreachable {
                message: explain(path, &error),
            },
        }
    }
}

/// A change that failed.
#[derive(Debug)]
pub(super) enum WriteFailure {
    /// The item is not what the publication expects.
    Conflict { item: String },
    /// SQLite could not do it.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for WriteFailure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl WriteFailure {
    pub(super) fn into_publish_error(self, path: &Path) -> PublishError {
        match self {
            Self::Conflict { item } => PublishError::Conflict { item },
            Self::Database(error) => Failure::Database(error).into_store_error(path).into(),
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

/// The failure in words, with a remedy.
fn explain(path: &Path, error: &rusqlite::Error) -> String {
    let file = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("`{file}` is locked by another process; wait until it is done, or stop it")
        }
        Some(ErrorCode::DiskFull) => {
            format!("the disk of `{file}` is full; free some space and try again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            format!(
                "`{file}` cannot be opened for writing; make the file and its directory writable for you ({error})"
            )
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => format!(
            "`{file}` is damaged or no Hookpoint store; move it away to start with a new one, for which new ingest keys must be made ({error})"
        ),
        Some(ErrorCode::SystemIoFailure) => {
            format!("`{file}` cannot be read or written; check the disk it is on ({error})")
        }
        _ => format!("`{file}`: {error}"),
    }
}
