//! A webhook signed with one secret and with two, beside the same webhook unsigned.

use anyhow::ensure;

use crate::bench::Bench;
use crate::{
    embedded::Embedded,
    receiver::Receiver,
    report::{Figures, Row, Unit},
    sample::{Measured, RESPONSE},
    series::Series,
};

/// Names and values of the secrets, 32 bytes each.
const SECRETS: [(&str, &str); 2] = [
    (
        "Current",
        "whsec_Zm9ydHktdHdvIGJ5dGVzIGFyZSBub3QgbmVlZGVkISE=",
    ),
    (
        "Previous",
        "whsec_YW5vdGhlciBrZXkgb2YgZXhhY3RseSB0aGlydHkgdHc=",
    ),
];

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let receiver = Receiver::start(RESPONSE)?;
    let folder = bench.subfolder("signing")?;
    let mut engines = Vec::new();
    for (count, name) in ["unsigned", "one", "two"].into_iter().enumerate() {
        let names = SECRETS.iter().map(|(name, _)| *name).take(count).collect();
        let webhook = Measured::signed_webhook(receiver.address, names);
        let engine = Embedded::with_secrets(&folder.join(name), &webhook, &SECRETS).await?;
        // The first event also opens the connection and reads the secrets.
        engine.answer().await?;
        let signatures: Vec<_> = receiver.arrivals(1).await?;
        ensure!(
            signatures.iter().all(|arrival| arrival.signatures == count),
            "a webhook with {count} signing secrets has {signatures:?}"
        );
        engines.push((engine, Series::default()));
    }
    for batch in 0..=bench.times(20, 3) {
        let mut turns = vec![Vec::new(); engines.len()];
        for _ in 0..bench.times(250, 50) {
            // Event by event: the cost of signing is smaller than the machine's drift within a minute.
            for ((engine, _), turn) in engines.iter().zip(&mut turns) {
                turn.push(engine.answer().await?);
            }
        }
        for ((engine, series), turn) in engines.iter_mut().zip(turns) {
            engine.write_records().await?;
            // The first batch warms up.
            if batch > 0 {
                series.push(turn);
            }
        }
    }
    let unsigned = Figures::of(&engines[0].1);
    let row = |what: &str, series: &Series| Row {
        name: "signing",
        what: format!("webhook signed with {what}, body to response / unsigned"),
        unit: Unit::Microseconds,
        measured: Figures::of(series),
        baseline: Some(unsigned),
        goal: None,
    };
    Ok(vec![
        row("one secret", &engines[1].1),
        row("two secrets", &engines[2].1),
    ])
}
