//! The queries.

use std::sync::Arc;

use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    confidential::secret::Secret,
    hook::{Hook, HookBody, HookReference},
    identifier::{ApplicationId, HookName, StoreId},
    publish::{Revised, Scope, Snapshot},
};
use hookpoint_stages::Stage;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::{bundle_files, bytecode, failure::Failure, source_map};

/// One application with its revision.
pub(super) fn application(
    connection: &Connection,
    id: &ApplicationId,
) -> Result<Option<Revised<Application>>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT revision, body FROM application WHERE id = ?1")?;
    let row = statement
        .query_row([id.as_str()], revised_text)
        .optional()?;
    row.map(|row| parse_revised(&row, || format!("application {id}")))
        .transpose()
}

/// Every application, by id.
pub(super) fn applications(connection: &Connection) -> Result<Vec<Application>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT id, body FROM application ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, body): (String, String) = row?;
        parse(&body, || format!("application {id}"))
    })
    .collect()
}

/// The identity stores with bindings.
pub(super) fn stores(connection: &Connection) -> Result<Vec<StoreId>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT substr(target, 7) FROM binding WHERE target GLOB 'store:*'",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.map(|row| {
        let id: String = row?;
        id.parse().map_err(|_| Failure::Item {
            item: format!("bindings of store {id}"),
            message: "the id of the store is not valid".to_owned(),
        })
    })
    .collect()
}

/// The newest version of every hook, by name.
pub(super) fn hooks(connection: &Connection) -> Result<Vec<HookReference>, Failure> {
    // Of the columns beside a `max`, SQLite takes the values of its row.
    let mut statement =
        connection.prepare_cached("SELECT name, max(version), sha256 FROM hook GROUP BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (name, version, sha256): (String, u32, String) = row?;
        Ok(HookReference {
            name: name.parse().map_err(|_| Failure::Item {
                item: format!("hook {name}"),
                message: "its name is not valid".to_owned(),
            })?,
            version,
            sha256,
        })
    })
    .collect()
}

/// The bindings of a target at a stage.
pub(super) fn bindings(
    connection: &Connection,
    stage: Stage,
    target: &Target,
) -> Result<Vec<Binding>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT id, body FROM binding WHERE target = ?1 AND stage = ?2")?;
    let keys = params![target.to_string(), stage.id()];
    let rows = statement.query_map(keys, |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, body): (String, String) = row?;
        parse(&body, || format!("binding {id} of {target} at {stage}"))
    })
    .collect()
}

/// The bindings of a target at every stage.
fn all_bindings(
    connection: &Connection,
    target: &Target,
) -> Result<Vec<Revised<Binding>>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT revision, body, id, stage FROM binding WHERE target = ?1")?;
    let rows = statement.query_map([target.to_string()], |row| {
        Ok((revised_text(row)?, row.get(2)?, row.get(3)?))
    })?;
    rows.map(|row| {
        let (body, id, stage): (_, String, String) = row?;
        parse_revised(&body, || format!("binding {id} of {target} at {stage}"))
    })
    .collect()
}

/// Every binding.
pub(super) fn every_binding(connection: &Connection) -> Result<Vec<Binding>, Failure> {
    let mut statement = connection.prepare_cached("SELECT id, target, body FROM binding")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (id, target, body): (String, String, String) = row?;
        parse(&body, || format!("binding {id} of {target}"))
    })
    .collect()
}

/// A version, if the stage may read it and its hash matches the reference.
pub(super) fn hook(
    connection: &Connection,
    stage: Stage,
    reference: HookReference,
) -> Result<Arc<Hook>, Failure> {
    let HookReference {
        name,
        version,
        sha256,
    } = reference;
    let mut statement = connection.prepare_cached(
        "SELECT body FROM hook JOIN hook_stage USING (name, version)
         WHERE name = ?1 AND version = ?2 AND stage = ?3",
    )?;
    let body: Option<String> = statement
        .query_row(params![name.as_str(), version, stage.id()], |row| {
            row.get(0)
        })
        .optional()?;
    let item = || hook_item(&name, version);
    let failure = |message: String| Failure::Item {
        item: item(),
        message,
    };
    let body =
        body.ok_or_else(|| failure(format!("it was not published for `{stage}`; publish again")))?;
    // The hash covers the stored text, including members unknown to this version.
    if HookBody::sha256_of(&body) != sha256 {
        return Err(failure(
            "its body does not match the binding; publish again".to_owned(),
        ));
    }
    let body: HookBody = parse(&body, item)?;
    let compiled = bytecode::get(connection, &name, version)?;
    let body = Arc::new(body.with_compiled(compiled));
    Ok(Arc::new(Hook {
        name,
        version,
        body,
    }))
}

