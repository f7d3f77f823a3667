//! The output of run records.

use anstyle::Style;
use hookpoint_engine::{
    application::binding::Mode,
    record::{AfterAttempt, DeliveryRecord, KeptRequest, RunRecord, RunResultKind},
};
use serde_json::{Value, json};

use super::id;
use crate::{
    moment,
    output::{
        self, BAD, Cell, DIM, GOOD, Table, WARNING, headline, milliseconds, paint, printable,
        printable_lines,
        width::{self, error_lines},
    },
};

/// The columns of the names of details.
const NAMES: usize = 14;
/// Details get no less room than this.
const NARROWEST: usize = 20;

/// JSON without the kept event.
pub(crate) fn to_json(record: &RunRecord) -> Value {
    json!({
        "id": record.id,
        "application": record.id.application,
        "stage": record.id.stage.id(),
        "target": record.target.to_string(),
        "binding": record.binding,
        "hook": record.hook,
        "version": record.version,
        "kind": record.kind,
        "mode": record.mode,
        "correlationId": record.correlation_id,
        "started": moment::milliseconds(record.started()),
        "durationMs": record.duration().as_secs_f64() * 1_000.0,
        "result": record.result,
        "outcome": record.outcome,
        "error": record.error,
        "policy": record.policy,
        "status": record.status,
        "delivery": record.delivery.as_ref().map(delivery_to_json),
        "effects": record.effects,
        "dropped": record.dropped,
        "log": record.log,
        "eventBytes": record.event_bytes,
        "responseBytes": record.response_bytes,
        "shortened": record.shortened,
    })
}

fn delivery_to_json(delivery: &DeliveryRecord) -> Value {
    let due = delivery.next_due.map(moment::from_milliseconds);
    json!({
        "id": delivery.id,
        "attempt": delivery.attempt,
        "waitedMs": delivery.waited_ms,
        "next": delivery.next,
        "nextDue": due.map(moment::milliseconds),
        "acceptedVersion": delivery.accepted_version,
    })
}

/// The colour of a result.
pub(crate) fn style(result: RunResultKind) -> Style {
    match result {
        RunResultKind::Ok => GOOD,
        RunResultKind::Failed => BAD,
        RunResultKind::Skipped => DIM,
    }
}

/// A table for people.
pub(crate) fn table(records: &[RunRecord]) -> String {
    let heading = [
        "began",
        "run",
        "application",
        "stage",
        "hook",
        "outcome",
        "status",
        "time",
        "",
    ];
    let mut table = Table::new(heading)
        .without(["status", "application", "stage", "time", "began"])
        .with_remarks("run");
    let length = id::unique_length(records);
    for record in records {
        table.push([
            Cell::text(moment::seconds(record.started())),
            Cell::text(id::ending(&record.id, length)),
            Cell::text(record.id.application.as_str()),
            Cell::text(record.id.stage.name()),
            Cell::text(hook(record)),
            Cell::styled(style(record.result), &record.outcome),
            Cell::number(status(record)),
            Cell::number(milliseconds(record.duration())),
            Cell::text(remark(record)),
        ]);
    }
    table.render()
}

