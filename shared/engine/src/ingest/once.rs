//! An event with an idempotency key: its hooks run once, its answer is given as often as it is asked for.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{
    application::Application,
    effects::Effects,
    engine::{Arrival, Engine, store_problem},
    error_code::ErrorCode,
    event::Event,
    idempotency::{self, Found, Hold, IdempotencyKey, PendingJob, PendingJobs, RecordedAnswer},
    job::{Job, NewJob},
    merge::apply_patch,
    pass::{Passed, queued_event},
    ports::StoreError,
    problem::Problem,
    report::PassReport,
    timestamp::{milliseconds, time_of},
};

/// The answer to an event that carries a key.
pub(super) enum Once {
    /// This request ran the hooks.
    Ran(PassReport),
    /// They had run before.
    Replayed {
        status: u16,
        body: Map<String, Value>,
    },
}

/// What a request is about.
pub(super) struct Keyed<'a> {
    pub(super) application: &'a Application,
    pub(super) event: &'a Event,
    pub(super) arrival: &'a Arrival,
    /// The body as it was posted.
    pub(super) body: &'a [u8],
    pub(super) key: String,
}

impl Engine {
    /// Runs an event unless it was run under its key before.
    pub(super) async fn run_once(&self, keyed: Keyed<'_>) -> Result<Once, Problem> {
        let Keyed {
            application,
            event,
            arrival,
            body,
            key,
        } = keyed;
        let keys = self.continuation_keys(arrival.now).await?;
        let key = IdempotencyKey {
            stage: event.stage(),
            application: application.id.clone(),
            key,
        };
        let store = self.idempotency.as_ref();
        let found = idempotency::take(store, key, body, &keys, arrival.now).await;
        match found.map_err(|error| store_problem(&error))? {
            Found::Fresh(hold) => self
                .run_held(hold, application, event, arrival)
                .await
                .map(Once::Ran),
            Found::Unfinished(hold, answer) => {
                let jobs = rebuilt(&answer, application, event, arrival);
                self.enqueue_held(hold, &jobs, arrival).await?;
                Ok(replayed(answer))
            }
            Found::Done(answer) => Ok(replayed(answer)),
            Found::InProgress(left) => Err(in_progress(left)),
            Found::Reused => {
                let code = ErrorCode::IdempotencyKeyReused;
                Err(Problem::new(code, "the key came before with another body"))
            }
        }
    }

    async fn run_held(
        &self,
        mut hold: Box<Hold<'_>>,
        application: &Application,
        event: &Event,
        arrival: &Arrival,
    ) -> Result<PassReport, Problem> {
        let passed = match self.run_for(application, event, arrival).await {
            Ok(passed) => passed,
            Err(problem) => {
                // Nothing is recorded of an event that was not answered; a retry runs it.
                note(hold.release().await, arrival);
                return Err(problem);
            }
        };
        match hold.record(answer_of(&passed)).await {
            Ok(true) => {}
            // It took so long that another request was let at it. That one queues and answers, or nothing would be the event's only run.
            Ok(false) => return Err(in_progress(Duration::ZERO)),
            // The caller has its answer all the same; what is lost is that a retry would get it too.
            Err(error) => note(Err(error), arrival),
        }
        self.enqueue_held(hold, &passed.jobs, arrival).await?;
        Ok(passed.report)
    }

    async fn enqueue_held(
        &self,
        mut hold: Box<Hold<'_>>,
        jobs: &[Job],
        arrival: &Arrival,
    ) -> Result<(), Problem> {
        if jobs.is_empty() {
            return Ok(());
        }
        if let Err(problem) = self.enqueue(jobs, arrival).await {
            note(hold.release().await, arrival);
            return Err(problem);
        }
        note(hold.finish().await.map(|_| ()), arrival);
        Ok(())
    }
}

fn in_progress(left: Duration) -> Problem {
    let detail = format!(
        "another request with this key is at work, for {} ms more at most",
        left.as_millis()
    );
    Problem::new(ErrorCode::IdempotencyKeyInProgress, detail)
}

fn note(result: Result<(), StoreError>, arrival: &Arrival) {
    if let Err(error) = result {
        tracing::error!(correlation.id = arrival.correlation_id, %error, "what became of the idempotency key is not recorded");
    }
}

fn replayed(answer: RecordedAnswer) -> Once {
    Once::Replayed {
        status: answer.status,
        body: answer.body,
    }
}

fn answer_of(passed: &Passed) -> RecordedAnswer {
    let pending = |job: &Job| PendingJob {
        delivery: job.delivery.clone(),
        target: job.target.clone(),
        binding: job.binding.clone(),
        hook: job.hook.clone(),
    };
    let first = passed.jobs.first();
    let jobs = passed.jobs.iter().map(pending).collect();
    RecordedAnswer {
        status: passed.report.status(),
        body: passed.report.response.clone(),
        pending: first.map(|first| PendingJobs {
            correlation_id: first.correlation_id.clone(),
            accepted: milliseconds(first.accepted()),
            jobs,
            redactions: passed.redactions.clone(),
        }),
    }
}

/// The jobs as they were, from what is recorded and the event that came again.
fn rebuilt(
    answer: &RecordedAnswer,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
) -> Vec<Job> {
    let Some(pending) = &answer.pending else {
        return Vec::new();
    };
    let effects = match answer.status {
        200 => Effects::from(answer.body.clone()),
        _ => Effects::default(),
    };
    let mut body = queued_event(event, &effects);
    if let Some(redactions) = &pending.redactions {
        let mut shown = Value::Object(body);
        apply_patch(&mut shown, redactions);
        // A patch that is an object leaves an object.
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
