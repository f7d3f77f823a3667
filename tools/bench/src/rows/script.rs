//! One run of a script in the sandbox, beside a fresh engine in this process.

use std::time::{Duration, Instant};

use hookpoint_engine::hook::Hook;
use hookpoint_script::Sandbox;
use serde_json::{Map, Value};

use crate::bench::Bench;
use crate::{
    report::{Figures, Goal, Row, Unit},
    script::{self, ROOMY_MB, Script},
    series::Series,
};

/// Maximum time of a run relative to a fresh engine, the smallest script first.
const GOALS: [f64; 4] = [0.4, 0.15, 0.05, 0.05];
/// Goal from a cold start to the first result: 3 ms.
const FIRST_GOAL: f64 = 3_000.0;
/// Maximum time of a bundle's first run as published, relative to compiling it.
const BYTECODE_GOAL: f64 = 0.2;

/// The number of runs and the breaks between them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) turns: usize,
    /// Runs per turn of each script, the smallest first.
    pub(super) runs: [usize; 4],
    /// Break before each run that is not back to back.
    pub(super) pause: Duration,
}

/// The durations of a script in each mode.
#[derive(Debug, Default)]
struct Measured {
    /// With a template.
    prepared: Series,
    /// The first run: compiled, evaluated and run.
    new: Series,
    /// In this process, with the same breaks.
    fresh: Series,
    /// The sandbox without a break.
    back_to_back: Series,
    /// This process without a break.
    fresh_back_to_back: Series,
}

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let extent = Extent {
        turns: bench.times(6, 2),
        runs: bench.times([60, 25, 10, 4], [10, 5, 3, 1]),
        pause: Duration::from_millis(2),
    };
    let mut rows = rows("script", "", extent).await?;
    rows.push(first(bench).await?);
    rows.push(as_published(bench).await?);
    Ok(rows)
}

/// The rows; `circumstances` is added to their names.
pub(super) async fn rows(
    name: &'static str,
    circumstances: &str,
    extent: Extent,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ((script, runs), limit) in script::scripts().iter().zip(extent.runs).zip(GOALS) {
        let measured = Measured::take(script, runs, extent).await?;
        let row = |way: &str, series: &Series, baseline: &Series, goal| Row {
            name,
            what: format!("{}{circumstances}, {way} / fresh in-process", script.name),
            unit: Unit::Microseconds,
            measured: Figures::of(series),
            baseline: Some(Figures::of(baseline)),
            goal,
        };
        let Measured {
            prepared,
            new,
            fresh,
            back_to_back,
            fresh_back_to_back,
        } = &measured;
        let goal = Some(Goal::TimesAtMost(limit));
        rows.push(row("after a break", prepared, fresh, goal));
        rows.push(row("back to back", back_to_back, fresh_back_to_back, goal));
        rows.push(row("its first run", new, fresh, None));
    }
    Ok(rows)
}

impl Measured {
    async fn take(script: &Script, runs: usize, extent: Extent) -> anyhow::Result<Self> {
        let event = script::event()?;
        let sandbox = script::sandbox(ROOMY_MB);
        let mut versions = 2..;
        let mut measured = Self::default();
        for turn in 0..=extent.turns {
            let (mut prepared, mut new, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
            // The first turn loads the engine, learns which pages are written, and fills caches.
            let runs = if turn == 0 { 3 } else { runs };
            for _ in 0..runs {
                tokio::time::sleep(extent.pause).await;
                fresh.push(script.run_in_process(&event)?);
                new.push(one(&sandbox, script, versions.next(), &event, extent.pause).await?);
                prepared.push(one(&sandbox, script, Some(1), &event, extent.pause).await?);
            }
            let fresh_back_to_back = (0..runs)
                .map(|_| script.run_in_process(&event))
                .collect::<anyhow::Result<_>>()?;
            let hook = script.hook(1)?;
            let mut back_to_back = Vec::new();
            script::run(&sandbox, &hook, &event).await?;
            for _ in 0..runs {
                back_to_back.push(script::run(&sandbox, &hook, &event).await?);
            }
            if turn > 0 {
                measured.prepared.push(prepared);
                measured.new.push(new);
                measured.fresh.push(fresh);
                measured.back_to_back.push(back_to_back);
                measured.fresh_back_to_back.push(fresh_back_to_back);
            }
        }
        Ok(measured)
    }
}

/// A run of a version after a break.
async fn one(
    sandbox: &Sandbox,
    script: &Script,
    version: Option<u32>,
    event: &Map<String, Value>,
    pause: Duration,
) -> anyhow::Result<f64> {
    let hook = script.hook(version.unwrap_or(u32::MAX))?;
    tokio::time::sleep(pause).await;
    script::run(sandbox, &hook, event).await
}

/// From a cold start of the sandbox to the first result.
async fn first(bench: &Bench<'_>) -> anyhow::Result<Row> {
    let [small, ..] = script::scripts();
    let (event, hook) = (script::event()?, small.hook(1)?);
    let mut took = Vec::new();
    for _ in 0..bench.times(40, 5) {
        let begin = Instant::now();
        let sandbox = script::sandbox(ROOMY_MB);
        script::run(&sandbox, &hook, &event).await?;
        took.push(begin.elapsed().as_secs_f64() * 1_000_000.0);
    }
    let mut series = Series::default();
    series.push(took);
    Ok(Row {
        name: "script",
        what: format!("{}, first result from a cold start", small.name),
        unit: Unit::Microseconds,
        measured: Figures::of(&series),
        baseline: None,
        goal: Some(Goal::AtMost(FIRST_GOAL)),
    })
}

/// The first run of a version in a loaded sandbox: from what is published with it, and from its source.
async fn as_published(bench: &Bench<'_>) -> anyhow::Result<Row> {
    let [_, _, script, _] = script::scripts();
    let event = script::event()?;
    let sandbox = script::sandbox(ROOMY_MB);
    let published = script.published(&sandbox, 1).await?;
    let (mut measured, mut baseline) = (Series::default(), Series::default());
    let mut versions = 2..;
    for turn in 0..=bench.times(6, 2) {
        let (mut read, mut compiled) = (Vec::new(), Vec::new());
        for _ in 0..bench.times(25, 5) {
            for (took, hook) in [(&mut read, &published), (&mut compiled, &script.hook(1)?)] {
                let hook = Hook {
                    version: versions.next().unwrap_or(u32::MAX),
                    ..hook.clone()
                };
                took.push(script::run(&sandbox, &hook, &event).await?);
            }
        }
        // The first turn loads the engine and fills caches.
        if turn > 0 {
            measured.push(read);
            baseline.push(compiled);
        }
    }
    Ok(Row {
        name: "script",
        what: format!("{}, first run as published / compiling it", script.name),
        unit: Unit::Microseconds,
        measured: Figures::of(&measured),
        baseline: Some(Figures::of(&baseline)),
        goal: Some(Goal::TimesAtMost(BYTECODE_GOAL)),
    })
}
