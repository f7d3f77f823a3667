//! Jobs: what waits in the queue for an asynchronous hook.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    application::binding::Target,
    format::{self, Unreadable},
    hook::HookReference,
    identifier::{ApplicationId, BindingId, DeliveryId},
    serde_stage,
    timestamp::{milliseconds, time_of},
};

/// The number of this format. A job of a newer one is put off until a worker can read it.
const FORMAT: u8 = 1;

/// One attempt at one delivery. It holds no secret: what a hook needs of them is read when it runs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    v: u8,
    /// Identifies the delivery on each of its attempts: the `webhook-id`.
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
    /// Identifies the event in every system it passes: a UUID, or what the host sent.
    pub correlation_id: String,
    /// W3C Trace Context, when the event came with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// When the event was accepted, in milliseconds since 1970.
    accepted: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the attempt is to be made, in milliseconds since 1970.
    due: u64,
    /// The body as the hook sees it: with the effects of the synchronous hooks, without passwords.
    pub event: Map<String, Value>,
    /// Members that a newer version added. They stay with the delivery through its attempts.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// What a job is made from.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "the event is about somebody")]
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
    /// The first attempt at a delivery, due at once.
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

    /// Reads a message. A stage that this version does not know is one of a newer version.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Staged {
            stage: String,
        }
        format::read(text, FORMAT).map_err(|error| match serde_json::from_str(text) {
            Ok(Staged { stage }) if !error.is_newer() && stage.parse::<Stage>().is_err() => {
                Unreadable::Newer(format!("this version has no stage `{stage}`"))
            }
            _ => error,
        })
    }

    /// The job as a message, at most about half a megabyte.
    pub fn to_json(&self) -> String {
        // Serialising strings, numbers and JSON values into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The next attempt, due after a wait.
    #[must_use]
    pub fn next_attempt(&self, now: SystemTime, wait: Duration) -> Self {
        Self {
            attempt: self.attempt.saturating_add(1),
            ..self.postponed(now, wait)
        }
    }

    /// The same delivery at another attempt: where the queue counts them, because a message that keeps its place stays as it was sent.
    #[must_use]
    pub fn on_attempt(&self, attempt: u32) -> Self {
        Self {
            attempt,
            ..self.clone()
        }
    }

    /// The same attempt, due after a wait.
    #[must_use]
    pub fn postponed(&self, now: SystemTime, wait: Duration) -> Self {
        Self {
            due: milliseconds(now + wait),
            ..self.clone()
        }
    }

    /// The delivery from its first attempt, accepted now and due at once: for an operator who sends a dead letter again.
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

    /// When the attempt is to be made.
    pub fn due(&self) -> SystemTime {
        time_of(self.due)
    }

    /// How long it still has to wait.
    pub fn wait(&self, now: SystemTime) -> Duration {
        self.due().duration_since(now).unwrap_or_default()
    }

    /// The conversation or customer it belongs to, where an operator chose to keep their order: the conversation id, else the
    /// application.
    pub fn order_group(&self) -> &str {
        let conversation = self
            .event
            .get("context")
            .and_then(|context| context.get("conversationId"));
        match conversation.and_then(Value::as_str) {
            Some(id) if !id.is_empty() => id,
            _ => self.application.as_str(),
        }
    }
}

impl fmt::Debug for Job {
    /// Without the event: it is about somebody.
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
