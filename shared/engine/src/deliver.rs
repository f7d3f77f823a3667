//! Deliveries: one attempt at an asynchronous hook, and what comes after it.

mod ended;
mod load;
#[cfg(test)]
mod tests;

use std::{
    panic::AssertUnwindSafe,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use futures::FutureExt as _;
use tokio::time::{Instant, timeout};

use self::{ended::Ended, load::NotNow};
use crate::{
    confidential::Confidential,
    deadline::Deadline,
    engine::{Arrival, Engine},
    gone::GoneBinding,
    hook::Implementation,
    job::Job,
    outcome::{FailureClass, HookFailure},
    ports::{DeadLetter, DeadReason, Leased, Settlement},
    record::{AfterAttempt, DeliveryRecord},
    redaction::CUT,
    report::{RunOutcome, SkipReason},
    retry,
    run::Wave,
    timestamp::milliseconds,
};

/// How long application, binding, hook and secrets may take to load before the attempt is put off.
const LOAD_LIMIT: Duration = Duration::from_secs(5);
/// How much too early a delivery may be attempted: clocks differ.
const EARLY: Duration = Duration::from_secs(1);
/// How much of a message a dead letter carries, in bytes.
const MESSAGE_LIMIT: usize = 1_000;

impl Engine {
    /// Handles a message of the queue: as [`Engine::deliver`]. A message that a newer version wrote is put off, never set aside: during an
    /// upgrade, or after a rollback, an upgraded worker delivers it later. A message that is no job is set aside.
    pub async fn work_on(&self, leased: &Leased, now: SystemTime) -> Settlement {
        match &leased.job {
            Ok(job) => self.deliver(job, now).await,
            Err(message) if message.is_newer => {
                tracing::warn!(
                    reason = message.reason,
                    application.id = message.text_at("/application"),
                    delivery.id = message.text_at("/delivery"),
                    "delivery put off"
                );
                Settlement::PutOff(postponement())
            }
            Err(message) => {
                let reason = dead_reason(DeadLetter::MALFORMED, &message.reason);
                tracing::error!(reason = reason.message, "a message is not a job");
                Settlement::Dead(reason)
            }
        }
    }

    /// Makes one attempt at a delivery and says what becomes of the job. It takes at most ten seconds of the hook's and five of the stores'.
    ///
    /// Whatever happens, the job is answered for: a delivery ends by success, by a recorded reason, as a dead letter, or goes on.
    pub async fn deliver(&self, job: &Job, now: SystemTime) -> Settlement {
        if job.wait(now) > EARLY {
            // Queues hold a message back for a limited time: this one has to wait once more.
            return Settlement::Again(Box::new(job.clone()));
        }
        let started = Instant::now();
        let attempt = AssertUnwindSafe(self.attempt(job, now, started)).catch_unwind();
        let attempted = attempt.await.unwrap_or_else(|_| {
            let failure = HookFailure::new(FailureClass::Internal, "the engine panicked");
            Ok(Ended::unfinished(job, now, failure))
        });
        let over = now + started.elapsed();
        let mut ended = match attempted {
            Err(NotNow::Gone(mark)) => {
                let ended = Ended::gone(job, now, &mark);
                self.record(job, ended, AfterAttempt::DeadLetter, None);
                let message = format!(
                    "the endpoint answered delivery `{}` 410; resume the binding, or publish a new version of its hook, then send this delivery again",
                    mark.delivery
                );
                return Settlement::Dead(dead_reason(FailureClass::Gone.as_str(), &message));
            }
            Ok(ended) => ended,
            Err(NotNow::Postpone(cause)) => {
                let age = over.duration_since(job.accepted()).unwrap_or_default();
                if age > retry::POSTPONED_AT_MOST {
                    let failure = HookFailure::new(FailureClass::Unreadable, cause.clone());
                    let ended = Ended::unfinished(job, now, failure);
                    self.record(job, ended, AfterAttempt::DeadLetter, None);
                    return Settlement::Dead(dead_reason(
                        FailureClass::Unreadable.as_str(),
                        &cause,
                    ));
                }
                tracing::warn!(correlation.id = job.correlation_id, delivery.id = %job.delivery, application.id = %job.application, stage.id = %job.stage, cause, "delivery put off");
                return Settlement::Again(Box::new(job.postponed(over, postponement())));
            }
            Err(NotNow::Skip(reason)) => Ended::skipped(job, now, reason),
            Err(NotNow::SetAside(reason)) => {
                let mut ended = Ended::skipped(job, now, SkipReason::Paused);
                if reason.code != SkipReason::Paused.as_str() {
                    let failure =
                        HookFailure::new(FailureClass::Configuration, reason.message.clone());
                    ended = Ended::unfinished(job, now, failure);
                }
                self.record(job, ended, AfterAttempt::DeadLetter, None);
                return Settlement::Dead(reason);
            }
        };
        ended.report.kept = ended.keep.take();
        let RunOutcome::Failed(failure, _) = &ended.report.outcome else {
            self.record(job, ended, AfterAttempt::Nothing, None);
            return Settlement::Done;
        };
        let wait = failure
            .class
            .is_retryable()
            .then(|| retry::wait_after(job.attempt, failure.retry_after, retry::chance()))
            .flatten();
        let reason = dead_reason(failure.class.as_str(), &failure.message);
        if let Some(wait) = wait {
            let next = job.next_attempt(over, wait);
            self.record(job, ended, AfterAttempt::Retry, Some(next.due()));
            Settlement::Again(Box::new(next))
        } else {
            if let Some(binding) = ended.answered_gone.take() {
                self.mark_gone(&GoneBinding::new(&binding, &job.delivery, over))
                    .await;
            }
            self.record(job, ended, AfterAttempt::DeadLetter, None);
            Settlement::Dead(reason)
        }
    }

    /// Marks a binding, so that its other deliveries are not attempted. Without the mark each of them is, and is told the same.
    async fn mark_gone(&self, mark: &GoneBinding) {
        let marked = timeout(LOAD_LIMIT, self.sources.mark_gone(mark)).await;
        let (binding, target, stage) = (&mark.binding, &mark.target, mark.stage);
        match marked {
            Ok(Ok(())) => {
                tracing::warn!(stage.id = %stage, binding.id = %binding, %target, hook.name = %mark.hook, hook.version = mark.version, "the endpoint is gone; nothing more is delivered to it until the binding is resumed");
            }
            Ok(Err(error)) => {
                tracing::warn!(stage.id = %stage, binding.id = %binding, %target, %error, "the endpoint is gone, but the binding cannot be marked");
            }
            Err(_) => {
                tracing::warn!(stage.id = %stage, binding.id = %binding, %target, "the endpoint is gone, but the binding cannot be marked: the store did not answer");
            }
        }
    }

    async fn attempt(&self, job: &Job, now: SystemTime, started: Instant) -> Result<Ended, NotNow> {
        let loaded = timeout(LOAD_LIMIT, self.load(job, now)).await;
        let (application, planned) = loaded.unwrap_or_else(|_| {
            let message = format!(
                "the stores did not answer within {} s",
                LOAD_LIMIT.as_secs()
            );
            Err(NotNow::Postpone(message))
        })?;
        let names: Vec<_> = planned
            .secret_names()
            .map(|(_, meant)| meant.clone())
            .collect();
        let secrets = if names.is_empty() {
            Ok(std::collections::HashMap::new())
        } else {
            let secrets = self.sources.secrets(&application.id, &names, now);
            let secrets = timeout(LOAD_LIMIT, secrets).await;
            Ok(secrets
                .map_err(|_| "the secret store did not answer".to_owned())
                .and_then(|secrets| secrets.map_err(|error| error.to_string()))
                .map_err(NotNow::Postpone)?)
        };
        let arrival = Arrival {
            correlation_id: job.correlation_id.clone(),
            traceparent: job.traceparent.clone(),
            now,
            received: started,
        };
        let body = match planned.hook.body.implementation {
            // Serialising JSON values into memory cannot fail.
            Implementation::Webhook(_) => serde_json::to_vec(&job.event).unwrap_or_default(),
            _ => Vec::new(),
        };
        let confidential = Confidential::nothing(job.stage, &job.event).with_secrets(&secrets);
        let wave = Wave {
            engine: self,
            application: &application,
            stage: job.stage,
            arrival: &arrival,
            event: job.event.clone(),
            kept: OnceLock::new(),
            body,
            secrets: &secrets,
            confidential: &confidential,
            deadline: Deadline::after(Instant::now(), planned.binding.timeout()),
            delivery: Some(&job.delivery),
        };
        let attempt = wave.attempt(&planned).await;
        let keep = application
            .keep_events
            .then(|| wave.kept(serde_json::Map::new()));
        Ok(Ended::of(&planned, &wave, attempt, job, keep))
    }

    fn record(&self, job: &Job, ended: Ended, next: AfterAttempt, next_due: Option<SystemTime>) {
        let Ended {
            report,
            accepted_version,
            ..
        } = ended;
        let waited = report
            .started
            .duration_since(job.accepted())
            .unwrap_or_default();
        let delivery = DeliveryRecord {
            id: job.delivery.clone(),
            attempt: job.attempt,
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            next,
            next_due: next_due.map(milliseconds),
            accepted_version,
        };
        let error = match &report.outcome {
            RunOutcome::Failed(failure, _) => Some(failure.message.as_str()),
            _ => None,
        };
        tracing::info!(
            correlation.id = job.correlation_id, delivery.id = %job.delivery, application.id = %job.application, stage.id = %job.stage,
            binding.id = %job.binding, hook.name = %report.hook, hook.version = report.version, attempt = job.attempt,
            outcome = report.outcome.as_str(), duration_ms = report.duration.as_secs_f64() * 1_000.0, next = ?next, error, "delivery attempted"
        );
        report.log_console(&job.correlation_id);
        self.runs.push([report.to_record(
            job.stage,
            job.application.clone(),
            &job.correlation_id,
            Some(delivery),
        )]);
    }
}

/// How long a delivery waits that could not be attempted. Varied, so that those of one outage do not all come back at once.
fn postponement() -> Duration {
    retry::POSTPONEMENT.mul_f64(0.8 + 0.4 * retry::chance())
}

fn dead_reason(code: &str, message: &str) -> DeadReason {
    let mut message = message.to_owned();
    if message.len() > MESSAGE_LIMIT {
        message.truncate(message.floor_char_boundary(MESSAGE_LIMIT - CUT.len_utf8()));
        message.push(CUT);
    }
    DeadReason {
        code: code.to_owned(),
        message,
    }
}
