//! More confidential values than can be searched for in time.

use std::collections::BTreeSet;

use super::{redaction::Redaction, secret::Secret};

/// What is replaced in an event that holds so many.
pub(super) struct ManyValues {
    /// All of them, to be replaced where they stand alone.
    pub(super) all: BTreeSet<String>,
    /// Searches for the shortest.
    pub(super) shortest: Redaction,
    /// Searches for the operator's secrets too.
    pub(super) with_secrets: Redaction,
}

impl ManyValues {
    pub(super) fn new(all: BTreeSet<String>, shortest: &[Secret], secrets: &[Secret]) -> Self {
        Self {
            all,
            shortest: Redaction::new(shortest),
            with_secrets: Redaction::new(shortest.iter().chain(secrets)),
        }
    }
}

/// The shortest values, as many as have `limit` bytes together: passwords are short, and what is made to hide them is long.
pub(super) fn shortest(values: &BTreeSet<String>, limit: usize) -> Vec<Secret> {
    let mut sorted: Vec<&String> = values.iter().collect();
    sorted.sort_by_key(|value| value.len());
    let mut total = 0;
    let fits = |value: &&String| {
        total += value.len();
        total <= limit
    };
    let chosen = sorted.into_iter().take_while(fits);
    chosen.cloned().map(Secret::new).collect()
}
