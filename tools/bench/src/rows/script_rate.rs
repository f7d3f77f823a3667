//! Scripts per second, two and eight at once, beside as many threads with fresh engines.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use hookpoint_script::Sandbox;
use tokio::task::JoinSet;

use crate::bench::Bench;
use crate::{
    report::{Figures, Goal, Row, Unit},
    script::{self, ROOMY_MB, Script},
    series::Series,
};

/// Goals for the scripts, as multiples of the baseline.
const GOALS: [f64; 3] = [1.0, 5.0, 20.0];

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let sandbox = script::sandbox(ROOMY_MB);
    let duration = Duration::from_millis(bench.times(400, 150));
    let mut rows = Vec::new();
    for (script, goal) in script::scripts().iter().zip(GOALS) {
        // Warm-up.
        sandboxed(&sandbox, script, 2, Duration::from_millis(50)).await?;
        for at_once in [2, 8] {
            let (mut measured, mut baseline) = (Series::default(), Series::default());
            for _ in 0..bench.times(3, 1) {
                baseline.push(vec![in_process(script, at_once, duration)?]);
                measured.push(vec![sandboxed(&sandbox, script, at_once, duration).await?]);
            }
            rows.push(Row {
                name: "script-rate",
                what: format!(
                    "{}, {at_once} at once / fresh in-process, as many threads",
                    script.name
                ),
                unit: Unit::EventsPerSecond,
                measured: Figures::of_batches(&measured),
                baseline: Some(Figures::of_batches(&baseline)),
                goal: Some(Goal::TimesAtLeast(goal)),
            });
        }
    }
    Ok(rows)
}

/// Runs per second, `at_once` concurrently, from a single thread like a stage function's.
async fn sandboxed(
    sandbox: &Sandbox,
    script: &Script,
    at_once: usize,
    duration: Duration,
) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (sandbox, hook, event) = (sandbox.clone(), script.hook(1)?, script::event()?);
        tasks.spawn(async move {
            let mut count = 0_u32;
            while begin.elapsed() < duration {
                script::run(&sandbox, &hook, &event).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(task) = tasks.join_next().await {
        count += task.context("a task failed")??;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

fn in_process(script: &Script, at_once: usize, duration: Duration) -> anyhow::Result<f64> {
    let event = script::event()?;
    let begin = Instant::now();
    let run = || {
        let mut count = 0_u32;
        while begin.elapsed() < duration {
            script.run_in_process(&event)?;
            count += 1;
        }
        anyhow::Ok(count)
    };
    let count = thread::scope(|scope| {
        let threads: Vec<_> = (0..at_once).map(|_| scope.spawn(run)).collect();
        let counts = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| anyhow!("a thread of the baseline panicked"))?
        });
        counts.sum::<anyhow::Result<u32>>()
    })?;
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}
