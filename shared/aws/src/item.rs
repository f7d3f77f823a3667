//! The items of the table: their keys, their attributes, and the expressions that name attributes.
//!
//! An item carries its format number in `v`. A reader ignores unknown attributes and members, and
//! refuses a higher number: an older program must not run half of a newer binding.

mod expiring;
mod key;
mod locators;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, str::FromStr};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use hookpoint_engine::{
    delivery::gone::GoneBinding,
    hook::HookReference,
    ports::{StoreError, UnreadableItem},
    publish::{PublicationRecord, Revised},
};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::{
    expiring::{
        KEPT_LIMIT, audit, expiry, idempotency, kept_event, read_audit, read_idempotency,
        read_kept_event, read_run, read_run_index, run, run_index,
    },
    key::{
        APPLICATIONS, BINDING_PREFIX, HOOKS, Key, STORES, VERSION_PREFIX, audit_partition,
        bindings_partition, bundle_files_prefix, canonical_partition, copy_partition,
        gone_partition, kept_partition, parse_version_sort, publications_partition,
        run_index_partition, runs_partition, source_map_prefix, version_of_sort, version_prefix,
    },
    locators::{
        RUNS_OF_LOCATOR, Span, event_locators_partition, hook_locator, hook_locator_key,
        hook_locators_partition, locator, read_hook_locator, read_locator,
        subject_locators_partition,
    },
};

use crate::compressed::pack;

/// The SDK's representation of an item.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The format this program writes, and the only one it reads.
const FORMAT: u32 = 1;

pub(crate) const PARTITION: &str = "pk";
pub(crate) const SORT: &str = "sk";
/// Seconds since 1970 after which DynamoDB may delete the item.
pub(crate) const EXPIRES: &str = "expires";
const FORMAT_NUMBER: &str = "v";
/// The value as JSON in one string: a map attribute would lose the order of objects and the digits of long numbers.
pub(crate) const BODY: &str = "body";
const REVISION: &str = "revision";
const VERSION: &str = "version";
const SHA256: &str = "sha256";
const CHUNK_COUNT: &str = "chunks";
/// On the first piece of what a script was compiled to: for which interpreter.
const INTERPRETER: &str = "interpreter";
const DATA: &str = "data";
/// On the entry of a hook that was deleted.
const DELETED: &str = "deleted";
/// The request that holds an idempotency key. `owner` would be a reserved word.
const HOLDER: &str = "holder";

/// Placeholders of the expressions below.
pub(crate) const PARTITION_PARAMETER: &str = ":pk";
pub(crate) const SORT_PARAMETER: &str = ":sk";
pub(crate) const TO_PARAMETER: &str = ":to";
pub(crate) const REVISION_PARAMETER: &str = ":revision";
pub(crate) const NEXT_PARAMETER: &str = ":next";
pub(crate) const VERSION_PARAMETER: &str = ":version";
pub(crate) const SHA256_PARAMETER: &str = ":sha256";

pub(crate) const HOLDER_PARAMETER: &str = ":holder";
pub(crate) const BODY_PARAMETER: &str = ":body";

/// Every item of a partition.
pub(crate) const WHOLE_PARTITION: &str = "pk = :pk";
/// The items of a partition, starting at a sort key.
pub(crate) const FROM_SORT: &str = "pk = :pk AND sk >= :sk";
/// The items of a partition from one sort key to another, both included.
pub(crate) const BETWEEN_SORTS: &str = "pk = :pk AND sk BETWEEN :sk AND :to";
/// The items of a partition after a sort key.
pub(crate) const AFTER_SORT: &str = "pk = :pk AND sk > :sk";
/// Every item of a partition whose sort key starts with a prefix.
pub(crate) const WITH_PREFIX: &str = "pk = :pk AND begins_with(sk, :sk)";
/// The item does not exist.
pub(crate) const IS_ABSENT: &str = "attribute_not_exists(pk)";
/// The item has not changed since the writer read it.
pub(crate) const HAS_REVISION: &str = "revision = :revision";
/// Leaves the rest of the item as it is. Roles may do this where they may not write the item.
pub(crate) const RAISE_REVISION: &str = "SET revision = :next";
pub(crate) const HAS_VERSION: &str = "version = :version AND revision = :revision";
/// The item does not exist, or is a piece of the same body.
pub(crate) const IS_ABSENT_OR_SAME_BODY: &str = "attribute_not_exists(pk) OR sha256 = :sha256";
/// The item does not exist or is identical: this is a retry whose first response was lost.
pub(crate) const IS_ABSENT_OR_SAME: &str = "attribute_not_exists(pk) OR body = :body";
/// The replaced request holds the key, or the item is identical.
pub(crate) const IS_HELD_OR_SAME: &str = "holder = :holder OR body = :body";
/// The request holds the key.
pub(crate) const IS_HELD: &str = "holder = :holder";
/// A version without its data.
pub(crate) const VERSION_ATTRIBUTES: &str = "pk, sk, v, sha256";
/// For which interpreter a script was compiled, with the key.
pub(crate) const INTERPRETER_ATTRIBUTES: &str = "pk, sk, v, interpreter";
/// What the conditions of a publication are about, with the key.
pub(crate) const CONDITION_ATTRIBUTES: &str = "pk, sk, version, revision";
/// The cheapest attribute to read.
pub(crate) const KEY_ATTRIBUTE: &str = "pk";

