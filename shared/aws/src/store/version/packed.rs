//! Writing hook versions: together in transactions, and one by one where another writer is in the way.

use std::{collections::BTreeSet, io};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_engine::{
    hook::{Hook, HookBody},
    identifier::HookName,
    ports::{PublishError, StoreError},
    stages::Stage,
};

use crate::{
    chunk,
    item::{
        self, IS_ABSENT_OR_SAME_BODY, Item, Key, SHA256_PARAMETER, VERSION_ATTRIBUTES,
        canonical_partition, copy_partition, text,
    },
    store::{
        DynamoStore,
        transaction::{ITEM_LIMIT, Refusal, Transaction},
    },
};

/// Maximum number of bytes in a transaction of versions, far below DynamoDB's 4 MB: an attempt stays within its timeout.
const BYTE_LIMIT: usize = 1_000_000;
/// How many such transactions run at once: of a new table's 4,000 write units a second, each takes up to 2,000.
const GROUPS_AT_ONCE: usize = 4;
/// Approximate bytes of an item beside its piece.
const OVERHEAD: usize = 300;

/// A compressed version, to be written to several partitions.
struct Packed {
    name: HookName,
    version: u32,
    sha256: String,
    pieces: Vec<Vec<u8>>,
    compiled: Option<PackedCompiled>,
    source_map: Vec<Vec<u8>>,
    bundle_files: Vec<Vec<u8>>,
}

impl Packed {
    fn new(hook: &Hook, sha256: String) -> Result<Self, StoreError> {
        let failed = |error: io::Error| StoreError::Corrupt {
            item: display(&hook.name, hook.version),
            message: format!("its body cannot be compressed: {error}"),
        };
        let pieces = chunk::split(&hook.body).map_err(failed)?;
        let compiled = PackedCompiled::new(&hook.body).map_err(failed)?;
        let source_map = chunk::split_source_map(&hook.body).map_err(failed)?;
        let bundle_files = chunk::split_bundle_files(&hook.body).map_err(failed)?;
        Ok(Self {
            name: hook.name.clone(),
            version: hook.version,
            sha256,
            pieces,
            compiled,
            source_map,
            bundle_files,
        })
    }

    /// The items of the version in a partition, in the order in which to write them: the body comes last, its first piece
    /// at the end.
    fn items<'a>(&'a self, partition: &'a str) -> impl Iterator<Item = Item> + use<'a> {
        // Stages do not need them.
        let bundle_files: &[Vec<u8>] = if partition == canonical_partition(&self.name) {
            &self.bundle_files
        } else {
            &[]
        };
        let place = Numbered {
            partition,
            version: self.version,
            sha256: &self.sha256,
        };
        let compiled = self.compiled.iter();
        let compiled = compiled.flat_map(move |compiled| compiled.items(place));
        place
            .items(bundle_files, Key::bundle_files)
            .chain(place.items(&self.source_map, Key::source_map))
            .chain(compiled)
            .chain(place.items(&self.pieces, Key::chunk))
    }

    /// The approximate sizes of its items.
    fn sizes(&self) -> Vec<usize> {
        let kinds = [&self.pieces, &self.source_map, &self.bundle_files];
        let compiled = self.compiled.iter().map(|compiled| &compiled.pieces);
        let pieces = kinds.into_iter().chain(compiled).flatten();
        pieces.map(|piece| piece.len() + OVERHEAD).collect()
    }

    fn display(&self) -> String {
        display(&self.name, self.version)
    }

    fn conflict(&self) -> PublishError {
        conflict(&self.name, self.version)
    }
}

/// The compressed pieces of what a script was compiled to.
pub(super) struct PackedCompiled {
    interpreter: String,
    pieces: Vec<Vec<u8>>,
}

impl PackedCompiled {
    /// `None` if the script was not compiled.
    pub(super) fn new(body: &HookBody) -> io::Result<Option<Self>> {
        let Some(compiled) = body.compiled() else {
            return Ok(None);
        };
        Ok(Some(Self {
            interpreter: compiled.interpreter.clone(),
            pieces: chunk::split_compiled(compiled)?,
        }))
    }

