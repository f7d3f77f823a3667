//! Partition and sort keys.
//!
//! A stage's role may read partitions that start with its own name only (`dynamodb:LeadingKeys`),
//! so everything a stage needs, except applications, starts with `<stage>#`. Identifiers contain
//! neither `#` nor `:`, so keys cannot collide.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use hookpoint_engine::{
    application::binding::{Binding, Target},
    audit::AuditId,
    event::idempotency::IdempotencyKey,
    identifier::{ApplicationId, BindingId, HookName, StoreId},
    ports::StoreError,
    publish::PublicationId,
    record::RunId,
    stages::Stage,
};

use super::{FORMAT, FORMAT_NUMBER, Item, PARTITION, SORT, number, text};
use crate::partitions::{self, AUDIT, GONE, IDEMPOTENCY, PUBLICATIONS, RUNS, VERSIONS};

pub(crate) const BINDING_PREFIX: &str = "binding#";
pub(crate) const VERSION_PREFIX: &str = "v#";
const SOURCE_MAP_PREFIX: &str = "map#";
const BUNDLE_FILES_PREFIX: &str = "files#";
/// The index of the first piece of bytecode. Bodies have far fewer pieces.
const FIRST_OF_BYTECODE: usize = 5_000;
/// Where no version has a piece.
const TAKEN: usize = 9_999;
/// No application has this id.
const OF_NONE: &str = ":";
/// No application has this id.
const HOOKS_ONLY: &str = "hooks:";
const META: &str = "meta";
/// What the index lists, each in a partition of its own.
pub(crate) const APPLICATIONS: &str = "index#applications";
pub(crate) const STORES: &str = "index#stores";
pub(crate) const HOOKS: &str = "index#hooks";
const GUARD: &str = "index#guard";
const STATE: &str = "state";
const EVENTS: &str = "events";

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) partition: String,
    pub(crate) sort: String,
}

impl Key {
    pub(crate) fn application(id: &ApplicationId) -> Self {
        Self::new(format!("{}{id}", partitions::APPLICATIONS), META)
    }

    /// A key that no application has, as ids are not empty.
    pub(crate) fn no_application() -> Self {
        Self::new(partitions::APPLICATIONS.to_owned(), META)
    }

    pub(crate) fn binding(binding: &Binding) -> Self {
        Self::new(
            bindings_partition(binding.stage, &binding.target),
            format!("{BINDING_PREFIX}{:05}#{}", binding.order, binding.id),
        )
    }

    pub(crate) fn chunk(partition: &str, version: u32, index: usize) -> Self {
        Self::new(
            partition.to_owned(),
            format!("{}{index:04}", version_prefix(version)),
        )
    }

    /// A piece of a version's bytecode. It sorts after the pieces of the body, which is where an
    /// older program stops reading.
    pub(crate) fn bytecode(partition: &str, version: u32, index: usize) -> Self {
        Self::chunk(partition, version, FIRST_OF_BYTECODE + index)
    }

    /// The note that the number of a version is taken, written before one that takes several requests.
    pub(crate) fn taken(partition: &str, version: u32) -> Self {
        Self::chunk(partition, version, TAKEN)
    }

    /// A piece of a version's source map, apart from what a run needs.
    pub(crate) fn source_map(partition: &str, version: u32, index: usize) -> Self {
        Self::new(
            partition.to_owned(),
            format!("{}{index:04}", source_map_prefix(version)),
        )
    }

    /// A piece of the files beside the sources of a version that is a bundle.
    pub(crate) fn bundle_files(partition: &str, version: u32, index: usize) -> Self {
        Self::new(
            partition.to_owned(),
            format!("{}{index:04}", bundle_files_prefix(version)),
        )
    }

    /// The entry of an application in the index.
    pub(crate) fn application_entry(id: &ApplicationId) -> Self {
        Self::new(APPLICATIONS.to_owned(), id.as_str())
    }

    /// The entry of an identity store in the index.
    pub(crate) fn store_entry(id: &StoreId) -> Self {
        Self::new(STORES.to_owned(), id.as_str())
    }

    /// The entry of a hook in the index.
    pub(crate) fn hook_entry(hook: &HookName) -> Self {
        Self::new(HOOKS.to_owned(), hook.as_str())
    }

    /// The guard between deletions of hooks and large publications.
    pub(crate) fn guard() -> Self {
        Self::new(GUARD.to_owned(), "hooks")
    }

    pub(crate) fn publication(subject: Option<&Target>, id: PublicationId) -> Self {
        Self::new(publications_partition(subject), id.to_string())
    }

    pub(crate) fn audit(application: Option<&ApplicationId>, id: AuditId) -> Self {
        Self::new(audit_partition(application), id.to_string())
    }

    pub(crate) fn run(id: &RunId) -> Self {
        let partition = runs_partition(id.stage, &id.application, id.shard());
        Self::new(partition, id.ulid())
    }

    /// The kept event of a run, in other partitions than the records so that listing does not read
    /// it, and in as many.
    pub(crate) fn kept_event(id: &RunId) -> Self {
        let partition = kept_partition(id.stage, &id.application, Some(id.shard()));
        Self::new(partition, id.ulid())
    }

    /// Where earlier versions kept the event of a run: in one partition for all, which took 1,000
    /// write units a second. Such events are read until they expire.
    pub(crate) fn kept_event_together(id: &RunId) -> Self {
        Self::new(kept_partition(id.stage, &id.application, None), id.ulid())
    }

    /// The note that an application has run records at a stage, for listings that do not name both.
    pub(crate) fn run_index(stage: Stage, application: &ApplicationId) -> Self {
        Self::new(run_index_partition(stage), application.as_str())
    }

