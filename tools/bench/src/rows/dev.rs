//! Events per second of `hookpoint dev` with one static hook, beside a bare axum handler under the same load.

use std::{process::Command, time::Duration};

use crate::bench::Bench;
use crate::{
    dev::Dev,
    load,
    programs::Server,
    report::{Figures, Goal, Row, Unit},
    sample::{self, Measured as Hook, PostedEvent},
    series::Series,
};

const CONNECTIONS: usize = 8;

/// The series of one server.
#[derive(Debug, Default)]
struct Measured {
    per_second: Series,
    latency: Series,
    processor_time: Series,
}

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let mut axum = Server::start(
        "hello-axum",
        &Command::new(bench.programs.hello_axum()?),
        bench.folder,
    )
    .await?;
    let workspace = Hook::static_hook()?.write(bench.folder)?;
    let Dev {
        server: mut dev,
        key,
    } = Dev::start(bench, &workspace).await?;
    let event = sample::posted_event(&key)?;
    for server in [axum.address, dev.address] {
        sample::ensure_answered(&load::once(server, &event).await?)?;
        load::run(server, &event, CONNECTIONS, Duration::from_millis(300)).await?;
    }
    let (mut measured, mut baseline) = (Measured::default(), Measured::default());
    for _ in 0..bench.times(8, 2) {
        let duration = Duration::from_millis(bench.times(1_500, 300));
        baseline.take_turn(&axum, &event, duration).await?;
        measured.take_turn(&dev, &event, duration).await?;
    }
    axum.ensure_alive()?;
    dev.ensure_alive()?;
    Ok(vec![
        Row {
            name: "dev",
            what: format!("`hookpoint dev`, {CONNECTIONS} connections / axum"),
            unit: Unit::EventsPerSecond,
            measured: Figures::of_batches(&measured.per_second),
            baseline: Some(Figures::of_batches(&baseline.per_second)),
            goal: Some(Goal::TimesAtLeast(0.5)),
        },
        Row {
            name: "dev",
            what: "one event under that load / axum".to_owned(),
            unit: Unit::Microseconds,
            measured: Figures::of(&measured.latency),
            baseline: Some(Figures::of(&baseline.latency)),
            goal: None,
        },
        Row {
            name: "dev",
            what: "processor time per event / axum".to_owned(),
            unit: Unit::Microseconds,
            measured: Figures::of_batches(&measured.processor_time),
            baseline: Some(Figures::of_batches(&baseline.processor_time)),
            goal: None,
        },
    ])
}

impl Measured {
    async fn take_turn(
        &mut self,
        server: &Server,
        event: &PostedEvent,
        duration: Duration,
    ) -> anyhow::Result<()> {
        let before = server.processor_time()?;
        let outcome = load::run(server.address, event, CONNECTIONS, duration).await?;
        let processor_time = server.processor_time()?.saturating_sub(before);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 events")]
        let events = outcome.latencies.len() as f64;
        let microseconds = processor_time.as_secs_f64() * 1_000_000.0;
        self.processor_time.push(vec![microseconds / events]);
        self.per_second.push(vec![outcome.per_second]);
        self.latency.push(outcome.latencies);
        Ok(())
    }
}
