//! Events with an idempotency key or a continuation token: the hooks run once, and the response is replayed.

use std::{iter, pin::pin, time::Duration};

use futures::future::{Either, ready, select};
use serde_json::{Map, Value};
use tokio::time::timeout_at;

use crate::{
    application::Application,
    continuation::Continuation,
    delivery::job::{Job, NewJob},
    engine::Engine,
    event::{
        Event,
        arrival::Arrival,
        error_code::ErrorCode,
        idempotency::{
            self, Found, Hold, IdempotencyKey, PendingJob, PendingJobs, RecordedResponse,
        },
        problem::Problem,
    },
    hook::effects::Effects,
    pass::{self, Passed, deadline_of, merge::apply_patch, queued_event, redactions, too_late},
    ports::{ContinuationKeys, StoreError},
    record::report::PassReport,
    timestamp::{milliseconds, time_of},
};

/// The outcome of an event that carries a key.
pub(super) enum Once {
    /// This request ran the hooks.
    Ran(PassReport),
    /// The hooks had already run.
    Replayed {
        status: u16,
        body: Map<String, Value>,
    },
}

/// A request with a key or a token.
pub(super) struct Keyed<'a> {
    pub(super) application: &'a Application,
    pub(super) event: &'a Event,
    pub(super) arrival: &'a Arrival,
    /// The body as it was posted.
    pub(super) body: &'a [u8],
    pub(super) key: Option<String>,
}

/// The holds on an event's idempotency key, its continuation token, or both.
#[derive(Default)]
struct Claim<'a>(Vec<Hold<'a>>);

/// What became of an attempt to take the key and token of a request.
enum Claimed<'a> {
    /// The hooks may run.
    Free(Claim<'a>),
    /// The hooks have run already.
    Over(Once),
}

impl Engine {
    /// Runs an event unless it already ran under its key or token. What the hooks need is read meanwhile.
    pub(super) async fn run_once(&self, keyed: Keyed<'_>) -> Result<Once, Problem> {
        let Keyed {
            application,
            event,
            arrival,
            ..
        } = keyed;
        let (deadline, now) = (deadline_of(arrival).instant(), arrival.now);
        // Known before the rest: a token may name a newer key than those in the cache, and both that follow open it.
        let keys = timeout_at(deadline, async {
            match event.continuation() {
                Some(token) => self.keys_for_token(token, now).await,
                None => self.continuation_keys(now).await,
            }
        });
        let keys = keys.await.unwrap_or_else(|_| Err(too_late()))?;
        let claiming = pin!(timeout_at(deadline, self.claim(&keyed, &keys)));
        let loading = pin!(self.load_pass(application, event, arrival));
        let (claimed, loaded) = match select(claiming, loading).await {
            Either::Left((claimed, loading)) => (claimed, Either::Left(loading)),
            Either::Right((loaded, claiming)) => (claiming.await, Either::Right(ready(loaded))),
        };
        let mut claim = match claimed.unwrap_or_else(|_| Err(too_late()))? {
            Claimed::Free(claim) => claim,
            Claimed::Over(once) => return Ok(once),
        };
        let passed = match loaded.await {
            Ok(loaded) => pass::run(self, application, event, arrival, loaded).await,
            Err(problem) => Err(problem),
        };
        let passed = match passed {
            Ok(passed) => passed,
            Err(problem) => {
                // An event without a response is not recorded; a retry runs it.
                claim.release(arrival).await;
                return Err(problem);
            }
        };
        claim.record(recorded(&passed, event), arrival).await?;
        self.enqueue_claimed(claim, &passed.jobs, arrival).await?;
        Ok(Once::Ran(passed.report))
    }

    /// Takes the key and the token of a request.
    async fn claim<'a>(
        &'a self,
        keyed: &Keyed<'_>,
        keys: &ContinuationKeys,
    ) -> Result<Claimed<'a>, Problem> {
        let Keyed {
            application,
            event,
            arrival,
            body,
            ref key,
        } = *keyed;
        let (stage, now) = (event.stage(), arrival.now);
        let mut names = Vec::with_capacity(2);
        names.extend(key.clone().map(|key| IdempotencyKey {
            stage,
            application: application.id.clone(),
            key,
        }));
        let mut token_index = None;
        if let Some(token) = event.continuation() {
            // A foreign token, or one of another event, is rejected before anything is stored under its name.
            Continuation::open(token, &application.id, event, keys, now)?;
            let id = application.id.clone();
            token_index = Some(names.len());
            names.push(IdempotencyKey::of_continuation(stage, id, token));
        }
        let store = self.idempotency.as_ref();
        let mut claim = Claim::default();
        for (index, name) in names.into_iter().enumerate() {
            let is_token = Some(index) == token_index;
            let found = match idempotency::take(store, name, body, keys, now).await {
                Ok(found) => found,
                Err(error) => {
                    claim.release(arrival).await;
                    return Err(error.into());
                }
            };
            match found {
                Found::Fresh(hold) => claim.0.push(*hold),
                Found::Unfinished(hold, response) => {
                    claim.0.push(*hold);
                    let jobs = rebuilt(&response, application, event, arrival);
                    claim.record(response.clone(), arrival).await?;
                    self.enqueue_claimed(claim, &jobs, arrival).await?;
                    return Ok(Claimed::Over(replayed(response)));
                }
                Found::Done(response) => {
                    claim.record(response.clone(), arrival).await?;
                    return Ok(Claimed::Over(replayed(response)));
                }
                Found::InProgress(left) => {
                    claim.release(arrival).await;
                    return Err(in_progress(is_token, left));
                }
                Found::Reused(held) => {
                    claim.release(arrival).await;
                    return Err(reused(is_token, held));
                }
            }
        }
        Ok(Claimed::Free(claim))
    }

    async fn enqueue_claimed(
        &self,
        mut claim: Claim<'_>,
        jobs: &[Job],
        arrival: &Arrival,
    ) -> Result<(), Problem> {
        if jobs.is_empty() {
            return Ok(());
        }
        if let Err(problem) = self.enqueue(jobs, arrival).await {
            claim.release(arrival).await;
            return Err(problem);
        }
        for hold in &mut claim.0 {
            note(hold.finish().await.map(|_| ()), arrival);
        }
        Ok(())
    }
}

