//! Finds and erases what is stored about a person.
//!
//! Kept events and queued deliveries contain the event, so they say whom they are about; a record without its event is found through
//! the correlation id of one with it. Everything else is out of reach: see `docs/personal-data.md`.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::SystemTime};

use hookpoint_engine::{
    event::subject::is_about,
    identifier::ApplicationId,
    ports::{
        DeadLetter, DeadLetterFilter, DeadLetters, KeptEvents, KeptRun, PublishError, Publisher,
        QueueError, RunStore, Selection, StoreError,
    },
    publish::{Erasure, Publication},
    record::{Kept, RunFilter, RunId, RunRecord},
};
use hookpoint_stages::Stage;
use thiserror::Error;

/// How many kept events are read at once from each partition: a table has nine, and an event may have hundreds of kilobytes.
const PAGE: usize = 20;
/// Maximum number of dead letters that are searched.
const LETTERS: usize = 10_000;

/// The stores to search.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "ports have no useful form")]
pub struct SubjectStores<'a> {
    /// The run records.
    pub runs: &'a dyn RunStore,
    /// The events that they keep.
    pub kept: &'a dyn KeptEvents,
    /// The dead letters, if their queue is known.
    pub dead_letters: Option<&'a dyn DeadLetters>,
}

/// Why it failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue cannot be read or written.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The erasure cannot be recorded, so nothing was erased.
    #[error("the erasure cannot be recorded, so nothing was erased: {0}")]
    Unrecorded(#[source] PublishError),
    /// So many dead letters are still there. Everything else was left, because it leads to them.
    #[error(
        "{0} of the dead letters could not be deleted: another command holds them, or reading the queue took too long. Events and runs were left, because they lead to the rest; repeat the command after two minutes"
    )]
    LettersLeft(usize),
}

/// A run about the person.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectRun {
    /// The run.
    pub id: RunId,
    /// Its record; `None` if an interrupted erasure left only the event.
    pub record: Option<RunRecord>,
    /// The event and what came of it; `None` if it was not kept.
    pub kept: Option<Kept>,
}

/// What is stored about a person.
#[derive(Debug, Clone, Default)]
pub struct SubjectData {
    /// Runs, by stage and time.
    pub runs: Vec<SubjectRun>,
    /// Deliveries that were given up.
    pub dead_letters: Vec<DeadLetter>,
    /// Kept events that are damaged: whom they concern is unknown.
    pub damaged: Vec<RunId>,
    /// Which dead letters were examined.
    pub examined: Examined,
}

/// Which dead letters of an application were examined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Examined {
    /// All that could be found.
    #[default]
    All,
    /// Those that a queue handed out in time.
    InTime,
    /// The limit, which was reached.
    Limit(usize),
}

impl SubjectData {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.dead_letters.is_empty()
    }
}

impl SubjectStores<'_> {
    /// Reads every kept event and dead letter of an application, and returns those about the person.
    ///
    /// # Errors
    /// A store cannot be read.
    pub async fn find(
        &self,
        application: &ApplicationId,
        id: &str,
    ) -> Result<SubjectData, SubjectError> {
        let mut data = SubjectData::default();
        for stage in Stage::ALL {
            self.find_runs(*stage, application, id, &mut data).await?;
        }
        if let Some(queue) = self.dead_letters {
            let of_application = Selection::Matching(DeadLetterFilter {
                application: Some(application.clone()),
                ..DeadLetterFilter::default()
            });
            let found = queue.find_dead_letters(&of_application, LETTERS).await?;
            data.examined = match found.letters.len() {
                _ if found.is_all => Examined::All,
                LETTERS => Examined::Limit(LETTERS),
                _ => Examined::InTime,
            };
            data.dead_letters = found.letters;
            data.dead_letters.retain(|letter| {
                let job = letter.job.as_ref();
                job.is_ok_and(|job| is_about(job.stage, &job.event, id))
            });
        }
        Ok(data)
    }

    async fn find_runs(
        &self,
        stage: Stage,
        application: &ApplicationId,
        id: &str,
        data: &mut SubjectData,
    ) -> Result<(), SubjectError> {
        let mut after: Option<RunId> = None;
        let mut known = BTreeSet::new();
        // The correlation ids of the events.
        let mut events: BTreeSet<String> = BTreeSet::new();
        loop {
            let page = self
                .kept
                .kept_events(stage, application, after.as_ref(), PAGE);
            let page = page.await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for KeptRun { id: run, kept } in page {
                // Runs with an event of their own are not found through the correlation id, which a caller may use for several people.
                known.insert(run.ulid());
                let Some(kept) = kept else {
                    data.damaged.push(run);
                    continue;
                };
                if !is_about(stage, &kept.event, id) {
                    continue;
                }
                let record = self.runs.run(&run).await?;
                if let Some(record) = &record {
                    events.insert(record.correlation_id.clone());
                }
                data.runs.push(SubjectRun {
                    id: run,
                    record,
                    kept: Some(kept),
                });
            }
        }
        // Also those from before the first one that was kept.
        for correlation in events {
            let filter = RunFilter {
                application: Some(application.clone()),
                stage: Some(stage),
                correlation_id: Some(correlation),
                ..RunFilter::default()
            };
            let siblings = self.runs.runs(&filter, usize::MAX).await?.into_iter();
            let siblings = siblings.filter(|record| !known.contains(&record.id.ulid()));
            data.runs.extend(siblings.map(|record| SubjectRun {
                id: record.id.clone(),
                record: Some(record),
                kept: None,
            }));
        }
        Ok(())
    }

    /// Erases what was found. First records in the history of the application by whom and how much, with `deliveries` that the caller
    /// erases itself. After an error or interruption, what is left is found again.
    ///
    /// # Errors
    /// A store cannot be written, or dead letters are left.
    pub async fn erase(
        &self,
        publisher: &dyn Publisher,
        application: &ApplicationId,
        data: &SubjectData,
        deliveries: usize,
        by: String,
        now: SystemTime,
    ) -> Result<Erasure, SubjectError> {
        let erasure = Erasure {
            runs: data.runs.len(),
            deliveries,
            dead_letters: data.dead_letters.len(),
        };
        if erasure == Erasure::default() {
            return Ok(erasure);
        }
        let record = Publication::of_erasure(application, erasure, by, now);
        let recorded = publisher.publish(&record).await;
        recorded.map_err(SubjectError::Unrecorded)?;
        if let Some(queue) = self.dead_letters
            && !data.dead_letters.is_empty()
        {
            let ids = data.dead_letters.iter().map(|letter| letter.id.clone());
            let chosen = Selection::Only(ids.collect());
            let dropped = queue.drop_dead_letters(&chosen).await?;
            if dropped < data.dead_letters.len() {
                return Err(SubjectError::LettersLeft(data.dead_letters.len() - dropped));
            }
        }
        // Those with an event go last: they lead to the others.
        for with_event in [false, true] {
            let runs = data.runs.iter();
            let runs = runs.filter(|run| run.kept.is_some() == with_event);
            let ids: Vec<_> = runs.map(|run| run.id.clone()).collect();
            self.kept.erase_runs(&ids).await?;
        }
        Ok(erasure)
    }
}
