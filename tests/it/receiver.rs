//! A small HTTP endpoint that answers as the test says and records requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::any,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;

/// One answer of the endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Reply {
    /// The HTTP status; 200 when absent.
    pub(crate) status: Option<u16>,
    /// A JSON body.
    pub(crate) json: Option<Value>,
    /// A body of any text.
    pub(crate) text: Option<String>,
    /// Delay of the answer in milliseconds.
    #[serde(default)]
    pub(crate) delay_ms: u64,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// The raw body.
    pub(crate) raw: Bytes,
}

/// Replies by path: each request gets the next one, and the last is repeated.
type Replies = HashMap<String, Vec<Reply>>;

#[derive(Default)]
struct Endpoint {
    replies: Mutex<Replies>,
    received: Mutex<Vec<Received>>,
}

/// The endpoint; it serves until the test's runtime ends.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    endpoint: Arc<Endpoint>,
}

impl Receiver {
    pub(crate) async fn start(replies: Replies) -> Self {
        let endpoint = Arc::new(Endpoint {
            replies: Mutex::new(replies),
            received: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new()
            .route("/{name}", any(answer))
            .with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, endpoint }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.endpoint.received.lock().unwrap().clone()
    }
}

async fn answer(
    State(endpoint): State<Arc<Endpoint>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    raw: Bytes,
) -> impl IntoResponse {
    let body = serde_json::from_slice(&raw).unwrap();
    endpoint.received.lock().unwrap().push(Received {
        path: path.clone(),
        headers,
        body,
        raw,
    });
    let reply = {
        let mut replies = endpoint.replies.lock().unwrap();
        match replies.get_mut(&path) {
            None => return (StatusCode::NOT_FOUND, String::new()),
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
        }
    };
    tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
    let status = StatusCode::from_u16(reply.status.unwrap_or(200)).unwrap();
    let text = reply.json.map(|json| json.to_string()).or(reply.text);
    (status, text.unwrap_or_default())
}
