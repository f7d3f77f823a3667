//! What a process has already written about the places of its records, so that it is not written with each record.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hookpoint_engine::{identifier::ApplicationId, record::RunRecord, stages::Stage};

use crate::item::{self, Item, Key};

/// How much longer a note is kept than its records. Each is therefore written about once a day.
const NOTE_RESERVE: Duration = Duration::from_hours(24);
/// How many of each a process remembers; beyond that it rewrites some needlessly.
const LIMIT: usize = 10_000;
const LOCATORS: usize = 1_000;

/// The notes and hook locators that this process has written.
#[derive(Debug, Default)]
pub(in crate::store) struct Noted(Mutex<Written>);

#[derive(Debug, Default)]
struct Written {
    /// With their expiry in seconds since 1970.
    notes: HashMap<(Stage, ApplicationId), u64>,
    locators: BTreeSet<Key>,
}

/// The notes and hook locators to write with some records.
#[derive(Debug)]
pub(super) struct Missing {
    notes: HashMap<(Stage, ApplicationId), u64>,
    locators: BTreeMap<Key, Item>,
}

impl Missing {
    /// Their items.
    pub(super) fn items(&self) -> impl Iterator<Item = Item> {
        let notes = self.notes.iter();
        let notes = notes.map(|((stage, id), expires)| item::run_index(*stage, id, *expires));
        notes.chain(self.locators.values().cloned())
    }
}

impl Noted {
    /// What is to be written with these records.
    pub(super) fn missing(&self, records: &[RunRecord], retention: Duration) -> Missing {
        let written = self.lock();
        let (mut notes, mut locators) = (HashMap::new(), BTreeMap::new());
        for record in records {
            let place = (record.id.stage, record.id.application.clone());
            let expires = item::expiry(record, retention);
            if written
                .notes
                .get(&place)
                .is_none_or(|until| *until < expires)
            {
                let until = notes.entry(place).or_insert(0);
                *until = expires.saturating_add(NOTE_RESERVE.as_secs()).max(*until);
            }
            let key = item::hook_locator_key(record);
            if !written.locators.contains(&key) {
                locators.insert(key, item::hook_locator(record, retention));
            }
        }
        Missing { notes, locators }
    }

    /// Remembers what was written.
    pub(super) fn remember(&self, missing: Missing) {
        let mut written = self.lock();
        if written.notes.len() + missing.notes.len() > LIMIT {
            written.notes.clear();
        }
        written.notes.extend(missing.notes);
        if written.locators.len() + missing.locators.len() > LOCATORS {
            written.locators.clear();
        }
        written.locators.extend(missing.locators.into_keys());
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