impl Claim<'_> {
    /// Records the response. Fails when another request has taken over: that request then queues the deliveries and responds, since its
    /// run must be the only one to count.
    async fn record(
        &mut self,
        response: RecordedResponse,
        arrival: &Arrival,
    ) -> Result<(), Problem> {
        let responses = iter::repeat_n(response, self.0.len());
        for (hold, response) in self.0.iter_mut().zip(responses) {
            match hold.record(response).await {
                Ok(true) => {}
                Ok(false) => return Err(in_progress(false, Duration::ZERO)),
                // The response is sent anyway and recorded later.
                Err(error) => note(Err(error), arrival),
            }
        }
        Ok(())
    }

    /// Releases every hold.
    async fn release(self, arrival: &Arrival) {
        for hold in self.0 {
            note(hold.release().await, arrival);
        }
    }
}

fn in_progress(is_token: bool, left: Duration) -> Problem {
    let (code, name) = if is_token {
        (ErrorCode::ContinuationInProgress, "continuation")
    } else {
        (ErrorCode::IdempotencyKeyInProgress, "key")
    };
    let milliseconds = left.as_millis();
    let detail = format!(
        "another request with this {name} is in progress, for at most {milliseconds} ms more"
    );
    Problem::new(code, detail)
}

/// The problem for a key or token used with another body, which got a response or is held for at most `held`.
fn reused(is_token: bool, held: Option<Duration>) -> Problem {
    match held {
        // Its request may fail, which frees the token.
        Some(left) if is_token => in_progress(true, left),
        _ if is_token => Problem::new(
            ErrorCode::ContinuationUsed,
            "the continuation was used before with a different request",
        ),
        _ => Problem::new(
            ErrorCode::IdempotencyKeyReused,
            "the key was used before with another body",
        ),
    }
}

fn note(result: Result<(), StoreError>, arrival: &Arrival) {
    if let Err(error) = result {
        tracing::error!(correlation.id = arrival.correlation_id, %error, "the outcome of the event is not recorded under its key yet");
    }
}

fn replayed(response: RecordedResponse) -> Once {
    Once::Replayed {
        status: response.status,
        body: response.body,
    }
}

fn recorded(passed: &Passed, event: &Event) -> RecordedResponse {
    let pending = |job: &Job| PendingJob {
        delivery: job.delivery.clone(),
        target: job.target.clone(),
        binding: job.binding.clone(),
        hook: job.hook.clone(),
    };
    let (status, body) = (passed.report.status(), &passed.report.response);
    // All jobs have the same event.
    let pending = passed.jobs.first().map(|first| PendingJobs {
        correlation_id: first.correlation_id.clone(),
        accepted: milliseconds(first.accepted()),
        jobs: passed.jobs.iter().map(pending).collect(),
        redactions: redactions(&before_redaction(event, status, body), &first.event),
    });
    RecordedResponse {
        status,
        body: body.clone(),
        pending,
    }
}

/// The event with this response applied, as for the queue but not yet redacted.
fn before_redaction(event: &Event, status: u16, body: &Map<String, Value>) -> Map<String, Value> {
    let effects = match status {
        200 => Effects::from(body.clone()),
        _ => Effects::default(),
    };
    queued_event(event, &effects)
}

/// Rebuilds the jobs of the first request from the record and the repeated event.
fn rebuilt(
    response: &RecordedResponse,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
) -> Vec<Job> {
    let Some(pending) = &response.pending else {
        return Vec::new();
    };
    let mut body = before_redaction(event, response.status, &response.body);
    if let Some(redactions) = &pending.redactions {
        let mut shown = Value::Object(body);
        apply_patch(&mut shown, redactions);
        // A patch that is an object produces an object.
        body = match shown {
            Value::Object(members) => members,
            _ => Map::new(),
        };
    }
    let (correlation_id, accepted) = (&pending.correlation_id, pending.accepted);
    let job = |pending: &PendingJob| {
        Job::new(NewJob {
            delivery: pending.delivery.clone(),
            application: &application.id,
            stage: event.stage(),
            target: &pending.target,
            binding: &pending.binding,
            hook: &pending.hook,
            correlation_id,
            traceparent: arrival.traceparent.as_deref(),
            accepted: time_of(accepted),
            event: body.clone(),
        })
    };
    pending.jobs.iter().map(job).collect()
}
