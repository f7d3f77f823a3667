//! The output for an event: response, outcomes of hooks, and conflicts.

mod attempt;

use anstyle::Style;
use hookpoint_devserver::{FirstAttempt, Triggered};
use hookpoint_engine::{
    identifier::ApplicationId,
    record::{
        RunResultKind,
        report::{AppliedPolicy, PassReport, RunOutcome, RunReport},
    },
};
use hookpoint_stages::Stage;
use hookpoint_workspace::Workspace;
use serde_json::{Map, Value, json};

use crate::output::{
    self, BAD, BOLD, Cell, DIM, GOOD, TOKEN, Table, WARNING, milliseconds, paint, printable,
};

/// A finished event.
pub(super) struct Shown<'a> {
    pub(super) application: &'a ApplicationId,
    pub(super) stage: Stage,
    pub(super) triggered: &'a Triggered,
    /// Says where scripts stand that are written inside its file.
    pub(super) workspace: &'a Workspace,
}

impl Shown<'_> {
    /// Text for people.
    pub(super) fn render(&self) -> String {
        match &self.triggered.outcome {
            Ok(report) => {
                let response = output::pretty(&output::shortened(report.response.clone()).into());
                let mut blocks = vec![response, self.heading(report.runs.len())];
                if !report.runs.is_empty() {
                    blocks.push(self.runs(report));
                }
                if !report.conflicts.is_empty() {
                    blocks.push(conflicts(report));
                }
                blocks.join("\n\n")
            }
            Err(problem) => {
                let mut text = output::pretty(&problem.to_json(&self.triggered.correlation_id));
                // Unlike a remote caller, the operator may see the internal cause.
                if let Some(cause) = &problem.internal {
                    text = format!(
                        "{text}

{}: {}",
                        paint(BAD, "cause"),
                        printable(cause)
                    );
                }
                text
            }
        }
    }

    fn heading(&self, hooks: usize) -> String {
        let count = match hooks {
            0 => "no hook is bound here".to_owned(),
            1 => "1 hook".to_owned(),
            count => format!("{count} hooks"),
        };
        format!(
            "{} of {}: {count}, {}",
            paint(BOLD, self.stage.id()),
            self.application,
            milliseconds(self.triggered.elapsed)
        )
    }

    /// JSON for programs.
    pub(super) fn to_json(&self) -> Value {
        let mut shown = json!({
            "application": self.application,
            "stage": self.stage.id(),
            "correlationId": self.triggered.correlation_id,
            "durationMs": number(self.triggered.elapsed),
        });
        match &self.triggered.outcome {
            Ok(report) => {
                shown["response"] = Value::Object(report.response.clone());
                let runs = report.runs.iter();
                shown["runs"] = runs.map(|run| self.run_to_json(run)).collect();
                shown["conflicts"] = json!(report.conflicts);
            }
            Err(problem) => {
                shown["problem"] = problem.to_json(&self.triggered.correlation_id);
                shown["cause"] = json!(problem.internal);
            }
        }
        shown
    }

    fn runs(&self, report: &PassReport) -> String {
        let mut table = Table::new(["hook", "bound on", "outcome", "time", ""])
            .without(["bound on"])
            .with_remarks_in_rows();
        for run in &report.runs {
            let attempt = self.attempt(run);
            let row = attempt.map_or_else(|| Row::of(run, self.workspace), attempt::row);
            let mut remarks = row.remarks.into_iter();
            table.push([
                Cell::text(title(run)),
                Cell::text(run.record.target.to_string()),
                row.outcome,
                Cell::number(row.time),
                Cell::text(remarks.next().unwrap_or_default()),
            ]);
            for remark in remarks {
                let empty = [(); 4].map(|()| Cell::text(""));
                let mut row = Vec::from(empty);
                row.push(Cell::text(remark));
                table.push(row);
            }
        }
        table.render()
    }

    fn run_to_json(&self, run: &RunReport) -> Value {
        let mut value = to_json(run, self.workspace);
        if let Some(attempt) = self.attempt(run) {
            value["delivery"] = attempt::to_json(attempt);
        }
        value
    }

    /// The first attempt at the delivery of an asynchronous run.
    fn attempt(&self, run: &RunReport) -> Option<&FirstAttempt> {
        let RunOutcome::Queued(delivery) = run.outcome() else {
            return None;
        };
        let mut attempts = self.triggered.attempts.iter();
        attempts.find(|attempt| attempt.delivery == *delivery)
    }
}

/// What differs between two responses. The order of members means nothing, and neither does the token of a suspended event, which is
/// new each time.
pub(super) struct Difference {
    expected: String,
    returned: String,
}

