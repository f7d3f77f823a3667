//! A store where there is none.

use std::{fs, io, path::Path, time::Duration};

use super::{STORE_FILE, failure::OpenError, schema};
use crate::private;

/// Sees that there is a store. A new one gets its name once it is complete: a full disk leaves nothing behind, and of several processes
/// one makes it.
pub(super) fn ensure(directory: &Path, path: &Path, patience: Duration) -> Result<(), OpenError> {
    let created = private::create_directory(directory);
    let is_new = created.map_err(|source| OpenError::Directory {
        path: directory.to_owned(),
        source,
    })?;
    if path.exists() {
        return Ok(());
    }
    let made = make(directory, path, patience);
    if made.is_err() && is_new {
        private::remove_directory(directory);
    }
    made
}

fn make(directory: &Path, path: &Path, patience: Duration) -> Result<(), OpenError> {
    let of_file = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    // It goes with what SQLite keeps beside the file.
    let folder = tempfile::Builder::new()
        .prefix(".new-")
        .tempdir_in(directory)
        .map_err(of_file)?;
    let draft = folder.path().join(STORE_FILE);
    private::create_file(&draft).map_err(of_file)?;
    write(&draft, patience).map_err(|error| match error {
        OpenError::Unusable { source, .. } => OpenError::unusable(path, source),
        other => other,
    })?;
    match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // Some file systems have no links. The store is then made where it will be.
            tracing::debug!(%error, "the new store cannot be linked");
        }
        _ => {}
    }
    Ok(())
}

fn write(draft: &Path, patience: Duration) -> Result<(), OpenError> {
    let mut connection = schema::connect(draft, patience)?;
    schema::migrate(&mut connection, draft)?;
    let unusable = |error| OpenError::unusable(draft, error);
    // Closing does it too, and keeps its failure to itself.
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
        .map_err(unusable)?;
    connection.close().map_err(|(_, error)| unusable(error))
}
