//! A step of a journey in words: the stage, its hooks, and what the platform would now do.

use hookpoint_devserver::Triggered;
use hookpoint_engine::record::report::{PassReport, RunOutcome, RunReport};
use hookpoint_operator::{Host, Turn};
use hookpoint_stages::{Lead, Stage};
use serde_json::{Value, json};

use crate::output::{BAD, BOLD, DIM, GOOD, WARNING, milliseconds, paint, printable, prose};

/// The step for people.
pub(super) fn render(
    host: &Host,
    stage: Stage,
    triggered: &Triggered,
    report: &PassReport,
    turn: &Turn,
) -> String {
    let mut lines = vec![format!(
        "\n{} {}",
        paint(BOLD, stage.id()),
        paint(DIM, &milliseconds(triggered.elapsed))
    )];
    if report.runs.is_empty() {
        lines.push(paint(DIM, "  no hook is bound here"));
    }
    for run in &report.runs {
        lines.push(hook(triggered, run));
    }
    lines.push(format!(
        "  → {}",
        sentence(turn, host.journey().ended_by_denial())
    ));
    lines.join("\n")
}

fn hook(triggered: &Triggered, run: &RunReport) -> String {
    let outcome = outcome(triggered, run);
    let style = match outcome.as_str() {
        "ok" => GOOD,
        "skipped" | "not-reached" | "queued" => DIM,
        _ => BAD,
    };
    let mut line = format!("  {} {}", paint(style, &outcome), run.record.hook);
    let returned = run.record.effects.join(", ");
    if !returned.is_empty() {
        line += &paint(DIM, &format!(": {}", printable(&returned)));
    }
    if let RunOutcome::Failed(failure, _) = run.outcome() {
        // Nothing else of a walk says why.
        let message = failure.message.lines().next().unwrap_or_default();
        line += "\n    ";
        line += &prose(&printable(message)).replace('\n', "\n    ");
    }
    for dropped in &run.record.dropped {
        line += &paint(
            WARNING,
            &format!("\n    dropped: {}", printable(&dropped.to_string())),
        );
    }
    line
}

/// The outcome of a run; of an asynchronous one, that of its delivery.
pub(super) fn outcome(triggered: &Triggered, run: &RunReport) -> String {
    if let RunOutcome::Queued(delivery) = run.outcome() {
        let mut attempts = triggered.attempts.iter();
        let attempt = attempts.find(|attempt| attempt.delivery == *delivery);
        if let Some(record) = attempt.and_then(|attempt| attempt.record.as_ref()) {
            return record.outcome.clone();
        }
    }
    run.outcome().as_str().to_owned()
}

/// What the platform would now do; `ended` is what a denial ends.
fn sentence(turn: &Turn, ended: &str) -> String {
    match turn {
        Turn::Onwards => "the platform goes on".to_owned(),
        Turn::Denied(deny) => {
            let error = deny["error"].as_str().unwrap_or_default();
            let mut text = paint(
                BAD,
                &format!("the platform ends the {ended}: {}", printable(error)),
            );
            if let Some(description) = deny["description"].as_str() {
                text += "\n    it shows: ";
                text += &printable(description);
            }
            text
        }
        Turn::Retried { message, step } => format!(
            "{}: {}\n    and repeats `{step}`",
            paint(WARNING, "the platform shows"),
            printable(message)
        ),
        Turn::Asked(step) => {
            let title = step["title"].as_str().or(step["id"].as_str());
            format!(
                "{}: {}",
                paint(WARNING, "the platform asks"),
                printable(title.unwrap_or_default())
            )
        }
        Turn::Redirected(url) => format!(
            "{} {}",
            paint(WARNING, "the platform sends the browser to"),
            printable(url)
        ),
        Turn::Chosen(next) => match next.as_str() {
            "reidentify" => "the platform identifies the customer again".to_owned(),
            "register" => "the platform goes on with the registration".to_owned(),
            _ => "the platform skips the step".to_owned(),
        },
    }
}

/// The step for programs.
pub(super) fn to_json(
    stage: Stage,
    triggered: &Triggered,
    report: &PassReport,
    turn: &Turn,
) -> Value {
    let hooks = report.runs.iter().map(|run| {
        json!({
            "hook": run.record.hook,
            "outcome": outcome(triggered, run),
        })
    });
    let lead: Lead = turn.lead();
    json!({
        "stage": stage.id(),
        "then": lead.as_str(),
        "response": report.response,
        "hooks": hooks.collect::<Value>(),
    })
}
