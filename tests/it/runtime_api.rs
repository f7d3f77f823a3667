//! The Runtime API of Lambda, as far as one function needs it: hands out events one by one and takes the answers.
//!
//! See "Using the Lambda runtime API for custom runtimes" in the AWS Lambda Developer Guide.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify};

#[derive(Default)]
struct Api {
    events: Mutex<VecDeque<Value>>,
    answers: Mutex<Vec<Value>>,
    errors: Mutex<Vec<(String, Value)>>,
    changed: Notify,
}

/// The API, serving until the test's runtime ends.
pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    api: Arc<Api>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let api = Arc::new(Api::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(api.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, api }
    }

    /// Hands out an event and waits for its answer.
    pub(crate) async fn invoke(&self, event: Value) -> Value {
        let before = self.api.answers.lock().unwrap().len();
        self.api.events.lock().unwrap().push_back(event);
        self.api.changed.notify_waiters();
        self.wait(|api| api.answers.lock().unwrap().get(before).cloned())
            .await
    }

    /// Waits for an error that the function reports.
    pub(crate) async fn reported_error(&self) -> (String, Value) {
        self.wait(|api| api.errors.lock().unwrap().first().cloned())
            .await
    }

    async fn wait<T>(&self, found: impl Fn(&Api) -> Option<T>) -> T {
        let wait = async {
            loop {
                let changed = self.api.changed.notified();
                if let Some(value) = found(&self.api) {
                    return value;
                }
                changed.await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), wait)
            .await
            .expect("the function did not answer within 30 s")
    }
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    loop {
        let changed = api.changed.notified();
        let event = api.events.lock().unwrap().pop_front();
        if let Some(event) = event {
            let mut headers = HeaderMap::new();
            headers.insert(
                "lambda-runtime-aws-request-id",
                "8476a536-e9f4-11e8-9739-2dfe598c3fcd".parse().unwrap(),
            );
            headers.insert(
                "lambda-runtime-deadline-ms",
                "4102444800000".parse().unwrap(),
            );
            headers.insert(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:stage"
                    .parse()
                    .unwrap(),
            );
            return (headers, event.to_string()).into_response();
        }
        changed.await;
    }
}

async fn response(State(api): State<Arc<Api>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    api.answers
        .lock()
        .unwrap()
        .push(serde_json::from_slice(&body).unwrap());
    api.changed.notify_waiters();
    StatusCode::ACCEPTED
}

async fn error(
    State(api): State<Arc<Api>>,
    Path(_): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    record_error(&api, &headers, &body)
}

async fn init_error(State(api): State<Arc<Api>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    record_error(&api, &headers, &body)
}

fn record_error(api: &Api, headers: &HeaderMap, body: &[u8]) -> StatusCode {
    let kind = headers
        .get("lambda-runtime-function-error-type")
        .map(|kind| kind.to_str().unwrap().to_owned());
    api.errors.lock().unwrap().push((
        kind.unwrap_or_default(),
        serde_json::from_slice(body).unwrap(),
    ));
    api.changed.notify_waiters();
    StatusCode::ACCEPTED
}
