//! The HTTP exchanges of a hook that is tried: made for real and noted, or served from a case.

mod difference;

use std::{
    borrow::Cow,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hookpoint_engine::{
    confidential::redaction::REDACTED,
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch, FetchReply, FetchRequest, WebhookCall, WebhookReply, WebhookRunner},
};
use hookpoint_workspace::{Body, CaseReply, ExpectedRequest};
use url::{Url, form_urlencoded::byte_serialize};

/// One exchange that a hook made.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The URL, as the hook gave it: it may hold secrets.
    pub url: String,
    /// The status, or how it failed.
    pub result: Result<u16, HookFailure>,
    /// How long it took.
    pub elapsed: Duration,
}

/// The exchanges so far.
#[derive(Debug, Default)]
pub struct ExchangeLog(Mutex<Vec<Exchange>>);

impl ExchangeLog {
    /// The exchanges, in the order in which they ended.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, exchange: Exchange) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(exchange);
    }
}

/// Makes the requests of scripts through another client, and notes them.
pub(crate) struct Noting {
    pub(crate) inner: Arc<dyn Fetch>,
    pub(crate) log: Arc<ExchangeLog>,
}

#[async_trait]
impl Fetch for Noting {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let started = Instant::now();
        let (method, url) = (request.method.clone(), request.url.clone());
        let reply = self.inner.fetch(request).await;
        self.log.note(Exchange {
            method,
            url,
            result: reply
                .as_ref()
                .map(|reply| reply.status)
                .map_err(Clone::clone),
            elapsed: started.elapsed(),
        });
        reply
    }
}

/// Serves the requests that a case lists, and refuses all others.
#[derive(Debug)]
pub struct Served {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<ExpectedRequest>,
    /// Which requests were made.
    made: Vec<bool>,
    problems: Vec<String>,
}

/// A request as a hook makes it.
struct Made<'a> {
    method: &'a str,
    url: &'a str,
    headers: Vec<(String, &'a str)>,
    body: &'a [u8],
    /// Whether the client adds headers of its own.
    is_webhook: bool,
}

/// What a hook gets for a request.
enum Outcome {
    Reply(FetchReply),
    Failure(HookFailure),
    /// Nothing, for as long as it waits.
    Silence,
}

impl Served {
    /// Serves each of these once, in any order.
    pub fn new(requests: Vec<ExpectedRequest>) -> Self {
        Self {
            state: Mutex::new(State::of(requests)),
        }
    }

    /// Serves these from now on, and forgets what was asked for before.
    pub fn serve(&self, requests: Vec<ExpectedRequest>) {
        *self.state() = State::of(requests);
    }

    /// Requests without a scripted reply, and scripted replies without a request.
    pub fn problems(&self) -> Vec<String> {
        let state = self.state();
        let unused = state
            .requests
            .iter()
            .zip(&state.made)
            .filter(|(_, made)| !**made)
            .map(|(request, _)| format!("{} {} was not requested", request.method, request.url));
        state.problems.iter().cloned().chain(unused).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply to a request: that of the first one that fits and was not made yet.
    fn reply(&self, made: &Made<'_>) -> Outcome {
        let mut state = self.state();
        let state = &mut *state;
        let mut nearly = None;
        let url = comparable_url(made.url);
        for (index, request) in state.requests.iter().enumerate() {
            if request.method != made.method || comparable_url(&request.url) != url {
                continue;
            }
            if state.made[index] {
                nearly.get_or_insert_with(|| "the case lists it fewer times".to_owned());
                continue;
            }
            match difference::between(request, made) {
                None => {
                    state.made[index] = true;
                    return reply_of(&request.reply);
                }
                Some(difference) => nearly = Some(difference),
            }
        }
        let reason = nearly.unwrap_or_else(|| "the case does not list it".to_owned());
        let message = format!("{} {}: {reason}", made.method, made.url);
        // The rest would be said twice.
        let first = message.lines().next().unwrap_or_default().to_owned();
        state.problems.push(message);
        Outcome::Failure(HookFailure::new(FailureClass::EgressRefused, first))
    }
}

impl State {
    fn of(requests: Vec<ExpectedRequest>) -> Self {
        Self {
            made: vec![false; requests.len()],
            problems: Vec::new(),
            requests,
        }
    }
}

/// A URL as it is sent, with placeholders of secrets as records have them.
fn comparable_url(url: &str) -> String {
    let sent = Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
    with_placeholders(&sent).into_owned()
}

/// A text with placeholders of secrets as records have them, where a hook encoded one.
fn with_placeholders(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let encoded: String = byte_serialize(REDACTED.as_bytes()).collect();
    let text = text.replace(&encoded, REDACTED);
    Cow::Owned(text.replace(&encoded.to_lowercase(), REDACTED))
}

/// What the hook gets.
fn reply_of(reply: &CaseReply) -> Outcome {
    match reply {
        CaseReply::Failure(class) => Outcome::Failure(HookFailure::new(
            *class,
            "the case has this failure for the request",
        )),
        CaseReply::Unanswered => Outcome::Silence,
        CaseReply::Response {
            status,
            headers,
            body,
        } => Outcome::Reply(FetchReply {
            status: *status,
            headers: with_content_type(headers, body.as_ref()),
            body: body.as_ref().map(Body::bytes).unwrap_or_default(),
        }),
    }
}

#[async_trait]
impl Fetch for Served {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let made = Made {
            method: &request.method,
            url: &request.url,
            headers: lower(
                request
                    .headers
                    .iter()
                    .map(|(name, value)| (name, value.as_str())),
            ),
            body: &request.body,
            is_webhook: false,
        };
        match self.reply(&made) {
            Outcome::Reply(reply) => Ok(reply),
            Outcome::Failure(failure) => Err(failure),
            // The script gives up, or its time is over.
            Outcome::Silence => pending().await,
        }
    }
}

#[async_trait]
impl WebhookRunner for Served {
    async fn post(&self, call: WebhookCall<'_>) -> Result<WebhookReply, HookFailure> {
        let made = Made {
            method: "POST",
            url: call.url.expose(),
            headers: lower(
                call.headers
                    .iter()
                    .map(|(name, value)| (name, value.expose())),
            ),
            body: &call.body,
            is_webhook: true,
        };
        let FetchReply {
            status,
            headers,
            body,
        } = match self.reply(&made) {
            Outcome::Reply(reply) => reply,
            Outcome::Failure(failure) => return Err(failure),
            Outcome::Silence => {
                let message = "the case leaves the request unanswered";
                return Err(HookFailure::new(FailureClass::Timeout, message));
            }
        };
        let header = |name: &str| {
            let found = headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        Ok(WebhookReply {
            status,
            retry_after: header("retry-after"),
            content_type: header("content-type"),
            content_encoding: header("content-encoding"),
            body,
        })
    }
}

/// Headers by their names in lower case.
fn lower<'a>(headers: impl Iterator<Item = (&'a String, &'a str)>) -> Vec<(String, &'a str)> {
    headers
        .map(|(name, value)| (name.to_lowercase(), value))
        .collect()
}

/// A body of JSON has its type, unless the case names another.
fn with_content_type(headers: &[(String, String)], body: Option<&Body>) -> Vec<(String, String)> {
    let mut headers = headers.to_vec();
    let is_named = headers.iter().any(|(name, _)| name == "content-type");
    if matches!(body, Some(Body::Json(_))) && !is_named {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    headers
}
