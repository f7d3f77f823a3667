//! The day of a hook's author: from an edit to the new result, cases, packages from npm, publishing many hooks.

mod cases;
mod edit;
mod packages;
mod parts;
mod publication;

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::{Context as _, ensure};
use hookpoint_devserver::{BundlerProcess, WORKSPACE_FILE};
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};

use crate::{
    bench::Bench,
    report::{Figures, Goal, Row, Unit},
    sample::{self, STAGE},
    series::Series,
};

const NAME: &str = "author";

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let mut rows = edit::measure(bench).await?;
    rows.extend(cases::measure(bench)?);
    rows.extend(packages::measure(bench).await?);
    rows.extend(publication::measure(bench).await?);
    Ok(rows)
}

/// A row without a baseline.
fn row(what: impl Into<String>, unit: Unit, measured: Figures, goal: Option<Goal>) -> Row {
    Row {
        name: NAME,
        what: what.into(),
        unit,
        measured,
        baseline: None,
        goal,
    }
}

/// A row of times.
fn times(what: impl Into<String>, times: Vec<f64>, goal: Option<f64>) -> Row {
    let mut series = Series::default();
    series.push(times);
    let goal = goal.map(Goal::AtMost);
    row(what, Unit::Microseconds, Figures::of(&series), goal)
}

/// A workspace with one script, bound at the measured stage.
fn workspace(script: &Value) -> anyhow::Result<String> {
    let application = sample::application()?;
    let workspace = json!({
        "version": 1,
        "applications": { application.as_str(): { "kind": "conversation" } },
        "hooks": { "measured": { "script": script } },
        "bindings": [{ "application": application.as_str(), "stage": STAGE.id(), "hook": "measured" }],
    });
    Ok(format!("{workspace:#}\n"))
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    let failed = || format!("failed to write `{}`", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(failed)?;
    }
    fs::write(&path, text).with_context(failed)
}

/// The bundler of the measured profile, as `hookpoint` finds it. Each call gives one that has not started.
fn bundler(bench: &Bench<'_>) -> anyhow::Result<BundlerProcess> {
    Ok(BundlerProcess::find(Some(bench.programs.bundler()?), None))
}

/// Reads a workspace, and the bundle of its script.
fn load(path: &Path, bundler: &BundlerProcess) -> anyhow::Result<(Workspace, String)> {
    let workspace =
        Workspace::load_with(path, bundler).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let bodies = workspace.desired().hooks.values();
    let script = bodies
        .filter_map(|body| body.implementation.as_script())
        .map(|script| script.source.clone())
        .next();
    Ok((workspace, script.context("the workspace has no script")?))
}

/// The command line in a folder.
fn hookpoint(bench: &Bench<'_>, folder: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(bench.programs.hookpoint()?);
    command
        .args(arguments)
        .args(["--workspace", WORKSPACE_FILE])
        .current_dir(folder);
    Ok(command)
}

/// The microseconds of a command that must succeed and print this text.
fn timed(command: &mut Command, printed: &str) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let output = command.output().context("failed to start `hookpoint`")?;
    let took = microseconds(begin);
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && text.contains(printed),
        "{command:?} did not print `{printed}`: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(took)
}

/// The microseconds since a moment.
fn microseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1_000_000.0
}
