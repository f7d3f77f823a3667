//! Hook versions: immutable, in pieces, complete or absent.
//!
//! The first piece carries hash and count and is written last, so a half-written version never
//! counts as complete. Every piece carries the hash; a piece is only ever replaced by one of the
//! same body. Bytecode has pieces of its own: it is not part of the hash, and a version is complete
//! without it.

use std::{io, sync::Arc};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use hookpoint_engine::{
    hook::{BundleFiles, CompiledScript, Hook},
    identifier::HookName,
    ports::{PublishError, StoreError},
};

use super::DynamoStore;
use crate::{
    chunk,
    item::{
        self, IS_ABSENT_OR_SAME_BODY, Item, Key, SHA256_PARAMETER, VERSION_ATTRIBUTES,
        bundle_files_prefix, canonical_partition, source_map_prefix, text, version_prefix,
    },
};

/// A compressed version, to be written to several partitions.
pub(super) struct Packed {
    pub(super) name: HookName,
    version: u32,
    sha256: String,
    pieces: Vec<Vec<u8>>,
    bytecode: Vec<Vec<u8>>,
    source_map: Vec<Vec<u8>>,
    bundle_files: Vec<Vec<u8>>,
}

impl Packed {
    pub(super) fn new(hook: &Hook) -> Result<Self, StoreError> {
        let failed = |error: io::Error| StoreError::Corrupt {
            item: display(&hook.name, hook.version),
            message: format!("its body cannot be compressed: {error}"),
        };
        let pieces = chunk::split(&hook.body).map_err(failed)?;
        let bytecode = chunk::split_bytecode(&hook.body).map_err(failed)?;
        let source_map = chunk::split_source_map(&hook.body).map_err(failed)?;
        let bundle_files = chunk::split_bundle_files(&hook.body).map_err(failed)?;
        Ok(Self {
            name: hook.name.clone(),
            version: hook.version,
            sha256: hook.body.sha256(),
            pieces,
            bytecode,
            source_map,
            bundle_files,
        })
    }

    /// Pieces with their keys; the first comes last and carries the count.
    fn numbered<'a>(
        &self,
        pieces: &'a [Vec<u8>],
        partition: &'a str,
        key: fn(&str, u32, usize) -> Key,
    ) -> impl Iterator<Item = (Key, Option<usize>, &'a Vec<u8>)> + use<'a> {
        let (version, count) = (self.version, pieces.len());
        let with_key = move |(index, piece)| {
            let key = key(partition, version, index);
            (key, (index == 0).then_some(count), piece)
        };
        pieces.iter().enumerate().rev().map(with_key)
    }

    fn conflict(&self) -> PublishError {
        PublishError::Conflict {
            item: display(&self.name, self.version),
        }
    }
}

fn display(name: &HookName, version: u32) -> String {
    format!("version {version} of hook {name}")
}

/// The bytecode among the items after a body; `None` if it is absent, incomplete or mixed.
fn bytecode_in(items: &[Item], partition: &str, version: u32) -> Option<CompiledScript> {
    let first = Key::bytecode(partition, version, 0);
    let start = items.iter().position(|item| Key::of(item) == first)?;
    let count = item::chunk_count(&items[start]).ok()?;
    let pieces: Option<Vec<&[u8]>> = items[start..]
        .get(..count)?
        .iter()
        .map(|item| item::read_chunk(item).ok())
        .collect();
    chunk::join_bytecode(&pieces?)
}

/// The pieces of what is stored beside a body; `None` if one is absent.
fn whole(items: &[Item]) -> Option<Vec<&[u8]>> {
    let count = item::chunk_count(items.first()?).ok()?;
    let pieces = items.get(..count)?.iter();
    pieces.map(|item| item::read_chunk(item).ok()).collect()
}

