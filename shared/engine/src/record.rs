//! Run records: what an operator can look up about a run.

mod id;
pub(crate) mod kept;
pub mod report;
pub mod run_log;
mod shorten;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use hookpoint_stages::Stage;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

pub use self::{
    id::{InvalidRunId, RunId, SHARDS},
    kept::{Kept, KeptBody, KeptRequest},
};
use crate::{
    application::binding::{Mode, Target},
    event::subject::SubjectKey,
    format::{self, Unreadable},
    hook::{HookKind, effects::Dropped},
    identifier::{BindingId, DeliveryId, HookName},
    timestamp::time_of,
};

/// Format number of stored records.
pub(crate) const FORMAT: u8 = 1;
/// How long records are kept by default.
pub const RETENTION: Duration = Duration::from_hours(24 * 7);

/// One synchronous run, or one attempt at a delivery. Contains no secrets and, except for [`RunRecord::kept`], nothing
/// of the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// The format number.
    pub v: u8,
    /// Its id, which includes application and stage.
    pub id: RunId,
    /// What the binding is attached to.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook.
    pub hook: HookName,
    /// The version of the hook that ran.
    pub version: u32,
    /// The kind of hook; `None` if the hook was not loaded, or its kind is known only to a newer version.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_kind"
    )]
    pub kind: Option<HookKind>,
    /// Whether the hook runs before or after the response.
    pub mode: Mode,
    /// Identifies the event in every system it passes through.
    pub correlation_id: String,
    /// When it started, in milliseconds since 1970.
    pub started: u64,
    /// Duration in microseconds.
    pub duration_us: u64,
    /// Whether it succeeded.
    pub result: RunResultKind,
    /// The stable code of [`crate::record::report::RunOutcome::as_str`]: `ok`, a failure class, or why the hook did not
    /// run.
    pub outcome: String,
    /// The error, or the condition that kept the hook from running; for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The result of the failure policy: `continued`, `denied`, `fell-back` or `unusable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The status that the endpoint returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Set for deliveries only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryRecord>,
    /// The names of the effects that count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// The dropped parts of the response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    /// The script's console output, redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// The size of the event as the hook saw it, in bytes; zero if it was not serialised.
    pub event_bytes: usize,
    /// The size of the response as JSON, in bytes; an upper bound if it was not serialised.
    pub response_bytes: usize,
    /// Whether parts were dropped to keep the record small.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shortened: bool,
    /// The event and the response, if the application keeps them. Stored apart from the record.
    #[serde(skip)]
    pub kept: Option<Box<Kept>>,
}

/// The delivery-specific part of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRecord {
    /// The delivery.
    pub id: DeliveryId,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// Time from the acceptance of the event to the start of this run, in milliseconds.
    pub waited_ms: u64,
    /// What comes next.
    pub next: AfterAttempt,
    /// When the next attempt is due, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_due: Option<u64>,
    /// The hook version that was bound when the event was accepted, if another one ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_version: Option<u32>,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterAttempt {
    /// Nothing: the delivery is over.
    Nothing,
    /// Another attempt.
    Retry,
    /// The delivery becomes a dead letter.
    DeadLetter,
}

/// The outcome of a run, in three classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunResultKind {
    /// The hook succeeded.
    Ok,
    /// The hook failed.
    Failed,
    /// The hook was not run.
    Skipped,
}

impl RunRecord {
    /// Parses a stored record.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        format::read(text, FORMAT, |value: &Self| value.v)
    }

    /// The stored form of the record, without [`RunRecord::kept`].
    pub fn to_json(&self) -> String {
        // Serialising strings and numbers into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The approximate memory use of the record, in bytes.
    pub(crate) fn weight(&self) -> usize {
        /// Overhead of a value besides its text, and of a member besides its value.
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
            + kept.map_or(0, |kept| {
                let requests = kept.requests.iter().map(|request| request.weight(&of));
                of_all(&kept.event) + of_all(&kept.response) + requests.sum::<usize>()
            })
    }

    /// When the run started.
    pub fn started(&self) -> SystemTime {
        time_of(self.started)
    }

    /// The people whom the kept event is about; empty if no event is kept.
    pub fn subjects(&self) -> BTreeSet<SubjectKey> {
        let kept = self.kept.as_deref();
        let keys =
            kept.map(|kept| SubjectKey::all(self.id.stage, &self.id.application, &kept.event));
        keys.unwrap_or_default()
    }

    pub(crate) fn set_duration(&mut self, duration: Duration) {
        self.duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    }

    /// Duration of the run.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.duration_us)
    }
}

/// Criteria for records; an empty filter matches every one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunFilter {
    /// Matches the application.
    pub application: Option<crate::identifier::ApplicationId>,
    /// Matches the stage.
    pub stage: Option<Stage>,
    /// Matches the hook, in any version.
    pub hook: Option<HookName>,
    /// Matches the result (`ok`, `failed`, `skipped`) or the exact outcome code.
    pub outcome: Option<String>,
    /// Matches the event's correlation id.
    pub correlation_id: Option<String>,
    /// Matches records whose kept event is about a person. Only the store can tell.
    pub subject: Option<SubjectKey>,
    /// Matches records made at this time or later.
    pub since: Option<SystemTime>,
}

impl RunFilter {
    /// Whether a record meets every criterion but [`subject`](Self::subject), which records do not hold.
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