    pub(crate) fn idempotency(key: &IdempotencyKey) -> Self {
        let IdempotencyKey {
            stage,
            application,
            key,
        } = key;
        // Callers choose keys. The worker's policy matches partitions by what follows a `#`, so
        // there must be only one.
        let key = key.replace('%', "%25").replace('#', "%23");
        Self::new(
            format!("{}#{IDEMPOTENCY}{application}:{key}", stage.name()),
            STATE,
        )
    }

    /// The mark on a binding that is gone.
    pub(crate) fn gone(stage: Stage, target: &Target, binding: &BindingId) -> Self {
        Self::new(gone_partition(stage, target), binding.as_str())
    }

    fn new(partition: String, sort: impl Into<String>) -> Self {
        Self {
            partition,
            sort: sort.into(),
        }
    }

    /// The key of an item, for messages; missing parts are empty.
    pub(crate) fn of(item: &Item) -> Self {
        let part = |name| match item.get(name) {
            Some(AttributeValue::S(text)) => text.clone(),
            _ => String::new(),
        };
        Self::new(part(PARTITION), part(SORT))
    }

    /// The key's attributes, as reads and deletions expect them.
    pub(crate) fn attributes(&self) -> Item {
        Item::from([
            (PARTITION.to_owned(), text(&self.partition)),
            (SORT.to_owned(), text(&self.sort)),
        ])
    }

    /// An item with this key and the format number.
    pub(crate) fn with_format(&self) -> Item {
        let mut item = self.attributes();
        item.insert(FORMAT_NUMBER.to_owned(), number(FORMAT));
        item
    }

    pub(crate) fn corrupt(&self, message: impl Into<String>) -> StoreError {
        StoreError::Corrupt {
            item: self.to_string(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} / {}", self.partition, self.sort)
    }
}

/// The partition of the bindings of a target at a stage.
pub(crate) fn bindings_partition(stage: Stage, target: &Target) -> String {
    format!("{}#{target}", stage.name())
}

/// The partition of the marks on gone bindings of a target at a stage.
pub(crate) fn gone_partition(stage: Stage, target: &Target) -> String {
    format!("{}#{GONE}{target}", stage.name())
}

/// The partition of the history of an application or identity store, or of hooks of neither.
pub(crate) fn publications_partition(subject: Option<&Target>) -> String {
    match subject {
        Some(Target::Application(id)) => format!("{PUBLICATIONS}{id}"),
        Some(store @ Target::Store(_)) => format!("{PUBLICATIONS}{store}"),
        None => format!("{PUBLICATIONS}{HOOKS_ONLY}"),
    }
}

/// The partition of the audit trail of an application, or of what concerns none or several.
pub(crate) fn audit_partition(application: Option<&ApplicationId>) -> String {
    let id = application.map_or(OF_NONE, ApplicationId::as_str);
    format!("{AUDIT}{id}")
}

/// The partition of all versions of a hook, for tools.
pub(crate) fn canonical_partition(hook: &HookName) -> String {
    format!("{VERSIONS}{hook}")
}

/// The partition of the versions of a hook that bindings of a stage may use.
pub(crate) fn copy_partition(stage: Stage, hook: &HookName) -> String {
    format!("{}#{}{hook}", stage.name(), partitions::HOOKS)
}

/// One of the eight partitions of an application's run records at a stage.
pub(crate) fn runs_partition(stage: Stage, application: &ApplicationId, shard: u8) -> String {
    format!("{}{application}:{shard}", run_index_partition(stage))
}

/// One of the eight partitions of the kept events of an application at a stage; without `shard`, the one that earlier versions
/// used. The shard does not stand behind a colon: readers may read the partitions of records by `*:?`, and no events.
pub(crate) fn kept_partition(
    stage: Stage,
    application: &ApplicationId,
    shard: Option<u8>,
) -> String {
    let index = run_index_partition(stage);
    let shard = shard.map(|shard| format!("-{shard}")).unwrap_or_default();
    format!("{index}{application}:{EVENTS}{shard}")
}

/// The partition that lists the applications with run records at a stage. It holds no records, as
/// ids are not empty.
pub(crate) fn run_index_partition(stage: Stage) -> String {
    format!("{}#{RUNS}", stage.name())
}

/// The prefix of the sort keys of a version's pieces, padded so that they sort by number.
pub(crate) fn version_prefix(version: u32) -> String {
    format!("{VERSION_PREFIX}{version:010}#")
}

/// The prefix of the sort keys of the pieces of a version's source map.
pub(crate) fn source_map_prefix(version: u32) -> String {
    format!("{SOURCE_MAP_PREFIX}{version:010}#")
}

/// The prefix of the sort keys of the pieces of the files beside a version's sources.
pub(crate) fn bundle_files_prefix(version: u32) -> String {
    format!("{BUNDLE_FILES_PREFIX}{version:010}#")
}

/// The version that a piece of any kind belongs to.
pub(crate) fn version_of_sort(sort: &str) -> Option<u32> {
    let prefixes = [VERSION_PREFIX, SOURCE_MAP_PREFIX, BUNDLE_FILES_PREFIX];
    let rest = prefixes.iter().find_map(|prefix| sort.strip_prefix(prefix));
    let (version, _) = rest?.split_once('#')?;
    version.parse().ok()
}

/// Parses version and index of a piece.
pub(crate) fn parse_version_sort(sort: &str) -> Option<(u32, usize)> {
    let (version, index) = sort.strip_prefix(VERSION_PREFIX)?.split_once('#')?;
    Some((version.parse().ok()?, index.parse().ok()?))
}
