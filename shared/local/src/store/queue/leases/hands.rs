//! In whose hands jobs are: this process, and others that live or are dead.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};

use super::Turn;
use crate::store::owner::{Owner, is_dead};

/// How often it is looked whether another process is dead.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What this process knows of handing out.
#[derive(Debug)]
pub(in crate::store) struct Hands {
    pub(super) turn: Turn,
    directory: PathBuf,
    /// From the first job that is asked for; none where the system has no such locks. Then a job waits for the end of its lease.
    owner: Option<Owner>,
    looked: Option<Instant>,
}

impl Hands {
    pub(in crate::store) fn new(store_directory: &Path) -> Self {
        Self {
            turn: Turn::default(),
            directory: store_directory.to_owned(),
            owner: None,
            looked: None,
        }
    }

    /// The name under which this process has jobs in hand.
    pub(super) fn owner(&self) -> Option<&str> {
        self.owner.as_ref().map(Owner::name)
    }

    /// Makes what dead processes had in hand available again. Returns how many jobs that are.
    pub(super) fn take_back(
        &mut self,
        connection: &Connection,
        now: i64,
    ) -> rusqlite::Result<usize> {
        if self.looked.is_none() {
            match Owner::claim(&self.directory) {
                Ok(owner) => self.owner = Some(owner),
                Err(error) => {
                    tracing::warn!(%error, "after a crash, deliveries in hand wait until their leases run out: no lock");
                }
            }
        }
        if self
            .looked
            .is_some_and(|looked| looked.elapsed() < LOOK_EVERY)
        {
            return Ok(0);
        }
        self.looked = Some(Instant::now());
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT owner FROM job WHERE receipt IS NOT NULL AND owner IS NOT NULL AND owner IS NOT ?1",
        )?;
        let owners = statement.query_map([self.owner()], |row| row.get::<_, String>(0))?;
        let owners = owners.collect::<Result<Vec<_>, _>>()?;
        let mut taken = 0;
        for owner in owners
            .iter()
            .filter(|owner| is_dead(&self.directory, owner))
        {
            taken += connection
                .prepare_cached(
                    "UPDATE job SET available = min(available, ?2), receipt = NULL, owner = NULL
                     WHERE receipt IS NOT NULL AND owner = ?1",
                )?
                .execute(params![owner, now])?;
        }
        if taken > 0 {
            tracing::info!(
                deliveries = taken,
                "a process ended with deliveries in hand; they are made now"
            );
        }
        Ok(taken)
    }
}
