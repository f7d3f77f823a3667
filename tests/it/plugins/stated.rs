//! A case states all that its hook sends, because the fake vendor checks only what is stated.

mod signatures;

use std::sync::Arc;

use async_trait::async_trait;
use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch, FetchReply, FetchRequest},
};
use hookpoint_operator::Served;
use hookpoint_workspace::{Case, ExpectedRequest};
use tokio::sync::Mutex;

use super::{
    bench::Bench,
    library::{runtime, with_every_plugin, workspace},
    successes::cases,
};

/// The header that `call` adds to every request. A case states it if the vendor requires it, or if there is no other one.
const USUAL: &str = "accept";
/// A header that differs with each delivery or event.
const UNIQUE: &str = "idempotency-key";
/// The headers that no case can state, of all requests with such a part in their URL.
const UNSTATED: [(&str, &str); 7] = [
    (".amazonaws.com/", "authorization"),
    ("//proofs.example.com/", "x-hookpoint-signature"),
    ("//proofs.example.com/", UNIQUE),
    ("//consents.example.com/", UNIQUE),
    ("//logs.example.com/", UNIQUE),
    ("/v1/state", UNIQUE),
    ("/api/v2/tickets.json", UNIQUE),
];
/// Maximum size of a body that a case has to state, in bytes.
const LONGEST: usize = 4_096;

/// Serves a case, and notes what its requests do not state.
struct Stating(Case, Mutex<State>);

struct State {
    /// Each request, until it is made.
    left: Vec<(ExpectedRequest, Served)>,
    problems: Vec<String>,
}

impl Stating {
    fn new(case: &Case) -> Self {
        let requests = case.requests.iter();
        let left = requests.map(|request| (request.clone(), Served::new(vec![request.clone()])));
        let state = State {
            left: left.collect(),
            problems: Vec::new(),
        };
        Self(case.clone(), Mutex::new(state))
    }

    /// What is not stated, requests that are not listed, and those that were not made.
    async fn problems(&self) -> Vec<String> {
        let state = self.1.lock().await;
        let missing = state
            .left
            .iter()
            .map(|(request, _)| format!("{} {} is not made", request.method, request.url));
        state.problems.iter().cloned().chain(missing).collect()
    }
}

#[async_trait]
impl Fetch for Stating {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let mut state = self.1.lock().await;
        for index in 0..state.left.len() {
            let (expected, served) = &state.left[index];
            let reply = served.fetch(copy(&request)).await;
            let is_other = |failure: &HookFailure| failure.class == FailureClass::EgressRefused;
            if !reply.as_ref().is_err_and(is_other) {
                let unstated = unstated(&self.0, expected, &request);
                state.problems.extend(unstated);
                state.left.remove(index);
                return reply;
            }
        }
        let message = format!("{} {} is not listed", request.method, request.url);
        state.problems.push(message.clone());
        Err(HookFailure::new(FailureClass::EgressRefused, message))
    }
}

fn copy(request: &FetchRequest) -> FetchRequest {
    FetchRequest {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        deadline: request.deadline,
        now: request.now,
    }
}

/// The headers and the body that a request has and its case does not state.
fn unstated(case: &Case, expected: &ExpectedRequest, request: &FetchRequest) -> Vec<String> {
    let stated = &expected.headers;
    let place = format!("{} {}", request.method, request.url);
    let mut unstated = Vec::new();
    for (name, value) in &request.headers {
        let name = name.to_lowercase();
        let is_left_out = name == UNIQUE || name == USUAL && !stated.is_empty();
        if is_left_out || stated.iter().any(|(known, _)| *known == name) {
            continue;
        }
        match signatures::is_right(case, request, &name, value) {
            Some(true) => {}
            Some(false) => unstated.push(format!("{place} is wrongly signed in `{name}`")),
            None => unstated.push(format!("{place} does not state the header `{name}`")),
        }
    }
    let has = |wanted: &str| {
        let mut names = request.headers.iter().map(|(name, _)| name);
        names.any(|name| name.eq_ignore_ascii_case(wanted))
    };
    for (part, name) in UNSTATED {
        if expected.url.contains(part) && !has(name) {
            unstated.push(format!("{place} lacks the header `{name}`"));
        }
    }
    if expected.body.is_none() && (1..=LONGEST).contains(&request.body.len()) {
        unstated.push(format!("{place} does not state its body"));
    }
    unstated
}

#[test]
fn every_case_states_the_headers_and_bodies_that_its_hook_sends() {
    let runtime = runtime();
    with_every_plugin(|plugin| {
        let workspace = workspace(plugin);
        runtime.block_on(async {
            let bench = Bench::of(workspace).await;
            let mut problems = Vec::new();
            for (path, case) in &cases(plugin) {
                let event = case.event_at(bench.stage(case));
                let vendor = Arc::new(Stating::new(case));
                bench.alone(case, &event, vendor.clone()).await;
                let found = vendor.problems().await;
                problems.extend(found.iter().map(|text| format!("{path}: {text}")));
            }
            problems
        })
    });
}
