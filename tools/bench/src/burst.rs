//! Events with unique ids, so that each can be recognised at the receiver.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use axum::body::Bytes;
use hookpoint_engine::event::ingest::new_correlation_id;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::task::JoinSet;

use crate::{
    load,
    receiver::{CORRELATION_ID, DELIVERY_ID},
    sample::PostedEvent,
};

/// An event with the expected response.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) correlation_id: String,
    pub(crate) begin: Instant,
    pub(crate) answered: Instant,
}

/// A keep-alive connection for events, one at a time.
#[derive(Debug)]
pub(crate) struct Client {
    connection: SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    expected: StatusCode,
}

impl Client {
    pub(crate) async fn connect(
        address: SocketAddr,
        event: &PostedEvent,
        expected: StatusCode,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            connection: load::connect(address).await?,
            request: load::request(address, event)?,
            expected,
        })
    }

    /// Posts the event once. Hookpoint generates delivery ids itself; a bare post needs one.
    pub(crate) async fn post(&mut self) -> anyhow::Result<Sent> {
        let begin = Instant::now();
        let correlation_id = new_correlation_id();
        let value = HeaderValue::try_from(&correlation_id)?;
        let mut request = self.request.clone();
        request.headers_mut().insert(DELIVERY_ID, value.clone());
        request.headers_mut().insert(CORRELATION_ID, value);
        load::send(&mut self.connection, request, self.expected).await?;
        Ok(Sent {
            correlation_id,
            begin,
            answered: Instant::now(),
        })
    }
}

/// Posts the event `count` times with concurrent clients, as fast as they get responses.
pub(crate) async fn burst(
    address: SocketAddr,
    event: &PostedEvent,
    expected: StatusCode,
    clients: usize,
    count: usize,
) -> anyhow::Result<Vec<Sent>> {
    let mut connected = Vec::new();
    for _ in 0..clients {
        connected.push(Client::connect(address, event, expected).await?);
    }
    let begun = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for mut client in connected {
        let begun = Arc::clone(&begun);
        tasks.spawn(async move {
            let mut sent = Vec::new();
            while begun.fetch_add(1, Ordering::Relaxed) < count {
                sent.push(client.post().await?);
            }
            anyhow::Ok(sent)
        });
    }
    let mut sent = Vec::with_capacity(count);
    while let Some(task) = tasks.join_next().await {
        sent.extend(task??);
    }
    Ok(sent)
}
