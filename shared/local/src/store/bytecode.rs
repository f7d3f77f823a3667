//! What scripts were compiled to, beside their versions. It only saves time: what cannot be read counts as absent.

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write as _},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use hookpoint_engine::{
    hook::{COMPILED_LIMIT, CompiledScript, Hook, HookReference},
    identifier::HookName,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::read;

/// Maximum size of a compiled script and the line before it.
const UNPACKED_LIMIT: u64 = COMPILED_LIMIT as u64 + 4096;

/// Stores what the script of a version was compiled to, in place of what it was compiled to before.
pub(super) fn put(connection: &Connection, hook: &Hook) -> rusqlite::Result<()> {
    let Some(compiled) = hook.body.compiled() else {
        return Ok(());
    };
    let data = pack(&compiled.to_bytes())
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO hook_bytecode (name, version, data) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![hook.name.as_str(), hook.version, data])?;
    Ok(())
}

/// What the script of a version was compiled to, if that is known.
pub(super) fn get(
    connection: &Connection,
    name: &HookName,
    version: u32,
) -> rusqlite::Result<Option<CompiledScript>> {
    let data: Option<Vec<u8>> = connection
        .prepare_cached("SELECT data FROM hook_bytecode WHERE name = ?1 AND version = ?2")?
        .query_row(params![name.as_str(), version], |row| row.get(0))
        .optional()?;
    Ok(data.and_then(|data| CompiledScript::from_bytes(&unpack(&data).ok()?)))
}

/// The interpreters that the scripts of versions were compiled for.
pub(super) fn interpreters(
    connection: &Connection,
    hooks: &[HookReference],
) -> rusqlite::Result<BTreeMap<HookName, String>> {
    let mut known = BTreeMap::new();
    for hook in hooks {
        if let Some(compiled) = get(connection, &hook.name, hook.version)? {
            known.insert(hook.name.clone(), compiled.interpreter);
        }
    }
    Ok(known)
}

/// Replaces what the scripts of versions were compiled to that are stored and have the same bodies.
pub(super) fn replace(connection: &Connection, hooks: &[Hook]) -> rusqlite::Result<()> {
    for hook in hooks {
        let stored = read::stored_hash(connection, &hook.name, hook.version)?;
        if stored.is_some_and(|stored| stored == hook.body.sha256()) {
            put(connection, hook)?;
        }
    }
    Ok(())
}

/// Compresses, for speed.
pub(super) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Reverses [`pack`], up to a limit.
pub(super) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(packed)
        .take(UNPACKED_LIMIT)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
