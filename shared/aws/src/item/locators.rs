//! Locators lead from an event, a subject or a hook to run records, so that a search need not read all of them.
//!
//! An *event locator* names the runs of an event that were written together, a *subject locator* those that keep an event about a
//! person. A *hook locator* says that a hook ran in a [`Span`]: one item for many runs. All have the shards of the records, so their partitions are never busier than those. The partitions end with
//! the shard behind a colon, like those of records: the roles that may read records may read locators.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hookpoint_engine::{
    event::subject::SubjectKey,
    identifier::ApplicationId,
    ports::StoreError,
    record::{RunId, RunRecord},
    stages::Stage,
};

use super::{
    Item, Key, SORT, check_format,
    expiring::{expiring, expiry},
    required_text, run_index_partition, text,
};

/// How many runs a locator of an event or a subject names, so that it stays below the kilobyte of one write unit.
pub(crate) const RUNS_OF_LOCATOR: usize = 25;
/// How much longer a hook locator is kept than the records of its span. As long as there is one, every younger record has one.
const RESERVE: Duration = Duration::from_hours(24);

const EVENT: &str = "event";
const SUBJECT: &str = "subject";
const HOOKS: &str = "hooks";
/// The ULIDs of the runs of a locator.
const RUNS: &str = "runs";

/// Ten minutes, by the time in run ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span(u64);

impl Span {
    const SECONDS: u64 = 600;

    /// The span that contains a moment.
    pub(crate) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since.as_secs() / Self::SECONDS)
    }

    /// The next one.
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Sorts before every record of the span, and after all earlier ones.
    pub(crate) fn first_ulid(self) -> String {
        RunId::first_ulid_at(UNIX_EPOCH + Duration::from_secs(self.0 * Self::SECONDS))
    }

    /// Sorts before every hook locator of the span, and after all earlier ones.
    pub(crate) fn sort(self) -> String {
        format!("{:010}", self.0 * Self::SECONDS)
    }

    fn from_sort(seconds: &str) -> Option<Self> {
        Some(Self(
            u64::from(seconds.parse::<u32>().ok()?) / Self::SECONDS,
        ))
    }
}

/// The partition of the locators of an event in a shard. A locator is in the shard of its newest run.
pub(crate) fn event_locators_partition(
    stage: Stage,
    application: &ApplicationId,
    correlation_id: &str,
    shard: u8,
) -> String {
    // Hosts choose correlation ids. Roles match partitions by what follows a `#`, so there must be only one.
    let id = correlation_id.replace('%', "%25").replace('#', "%23");
    let runs = run_index_partition(stage);
    format!("{runs}{application}:{EVENT}:{id}:{shard}")
}

/// The partition of the hook locators in a shard, the oldest first.
pub(crate) fn hook_locators_partition(
    stage: Stage,
    application: &ApplicationId,
    shard: u8,
) -> String {
    let runs = run_index_partition(stage);
    format!("{runs}{application}:{HOOKS}:{shard}")
}

/// The partition of the locators of a subject in a shard.
pub(crate) fn subject_locators_partition(
    stage: Stage,
    application: &ApplicationId,
    subject: &SubjectKey,
    shard: u8,
) -> String {
    let (runs, key) = (run_index_partition(stage), subject.as_str());
    format!("{runs}{application}:{SUBJECT}:{key}:{shard}")
}

/// A locator of runs, at most [`RUNS_OF_LOCATOR`], in the partition for the shard of the newest; `None` without runs.
pub(crate) fn locator(
    runs: &[&RunRecord],
    partition: impl Fn(u8) -> String,
    retention: Duration,
) -> Option<Item> {
    let newest = runs.iter().max_by(|one, other| one.id.by_time(&other.id))?;
    let key = Key {
        partition: partition(newest.id.shard()),
        sort: newest.id.ulid(),
    };
    let mut item = expiring(&key, expiry(newest, retention));
    let ulids: Vec<_> = runs.iter().map(|run| run.id.ulid()).collect();
    item.insert(RUNS.to_owned(), text(ulids.join(" ")));
    Some(item)
}

/// The runs that a [`locator`] names.
pub(crate) fn read_locator(
    item: &Item,
    stage: Stage,
    application: &ApplicationId,
) -> Result<Vec<RunId>, StoreError> {
    check_format(item)?;
    let ulids = required_text(item, RUNS)?.split(' ');
    let ids = ulids.map(|ulid| RunId::from_ulid(stage, application, ulid));
    let ids: Option<Vec<_>> = ids.collect();
    ids.ok_or_else(|| Key::of(item).corrupt("it names something that is not a run"))
}

/// The key of the locator of the hook of a record.
pub(crate) fn hook_locator_key(record: &RunRecord) -> Key {
    let RunRecord { id, hook, .. } = record;
    Key {
        partition: hook_locators_partition(id.stage, &id.application, id.shard()),
        sort: format!("{}#{hook}", Span::of(id.time()).sort()),
    }
}

/// The locator of the hook of a record.
pub(crate) fn hook_locator(record: &RunRecord, retention: Duration) -> Item {
    let expires = expiry(record, retention + RESERVE);
    expiring(&hook_locator_key(record), expires)
}

/// The span and the hook of a [`hook_locator`].
pub(crate) fn read_hook_locator(item: &Item) -> Result<(Span, &str), StoreError> {
    check_format(item)?;
    let parts = required_text(item, SORT)?.split_once('#');
    let parts = parts.and_then(|(seconds, hook)| Some((Span::from_sort(seconds)?, hook)));
    parts.ok_or_else(|| Key::of(item).corrupt("its sort key is not `<seconds>#<hook>`"))
}