/// An attribute of DynamoDB's type `S`.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// An attribute of DynamoDB's type `N`.
pub(crate) fn number(value: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// The item of an application or a binding.
pub(crate) fn document<T: Serialize>(
    key: &Key,
    value: &T,
    revision: u64,
) -> Result<Item, StoreError> {
    let json = serde_json::to_string(value)
        .map_err(|error| key.corrupt(format!("it cannot be serialised: {error}")))?;
    let mut item = key.with_format();
    item.insert(BODY.to_owned(), text(json));
    item.insert(REVISION.to_owned(), number(revision));
    Ok(item)
}

/// Reads what [`document`] wrote.
pub(crate) fn read_document<T: DeserializeOwned>(item: &Item) -> Result<Revised<T>, StoreError> {
    check_format(item)?;
    let value = serde_json::from_str(required_text(item, BODY)?)
        .map_err(|error| Key::of(item).corrupt(error.to_string()))?;
    Ok(Revised {
        value,
        revision: required_number(item, REVISION)?,
    })
}

/// The item that marks a binding as gone.
pub(crate) fn gone(mark: &GoneBinding) -> Item {
    let mut item = Key::gone(mark.stage, &mark.target, &mark.binding).with_format();
    item.insert(BODY.to_owned(), text(mark.to_json()));
    item
}

/// Reads what [`gone`] wrote.
pub(crate) fn read_gone(item: &Item) -> Result<GoneBinding, StoreError> {
    check_format(item)?;
    let key = Key::of(item);
    let mark = GoneBinding::from_json(required_text(item, BODY)?)
        .map_err(|error| StoreError::unreadable(key.to_string(), &error))?;
    let says = Key::gone(mark.stage, &mark.target, &mark.binding);
    if says == key {
        Ok(mark)
    } else {
        Err(key.corrupt(format!("its content belongs at `{says}`")))
    }
}

/// The item of a piece of a hook version; `count`, the number of pieces, is set on the first.
pub(crate) fn chunk(key: &Key, sha256: &str, data: Vec<u8>, count: Option<usize>) -> Item {
    let mut item = key.with_format();
    item.insert(SHA256.to_owned(), text(sha256));
    item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(data)));
    if let Some(count) = count {
        item.insert(CHUNK_COUNT.to_owned(), number(count as u64));
    }
    item
}

/// The first piece of what a script was compiled to, with the interpreter that it is for.
pub(crate) fn for_interpreter(mut piece: Item, interpreter: &str) -> Item {
    piece.insert(INTERPRETER.to_owned(), text(interpreter));
    piece
}

/// The interpreter of [`for_interpreter`]; `None` if there is none, or if another program wrote it.
pub(crate) fn interpreter(item: &Item) -> Option<&str> {
    check_format(item).ok()?;
    required_text(item, INTERPRETER).ok()
}

/// The compressed bytes of a piece.
pub(crate) fn read_chunk(item: &Item) -> Result<&[u8], StoreError> {
    check_format(item)?;
    match item.get(DATA) {
        Some(AttributeValue::B(data)) => Ok(data.as_ref()),
        _ => Err(missing(item, DATA)),
    }
}

/// The number of pieces, read from the first one.
pub(crate) fn chunk_count(item: &Item) -> Result<usize, StoreError> {
    let count = required_number(item, CHUNK_COUNT)?;
    usize::try_from(count).map_err(|_| missing(item, CHUNK_COUNT))
}

/// The hash of the body a piece belongs to.
pub(crate) fn sha256(item: &Item) -> Result<&str, StoreError> {
    check_format(item)?;
    required_text(item, SHA256)
}

