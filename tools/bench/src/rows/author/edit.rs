//! From saving a file to the first result with the edit, under `hookpoint dev` and `hookpoint try --watch`.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use hookpoint_devserver::{WORKSPACE_FILE, WorkspaceSource};
use hookpoint_xtask::process::Process;
use serde_json::json;
use tokio::time::sleep;

use super::{bundler, hookpoint, load, microseconds, parts, row, times, workspace, write};
use crate::{
    bench::Bench,
    dev::Dev,
    load as posting,
    report::{Figures, Row, Unit},
    sample::{self, STAGE},
};

const FILE: &str = "hooks/measured.ts";
/// Size of the bundle in bytes, and how near it has to be.
const SIZE: usize = 200_000;
const TOLERANCE: usize = 4_000;
/// Goal in microseconds.
const GOAL: f64 = 200_000.0;
/// Between two looks at the result.
const INTERVAL: Duration = Duration::from_millis(2);
/// From a result to the next edit.
const PAUSE: Duration = Duration::from_millis(300);
/// Timeout of a result.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = bench.subfolder("author-edit")?;
    let size = prepare(bench, &folder)?;
    let edits = bench.times(20, 4);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
    let bytes = Figures::constant(size as f64);
    Ok(vec![
        row("the edited hook's bundle", Unit::Bytes, bytes, None),
        times(
            "edit to new result, `hookpoint dev`",
            under_dev(bench, &folder, edits).await?,
            Some(GOAL),
        ),
        times(
            "edit to new result, `hookpoint try --watch`",
            under_try(bench, &folder, edits).await?,
            Some(GOAL),
        ),
    ])
}

/// The hook's own file; the tier shows which edit it is.
fn source(tier: &str) -> String {
    format!(
        r#"import {{ parts }} from "parts";

export default function (event: {{ eventType?: string }}): unknown {{
  const sum = parts.slice(0, 40).reduce((sum: number, part) => sum + part(String(event.eventType)), 0);
  return {{ context: {{ tier: Number.isNaN(sum) ? "broken" : "{tier}" }} }};
}}
"#
    )
}

/// Writes the workspace with a package of such a size that the bundle has the wanted one. Returns its size.
fn prepare(bench: &Bench<'_>, folder: &Path) -> anyhow::Result<usize> {
    write(folder, WORKSPACE_FILE, &workspace(&json!(FILE))?)?;
    write(folder, FILE, &source("first"))?;
    let dependencies = json!({ "parts": "1.0.0" });
    let lock = json!({ "lockfileVersion": 3, "packages": {
        "": { "dependencies": dependencies }, "node_modules/parts": { "version": "1.0.0" },
    } });
    let package =
        json!({ "name": "parts", "version": "1.0.0", "type": "module", "main": "index.js" });
    for (name, value) in [
        ("package.json", json!({ "dependencies": dependencies })),
        ("package-lock.json", lock),
        ("node_modules/parts/package.json", package),
    ] {
        write(folder, name, &format!("{value:#}\n"))?;
    }
    let bundler = bundler(bench)?;
    let mut count = 700;
    for _ in 0..4 {
        write(folder, "node_modules/parts/index.js", &parts::of(count))?;
        let (_, bundle) = load(&folder.join(WORKSPACE_FILE), &bundler)?;
        if bundle.len().abs_diff(SIZE) <= TOLERANCE {
            return Ok(bundle.len());
        }
        count = count * SIZE / bundle.len();
    }
    anyhow::bail!("no bundle of {SIZE} bytes was made");
}

async fn under_dev(bench: &Bench<'_>, folder: &Path, edits: usize) -> anyhow::Result<Vec<f64>> {
    let workspace = WorkspaceSource::file(folder.join(WORKSPACE_FILE));
    let Dev { mut server, key } = Dev::start(bench, &workspace).await?;
    let event = sample::posted_event(&key)?;
    let mut all = Vec::new();
    for edit in 0..=edits {
        let tier = format!("dev-{edit}");
        let expected = format!(r#"{{"context":{{"tier":"{tier}"}}}}"#);
        sleep(PAUSE).await;
        let begin = Instant::now();
        write(folder, FILE, &source(&tier))?;
        loop {
            let body = posting::once(server.address, &event).await?;
            if sample::ensure_is(&body, &expected).is_ok() {
                break;
            }
            server.ensure_alive()?;
            ensure!(
                begin.elapsed() < PATIENCE,
                "`dev` does not show edit {edit}"
            );
            sleep(INTERVAL).await;
        }
        // The first edit starts the bundler.
        if edit > 0 {
            all.push(microseconds(begin));
        }
    }
    Ok(all)
}

async fn under_try(bench: &Bench<'_>, folder: &Path, edits: usize) -> anyhow::Result<Vec<f64>> {
    let stage = STAGE.name();
    let arguments = ["try", FILE, "--stage", &stage, "--watch"];
    let command = hookpoint(bench, folder, &arguments)?;
    let log = bench.folder.join("try.log");
    let mut process = Process::start("hookpoint try", &command, Some(&log))?;
    let mut all = Vec::new();
    shown(&mut process, "\"dev-", Instant::now()).await?;
    for edit in 0..=edits {
        let tier = format!("try-{edit}-end");
        sleep(PAUSE).await;
        let begin = Instant::now();
        write(folder, FILE, &source(&tier))?;
        shown(&mut process, &format!("\"{tier}\""), begin).await?;
        if edit > 0 {
            all.push(microseconds(begin));
        }
    }
    Ok(all)
}

/// Waits until a text is in the output.
async fn shown(process: &mut Process, text: &str, begin: Instant) -> anyhow::Result<()> {
    while !process.written().contains(text) {
        process.ensure_alive()?;
        ensure!(begin.elapsed() < PATIENCE, "{}", process.written());
        sleep(INTERVAL).await;
    }
    process.ensure_alive().context("after a result")
}
