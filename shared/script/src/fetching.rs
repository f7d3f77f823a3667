//! One `fetch` of a script: checks and sends it, and follows redirects as the Fetch standard says.
//!
//! Every hop is checked like a new request: its host must be declared by the hook, the port applies the operator's
//! egress policy, and it counts against the same budget. So a redirect reaches nothing that the script could not reach
//! itself, and https redirects to http only where the operator lists the host for http.

#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::SystemTime,
};

use hookpoint_engine::{
    deadline::Deadline,
    hook::{
        exchange::Exchanges,
        outcome::{FailureClass, HookFailure},
    },
    ports::{Fetch, FetchReply, FetchRequest},
};
use tokio::time::Instant;
use url::Url;

use crate::hosts;

/// Maximum requests per run, redirects included.
pub(crate) const REQUEST_LIMIT: u32 = 20;
/// Maximum request body, in bytes.
pub(crate) const BODY_LIMIT: usize = 256 * 1024;
/// Maximum number of headers per request.
const HEADER_COUNT: usize = 64;
/// Maximum length of a header with its name, in bytes.
const HEADER_LIMIT: usize = 8 * 1024;
/// Maximum length of a URL, in bytes.
const URL_LIMIT: usize = 16 * 1024;
/// Maximum length of a method, in bytes.
const METHOD_LIMIT: usize = 64;

/// Headers that describe a body and are dropped with it.
const BODY_HEADERS: &[&str] = &[
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-type",
];
/// Headers for one origin only. The standard names the first; browsers, not scripts, set the others.
const CREDENTIALS: &[&str] = &["authorization", "cookie", "proxy-authorization"];

/// The `redirect` mode of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redirect {
    Follow,
    Error,
    /// The redirect itself is the response.
    Manual,
}

impl Redirect {
    /// Parses the mode as scripts write it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "follow" => Some(Self::Follow),
            "error" => Some(Self::Error),
            "manual" => Some(Self::Manual),
            _ => None,
        }
    }
}

pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) redirect: Redirect,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Final URL, without fragment.
    pub(crate) url: String,
    /// Whether at least one redirect was followed.
    pub(crate) redirected: bool,
}

/// Why there is no response: the script's `fetch` rejects with it, and the run continues.
pub(crate) type Refused = HookFailure;

/// What all requests of a run share.
#[derive(Clone)]
pub(crate) struct Rules<'a> {
    /// Applies the operator's egress policy.
    pub(crate) fetch: &'a dyn Fetch,
    /// The hosts that the hook declares.
    pub(crate) hosts: &'a [String],
    /// What every hook may reach on this machine.
    pub(crate) local_endpoints: &'a [SocketAddr],
    pub(crate) deadline: Deadline,
    /// The wall clock at the start of the run.
    pub(crate) now: SystemTime,
    /// When the run started.
    pub(crate) started: Instant,
    pub(crate) budget: Arc<Budget>,
    /// Collects the requests for the record.
    pub(crate) exchanges: &'a Exchanges,
}

/// Requests that a run may still make.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(REQUEST_LIMIT))
    }
}

impl Budget {
    fn spend(&self) -> Result<(), Refused> {
        let less = |left: u32| left.checked_sub(1);
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(bad_request(format!(
                "more than {REQUEST_LIMIT} requests in one run, redirects included"
            ))),
        }
    }
}

/// Sends the request and follows its redirects.
pub(crate) async fn exchange(request: Request, rules: Rules<'_>) -> Result<Response, Refused> {
    let Request {
        mut method,
        url,
        mut headers,
        mut body,
        redirect,
    } = request;
    check_message(&method, &headers, &body)?;
    check_url_length(&url)?;
    let mut url = Url::parse(&url).map_err(|_| bad_request("the URL is not valid".to_owned()))?;
    headers.retain(|(name, value)| !(name.eq_ignore_ascii_case("host") && is_host_of(value, &url)));
    let mut redirected = false;
    loop {
        let outgoing = FetchRequest {
            method: method.clone(),
            url: url.to_string(),
            headers: headers.clone(),
            body: body.clone(),
            deadline: rules.deadline,
            now: rules.now + rules.started.elapsed(),
        };
        let reply = match hop(outgoing, &url, &rules).await {
            Err(refused) if redirected => return Err(after_redirect(&url, refused)),
            hop => hop?,
        };
        let target = match redirect {
            Redirect::Manual => None,
            _ => target(&reply, &url)?,
        };
        let Some(target) = target else {
            url.set_fragment(None);
            return Ok(Response {
                status: reply.status,
                headers: reply.headers,
                body: reply.body,
                url: url.into(),
                redirected,
            });
        };
        if redirect == Redirect::Error {
            return Err(HookFailure::new(
                FailureClass::Redirected,
                format!(
                    "the endpoint answered the redirect {}, and `redirect` is \"error\"",
                    reply.status
                ),
            ));
        }
        if becomes_get(reply.status, &method) {
            "GET".clone_into(&mut method);
            body.clear();
            without(&mut headers, BODY_HEADERS);
        }
        if target.origin() != url.origin() {
            without(&mut headers, CREDENTIALS);
        }
        url = target;
        redirected = true;
    }
}

