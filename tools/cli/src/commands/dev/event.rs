//! What is shown of an event: a line with time, short id and outcome, and beneath it what went wrong.

#[cfg(test)]
mod tests;

use std::time::SystemTime;

use anstyle::Style;
use hookpoint_devserver::Answered;
use hookpoint_engine::{
    confidential::redaction::one_line,
    event::ingest::Skipped,
    record::{RunRecord, RunResultKind, report::SkipReason},
};
use hookpoint_stages::{Effect, Lead};
use serde_json::Value;

use crate::{
    commands::runs,
    moment,
    output::{
        BAD, DIM, GOOD, WARNING, milliseconds, paint, printable, printable_lines,
        width::{columns, error_lines, wrapped},
    },
};

/// The column of the short id, below which details stand.
const INDENT: usize = 11;
/// Narrower terminals are not considered.
const NARROWEST: usize = 40;

/// Something to show.
#[derive(Debug)]
pub(super) enum Shown {
    /// An event, with the runs that it waited for.
    Event {
        answered: Answered,
        runs: Vec<RunRecord>,
    },
    /// A run whose event was shown already.
    Run(RunRecord),
    /// An attempt at a delivery.
    Delivery(RunRecord),
}

impl Shown {
    /// Whether all records have arrived.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Event { answered, runs } => {
                let timing = answered.timing.as_deref().unwrap_or_default();
                let is_recorded =
                    |skipped: &&Skipped| skipped.reason == SkipReason::ConditionAbsent;
                let skipped = answered.skipped.iter().filter(is_recorded).count();
                runs.len() >= hooks(timing).count() + skipped
            }
            Self::Run(_) | Self::Delivery(_) => true,
        }
    }

    /// Whether something failed, an effect was dropped, or the customer was refused.
    pub(super) fn has_failed(&self) -> bool {
        let is_bad = |record: &RunRecord| {
            record.result == RunResultKind::Failed || !record.dropped.is_empty()
        };
        match self {
            Self::Event { answered, runs } => {
                answered.status >= 400
                    || !all_are_ok(answered)
                    || is_refused(answered)
                    || runs.iter().any(is_bad)
            }
            Self::Run(record) | Self::Delivery(record) => is_bad(record),
        }
    }

    /// The lines for a terminal of this width; unbroken without one.
    pub(super) fn render(&self, width: Option<usize>) -> String {
        let mut lines = Lines {
            width: width.map(|width| width.max(NARROWEST)),
            done: Vec::new(),
        };
        match self {
            Self::Event { answered, runs } => lines.event(answered, runs),
            Self::Run(record) => {
                lines.head(
                    record.started(),
                    &runs::short(&record.id),
                    &[run(record)],
                    "",
                );
                lines.details(record, INDENT);
            }
            Self::Delivery(record) => lines.delivery(record),
        }
        lines.done.join("\n")
    }
}

/// Lines that fit the terminal.
struct Lines {
    width: Option<usize>,
    done: Vec<String>,
}

impl Lines {
    fn event(&mut self, answered: &Answered, records: &[RunRecord]) {
        let way = way(answered);
        let style = match (answered.status, way) {
            (..400, Some((style, _))) => style,
            (..400, None) if all_are_ok(answered) => GOOD,
            (..400, None) => WARNING,
            _ => BAD,
        };
        let status = match way {
            Some((_, word)) => format!("{} {word}", answered.status),
            None => answered.status.to_string(),
        };
        let request = answered
            .request
            .replace("POST /v1/applications/", "")
            .replace("/stages/", " ");
        let request: String = request.chars().take(160).collect();
        let failed = |record: &&RunRecord| record.result == RunResultKind::Failed;
        // The id that leads to the most interesting record.
        let ran = |record: &&RunRecord| record.result != RunResultKind::Skipped;
        let ran: Vec<&RunRecord> = records.iter().filter(ran).collect();
        let first = records.iter().find(failed).or(ran.first().copied());
        let id = first.map_or_else(String::new, |record| runs::short(&record.id));
        let parts = [
            (style, status),
            (Style::new(), printable(&request)),
            (DIM, milliseconds(answered.elapsed)),
        ];
        let timing = answered.timing.as_deref().unwrap_or_default();
        let all: Vec<_> = hooks(timing)
            .map(|(name, outcome, duration)| format!("{name} {outcome} {duration} ms"))
            .collect();
        let rest = if answered.is_replayed {
            "the recorded response of an earlier event".to_owned()
        } else {
            all.join(", ")
        };
        self.head(answered.at, &id, &parts, &rest);
        for skipped in &answered.skipped {
            self.wrap(INDENT, "", DIM, &printable(&not_run(skipped)));
        }
        if let Some((code, detail)) = &answered.problem {
            self.wrap(INDENT, "", BAD, &format!("{code}: {}", printable(detail)));
        }
        for record in records.iter().filter(|record| has_something_to_say(record)) {
            if ran.len() == 1 {
                self.details(record, INDENT);
                continue;
            }
            let id = runs::short(&record.id);
            let (style, text) = run(record);
            self.wrap(INDENT, &format!("{id}  "), style, &text);
            self.details(record, INDENT + 6);
        }
    }

    /// An attempt: outcome, hook, and what comes next.
    fn delivery(&mut self, record: &RunRecord) {
        let hook = runs::hook(record);
        let attempt = record
            .delivery
            .as_ref()
            .map_or(1, |delivery| delivery.attempt);
        let attempt = match attempt {
            ..=1 => String::new(),
            attempt => format!(", attempt {attempt}"),
        };
        let next = record.delivery.as_ref().and_then(runs::next);
        let next = next.map(|next| format!("; {next}")).unwrap_or_default();
        let id = &record.id;
        let parts = [
            (runs::style(record.result), printable(&record.outcome)),
            (
                Style::new(),
                format!("{} {}", id.application, id.stage.name()),
            ),
            (DIM, milliseconds(record.duration())),
        ];
        let what = format!("delivery of {hook}{attempt}{next}");
        self.head(record.started(), &runs::short(id), &parts, &what);
        self.details(record, INDENT);
    }

