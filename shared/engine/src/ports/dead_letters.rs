//! The deliveries that were given up, as their users see them.

use std::{collections::BTreeSet, time::SystemTime};

use async_trait::async_trait;
use hookpoint_stages::Stage;

use super::{DeadReason, NotAJob, QueueError};
use crate::{
    delivery::job::Job,
    identifier::{ApplicationId, HookName},
};

/// The deliveries that were given up.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Up to `limit` of the chosen ones, oldest first as far as the queue knows; looking does not take them out. MUST NOT say that these are all
    /// when one was left out, or not looked at.
    async fn find_dead_letters(
        &self,
        which: &Selection,
        limit: usize,
    ) -> Result<FoundLetters, QueueError>;

    /// Up to `limit` of all of them.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let found = self.find_dead_letters(&Selection::All, limit).await?;
        Ok(found.letters)
    }

    /// Sends the chosen ones again, from their first attempt and under their delivery ids, each durable in the queue before it leaves the
    /// dead letters. Returns how many. Messages that this version cannot read stay.
    async fn redrive(&self, which: &Selection, now: SystemTime) -> Result<usize, QueueError>;

    /// Removes the chosen ones for ever and answers how many.
    async fn drop_dead_letters(&self, which: &Selection) -> Result<usize, QueueError>;
}

/// What a look at the dead letters found.
#[derive(Debug, Clone)]
pub struct FoundLetters {
    /// Those that were found.
    pub letters: Vec<DeadLetter>,
    /// Whether these are all that were chosen, as far as can be known: no limit was reached, and there was time to look at every one.
    pub is_all: bool,
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// Those with these ids.
    Only(BTreeSet<String>),
    /// Those that are about something.
    Matching(DeadLetterFilter),
}

impl Selection {
    /// Whether a dead letter is meant.
    pub fn contains(&self, letter: &DeadLetter) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&letter.id),
            Self::Matching(filter) => filter.matches(letter),
        }
    }
}

/// What dead letters are about; every one when nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// Those with this code: see [`DeadLetter::code`].
    pub reason: Option<String>,
    /// Those of an application.
    pub application: Option<ApplicationId>,
    /// Those of a stage.
    pub stage: Option<Stage>,
    /// Those of a hook, in any version.
    pub hook: Option<HookName>,
}

impl DeadLetterFilter {
    /// Whether a dead letter is asked for. A message that is no job is of no application, stage or hook.
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
    /// The delivery id; for a message that is no job, the queue's own id of it.
    pub id: String,
    /// The job as it was at its last attempt, or the message that is none.
    pub job: Result<Job, NotAJob>,
    /// Why it was given up; `None` where the queue itself did, because it was handed out too often.
    pub reason: Option<DeadReason>,
    /// When it was given up, where that is known.
    pub since: Option<SystemTime>,
}

impl DeadLetter {
    /// The code where the queue itself gave up on a job.
    pub const HANDED_OUT_TOO_OFTEN: &str = "handed-out-too-often";
    /// The code of a message that only a newer version can read.
    pub const NEWER_FORMAT: &str = "newer-format";
    /// The code of a message that is no job.
    pub const MALFORMED: &str = "malformed";

    /// A stable word for why it was given up: that of its reason, or what can be told without one.
    pub fn code(&self) -> &str {
        match (&self.reason, &self.job) {
            (Some(reason), _) => &reason.code,
            (None, Err(message)) if message.is_newer => Self::NEWER_FORMAT,
            (None, Err(_)) => Self::MALFORMED,
            (None, Ok(_)) => Self::HANDED_OUT_TOO_OFTEN,
        }
    }
}
