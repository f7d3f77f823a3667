//! A fake of Lambda's Runtime API and Extensions API for one function: hands out events one by one, receives responses,
//! and records the order of calls.
//!
//! See "Using the Lambda runtime API for custom runtimes" and "Using the Lambda Extensions API to create extensions" in the AWS
//! Lambda Developer Guide.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};

const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const EXTENSION_ID: &str = "5d8f3b4e-7c1a-4f0e-9b2d-6a1c0e9f8d7b";

/// A call by the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Its extension registered.
    Registered,
    /// It asked for an event.
    Polled,
    /// Its extension asked for an event.
    ExtensionPolled,
    /// It responded to an event.
    Answered,
}

#[derive(Default)]
struct Api {
    observed: Mutex<Observed>,
    changed: Notify,
}

#[derive(Default)]
struct Observed {
    moments: Vec<Moment>,
    answers: Vec<Value>,
    errors: Vec<(String, Value)>,
    function: Party,
    extension: Party,
}

/// A poller of events: the function or its extension.
#[derive(Default)]
struct Party {
    waits: bool,
    events: VecDeque<Value>,
}

impl Observed {
    /// Whether function and extension are both polling: then Lambda freezes the process.
    fn is_frozen(&self) -> bool {
        let registered = self.moments.contains(&Moment::Registered);
        self.function.waits && (!registered || self.extension.waits)
    }

    /// Hands an event to the function, and to the extension if there is one.
    fn hand_out(&mut self, event: Value) {
        self.function.waits = false;
        self.function.events.push_back(event);
        if self.extension.waits {
            self.extension.waits = false;
            let event = json!({"eventType": "INVOKE", "deadlineMs": 4_102_444_800_000_u64, "requestId": REQUEST_ID});
            self.extension.events.push_back(event);
        }
    }
}

/// The API, serving until the test's runtime ends.
pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    api: Arc<Api>,
}

impl RuntimeApi {
    /// Starts both APIs, as on Lambda.
    pub(crate) async fn start() -> Self {
        let extensions = Router::new()
            .route("/2020-01-01/extension/register", post(register))
            .route("/2020-01-01/extension/event/next", get(next_of_extension));
        Self::serve(extensions).await
    }

    /// Starts only the Runtime API, as in emulators.
    pub(crate) async fn without_extensions() -> Self {
        Self::serve(Router::new()).await
    }

    async fn serve(extensions: Router<Arc<Api>>) -> Self {
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
            .merge(extensions)
            .with_state(api.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, api }
    }

    /// Hands out an event when the previous one is over, and waits for the response.
    pub(crate) async fn invoke(&self, event: Value) -> Value {
        self.frozen().await;
        let before = {
            let mut observed = self.api.observed.lock().unwrap();
            observed.hand_out(event);
            observed.answers.len()
        };
        self.api.changed.notify_waiters();
        self.wait(|observed| observed.answers.get(before).cloned())
            .await
    }

    /// Waits until Lambda would freeze the process; returns all calls until then.
    pub(crate) async fn frozen(&self) -> Vec<Moment> {
        self.wait(|observed| observed.is_frozen().then(|| observed.moments.clone()))
            .await
    }

    /// Waits for an error that the function reports.
    pub(crate) async fn reported_error(&self) -> (String, Value) {
        self.wait(|observed| observed.errors.first().cloned()).await
    }

    async fn wait<T>(&self, found: impl Fn(&Observed) -> Option<T>) -> T {
        let wait = self.api.until(|observed| found(observed));
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .expect("the function did not do it within 30 s")
    }
}

impl Api {
    async fn until<T>(&self, mut found: impl FnMut(&mut Observed) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            if let Some(value) = found(&mut self.observed.lock().unwrap()) {
                return value;
            }
            changed.await;
        }
    }

    fn note(&self, change: impl FnOnce(&mut Observed)) {
        change(&mut self.observed.lock().unwrap());
        self.changed.notify_waiters();
    }
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    api.note(|observed| {
        observed.moments.push(Moment::Polled);
        observed.function.waits = true;
    });
    let event = api
        .until(|observed| observed.function.events.pop_front())
        .await;
    let headers = [
        ("lambda-runtime-aws-request-id", REQUEST_ID),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:stage",
        ),
    ];
    (headers, event.to_string()).into_response()
}

async fn response(State(api): State<Arc<Api>>, Path(_): Path<String>, body: Bytes) -> StatusCode {
    api.note(|observed| {
        observed.moments.push(Moment::Answered);
        observed
            .answers
            .push(serde_json::from_slice(&body).unwrap());
    });
    StatusCode::ACCEPTED
}

async fn register(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    Json(wanted): Json<Value>,
) -> Response {
    let is_named = headers.contains_key("lambda-extension-name");
    // Lambda refuses an internal extension that registers for `SHUTDOWN`.
    if !is_named || wanted != json!({"events": ["INVOKE"]}) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let polled = {
        let observed = api.observed.lock().unwrap();
        observed.moments.contains(&Moment::Polled)
    };
    if polled {
        // Lambda accepts registrations until the function polls.
        return StatusCode::FORBIDDEN.into_response();
    }
    api.note(|observed| observed.moments.push(Moment::Registered));
    let body = Json(json!({"functionName": "stage", "functionVersion": "$LATEST", "handler": ""}));
    ([("lambda-extension-identifier", EXTENSION_ID)], body).into_response()
}

async fn next_of_extension(State(api): State<Arc<Api>>, headers: HeaderMap) -> Response {
    let identifier = headers.get("lambda-extension-identifier");
    if identifier.is_none_or(|identifier| identifier != EXTENSION_ID) {
        return StatusCode::FORBIDDEN.into_response();
    }
    api.note(|observed| {
        observed.moments.push(Moment::ExtensionPolled);
        observed.extension.waits = true;
    });
    let event = api
        .until(|observed| observed.extension.events.pop_front())
        .await;
    Json(event).into_response()
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
    let report = serde_json::from_slice(body).unwrap();
    api.note(|observed| observed.errors.push((kind.unwrap_or_default(), report)));
    StatusCode::ACCEPTED
}
