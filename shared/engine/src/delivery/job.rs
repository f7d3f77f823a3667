//! Jobs: deliveries waiting in the queue.

#[cfg(test)]
mod tests;
mod unreadable;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::unreadable::NotAJob;
use crate::{
    application::binding::Target,
    event::subject::SubjectKey,
    format::{self, Unreadable},
    hook::HookReference,
    identifier::{ApplicationId, BindingId, DeliveryId},
    serde_stage,
    timestamp::{milliseconds, time_of},
};

/// Format number. A job with a higher one is postponed until a worker can read it.
const FORMAT: u8 = 1;

/// One attempt at one delivery. Contains no secrets: they are read when the hook runs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    v: u8,
    /// Identifies the delivery across its attempts; sent as the `webhook-id`.
    pub delivery: DeliveryId,
    /// The application that posted the event.
    pub application: ApplicationId,
    /// The event's stage.
    #[serde(with = "serde_stage")]
    pub stage: Stage,
    /// What the binding is attached to.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook version that was bound when the event was accepted.
    pub hook: HookReference,
    /// Identifies the event in every system it passes through: a UUID, or the value the host sent.
    pub correlation_id: String,
    /// W3C Trace Context, when the event came with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// When the event was accepted, in milliseconds since 1970.
    accepted: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the attempt is due, in milliseconds since 1970.
    due: u64,
    /// The body as the hook sees it: with the effects of the synchronous hooks, without passwords.
    pub event: Map<String, Value>,
    /// Members added by a newer version, kept for later attempts.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// The parts of a new job.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "the event may contain personal data"
)]
pub struct NewJob<'a> {
    /// Identifies the delivery.
    pub delivery: DeliveryId,
    /// The application that posted the event.
    pub application: &'a ApplicationId,
    /// The event's stage.
    pub stage: Stage,
    /// What the binding is attached to.
    pub target: &'a Target,
    /// The binding.
    pub binding: &'a BindingId,
    /// The hook version that is bound now.
    pub hook: &'a HookReference,
    /// Identifies the event.
    pub correlation_id: &'a str,
    /// W3C Trace Context.
    pub traceparent: Option<&'a str>,
    /// When the event was accepted.
    pub accepted: SystemTime,
    /// The body as the hook sees it.
    pub event: Map<String, Value>,
}

impl Job {
    /// Creates the first attempt at a delivery, due now.
    pub fn new(new: NewJob<'_>) -> Self {
        let accepted = milliseconds(new.accepted);
        Self {
            v: FORMAT,
            delivery: new.delivery,
            application: new.application.clone(),
            stage: new.stage,
            target: new.target.clone(),
            binding: new.binding.clone(),
            hook: new.hook.clone(),
            correlation_id: new.correlation_id.to_owned(),
            traceparent: new.traceparent.map(str::to_owned),
            accepted,
            attempt: 1,
            due: accepted,
            event: new.event,
            unknown: Map::new(),
        }
    }

    /// Parses a message. A stage unknown to this version counts as a newer format.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Staged {
            stage: String,
        }
        format::read(text, FORMAT, |value: &Self| value.v).map_err(|error| {
            match serde_json::from_str(text) {
                Ok(Staged { stage }) if !error.is_newer() && stage.parse::<Stage>().is_err() => {
                    Unreadable::Newer(format!("this version has no stage `{stage}`"))
                }
                _ => error,
            }
        })
    }

    /// Parses a message, and keeps one that cannot be read.
    pub fn from_message(message: &str) -> Result<Self, NotAJob> {
        Self::from_json(message).map_err(|error| NotAJob {
            reason: match &error {
                Unreadable::Newer(_) => format!("the message cannot be read: {error}"),
                Unreadable::Damaged(_) => format!("the message is not a job: {error}"),
            },
            message: message.to_owned(),
            is_newer: error.is_newer(),
        })
    }

    /// The job as a queue message, at most about half a megabyte.
    pub fn to_json(&self) -> String {
        // Serialising strings, numbers and JSON values into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The next attempt, due after `wait`.
    #[must_use]
    pub fn next_attempt(&self, now: SystemTime, wait: Duration) -> Self {
        Self {
            attempt: self.attempt.saturating_add(1),
            ..self.postponed(now, wait)
        }
    }

    /// This delivery with the attempt number that the queue counted, for queues that resend the original message.
    #[must_use]
    pub fn on_attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    /// Repeats the attempt, due after `wait`.
    #[must_use]
    pub fn postponed(&self, now: SystemTime, wait: Duration) -> Self {
        Self {
            due: milliseconds(now + wait),
            ..self.clone()
        }
    }

    /// Restarts the delivery: first attempt, accepted now and due now. For an operator who redrives a dead letter.
    #[must_use]
    pub fn anew(&self, now: SystemTime) -> Self {
        Self {
            attempt: 1,
            accepted: milliseconds(now),
            ..self.postponed(now, Duration::ZERO)
        }
    }

    /// When the event was accepted.
    pub fn accepted(&self) -> SystemTime {
        time_of(self.accepted)
    }

    /// When the attempt is due.
    pub fn due(&self) -> SystemTime {
        time_of(self.due)
    }

    /// Time left until the attempt is due.
    pub fn wait(&self, now: SystemTime) -> Duration {
        self.due().duration_since(now).unwrap_or_default()
    }

    /// The group within which an operator chose to keep deliveries in order: the conversation, else the person, else the delivery alone.
    /// One that fails holds up those behind it, so a group is as small as order allows.
    pub fn order_group(&self) -> String {
        let context = self.event.get("context");
        match context.and_then(|context| context.get("conversationId")) {
            Some(Value::String(id)) if !id.is_empty() => return id.clone(),
            Some(Value::Number(id)) => return id.to_string(),
            _ => {}
        }
        // A hash: the group is not encrypted with the message.
        let person = SubjectKey::first(self.stage, &self.application, &self.event);
        person.map_or_else(
            || self.delivery.to_string(),
            |person| person.as_str().to_owned(),
        )
    }
}

impl fmt::Debug for Job {
    /// Omits the event, which may contain personal data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Job")
            .field("delivery", &self.delivery)
            .field("application", &self.application)
            .field("stage", &self.stage)
            .field("binding", &self.binding)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
