//! The output of `hookpoint dev`.

use std::{net::SocketAddr, path::Path};

use hookpoint_devserver::{Answered, DevError, DevServer, Notice};
use hookpoint_engine::{
    application::binding::Target,
    confidential::{redaction::one_line, secret::Secret},
    identifier::ApplicationId,
    publish::{Desired, DesiredApplication},
    record::RunRecord,
};
use hookpoint_stages::Stage;

use super::keys::ShownKeys;
use crate::{
    commands::{apply::stray_remark, runs},
    output::{
        BAD, BOLD, Cell, DIM, GOOD, Table, WARNING, milliseconds, paint, printable, printable_lines,
    },
    shell,
};

/// The output at start: address, keys, and commands to paste.
pub(super) fn welcome(server: &DevServer, workspace: &Path, keys: &ShownKeys) -> String {
    let address = server.address();
    let current = server.current();
    let desired = current.workspace.desired();
    let origin = if current.is_sample {
        format!(
            "No {} here, so this is the built-in sample; `hookpoint init` writes it to a file.",
            workspace.display()
        )
    } else {
        format!(
            "Following {}: {}.",
            workspace.display(),
            current.changes.summary()
        )
    };
    let mut table = Table::new(["application", "kind", "ingest key"]);
    for application in &desired.applications {
        table.push([
            Cell::text(application.id.as_str()),
            Cell::text(application.kind.family().as_str()),
            Cell::text(
                server
                    .keys()
                    .get(&application.id)
                    .map_or("", |key| keys.shown(key)),
            ),
        ]);
    }
    let mut blocks = vec![format!(
        "{} http://{address}\n{}",
        paint(BOLD, "Hookpoint listens on"),
        paint(DIM, &origin)
    )];
    if !desired.applications.is_empty() {
        blocks.push(table.render());
    }
    for application in &desired.applications {
        if let Some(key) = server.keys().get(&application.id) {
            let stage = shown_stage(desired, application);
            let key = keys.file().is_none().then_some(key);
            blocks.push(curl(address, &application.id, key, stage));
        }
    }
    if let Some(file) = keys.file() {
        blocks.push(format!(
            "The keys are in {}; they are not written to log files.",
            file.display()
        ));
    }
    if !current.strays.is_empty() {
        blocks.push(paint(WARNING, &stray_remark(&current.strays)));
    }
    blocks.push(paint(DIM, "Saving the workspace reloads it. Ctrl-C stops."));
    blocks.join("\n\n")
}

/// The output for a notice.
pub(super) fn notice(notice: &Notice, address: SocketAddr, keys: &ShownKeys) -> String {
    match notice {
        Notice::Answered(answered) => event(answered),
        Notice::Ran(record) => run(record),
        Notice::Delivered(record) => delivery(record),
        Notice::Reloaded {
            changes,
            new_keys,
            other_port,
            new_strays,
        } => {
            let mut lines = vec![format!(
                "{}: {}",
                paint(GOOD, "reloaded"),
                changes.summary()
            )];
            for (id, key) in new_keys {
                lines.push(format!("key of {id}: {}", keys.shown(key)));
            }
            if let Some(port) = other_port {
                let port_line = format!(
                    "the workspace now has port {port}; this server stays on {} until it is restarted",
                    address.port()
                );
                lines.push(paint(WARNING, &port_line));
            }
            if !new_strays.is_empty() {
                lines.push(paint(WARNING, &stray_remark(new_strays)));
            }
            lines.join("\n")
        }
        Notice::Kept(DevError::App(error)) => format!(
            "{}\n{}",
            printable_lines(&error.to_string()),
            paint(
                BAD,
                "not reloaded: the last valid workspace stays in effect"
            )
        ),
        Notice::Kept(error) => format!("{}: {error}", paint(BAD, "not fully reloaded")),
    }
}

