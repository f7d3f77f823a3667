//! The HTTP exchanges of a hook that is tried: made for real and noted, or served from a case.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch, FetchReply, FetchRequest, WebhookCall, WebhookReply, WebhookRunner},
};
use hookpoint_workspace::{Body, CaseReply, ExpectedRequest};
use serde_json::Value;

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
    fn reply(&self, made: &Made<'_>) -> Result<FetchReply, HookFailure> {
        let mut state = self.state();
        let state = &mut *state;
        let mut nearly = None;
        for (index, request) in state.requests.iter().enumerate() {
            if request.method != made.method || request.url != made.url {
                continue;
            }
            if state.made[index] {
                nearly.get_or_insert_with(|| "the case lists it fewer times".to_owned());
                continue;
            }
            match difference(request, made) {
                None => {
                    state.made[index] = true;
                    return reply_of(&request.reply);
                }
                Some(difference) => nearly = Some(difference),
            }
        }
        let reason = nearly.unwrap_or_else(|| "the case does not list it".to_owned());
        let message = format!("{} {}: {reason}", made.method, made.url);
        state.problems.push(message.clone());
        Err(HookFailure::new(FailureClass::EgressRefused, message))
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

/// What differs between a request of the case and one that was made to its URL.
fn difference(expected: &ExpectedRequest, made: &Made<'_>) -> Option<String> {
    for (name, value) in &expected.headers {
        let found = made.headers.iter().find(|(known, _)| known == name);
        match found {
            None => return Some(format!("it has no header `{name}`")),
            Some((_, found)) if found != value => {
                return Some(format!("its header `{name}` has another value"));
            }
            Some(_) => {}
        }
    }
    let is_same = match &expected.body {
        None => true,
        Some(Body::Text(text)) => text.as_bytes() == made.body,
        Some(Body::Json(value)) => {
            serde_json::from_slice::<Value>(made.body).is_ok_and(|body| body == *value)
        }
    };
    (!is_same).then(|| {
        let text = String::from_utf8_lossy(made.body);
        let start: String = text.chars().take(200).collect();
        format!("its body is another one: {start}")
    })
}

/// What the hook gets.
fn reply_of(reply: &CaseReply) -> Result<FetchReply, HookFailure> {
    match reply {
        CaseReply::Failure(class) => Err(HookFailure::new(
            *class,
            "the case has this failure for the request",
        )),
        CaseReply::Response {
            status,
            headers,
            body,
        } => Ok(FetchReply {
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
        };
        self.reply(&made)
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
        };
        let FetchReply {
            status,
            headers,
            body,
        } = self.reply(&made)?;
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
