//! An event with one webhook, beside a bare reqwest POST of the same body to the same server.
//!
//! Measures from the body of the event to the body of the response; other rows include transport.

use std::{process::Command, time::Instant};

use anyhow::{Context as _, ensure};

use crate::bench::Bench;
use crate::{
    embedded::Embedded,
    programs::Server,
    report::{Figures, Goal, Row, Unit},
    sample::{self, Measured, PostedEvent},
    series::Series,
};

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let mut endpoint = Server::start(
        "hello-axum",
        &Command::new(bench.programs.hello_axum()?),
        bench.folder,
    )
    .await?;
    let event = sample::posted_event(&sample::key()?.key)?;
    let webhook = Measured::webhook(endpoint.address);
    let engine = Embedded::publish(&bench.subfolder("webhook")?, &webhook).await?;
    let client = bare_client()?;
    let url = format!("http://{}/hook", endpoint.address);
    let (mut measured, mut baseline) = (Series::default(), Series::default());
    for batch in 0..=bench.times(20, 3) {
        let (mut hooks, mut posts) = (Vec::new(), Vec::new());
        for _ in 0..bench.times(250, 50) {
            posts.push(post(&client, &url, &event).await?);
        }
        for _ in 0..bench.times(250, 50) {
            hooks.push(engine.answer().await?);
        }
        engine.write_records().await?;
        // The first batch opens connections and fills caches.
        if batch > 0 {
            measured.push(hooks);
            baseline.push(posts);
        }
    }
    endpoint.ensure_alive()?;
    Ok(vec![Row {
        name: "webhook",
        what: "webhook hook, body to response / reqwest POST".to_owned(),
        unit: Unit::Microseconds,
        measured: Figures::of(&measured),
        baseline: Some(Figures::of(&baseline)),
        goal: Some(Goal::MoreAtMost(100.0)),
    }])
}

async fn post(client: &reqwest::Client, url: &str, event: &PostedEvent) -> anyhow::Result<f64> {
    let body = event.body.clone();
    let begin = Instant::now();
    let response = client
        .post(url)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await?;
    let status = response.status();
    let body = response.bytes().await?;
    let took = begin.elapsed();
    ensure!(status.is_success(), "a bare POST got status {status}");
    sample::ensure_answered(&body)?;
    Ok(took.as_secs_f64() * 1_000_000.0)
}

/// A plain reqwest client that ignores proxies in the environment.
fn bare_client() -> anyhow::Result<reqwest::Client> {
    // One may already be installed, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(
        clippy::disallowed_methods,
        reason = "the baseline is a client without our guard, which only connects to a server of this program"
    )]
    let builder = reqwest::Client::builder();
    builder
        .no_proxy()
        .build()
        .context("failed to create the HTTP client of the baseline")
}
