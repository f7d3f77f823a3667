//! How long after its deadline each script of the hostile corpus ends.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;

use crate::bench::Bench;
use crate::{
    report::{Figures, Goal, Row, Unit},
    script::{self, ROOMY_MB},
    series::Series,
};

pub(super) const CORPUS: &str = include_str!("../../../../tests/corpora/hostile-scripts.jsonl");
/// Deadline of each script.
const LIMIT: Duration = Duration::from_millis(100);
/// The goal on an idle core: 3 ms.
const GOAL: f64 = 3_000.0;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let each = bench.times(1, 4);
    rows("overshoot", "", each, Some(GOAL), Duration::from_millis(2)).await
}

/// The rows, for every `step`-th script of the corpus.
pub(super) async fn rows(
    name: &'static str,
    circumstances: &str,
    one_in: usize,
    goal: Option<f64>,
    pause: Duration,
) -> anyhow::Result<Vec<Row>> {
    let event = script::event()?;
    let sandbox = script::sandbox(ROOMY_MB);
    let mut overshoots = Vec::new();
    for (line, version) in CORPUS.lines().zip(1..).step_by(one_in) {
        let case: Value = serde_json::from_str(line).context("the corpus is not JSON")?;
        let code = case["code"].as_str().context("a case has no `code`")?;
        let hook = script::hook(code, version)?;
        tokio::time::sleep(pause).await;
        let begin = Instant::now();
        // Most of them fail as intended; tests check how each must end.
        let _ = script::call(&sandbox, &hook, &event, LIMIT).await;
        overshoots.push(begin.elapsed().saturating_sub(LIMIT).as_secs_f64() * 1_000_000.0);
    }
    sandbox.shutdown();
    let late: Vec<f64> = overshoots
        .iter()
        .copied()
        .filter(|late| *late > 0.0)
        .collect();
    let most = late.iter().copied().fold(0.0, f64::max);
    let (count, all) = (late.len(), overshoots.len());
    let row = |what: String, figures: Figures, goal| Row {
        name,
        what,
        unit: Unit::Microseconds,
        measured: figures,
        baseline: None,
        goal,
    };
    Ok(vec![
        row(
            format!("{all} hostile scripts{circumstances}"),
            Figures::of(&batch(overshoots)),
            goal.map(Goal::TailAtMost),
        ),
        row(
            format!("… the {count} that outlast their deadline{circumstances}"),
            Figures::of(&batch(late)),
            None,
        ),
        row(
            format!("… the maximum{circumstances}"),
            Figures::constant(most),
            None,
        ),
    ])
}

fn batch(figures: Vec<f64>) -> Series {
    let mut series = Series::default();
    series.push(figures);
    series
}
