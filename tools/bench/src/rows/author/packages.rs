//! Six packages from npm in one hook in TypeScript: the bundle, making it, and its first result on a cold function.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use hookpoint_operator::compile_scripts;
use hookpoint_xtask::{node::Node, python, repository};
use serde_json::json;

use super::{bundler, load, microseconds, row, times, workspace, write};
use crate::{
    bench::Bench,
    cold::{Published, ROUND_TRIP, Transport},
    function::Function,
    report::{Figures, Goal, Row, Unit},
    rows::warm::ensure_answered,
    sample,
};

const FIXTURES: &str = "tests/fixtures/script-packages";
const FILE: &str = "hooks/six-measured.ts";
const WORKSPACE: &str = "measured.yaml";
/// The hook as the tests have it, without a response.
const PLAIN_FILE: &str = "hooks/six-plain.ts";
const PLAIN_WORKSPACE: &str = "plain.yaml";
/// Goals: bytes, and microseconds.
const SIZE: f64 = 200_000.0;
const BUNDLING: f64 = 1_000_000.0;
const FIRST: f64 = 30_000.0;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = installed()?;
    let path = folder.join(WORKSPACE);
    let (mut started, mut again) = (Vec::new(), Vec::new());
    for turn in 0..=bench.times(10, 2) {
        let bundler = bundler(bench)?;
        for all in [&mut started, &mut again] {
            let begin = Instant::now();
            load(&path, &bundler)?;
            // The first turn reads packages and program from the disk.
            if turn > 0 {
                all.push(microseconds(begin));
            }
        }
    }
    let bundler = bundler(bench)?;
    let (mut workspace, _) = load(&path, &bundler)?;
    let (_, bundle) = load(&folder.join(PLAIN_WORKSPACE), &bundler)?;
    compile_scripts(&mut workspace).await?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
    let size = Figures::constant(bundle.len() as f64);
    let published = Published::of(
        &workspace,
        Transport::Plain,
        &bench.subfolder("author-cold")?,
    )
    .await?;
    let event = sample::gateway_event()?;
    let mut first = Vec::new();
    for start in 0..=bench.times(20, 4) {
        let variables = published.variables();
        let program = bench.programs.stage_function()?;
        let (mut function, _) = Function::start(&program, &variables, bench.folder).await?;
        let invocation = function.invoke(&event).await?;
        ensure_answered(&invocation)?;
        // The first start fills the endpoint.
        if start > 0 {
            first.push(invocation.answered.as_secs_f64() * 1_000_000.0);
        }
    }
    Ok(vec![
        row(
            "six packages, the bundle",
            Unit::Bytes,
            size,
            Some(Goal::AtMost(SIZE)),
        ),
        times(
            "six packages, bundling with a new bundler",
            started,
            Some(BUNDLING),
        ),
        times("six packages, bundling again", again, Some(BUNDLING)),
        times(
            format!("six packages, first event of a cold function, AWS {ROUND_TRIP:?} away"),
            first,
            Some(FIRST),
        ),
    ])
}

/// The folder of the packages, with the workspace and its hook.
fn installed() -> anyhow::Result<std::path::PathBuf> {
    let node = Node::of(&python::ensure()?)?;
    let fixtures = repository::root().join(FIXTURES);
    let names = [".npmrc", "package.json", "package-lock.json", "schema.js"];
    let folder = node.install(&fixtures, &names, "hook-packages")?;
    write(&folder, WORKSPACE, &workspace(&json!(FILE))?)?;
    write(&folder, FILE, &hook(&fixtures)?)?;
    write(&folder, PLAIN_WORKSPACE, &workspace(&json!(PLAIN_FILE))?)?;
    fs::copy(fixtures.join("six.ts"), folder.join(PLAIN_FILE))
        .context("failed to copy the hook")?;
    Ok(folder)
}

/// The hook of the tests, with the response of every hook here.
fn hook(fixtures: &Path) -> anyhow::Result<String> {
    let source = fs::read_to_string(fixtures.join("six.ts")).context("failed to read the hook")?;
    let end = source.rfind('}').context("the hook has no end")?;
    let source = format!("{}  return {};\n}}\n", &source[..end], sample::RESPONSE);
    ensure!(
        source.contains("Promise<void>"),
        "the hook has another type"
    );
    Ok(source.replace("Promise<void>", "Promise<unknown>"))
}
