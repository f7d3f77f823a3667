//! Hook versions: immutable, in pieces, complete or absent.
//!
//! The first piece carries hash and count and is written last, so a half-written version never
//! counts as complete. Every piece carries the hash; a piece is only ever replaced by one of the
//! same body. Bytecode has pieces of its own: it is not part of the hash, and a version is complete
//! without it.

mod packed;
mod recompiled;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt as _, TryStreamExt as _, stream, try_join};
use hookpoint_engine::{
    hook::{BundleFiles, CompiledScript, Hook, HookBody},
    identifier::HookName,
    ports::StoreError,
};

use super::{
    DynamoStore,
    snapshot::{HookEntries, gather},
};
use crate::{
    chunk,
    item::{
        self, Item, Key, VERSION_ATTRIBUTES, bundle_files_prefix, canonical_partition,
        source_map_prefix, version_prefix,
    },
};

/// How many versions are read with one request. Their first pieces, two of 300 KB each, are at most 5 MB: an attempt stays
/// within its timeout.
const READ_TOGETHER: usize = 8;
/// How many such requests run at once.
const REQUESTS_AT_ONCE: usize = 2;
/// More pieces than any body or bytecode has.
const PIECE_LIMIT: usize = 100;

/// The bytecode among the items after a body; `None` if it is absent, incomplete or mixed.
fn bytecode_in(items: &[&Item], partition: &str, version: u32) -> Option<CompiledScript> {
    let first = Key::bytecode(partition, version, 0);
    let start = items.iter().position(|item| Key::of(item) == first)?;
    let count = item::chunk_count(items[start]).ok()?;
    let pieces: Option<Vec<&[u8]>> = items[start..]
        .get(..count)?
        .iter()
        .map(|item| item::read_chunk(item).ok())
        .collect();
    chunk::join_compiled(&pieces?)
}

/// The pieces of what is stored beside a body; `None` if one is absent.
fn whole(items: &[Item]) -> Option<Vec<&[u8]>> {
    let count = item::chunk_count(items.first()?).ok()?;
    let pieces = items.get(..count)?.iter();
    pieces.map(|item| item::read_chunk(item).ok()).collect()
}

/// A version among its pieces in order, and the checked hash of its body; `None` if it is absent or unfinished.
fn version_in(
    items: &[&Item],
    partition: &str,
    name: &HookName,
    version: u32,
) -> Result<Option<(Arc<Hook>, String)>, StoreError> {
    let key = Key::chunk(partition, version, 0);
    let Some(first) = items.first().filter(|item| Key::of(item) == key) else {
        return Ok(None);
    };
    let (sha256, count) = (item::sha256(first)?, item::chunk_count(first)?);
    // An earlier publication may have left surplus pieces.
    let (items, rest) = items
        .split_at_checked(count)
        .ok_or_else(|| key.corrupt(format!("{} of its {count} pieces are there", items.len())))?;
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

/// The keys of the first pieces of a version, of its body and of its bytecode.
fn first_pieces(name: &HookName, version: u32) -> [Key; 2] {
    let partition = canonical_partition(name);
    [
        Key::chunk(&partition, version, 0),
        Key::bytecode(&partition, version, 0),
    ]
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
        let items: Vec<_> = items.iter().collect();
        version_in(&items, partition, name, version)
    }

    /// The versions of these that exist, with everything that is stored beside their bodies. Those of a deleted hook do not.
    pub(super) async fn pinned_versions(
        &self,
        versions: &BTreeSet<(HookName, u32)>,
        entries: &HookEntries,
    ) -> Result<BTreeMap<(HookName, u32), Arc<Hook>>, StoreError> {
        let is_deleted = |name| entries.get(name).is_some_and(|(_, is_deleted)| *is_deleted);
        let versions = versions.iter().filter(|(name, _)| !is_deleted(name));
        let versions: Vec<_> = versions.collect();
        let reads: Vec<_> = versions
            .chunks(READ_TOGETHER)
            .map(|versions| self.read_together(versions))
            .collect();
        let hooks: Vec<_> = stream::iter(reads)
            .buffered(REQUESTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(hooks
            .into_iter()
            .flatten()
            .map(|hook| ((hook.name.clone(), hook.version), hook))
            .collect())
    }

    async fn read_together(
        &self,
        versions: &[&(HookName, u32)],
    ) -> Result<Vec<Arc<Hook>>, StoreError> {
        let keys = versions
            .iter()
            .flat_map(|(name, version)| first_pieces(name, *version))
            .collect();
        let pieces = self.get_all(keys, None).await?;
        let reads: Vec<_> = versions
            .iter()
            .map(|(name, version)| self.read_whole(name, *version, &pieces))
            .collect();
        let hooks = gather(reads.into_iter()).await?;
        Ok(hooks.into_iter().flatten().collect())
    }

    /// A version, from its first pieces and those that follow them.
    async fn read_whole(
        &self,
        name: &HookName,
        version: u32,
        stored: &BTreeMap<Key, Item>,
    ) -> Result<Option<Arc<Hook>>, StoreError> {
        let partition = canonical_partition(name);
        let count = |key: &Key| {
            stored
                .get(key)
                .and_then(|item| item::chunk_count(item).ok())
        };
        let [body, bytecode] = first_pieces(name, version);
        let (of_body, of_bytecode) = (count(&body), count(&bytecode));
        let following = |count: Option<usize>| 1..count.unwrap_or(1).min(PIECE_LIMIT);
        let of_body = following(of_body).map(|index| Key::chunk(&partition, version, index));
        let of_bytecode =
            following(of_bytecode).map(|index| Key::bytecode(&partition, version, index));
        let rest = self
            .get_all(of_body.chain(of_bytecode).collect(), None)
            .await?;
        let first = [body, bytecode];
        let first = first.iter().filter_map(|key| stored.get_key_value(key));
        // In their order, those of the body before the others.
        let pieces: BTreeMap<_, _> = first.chain(&rest).collect();
        let pieces: Vec<_> = pieces.into_values().collect();
        let Some((hook, _)) = version_in(&pieces, &partition, name, version)? else {
            return Ok(None);
        };
        if hook.body.source_map().is_none() {
            return Ok(Some(hook));
        }
        // A stage that gets the version later needs all of it.
        let (text, files) = try_join!(
            self.read_source_map(&partition, &hook),
            self.read_bundle_files(&hook),
        )?;
        let mut body = HookBody::clone(&hook.body);
        if let Some(text) = text {
            body = body.with_source_map_text(Some(&text));
        }
        if let Some(files) = files {
            body = body.with_bundle_files(Some(files));
        }
        Ok(Some(Arc::new(Hook {
            body: Arc::new(body),
            ..Hook::clone(&hook)
        })))
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
