//! The cost of a run record: for the response, which waits until it is in memory, and for the store.

use crate::bench::Bench;
use crate::{
    embedded::Embedded,
    report::{Figures, Row, Unit},
    sample::Measured,
    series::Series,
};

/// Number of bindings of a static hook. Without a hook there is no record: that row shows how far the figures can be
/// trusted.
const CASES: [(usize, &str); 3] = [
    (0, "no hook"),
    (1, "one static hook"),
    (4, "four static hooks"),
];

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = bench.subfolder("record")?;
    let mut rows = Vec::new();
    for (hooks, what) in CASES {
        let hooks = Measured {
            bindings: hooks,
            ..Measured::static_hook()?
        };
        let place = folder.join(hooks.bindings.to_string());
        let recorded = Embedded::publish(&place.join("recorded"), &hooks).await?;
        let bare = Embedded::without_records(&place.join("bare"), &hooks).await?;
        let pair = Pair::measure(bench, &recorded, &bare).await?;
        let expected = pair.events * hooks.bindings;
        recorded.ensure_recorded(expected).await?;
        bare.ensure_recorded(0).await?;
        rows.push(pair.answer(&format!("{what}, recorded / not recorded")));
    }
    let plain = Measured::static_hook()?;
    let kept = Measured {
        keeps_events: true,
        ..plain.clone()
    };
    let plain = Embedded::publish(&folder.join("plain"), &plain).await?;
    let kept = Embedded::publish(&folder.join("kept"), &kept).await?;
    let pair = Pair::measure(bench, &kept, &plain).await?;
    kept.ensure_recorded(pair.events).await?;
    plain.ensure_recorded(pair.events).await?;
    rows.push(pair.answer("one static hook, recorded with its event / without"));
    rows.push(pair.write("a record to SQLite with its event / without"));
    Ok(rows)
}

/// Two engines that process the same events alternately.
#[derive(Debug, Default)]
struct Pair {
    /// Events processed by each.
    events: usize,
    measured: Measurement,
    baseline: Measurement,
}

#[derive(Debug, Default)]
struct Measurement {
    answers: Series,
    /// Time per record of a turn's records, written together.
    writes: Series,
}

impl Pair {
    async fn measure(
        bench: &Bench<'_>,
        measured: &Embedded,
        baseline: &Embedded,
    ) -> anyhow::Result<Self> {
        let mut pair = Self::default();
        let events = bench.times(500, 50);
        for batch in 0..=bench.times(20, 3) {
            let (mut ones, mut others) = (Vec::new(), Vec::new());
            for _ in 0..events {
                // Event by event: the difference is smaller than the machine's drift within a minute.
                others.push(baseline.answer().await?);
                ones.push(measured.answer().await?);
            }
            pair.events += events;
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let count = events as f64;
            let written = measured.write_records().await? / count;
            let otherwise = baseline.write_records().await? / count;
            // The first batch fills caches.
            if batch > 0 {
                pair.measured.answers.push(ones);
                pair.baseline.answers.push(others);
                pair.measured.writes.push(vec![written]);
                pair.baseline.writes.push(vec![otherwise]);
            }
        }
        Ok(pair)
    }

    fn answer(&self, what: &str) -> Row {
        Row {
            name: "record",
            what: format!("body to response, {what}"),
            unit: Unit::Microseconds,
            measured: Figures::of(&self.measured.answers),
            baseline: Some(Figures::of(&self.baseline.answers)),
            goal: None,
        }
    }

    fn write(&self, what: &str) -> Row {
        Row {
            name: "record",
            what: format!("writing {what}"),
            unit: Unit::Microseconds,
            measured: Figures::of_batches(&self.measured.writes),
            baseline: Some(Figures::of_batches(&self.baseline.writes)),
            goal: None,
        }
    }
}
