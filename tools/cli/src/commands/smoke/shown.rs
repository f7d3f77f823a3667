//! The output of a trial.

use std::time::Duration;

use hookpoint_engine::{application::binding::Mode, hook::HookKind};
use hookpoint_operator::{ApiUrl, HookReport, StageReport};
use serde_json::{Value, json};

use super::place::Place;
use crate::output::{
    self, BAD, Cell, DIM, GOOD, Table, milliseconds, paint, printable, printable_lines,
    width::fitted,
};

/// One line, as soon as a stage is done.
pub(super) fn progress(report: &StageReport) -> String {
    let failed: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.check.as_str())
        .collect();
    let outcome = if failed.is_empty() {
        paint(GOOD, "ok")
    } else {
        paint(BAD, &format!("wrong: {}", failed.join(", ")))
    };
    let first = report
        .first
        .map(|first| format!(", first event {}", milliseconds(first)));
    format!(
        "{}: {outcome}{}",
        report.stage.name(),
        first.unwrap_or_default()
    )
}

/// A row for each stage, then what is wrong and where to look, on lines of at most this many columns.
pub(super) fn render(reports: &[StageReport], place: &Place, limit: Option<usize>) -> String {
    let mut table = Table::new([
        "stage", "result", "first", "warm", "script", "later", "webhook", "queued",
    ])
    .without(["webhook", "queued", "later"]);
    for report in reports {
        let passed = report.passed.len();
        let result = if report.findings.is_empty() {
            Cell::styled(GOOD, "ok")
        } else {
            Cell::styled(
                BAD,
                format!(
                    "{} of {} wrong",
                    report.findings.len(),
                    report.findings.len() + passed
                ),
            )
        };
        let time =
            |time: Option<Duration>| Cell::number(time.map(milliseconds).unwrap_or_default());
        let script = script(report);
        table.push([
            Cell::text(report.stage.name()),
            result,
            time(report.first),
            time(report.warm),
            time(script.map(|script| script.first)),
            time(script.and_then(|script| script.later)),
            time(hook(report, HookKind::Webhook).map(|webhook| webhook.first)),
            time(report.hooks.iter().find_map(|hook| hook.waited)),
        ]);
    }
    let mut blocks = vec![table.render(), paint(DIM, &fitted(LEGEND, limit))];
    for report in reports {
        for finding in &report.findings {
            let lines = place.of(report.stage, finding).into_iter();
            let lines = lines.map(|line| format!("\n  look at: {line}"));
            blocks.push(format!(
                "{}: {}\n{}",
                paint(BAD, &report.stage.name()),
                finding.check,
                fitted(
                    &printable_lines(&format!(
                        "  {}{}",
                        printable(&finding.message),
                        lines.collect::<String>()
                    )),
                    limit
                )
            ));
        }
    }
    blocks.extend(sandbox(reports).map(|line| fitted(&line, limit)));
    let stages = output::count(reports.len(), "stage");
    let wrong = reports
        .iter()
        .filter(|report| !report.findings.is_empty())
        .count();
    blocks.push(if wrong == 0 {
        format!("{stages}: {}", paint(GOOD, "all is well"))
    } else {
        format!(
            "something is wrong at {} of {stages}",
            paint(BAD, &wrong.to_string())
        )
    });
    blocks.join("\n\n")
}

const LEGEND: &str = "first: the first event, with a new connection and usually a cold start; warm: the fastest of two more; script: the first run, later: the fastest of the others; queued: from an event to its delivery";

/// How the sandboxes of the functions place the memory of scripts, as they say themselves.
fn sandbox(reports: &[StageReport]) -> Option<String> {
    let count = |placing: &str| {
        let reports = reports.iter();
        reports
            .filter(|report| report.placing.as_deref() == Some(placing))
            .count()
    };
    // Where hooks run after the response, the function has none to say it in.
    let said = count("mapped") + count("copied");
    let stages = |number: usize| match said {
        1 => "the 1 stage that says so".to_owned(),
        _ if number == said => format!("all {said} stages that say so"),
        _ => format!("{number} of {said} stages that say so"),
    };
    let line = match (count("mapped"), count("copied")) {
        (0, 0) => return None,
        (mapped, 0) => format!("mapped at {}", stages(mapped)),
        (0, copied) => format!(
            "copied at {}, because the system maps no anonymous files: each run of a script takes longer, see docs/sandbox.md",
            stages(copied)
        ),
        (mapped, copied) => format!(
            "mapped at {}, copied at {copied}, because their systems map no anonymous files",
            stages(mapped)
        ),
    };
    Some(format!("sandbox: memory of scripts is {line}"))
}

/// The script that runs before the response, or the one from the queue where there is none.
fn script(report: &StageReport) -> Option<&HookReport> {
    let mut scripts = report
        .hooks
        .iter()
        .filter(|hook| hook.kind == HookKind::Script);
    scripts
        .clone()
        .find(|hook| hook.mode == Mode::Synchronous)
        .or_else(|| scripts.next())
}

fn hook(report: &StageReport, kind: HookKind) -> Option<&HookReport> {
    report.hooks.iter().find(|hook| hook.kind == kind)
}

/// Everything for programs.
pub(super) fn to_json(reports: &[StageReport], place: &Place, url: &ApiUrl) -> Value {
    let stages = reports.iter().map(|report| {
        let findings = report.findings.iter().map(|finding| {
            json!({
                "check": finding.check.as_str(),
                "status": finding.status,
                "message": finding.message,
                "lookAt": place.of(report.stage, finding),
            })
        });
        let hooks = report.hooks.iter().map(|hook| {
            json!({
                "kind": hook.kind,
                "mode": hook.mode,
                "firstMs": number(hook.first),
                "laterMs": hook.later.map(number),
                "waitedMs": hook.waited.map(number),
            })
        });
        let passed = report.passed.iter().map(|check| check.as_str());
        json!({
            "stage": report.stage.id(),
            "passed": passed.collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(),
            "firstMs": report.first.map(number),
            "warmMs": report.warm.map(number),
            "placing": report.placing,
            "hooks": hooks.collect::<Vec<_>>(),
        })
    });
    let is_well = reports.iter().all(|report| report.findings.is_empty());
    json!({ "ok": is_well, "url": url.to_string(), "stages": stages.collect::<Vec<_>>() })
}

fn number(duration: Duration) -> f64 {
    // Finer units than microseconds are not useful.
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
