//! The vendor that a plugin calls: it answers as a case says, or fails in one of the ways in which vendors do.

mod inside;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch, FetchReply, FetchRequest},
};
use hookpoint_operator::Served;
use hookpoint_plugins::Plugin;
use hookpoint_workspace::{Body, CaseReply, ExpectedRequest};

use super::bench::Outcome;

/// Who answers now.
#[derive(Default)]
pub(super) struct Vendor(Mutex<Option<Arc<dyn Fetch>>>);

impl Vendor {
    pub(super) fn is_now(&self, answering: Arc<dyn Fetch>) {
        *self.0.lock().unwrap() = Some(answering);
    }
}

#[async_trait]
impl Fetch for Vendor {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let answering = self.0.lock().unwrap().clone();
        answering.unwrap().fetch(request).await
    }
}

/// Valid JSON of another shape than the vendor's. From an endpoint that operators write themselves, it may mean
/// success.
const UNUSUAL: [&str; 2] = ["another shape", "a list"];

/// Whether a hook reported a failure of its vendor, temporary or permanent.
pub(super) fn is_of_vendor(failure: &str) -> bool {
    failure.contains("VendorError: ") || failure.contains("RetryableError: ")
}

/// An error inside a reply with a good status: one that lasts, and one that passes.
const INSIDE: &str = "an error inside";
const PASSING_INSIDE: &str = "a passing error inside";

/// The failures that are permanent, whatever the hook was about to do: the delivery of an asynchronous hook is given up.
const LASTING: [&str; 2] = ["403", INSIDE];

/// Failures after which the delivery of an asynchronous hook is retried.
const PASSING: [&str; 6] = [
    "429",
    "500",
    "no time",
    "no connection",
    TRICKLE,
    PASSING_INSIDE,
];

/// A body that arrives byte by byte, past the deadline.
const TRICKLE: &str = "a trickle";

/// Failures that take as long as the hook has. The sandbox may end a run first, on a busy machine.
pub(super) const SLOW: [&str; 2] = ["no time", TRICKLE];

/// What a vendor does in place of a case's reply.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    Reply(CaseReply),
    /// Sends its body byte by byte, past the deadline.
    Trickle,
}

impl Fault {
    /// Whether only the body shows it.
    pub(super) fn has_good_status(&self) -> bool {
        matches!(self, Self::Reply(CaseReply::Response { status, .. }) if *status < 300)
    }
}

/// The ways in which a vendor fails at a request of a plugin.
pub(super) fn faults(plugin: &Plugin, request: &ExpectedRequest) -> Vec<(&'static str, Fault)> {
    let inside = inside::replies(plugin, request).into_iter();
    let inside = inside.map(|reply| {
        let is_passing = inside::passes(&reply);
        (if is_passing { PASSING_INSIDE } else { INSIDE }, reply)
    });
    let replies = replies().into_iter().chain(inside);
    let replies = replies.map(|(failure, reply)| (failure, Fault::Reply(reply)));
    replies.chain([(TRICKLE, Fault::Trickle)]).collect()
}

/// What is wrong with a plugin's outcome after a failure: a defect, the outcome of a success, or the wrong decision
/// about a retry.
pub(super) fn wrong(outcome: &Outcome, good: &Outcome, failure: &str) -> Option<String> {
    let is_retried = outcome.next_attempt.is_some();
    let is_wrong = if is_retried {
        LASTING.contains(&failure)
    } else {
        PASSING.contains(&failure)
    };
    match &outcome.failure {
        Some(_) if outcome.is_asynchronous && is_wrong => {
            let verb = if is_retried { "is" } else { "is not" };
            Some(format!("the delivery {verb} retried"))
        }
        Some(text) if is_of_vendor(text) => None,
        Some(text) if SLOW.contains(&failure) && text.contains("script-timeout") => None,
        Some(text) => Some(format!("ended with {text}")),
        None if UNUSUAL.contains(&failure) => None,
        None if outcome.is_asynchronous => Some("took it for a success".to_owned()),
        None if outcome.response == good.response && !good.response.is_empty() => {
            Some("returned what a success returns".to_owned())
        }
        None => None,
    }
}

fn replies() -> Vec<(&'static str, CaseReply)> {
    let text = |status, headers: &[(&str, &str)], body: &str| CaseReply::Response {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: (!body.is_empty()).then(|| Body::Text(body.to_owned())),
    };
    let json = [("content-type", "application/json")];
    vec![
        (
            "401",
            text(401, &json, r#"{"error":"invalid_token","message":"no"}"#),
        ),
        (
            "403",
            text(
                403,
                &json,
                r#"{"error":{"code":"FORBIDDEN","message":"no"}}"#,
            ),
        ),
        (
            "404, a page",
            text(
                404,
                &[("content-type", "text/html")],
                "<!doctype html><title>Not found</title>",
            ),
        ),
        ("429", text(429, &[("retry-after", "3600")], "")),
        (
            "500",
            text(500, &[("content-type", "text/html")], "<h1>Oops</h1>"),
        ),
        (
            "a page",
            text(
                200,
                &[("content-type", "text/html")],
                "<!doctype html><title>Sign in</title>",
            ),
        ),
        ("nothing", text(200, &[], "")),
        ("half of it", text(200, &json, r#"{"results":[{"id":"5"#)),
        (
            "another shape",
            text(200, &json, r#"{"unexpected":[null]}"#),
        ),
        ("a list", text(200, &json, "[]")),
        ("no time", CaseReply::Failure(FailureClass::Timeout)),
        (
            "no connection",
            CaseReply::Failure(FailureClass::Connection),
        ),
    ]
}

/// How often hooks make a request again, at most.
const RETRIES: usize = 2;

/// The requests of a case, with another reply to one of them.
pub(super) fn failing(
    requests: &[ExpectedRequest],
    index: usize,
    reply: &CaseReply,
) -> Arc<Served> {
    let mut requests = requests.to_vec();
    requests[index].reply = reply.clone();
    // Retries find the same vendor.
    let again = vec![requests[index].clone(); RETRIES];
    requests.splice(index..index, again);
    Arc::new(Served::new(requests))
}

/// A URL that was requested, with the headers.
pub(super) type Made = (String, Vec<(String, String)>);

/// Answers a request to any path of a case's hosts as the case does, by method and host, and notes the URLs.
pub(super) struct Lenient {
    requests: Vec<ExpectedRequest>,
    /// URLs with headers.
    pub(super) made: Mutex<Vec<Made>>,
}

impl Lenient {
    pub(super) fn new(requests: &[ExpectedRequest]) -> Self {
        Self {
            requests: requests.to_vec(),
            made: Mutex::default(),
        }
    }
}

#[async_trait]
impl Fetch for Lenient {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let host = |url: &str| url.split('/').nth(2).map(str::to_owned);
        let of_method = || {
            self.requests
                .iter()
                .filter(|known| known.method == request.method)
        };
        let path = |url: &str| url.split('?').next().map(str::to_owned);
        let reply = of_method()
            .find(|known| path(&known.url) == path(&request.url))
            .or_else(|| of_method().find(|known| host(&known.url) == host(&request.url)))
            .map(|known| known.reply.clone());
        self.made
            .lock()
            .unwrap()
            .push((request.url.clone(), request.headers.clone()));
        let reply = reply.unwrap_or(CaseReply::Failure(FailureClass::Connection));
        let same = ExpectedRequest {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: Vec::new(),
            body: None,
            reply,
        };
        Served::new(vec![same]).fetch(request).await
    }
}
