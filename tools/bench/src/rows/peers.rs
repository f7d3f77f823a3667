//! Our scripts in other engines, and how hostile scripts end there.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{Bench, overshoot::CORPUS};
use crate::{
    peers::{End, How, PEERS, Peer, Peers},
    report::{Figures, Goal, Row, Unit},
    script::{self, ROOMY_MB, Script},
    series::Series,
};

const NAME: &str = "peers";
/// Deadline of each hostile script.
const LIMIT: Duration = Duration::from_millis(100);
/// The goal for the sandbox: at most 3 ms after the deadline.
const STOPPED: f64 = 103_000.0;
/// Number of runs of each in the sandbox.
const OURS: usize = 5;
/// Cases of the corpus that engines fail to stop: two built-in functions with long loops, big numbers, a regular
/// expression, and memory outside the engine's heap.
const HOSTILE: [&str; 5] = [
    "sparse-sort",
    "sparse-join",
    "bigint-multiplication",
    "catastrophic-regexp",
    "typed-array-bomb",
];

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let peers = match Peers::install() {
        Ok(peers) => peers,
        Err(error) => {
            eprintln!("skipping `{NAME}`: {error:#}");
            return Ok(Vec::new());
        }
    };
    let folder = bench.subfolder(NAME)?;
    let mut present = Vec::new();
    let mut rows = Vec::new();
    for peer in PEERS {
        match latencies(bench, &peers, peer, &folder).await {
            Ok(measured) => {
                present.push(peer);
                rows.extend(measured);
            }
            Err(error) => eprintln!("  skipping {}: {error:#}", peer.name),
        }
    }
    for name in HOSTILE {
        rows.extend(hostile(&peers, &present, name, &folder).await?);
    }
    Ok(rows)
}

/// Runs of each script back to back, alternating between the sandbox and the peer.
async fn latencies(
    bench: &Bench<'_>,
    peers: &Peers,
    peer: Peer,
    folder: &Path,
) -> anyhow::Result<Vec<Row>> {
    let runs = bench.times([60, 40, 25], [5, 3, 2]);
    let scripts: Vec<(Script, usize)> = script::scripts().into_iter().zip(runs).collect();
    let event = script::event()?;
    let sandbox = script::sandbox(ROOMY_MB);
    let mut measured = vec![(Series::default(), Series::default()); scripts.len()];
    let mut idle = Series::default();
    for turn in 0..=bench.times(5, 1) {
        let outcomes = peers.measure(peer, &scripts, folder).await?;
        ensure!(outcomes.len() == scripts.len(), "an outcome is missing");
        for (((script, runs), outcome), (ours, theirs)) in
            scripts.iter().zip(outcomes).zip(&mut measured)
        {
            let hook = script.hook(1)?;
            script::run(&sandbox, &hook, &event).await?;
            let mut took = Vec::new();
            for _ in 0..*runs {
                took.push(script::run(&sandbox, &hook, &event).await?);
            }
            // The first turn loads the engine and fills caches.
            if turn > 0 {
                ours.push(took);
                theirs.push(outcome.took);
                idle.push(outcome.idle.unwrap_or_default());
            }
        }
    }
    if idle.p50().is_finite() {
        let idle = idle.p50();
        eprintln!("  {}: an empty call takes {idle:.0} µs", peer.name);
    }
    let rows = scripts.iter().zip(&measured);
    let rows = rows.map(|((script, _), (ours, theirs))| Row {
        name: NAME,
        what: format!("{} / {}", script.name, peer.name),
        unit: Unit::Microseconds,
        measured: Figures::of(ours),
        baseline: Some(Figures::of(theirs)),
        goal: Some(Goal::TimesAtMost(peer.goal)),
    });
    Ok(rows.collect())
}

/// How a hostile script ends in the sandbox and in each peer.
async fn hostile(
    peers: &Peers,
    present: &[Peer],
    name: &str,
    folder: &Path,
) -> anyhow::Result<Vec<Row>> {
    let source = source_of(name)?;
    let mut ours = Vec::new();
    for _ in 0..OURS {
        ours.push(endure(&source).await?);
    }
    let how = ours.last().context("nothing ran")?.how.clone();
    let mut series = Series::default();
    series.push(ours.iter().map(microseconds).collect());
    let row = |what, baseline: Option<&End>| Row {
        name: NAME,
        what,
        unit: Unit::Microseconds,
        measured: Figures::of(&series),
        baseline: baseline.map(|end| Figures::constant(microseconds(end))),
        goal: baseline.is_none().then_some(Goal::AtMost(STOPPED)),
    };
    let mut rows = vec![row(format!("{name}: {how}"), None)];
    for peer in present {
        let end = peers.endure(*peer, &source, LIMIT, folder).await?;
        rows.push(row(format!("… / {}: {}", peer.name, end.how), Some(&end)));
    }
    Ok(rows)
}

fn microseconds(end: &End) -> f64 {
    end.after.as_secs_f64() * 1_000_000.0
}

fn source_of(name: &str) -> anyhow::Result<String> {
    for line in CORPUS.lines() {
        let case: Value = serde_json::from_str(line).context("the corpus is not JSON")?;
        if case["name"] == name {
            let code = case["code"].as_str().context("a case has no `code`")?;
            return Ok(code.to_owned());
        }
    }
    anyhow::bail!("the corpus has no case `{name}`")
}

/// Runs it in a sandbox whose engine is loaded.
async fn endure(source: &str) -> anyhow::Result<End> {
    let [small, ..] = script::scripts();
    let event = script::event()?;
    let sandbox = script::sandbox(ROOMY_MB);
    script::run(&sandbox, &small.hook(1)?, &event).await?;
    let hook = script::hook(source, 2)?;
    let begin = Instant::now();
    let reply = script::call(&sandbox, &hook, &event, LIMIT).await;
    let after = begin.elapsed();
    let how = match reply {
        Ok(_) => How::Returned,
        Err(failure) => How::Stopped(failure.class.to_string()),
    };
    // The next run is not affected.
    script::run(&sandbox, &small.hook(1)?, &event).await?;
    sandbox.shutdown();
    Ok(End { how, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_has_every_script_that_is_compared() {
        for name in HOSTILE {
            assert!(source_of(name).unwrap().starts_with("export default "));
        }
    }
}