    /// Its items in the order in which to write them: a reader that finds the first has them all, or a mixture, which it notices.
    pub(super) fn items<'a>(&'a self, place: Numbered<'a>) -> impl Iterator<Item = Item> + use<'a> {
        let items = place.items(&self.pieces, Key::bytecode).enumerate();
        let last = self.pieces.len();
        items.map(move |(index, item)| {
            if index + 1 == last {
                item::for_interpreter(item, &self.interpreter)
            } else {
                item
            }
        })
    }
}

/// A version in one of its partitions, for the keys of pieces.
#[derive(Clone, Copy)]
pub(super) struct Numbered<'a> {
    pub(super) partition: &'a str,
    pub(super) version: u32,
    pub(super) sha256: &'a str,
}

impl<'a> Numbered<'a> {
    /// The items of pieces; the first comes last and carries the count.
    fn items(
        self,
        pieces: &'a [Vec<u8>],
        key: fn(&str, u32, usize) -> Key,
    ) -> impl Iterator<Item = Item> + use<'a> {
        let count = pieces.len();
        pieces.iter().enumerate().rev().map(move |(index, piece)| {
            let key = key(self.partition, self.version, index);
            let count = (index == 0).then_some(count);
            item::chunk(&key, self.sha256, piece.clone(), count)
        })
    }
}

fn display(name: &HookName, version: u32) -> String {
    format!("version {version} of hook {name}")
}

fn conflict(name: &HookName, version: u32) -> PublishError {
    PublishError::Conflict {
        item: display(name, version),
    }
}

/// Where a version is written: the canonical partition, and those of stages.
pub(super) fn partitions(hook: &Hook, stages: &BTreeSet<Stage>) -> Vec<String> {
    let copies = stages
        .iter()
        .map(|stage| copy_partition(*stage, &hook.name));
    let canonical = [canonical_partition(&hook.name)];
    canonical.into_iter().chain(copies).collect()
}

/// A version in one of its partitions.
struct Placed<'a> {
    partition: &'a str,
    packed: &'a Packed,
}

impl Placed<'_> {
    fn is_canonical(&self) -> bool {
        self.partition == canonical_partition(&self.packed.name)
    }
}

/// Versions that are written together.
#[derive(Default)]
struct Group<'a> {
    versions: Vec<Placed<'a>>,
    items: usize,
    bytes: usize,
}

impl<'a> Group<'a> {
    /// Divides versions into groups that each fit into a transaction. One that does not is a group of its own.
    fn all_of(versions: impl Iterator<Item = Placed<'a>>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for version in versions {
            let one = Self::of(version);
            match groups.last_mut() {
                Some(group) if group.has_room_for(&one) => group.extend(one),
                _ => groups.push(one),
            }
        }
        groups
    }

    fn of(version: Placed<'a>) -> Self {
        let sizes = version.packed.sizes();
        Self {
            items: sizes.len(),
            bytes: sizes.iter().sum(),
            versions: vec![version],
        }
    }

    fn has_room_for(&self, other: &Self) -> bool {
        self.items + other.items <= ITEM_LIMIT && self.bytes + other.bytes <= BYTE_LIMIT
    }

    fn extend(&mut self, other: Self) {
        self.items += other.items;
        self.bytes += other.bytes;
        self.versions.extend(other.versions);
    }

    /// The transaction that writes them, if one has room for it.
    fn transaction(&self) -> Option<Transaction> {
        if !self.has_room_for(&Self::default()) {
            return None;
        }
        let mut transaction = Transaction::default();
        for Placed { partition, packed } in &self.versions {
            for item in packed.items(partition) {
                transaction.put_piece(packed.display(), item);
            }
        }
        Some(transaction)
    }
}

