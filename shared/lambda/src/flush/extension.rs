//! The internal extension: a second client of Lambda in this process, which runs after the function's response.
//!
//! See "Using the Lambda Extensions API to create extensions" in the AWS Lambda Developer Guide. There are only two
//! calls, so they are made here over the runtime's transport: the crate `lambda-extension` would add a server for logs
//! and telemetry, prints its errors to standard output, and cannot tell an absent API from one that refuses.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use lambda_runtime_api_client::{BoxError, PooledClient, body::Body, build_request};
use thiserror::Error;
use tokio::time::{sleep, timeout};

use super::AfterResponse;

/// Unique among the extensions of a function.
const NAME: &str = "hookpoint-flush";
const NAME_HEADER: &str = "lambda-extension-name";
const IDENTIFIER_HEADER: &str = "lambda-extension-identifier";
/// Internal extensions may not register for `SHUTDOWN`.
const EVENTS: &str = r#"{"events":["INVOKE"]}"#;
/// Timeout of the registration, which delays the first poll. On Lambda it is one round trip inside the machine.
const REGISTER_LIMIT: Duration = Duration::from_secs(2);

/// Attempts at asking for an event before the extension gives up, and the pause in between.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);

/// Why there is no extension.
#[derive(Debug, Error)]
enum ExtensionError {
    /// The API does not exist here.
    #[error("no Extensions API found")]
    Absent,
    /// The API refused.
    #[error("the Extensions API returned {0}")]
    Refused(StatusCode),
    /// The API accepted, but its response lacks the identifier.
    #[error("the response of the Extensions API lacks `{IDENTIFIER_HEADER}`")]
    Anonymous,
    /// The API did not respond in time.
    #[error("the Extensions API did not respond within {REGISTER_LIMIT:?}")]
    Silent,
    /// The call failed.
    #[error("the Extensions API cannot be reached: {0}")]
    Unreachable(#[source] BoxError),
}

/// A registered extension.
pub(crate) struct Extension {
    client: PooledClient,
    identifier: HeaderValue,
}

/// Registers the extension; returns `None` and logs the reason if that fails. MUST return before the first poll of the
/// Runtime API, which ends the phase for registrations.
pub(crate) async fn register(runtime_api: Uri) -> Option<Extension> {
    let registered = timeout(REGISTER_LIMIT, Extension::register(runtime_api));
    match registered.await.unwrap_or(Err(ExtensionError::Silent)) {
        Ok(extension) => Some(extension),
        Err(error @ ExtensionError::Absent) => {
            tracing::debug!(reason = %error, "no extension: the function flushes after each response itself");
            None
        }
        Err(error) => {
            tracing::warn!(reason = %error, "no extension: the function flushes after each response itself");
            None
        }
    }
}

impl Extension {
    async fn register(runtime_api: Uri) -> Result<Self, ExtensionError> {
        let client = PooledClient::builder().with_endpoint(runtime_api).build();
        let request = build_request()
            .method(Method::POST)
            .uri("/2020-01-01/extension/register")
            .header(NAME_HEADER, NAME)
            .header("content-type", "application/json")
            .body(Body::from(EVENTS));
        let response = call(&client, request).await?;
        let identifier = response.headers().get(IDENTIFIER_HEADER);
        let identifier = identifier.ok_or(ExtensionError::Anonymous)?.clone();
        Ok(Self { client, identifier })
    }

    /// Flushes after every response from now on. The future completes when the API has failed for good; then the
    /// process MUST end.
    ///
    /// Lambda considers the environment busy until its extension asks for the next event, so every event routed to it
    /// would wait until the function's timeout. A process that ends is replaced by a new one.
    pub(crate) fn take_over(self, after: Arc<AfterResponse>) -> impl Future<Output = ()> + Send {
        after.by_extension.store(true, Ordering::Relaxed);
        async move {
            let error = loop {
                // The notification's content is ignored: Lambda sends one event at a time, and the flush follows the
                // function's response.
                if let Err(error) = self.next_with_patience().await {
                    break error;
                }
                after.due().await;
                after.flush().await;
            };
            // A waiting caller still gets its response.
            after.unoccupied().await;
            after.flush().await;
            tracing::error!(%error, "the extension can no longer ask for events; the process ends, and Lambda starts a new one");
        }
    }

    /// Asks for the next event, with retries: without it, every event of the function would be held up.
    async fn next_with_patience(&self) -> Result<(), ExtensionError> {
        for attempt in 1..ATTEMPTS {
            match self.next().await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, attempt, "failed to ask for the next event; retrying");
                }
            }
            sleep(PAUSE).await;
        }
        self.next().await
    }

    /// Reports that all work is done, and waits for an event.
    async fn next(&self) -> Result<(), ExtensionError> {
        let request = build_request()
            .method(Method::GET)
            .uri("/2020-01-01/extension/event/next")
            .header(IDENTIFIER_HEADER, &self.identifier)
            .body(Body::empty());
        call(&self.client, request).await.map(|_| ())
    }
}

/// Makes one call and drains the body, so that the connection can be reused.
async fn call(
    client: &PooledClient,
    request: Result<Request<Body>, http::Error>,
) -> Result<Response<()>, ExtensionError> {
    let unreachable = |error| ExtensionError::Unreachable(error);
    let request = request.map_err(|error| unreachable(error.into()))?;
    let (parts, body) = client
        .call(request)
        .await
        .map_err(unreachable)?
        .into_parts();
    body.collect()
        .await
        .map_err(|error| unreachable(error.into()))?;
    match parts.status {
        status if status.is_success() => Ok(Response::from_parts(parts, ())),
        StatusCode::NOT_FOUND => Err(ExtensionError::Absent),
        status => Err(ExtensionError::Refused(status)),
    }
}
