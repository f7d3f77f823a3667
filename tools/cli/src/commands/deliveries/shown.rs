//! The output of waiting deliveries.

use std::time::SystemTime;

use hookpoint_local::WaitingDelivery;
use serde_json::{Value, json};

use crate::{
    commands::dead_letters::job_to_json,
    id_part, moment,
    output::{self, BAD, Cell, Details, GOOD, Table},
};

/// JSON without the event.
pub(super) fn to_json(waiting: &WaitingDelivery) -> Value {
    let job = waiting.job.as_ref();
    json!({
        "id": waiting.id,
        "due": moment::milliseconds(waiting.due),
        "inProgress": waiting.is_in_progress,
        "job": job.map_or(Value::Null, job_to_json),
        "malformed": job.err().map(|message| &message.reason),
    })
}

/// JSON with the event.
pub(crate) fn to_full_json(waiting: &WaitingDelivery) -> Value {
    let mut value = to_json(waiting);
    if let Ok(job) = &waiting.job {
        value["job"]["event"] = Value::Object(job.event.clone());
    }
    value
}

/// A table for people.
pub(super) fn table(all: &[WaitingDelivery], now: SystemTime) -> String {
    let heading = ["id", "due", "application", "stage", "hook", "attempt", ""];
    let mut table = Table::new(heading)
        .without(["attempt", "application", "stage"])
        .with_remarks("id");
    let length = id_part::unique_length(all.iter().map(|waiting| waiting.id.as_str()));
    for waiting in all {
        let (application, stage, hook, attempt, remark) = match &waiting.job {
            Ok(job) => (
                job.application.to_string(),
                job.stage.name(),
                format!("{} v{}", job.hook.name, job.hook.version),
                job.attempt.to_string(),
                String::new(),
            ),
            Err(message) => {
                let text = |pointer| message.text_at(pointer).unwrap_or_default();
                (
                    text("/application"),
                    text("/stage"),
                    text("/hook/name"),
                    text("/attempt"),
                    message.reason.clone(),
                )
            }
        };
        table.push([
            Cell::text(id_part::ending(&waiting.id, length)),
            due(waiting, now),
            Cell::text(application),
            Cell::text(stage),
            Cell::text(hook),
            Cell::number(attempt),
            Cell::styled(BAD, output::headline(&remark)),
        ]);
    }
    table.render()
}

fn due(waiting: &WaitingDelivery, now: SystemTime) -> Cell {
    if waiting.is_in_progress {
        return Cell::styled(GOOD, "in progress");
    }
    match waiting.due.duration_since(now) {
        Ok(wait) if wait.as_secs() > 0 => Cell::text(format!("in {}", moment::about(wait))),
        _ => Cell::styled(GOOD, "now"),
    }
}

/// All details for people, one per line.
pub(super) fn full(waiting: &WaitingDelivery) -> String {
    let mut details = Details::default();
    details.line("delivery", &waiting.id);
    let due = moment::milliseconds(waiting.due);
    if waiting.is_in_progress {
        details.line("in progress", &format!("until {due} at the latest"));
    } else {
        details.line("due", &due);
    }
    match &waiting.job {
        Ok(job) => details.with_job(job, "attempt"),
        Err(message) => {
            details.line("problem", &message.reason);
            details.render()
        }
    }
}
