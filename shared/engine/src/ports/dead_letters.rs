//! Dead letters: deliveries that were given up.

use std::{collections::BTreeSet, time::SystemTime};

use async_trait::async_trait;
use hookpoint_stages::Stage;

use super::{DeadReason, QueueError};
use crate::{
    delivery::job::{Job, NotAJob},
    identifier::{ApplicationId, HookName},
};

/// Lists, redrives and drops dead letters.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Returns up to `limit` of the selected dead letters, oldest first as far as the queue knows, and leaves them in
    /// place. MUST NOT report the result as complete when a letter was left out or not examined.
    async fn find_dead_letters(
        &self,
        which: &Selection,
        limit: usize,
    ) -> Result<FoundLetters, QueueError>;

    /// Returns up to `limit` dead letters, whatever they are about.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let found = self.find_dead_letters(&Selection::All, limit).await?;
        Ok(found.letters)
    }

    /// Sends the selected dead letters again, from their first attempt and under their delivery ids, and returns how
    /// many. Each is durable in the queue before it leaves the dead letters. Messages that this version cannot read
    /// stay.
    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError>;

    /// Deletes the selected dead letters and returns how many.
    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError>;
}

/// The result of [`DeadLetters::find_dead_letters`].
#[derive(Debug, Clone)]
pub struct FoundLetters {
    /// The letters found.
    pub letters: Vec<DeadLetter>,
    /// Whether the letters are complete, as far as is known: no limit was reached, and there was time to examine every
    /// one.
    pub is_all: bool,
}

/// Selects dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those with these ids.
    Only(BTreeSet<String>),
    /// Those that match a filter.
    Matching(DeadLetterFilter),
}

impl Selection {
    /// Whether the selection includes a dead letter.
    pub fn contains(&self, letter: &DeadLetter) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&letter.id),
            Self::Matching(filter) => filter.matches(letter),
        }
    }
}

/// Criteria for dead letters; an empty filter matches every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// Matches the code: see [`DeadLetter::code`].
    pub reason: Option<String>,
    /// Matches the application.
    pub application: Option<ApplicationId>,
    /// Matches the stage.
    pub stage: Option<Stage>,
    /// Matches the hook, in any version.
    pub hook: Option<HookName>,
}

impl DeadLetterFilter {
    /// Whether a dead letter meets every criterion. A message that is not a job has no application, stage or hook.
    pub fn matches(&self, letter: &DeadLetter) -> bool {
        let Self {
            reason,
            application,
            stage,
            hook,
        } = self;
        let job = letter.job.as_ref().ok();
        reason.as_ref().is_none_or(|code| code == letter.code())
            && application
                .as_ref()
                .is_none_or(|id| job.is_some_and(|job| job.application == *id))
            && stage.is_none_or(|stage| job.is_some_and(|job| job.stage == stage))
            && hook
                .as_ref()
                .is_none_or(|hook| job.is_some_and(|job| job.hook.name == *hook))
    }
}

/// A delivery that was given up.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The delivery id, or the queue's own id of a message that is not a job.
    pub id: String,
    /// The job as of its last attempt, or the message that could not be read as one.
    pub job: Result<Job, NotAJob>,
    /// Why it was given up; `None` when the queue gave up because it was handed out too often.
    pub reason: Option<DeadReason>,
    /// When it was given up, if known.
    pub since: Option<SystemTime>,
}

impl DeadLetter {
    /// The code of a job that the queue gave up on.
    pub const HANDED_OUT_TOO_OFTEN: &str = "handed-out-too-often";
    /// The code of a message that only a newer version can read.
    pub const NEWER_FORMAT: &str = "newer-format";
    /// The code of a message that is not a job.
    pub const MALFORMED: &str = "malformed";

    /// A stable code for why it was given up: that of its reason, or one of the constants above.
    pub fn code(&self) -> &str {
        match (&self.reason, &self.job) {
            (Some(reason), _) => &reason.code,
            (None, Err(message)) if message.is_newer => Self::NEWER_FORMAT,
            (None, Err(_)) => Self::MALFORMED,
            (None, Ok(_)) => Self::HANDED_OUT_TOO_OFTEN,
        }
    }
}
