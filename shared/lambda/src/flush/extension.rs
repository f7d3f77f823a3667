//! The internal extension: a second client of Lambda in this process, which has time when the function has answered.
//!
//! See "Using the Lambda Extensions API to create extensions" in the AWS Lambda Developer Guide. It is two calls, so they stand here
//! on the transport that the runtime has anyway: the crate `lambda-extension` would bring a server for logs and telemetry, prints
//! its errors to standard output, and does not tell an API that is absent from one that refuses.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use lambda_runtime_api_client::{BoxError, PooledClient, body::Body, build_request};
use thiserror::Error;
use tokio::time::{sleep, timeout};

use super::AfterAnswer;

/// Unique among the extensions of a function.
const NAME: &str = "hookpoint-flush";
const NAME_HEADER: &str = "lambda-extension-name";
const IDENTIFIER_HEADER: &str = "lambda-extension-identifier";
/// An internal extension may not ask for `SHUTDOWN`.
const EVENTS: &str = r#"{"events":["INVOKE"]}"#;
/// How long the registration may hold up the first poll. On Lambda it is one round trip inside the machine.
const REGISTER_LIMIT: Duration = Duration::from_secs(2);

/// How often the extension asks for an event before it gives up, and how long it waits in between.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(50);

/// Why there is no extension.
#[derive(Debug, Error)]
enum ExtensionError {
    /// There is no such API here.
    #[error("there is no Extensions API here")]
    Absent,
    /// The API refused.
    #[error("the Extensions API answered {0}")]
    Refused(StatusCode),
    /// The API accepted and did not say who this is.
    #[error("the Extensions API did not answer with `{IDENTIFIER_HEADER}`")]
    Anonymous,
    /// The API did not answer in time.
    #[error("the Extensions API did not answer within {REGISTER_LIMIT:?}")]
    Silent,
    /// The call failed.
    #[error("the Extensions API cannot be reached: {0}")]
    Unreachable(#[source] BoxError),
}

/// An extension that Lambda knows.
pub(crate) struct Extension {
    client: PooledClient,
    identifier: HeaderValue,
}

/// Registers the extension, or says in the log why there is none. MUST be over before the first poll of the Runtime API: that ends
/// the phase in which Lambda takes registrations.
pub(crate) async fn register(runtime_api: Uri) -> Option<Extension> {
    let registered = timeout(REGISTER_LIMIT, Extension::register(runtime_api));
    match registered.await.unwrap_or(Err(ExtensionError::Silent)) {
        Ok(extension) => Some(extension),
        Err(error @ ExtensionError::Absent) => {
            tracing::debug!(reason = %error, "the function does itself what comes after an answer");
            None
        }
        Err(error) => {
            tracing::warn!(reason = %error, "the function does itself what comes after an answer");
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

    /// Follows every answer with a flush from now on, as long as the API answers. When the future is over, it did not: the process MUST end.
    ///
    /// Lambda gives a function no event before its extension has asked for one, so this environment would answer nothing any more, and
    /// everybody whose event it got would wait until the function's time is up. Lambda replaces a process that has ended by a new one.
    pub(crate) fn take_over(self, after: Arc<AfterAnswer>) -> impl Future<Output = ()> + Send {
        after.by_extension.store(true, Ordering::Relaxed);
        async move {
            let error = loop {
                // The event is not looked at: Lambda hands out one at a time, and the function's answer says which it was.
                if let Err(error) = self.next_with_patience().await {
                    break error;
                }
                after.due().await;
                after.flush().await;
            };
            // Whoever waits for an answer gets it.
            after.unoccupied().await;
            after.flush().await;
            tracing::error!(%error, "the extension cannot ask for events any more; the process ends, and Lambda starts a new one");
        }
    }

    /// An extension that does not ask for the next event holds up every event of the function: one call that fails is not the end.
    async fn next_with_patience(&self) -> Result<(), ExtensionError> {
        for attempt in 1..ATTEMPTS {
            match self.next().await {
                Ok(()) => return Ok(()),
                Err(error) => tracing::warn!(%error, attempt, "the extension asks again"),
            }
            sleep(PAUSE).await;
        }
        self.next().await
    }

    /// Says that everything is done, and waits for an event.
    async fn next(&self) -> Result<(), ExtensionError> {
        let request = build_request()
            .method(Method::GET)
            .uri("/2020-01-01/extension/event/next")
            .header(IDENTIFIER_HEADER, &self.identifier)
            .body(Body::empty());
        call(&self.client, request).await.map(|_| ())
    }
}

/// One call, its body read and dropped, so that the connection can be used again.
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
