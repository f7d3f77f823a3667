//! An event with an idempotency key on SQLite, new and repeated, beside the same event without one.

use anyhow::ensure;
use hookpoint_engine::event::ingest::new_correlation_id;

use crate::bench::Bench;
use crate::{
    embedded::Embedded,
    report::{Figures, Row, Unit},
    sample::Measured,
    series::Series,
};

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = bench.subfolder("idempotency")?;
    let engine = Embedded::publish(&folder, &Measured::static_hook()?).await?;
    let (mut plain, mut new, mut repeated) =
        (Series::default(), Series::default(), Series::default());
    let events = bench.times(100, 20);
    for batch in 0..=bench.times(10, 2) {
        let mut turn = Vec::new();
        for _ in 0..events {
            turn.push(engine.answer().await?);
        }
        // Any unique text will do for a key.
        let keys: Vec<_> = (0..events).map(|_| new_correlation_id()).collect();
        let first = with_keys(&engine, &keys, false).await?;
        let second = with_keys(&engine, &keys, true).await?;
        engine.write_records().await?;
        // The first batch fills caches.
        if batch > 0 {
            plain.push(turn);
            new.push(first);
            repeated.push(second);
        }
    }
    let row = |what: &str, measured: &Series| Row {
        name: "idempotency",
        what: format!("static hook, {what} key / no key"),
        unit: Unit::Microseconds,
        measured: Figures::of(measured),
        baseline: Some(Figures::of(&plain)),
        goal: None,
    };
    Ok(vec![
        row("an event with a new", &new),
        row("a repeated event with its", &repeated),
    ])
}

async fn with_keys(
    engine: &Embedded,
    keys: &[String],
    are_known: bool,
) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::with_capacity(keys.len());
    for key in keys {
        let (took, is_replayed) = engine.answer_once(key).await?;
        ensure!(
            is_replayed == are_known,
            "replayed: {is_replayed}, expected: {are_known}"
        );
        times.push(took);
    }
    Ok(times)
}
