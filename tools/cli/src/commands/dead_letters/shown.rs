//! The output of dead letters.

use hookpoint_engine::{
    delivery::job::{Job, NotAJob},
    ports::DeadLetter,
};
use serde_json::{Value, json};

use crate::{
    id_part, moment,
    output::{self, Cell, Details, Table, WARNING, headline},
};

/// JSON without the event. An unreadable message is included as it is.
pub(super) fn to_json(letter: &DeadLetter) -> Value {
    let mut value = json!({
        "id": letter.id,
        "since": letter.since.map(moment::milliseconds),
        "reason": letter.reason,
        "job": letter.job.as_ref().map_or(Value::Null, job_to_json),
        "malformed": null,
    });
    if let Err(message) = &letter.job {
        value["malformed"] = Value::from(message.reason.as_str());
        value["newer"] = Value::from(message.is_newer);
        value["message"] = Value::from(message.message.as_str());
    }
    value
}

/// The job of a delivery as JSON, without its event.
pub(crate) fn job_to_json(job: &Job) -> Value {
    json!({
        "delivery": job.delivery,
        "application": job.application,
        "stage": job.stage.id(),
        "target": job.target.to_string(),
        "binding": job.binding,
        "hook": job.hook.name,
        "version": job.hook.version,
        "correlationId": job.correlation_id,
        "accepted": moment::milliseconds(job.accepted()),
        "attempt": job.attempt,
    })
}

/// JSON with the event.
pub(crate) fn to_full_json(letter: &DeadLetter) -> Value {
    let mut value = to_json(letter);
    if let Ok(job) = &letter.job {
        value["job"]["event"] = Value::Object(job.event.clone());
    }
    value
}

/// A table for people, with short ids if parts of them are enough.
pub(super) fn table(letters: &[DeadLetter], is_short: bool) -> String {
    let length = if is_short {
        id_part::unique_length(letters.iter().map(|letter| letter.id.as_str()))
    } else {
        usize::MAX
    };
    let mut table = Table::new([
        "since",
        "id",
        "application",
        "stage",
        "hook",
        "attempts",
        "reason",
        "",
    ])
    .without(["attempts", "application", "since", "stage"])
    .with_remarks("id");
    for letter in letters {
        let (application, stage, hook, attempt) = match &letter.job {
            Ok(job) => (
                job.application.to_string(),
                job.stage.name(),
                format!("{} v{}", job.hook.name, job.hook.version),
                job.attempt.to_string(),
            ),
            Err(message) => unread(message),
        };
        table.push([
            Cell::text(letter.since.map_or_else(String::new, moment::seconds)),
            Cell::text(id_part::ending(&letter.id, length)),
            Cell::text(application),
            Cell::text(stage),
            Cell::text(hook),
            Cell::number(attempt),
            Cell::styled(WARNING, letter.code()),
            Cell::text(headline(message(letter))),
        ]);
    }
    table.render()
}

/// The columns of an unreadable message; blank where it has no such member.
fn unread(message: &NotAJob) -> (String, String, String, String) {
    let text = |pointer| message.text_at(pointer).unwrap_or_default();
    let hook = [text("/hook/name"), text("/hook/version")].join(" v");
    let hook = if hook == " v" { String::new() } else { hook };
    (text("/application"), text("/stage"), hook, text("/attempt"))
}

fn message(letter: &DeadLetter) -> &str {
    match (&letter.reason, &letter.job) {
        (Some(reason), _) => &reason.message,
        (None, Err(message)) => &message.reason,
        (None, Ok(_)) => "handed out too often without being settled",
    }
}

/// All details for people, one per line.
pub(super) fn full(letter: &DeadLetter) -> String {
    let mut details = Details::default();
    details.line("dead letter", &letter.id);
    if let Some(since) = letter.since {
        details.line("since", &moment::milliseconds(since));
    }
    details.line("reason", letter.code());
    for part in message(letter).lines() {
        details.line("", part);
    }
    match &letter.job {
        Ok(job) => details.with_job(job, "attempts"),
        Err(message) => {
            details.with_section("the message", &output::printable_lines(&message.message))
        }
    }
}
