//! Follows new runs.

use std::{
    collections::HashSet,
    time::{Duration, Instant, SystemTime},
};

use hookpoint_engine::{
    ports::{Publisher, RunStore},
    record::{RunFilter, RunId, RunRecord},
};

use super::shown;
use crate::{
    commands::{applications::refuse_unknown, hooks},
    exit::Exit,
    interrupt::interrupted,
    output::{self, WARNING},
};

/// Polling interval for the local store.
pub(super) const LOCAL: Duration = Duration::from_millis(500);
/// Polling interval for a table, where each query costs.
pub(super) const REMOTE: Duration = Duration::from_secs(2);

/// The pause after a query is at least this multiple of its duration, to limit the load of many partitions.
const SHARE: u32 = 4;

/// A record is sorted by the start of its run but written after its end: usually at most this much later.
const LATE: Duration = Duration::from_secs(30);
/// Maximum number shown per query. Beyond it, the oldest are skipped and counted.
const AT_ONCE: usize = 2_000;

pub(super) struct Follow<'a> {
    pub(super) runs: &'a dyn RunStore,
    pub(super) publisher: &'a dyn Publisher,
    pub(super) filter: RunFilter,
    pub(super) json: bool,
}

impl Follow<'_> {
    /// Shows the newest runs and then each new one, until interrupted.
    pub(super) async fn run(self, first: usize, pace: Duration) -> anyhow::Result<Exit> {
        let mut stop = std::pin::pin!(interrupted());
        let mut began = SystemTime::now();
        // Runs of the last moments that already exist are limited to the requested number.
        let recent = self.runs.runs(&self.lately(began), AT_ONCE).await?;
        let mut known: HashSet<RunId> = recent.into_iter().map(|record| record.id).collect();
        let mut newest = self.runs.runs(&self.filter, first).await?;
        if newest.is_empty() {
            refuse_unknown(self.publisher, self.filter.application.as_ref()).await?;
            hooks::refuse_unpublished(self.publisher, self.filter.hook.as_ref()).await?;
        }
        let mut took = Duration::ZERO;
        loop {
            newest.reverse();
            for record in newest {
                self.show(&record)?;
                known.insert(record.id);
            }
            if output::is_closed() {
                return Ok(Exit::Done);
            }
            known.retain(|id| id.time() + LATE * 2 > began);
            let pause = pace.max(took * SHARE);
            tokio::select! {
                () = &mut stop => return Ok(Exit::Done),
                () = tokio::time::sleep(pause) => {}
            }
            let lately = self.lately(began);
            began = SystemTime::now();
            let asked = Instant::now();
            let found = self.runs.runs(&lately, AT_ONCE).await;
            took = asked.elapsed();
            newest = match found {
                Ok(found) => found,
                Err(error) => {
                    // An unreachable store is retried.
                    output::remark(WARNING, &format!("{error}; retrying"))?;
                    Vec::new()
                }
            };
            newest.retain(|record| !known.contains(&record.id));
            if newest.len() == AT_ONCE {
                output::remark(
                    WARNING,
                    "more new runs than can be shown; narrow them down, for example with `--outcome failed`",
                )?;
            }
        }
    }

    /// The filter for possibly new runs since a time.
    fn lately(&self, moment: SystemTime) -> RunFilter {
        let from = moment.checked_sub(LATE).unwrap_or(moment);
        let since = self.filter.since.map_or(from, |since| since.max(from));
        RunFilter {
            since: Some(since),
            ..self.filter.clone()
        }
    }

    fn show(&self, record: &RunRecord) -> std::io::Result<()> {
        if self.json {
            output::print(&output::printable(&shown::to_json(record).to_string()))
        } else {
            output::print(&shown::line(record))
        }
    }
}
