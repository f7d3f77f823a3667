//! One request and its whole response, in memory and within limits.

use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
};
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Bytes;
use url::Url;

use crate::{
    client::kept::HttpClient,
    failure::{self, Lost},
};

/// A request ready to be sent. Not `Debug`: URL, headers and body may all hold secrets.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it may be retried after being lost with a kept connection.
    pub(crate) repeatable: bool,
}

/// The response to an [`Outgoing`].
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What to do with a response beyond [`RESPONSE_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oversize {
    /// It is a failure.
    Refuse,
    /// It is a failure if the status is a success; otherwise the body is cut off, so that the status of a large error
    /// page still decides about retries.
    CutErrorPages,
}

/// Sends the request and reads the response. The caller enforces the deadline.
pub(crate) async fn converse(
    client: &HttpClient,
    outgoing: &Outgoing,
    oversize: Oversize,
) -> Result<Response, Lost> {
    let mut response = client.send(request(outgoing)).await?;
    let status = response.status();
    let cut = oversize == Oversize::CutErrorPages && !status.is_success();
    let announced = response
        .content_length()
        .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > RESPONSE_LIMIT && !cut {
        return Err(Lost::Failed(too_large()));
    }
    let mut body = Vec::with_capacity(announced.min(RESPONSE_LIMIT));
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Lost::Failed(failure::transport(&error)))?
    {
        let room = RESPONSE_LIMIT - body.len();
        if chunk.len() <= room {
            body.extend_from_slice(&chunk);
        } else if cut {
            body.extend_from_slice(&chunk[..room]);
            break;
        } else {
            return Err(Lost::Failed(too_large()));
        }
    }
    Ok(Response {
        status,
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

fn request(outgoing: &Outgoing) -> reqwest::Request {
    let mut request = reqwest::Request::new(outgoing.method.clone(), outgoing.url.clone());
    *request.headers_mut() = outgoing.headers.clone();
    // Without a body there is no `Content-Length` either, unless the method calls for one.
    if !outgoing.body.is_empty() {
        *request.body_mut() = Some(outgoing.body.clone().into());
    }
    request
}

fn too_large() -> HookFailure {
    HookFailure::new(
        FailureClass::TooLarge,
        format!("the response is larger than {RESPONSE_LIMIT} bytes"),
    )
}
