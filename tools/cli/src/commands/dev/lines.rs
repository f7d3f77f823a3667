//! The output of `hookpoint dev --json`: an object on each line, with its `type`. docs/cli.md has the shapes.

use std::{io, path::Path};

use hookpoint_devserver::{Answered, DevError, DevServer, Reloaded};
use hookpoint_engine::{event::ingest::Skipped, record::RunRecord};
use hookpoint_operator::Changes;
use serde_json::{Value, json};

use super::{
    event::{self, Shown},
    keys::ShownKeys,
};
use crate::{
    commands::runs,
    exit, moment,
    output::{self, printable_lines},
};

/// Prints an object on a line of its own.
pub(super) fn print(line: &Value) -> io::Result<()> {
    // Compact JSON has no line break.
    output::print(&printable_lines(&line.to_string()))
}

/// The first line.
pub(super) fn started(server: &DevServer, workspace: &Path, keys: &ShownKeys) -> Value {
    let current = server.current();
    let applications = current.workspace.desired().applications.iter();
    let applications = applications.map(|application| {
        let key = server.keys().get(&application.id);
        json!({
            "id": application.id,
            "kind": application.kind,
            "key": key.and_then(|key| keys.plain(key)),
        })
    });
    json!({
        "type": "started",
        "address": format!("http://{}", server.address()),
        "workspace": (!current.is_sample).then(|| workspace.display().to_string()),
        "applications": applications.collect::<Value>(),
        "keyFile": keys.file().map(|file| file.display().to_string()),
        "changes": changes(&current.changes),
        "notInWorkspace": current.strays,
    })
}

/// The last line of a server that could not start, or stopped because of an error.
pub(super) fn failed(error: &anyhow::Error) -> Value {
    let mut line = exit::to_json(error);
    line["type"] = "failed".into();
    line
}

pub(super) fn warning(text: &str) -> Value {
    json!({ "type": "warning", "message": text })
}

/// The line for a reload.
pub(super) fn reloaded(reloaded: &Reloaded, keys: &ShownKeys) -> Value {
    let new_keys = reloaded.new_keys.iter();
    let new_keys = new_keys.map(|(id, key)| json!({ "id": id, "key": keys.plain(key) }));
    json!({
        "type": "reloaded",
        "changes": changes(&reloaded.changes),
        "newKeys": new_keys.collect::<Value>(),
        "portAfterRestart": reloaded.other_port,
        "notInWorkspace": reloaded.new_strays,
    })
}

/// The line for an edit that is not in effect.
pub(super) fn kept(error: &DevError) -> Value {
    let mut line = exit::of_dev(error);
    line["type"] = "notReloaded".into();
    line
}

/// The line for an event with its runs, or for a run or a delivery by itself.
pub(super) fn shown(shown: &Shown) -> Value {
    match shown {
        Shown::Event { answered, runs } => event_line(answered, runs),
        Shown::Run(record) => run("run", record),
        Shown::Delivery(record) => run("delivery", record),
    }
}

fn event_line(answered: &Answered, records: &[RunRecord]) -> Value {
    let problem = answered.problem.as_ref();
    json!({
        "type": "event",
        "at": moment::milliseconds(answered.at),
        "correlationId": answered.correlation_id,
        "request": answered.request,
        "status": answered.status,
        "durationMs": answered.elapsed.as_secs_f64() * 1_000.0,
        "then": problem.is_none().then(|| event::lead(answered).as_str()),
        "problem": problem.map(|(code, detail)| json!({ "code": code, "detail": detail })),
        "runs": records.iter().map(runs::to_json).collect::<Value>(),
        "replayed": answered.is_replayed,
        "skipped": answered.skipped.iter().map(skipped).collect::<Value>(),
    })
}

fn skipped(skipped: &Skipped) -> Value {
    json!({
        "hook": skipped.hook,
        "reason": skipped.reason.as_str(),
        "unmet": skipped.unmet,
    })
}

fn run(kind: &str, record: &RunRecord) -> Value {
    json!({ "type": kind, "run": runs::to_json(record) })
}

fn changes(changes: &Changes) -> Value {
    let hooks = changes.hooks.iter();
    let hooks = hooks.map(|(name, version)| json!({ "name": name, "version": version }));
    let applications = changes.applications.iter();
    let applications = applications.map(|(kind, id)| json!({ "change": kind.as_str(), "id": id }));
    let bindings = changes.bindings.iter().map(|binding| {
        json!({
            "change": binding.kind.as_str(),
            "target": binding.target.to_string(),
            "stage": binding.stage.id(),
            "id": binding.id,
            "hook": binding.hook,
            "version": binding.version,
        })
    });
    json!({
        "hooks": hooks.collect::<Value>(),
        "applications": applications.collect::<Value>(),
        "bindings": bindings.collect::<Value>(),
    })
}
