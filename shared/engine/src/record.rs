//! Run records: what an operator can look up about one run.

mod id;
pub mod report;
pub mod run_log;
mod shorten;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use hookpoint_stages::Stage;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub use self::id::{InvalidRunId, RunId, SHARDS};
use crate::{
    application::binding::{Mode, Target},
    format::{self, Unreadable},
    hook::{HookKind, effects::Dropped},
    identifier::{BindingId, DeliveryId, HookName},
    timestamp::time_of,
};

/// The number of this format.
pub(crate) const FORMAT: u8 = 1;
/// How long records are kept unless the operator says otherwise.
pub const RETENTION: Duration = Duration::from_hours(24 * 7);

/// One run: a synchronous one, or one attempt at a delivery. It holds no secret and, but for [`RunRecord::kept`], nothing of the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// The number of the format.
    pub v: u8,
    /// Its id: application and stage are in it.
    pub id: RunId,
    /// What the binding is attached to.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook.
    pub hook: HookName,
    /// The version of the hook that ran.
    pub version: u32,
    /// The kind of hook; unknown where the hook was not loaded, or is of a kind that only a newer version has.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_kind"
    )]
    pub kind: Option<HookKind>,
    /// Before or after the answer.
    pub mode: Mode,
    /// Identifies the event in every system it passes.
    pub correlation_id: String,
    /// When it began, in milliseconds since 1970.
    pub started: u64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// Whether it succeeded.
    pub result: RunResultKind,
    /// The stable word of [`crate::record::report::RunOutcome::as_str`]: `ok`, a class of failure, or why it did not run.
    pub outcome: String,
    /// What went wrong, or which condition kept the hook from running: for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the failure policy made of it: `continued`, `denied`, `fell-back` or `unusable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The status that the endpoint answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What is particular to a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryRecord>,
    /// The effects that count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// Parts of the response that were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    /// What a script wrote to its console, redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// The size of the event as the hook saw it, in bytes; zero where it was not serialised.
    pub event_bytes: usize,
    /// The size of the response as JSON, in bytes; an upper bound where it was not serialised.
    pub response_bytes: usize,
    /// Whether something was left out to keep the record small.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shortened: bool,
    /// The event and the response, where the application keeps them. Stored apart from the record.
    #[serde(skip)]
    pub kept: Option<Box<Kept>>,
}

/// What is particular to an attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRecord {
    /// The delivery.
    pub id: DeliveryId,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// How long after the event was accepted it began, in milliseconds.
    pub waited_ms: u64,
    /// What comes next.
    pub next: AfterAttempt,
    /// When the next attempt is due, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<u64>,
    /// The hook version that was bound when the event was accepted, where another one ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_version: Option<u32>,
}

/// What comes after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterAttempt {
    /// Nothing: it is over.
    Nothing,
    /// Another attempt.
    Retry,
    /// It is set aside as a dead letter.
    DeadLetter,
}

/// How a run ended, coarsely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunResultKind {
    /// Well.
    Ok,
    /// The hook failed.
    Failed,
    /// It was not run.
    Skipped,
}

/// The event and response of a run, redacted, for an application that opted in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The body as the hook saw it.
    pub event: Map<String, Value>,
    /// The effects that counted.
    pub response: Map<String, Value>,
}

impl fmt::Debug for Kept {
    /// Nothing of it: it is about somebody.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl RunRecord {
    /// Reads a stored record.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        format::read(text, FORMAT)
    }

    /// The record as it is stored: everything but [`RunRecord::kept`].
    pub fn to_json(&self) -> String {
        // Serialising strings and numbers into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// About how much memory the record takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        /// What a value takes beside its text, and a member beside its value.
        const VALUE: usize = 72;
        fn of(value: &Value) -> usize {
            VALUE
                + match value {
                    Value::Null | Value::Bool(_) => 0,
                    Value::Number(number) => number.as_str().len(),
                    Value::String(text) => text.len(),
                    Value::Array(items) => items.iter().map(of).sum(),
                    Value::Object(members) => of_all(members),
                }
        }
        fn of_all(members: &Map<String, Value>) -> usize {
            let member = |(name, value): (&String, &Value)| name.len() + VALUE + of(value);
            members.iter().map(member).sum()
        }
        let texts = self.log.iter().chain(&self.error).chain(&self.effects);
        let dropped = self.dropped.iter();
        let kept = self.kept.as_deref();
        1_024
            + texts.map(String::len).sum::<usize>()
            + dropped
                .map(|part| part.path.len() + part.reason.len())
                .sum::<usize>()
            + kept.map_or(0, |kept| of_all(&kept.event) + of_all(&kept.response))
    }

    /// When it began.
    pub fn started(&self) -> SystemTime {
        time_of(self.started)
    }

    pub(crate) fn set_duration(&mut self, duration: Duration) {
        self.duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    }

    /// How long it took.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.duration_us)
    }
}

/// Which records are asked for; every one when nothing is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunFilter {
    /// Those of an application.
    pub application: Option<crate::identifier::ApplicationId>,
    /// Those of a stage.
    pub stage: Option<Stage>,
    /// Those of a hook.
    pub hook: Option<HookName>,
    /// Those that ended this way: `ok`, `failed`, `skipped`, or the exact word of the outcome.
    pub outcome: Option<String>,
    /// Those of an event.
    pub correlation_id: Option<String>,
    /// Those that were recorded at this time or later.
    pub since: Option<SystemTime>,
}

impl RunFilter {
    /// Whether a record is asked for.
    pub fn matches(&self, record: &RunRecord) -> bool {
        let outcome = |wanted: &String| {
            let kind = match record.result {
                RunResultKind::Ok => "ok",
                RunResultKind::Failed => "failed",
                RunResultKind::Skipped => "skipped",
            };
            wanted == kind || *wanted == record.outcome
        };
        self.application
            .as_ref()
            .is_none_or(|id| *id == record.id.application)
            && self.stage.is_none_or(|stage| stage == record.id.stage)
            && self.hook.as_ref().is_none_or(|hook| *hook == record.hook)
            && self.outcome.as_ref().is_none_or(outcome)
            && self
                .correlation_id
                .as_ref()
                .is_none_or(|id| *id == record.correlation_id)
            && self.since.is_none_or(|since| record.id.time() >= since)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

fn known_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HookKind>, D::Error> {
    let word = Option::<Value>::deserialize(deserializer)?;
    Ok(word.and_then(|word| HookKind::deserialize(word).ok()))
}
