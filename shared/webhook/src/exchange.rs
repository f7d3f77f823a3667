//! One request and its whole answer, in memory and in bounds.

use hookpoint_engine::{
    outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes};
use hyper_util::client::legacy;
use url::Url;

use crate::{client::HttpClient, failure};

/// What requests say of who sends them, unless the hook says it.
const USER_AGENT: &str = concat!("hookpoint/", env!("CARGO_PKG_VERSION"));

/// A request, ready to go. Not `Debug`: URL, headers and body may all hold secrets.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it may be sent once more when it was lost with a kept connection.
    pub(crate) repeatable: bool,
}

/// The answer to an [`Outgoing`].
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What becomes of an answer beyond [`RESPONSE_LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oversize {
    /// It is a failure.
    Refuse,
    /// It is a failure when the status is a success; otherwise the status says all, and the body is cut off: an endpoint that is
    /// down behind a large error page is still one that is down, and worth another attempt.
    CutErrorPages,
}

/// Why there is no answer.
pub(crate) enum Lost {
    /// It did not begin.
    Unanswered(legacy::Error),
    /// It is said already.
    Failed(HookFailure),
}

impl Lost {
    pub(crate) fn into_failure(self) -> HookFailure {
        match self {
            Self::Unanswered(error) => failure::transport(&error, error.is_connect()),
            Self::Failed(failure) => failure,
        }
    }
}

/// Sends the request and reads the answer. The caller sets the time limit.
pub(crate) async fn converse(
    client: &HttpClient,
    outgoing: &Outgoing,
    oversize: Oversize,
) -> Result<Answer, Lost> {
    let response = client
        .request(request(outgoing)?)
        .await
        .map_err(Lost::Unanswered)?;
    let (head, mut body) = response.into_parts();
    let cut = oversize == Oversize::CutErrorPages && !head.status.is_success();
    let announced = body
        .size_hint()
        .exact()
        .map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > RESPONSE_LIMIT && !cut {
        return Err(Lost::Failed(too_large()));
    }
    let mut whole = Vec::with_capacity(announced.min(RESPONSE_LIMIT));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Lost::Failed(failure::transport(&error, false)))?;
        // Trailers say nothing that is read here.
        let Ok(chunk) = frame.into_data() else {
            continue;
        };
        let room = RESPONSE_LIMIT - whole.len();
        if chunk.len() <= room {
            whole.extend_from_slice(&chunk);
        } else if cut {
            whole.extend_from_slice(&chunk[..room]);
            break;
        } else {
            return Err(Lost::Failed(too_large()));
        }
    }
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: whole,
    })
}

fn request(outgoing: &Outgoing) -> Result<Request<Full<Bytes>>, Lost> {
    let unsendable = || {
        Lost::Failed(HookFailure::new(
            FailureClass::BadRequest,
            "the URL cannot be sent; check its length and characters",
        ))
    };
    // Without a body there is no `Content-Length` either, unless the method calls for one.
    let mut request = Request::new(Full::new(outgoing.body.clone()));
    *request.method_mut() = outgoing.method.clone();
    *request.uri_mut() = outgoing.url.as_str().parse().map_err(|_| unsendable())?;
    *request.headers_mut() = outgoing.headers.clone();
    let headers = request.headers_mut();
    for (name, value) in [(header::ACCEPT, "*/*"), (header::USER_AGENT, USER_AGENT)] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    Ok(request)
}

fn too_large() -> HookFailure {
    HookFailure::new(
        FailureClass::TooLarge,
        format!("the answer is larger than {RESPONSE_LIMIT} bytes"),
    )
}
