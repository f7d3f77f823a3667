//! The newest records found so far.

use std::collections::BTreeMap;

use hookpoint_engine::record::{RunFilter, RunId, RunRecord};

/// Sorts before every run id.
const BEGINNING: &str = "0";

/// Keeps the newest `limit` of the records added.
pub(super) struct Newest {
    limit: usize,
    since: String,
    records: BTreeMap<(String, String), RunRecord>,
}

impl Newest {
    pub(super) fn new(filter: &RunFilter, limit: usize) -> Self {
        let since = filter.since.map(RunId::first_ulid_at);
        Self {
            limit,
            since: since.unwrap_or_else(|| BEGINNING.to_owned()),
            records: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, record: RunRecord) {
        let place = (record.id.ulid(), record.id.to_string());
        self.records.insert(place, record);
        if self.records.len() > self.limit {
            self.records.pop_first();
        }
    }

    /// The oldest id that can still be among them: older ones need not be read.
    pub(super) fn oldest_of_use(&self) -> &str {
        match self.records.first_key_value() {
            Some(((oldest, _), _)) if self.records.len() >= self.limit => oldest,
            _ => &self.since,
        }
    }

    /// Returns the records, newest first.
    pub(super) fn into_records(self) -> Vec<RunRecord> {
        self.records.into_values().rev().collect()
    }
}