/// Whether a `host` header repeats the URL's host. Code written for browsers sets it, since browsers drop it; the port
/// refuses any other value.
fn is_host_of(value: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let with_port = url
        .port_or_known_default()
        .map(|port| format!("{host}:{port}"));
    value.eq_ignore_ascii_case(host)
        || with_port.is_some_and(|with_port| value.eq_ignore_ascii_case(&with_port))
}

async fn hop(outgoing: FetchRequest, url: &Url, rules: &Rules<'_>) -> Result<FetchReply, Refused> {
    let number = rules.exchanges.begin(&outgoing);
    let reply = send(outgoing, url, rules).await;
    rules.exchanges.end(number, &reply);
    reply
}

async fn send(outgoing: FetchRequest, url: &Url, rules: &Rules<'_>) -> Result<FetchReply, Refused> {
    if let Some(reason) = hosts::refusal(rules.hosts, rules.local_endpoints, url) {
        return Err(HookFailure::new(FailureClass::EgressRefused, reason));
    }
    rules.budget.spend()?;
    rules.fetch.fetch(outgoing).await
}

/// The target of the redirect; `None` if the reply is not one.
fn target(reply: &FetchReply, from: &Url) -> Result<Option<Url>, Refused> {
    if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let mut locations = reply
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.as_str());
    // Without a location it is an ordinary response.
    let Some(location) = locations.next() else {
        return Ok(None);
    };
    let refuse = |why: &str| HookFailure::new(FailureClass::BadResponse, why.to_owned());
    if locations.any(|other| other != location) {
        return Err(refuse("the endpoint redirects to several places at once"));
    }
    // Header text holds one byte per character; the bytes are UTF-8.
    let bytes: Vec<u8> = location
        .chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect();
    let mut target = from
        .join(&String::from_utf8_lossy(&bytes))
        .map_err(|_| refuse("the endpoint redirects to something that is not a URL"))?;
    check_url_length(target.as_str())?;
    if target.fragment().is_none() {
        target.set_fragment(from.fragment());
    }
    Ok(Some(target))
}

/// POST becomes GET at 301 and 302, by tradition; at 303 every method but GET and HEAD does.
fn becomes_get(status: u16, method: &str) -> bool {
    match status {
        301 | 302 => method == "POST",
        303 => !matches!(method, "GET" | "HEAD"),
        _ => false,
    }
}

fn without(headers: &mut Vec<(String, String)>, names: &[&str]) {
    headers.retain(|(name, _)| !names.iter().any(|other| name.eq_ignore_ascii_case(other)));
}

fn after_redirect(url: &Url, refused: Refused) -> Refused {
    let origin = url.origin().ascii_serialization();
    HookFailure {
        message: format!("after a redirect to `{origin}`: {}", refused.message),
        ..refused
    }
}

fn check_message(method: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), Refused> {
    within("the method", method.len(), METHOD_LIMIT)?;
    if headers.len() > HEADER_COUNT {
        return Err(bad_request(format!(
            "the request has {} headers; at most {HEADER_COUNT} are sent",
            headers.len()
        )));
    }
    for (name, value) in headers {
        let shown: String = name.chars().take(64).collect();
        let length = name.len() + value.len();
        within(&format!("header `{shown}`"), length, HEADER_LIMIT)?;
    }
    within("the body", body.len(), BODY_LIMIT)
}

fn check_url_length(url: &str) -> Result<(), Refused> {
    within("the URL", url.len(), URL_LIMIT)
}

fn within(what: &str, length: usize, limit: usize) -> Result<(), Refused> {
    if length <= limit {
        return Ok(());
    }
    Err(bad_request(format!(
        "{what} has {length} bytes; at most {limit} are sent"
    )))
}

fn bad_request(message: String) -> Refused {
    HookFailure::new(FailureClass::BadRequest, message)
}
