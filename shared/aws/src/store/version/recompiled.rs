//! What scripts of stored versions were compiled to, replaced by that for another interpreter.
//!
//! Pieces are replaced one by one. A reader in between has pieces of two interpreters, whose hash is wrong, and compiles the script.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_engine::{
    hook::{Hook, HookReference},
    identifier::HookName,
    ports::StoreError,
    stages::Stage,
};

use super::packed::{Numbered, PackedCompiled, partitions};
use crate::{
    item::{self, INTERPRETER_ATTRIBUTES, Item, Key, VERSION_ATTRIBUTES, canonical_partition},
    store::DynamoStore,
};

/// How many versions are replaced at once.
const AT_ONCE: usize = 4;

impl DynamoStore {
    /// The interpreters that the canonical versions were compiled for.
    pub(in crate::store) async fn compiled_for(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError> {
        let keys = hooks.iter().map(|hook| {
            let partition = canonical_partition(&hook.name);
            (Key::bytecode(&partition, hook.version, 0), &hook.name)
        });
        let names: BTreeMap<_, _> = keys.collect();
        let keys = names.keys().cloned().collect();
        let items = self.get_all(keys, Some(INTERPRETER_ATTRIBUTES)).await?;
        let known = items.iter().filter_map(|(key, item)| {
            let name = HookName::clone(names.get(key)?);
            Some((name, item::interpreter(item)?.to_owned()))
        });
        Ok(known.collect())
    }

    /// Replaces what versions were compiled to in every partition that has them.
    pub(in crate::store) async fn replace_all_compiled(
        &self,
        hooks: &[Hook],
    ) -> Result<(), StoreError> {
        let stages: BTreeSet<Stage> = Stage::ALL.iter().copied().collect();
        let places = |hook: &Hook| {
            let first = |partition: String| (Key::chunk(&partition, hook.version, 0), partition);
            partitions(hook, &stages).into_iter().map(first).collect()
        };
        let places: Vec<(_, Vec<_>)> = hooks.iter().map(|hook| (hook, places(hook))).collect();
        let keys = places.iter().flat_map(|(_, places)| places);
        let keys = keys.map(|(key, _)| key.clone()).collect();
        let stored = self.get_all(keys, Some(VERSION_ATTRIBUTES)).await?;
        let writes: Vec<_> = places
            .into_iter()
            .map(|(hook, mut places)| {
                places.retain(|(key, _)| stored.contains_key(key));
                self.replace_compiled_in(hook, places, &stored)
            })
            .collect();
        let writes = stream::iter(writes).buffer_unordered(AT_ONCE);
        writes.try_collect().await
    }

    /// The canonical partition, which is the first, comes last: it tells which interpreter all of them are for.
    async fn replace_compiled_in(
        &self,
        hook: &Hook,
        places: Vec<(Key, String)>,
        stored: &BTreeMap<Key, Item>,
    ) -> Result<(), StoreError> {
        let failed = |error: std::io::Error| StoreError::Corrupt {
            item: format!("version {} of hook {}", hook.version, hook.name),
            message: format!("what it was compiled to cannot be compressed: {error}"),
        };
        let Some(compiled) = PackedCompiled::new(&hook.body).map_err(failed)? else {
            return Ok(());
        };
        let sha256 = hook.body.sha256();
        for (key, partition) in places.iter().rev() {
            if item::sha256(&stored[key])? != sha256 {
                continue;
            }
            let place = Numbered {
                partition,
                version: hook.version,
                sha256: &sha256,
            };
            for item in compiled.items(place) {
                if !self.put_piece(item, &sha256).await? {
                    return Err(StoreError::Unreachable {
                        message: format!("something else writes to `{partition}`; try again"),
                    });
                }
            }
        }
        Ok(())
    }
}
