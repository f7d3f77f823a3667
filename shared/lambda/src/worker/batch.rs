//! Batches of messages, as Lambda's event source mapping hands them over, and the answer it takes.
//!
//! See "Example Amazon SQS message event" and "Implementing partial batch responses" in the AWS Lambda Developer Guide.

use std::collections::BTreeMap;

use hookpoint_engine::{
    delivery::{job::Job, retry},
    ports::{Leased, NotAJob},
};
use lambda_runtime::Diagnostic;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// What the Runtime API handed over, which may be anything.
pub(crate) struct Payload(Option<Wire>);

impl<'de> Deserialize<'de> for Payload {
    /// Never fails: the runtime would log the failure, and with it a value of the payload. The caller stops reading after this.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Wire::deserialize(deserializer).ok()))
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

/// One message. The members that are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    /// Names it in the answer.
    #[serde(rename = "messageId")]
    pub(super) id: String,
    /// Names it towards the queue, as long as it is invisible.
    #[serde(rename = "receiptHandle")]
    pub(super) receipt: String,
    body: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// A payload that no queue has sent. Lambda leaves all messages of such an invocation in the queue.
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

/// The answer: which messages must come back. Lambda deletes all others.
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
    /// The messages, in the order of the queue.
    pub(crate) fn into_messages(self) -> Result<Vec<Message>, NotABatch> {
        let wire = self.0.ok_or(NotABatch)?;
        // Nobody sends an empty batch; an answer to it would say that all went well.
        if wire.records.is_empty() {
            return Err(NotABatch);
        }
        Ok(wire.records)
    }
}

impl Message {
    /// The message as the engine takes it. Where messages stay as they were sent, the queue has counted their attempts.
    pub(super) fn lease(&self, keeps_order: bool) -> Leased {
        let job = NotAJob::or_job(&self.body).map(|job| {
            if keeps_order {
                job.on_attempt(self.attempt_number(&job))
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

    /// How often the queue has handed it out, from 1.
    pub(super) fn received(&self) -> u32 {
        let count = self.attributes.get("ApproximateReceiveCount");
        let count = count.and_then(|count| count.parse().ok());
        count.unwrap_or(1).max(1)
    }

    /// Whether the order of the two counts.
    pub(super) fn is_in_group_of(&self, other: &Self) -> bool {
        self.group() == other.group()
    }

    fn group(&self) -> Option<&str> {
        self.attributes.get("MessageGroupId").map(String::as_str)
    }

    /// How often it was handed out tells which attempt it is. One attempt is always made, however often that was.
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
