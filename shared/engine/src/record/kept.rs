//! What a record keeps of a run for an application that opted in, redacted.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    confidential::Confidential,
    hook::exchange::{End, Exchange},
    identifier::VariableName,
};

/// Maximum size of all bodies of a run's exchanges, in bytes.
const BODIES: usize = 64 * 1024;
/// Maximum number of headers of one response.
const HEADERS: usize = 32;
/// Maximum size of all headers of one response, in bytes.
const HEADER_BYTES: usize = 4 * 1024;

/// The event, response and requests of a run, redacted, for an application that opted in.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The body as the hook saw it.
    pub event: Map<String, Value>,
    /// The effects that counted.
    pub response: Map<String, Value>,
    /// The variables that the hook saw.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<VariableName, String>,
    /// The requests that the hook made, in the order in which they began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<KeptRequest>,
}

/// One request of a run and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptRequest {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The body; absent if it is empty or, for a webhook, the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<KeptBody>,
    /// The status; absent without a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The headers of the response, by lower-case name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body of the response; absent if it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<KeptBody>,
    /// The class of the failure; absent if there was a response, or the request was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The cause of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Duration in microseconds.
    pub duration_us: u64,
}

/// The body of a request or a response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeptBody {
    /// JSON.
    Json(Value),
    /// Other text.
    Text(String),
    /// Not kept, because it is not text, or too large; its size in bytes.
    Bytes(usize),
}

impl fmt::Debug for Kept {
    /// Omits the values, which may be personal data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl KeptRequest {
    /// How long it took.
    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.duration_us)
    }

    /// The approximate memory use, in bytes.
    pub(super) fn weight(&self, of: &dyn Fn(&Value) -> usize) -> usize {
        let body = |body: &Option<KeptBody>| match body {
            Some(KeptBody::Json(value)) => of(value),
            Some(KeptBody::Text(text)) => text.len(),
            _ => 0,
        };
        let headers = self.headers.iter();
        256 + self.url.len()
            + self.error.as_ref().map_or(0, String::len)
            + headers
                .map(|(name, value)| 48 + name.len() + value.len())
                .sum::<usize>()
            + body(&self.body)
            + body(&self.response)
    }
}

/// Redacts the exchanges of a run for its record.
pub(crate) fn requests(
    exchanges: Vec<Exchange>,
    confidential: &Confidential<'_>,
) -> Vec<KeptRequest> {
    let mut room = BODIES;
    let kept = exchanges.into_iter().map(|exchange| {
        let duration = exchange.elapsed().as_micros();
        let mut request = KeptRequest {
            url: confidential.redact(exchange.url),
            method: exchange.method,
            body: body(exchange.body, confidential, &mut room),
            status: None,
            headers: Vec::new(),
            response: None,
            failure: None,
            error: None,
            duration_us: u64::try_from(duration).unwrap_or(u64::MAX),
        };
        match exchange.end {
            End::None => {}
            End::Reply(reply) => {
                request.status = Some(reply.status);
                request.headers = headers(reply.headers, confidential);
                request.response = body(reply.body, confidential, &mut room);
            }
            End::Failure(class, message) => {
                request.failure = Some(class.as_str().to_owned());
                request.error = Some(confidential.redact_output(message));
            }
        }
        request
    });
    kept.collect()
}

fn headers(
    headers: Vec<(String, String)>,
    confidential: &Confidential<'_>,
) -> Vec<(String, String)> {
    let mut room = HEADER_BYTES;
    let mut kept = Vec::new();
    for (name, value) in headers.into_iter().take(HEADERS) {
        let size = name.len() + value.len();
        // A cookie is a credential of the hook's.
        if size > room || name.eq_ignore_ascii_case("set-cookie") {
            continue;
        }
        room -= size;
        kept.push((name.to_lowercase(), confidential.redact(value)));
    }
    kept
}

fn body(bytes: Vec<u8>, confidential: &Confidential<'_>, room: &mut usize) -> Option<KeptBody> {
    if bytes.is_empty() {
        return None;
    }
    let size = bytes.len();
    if size > *room {
        return Some(KeptBody::Bytes(size));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Some(KeptBody::Bytes(size));
    };
    *room -= size;
    Some(match serde_json::from_str(&text) {
        Ok(value) => KeptBody::Json(confidential.shown_body(value)),
        Err(_) => KeptBody::Text(confidential.redact_output(text)),
    })
}
