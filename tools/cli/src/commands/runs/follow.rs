//! Runs as they come.

use std::{
    collections::HashSet,
    time::{Duration, Instant, SystemTime},
};

use hookpoint_engine::{
    ports::RunStore,
    record::{RunFilter, RunId, RunRecord},
};

use super::shown;
use crate::{exit::Exit, interrupt::interrupted, output};

/// How often the store beside the workspace is asked.
pub(super) const LOCAL: Duration = Duration::from_millis(500);
/// How often a table is asked, where each question costs.
pub(super) const REMOTE: Duration = Duration::from_secs(2);

/// How many times as long as an answer took the next question is put off: many partitions are not asked without a pause.
const SHARE: u32 = 4;

/// A record is filed under the moment its run began, and written when it is over: so long after it at most, as a rule.
const LATE: Duration = Duration::from_secs(30);
/// How many new ones are shown at once. Of more, the oldest are passed over and counted.
const AT_ONCE: usize = 2_000;

pub(super) struct Follow<'a> {
    pub(super) runs: &'a dyn RunStore,
    pub(super) filter: RunFilter,
    pub(super) json: bool,
}

impl Follow<'_> {
    /// Shows the newest runs and then each that comes, until somebody wants it to end.
    pub(super) async fn run(self, first: usize, pace: Duration) -> anyhow::Result<Exit> {
        let mut stop = std::pin::pin!(interrupted());
        let mut began = SystemTime::now();
        // Those of the last moments that are there already: of them only as many are shown as were asked for.
        let recent = self.runs.runs(&self.lately(began), AT_ONCE).await?;
        let mut known: HashSet<RunId> = recent.into_iter().map(|record| record.id).collect();
        let mut newest = self.runs.runs(&self.filter, first).await?;
        let mut took = Duration::ZERO;
        loop {
            newest.reverse();
            for record in newest {
                self.show(&record)?;
                known.insert(record.id);
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
                    // A store that is unreachable for a while is no reason to stop watching.
                    output::note(&format!("{error}; trying again"))?;
                    Vec::new()
                }
            };
            newest.retain(|record| !known.contains(&record.id));
            if newest.len() == AT_ONCE {
                output::note(
                    "more runs came than are shown; narrow them down, for example by `--outcome failed`",
                )?;
            }
        }
    }

    /// The filter for what may be new since a moment.
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