/// One record on a line, without a table.
pub(super) fn line(record: &RunRecord) -> String {
    let parts = [
        moment::seconds(record.started()),
        id::short(&record.id),
        format!("{} {}", record.id.application, record.id.stage.name()),
        hook(record),
        paint(style(record.result), &printable(&record.outcome)),
        status(record),
        milliseconds(record.duration()),
        printable(&remark(record)),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  ")
}

/// `crm-lookup v2`.
pub(crate) fn hook(record: &RunRecord) -> String {
    format!("{} v{}", record.hook, record.version)
}

/// The sizes. A script's event may never have been serialised.
fn size(record: &RunRecord) -> String {
    let response = match (record.response_bytes, &record.error) {
        // What a failed hook sent may be quoted by its error.
        (0, Some(_)) => "no response that could be used".to_owned(),
        (bytes, _) => format!("response {bytes} bytes"),
    };
    match record.event_bytes {
        0 => response,
        event => format!("event {event} bytes, {response}"),
    }
}

fn status(record: &RunRecord) -> String {
    record
        .status
        .map_or_else(String::new, |status| status.to_string())
}

/// Attempt, error, and what comes next.
fn remark(record: &RunRecord) -> String {
    let attempt = record
        .delivery
        .as_ref()
        .filter(|delivery| delivery.attempt > 1 || delivery.next != AfterAttempt::Nothing)
        .map(|delivery| format!("attempt {}", delivery.attempt));
    let parts = [
        attempt,
        record
            .error
            .as_deref()
            .map(|error| headline(output::unnamed(error))),
        record.delivery.as_ref().and_then(next),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join("; ")
}

/// What follows an attempt; `None` for the end of the delivery.
pub(crate) fn next(delivery: &DeliveryRecord) -> Option<String> {
    match delivery.next {
        AfterAttempt::Nothing => None,
        AfterAttempt::Retry => Some(delivery.next_due.map_or_else(
            || "retry".to_owned(),
            |due| {
                let due = moment::seconds(moment::from_milliseconds(due));
                format!("retry at {due}")
            },
        )),
        AfterAttempt::DeadLetter => Some("given up as a dead letter".to_owned()),
    }
}

/// The requests that a run made, each a line with what came of it and a colour; empty if they were not kept.
pub(crate) fn requests(record: &RunRecord) -> Vec<(Style, String)> {
    let kept = record.kept.as_deref();
    let requests = kept.map(|kept| kept.requests.as_slice());
    requests.unwrap_or_default().iter().map(request).collect()
}

fn request(request: &KeptRequest) -> (Style, String) {
    let (style, result) = match (request.status, &request.failure) {
        (Some(status @ ..400), _) => (DIM, status.to_string()),
        (Some(status), _) => (WARNING, status.to_string()),
        (None, Some(class)) => (BAD, class.clone()),
        (None, None) => (WARNING, "not over".to_owned()),
    };
    let duration = milliseconds(request.duration());
    let error = match &request.error {
        Some(error) => format!(": {}", headline(error)),
        None => String::new(),
    };
    let line = format!(
        "{} {} {result} {duration}{error}",
        request.method, request.url
    );
    (style, printable(&line))
}

/// The effect of the failure policy.
pub(crate) fn consequence(policy: &str) -> &str {
    match policy {
        "continued" => "the event continued without it",
        "denied" => "the event was denied",
        "fell-back" => "the fallback response was used",
        "unusable" => "the fallback response is invalid, and the event ended with a problem",
        other => other,
    }
}

/// All details for people, one per line.
pub(super) fn full(record: &RunRecord) -> String {
    full_within(record, width::of_terminal())
}

/// The details for a terminal of this width.
fn full_within(record: &RunRecord, limit: Option<usize>) -> String {
    let mut lines = Vec::new();
    let room = limit.map(|limit| limit.saturating_sub(NAMES).max(NARROWEST));
    let mut line = |name: &str, value: String| {
        let parts = error_lines(&printable_lines(&value), room);
        for (index, part) in parts.into_iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let name = paint(DIM, &format!("{name:<12}"));
            lines.push(format!("{name}  {part}"));
        }
    };
    line("run", record.id.to_string());
    let kind = record.kind.map_or_else(String::new, |kind| {
        format!(" ({})", json!(kind).as_str().unwrap_or_default())
    });
    line("hook", hook(record) + &kind);
    line(
        "binding",
        format!("{} on {}", record.binding, record.target),
    );
    let mode = match record.mode {
        Mode::Synchronous => "synchronous, before the response",
        Mode::Asynchronous => "asynchronous, after the response",
    };
    line("mode", mode.to_owned());
    line("event", record.correlation_id.clone());
    line("began", moment::milliseconds(record.started()));
    line("took", milliseconds(record.duration()));
    line("outcome", record.outcome.clone());
    if let Some(error) = &record.error {
        line("error", error.clone());
    }
    if let Some(policy) = &record.policy {
        line("then", consequence(policy).to_owned());
    }
    if let Some(status) = record.status {
        line("status", status.to_string());
    }
    if let Some(delivery) = &record.delivery {
        line("delivery", delivery.id.to_string());
        let waited = format!(
            "{}, {} ms after the event was accepted",
            delivery.attempt, delivery.waited_ms
        );
        line("attempt", waited);
        if let Some(version) = delivery.accepted_version {
            line(
                "accepted as",
                format!(
                    "version {version}; the binding then had version {}",
                    record.version
                ),
            );
        }
        line(
            "next",
            next(delivery).unwrap_or_else(|| "nothing".to_owned()),
        );
    }
    if !record.effects.is_empty() {
        line("effects", record.effects.join(", "));
    }
    let dropped: Vec<_> = record.dropped.iter().map(ToString::to_string).collect();
    line("dropped", dropped.join("\n"));
    line("log", record.log.join("\n"));
    line("size", size(record));
    if record.shortened {
        line(
            "shortened",
            "parts were removed to keep the record small".to_owned(),
        );
    }
    lines.join("\n")
}
