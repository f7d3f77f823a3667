//! An event with an idempotency key: its hooks run once, its answer is given as often as it is asked for.

use serde_json::{Map, Value};

use crate::{
    application::Application,
    effects::Effects,
    engine::{Arrival, Engine, store_problem},
    error_code::ErrorCode,
    event::Event,
    idempotency::{self, Found, Hold, IdempotencyKey, PendingJob, PendingJobs, RecordedAnswer},
    job::{Job, NewJob},
    pass::{Passed, queued_event},
    ports::StoreError,
    problem::Problem,
    report::PassReport,
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
            Found::InProgress(left) => {
                let code = ErrorCode::IdempotencyKeyInProgress;
                let detail = format!(
                    "another request with this key is at work, for {} ms more at most",
                    left.as_millis()
                );
                Err(Problem::new(code, detail))
            }
            Found::Reused => {
                let code = ErrorCode::IdempotencyKeyReused;
                Err(Problem::new(code, "the key came before with another body"))
            }
        }
    }

    async fn run_held(
        &self,
        mut hold: Hold<'_>,
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
        let recorded = hold.record(answer_of(&passed)).await;
        // The caller has its answer either way; what is lost is that a retry would get the same.
        note(recorded.map(|_| ()), arrival);
        self.enqueue_held(hold, &passed.jobs, arrival).await?;
        Ok(passed.report)
    }

    async fn enqueue_held(
        &self,
        mut hold: Hold<'_>,
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
    let jobs: Vec<_> = passed.jobs.iter().map(pending).collect();
    RecordedAnswer {
        status: passed.report.status(),
        body: passed.report.response.clone(),
        pending: (!jobs.is_empty()).then(|| PendingJobs {
            jobs,
            effects: passed.shown_effects.clone().map(Map::from),
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
    let effects = match &pending.effects {
        Some(effects) => Effects::from(effects.clone()),
        None if answer.status == 200 => Effects::from(answer.body.clone()),
        None => Effects::default(),
    };
    let body = queued_event(event, &effects);
    let job = |pending: &PendingJob| {
        Job::new(NewJob {
            delivery: pending.delivery.clone(),
            application: &application.id,
            stage: event.stage(),
            target: &pending.target,
            binding: &pending.binding,
            hook: &pending.hook,
            correlation_id: &arrival.correlation_id,
            traceparent: arrival.traceparent.as_deref(),
            accepted: arrival.now,
            event: body.clone(),
        })
    };
    pending.jobs.iter().map(job).collect()
}