/// A consistent snapshot of the scope.
pub(super) fn snapshot(connection: &mut Connection, scope: &Scope) -> Result<Snapshot, Failure> {
    let transaction = connection.transaction()?;
    let mut snapshot = Snapshot::default();
    for id in &scope.applications {
        if let Some(stored) = application(&transaction, id)? {
            snapshot.applications.insert(id.clone(), stored);
        }
    }
    for target in &scope.targets {
        snapshot
            .bindings
            .extend(all_bindings(&transaction, target)?);
    }
    for name in &scope.hooks {
        if let Some(newest) = newest_version(&transaction, name)? {
            snapshot.hooks.insert(name.clone(), newest);
        }
    }
    for (name, version) in &scope.versions {
        if let Some(hook) = canonical_version(&transaction, name, *version)? {
            snapshot
                .versions
                .insert((name.clone(), *version), Arc::new(hook));
        }
    }
    Ok(snapshot)
}

fn newest_version(
    connection: &Connection,
    name: &HookName,
) -> Result<Option<HookReference>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT version, sha256 FROM hook WHERE name = ?1 ORDER BY version DESC LIMIT 1",
    )?;
    let newest = statement.query_row([name.as_str()], |row| {
        Ok(HookReference {
            name: name.clone(),
            version: row.get(0)?,
            sha256: row.get(1)?,
        })
    });
    if let Some(newest) = newest.optional()? {
        return Ok(Some(newest));
    }
    // No body has this hash, so the next version gets another number.
    let deleted = deleted_version(connection, name)?;
    Ok(deleted.map(|version| HookReference {
        name: name.clone(),
        version,
        sha256: "deleted".to_owned(),
    }))
}

/// The newest version of a deleted hook.
pub(super) fn deleted_version(
    connection: &Connection,
    hook: &HookName,
) -> rusqlite::Result<Option<u32>> {
    connection
        .prepare_cached("SELECT version FROM hook_deleted WHERE name = ?1")?
        .query_row([hook.as_str()], |row| row.get(0))
        .optional()
}

/// The hash of a stored version.
pub(super) fn stored_hash(
    connection: &Connection,
    hook: &HookName,
    version: u32,
) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT sha256 FROM hook WHERE name = ?1 AND version = ?2")?
        .query_row(params![hook.as_str(), version], |row| row.get(0))
        .optional()
}

fn canonical_version(
    connection: &Connection,
    name: &HookName,
    version: u32,
) -> Result<Option<Hook>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM hook WHERE name = ?1 AND version = ?2")?;
    let body: Option<String> = statement
        .query_row(params![name.as_str(), version], |row| row.get(0))
        .optional()?;
    let Some(body) = body else {
        return Ok(None);
    };
    let body: HookBody = parse(&body, || hook_item(name, version))?;
    let compiled = bytecode::get(connection, name, version)?;
    let mut hook = Hook {
        name: name.clone(),
        version,
        body: Arc::new(body.with_compiled(compiled)),
    };
    // A stage that gets the version later needs all of it.
    if let Some(text) = source_map::get(connection, &hook)? {
        let body = HookBody::clone(&hook.body).with_source_map_text(Some(&text));
        hook.body = Arc::new(body);
    }
    if let Some(files) = bundle_files::get(connection, &hook)? {
        let body = HookBody::clone(&hook.body).with_bundle_files(Some(files));
        hook.body = Arc::new(body);
    }
    Ok(Some(hook))
}

/// The key that seals continuation tokens, in hexadecimal.
pub(super) fn continuation_key(connection: &Connection) -> rusqlite::Result<Option<Secret>> {
    let key = connection.query_row("SELECT hex(value) FROM continuation_key", [], |row| {
        row.get(0).map(|key: String| Secret::new(key))
    });
    key.optional()
}

/// The name of a hook version in messages.
pub(super) fn hook_item(name: &HookName, version: u32) -> String {
    format!("hook {name} version {version}")
}

/// Reads revision and body from the first two columns.
fn revised_text(row: &Row<'_>) -> rusqlite::Result<Revised<String>> {
    Ok(Revised {
        revision: row.get(0)?,
        value: row.get(1)?,
    })
}

fn parse_revised<T: DeserializeOwned>(
    stored: &Revised<String>,
    item: impl Fn() -> String,
) -> Result<Revised<T>, Failure> {
    Ok(Revised {
        value: parse(&stored.value, item)?,
        revision: stored.revision,
    })
}

fn parse<T: DeserializeOwned>(body: &str, item: impl Fn() -> String) -> Result<T, Failure> {
    serde_json::from_str(body).map_err(|error| Failure::Item {
        item: item(),
        message: format!("it was written by a newer Hookpoint, or is damaged ({error})"),
    })
}
