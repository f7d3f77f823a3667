//! The owners of leases: this process, and others that may have died.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};

use super::Turn;
use crate::store::owner::{Owner, is_dead};

/// Interval between checks for dead processes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The state of leasing in this process.
#[derive(Debug)]
pub(in crate::store) struct Hands {
    pub(super) turn: Turn,
    directory: PathBuf,
    /// Set at the first receive; `None` on systems without such locks, where a dead process's jobs wait until their
    /// leases expire.
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

    /// The name under which this process leases jobs.
    pub(super) fn owner(&self) -> Option<&str> {
        self.owner.as_ref().map(Owner::name)
    }

    /// Releases the jobs of dead processes. Returns how many.
    pub(super) fn take_back(
        &mut self,
        connection: &Connection,
        now: i64,
    ) -> rusqlite::Result<usize> {
        if self.looked.is_none() {
            match Owner::claim(&self.directory) {
                Ok(owner) => self.owner = Some(owner),
                Err(error) => {
                    tracing::warn!(%error, "no lock: after a crash, leased deliveries wait until their leases expire");
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
                "a process ended with leased deliveries; they are released now"
            );
        }
        Ok(taken)
    }
}
