//! The cost of redacting confidential values: hostile events of several sizes, kept and not kept.

use serde_json::{Map, Value};

use crate::bench::Bench;
use crate::{
    embedded::Embedded,
    report::{Figures, Goal, Row, Unit},
    sample::{Measured, STAGE},
    series::Series,
};

/// Sizes of events in KB, up to the maximum.
const SIZES: [usize; 5] = [1, 4, 16, 64, 256];
/// The reference size for growth: below it, fixed costs dominate.
const REFERENCE: usize = 16;
/// The time budget of an event: three seconds, less a reserve to respond.
const BUDGET: f64 = 2_900_000.0;
/// Maximum growth of the time per KB: twice would no longer be linear.
const GROWTH: f64 = 2.0;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = bench.subfolder("redaction")?;
    let plain = Measured::static_hook()?;
    let kept = Measured {
        keeps_events: true,
        ..plain.clone()
    };
    let mut plain = Embedded::publish(&folder.join("plain"), &plain).await?;
    let mut kept = Embedded::publish(&folder.join("kept"), &kept).await?;
    let mut rows = Vec::new();
    let mut per_kilobyte = Vec::new();
    for size in SIZES {
        let event = hostile_event(size * 1024);
        kept.post(event.clone());
        plain.post(event);
        let (mut measured, mut baseline, mut spread) =
            (Series::default(), Series::default(), Series::default());
        for batch in 0..=bench.times(10, 2) {
            let (mut ones, mut others) = (Vec::new(), Vec::new());
            for _ in 0..bench.times(20, 3) {
                others.push(plain.answer().await?);
                ones.push(kept.answer().await?);
            }
            kept.write_records().await?;
            plain.write_records().await?;
            // The first batch warms up.
            if batch > 0 {
                #[expect(clippy::cast_precision_loss, reason = "at most 256")]
                spread.push(ones.iter().map(|took| took / size as f64).collect());
                measured.push(ones);
                baseline.push(others);
            }
        }
        per_kilobyte.push((size, Figures::of_batches(&spread)));
        rows.push(Row {
            name: "redaction",
            what: format!("a hostile event of {size} KB, body to response, kept / not kept"),
            unit: Unit::Microseconds,
            measured: Figures::of(&measured),
            baseline: Some(Figures::of(&baseline)),
            goal: None,
        });
    }
    if let Some(largest) = rows.last().cloned() {
        rows.push(Row {
            what: "256 KB against the budget".to_owned(),
            baseline: None,
            goal: Some(Goal::AtMost(BUDGET)),
            ..largest
        });
    }
    let of = |size| per_kilobyte.iter().find(|(of, _)| *of == size);
    if let (Some((_, reference)), Some((_, largest))) = (of(REFERENCE), of(256)) {
        rows.push(Row {
            name: "redaction",
            what: format!("each KB of an event of 256 KB / of {REFERENCE} KB"),
            unit: Unit::Microseconds,
            measured: *largest,
            baseline: Some(*reference),
            goal: Some(Goal::TimesAtMost(GROWTH)),
        });
    }
    Ok(rows)
}

/// A worst-case event of about `size` bytes: the maximum number of passwords, containing each other, with hits and near
/// misses wherever there is room.
fn hostile_event(size: usize) -> Vec<u8> {
    // One in 16 bytes belongs to a password: in 256 KB, the 16 KB that are searched for.
    let mut left = size / 16;
    let mut context = Map::new();
    for number in 0.. {
        let value = "abc".repeat(3 + number);
        if value.len() > left {
            break;
        }
        left -= value.len();
        context.insert(format!("password{number}"), Value::from(value));
    }
    let mut event = Map::new();
    event.insert("eventType".to_owned(), Value::from(STAGE.id()));
    event.insert("context".to_owned(), Value::Object(context));
    let used = serde_json::to_vec(&event).map_or(0, |bytes| bytes.len());
    let room = size.saturating_sub(used + 64);
    if let Some(Value::Object(context)) = event.get_mut("context") {
        let half = |text: &str| Value::from(text.repeat(room / 2 / text.len()));
        context.insert("hits".to_owned(), half("abc"));
        context.insert("misses".to_owned(), half("abcabcab-"));
    }
    serde_json::to_vec(&event).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_events_have_their_size_and_fit_the_limit() {
        for size in SIZES {
            let event = hostile_event(size * 1024);
            assert!(event.len() <= size * 1024, "{size}: {}", event.len());
            assert!(
                event.len() > size * 1024 * 9 / 10,
                "{size}: {}",
                event.len()
            );
        }
    }
}
