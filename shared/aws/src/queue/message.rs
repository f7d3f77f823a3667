//! SQS messages: size, allowed characters, group, delay, and the attributes of dead letters.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_sdk_sqs::{
    error::BuildError,
    types::{
        Message, MessageAttributeValue, SendMessageBatchRequestEntry,
        builders::SendMessageBatchRequestEntryBuilder,
    },
};
use hookpoint_engine::{
    delivery::job::{Job, NotAJob},
    hook::hex,
    ports::{DeadReason, Leased},
};
use sha2::{Digest, Sha256};

use super::seconds;

/// Maximum size of an SQS message: 1 MiB.
pub(super) const BYTE_LIMIT: usize = 1024 * 1024;

/// The longest time SQS holds a message back. A job that has to wait longer is sent again when it becomes visible.
const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// Maximum length of a group or deduplication id.
const ID_LIMIT: usize = 128;
const STRING: &str = "String";
const NUMBER: &str = "Number";

/// Attribute with the code of the reason.
const REASON_CODE: &str = "ReasonCode";
const ERROR_MESSAGE: &str = "ErrorMessage";
const ATTEMPTS: &str = "Attempts";
/// Attribute with the time of the dead letter, in milliseconds since 1970.
const SINCE: &str = "Since";

/// A message to be sent.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    body: String,
    group: String,
    /// A FIFO queue drops a message whose id it saw within the last five minutes.
    deduplication: String,
    delay: i32,
    attributes: Vec<(&'static str, &'static str, String)>,
}

impl Outgoing {
    /// A job for the queue of deliveries.
    pub(super) fn job(job: &Job, now: SystemTime, fifo: bool) -> Self {
        let application = job.application.as_str();
        let group = if fifo {
            group(&format!("{application}:{}", job.order_group()))
        } else {
            group(application)
        };
        Self {
            body: acceptable_json(job.to_json()),
            group,
            deduplication: deduplication(job),
            delay: seconds(job.wait(now), LONGEST_DELAY),
            attributes: Vec::new(),
        }
    }

    /// A leased message unchanged, for the queue of deliveries, after a delay.
    pub(super) fn postponed(leased: &Leased, wait: Duration, now: SystemTime, fifo: bool) -> Self {
        let delay = seconds(wait, LONGEST_DELAY);
        match &leased.job {
            Ok(job) => Self {
                delay,
                ..Self::job(job, now, fifo)
            },
            Err(message) => Self {
                body: message.message.clone(),
                group: group(&message.text_at("/application").unwrap_or_default()),
                // Differs from the first copy's, or a FIFO queue would drop this one as a
                // duplicate.
                deduplication: digest(&format!("{} {}", leased.receipt, message.message)),
                delay,
                attributes: Vec::new(),
            },
        }
    }

    /// A leased message, for the dead-letter queue.
    pub(super) fn dead(leased: &Leased, reason: &DeadReason, now: SystemTime) -> Self {
        let (body, deduplication) = match &leased.job {
            Ok(job) => (acceptable_json(job.to_json()), deduplication(job)),
            Err(NotAJob { message, .. }) => (message.clone(), digest(message)),
        };
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut attributes = vec![
            (SINCE, NUMBER, since.as_millis().to_string()),
            (REASON_CODE, STRING, acceptable(&reason.code)),
        ];
        if let Ok(job) = &leased.job {
            attributes.push((ATTEMPTS, NUMBER, job.attempt.to_string()));
        }
        attributes.push((ERROR_MESSAGE, STRING, acceptable(&reason.message)));
        // SQS rejects empty ones.
        attributes.retain(|(_, _, value)| !value.is_empty());
        let mut letter = Self {
            body,
            // Each in a group of its own: order does not matter, and a received one must not hide
            // the others.
            group: deduplication.clone(),
            deduplication,
            delay: 0,
            attributes,
        };
        // What came as large as SQS takes it has no room for an explanation.
        while letter.size() > BYTE_LIMIT && letter.attributes.pop().is_some() {}
        letter
    }

    /// Size as SQS counts it: the body, and name, type and value of each attribute.
    pub(super) fn size(&self) -> usize {
        let attributes = self.attributes.iter();
        self.body.len()
            + attributes
                .map(|(name, kind, value)| name.len() + kind.len() + value.len())
                .sum::<usize>()
    }

    /// The message as an entry of a batch, identified by its number.
    pub(super) fn entry(
        &self,
        number: usize,
        fifo: bool,
    ) -> Result<SendMessageBatchRequestEntry, BuildError> {
        let mut entry = SendMessageBatchRequestEntryBuilder::default()
            .id(number.to_string())
            .message_body(&self.body)
            .message_group_id(&self.group);
        if fifo {
            entry = entry.message_deduplication_id(&self.deduplication);
        } else if self.delay > 0 {
            // A queue that keeps order refuses a message with a delay of its own.
            entry = entry.delay_seconds(self.delay);
        }
        for (name, kind, value) in &self.attributes {
            let value = MessageAttributeValue::builder()
                .data_type(*kind)
                .string_value(value)
                .build()?;
            entry = entry.message_attributes(*name, value);
        }
        entry.build()
    }
}

/// Reason and time of a dead letter; `None` for both if SQS itself moved it.
pub(super) fn read_reason(message: &Message) -> (Option<DeadReason>, Option<SystemTime>) {
    let none = HashMap::new();
    let attributes = message.message_attributes().unwrap_or(&none);
    let text = |name| attributes.get(name).and_then(|value| value.string_value());
    let reason = text(REASON_CODE).map(|code| DeadReason {
        code: code.to_owned(),
        message: text(ERROR_MESSAGE).unwrap_or_default().to_owned(),
    });
    let since = text(SINCE)
        .and_then(|digits| digits.parse().ok())
        .and_then(|milliseconds| UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)));
    (reason, since)
}

fn deduplication(job: &Job) -> String {
    let due = job.due().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{}.{}", job.delivery, job.attempt, due.as_millis())
}

/// A valid group id: the name itself if SQS accepts it, else its hash.
fn group(name: &str) -> String {
    if !name.is_empty()
        && name.len() <= ID_LIMIT
        && name.bytes().all(|byte| byte.is_ascii_graphic())
    {
        name.to_owned()
    } else {
        digest(name)
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// JSON without the two characters that SQS refuses and JSON does not escape. They can only be within strings.
fn acceptable_json(json: String) -> String {
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', "\\ufffe")
            .replace('\u{ffff}', "\\uffff")
    } else {
        json
    }
}

/// Text without characters that SQS refuses.
fn acceptable(text: &str) -> String {
    let is_refused = |character: char| match character {
        '\t' | '\n' | '\r' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        other => other < ' ',
    };
    text.replace(is_refused, "\u{fffd}")
}
