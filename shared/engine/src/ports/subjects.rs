//! Reads and erases what is stored about a person.

use async_trait::async_trait;
use hookpoint_stages::Stage;

use super::StoreError;
use crate::{
    identifier::ApplicationId,
    record::{Kept, RunId},
};

/// The kept event of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRun {
    /// The run.
    pub id: RunId,
    /// What is kept; `None` if it is damaged.
    pub kept: Option<Kept>,
}

/// Reads kept events in order, and erases runs. Held by tools.
#[async_trait]
pub trait KeptEvents: Send + Sync {
    /// Returns kept events of an application at a stage, the oldest first: of those after a run the first ones, at least one if there is
    /// one. A store reads at most `limit` from each of its partitions, and MAY return what it read of all. MUST NOT leave out a damaged one. MUST reflect every write and erasure that has returned.
    async fn kept_events(
        &self,
        stage: Stage,
        application: &ApplicationId,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<KeptRun>, StoreError>;

    /// Erases records, however many, with the events that they keep. One that is absent is not a failure. MUST erase the events last:
    /// they are what finds the rest after an interruption.
    async fn erase_runs(&self, runs: &[RunId]) -> Result<(), StoreError>;
}