/// The first stage, as the workspace lists them, that has hooks for the application.
fn shown_stage(desired: &Desired, application: &DesiredApplication) -> Stage {
    let concerns = |target: &Target| match target {
        Target::Application(id) => *id == application.id,
        Target::Store(id) => application.identity_store.as_ref() == Some(id),
    };
    let bound = desired
        .bindings
        .iter()
        .find(|binding| concerns(&binding.target));
    let family = application.kind.family();
    let any = || {
        Stage::ALL
            .iter()
            .copied()
            .find(|stage| stage.definition().family == family)
    };
    bound
        .map(|binding| binding.stage)
        .or_else(any)
        .unwrap_or(Stage::ConversationStart)
}

/// A command to paste. A key that must not be shown is replaced by a shell variable.
fn curl(
    address: SocketAddr,
    application: &ApplicationId,
    key: Option<&Secret>,
    stage: Stage,
) -> String {
    let url = format!(
        "http://{address}/v1/applications/{application}/stages/{}",
        stage.name()
    );
    let authorization = match key {
        Some(key) => shell::quote(&format!("Authorization: Bearer {}", key.expose())),
        None => "\"Authorization: Bearer $INGEST_KEY\"".to_owned(),
    };
    format!(
        "curl -sS {} \\\n  -H {} \\\n  -H 'Content-Type: application/json' \\\n  -d {}",
        shell::quote(&url),
        authorization,
        shell::quote(&stage.example().to_string())
    )
}

fn event(answered: &Answered) -> String {
    let all_ok = answered.timing.as_deref().is_none_or(all_are_ok);
    let style = match answered.status {
        ..400 if all_ok => GOOD,
        ..400 => WARNING,
        _ => BAD,
    };
    let request = answered
        .request
        .replace("POST /v1/applications/", "")
        .replace("/stages/", " ");
    let request: String = request.chars().take(160).collect();
    let mut parts = vec![
        paint(style, &answered.status.to_string()),
        printable(&request),
        paint(DIM, &milliseconds(answered.elapsed)),
    ];
    if let Some(timing) = &answered.timing {
        parts.push(hooks(timing));
    }
    if let Some((code, detail)) = &answered.problem {
        parts.push(format!("{code}: {}", printable(detail)));
    }
    parts.join("  ")
}

/// What a hook's outcome does not say, below its event: the error with its source line, dropped effects, and the log.
fn run(record: &RunRecord) -> String {
    let mut lines = vec![format!(
        "  {} {}  {}",
        runs::hook(record),
        paint(runs::style(record.result), &printable(&record.outcome)),
        paint(DIM, &format!("runs show {}", runs::short(&record.id)))
    )];
    let error = record.error.as_deref().unwrap_or_default();
    lines.extend(
        printable_lines(error)
            .lines()
            .map(|line| format!("    {line}")),
    );
    lines.extend(record.dropped.iter().map(|dropped| {
        format!(
            "    {} {}",
            paint(WARNING, "dropped"),
            printable(&dropped.to_string())
        )
    }));
    lines.extend(
        runs::requests(record)
            .into_iter()
            .map(|request| format!("    {request}")),
    );
    lines.extend(
        record
            .log
            .iter()
            .map(|line| format!("    {} {}", paint(DIM, ">"), printable(line))),
    );
    lines.join("\n")
}

/// One line for an attempt at a delivery: outcome, hook, and what comes next.
fn delivery(record: &RunRecord) -> String {
    let hook = runs::hook(record);
    let mut parts = vec![
        paint(runs::style(record.result), &printable(&record.outcome)),
        format!("{} {}", record.id.application, record.id.stage.name()),
        paint(DIM, &milliseconds(record.duration())),
    ];
    let attempt = record
        .delivery
        .as_ref()
        .map_or(1, |delivery| delivery.attempt);
    parts.push(if attempt > 1 {
        format!("delivery of {hook}, attempt {attempt}")
    } else {
        format!("delivery of {hook}")
    });
    if let Some(error) = &record.error {
        parts.push(printable(&one_line(error)));
    }
    parts.extend(record.delivery.as_ref().and_then(runs::next));
    parts.join("  ")
}

/// Whether every hook of a `Server-Timing` header succeeded.
fn all_are_ok(timing: &str) -> bool {
    timing
        .split(", ")
        .all(|entry| entry.ends_with("desc=\"ok\""))
}

