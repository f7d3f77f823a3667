//! Items with a time to live: run records, kept events, idempotency records.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use hookpoint_engine::{
    audit::{AUDIT_RETENTION, AuditEntry},
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    identifier::ApplicationId,
    ports::StoreError,
    record::{Kept, RunId, RunRecord},
    stages::Stage,
};

use super::{
    BODY, DATA, EXPIRES, HOLDER, Item, Key, SORT, check_format, missing, number, required_text,
    size, text,
};
use crate::compressed::{pack, unpack};

/// Maximum size of a run record. DynamoDB charges by the kilobyte written.
const RUN_LIMIT: usize = 4 * 1024;
/// Maximum compressed size of a kept event, a little below the limit for an item.
pub(crate) const KEPT_LIMIT: usize = 390 * 1024;
/// Larger idempotency records are compressed; smaller ones already cost the minimum.
const PLAIN_LIMIT: usize = 900;

/// When the record expires, in seconds since 1970.
pub(crate) fn expiry(record: &RunRecord, retention: Duration) -> u64 {
    let started = record.started().duration_since(UNIX_EPOCH);
    (started.unwrap_or_default() + retention).as_secs()
}

/// The item of a run record, shortened to [`RUN_LIMIT`].
pub(crate) fn run(record: &RunRecord, retention: Duration) -> Item {
    let mut item = expiring(&Key::run(&record.id), expiry(record, retention));
    let room = RUN_LIMIT - size(&item) - BODY.len();
    item.insert(BODY.to_owned(), text(record.to_short_json(room)));
    item
}

/// Reads what [`run`] wrote.
pub(crate) fn read_run(item: &Item) -> Result<RunRecord, StoreError> {
    check_format(item)?;
    let key = Key::of(item);
    let record = RunRecord::from_json(required_text(item, BODY)?)
        .map_err(|error| StoreError::unreadable(key.to_string(), &error))?;
    if Key::run(&record.id) == key {
        Ok(record)
    } else {
        Err(key.corrupt(format!("its content belongs at `{}`", Key::run(&record.id))))
    }
}

/// The item of a kept event, without its requests if it is too large with them. The inner error is its size in bytes if it exceeds
/// [`KEPT_LIMIT`] all the same.
pub(crate) fn kept_event(
    id: &RunId,
    kept: &Kept,
    expires: u64,
) -> Result<Result<Item, usize>, StoreError> {
    let whole = packed_event(id, kept, expires)?;
    if whole.is_ok() || kept.requests.is_empty() {
        return Ok(whole);
    }
    let without = Kept {
        requests: Vec::new(),
        ..kept.clone()
    };
    packed_event(id, &without, expires)
}

fn packed_event(id: &RunId, kept: &Kept, expires: u64) -> Result<Result<Item, usize>, StoreError> {
    let key = Key::kept_event(id);
    let packed = serde_json::to_vec(kept)
        .map_err(std::io::Error::from)
        .and_then(|json| pack(&json))
        .map_err(|error| key.corrupt(format!("it cannot be serialised: {error}")))?;
    if packed.len() > KEPT_LIMIT {
        return Ok(Err(packed.len()));
    }
    let mut item = expiring(&key, expires);
    item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(packed)));
    Ok(Ok(item))
}

/// Reads what [`kept_event`] wrote.
pub(crate) fn read_kept_event(item: &Item) -> Result<Kept, StoreError> {
    check_format(item)?;
    let json = unpacked(item)?;
    serde_json::from_slice(&json).map_err(|error| Key::of(item).corrupt(error.to_string()))
}

/// A note that an application has run records at a stage.
pub(crate) fn run_index(stage: Stage, application: &ApplicationId, expires: u64) -> Item {
    expiring(&Key::run_index(stage, application), expires)
}

/// The application that a [`run_index`] names.
pub(crate) fn read_run_index(item: &Item) -> Result<ApplicationId, StoreError> {
    check_format(item)?;
    required_text(item, SORT)?
        .parse()
        .map_err(|_| missing(item, SORT))
}

/// The item stored under an idempotency key.
pub(crate) fn idempotency(
    key: &IdempotencyKey,
    record: &IdempotencyRecord,
) -> Result<Item, StoreError> {
    let key = Key::idempotency(key);
    let unwritable = |error: String| key.corrupt(format!("it cannot be serialised: {error}"));
    let json = serde_json::to_string(record).map_err(|error| unwritable(error.to_string()))?;
    let mut item = expiring(&key, record.expires_seconds());
    item.insert(HOLDER.to_owned(), text(&record.owner));
    if json.len() <= PLAIN_LIMIT {
        item.insert(BODY.to_owned(), text(json));
    } else {
        let packed = pack(json.as_bytes()).map_err(|error| unwritable(error.to_string()))?;
        if packed.len() > KEPT_LIMIT {
            let size = packed.len();
            return Err(unwritable(format!(
                "it has {size} bytes after compression, the limit is {KEPT_LIMIT}"
            )));
        }
        item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(packed)));
    }
    Ok(item)
}

/// Reads what [`idempotency`] wrote.
pub(crate) fn read_idempotency(item: &Item) -> Result<IdempotencyRecord, StoreError> {
    check_format(item)?;
    let record = match item.get(BODY) {
        Some(AttributeValue::S(json)) => serde_json::from_str(json),
        _ => serde_json::from_slice(&unpacked(item)?),
    };
    record.map_err(|error| Key::of(item).corrupt(error.to_string()))
}

/// The item of an entry of the audit trail.
pub(crate) fn audit(entry: &AuditEntry) -> Item {
    let key = Key::audit(entry.application.as_ref(), entry.id);
    let made = entry.id.time().duration_since(UNIX_EPOCH);
    let expires = made.unwrap_or_default() + AUDIT_RETENTION;
    let mut item = expiring(&key, expires.as_secs());
    item.insert(BODY.to_owned(), text(entry.to_json()));
    item
}

/// Reads what [`audit`] wrote.
pub(crate) fn read_audit(item: &Item) -> Result<AuditEntry, StoreError> {
    check_format(item)?;
    let key = Key::of(item);
    let entry = AuditEntry::from_json(required_text(item, BODY)?)
        .map_err(|error| StoreError::unreadable(key.to_string(), &error))?;
    // Roles let an author write in one partition only.
    let place = Key::audit(entry.application.as_ref(), entry.id);
    if place == key {
        Ok(entry)
    } else {
        Err(key.corrupt(format!("its content belongs at `{place}`")))
    }
}

pub(super) fn expiring(key: &Key, expires: u64) -> Item {
    let mut item = key.with_format();
    item.insert(EXPIRES.to_owned(), number(expires));
    item
}

/// The decompressed `data`.
pub(super) fn unpacked(item: &Item) -> Result<Vec<u8>, StoreError> {
    match item.get(DATA) {
        Some(AttributeValue::B(data)) => {
            unpack(data.as_ref(), "content").map_err(|message| Key::of(item).corrupt(message))
        }
        _ => Err(missing(item, DATA)),
    }
}
