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
    item::{self, INTERPRETER_ATTRIBUTES, Key, VERSION_ATTRIBUTES, canonical_partition},
    store::DynamoStore,
};

/// In how many partitions pieces are replaced at once.
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
    /// The canonical one comes last: it tells which interpreter all of them are for.
    pub(in crate::store) async fn replace_all_compiled(
        &self,
        hooks: &[Hook],
    ) -> Result<(), StoreError> {
        let stages: BTreeSet<Stage> = Stage::ALL.iter().copied().collect();
        let keys = hooks.iter().flat_map(|hook| {
            let partitions = partitions(hook, &stages).into_iter();
            partitions.map(|partition| Key::chunk(&partition, hook.version, 0))
        });
        let stored = self
            .get_all(keys.collect(), Some(VERSION_ATTRIBUTES))
            .await?;
        for hook in hooks {
            let sha256 = hook.body.sha256();
            let is_there = |partition: &String| {
                let item = stored.get(&Key::chunk(partition, hook.version, 0));
                item.is_some_and(|item| item::sha256(item).is_ok_and(|stored| stored == sha256))
            };
            let places = partitions(hook, &stages);
            let places: Vec<_> = places.iter().filter(|place| is_there(place)).collect();
            let failed = |error: std::io::Error| StoreError::Corrupt {
                item: format!("version {} of hook {}", hook.version, hook.name),
                message: format!("what it was compiled to cannot be compressed: {error}"),
            };
            let Some(compiled) = PackedCompiled::new(&hook.body).map_err(failed)? else {
                continue;
            };
            let canonical = canonical_partition(&hook.name);
            let (canonical, copies): (Vec<_>, Vec<_>) =
                places.into_iter().partition(|place| **place == canonical);
            for places in [copies, canonical] {
                let writes: Vec<_> = places
                    .into_iter()
                    .map(|partition| {
                        let place = Numbered {
                            partition,
                            version: hook.version,
                            sha256: &sha256,
                        };
                        self.put_compiled(&compiled, place)
                    })
                    .collect();
                let writes = stream::iter(writes).buffer_unordered(AT_ONCE);
                writes.try_collect::<()>().await?;
            }
        }
        Ok(())
    }

    async fn put_compiled(
        &self,
        compiled: &PackedCompiled,
        place: Numbered<'_>,
    ) -> Result<(), StoreError> {
        for item in compiled.items(place) {
            if !self.put_piece(item, place.sha256).await? {
                return Err(StoreError::Unreachable {
                    message: format!("something else writes to `{}`; try again", place.partition),
                });
            }
        }
        Ok(())
    }
}
