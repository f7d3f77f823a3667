//! Deliveries to a slow endpoint, which depend on the number of concurrent attempts.

use std::time::Duration;

use http::StatusCode;
use tokio::time::sleep;

use super::{Bench, CLIENTS, QUIET, Route, STAGE, queued_or_bare};
use crate::{
    dev::Dev,
    receiver::Receiver,
    report::{Figures, Goal, Row, Unit},
    sample::{self, Measured},
    series::Series,
};

/// Delay of each answer of the endpoint.
const DELAY: Duration = Duration::from_millis(200);
/// Concurrent posts of the baseline: the default of `local.deliveriesAtOnce`.
const AT_ONCE: usize = 256;
/// Deliveries per second of a comparable product.
const GOAL: f64 = 900.0;

/// Measures events per second of a burst, from the first post until the last delivery is answered.
pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Row> {
    let receiver = Receiver::start_slow("", DELAY)?;
    let webhook = Measured {
        stage: STAGE,
        ..Measured::webhook(receiver.address)
    };
    let workspace = webhook.write(&bench.subfolder("delivery-slow")?)?;
    let mut dev = Dev::start(bench, &workspace).await?;
    let event = sample::posted_event_of(STAGE, &dev.key)?;
    let bare = Route {
        to: receiver.address,
        expected: StatusCode::OK,
        receiver: &receiver,
        event: &event,
        clients: AT_ONCE,
    };
    let queued = Route {
        to: dev.server.address,
        expected: StatusCode::ACCEPTED,
        clients: CLIENTS,
        ..bare
    };
    let count = bench.times(4_000, 500);
    let (mut measured, mut baseline) = (Series::default(), Series::default());
    for _ in 0..bench.times(4, 1) {
        baseline.push(vec![queued_or_bare(&bare, count).await?.arrived]);
        measured.push(vec![queued_or_bare(&queued, count).await?.arrived]);
        sleep(QUIET).await;
    }
    dev.server.ensure_alive()?;
    Ok(Row {
        name: "delivery",
        what: format!(
            "{count} to an endpoint that takes {} ms / bare posts, {AT_ONCE} at once",
            DELAY.as_millis()
        ),
        unit: Unit::EventsPerSecond,
        measured: Figures::of_batches(&measured),
        baseline: Some(Figures::of_batches(&baseline)),
        goal: Some(Goal::AtLeast(GOAL)),
    })
}