impl Difference {
    pub(super) fn of(expected: &Map<String, Value>, returned: &Map<String, Value>) -> Self {
        let (mut expected, mut returned) = (
            output::shortened(expected.clone()),
            output::shortened(returned.clone()),
        );
        match (expected.get_mut(TOKEN), returned.get(TOKEN)) {
            (Some(expected @ Value::String(_)), Some(returned)) => *expected = returned.clone(),
            (None, Some(_)) => {
                returned.remove(TOKEN);
            }
            _ => {}
        }
        Self {
            expected: output::comparable(&expected),
            returned: output::comparable(&returned),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.expected == self.returned
    }

    /// Lines in colours.
    pub(super) fn painted(&self) -> String {
        output::difference(&self.expected, &self.returned, true)
    }

    /// A unified diff.
    pub(super) fn unified(&self) -> String {
        let expected = ("expected", self.expected.as_str());
        output::unified(expected, ("returned", &self.returned))
    }
}

/// Whether a hook failed, a delivery did, or an effect was dropped.
pub(super) fn has_failures(triggered: &Triggered) -> bool {
    let Ok(report) = &triggered.outcome else {
        return true;
    };
    let is_bad = |run: &RunReport| {
        matches!(run.outcome(), RunOutcome::Failed(..)) || !run.record.dropped.is_empty()
    };
    let has_failed = |attempt: &FirstAttempt| {
        attempt
            .record
            .as_ref()
            .is_none_or(|record| record.result == RunResultKind::Failed)
    };
    report.runs.iter().any(is_bad) || triggered.attempts.iter().any(has_failed)
}

/// The result of one hook: synchronous, or its first attempt.
struct Row {
    outcome: Cell,
    time: String,
    remarks: Vec<String>,
}

impl Row {
    fn of(run: &RunReport, workspace: &Workspace) -> Self {
        Self {
            outcome: Cell::styled(style(run.outcome()), run.outcome().as_str()),
            time: if run.outcome().ran() {
                milliseconds(run.record.duration())
            } else {
                String::new()
            },
            remarks: remarks(run, workspace),
        }
    }
}

/// `crm-lookup v2`, with the binding's id if it differs from the hook's name.
fn title(run: &RunReport) -> String {
    let hook = format!("{} v{}", run.record.hook, run.record.version);
    if run.record.binding.as_str() == run.record.hook.as_str() {
        hook
    } else {
        format!("{} ({hook})", run.record.binding)
    }
}

fn style(outcome: &RunOutcome) -> Style {
    match outcome {
        RunOutcome::Ok => GOOD,
        RunOutcome::Failed(_, AppliedPolicy::Denied) => BAD,
        RunOutcome::Failed(..) => WARNING,
        RunOutcome::Skipped(_) | RunOutcome::Queued(_) => DIM,
    }
}

/// Error and failure policy, dropped parts, and a script's console output.
fn remarks(run: &RunReport, workspace: &Workspace) -> Vec<String> {
    let mut remarks = Vec::new();
    if let RunOutcome::Skipped(_) = run.outcome() {
        remarks.extend(run.record.error.clone());
    }
    if let RunOutcome::Failed(failure, policy) = run.outcome() {
        let then = match policy {
            AppliedPolicy::Continued => "the event continued without it",
            AppliedPolicy::Denied => "the event was denied",
            AppliedPolicy::FellBack => "the fallback response was used",
            AppliedPolicy::Unusable => "the fallback response is invalid",
        };
        let message = workspace.placed(&run.record.hook, &failure.message);
        let mut lines: Vec<_> = message.lines().map(str::to_owned).collect();
        match &mut lines[..] {
            [only] => *only = format!("{only}; {then}"),
            // A script's failure quotes its source below, with a mark under the column.
            _ => lines.push(then.to_owned()),
        }
        remarks.extend(lines);
    }
    remarks.extend(
        run.record
            .dropped
            .iter()
            .map(|dropped| format!("dropped {dropped}")),
    );
    remarks.extend(run.record.log.iter().map(|line| format!("> {line}")));
    remarks
}

fn conflicts(report: &PassReport) -> String {
    let lines = report.conflicts.iter().map(|conflict| {
        format!(
            "{}: hooks disagree on {}; the value of {} counts",
            paint(WARNING, "conflict"),
            printable(&conflict.path),
            printable(&conflict.winner)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn to_json(run: &RunReport, workspace: &Workspace) -> Value {
    let failure = match run.outcome() {
        RunOutcome::Failed(failure, policy) => json!({
            "class": failure.class.as_str(),
            "message": workspace.placed(&run.record.hook, &failure.message),
            "policy": match policy {
                AppliedPolicy::Continued => "continue",
                AppliedPolicy::Denied => "deny",
                AppliedPolicy::FellBack => "fallback",
                AppliedPolicy::Unusable => "unusable",
            },
        }),
        _ => Value::Null,
    };
    json!({
        "binding": run.record.binding,
        "target": run.record.target.to_string(),
        "hook": run.record.hook,
        "version": run.record.version,
        "kind": run.record.kind,
        "mode": run.record.mode,
        "status": run.record.status,
        "outcome": run.outcome().as_str(),
        "detail": matches!(run.outcome(), RunOutcome::Skipped(_)).then_some(&run.record.error),
        "durationMs": number(run.record.duration()),
        "failure": failure,
        "dropped": run.record.dropped,
        "log": run.record.log,
    })
}

fn number(duration: std::time::Duration) -> f64 {
    // Finer units than microseconds are not useful.
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests;
