//! The locators of events and subjects: written with their runs, deleted with the last of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::{future::try_join_all, try_join};
use hookpoint_engine::{
    event::subject::SubjectKey,
    identifier::ApplicationId,
    ports::StoreError,
    record::{RunId, RunRecord, SHARDS},
    stages::Stage,
};

use super::super::{DynamoStore, snapshot::gather};
use crate::item::{
    Item, Key, RUNS_OF_LOCATOR, event_locators_partition, locator, read_kept_event, read_locator,
    read_run, subject_locators_partition,
};

/// Records that are looked up at once.
const LOOKED_UP_AT_ONCE: usize = 16;

/// What locators lead from, at a stage of an application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Origin {
    /// An event, by its correlation id.
    Event(String),
    /// A person, by the key of a name.
    Subject(SubjectKey),
}

pub(super) type Place = (Stage, ApplicationId, Origin);

/// What leads to runs.
#[derive(Debug, Default)]
pub(super) struct Leads {
    /// Where their locators are.
    pub(super) places: BTreeSet<Place>,
    /// The ULIDs of those that keep an event.
    pub(super) with_event: BTreeSet<String>,
}

impl DynamoStore {
    /// The locators of records, and of the subjects of those whose event is among the items.
    pub(super) fn locators(&self, records: &[RunRecord], items: &BTreeMap<Key, Item>) -> Vec<Item> {
        // By id: a record may be there twice.
        let mut places: HashMap<Place, BTreeMap<String, &RunRecord>> = HashMap::new();
        for record in records {
            let is_kept = record.kept.is_some() && items.contains_key(&Key::kept_event(&record.id));
            let subjects = is_kept.then(|| subjects_of(record)).into_iter().flatten();
            for place in subjects.chain([event_of(record)]) {
                let runs = places.entry(place).or_default();
                runs.insert(record.id.ulid(), record);
            }
        }
        let locators = places.into_iter().flat_map(|(place, runs)| {
            let runs: Vec<_> = runs.into_values().collect();
            let parts = runs.chunks(RUNS_OF_LOCATOR);
            let items = parts.filter_map(|part| {
                locator(part, |shard| partition(&place, shard), self.run_retention)
            });
            items.collect::<Vec<_>>()
        });
        locators.collect()
    }

    /// Finds what leads to runs. A damaged record does not say its event, nor a damaged event its subjects: those locators expire.
    pub(super) async fn leads(&self, runs: &[RunId]) -> Result<Leads, StoreError> {
        let reads = runs.iter().map(|run| async move {
            let (record, kept) = (Key::run(run), Key::kept_event(run));
            let (record, kept) = try_join!(self.get(&record, true), self.get(&kept, true))?;
            let has_event = kept.is_some();
            let mut places = Vec::new();
            if let Some(Ok(record)) = record.as_ref().map(read_run) {
                places.push(event_of(&record));
            }
            if let Some(Ok(kept)) = kept.as_ref().map(read_kept_event) {
                let keys = SubjectKey::all(run.stage, &run.application, &kept.event).into_iter();
                let place = |key| (run.stage, run.application.clone(), Origin::Subject(key));
                places.extend(keys.map(place));
            }
            Ok((places, has_event.then(|| run.ulid())))
        });
        let mut leads = Leads::default();
        for (places, with_event) in gather(reads.collect::<Vec<_>>().into_iter()).await? {
            leads.places.extend(places);
            leads.with_event.extend(with_event);
        }
        Ok(leads)
    }

    /// Deletes the locators at these places that name these runs and no others that are still recorded.
    pub(super) async fn delete_locators(
        &self,
        places: BTreeSet<Place>,
        runs: &[RunId],
    ) -> Result<(), StoreError> {
        let erased: BTreeSet<String> = runs.iter().map(RunId::ulid).collect();
        let erased = &erased;
        let shards = places
            .into_iter()
            .flat_map(|place| (0..SHARDS).map(move |shard| (place.clone(), shard)));
        let deletable = shards.map(|(place, shard)| async move {
            self.locators_without(&place, shard, erased).await
        });
        let keys = gather(deletable).await?;
        self.delete_all(keys.into_iter().flatten().collect()).await
    }

    /// The locators in a shard whose runs are all erased or gone.
    async fn locators_without(
        &self,
        place: &Place,
        shard: u8,
        erased: &BTreeSet<String>,
    ) -> Result<Vec<Key>, StoreError> {
        let (stage, application, _) = place;
        let mut keys = Vec::new();
        for locator in self.whole(&partition(place, shard)).await? {
            // One that cannot be read must not keep what is to be erased.
            let mut named = read_locator(&locator, *stage, application).unwrap_or_default();
            named.retain(|run| !erased.contains(&run.ulid()));
            if !self.is_any_recorded(&named).await? {
                keys.push(Key::of(&locator));
            }
        }
        Ok(keys)
    }

    /// Stops at the first: a person may have thousands.
    async fn is_any_recorded(&self, runs: &[RunId]) -> Result<bool, StoreError> {
        for some in runs.chunks(LOOKED_UP_AT_ONCE) {
            let found = some
                .iter()
                .map(|run| async move { self.get(&Key::run(run), true).await });
            if try_join_all(found).await?.iter().any(Option::is_some) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn event_of(record: &RunRecord) -> Place {
    let origin = Origin::Event(record.correlation_id.clone());
    (record.id.stage, record.id.application.clone(), origin)
}

fn subjects_of(record: &RunRecord) -> impl Iterator<Item = Place> {
    let (stage, application) = (record.id.stage, record.id.application.clone());
    let keys = record.subjects().into_iter();
    keys.map(move |key| (stage, application.clone(), Origin::Subject(key)))
}

fn partition((stage, application, origin): &Place, shard: u8) -> String {
    match origin {
        Origin::Event(correlation_id) => {
            event_locators_partition(*stage, application, correlation_id, shard)
        }
        Origin::Subject(key) => subject_locators_partition(*stage, application, key, shard),
    }
}