/// The entry of a hook in the index: its newest published version. Every publication that binds the hook again raises
/// the revision.
pub(crate) fn pointer(hook: &HookReference, revision: u64) -> Item {
    let mut item = Key::hook_entry(&hook.name).with_format();
    item.insert(VERSION.to_owned(), number(hook.version));
    item.insert(SHA256.to_owned(), text(&hook.sha256));
    item.insert(REVISION.to_owned(), number(revision));
    item
}

/// The entry of a deleted hook: the newest version that it had.
pub(crate) fn tombstone(hook: &HookReference, revision: u64) -> Item {
    let mut item = pointer(hook, revision);
    item.insert(DELETED.to_owned(), number(1_u64));
    item
}

/// The guard of all hooks. Every deletion of a hook raises its revision, and so does every publication that has no room
/// for the entries of its hooks.
pub(crate) fn guard(revision: u64) -> Item {
    let mut item = Key::guard().with_format();
    item.insert(REVISION.to_owned(), number(revision));
    item
}

/// The revision of a [`guard`].
pub(crate) fn read_guard(item: &Item) -> Result<u64, StoreError> {
    check_format(item)?;
    required_number(item, REVISION)
}

/// Whether a [`pointer`] is that of a deleted hook.
pub(crate) fn is_tombstone(item: &Item) -> bool {
    item.contains_key(DELETED)
}

/// The item of a record of a publication.
pub(crate) fn publication(record: &PublicationRecord) -> Result<Item, StoreError> {
    let key = Key::publication(record.subject.as_ref(), record.id);
    let packed = pack(record.to_json().as_bytes())
        .map_err(|error| key.corrupt(format!("it cannot be compressed: {error}")))?;
    let mut item = key.with_format();
    item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(packed)));
    Ok(item)
}

/// Reads what [`publication`] wrote.
pub(crate) fn read_publication(item: &Item) -> Result<PublicationRecord, StoreError> {
    check_format(item)?;
    let key = Key::of(item);
    let text = String::from_utf8(expiring::unpacked(item)?)
        .map_err(|error| key.corrupt(error.to_string()))?;
    PublicationRecord::from_json(&text)
        .map_err(|error| StoreError::unreadable(key.to_string(), &error))
}

/// Reads what [`pointer`] or [`tombstone`] wrote.
pub(crate) fn read_pointer(item: &Item) -> Result<Revised<HookReference>, StoreError> {
    let version = required_number(item, VERSION)?;
    let value = HookReference {
        name: listed(item)?,
        version: u32::try_from(version).map_err(|_| missing(item, VERSION))?,
        sha256: sha256(item)?.to_owned(),
    };
    Ok(Revised {
        value,
        revision: required_number(item, REVISION)?,
    })
}

/// An item of a list, or why it cannot be read, after the sort key, which is its id.
pub(crate) fn readable<T>(
    item: &Item,
    read: impl Fn(&Item) -> Result<T, StoreError>,
) -> (String, Result<T, UnreadableItem>) {
    let id = Key::of(item).sort;
    let value = read(item).map_err(|error| UnreadableItem {
        id: id.clone(),
        error,
    });
    (id, value)
}

/// The id or name that an entry of the index is for.
pub(crate) fn listed<T: FromStr>(item: &Item) -> Result<T, StoreError> {
    check_format(item)?;
    required_text(item, SORT)?
        .parse()
        .map_err(|_| missing(item, SORT))
}

/// The item's size as DynamoDB counts it: the bytes of names and values, numbers rounded up.
pub(crate) fn size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| {
            name.len()
                + match value {
                    AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
                    AttributeValue::B(data) => data.as_ref().len(),
                    // Our attributes have no other types.
                    _ => 1,
                }
        })
        .sum()
}

fn check_format(item: &Item) -> Result<(), StoreError> {
    let format = required_number(item, FORMAT_NUMBER)?;
    match format {
        0 => Err(Key::of(item).corrupt("there is no format 0")),
        format if format > u64::from(FORMAT) => Err(StoreError::Newer {
            item: Key::of(item).to_string(),
            message: format!(
                "it has format {format}, this program reads format {FORMAT}; use the version of Hookpoint that wrote it, or a newer one"
            ),
        }),
        _ => Ok(()),
    }
}

fn required_text<'a>(item: &'a Item, name: &str) -> Result<&'a str, StoreError> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(missing(item, name)),
    }
}

fn required_number(item: &Item, name: &str) -> Result<u64, StoreError> {
    match item.get(name) {
        Some(AttributeValue::N(digits)) => digits.parse().map_err(|_| missing(item, name)),
        _ => Err(missing(item, name)),
    }
}

fn missing(item: &Item, name: &str) -> StoreError {
    Key::of(item).corrupt(format!(
        "its attribute `{name}` is missing or has another type"
    ))
}