impl DynamoStore {
    /// A version and the checked hash of its body; `None` if it is absent or unfinished.
    pub(super) async fn read_version(
        &self,
        partition: &str,
        name: &HookName,
        version: u32,
    ) -> Result<Option<(Arc<Hook>, String)>, StoreError> {
        // The index is padded, so pieces come in order.
        let items = self
            .query(partition, &version_prefix(version), true)
            .await?;
        let key = Key::chunk(partition, version, 0);
        let Some(first) = items.first().filter(|item| Key::of(item) == key) else {
            return Ok(None);
        };
        let (sha256, count) = (item::sha256(first)?, item::chunk_count(first)?);
        // An earlier attempt may have left surplus pieces.
        let (items, rest) = items.split_at_checked(count).ok_or_else(|| {
            key.corrupt(format!("{} of its {count} pieces are there", items.len()))
        })?;
        let mut pieces = Vec::with_capacity(count);
        for (index, item) in items.iter().enumerate() {
            let expected = Key::chunk(partition, version, index);
            if Key::of(item) != expected {
                return Err(expected.corrupt("the piece is absent"));
            }
            if item::sha256(item)? != sha256 {
                return Err(expected.corrupt("the piece belongs to another body"));
            }
            pieces.push(item::read_chunk(item)?);
        }
        let body = chunk::join(&pieces, sha256).map_err(|message| key.corrupt(message))?;
        let body = body.with_compiled(bytecode_in(rest, partition, version));
        let hook = Hook {
            name: name.clone(),
            version,
            body: Arc::new(body),
        };
        Ok(Some((Arc::new(hook), sha256.to_owned())))
    }

    /// The text of a version's source map; `None` if it is absent, incomplete or another one.
    pub(super) async fn read_source_map(
        &self,
        partition: &str,
        hook: &Hook,
    ) -> Result<Option<Arc<str>>, StoreError> {
        let Some(map) = hook.body.source_map() else {
            return Ok(None);
        };
        let prefix = source_map_prefix(hook.version);
        let items = self.query(partition, &prefix, true).await?;
        let text = whole(&items).and_then(|pieces| chunk::join_source_map(&pieces));
        Ok(text.filter(|text| map.is(text)).map(Into::into))
    }

    /// The files beside the sources of a version that is a bundle; `None` if they are absent or incomplete. They are part
    /// of the canonical copy alone.
    pub(super) async fn read_bundle_files(
        &self,
        hook: &Hook,
    ) -> Result<Option<BundleFiles>, StoreError> {
        if hook.body.source_map().is_none() {
            return Ok(None);
        }
        let prefix = bundle_files_prefix(hook.version);
        let partition = canonical_partition(&hook.name);
        let items = self.query(&partition, &prefix, true).await?;
        Ok(whole(&items).and_then(|pieces| chunk::join_bundle_files(&pieces)))
    }

    /// Writes a version unless it exists. An existing one is never touched: another release may
    /// compress the same body differently, and readers would see a mixture.
    pub(super) async fn write_version(
        &self,
        partition: &str,
        packed: &Packed,
    ) -> Result<(), PublishError> {
        match self.version_hash(partition, packed.version).await? {
            Some(sha256) if sha256 == packed.sha256 => return Ok(()),
            Some(_) => return Err(packed.conflict()),
            None => {}
        }
        let bytecode = packed.numbered(&packed.bytecode, partition, Key::bytecode);
        let body = packed.numbered(&packed.pieces, partition, Key::chunk);
        let source_map = packed.numbered(&packed.source_map, partition, Key::source_map);
        // Stages do not need them.
        let bundle_files: &[Vec<u8>] = if partition == canonical_partition(&packed.name) {
            &packed.bundle_files
        } else {
            &[]
        };
        let bundle_files = packed.numbered(bundle_files, partition, Key::bundle_files);
        let beside = bundle_files.chain(source_map).chain(bytecode);
        for (key, count, piece) in beside.chain(body) {
            let item = item::chunk(&key, &packed.sha256, piece.clone(), count);
            let answer = self
                .client()
                .put_item()
                .table_name(&self.table)
                .set_item(Some(item))
                .condition_expression(IS_ABSENT_OR_SAME_BODY)
                .expression_attribute_values(SHA256_PARAMETER, text(&packed.sha256))
                .send()
                .await;
            if let Err(error) = answer {
                let refused = error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception);
                return Err(if refused {
                    packed.conflict()
                } else {
                    self.unreachable(&error).into()
                });
            }
        }
        Ok(())
    }

    /// The hash of a complete version; `None` if it is absent or unfinished.
    pub(super) async fn version_hash(
        &self,
        partition: &str,
        version: u32,
    ) -> Result<Option<String>, StoreError> {
        let answer = self
            .client()
            .get_item()
            .table_name(&self.table)
            .set_key(Some(Key::chunk(partition, version, 0).attributes()))
            .projection_expression(VERSION_ATTRIBUTES)
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        answer
            .item
            .map(|item| item::sha256(&item).map(str::to_owned))
            .transpose()
    }
}
