//! The `fetch` of scripts, under the same guard as webhooks.

use async_trait::async_trait;
use hookpoint_engine::{
    event::header_names,
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch, FetchReply, FetchRequest},
};
use http::Method;
use url::Url;

use crate::{
    client::{GuardedClient, Limits},
    coding,
    exchange::{Outgoing, Oversize},
    headers,
};

/// Methods that would tunnel, or echo the request's headers.
const REFUSED_METHODS: &[&str] = &["CONNECT", "TRACE", "TRACK"];

#[async_trait]
impl Fetch for GuardedClient {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let method = method(&request.method)?;
        let headers = headers::fetch(&request.headers, request.body.len())?;
        let repeatable =
            method.is_idempotent() || headers.contains_key(header_names::IDEMPOTENCY_KEY);
        let outgoing = Outgoing {
            method,
            url: Url::parse(&request.url).map_err(|reason| {
                HookFailure::new(
                    FailureClass::BadRequest,
                    format!("the argument of `fetch` is not an absolute URL: {reason}"),
                )
            })?,
            headers,
            body: request.body.into(),
            repeatable,
        };
        let limits = Limits {
            now: request.now,
            deadline: request.deadline,
            oversize: Oversize::Refuse,
        };
        // The script may have built the URL from secrets: no part of it may be shown.
        let response = self.exchange(outgoing, "", limits).await?;
        Ok(FetchReply {
            status: response.status.as_u16(),
            headers: response
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), byte_string(value.as_bytes())))
                .collect(),
            body: coding::decode(&response.headers, response.body)?,
        })
    }
}

fn method(name: &str) -> Result<Method, HookFailure> {
    let refuse = |reason: &str| Err(HookFailure::new(FailureClass::BadRequest, reason));
    if REFUSED_METHODS
        .iter()
        .any(|refused| refused.eq_ignore_ascii_case(name))
    {
        return refuse("the methods CONNECT, TRACE and TRACK are not allowed in `fetch`");
    }
    Method::from_bytes(name.as_bytes())
        .or_else(|_| refuse("the method of `fetch` is not an HTTP method"))
}

/// Converts header bytes to text, one character per byte: the `ByteString` of the Fetch standard.
fn byte_string(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
