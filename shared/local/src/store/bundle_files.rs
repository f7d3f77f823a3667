//! The files that determine a bundle's content, beside its version. What is unreadable counts as absent.

use hookpoint_engine::hook::{BundleFiles, Hook};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::bytecode::{pack, unpack};

/// Stores the files of a version just written.
pub(super) fn put(connection: &Connection, hook: &Hook) -> rusqlite::Result<()> {
    let Some(files) = hook.body.bundle_files() else {
        return Ok(());
    };
    let data = pack(files.to_json().as_bytes())
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached("INSERT INTO hook_bundle_files (name, version, data) VALUES (?1, ?2, ?3)")?
        .execute(params![hook.name.as_str(), hook.version, data])?;
    Ok(())
}

/// The files of a version, if it has any.
pub(super) fn get(connection: &Connection, hook: &Hook) -> rusqlite::Result<Option<BundleFiles>> {
    if hook.body.source_map().is_none() {
        return Ok(None);
    }
    let data: Option<Vec<u8>> = connection
        .prepare_cached("SELECT data FROM hook_bundle_files WHERE name = ?1 AND version = ?2")?
        .query_row(params![hook.name.as_str(), hook.version], |row| row.get(0))
        .optional()?;
    let json = data.and_then(|data| String::from_utf8(unpack(&data).ok()?).ok());
    Ok(json.and_then(|json| BundleFiles::from_json(&json)))
}
