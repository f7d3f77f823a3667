//! One run of a script in the sandbox, beside a fresh engine in this process that does the same.

use std::time::Duration;

use hookpoint_script::Sandbox;
use serde_json::{Map, Value};

use super::Bench;
use crate::{
    report::{Figures, Goal, Row, Unit},
    script::{self, NARROW_MB, ROOMY_MB, Script, processes},
    series::Series,
};

/// How many children wait for a single hook: one has compiled it, one has not.
const SPARES: usize = 2;

/// How much is measured, and with which breaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) turns: usize,
    /// Runs per turn of each script, the smallest first.
    pub(super) runs: [usize; 3],
    /// Before each run that is not back to back, when everything is ready.
    pub(super) pause: Duration,
}

/// What a script takes in each of the ways to run it.
#[derive(Debug, Default)]
struct Measured {
    /// A waiting child has compiled it.
    primed: Series,
    /// A waiting child has not.
    unprimed: Series,
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
        runs: bench.times([40, 15, 6], [10, 5, 3]),
        pause: Duration::ZERO,
    };
    rows("script", "", extent).await
}

/// The rows, each of which may say under which circumstances it was taken.
pub(super) async fn rows(
    name: &'static str,
    circumstances: &str,
    extent: Extent,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (script, runs) in script::scripts().iter().zip(extent.runs) {
        let measured = Measured::take(script, runs, extent).await?;
        let primed_limit = if script.name == "200 KB" { 0.05 } else { 0.5 };
        let row = |way: &str, series: &Series, baseline: &Series, goal| Row {
            name,
            what: format!("{}{circumstances}, {way} / fresh in-process", script.name),
            unit: Unit::Microseconds,
            measured: Figures::of(series),
            baseline: Some(Figures::of(baseline)),
            goal,
        };
        let Measured {
            primed,
            unprimed,
            fresh,
            back_to_back,
            fresh_back_to_back,
        } = &measured;
        let primed_goal = Some(Goal::TimesAtMost(primed_limit));
        rows.push(row("primed", primed, fresh, primed_goal));
        let unprimed_goal = Some(Goal::TimesAtMost(1.0));
        rows.push(row("unprimed", unprimed, fresh, unprimed_goal));
        rows.push(row("back to back", back_to_back, fresh_back_to_back, None));
    }
    Ok(rows)
}

impl Measured {
    async fn take(script: &Script, runs: usize, extent: Extent) -> anyhow::Result<Self> {
        let event = script::event()?;
        // One hook keeps a child here: the last version that ran. The next version finds the unprimed one.
        let prepared = script::sandbox(NARROW_MB, false)?;
        let pressed = script::sandbox(ROOMY_MB, true)?;
        let mut versions = 2..;
        let mut measured = Self::default();
        for turn in 0..=extent.turns {
            let (mut primed, mut unprimed, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
            // The first turn starts the sandboxes and fills caches.
            let runs = if turn == 0 { 1 } else { runs };
            for _ in 0..runs {
                fresh.push(one_fresh(script, &event, extent.pause).await?);
                unprimed.push(one(&prepared, script, versions.next(), &event, extent.pause).await?);
                prepared.prepare(&script.hook(1)?).await;
                primed.push(one(&prepared, script, Some(1), &event, extent.pause).await?);
            }
            let fresh_back_to_back = (0..runs)
                .map(|_| script.run_in_process(&event))
                .collect::<anyhow::Result<_>>()?;
            let hook = script.hook(1)?;
            let mut back_to_back = Vec::new();
            // Those that wait since the last turn are used up before the first run that counts.
            for _ in 0..SPARES {
                script::run(&pressed, &hook, &event).await?;
            }
            for _ in 0..runs {
                back_to_back.push(script::run(&pressed, &hook, &event).await?);
            }
            if turn > 0 {
                measured.primed.push(primed);
                measured.unprimed.push(unprimed);
                measured.fresh.push(fresh);
                measured.back_to_back.push(back_to_back);
                measured.fresh_back_to_back.push(fresh_back_to_back);
            }
            // The spares that the last run left make themselves ready; not at the expense of the next turn.
            processes::settle().await?;
        }
        prepared.shutdown();
        pressed.shutdown();
        Ok(measured)
    }
}

/// A run of a version when every spare is ready, as when events are far apart.
async fn one(
    sandbox: &Sandbox,
    script: &Script,
    version: Option<u32>,
    event: &Map<String, Value>,
    pause: Duration,
) -> anyhow::Result<f64> {
    let hook = script.hook(version.unwrap_or(u32::MAX))?;
    sandbox.replenish().await;
    processes::settle().await?;
    tokio::time::sleep(pause).await;
    script::run(sandbox, &hook, event).await
}

/// A run in this process after the same break: what lies in the processor's caches is as old.
async fn one_fresh(
    script: &Script,
    event: &Map<String, Value>,
    pause: Duration,
) -> anyhow::Result<f64> {
    processes::settle().await?;
    tokio::time::sleep(pause).await;
    script.run_in_process(event)
}
