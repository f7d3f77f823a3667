//! Records of publications, and what they let an operator undo or delete.

use hookpoint_engine::{
    application::binding::{Binding, Target},
    audit::AuditEntry,
    hook::HookReference,
    identifier::HookName,
    ports::{HookDeletion, StoreError, UnreadableItem},
    publish::{PublicationId, PublicationRecord},
};
use rusqlite::{Connection, params};

use super::{
    audit,
    failure::{Failure, WriteFailure},
    read,
};

/// Stores a record.
pub(super) fn put(connection: &Connection, record: &PublicationRecord) -> rusqlite::Result<()> {
    let subject = record.subject.as_ref().map(Target::to_string);
    connection
        .prepare_cached("INSERT INTO publication (id, subject, body) VALUES (?1, ?2, ?3)")?
        .execute(params![
            record.id.to_string(),
            subject.unwrap_or_default(),
            record.to_json()
        ])?;
    Ok(())
}

/// The records of the newest publications, of one subject or all, and what cannot be read of them.
pub(super) fn newest(
    connection: &Connection,
    subject: Option<&Target>,
    limit: usize,
) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, Failure> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let subject = subject.map(Target::to_string);
    let mut statement = connection.prepare_cached(
        "SELECT id, body FROM publication WHERE (?1 IS NULL OR subject = ?1) AND id IN
         (SELECT DISTINCT id FROM publication WHERE ?1 IS NULL OR subject = ?1 ORDER BY id DESC LIMIT ?2)
         ORDER BY id DESC, subject",
    )?;
    let rows = statement.query_map(params![subject, limit], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    rows.map(|row| {
        let (id, body): (String, String) = row?;
        Ok(
            PublicationRecord::from_json(&body).map_err(|error| UnreadableItem {
                error: StoreError::unreadable(item(&id), &error),
                id,
            }),
        )
    })
    .collect()
}

/// The records of one publication.
pub(super) fn of(
    connection: &Connection,
    id: PublicationId,
) -> Result<Vec<PublicationRecord>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM publication WHERE id = ?1 ORDER BY subject")?;
    let id = id.to_string();
    let rows = statement.query_map([&id], |row| row.get::<_, String>(0))?;
    rows.map(|body| {
        PublicationRecord::from_json(&body?).map_err(|error| Failure::Unreadable(item(&id), error))
    })
    .collect()
}

fn item(id: &str) -> String {
    format!("publication {id}")
}

/// Every version of a hook, the newest first.
pub(super) fn versions(
    connection: &Connection,
    hook: &HookName,
) -> Result<Vec<HookReference>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT version, sha256 FROM hook WHERE name = ?1 ORDER BY version DESC")?;
    let rows = statement.query_map([hook.as_str()], |row| {
        Ok(HookReference {
            name: hook.clone(),
            version: row.get(0)?,
            sha256: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes a hook unless a binding runs it.
pub(super) fn delete_hook(
    connection: &Connection,
    hook: &HookName,
    entry: Option<&AuditEntry>,
) -> Result<HookDeletion, WriteFailure> {
    let users: Vec<Binding> = read::every_binding(connection)?
        .into_iter()
        .filter(|binding| binding.hook.name == *hook)
        .collect();
    if !users.is_empty() {
        return Ok(HookDeletion::InUse(users));
    }
    let newest = versions(connection, hook)?.into_iter().next();
    let Some(newest) = newest else {
        return Ok(HookDeletion::Absent);
    };
    for table in [
        "hook_stage",
        "hook_bytecode",
        "hook_source_map",
        "hook_bundle_files",
        "hook",
    ] {
        connection.execute(
            &format!("DELETE FROM {table} WHERE name = ?1"),
            [hook.as_str()],
        )?;
    }
    connection.execute(
        "INSERT INTO hook_deleted (name, version) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version",
        params![hook.as_str(), newest.version],
    )?;
    if let Some(entry) = entry {
        audit::put(connection, entry)?;
    }
    Ok(HookDeletion::Deleted)
}