impl DynamoStore {
    /// Writes hook versions with copies for stages, each unless it exists. The canonical ones come first: if a number is
    /// taken, no stage's copy is touched.
    pub(in crate::store) async fn write_hooks(
        &self,
        hooks: &[(Hook, BTreeSet<Stage>)],
    ) -> Result<(), PublishError> {
        let keys = hooks.iter().flat_map(|(hook, stages)| {
            let partitions = partitions(hook, stages).into_iter();
            partitions.map(|partition| Key::chunk(&partition, hook.version, 0))
        });
        let stored = self
            .get_all(keys.collect(), Some(VERSION_ATTRIBUTES))
            .await?;
        let mut missing = Vec::new();
        for (hook, stages) in hooks {
            let sha256 = hook.body.sha256();
            let mut left = Vec::new();
            for partition in partitions(hook, stages) {
                match stored.get(&Key::chunk(&partition, hook.version, 0)) {
                    Some(item) if item::sha256(item)? == sha256 => {}
                    Some(_) => return Err(conflict(&hook.name, hook.version)),
                    None => left.push(partition),
                }
            }
            if !left.is_empty() {
                missing.push((Packed::new(hook, sha256)?, left));
            }
        }
        let versions = missing.iter().flat_map(|(packed, partitions)| {
            let partitions = partitions.iter();
            partitions.map(move |partition| Placed { partition, packed })
        });
        let (canonical, copies): (Vec<_>, Vec<_>) = versions.partition(Placed::is_canonical);
        for versions in [canonical, copies] {
            let groups = Group::all_of(versions.into_iter());
            let writes: Vec<_> = groups.iter().map(|group| self.write_group(group)).collect();
            let writes = stream::iter(writes).buffered(GROUPS_AT_ONCE);
            writes.try_collect::<()>().await?;
        }
        Ok(())
    }

    /// Writes versions in a transaction. Where it has no room, the table has no capacity for it, or another writer is in the
    /// way, they are written one by one.
    async fn write_group(&self, group: &Group<'_>) -> Result<(), PublishError> {
        if let Some(transaction) = group.transaction() {
            match self.try_commit(&transaction).await {
                Ok(()) => return Ok(()),
                Err(Refusal::Conflict(_) | Refusal::NoCapacity(_)) => {}
                Err(Refusal::Other(error)) => return Err(error),
            }
        }
        for version in &group.versions {
            self.write_version(version).await?;
        }
        Ok(())
    }

    /// Writes a version unless it exists. An existing one is never touched: another release may
    /// compress the same body differently, and readers would see a mixture.
    async fn write_version(&self, version: &Placed<'_>) -> Result<(), PublishError> {
        let Placed { partition, packed } = *version;
        match self.version_hash(partition, packed.version).await? {
            Some(sha256) if sha256 == packed.sha256 => return Ok(()),
            Some(_) => return Err(packed.conflict()),
            None => {}
        }
        if version.is_canonical() {
            // The next plan must find the number taken, whatever there is of the version.
            let note = Key::taken(partition, packed.version).with_format();
            self.put_if_absent(note).await?;
        }
        for item in packed.items(partition) {
            if !self.put_piece(item, &packed.sha256).await? {
                return Err(packed.conflict());
            }
        }
        Ok(())
    }

    /// Writes a piece in place of one of the same body, or of none. Returns false if there is one of another body, or if a
    /// transaction is in the way.
    pub(super) async fn put_piece(&self, item: Item, sha256: &str) -> Result<bool, StoreError> {
        let output = self
            .client()
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(IS_ABSENT_OR_SAME_BODY)
            .expression_attribute_values(SHA256_PARAMETER, text(sha256))
            .send()
            .await;
        match output {
            Ok(_) => Ok(true),
            Err(error) => {
                let is_refused = error.as_service_error().is_some_and(|error| {
                    error.is_conditional_check_failed_exception()
                        || error.is_transaction_conflict_exception()
                });
                if is_refused {
                    Ok(false)
                } else {
                    Err(self.unreachable(&error))
                }
            }
        }
    }
}
