//! Batches of Lambda's event source mapping, and the response to them.
//!
//! See "Example Amazon SQS message event" and "Implementing partial batch responses" in the AWS Lambda Developer Guide.

use std::collections::BTreeMap;

use hookpoint_engine::{
    delivery::{job::Job, retry},
    ports::Leased,
};
use lambda_runtime::Diagnostic;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// A payload from the Runtime API, which may be anything.
pub(crate) struct Payload(Option<Wire>);

impl<'de> Deserialize<'de> for Payload {
    /// Never fails: the runtime would log the error together with a value of the payload. The caller reads nothing
    /// after this.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Wire::deserialize(deserializer).ok()))
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

/// The members read of a message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    /// Identifies it in the response.
    #[serde(rename = "messageId")]
    pub(super) id: String,
    /// Identifies it to the queue while it is hidden.
    #[serde(rename = "receiptHandle")]
    pub(super) receipt: String,
    body: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// A payload that is not from a queue. On this error Lambda leaves all messages in the queue.
#[derive(Debug, Error)]
#[error(
    "the payload is not a batch of an SQS queue: `Records`, each with `messageId`, `receiptHandle` and `body`, all of them strings"
)]
pub(crate) struct NotABatch;

impl From<NotABatch> for Diagnostic {
    fn from(error: NotABatch) -> Self {
        Self {
            error_type: "Hookpoint.NotABatch".to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// The partial batch response: the messages that must come back. Lambda deletes all others.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchResponse {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl Payload {
    /// Returns the messages, in the order of the queue.
    pub(crate) fn into_messages(self) -> Result<Vec<Message>, NotABatch> {
        let wire = self.0.ok_or(NotABatch)?;
        // Lambda sends no empty batches; accepting one would report success.
        if wire.records.is_empty() {
            return Err(NotABatch);
        }
        Ok(wire.records)
    }
}

impl Message {
    /// Converts the message for the engine. `keeps_order` says that the queue is FIFO, and counts the attempts.
    pub(super) fn lease(&self, keeps_order: bool) -> Leased {
        let job = Job::from_message(&self.body).map(|job| {
            if keeps_order {
                let attempt = self.attempt_number(&job);
                job.on_attempt(attempt)
            } else {
                job
            }
        });
        Leased {
            job,
            receipt: self.receipt.clone(),
            bytes: self.body.len(),
        }
    }

    /// The receive count, from 1.
    pub(super) fn received(&self) -> u32 {
        let count = self.attributes.get("ApproximateReceiveCount");
        let count = count.and_then(|count| count.parse().ok());
        count.unwrap_or(1).max(1)
    }

    /// Whether both belong to one group, so that their order matters.
    pub(super) fn is_in_group_of(&self, other: &Self) -> bool {
        self.group() == other.group()
    }

    fn group(&self) -> Option<&str> {
        self.attributes.get("MessageGroupId").map(String::as_str)
    }

    /// At most the last of the schedule: one attempt is always made, however often the message was received.
    fn attempt_number(&self, job: &Job) -> u32 {
        let last = u32::try_from(retry::SCHEDULE.len()).unwrap_or(u32::MAX);
        let attempt = job.attempt.saturating_add(self.received() - 1);
        attempt.min(last.max(job.attempt))
    }
}

impl BatchResponse {
    pub(super) fn new(failed: impl Iterator<Item = String>) -> Self {
        Self {
            batch_item_failures: failed
                .map(|item_identifier| Failure { item_identifier })
                .collect(),
        }
    }
}