    /// A line with time, id and parts; the rest goes below where it does not fit.
    fn head(&mut self, at: SystemTime, id: &str, parts: &[(Style, String)], rest: &str) {
        let time = moment::time_of_day(at);
        let mut line = format!("{}  {}", paint(DIM, &time), paint(DIM, &format!("{id:<4}")));
        let mut used = columns(&time) + 6;
        for (style, text) in parts {
            used += 2 + columns(text);
            line.push_str("  ");
            line.push_str(&paint(*style, text));
        }
        let fits = |width| used + 2 + columns(rest) <= width;
        if !rest.is_empty() && self.width.is_none_or(fits) {
            line.push_str("  ");
            line.push_str(rest);
            self.done.push(line);
            return;
        }
        self.done.push(line);
        if !rest.is_empty() {
            self.wrap(INDENT, "", Style::new(), rest);
        }
    }

    /// The error with its source line, dropped effects, requests, and the log.
    fn details(&mut self, record: &RunRecord, indent: usize) {
        let error = record.error.as_deref().unwrap_or_default();
        let error = printable_lines(error);
        let room = self.width.map(|width| width.saturating_sub(indent));
        for line in error_lines(&error, room) {
            let is_quoted = line.starts_with(' ');
            let line = if is_quoted { line } else { paint(BAD, &line) };
            self.done.push(format!("{}{line}", " ".repeat(indent)));
        }
        if let Some(policy) = &record.policy {
            let style = match policy.as_str() {
                "denied" | "unusable" => BAD,
                _ => WARNING,
            };
            self.wrap(indent, "", style, &printable(runs::consequence(policy)));
        }
        for dropped in &record.dropped {
            self.wrap(indent, "dropped ", WARNING, &one_line(&dropped.to_string()));
        }
        for (style, request) in runs::requests(record) {
            self.wrap(indent, "", style, &request);
        }
        for line in &record.log {
            self.wrap(indent, "> ", Style::new(), &printable(line));
        }
    }

    /// A text after a mark, on as many lines as it needs.
    fn wrap(&mut self, indent: usize, mark: &str, style: Style, text: &str) {
        let start = indent + columns(mark);
        let lines = match self.width {
            None => vec![text.to_owned()],
            Some(width) => wrapped(text, width.saturating_sub(start).max(1)),
        };
        for (index, line) in lines.iter().enumerate() {
            let (blank, mark) = if index == 0 {
                (indent, paint(DIM, mark))
            } else {
                (start, String::new())
            };
            let line = paint(style, line);
            self.done.push(format!("{}{mark}{line}", " ".repeat(blank)));
        }
    }
}

/// `vip did not run: …`.
fn not_run(skipped: &Skipped) -> String {
    let why = match (skipped.reason, &skipped.unmet) {
        (_, Some(unmet)) => unmet.as_str(),
        (SkipReason::Paused, None) => {
            "it is paused; `hookpoint resume` says how to switch it on again"
        }
        (SkipReason::NotReached, None) => "the event ended before it",
        (SkipReason::Unbound, None) => "its binding was removed",
        (reason, None) => reason.as_str(),
    };
    format!("{} did not run: {why}", skipped.hook)
}

/// `tier v2 script-error 2.5 ms`.
fn run(record: &RunRecord) -> (Style, String) {
    let text = format!(
        "{} {} {}",
        runs::hook(record),
        printable(&record.outcome),
        milliseconds(record.duration())
    );
    (runs::style(record.result), text)
}

/// Whether there is more to show than the event's line.
fn has_something_to_say(record: &RunRecord) -> bool {
    let kept = record.kept.as_deref();
    record.result == RunResultKind::Failed
        || !record.dropped.is_empty()
        || !record.log.is_empty()
        || kept.is_some_and(|kept| !kept.requests.is_empty())
}

/// Where the response leads.
pub(super) fn lead(answered: &Answered) -> Lead {
    Effect::leading(&answered.response).map_or(Lead::Onwards, Effect::lead)
}

/// The outcome of the event, unless it simply continued.
fn way(answered: &Answered) -> Option<(Style, &'static str)> {
    match lead(answered) {
        lead @ Lead::Denied => Some((BAD, lead.as_str())),
        Lead::Onwards if refuses_password(answered) => Some((WARNING, "password refused")),
        Lead::Onwards => None,
        lead => Some((WARNING, lead.as_str())),
    }
}

fn refuses_password(answered: &Answered) -> bool {
    let password = answered.response.get(Effect::Password.as_str());
    password.is_some_and(|password| password["valid"] == Value::Bool(false))
}

fn is_refused(answered: &Answered) -> bool {
    lead(answered).shows_message() || refuses_password(answered)
}

fn all_are_ok(answered: &Answered) -> bool {
    let timing = answered.timing.as_deref().unwrap_or_default();
    hooks(timing).all(|(_, outcome, _)| outcome == "ok")
}

/// Name, outcome and duration of each hook in a `Server-Timing` header: `greeting;dur=0.1;desc="ok"`.
fn hooks(timing: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    timing.split(", ").filter_map(|entry| {
        let mut parts = entry.split(';');
        let name = parts.next()?.trim();
        let duration = parts.next()?.strip_prefix("dur=")?;
        let outcome = parts.next()?.strip_prefix("desc=")?.trim_matches('"');
        Some((name, outcome, duration))
    })
}
