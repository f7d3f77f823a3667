//! How people name a run: `last`, its id, or the beginning or end of it.

use std::{convert::Infallible, str::FromStr};

use anyhow::bail;
use clap::Args;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::RunStore,
    record::{RunFilter, RunId, RunRecord},
};

use super::shown;
use crate::id_part;

/// How many runs are looked through for a part of an id, the newest first.
const LOOKED_THROUGH: usize = 2_000;

/// A run, and where to look for it.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The run: its id or the beginning or end of it, or `last`
    run: RunName,

    /// Look for a part of an id, or `last`, among the runs of an application only
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,
}

/// A run, as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RunName {
    /// The newest.
    Last,
    /// The run with this id.
    Id(RunId),
    /// The run whose id begins or ends like this.
    Part(String),
}

impl FromStr for RunName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.parse() {
            Ok(id) => Self::Id(id),
            Err(_) if text == "last" => Self::Last,
            Err(_) => Self::Part(text.to_owned()),
        })
    }
}

impl Named {
    /// Finds the run with its kept event.
    ///
    /// # Errors
    /// There is none, or there are several, which the error lists.
    pub(super) async fn find(&self, runs: &dyn RunStore) -> anyhow::Result<RunRecord> {
        let filter = RunFilter {
            application: self.application.clone(),
            ..RunFilter::default()
        };
        let id = match &self.run {
            RunName::Id(id) => id.clone(),
            RunName::Last => match runs.runs(&filter, 1).await?.pop() {
                Some(newest) => newest.id,
                None => bail!(
                    "no run is recorded in this store yet; run `hookpoint trigger STAGE`, or post an event"
                ),
            },
            RunName::Part(part) => by_part(part, &filter, runs).await?,
        };
        let found = runs.run(&id).await?;
        found.ok_or_else(|| {
            anyhow::anyhow!(
                "there is no record of run `{id}` in this store; records are deleted after some days; see `hookpoint runs list`"
            )
        })
    }
}

async fn by_part(part: &str, filter: &RunFilter, runs: &dyn RunStore) -> anyhow::Result<RunId> {
    id_part::check(part, "run")?;
    let mut found = runs.runs(filter, LOOKED_THROUGH).await?;
    let searched = found.len();
    found.retain(|record| names(part, &record.id));
    Ok(id_part::only(part, "run", searched, found, candidate)?.id)
}

fn candidate(record: &RunRecord) -> String {
    format!("{}  {}", record.id, shown::hook(record))
}

/// Whether an id, or its part that is ordered by time, begins or ends like this.
fn names(part: &str, id: &RunId) -> bool {
    id_part::matches(part, &id.ulid()) || id.to_string().starts_with(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_either_end_of_its_id_in_any_case() {
        let id: RunId = "conversation-start.bot.5.01J9ZK4T0V8N7E2Q6M5B1C3D4D"
            .parse()
            .unwrap();
        for part in [
            "3D4D",
            "1c3d4d",
            "01J9ZK4T",
            "conversation-start.bot",
            "01j9zk4t0v8n7e2q6m5b1c3d4d",
        ] {
            assert!(names(part, &id), "{part}");
        }
        for part in ["7F3K", "ZK4T", "bot.5", "start"] {
            assert!(!names(part, &id), "{part}");
        }
        assert_eq!("last".parse(), Ok(RunName::Last));
        assert_eq!(id.to_string().parse(), Ok(RunName::Id(id)));
    }
}
