//! A load generator: a fixed number of keep-alive connections, each with one request at a time.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::sample::PostedEvent;

/// The result of a load.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    /// Latency of each event in microseconds.
    pub(crate) latencies: Vec<f64>,
}

/// Posts the event repeatedly for a given time. Every response must be a 200.
pub(crate) async fn run(
    address: SocketAddr,
    event: &PostedEvent,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<Outcome> {
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(connect(address).await?);
    }
    let begin = Instant::now();
    let end = begin + duration;
    let mut tasks = JoinSet::new();
    for client in clients {
        tasks.spawn(post_until(client, address, event.clone(), end));
    }
    let mut latencies = Vec::new();
    while let Some(task) = tasks.join_next().await {
        latencies.extend(task??);
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 events")]
    let count = latencies.len() as f64;
    Ok(Outcome {
        per_second: count / begin.elapsed().as_secs_f64(),
        latencies,
    })
}

/// Posts the event once and returns the body.
pub(crate) async fn once(address: SocketAddr, event: &PostedEvent) -> anyhow::Result<Bytes> {
    let mut client = connect(address).await?;
    post(&mut client, &request(address, event)?).await
}

/// Opens a connection.
pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("failed to connect to {address}"))?;
    stream.set_nodelay(true)?;
    let (client, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the client, which sees errors.
    tokio::spawn(connection);
    Ok(client)
}

async fn post_until(
    mut client: SendRequest<Full<Bytes>>,
    address: SocketAddr,
    event: PostedEvent,
    end: Instant,
) -> anyhow::Result<Vec<f64>> {
    let request = request(address, &event)?;
    let mut latencies = Vec::new();
    loop {
        let begin = Instant::now();
        if begin >= end {
            return Ok(latencies);
        }
        post(&mut client, &request).await?;
        latencies.push(begin.elapsed().as_secs_f64() * 1_000_000.0);
    }
}

/// The event as it is sent.
pub(crate) fn request(
    address: SocketAddr,
    event: &PostedEvent,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request =
        Request::post(Uri::try_from(&event.path)?).header("host", address.to_string());
    for (name, value) in &event.headers {
        request = request.header(name, value);
    }
    Ok(request.body(Full::new(event.body.clone()))?)
}

async fn post(
    client: &mut SendRequest<Full<Bytes>>,
    request: &Request<Full<Bytes>>,
) -> anyhow::Result<Bytes> {
    send(client, request.clone(), StatusCode::OK).await
}

/// Sends a request and returns the body. Any other status than expected is an error.
pub(crate) async fn send(
    client: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    expected: StatusCode,
) -> anyhow::Result<Bytes> {
    client.ready().await?;
    let answer = client.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    ensure!(
        status == expected,
        "an event got status {status}: {}",
        String::from_utf8_lossy(&body)
    );
    Ok(body)
}
