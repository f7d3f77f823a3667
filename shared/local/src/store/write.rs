//! Writing a publication, within the caller's transaction.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::{Application, binding::Binding},
    confidential::secret::Secret,
    hook::Hook,
    publish::{Change, Publication, Revised},
};
use hookpoint_stages::Stage;
use rusqlite::{Connection, ToSql, params};
use serde::Serialize;

use super::{audit, bundle_files, bytecode, failure::WriteFailure, history, read, source_map};

/// Writes all of a publication. If a condition fails, the caller rolls back.
pub(super) fn publish(
    connection: &Connection,
    publication: &Publication,
) -> Result<(), WriteFailure> {
    for (hook, stages) in &publication.hooks {
        put_hook(connection, hook, stages)?;
    }
    for change in &publication.applications {
        put_application(connection, change)?;
    }
    for deletion in &publication.deletions {
        delete_binding(connection, deletion)?;
    }
    for change in &publication.bindings {
        put_binding(connection, change)?;
    }
    for removal in &publication.removals {
        let id = removal.value.id.as_str();
        let done = execute(
            connection,
            "DELETE FROM application WHERE id = ?1 AND revision = ?2",
            params![id, removal.revision],
        )?;
        expect(done, || format!("application {id}"))?;
    }
    for record in &publication.records {
        history::put(connection, record)?;
    }
    for entry in &publication.audit {
        audit::put(connection, entry)?;
    }
    Ok(())
}

fn put_hook(
    connection: &Connection,
    hook: &Hook,
    stages: &BTreeSet<Stage>,
) -> Result<(), WriteFailure> {
    let (name, version) = (hook.name.as_str(), hook.version);
    let sha256 = hook.body.sha256();
    match read::stored_hash(connection, &hook.name, version)? {
        None if read::deleted_version(connection, &hook.name)? >= Some(version) => {
            let item = read::hook_item(&hook.name, version);
            return Err(WriteFailure::Conflict { item });
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO hook (name, version, sha256, body) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![name, version, sha256, hook.body.to_json()])?;
            bytecode::put(connection, hook)?;
            source_map::put(connection, hook)?;
            bundle_files::put(connection, hook)?;
        }
        Some(stored) if stored == sha256 => {}
        Some(_) => {
            let item = read::hook_item(&hook.name, version);
            return Err(WriteFailure::Conflict { item });
        }
    }
    for stage in stages {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO hook_stage (name, version, stage) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![name, version, stage.id()])?;
    }
    Ok(())
}

fn put_application(
    connection: &Connection,
    change: &Change<Application>,
) -> Result<(), WriteFailure> {
    let id = change.value.id.as_str();
    let body = json(&change.value)?;
    let done = match change.replaces {
        None => execute(
            connection,
            "INSERT OR IGNORE INTO application (id, revision, body) VALUES (?1, ?2, ?3)",
            params![id, change.revision(), body],
        )?,
        Some(replaced) => execute(
            connection,
            "UPDATE application SET revision = ?2, body = ?3 WHERE id = ?1 AND revision = ?4",
            params![id, change.revision(), body, replaced],
        )?,
    };
    expect(done, || format!("application {id}"))
}

fn put_binding(connection: &Connection, change: &Change<Binding>) -> Result<(), WriteFailure> {
    let binding = &change.value;
    let (target, stage) = (binding.target.to_string(), binding.stage.id());
    let (order, id) = (binding.order, binding.id.as_str());
    let (revision, body) = (change.revision(), json(binding)?);
    let done = match change.replaces {
        None => execute(
            connection,
            "INSERT OR IGNORE INTO binding (target, stage, position, id, revision, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![target, stage, order, id, revision, body],
        )?,
        Some(replaced) => execute(
            connection,
            "UPDATE binding SET revision = ?5, body = ?6
             WHERE target = ?1 AND stage = ?2 AND position = ?3 AND id = ?4 AND revision = ?7",
            params![target, stage, order, id, revision, body, replaced],
        )?,
    };
    expect(done, || binding_item(binding))
}

fn delete_binding(
    connection: &Connection,
    deletion: &Revised<Binding>,
) -> Result<(), WriteFailure> {
    let binding = &deletion.value;
    let done = execute(
        connection,
        "DELETE FROM binding
         WHERE target = ?1 AND stage = ?2 AND position = ?3 AND id = ?4 AND revision = ?5",
        params![
            binding.target.to_string(),
            binding.stage.id(),
            binding.order,
            binding.id.as_str(),
            deletion.revision
        ],
    )?;
    expect(done, || binding_item(binding))
}

/// Stores the key that seals continuation tokens unless another process already has. Returns the stored one.
pub(super) fn continuation_key(
    connection: &Connection,
    bytes: &[u8; 32],
) -> rusqlite::Result<Secret> {
    connection.execute(
        "INSERT OR IGNORE INTO continuation_key (id, value) VALUES (1, ?1)",
        [bytes],
    )?;
    read::continuation_key(connection)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

fn execute(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(parameters)
}

/// Expects one written row; none means a conflict with another writer.
fn expect(rows: usize, item: impl Fn() -> String) -> Result<(), WriteFailure> {
    if rows == 1 {
        Ok(())
    } else {
        Err(WriteFailure::Conflict { item: item() })
    }
}

fn binding_item(binding: &Binding) -> String {
    let Binding {
        id, stage, target, ..
    } = binding;
    format!("binding {id} of {target} at {stage}")
}

fn json<T: Serialize>(value: &T) -> Result<String, WriteFailure> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)).into())
}
