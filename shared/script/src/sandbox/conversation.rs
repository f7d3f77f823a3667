//! Drives one run: calls the guest, waits for what it asked for, calls it again.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{AbortHandle, BoxFuture, abortable},
    stream::FuturesUnordered,
};
use hookpoint_engine::{
    deadline::Deadline,
    hook::{
        Hook, ScriptHook,
        exchange::Exchanges,
        outcome::{FailureClass, HookFailure},
    },
    identifier::DeliveryId,
    ports::ScriptCall,
    stages::{Effect, Family},
};
use hookpoint_script_protocol::{
    Events, FETCH_LIMIT, FailureKind, Fetched, HookFacts, RunRequest, Waiting, encode,
};
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::{
    Inner,
    steps::{Step, begin, learn, resume},
    unavailable,
};
use crate::{
    fetching::{self, Budget, Redirect, Request, Response, Rules},
    machine::{Clocks, Log, Trap},
    run_end::RunEnd,
};

/// Request number, requested URL, and result.
type Exchanged = (u32, String, Result<Response, HookFailure>);

pub(super) struct Conversation<'a> {
    inner: &'a Arc<Inner>,
    hook: &'a Hook,
    message: Vec<u8>,
    clocks: Clocks,
    deadline: Deadline,
    now: SystemTime,
    hosts: &'a [String],
    exchanges: &'a Exchanges,
    started: Instant,
    fetches: FuturesUnordered<BoxFuture<'a, Option<Exchanged>>>,
    /// The requests under way, each with what it asks for.
    aborts: BTreeMap<u32, (AbortHandle, String)>,
    last_fetch: u32,
    budget: Arc<Budget>,
    /// Refused requests, logged even if the script swallows the errors.
    /// Requests that were refused, and why.
    refusals: Vec<(String, String)>,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(
        inner: &'a Arc<Inner>,
        call: &ScriptCall<'a>,
        script: &'a ScriptHook,
    ) -> Self {
        let clocks = Clocks::ending(call.deadline.instant().into_std());
        Self {
            inner,
            hook: call.hook,
            message: run_message(call),
            clocks: if inner.is_clock_stopped {
                clocks.stopped(call.now)
            } else {
                clocks.showing(call.now)
            },
            deadline: call.deadline,
            now: call.now,
            hosts: &script.hosts,
            exchanges: call.exchanges,
            started: Instant::now(),
            fetches: FuturesUnordered::new(),
            aborts: BTreeMap::new(),
            last_fetch: 0,
            budget: Arc::default(),
            refusals: Vec::new(),
        }
    }

    /// # Errors
    /// The sandbox is unavailable.
    pub(super) async fn run(mut self) -> Result<(RunEnd, Log), HookFailure> {
        let threads = self.inner.threads()?;
        let (inner, hook, clocks) = (Arc::clone(self.inner), self.hook.clone(), self.clocks);
        let message = std::mem::take(&mut self.message);
        let first = threads.run(move || {
            let (step, left) = match inner.machine() {
                Ok(machine) => {
                    let (step, left) = begin(&inner, &machine, &hook, &message, clocks);
                    (Ok(step), left)
                }
                Err(message) => (Err(message), None),
            };
            (step, move || learn(&inner, &hook, left))
        });
        let mut step = match first.await {
            Ok(step) => step.map_err(|message| unavailable(&message))?,
            Err(trap) => return Ok((trap.into(), Log::default())),
        };
        loop {
            let (instance, waiting, body) = match step {
                Step::Ended(mut end, mut log) => {
                    self.name_requests(&mut end);
                    for (request, why) in &self.refusals {
                        // Unless the failure says it.
                        if !matches!(&end, RunEnd::Failure(failure) if failure.message.contains(why))
                        {
                            log.push(format!("warn: {request} was refused: {why}").as_bytes());
                        }
                    }
                    return Ok((end, log));
                }
                Step::Waiting(instance, waiting, body) => (instance, waiting, body),
            };
            // A guest that waits again and again runs too briefly to be interrupted.
            if Instant::now() >= Instant::from_std(self.clocks.end) {
                let mut instance = instance;
                return Ok((Trap::OutOfTime.into(), instance.take_log()));
            }
            let timer = waiting.timer.map(Duration::from_nanos);
            if let Err(message) = self.begin_requests(waiting, &body) {
                return Ok((Trap::Broken(message).into(), Log::default()));
            }
            let message = self.wait(timer).await;
            let (inner, hook) = (Arc::clone(self.inner), self.hook.clone());
            let next = threads.run(move || {
                let (step, left) = resume(instance, &message);
                (step, move || learn(&inner, &hook, left))
            });
            step = match next.await {
                Ok(step) => step,
                Err(trap) => return Ok((trap.into(), Log::default())),
            };
        }
    }

    /// Starts the guest's new requests and aborts those it no longer wants.
    pub(super) fn begin_requests(
        &mut self,
        waiting: Waiting,
        mut bodies: &[u8],
    ) -> Result<(), String> {
        for order in waiting.requests {
            // The guest counts its requests from one, which also bounds them.
            if order.id != self.last_fetch + 1 || order.id > FETCH_LIMIT {
                return Err(format!(
                    "request number {} after number {}",
                    order.id, self.last_fetch
                ));
            }
            self.last_fetch = order.id;
            let (body, rest) = bodies
                .split_at_checked(order.body_length)
                .ok_or("a request whose body is missing")?;
            bodies = rest;
            let request = Request {
                redirect: Redirect::parse(&order.redirect).ok_or("an unknown redirect mode")?,
                method: order.method,
                url: order.url,
                headers: order.headers,
                body: body.to_vec(),
            };
            let rules = Rules {
                fetch: self.inner.fetch.as_ref(),
                hosts: self.hosts,
                local_endpoints: &self.inner.local_endpoints,
                deadline: self.deadline,
                now: self.now,
                started: self.started,
                budget: Arc::clone(&self.budget),
                exchanges: self.exchanges,
            };
            let (id, url) = (order.id, request.url.clone());
            let asked = format!("{} {}", request.method, without_query(&url));
            let (exchange, abort) = abortable(fetching::exchange(request, rules));
            self.aborts.insert(id, (abort, asked));
            self.fetches.push(
                exchange
                    .map(move |response| response.ok().map(|response| (id, url, response)))
                    .boxed(),
            );
        }
        for id in waiting.aborted {
            if let Some((abort, _)) = self.aborts.remove(&id) {
                abort.abort();
            }
        }
        Ok(())
    }

    /// Says which requests a script waited for when its time was over.
    fn name_requests(&self, end: &mut RunEnd) {
        let asked: Vec<_> = self
            .aborts
            .values()
            .map(|(_, asked)| asked.as_str())
            .collect();
        if let RunEnd::Failure(failure) = end
            && failure.kind == FailureKind::Timeout
            && !asked.is_empty()
        {
            failure.message.push_str(": ");
            failure.message.push_str(&asked.join(", "));
        }
    }

    /// The requests that have ended by now.
    #[cfg(feature = "testing")]
    pub(super) fn ended(&mut self) -> Vec<Fetched> {
        let (mut events, mut bodies) = (Events::default(), Vec::new());
        while let Some(Some(exchanged)) = self.fetches.next().now_or_never() {
            self.note(exchanged, &mut events, &mut bodies);
        }
        events.fetched
    }

    /// Waits for a response, the timer or the end of the run; returns the next message to the guest.
    async fn wait(&mut self, timer: Option<Duration>) -> Vec<u8> {
        let report = Instant::from_std(self.clocks.report);
        let until = timer.map_or(report, |timer| report.min(Instant::now() + timer));
        let mut events = Events::default();
        let mut bodies = Vec::new();
        tokio::select! {
            biased;
            Some(exchanged) = self.fetches.next(), if !self.fetches.is_empty() => {
                self.note(exchanged, &mut events, &mut bodies);
                // Include responses that are ready too.
                while let Some(Some(exchanged)) = self.fetches.next().now_or_never() {
                    self.note(exchanged, &mut events, &mut bodies);
                }
            }
            () = sleep_until(until) => {}
        }
        events.time_is_up = Instant::now() >= report;
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        encode(&events, &bodies)
    }

    fn note(
        &mut self,
        exchanged: Option<Exchanged>,
        events: &mut Events,
        bodies: &mut Vec<Vec<u8>>,
    ) {
        // The request was aborted.
        let Some((id, url, response)) = exchanged else {
            return;
        };
        self.aborts.remove(&id);
        events.fetched.push(match response {
            Ok(response) => {
                let body_length = response.body.len();
                bodies.push(response.body);
                Fetched {
                    id,
                    status: response.status,
                    url: response.url,
                    redirected: response.redirected,
                    headers: response.headers,
                    body_length,
                    error: None,
                }
            }
            Err(failure) => {
                if failure.class == FailureClass::EgressRefused {
                    let request = format!("the request to {}", without_query(&url));
                    self.refusals.push((request, failure.message.clone()));
                }
                Fetched {
                    id,
                    status: 0,
                    url: String::new(),
                    redirected: false,
                    headers: Vec::new(),
                    body_length: 0,
                    error: Some((
                        failure.class.as_str().to_owned(),
                        with_host(&url, failure.message),
                    )),
                }
            }
        });
    }
}

/// A URL without the part that is most likely to be long or confidential.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A failure with the host that was asked, unless it says that already.
fn with_host(url: &str, message: String) -> String {
    let url = Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    });
    let is_named = |host: &str| message.contains(host.split(':').next().unwrap_or(host));
    match host {
        Some(host) if !is_named(&host) => format!("`{host}`: {message}"),
        _ => message,
    }
}

fn run_message(call: &ScriptCall<'_>) -> Vec<u8> {
    let definition = call.stage.definition();
    let stage = call.stage.to_string();
    let request = RunRequest {
        hook: HookFacts {
            name: call.hook.name.as_str(),
            version: call.hook.version,
            stage: &stage,
            correlation_id: call.correlation_id,
            delivery_id: call.delivery.map(DeliveryId::as_str),
            variables: call.variables.clone(),
            secrets: call
                .secrets
                .iter()
                .map(|(name, secret)| (name.as_str(), secret.expose()))
                .collect(),
        },
        event: call.event,
        is_conversation: definition.family == Family::Conversation,
        may_deny: call.stage.effects().contains(Effect::Deny),
    };
    // Values of JSON always serialise.
    serde_json::to_vec(&request).unwrap_or_default()
}
