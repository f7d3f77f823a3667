//! The first attempt at a delivery, and what would follow it.

use hookpoint_devserver::FirstAttempt;
use hookpoint_engine::ports::Settlement;
use serde_json::{Value, json};

use super::{Row, number};
use crate::{
    commands::runs,
    moment,
    output::{Cell, WARNING, milliseconds},
};

/// The outcome shown if no attempt could be made.
const POSTPONED: &str = "postponed";

pub(super) fn row(attempt: &FirstAttempt) -> Row {
    let next = next(attempt);
    let Some(record) = &attempt.record else {
        let why = "not attempted because a read failed; see the log";
        return Row {
            outcome: Cell::styled(WARNING, POSTPONED),
            time: String::new(),
            remarks: [Some(why.to_owned()), next].into_iter().flatten().collect(),
        };
    };
    let status = record.status.map(|status| format!("answered {status}"));
    let delivered = match status {
        Some(status) => format!("after the response: {status}"),
        None => "after the response".to_owned(),
    };
    let mut remarks = vec![delivered];
    let error = record.error.as_deref().unwrap_or_default();
    remarks.extend(error.lines().map(str::to_owned));
    let dropped = record.dropped.iter();
    remarks.extend(dropped.map(|dropped| format!("dropped {dropped}")));
    remarks.extend(record.log.iter().map(|line| format!("> {line}")));
    remarks.extend(next);
    Row {
        outcome: Cell::styled(runs::style(record.result), &record.outcome),
        time: milliseconds(record.duration()),
        remarks,
    }
}

fn next(attempt: &FirstAttempt) -> Option<String> {
    match &attempt.settlement {
        Settlement::Done => None,
        Settlement::Retry(_) | Settlement::Postponed(_) => {
            let wait = attempt.again_in.unwrap_or_default();
            Some(format!("would be retried in {}", moment::about(wait)))
        }
        Settlement::Dead(_) => Some("would be given up as a dead letter".to_owned()),
    }
}

pub(super) fn to_json(attempt: &FirstAttempt) -> Value {
    let record = attempt.record.as_ref();
    let next = match &attempt.settlement {
        Settlement::Done => "nothing",
        Settlement::Retry(_) | Settlement::Postponed(_) => "retry",
        Settlement::Dead(_) => "dead-letter",
    };
    json!({
        "id": attempt.delivery,
        "run": record.map(|record| &record.id),
        "outcome": record.map_or(POSTPONED, |record| &record.outcome),
        "status": record.and_then(|record| record.status),
        "durationMs": record.map(|record| number(record.duration())),
        "error": record.and_then(|record| record.error.as_deref()),
        "dropped": record.map(|record| &record.dropped),
        "log": record.map(|record| &record.log),
        "next": next,
        "nextInMs": attempt.again_in.map(number),
    })
}