/// `greeting;dur=0.1;desc="ok"` as `greeting ok 0.1 ms`.
fn hooks(timing: &str) -> String {
    let one = |entry: &str| {
        let mut parts = entry.split(';');
        let name = parts.next()?.trim();
        let duration = parts.next()?.strip_prefix("dur=")?;
        let outcome = parts.next()?.strip_prefix("desc=")?.trim_matches('"');
        let style = if outcome == "ok" { GOOD } else { BAD };
        Some(format!("{name} {} {duration} ms", paint(style, outcome)))
    };
    let entries: Vec<_> = timing.split(", ").filter_map(one).collect();
    entries.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn below_an_event_stands_what_its_hooks_did_not_do_well() {
        let text = serde_json::json!({
            "v": 1,
            "id": "conversation-start.bot.5.01J9ZK4T0V8N7E2Q6M5B1C3D4D",
            "target": { "application": "bot" },
            "binding": "tier", "hook": "tier", "version": 2, "mode": "synchronous",
            "correlationId": "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
            "started": 1, "durationUs": 2_500, "result": "failed", "outcome": "script-error",
            "error": "tier.js:1:9: no\n  throw 1;\n        ^",
            "dropped": [{ "path": "contxt", "reason": "is not an effect" }],
            "log": ["a\u{1b}[2J"],
            "eventBytes": 2, "responseBytes": 2,
        });
        let record = RunRecord::from_json(&text.to_string()).unwrap();
        assert_eq!(
            anstream::adapter::strip_str(&run(&record)).to_string(),
            "  tier v2 script-error  runs show 3D4D\n    tier.js:1:9: no\n      throw 1;\n            ^\n    dropped `contxt` is not an effect\n    > a\\u001b[2J"
        );
        assert!(all_are_ok("a;dur=1;desc=\"ok\", b;dur=2;desc=\"ok\""));
        assert!(!all_are_ok("a;dur=1;desc=\"ok\", b;dur=2;desc=\"timeout\""));
    }

    #[test]
    fn an_event_is_one_plain_line_and_so_is_a_delivery() {
        let answered = Answered {
            request: "POST /v1/applications/bot/stages/conversation-start".to_owned(),
            status: 200,
            elapsed: Duration::from_micros(4_250),
            timing: Some("greeting;dur=0.1;desc=\"ok\", crm;dur=3.0;desc=\"timeout\"".to_owned()),
            problem: None,
        };
        let line = anstream::adapter::strip_str(&event(&answered)).to_string();
        assert_eq!(
            line,
            "200  bot conversation-start  4.2 ms  greeting ok 0.1 ms, crm timeout 3.0 ms"
        );
        let text = serde_json::json!({
            "v": 1,
            "id": "state-modification.bot.5.01J9ZK4T0V8N7E2Q6M5B1C3D4D",
            "target": { "application": "bot" },
            "binding": "audit",
            "hook": "audit",
            "version": 2,
            "mode": "asynchronous",
            "correlationId": "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
            "started": 1,
            "durationUs": 2_500,
            "result": "failed",
            "outcome": "server-error",
            "error": "the endpoint answered 503:\n\u{1b}[2J",
            "delivery": { "id": "msg_1", "attempt": 2, "waitedMs": 5_000, "next": "retry", "nextDue": 1_767_225_600_000_u64 },
            "eventBytes": 2,
            "responseBytes": 2,
        });
        let record = RunRecord::from_json(&text.to_string()).unwrap();
        let line = anstream::adapter::strip_str(&delivery(&record)).to_string();
        assert_eq!(
            line,
            "server-error  bot state-modification  2.5 ms  delivery of audit v2, attempt 2  the endpoint answered 503: · \u{fffd}[2J  retry at 2026-01-01T00:00:00Z"
        );
        let hostile = Answered {
            request: "GET /\u{1b}[2J".to_owned(),
            status: 404,
            problem: Some(("not-found".to_owned(), "a\nb".to_owned())),
            timing: None,
            ..answered
        };
        let line = anstream::adapter::strip_str(&event(&hostile)).to_string();
        assert_eq!(line, "404  GET /\\u001b[2J  4.2 ms  not-found: a\\u000ab");
    }
}
