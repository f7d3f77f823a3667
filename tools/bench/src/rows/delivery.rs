//! Deliveries of an asynchronous webhook through the embedded queue of `hookpoint dev`, beside bare posts to the same endpoint.

mod slow;

use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use hookpoint_stages::Stage;
use http::StatusCode;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::bench::Bench;
use crate::{
    burst::{Client, Sent, burst},
    dev::Dev,
    receiver::{Arrival, Receiver},
    report::{Figures, Row, Unit},
    sample::{self, Measured, PostedEvent},
    series::Series,
};

/// A stage with asynchronous hooks only, whose events come in bursts.
const STAGE: Stage = Stage::StateModification;
/// How many clients post at once.
const CLIENTS: usize = 64;
/// Pause after a burst, in which the last deliveries are settled and their records written, before the baseline's turn.
const QUIET: Duration = Duration::from_secs(1);
/// Interval between events at a modest rate; the two sides alternate.
const INTERVAL: Duration = Duration::from_millis(10);

/// Where events are posted, and where they arrive.
struct Route<'a> {
    to: SocketAddr,
    expected: StatusCode,
    receiver: &'a Receiver,
    event: &'a PostedEvent,
    /// Number of concurrent clients in a burst.
    clients: usize,
}

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let receiver = Receiver::start("")?;
    let webhook = Measured {
        stage: STAGE,
        ..Measured::webhook(receiver.address)
    };
    let workspace = webhook.write(&bench.subfolder("delivery")?)?;
    let mut dev = Dev::start(bench, &workspace).await?;
    let event = sample::posted_event_of(STAGE, &dev.key)?;
    let bare = Route {
        to: receiver.address,
        expected: StatusCode::OK,
        receiver: &receiver,
        event: &event,
        clients: CLIENTS,
    };
    let queued = Route {
        to: dev.server.address,
        expected: StatusCode::ACCEPTED,
        ..bare
    };
    let mut rows = bursts(bench, &queued, &bare).await?;
    rows.extend(one_by_one(bench, &queued, &bare).await?);
    dev.server.ensure_alive()?;
    let repeated = receiver.repeated();
    if repeated > 0 {
        eprintln!(
            "{repeated} deliveries arrived a second time, which is allowed, but not expected"
        );
    }
    drop(dev);
    rows.push(slow::measure(bench).await?);
    Ok(rows)
}

async fn bursts(
    bench: &Bench<'_>,
    queued: &Route<'_>,
    bare: &Route<'_>,
) -> anyhow::Result<Vec<Row>> {
    let count = bench.times(5_000, 500);
    let (mut arrived, mut accepted, mut baseline) =
        (Series::default(), Series::default(), Series::default());
    for turn in 0..=bench.times(5, 1) {
        let posts = queued_or_bare(bare, count).await?;
        let deliveries = queued_or_bare(queued, count).await?;
        sleep(QUIET).await;
        // The first turn warms up.
        if turn > 0 {
            baseline.push(vec![posts.arrived]);
            arrived.push(vec![deliveries.arrived]);
            accepted.push(vec![deliveries.answered]);
        }
    }
    let row = |what: &str, measured: &Series| Row {
        name: "delivery",
        what: format!("{what} of {count}, {CLIENTS} clients / bare posts"),
        unit: Unit::EventsPerSecond,
        measured: Figures::of_batches(measured),
        baseline: Some(Figures::of_batches(&baseline)),
        goal: None,
    };
    Ok(vec![
        row("first post to last arrival", &arrived),
        row("first post to last 202", &accepted),
    ])
}

/// Events per second of one burst.
struct Rates {
    answered: f64,
    arrived: f64,
}

async fn queued_or_bare(route: &Route<'_>, count: usize) -> anyhow::Result<Rates> {
    let sent = burst(route.to, route.event, route.expected, route.clients, count).await?;
    let arrivals = route.receiver.arrivals(count).await?;
    ensure!(
        arrivals.len() == count,
        "{} deliveries arrived of {count}",
        arrivals.len()
    );
    let begin = sent.iter().map(|sent| sent.begin).min();
    let begin = begin.context("nothing was sent")?;
    let rate = |end: Option<Instant>| {
        let took = end.context("nothing arrived")? - begin;
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let count = count as f64;
        anyhow::Ok(count / took.as_secs_f64())
    };
    Ok(Rates {
        answered: rate(sent.iter().map(|sent| sent.answered).max())?,
        arrived: rate(arrivals.iter().map(|arrival| arrival.at).max())?,
    })
}

/// The series of one side.
#[derive(Debug, Default)]
struct Latencies {
    answered: Series,
    arrived: Series,
}

async fn one_by_one(
    bench: &Bench<'_>,
    queued: &Route<'_>,
    bare: &Route<'_>,
) -> anyhow::Result<Vec<Row>> {
    let mut clients = [
        Client::connect(bare.to, bare.event, bare.expected).await?,
        Client::connect(queued.to, queued.event, queued.expected).await?,
    ];
    let (mut baseline, mut measured) = (Latencies::default(), Latencies::default());
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let count = bench.times(100, 20);
    for _ in 0..bench.times(6, 2) {
        let mut sent = [Vec::new(), Vec::new()];
        for _ in 0..count {
            for (client, sent) in clients.iter_mut().zip(&mut sent) {
                ticks.tick().await;
                sent.push(client.post().await?);
            }
        }
        let arrivals = queued.receiver.arrivals(2 * count).await?;
        let [posts, deliveries] = sent;
        baseline.push(&posts, &arrivals)?;
        measured.push(&deliveries, &arrivals)?;
    }
    let row = |what: &str, measured: &Series, baseline: &Series| Row {
        name: "delivery",
        what: format!("one event, {what}"),
        unit: Unit::Microseconds,
        measured: Figures::of(measured),
        baseline: Some(Figures::of(baseline)),
        goal: None,
    };
    Ok(vec![
        row(
            "post to arrival / bare post",
            &measured.arrived,
            &baseline.arrived,
        ),
        row(
            "post to 202 / bare post to response",
            &measured.answered,
            &baseline.answered,
        ),
    ])
}

impl Latencies {
    fn push(&mut self, sent: &[Sent], arrivals: &[Arrival]) -> anyhow::Result<()> {
        let arrivals: HashMap<_, _> = arrivals
            .iter()
            .map(|arrival| (arrival.correlation_id.as_str(), arrival.at))
            .collect();
        let microseconds = |sent: &Sent, end: Instant| {
            end.saturating_duration_since(sent.begin).as_secs_f64() * 1_000_000.0
        };
        let arrived = sent.iter().map(|sent| {
            let arrival = arrivals.get(sent.correlation_id.as_str());
            let arrival = arrival.context("an event did not arrive under its correlation id")?;
            anyhow::Ok(microseconds(sent, *arrival))
        });
        self.arrived.push(arrived.collect::<anyhow::Result<_>>()?);
        let answered = sent.iter().map(|sent| microseconds(sent, sent.answered));
        self.answered.push(answered.collect());
        Ok(())
    }
}
