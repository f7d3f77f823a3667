//! The source maps of bundled scripts, beside their versions. They only say where a failure is: an unreadable one counts as absent.

use hookpoint_engine::hook::Hook;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::bytecode::{pack, unpack};

/// Stores the source map of a version just written.
pub(super) fn put(connection: &Connection, hook: &Hook) -> rusqlite::Result<()> {
    let Some(text) = hook.body.source_map().and_then(|map| map.text()) else {
        return Ok(());
    };
    let data = pack(text.as_bytes())
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached("INSERT INTO hook_source_map (name, version, data) VALUES (?1, ?2, ?3)")?
        .execute(params![hook.name.as_str(), hook.version, data])?;
    Ok(())
}

/// The text of a version's source map, if it has one and it is whole.
pub(super) fn get(connection: &Connection, hook: &Hook) -> rusqlite::Result<Option<String>> {
    let Some(map) = hook.body.source_map() else {
        return Ok(None);
    };
    let data: Option<Vec<u8>> = connection
        .prepare_cached("SELECT data FROM hook_source_map WHERE name = ?1 AND version = ?2")?
        .query_row(params![hook.name.as_str(), hook.version], |row| row.get(0))
        .optional()?;
    let text = data.and_then(|data| String::from_utf8(unpack(&data).ok()?).ok());
    Ok(text.filter(|text| map.is(text)))
}
