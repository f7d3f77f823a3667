//! Runs one event and the first attempt at each of its deliveries, without a server.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    Arrival, Engine,
    delivery::job::Job,
    event::{Event, ingest::new_correlation_id, problem::Problem},
    identifier::{ApplicationId, DeliveryId},
    ports::{RunStore as _, Settlement},
    record::{AfterAttempt, RunRecord, report::PassReport, run_log::RunLog},
};
use hookpoint_stages::Stage;
use tokio::{task::JoinSet, time::Instant};

use crate::{
    app::{App, Current},
    queue::Collected,
    records::Records,
};

/// An event to run.
#[derive(Debug, Clone, Copy)]
pub struct Trigger<'a> {
    /// The application that posts it.
    pub application: &'a ApplicationId,
    /// The stage it is posted for.
    pub stage: Stage,
    /// The body, as posted.
    pub body: &'a [u8],
}

/// The result of an event.
#[derive(Debug)]
pub struct Triggered {
    /// The correlation id the hooks saw.
    pub correlation_id: String,
    /// Time to the response.
    pub elapsed: Duration,
    /// The report, or the problem that a caller would have received.
    pub outcome: Result<PassReport, Problem>,
    /// The first attempt of each asynchronous hook. Nothing is left in the queue.
    pub attempts: Vec<FirstAttempt>,
}

/// A first attempt at a delivery.
#[derive(Debug, Clone)]
pub struct FirstAttempt {
    /// The delivery's id.
    pub delivery: DeliveryId,
    /// The record of the attempt; `None` if it could not be made.
    pub record: Option<RunRecord>,
    /// How a worker would have settled the job.
    pub settlement: Settlement,
    /// The delay of the retry, if any.
    pub again_in: Option<Duration>,
}

impl App {
    /// Runs an event on the engine and store of the server. Jobs are attempted once instead of queued.
    pub async fn trigger(&self, current: &Current, trigger: Trigger<'_>) -> Triggered {
        self.trigger_at(current, trigger, SystemTime::now()).await
    }

    /// Like [`trigger`](Self::trigger), at a time.
    pub async fn trigger_at(
        &self,
        current: &Current,
        trigger: Trigger<'_>,
        now: SystemTime,
    ) -> Triggered {
        let queue = Arc::new(Collected::default());
        let runs = Arc::new(RunLog::default());
        let policy = current.workspace.local().egress();
        let (engine, _sandbox) = self.composed(policy, queue.clone(), runs.clone());
        let engine = Arc::new(engine);
        let received = Instant::now();
        let arrival = Arrival {
            correlation_id: new_correlation_id(),
            traceparent: None,
            now,
            received,
        };
        let outcome = match Event::parse(trigger.stage, trigger.body) {
            Ok(event) => {
                engine
                    .run_without_key(trigger.application, &event, &arrival)
                    .await
            }
            Err(problem) => Err(problem),
        };
        let elapsed = received.elapsed();
        let mut attempts = attempts(&engine, queue.take(), now).await;
        let mut records = Records::taken_from(&runs).await;
        for delivery in records
            .iter_mut()
            .filter_map(|record| record.delivery.as_mut())
        {
            // Nothing is queued: no retry follows, and no dead letter.
            (delivery.next, delivery.next_due) = (AfterAttempt::Nothing, None);
        }
        for record in &records {
            tracing::info!(
                correlation.id = record.correlation_id, run.id = %record.id, binding.id = %record.binding, hook.name = %record.hook,
                hook.version = record.version, outcome = record.outcome, duration_ms = record.duration().as_secs_f64() * 1_000.0, error = record.error,
                "hook ran"
            );
        }
        if let Err(error) = self.store().write_runs(&records).await {
            tracing::warn!(%error, "failed to record the runs");
        }
        for attempt in &mut attempts {
            let is_of = |record: &&RunRecord| {
                let delivery = record.delivery.as_ref();
                delivery.is_some_and(|delivery| delivery.id == attempt.delivery)
            };
            attempt.record = records.iter().find(is_of).cloned();
        }
        Triggered {
            correlation_id: arrival.correlation_id,
            elapsed,
            outcome,
            attempts,
        }
    }
}

async fn attempts(engine: &Arc<Engine>, jobs: Vec<Job>, now: SystemTime) -> Vec<FirstAttempt> {
    let order: Vec<_> = jobs.iter().map(|job| job.delivery.clone()).collect();
    let mut running: JoinSet<_> = jobs
        .into_iter()
        .map(|job| {
            let engine = Arc::clone(engine);
            async move {
                let settlement = engine.deliver(&job, now).await;
                let again_in = match &settlement {
                    Settlement::Retry(again) => Some(again.wait(now)),
                    Settlement::Postponed(wait) => Some(*wait),
                    Settlement::Done | Settlement::Dead(_) => None,
                };
                FirstAttempt {
                    delivery: job.delivery,
                    record: None,
                    settlement,
                    again_in,
                }
            }
        })
        .collect();
    let mut attempts = Vec::new();
    while let Some(attempt) = running.join_next().await {
        // The engine catches panics in attempts.
        attempts.extend(attempt);
    }
    attempts.sort_by_key(|attempt| order.iter().position(|id| *id == attempt.delivery));
    attempts
}
