//! Deliveries: makes one attempt at an asynchronous hook and decides what follows.

mod ended;
pub mod gone;
pub mod job;
mod load;
pub mod retry;
#[cfg(test)]
mod tests;

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, SystemTime},
};

use futures::FutureExt as _;
use tokio::time::{Instant, timeout};

use self::{ended::Ended, load::NotNow};
use crate::{
    application::Application,
    confidential::redaction::CUT,
    delivery::{gone::GoneBinding, job::Job},
    engine::Engine,
    event::arrival::Arrival,
    hook::{
        outcome::{FailureClass, HookFailure},
        planned::Planned,
        run::SingleRun,
    },
    ports::{DeadLetter, DeadReason, Leased, SecretValues, Settlement},
    record::{
        AfterAttempt, DeliveryRecord,
        report::{RunOutcome, SkipReason},
    },
    timestamp::milliseconds,
};

/// Maximum time to load application, binding, hook and secrets; after it the attempt is postponed.
const LOAD_LIMIT: Duration = Duration::from_secs(5);
/// How early a delivery may be attempted, to allow for clock skew.
const EARLY: Duration = Duration::from_secs(1);
/// Maximum length of the message in a dead letter, in bytes.
const MESSAGE_LIMIT: usize = 1_000;

impl Engine {
    /// Handles one queue message: a job as [`Engine::deliver`] does. A message written by a newer version is postponed,
    /// never set aside: an upgraded worker delivers it later. A message that is not a job is set aside.
    pub async fn handle_message(&self, leased: &Leased, now: SystemTime) -> Settlement {
        match &leased.job {
            Ok(job) => self.deliver(job, now).await,
            Err(message) if message.is_newer => {
                tracing::warn!(
                    reason = message.reason,
                    application.id = message.text_at("/application"),
                    delivery.id = message.text_at("/delivery"),
                    "delivery put off"
                );
                Settlement::Postponed(postponement())
            }
            Err(message) => {
                let reason = dead_reason(DeadLetter::MALFORMED, &message.reason);
                tracing::error!(reason = reason.message, "a message is not a job");
                Settlement::Dead(reason)
            }
        }
    }

    /// Makes one attempt at a delivery and returns the outcome of the job. Takes at most ten seconds for the hook and
    /// five for the stores.
    ///
    /// No job is lost: a delivery succeeds, is recorded as skipped, becomes a dead letter or continues.
    pub async fn deliver(&self, job: &Job, now: SystemTime) -> Settlement {
        if job.wait(now) > EARLY {
            // Queues limit how long they delay a message, so this one has to wait again.
            return Settlement::Retry(Box::new(job.clone()));
        }
        let started = Instant::now();
        let attempt = AssertUnwindSafe(self.make_attempt(job, now, started)).catch_unwind();
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
                    "the endpoint answered delivery `{}` with 410; resume the binding, or publish a new version of its hook, then send this delivery again",
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
                return Settlement::Retry(Box::new(job.postponed(over, postponement())));
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
        let RunOutcome::Failed(failure, _) = ended.report.outcome() else {
            self.record(job, ended, AfterAttempt::Nothing, None);
            return Settlement::Done;
        };
        let wait = failure
            .is_retryable
            .then(|| retry::wait_after(job.attempt, failure.retry_after, retry::chance()))
            .flatten();
        if let Some(wait) = wait {
            let next = job.next_attempt(over, wait);
            self.record(job, ended, AfterAttempt::Retry, Some(next.due()));
            Settlement::Retry(Box::new(next))
        } else {
            let reason = dead_reason(failure.class.as_str(), &failure.message);
            if let Some(binding) = ended.answered_gone.take() {
                self.mark_gone(&GoneBinding::new(&binding, &job.delivery, over))
                    .await;
            }
            self.record(job, ended, AfterAttempt::DeadLetter, None);
            Settlement::Dead(reason)
        }
    }

    /// Marks a binding, so that its other deliveries are not attempted. Without the mark each of them would be answered
    /// with 410.
    async fn mark_gone(&self, mark: &GoneBinding) {
        let marked = timeout(LOAD_LIMIT, self.sources.mark_gone(mark)).await;
        let (binding, target, stage) = (&mark.binding, &mark.target, mark.stage);
        match marked {
            Ok(Ok(())) => {
                tracing::warn!(stage.id = %stage, binding.id = %binding, %target, hook.name = %mark.hook, hook.version = mark.version, "the endpoint is gone; no deliveries until the binding is resumed");
            }
            Ok(Err(error)) => {
                tracing::warn!(stage.id = %stage, binding.id = %binding, %target, %error, "the endpoint is gone, but the binding cannot be marked");
            }
            Err(_) => {
                tracing::warn!(stage.id = %stage, binding.id = %binding, %target, "the endpoint is gone, but the binding cannot be marked: the store timed out");
            }
        }
    }

    async fn make_attempt(
        &self,
        job: &Job,
        now: SystemTime,
        started: Instant,
    ) -> Result<Ended, NotNow> {
        let loaded = timeout(LOAD_LIMIT, self.load(job, now)).await;
        let (application, planned) = loaded.unwrap_or_else(|_| {
            let message = format!(
                "the stores did not respond within {} s",
                LOAD_LIMIT.as_secs()
            );
            Err(NotNow::Postpone(message))
        })?;
        let arrival = Arrival {
            correlation_id: job.correlation_id.clone(),
            traceparent: job.traceparent.clone(),
            now,
            received: started,
        };
        let secrets = self.secrets_of(&planned, &application, now).await?;
        let keeps_event = application.keep_events;
        let single = SingleRun {
            runners: &self.runners,
            application: &application,
            stage: job.stage,
            event: &job.event,
            planned: &planned,
            arrival: &arrival,
            secrets: &secrets,
            delivery: Some(&job.delivery),
            keeps_event,
        };
        let report = single.run().await;
        Ok(Ended::attempted(&planned, report, job))
    }

    /// The secrets that a hook may use. Without them the attempt is postponed.
    async fn secrets_of(
        &self,
        planned: &Planned,
        application: &Application,
        now: SystemTime,
    ) -> Result<SecretValues, NotNow> {
        let names = planned.meant_secrets();
        if names.is_empty() {
            return Ok(SecretValues::new());
        }
        let secrets = self.sources.secrets(&application.id, &names, now);
        let secrets = timeout(LOAD_LIMIT, secrets)
            .await
            .map_err(|_| NotNow::Postpone("the secret store did not respond".to_owned()))?;
        match secrets.values().find_map(|value| value.as_ref().err()) {
            Some(error) => Err(NotNow::Postpone(error.to_string())),
            None => Ok(secrets),
        }
    }

    fn record(&self, job: &Job, ended: Ended, next: AfterAttempt, next_due: Option<SystemTime>) {
        let Ended {
            report,
            accepted_version,
            ..
        } = ended;
        report.log_console();
        let mut record = report.record;
        let waited = record
            .started()
            .duration_since(job.accepted())
            .unwrap_or_default();
        record.delivery = Some(DeliveryRecord {
            id: job.delivery.clone(),
            attempt: job.attempt,
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            next,
            next_due: next_due.map(milliseconds),
            accepted_version,
        });
        tracing::info!(
            correlation.id = job.correlation_id, delivery.id = %job.delivery, application.id = %job.application, stage.id = %job.stage,
            binding.id = %job.binding, hook.name = %record.hook, hook.version = record.version, attempt = job.attempt,
            outcome = record.outcome, duration_ms = record.duration().as_secs_f64() * 1_000.0, next = ?next, error = record.error, "delivery attempted"
        );
        self.runs.push([record]);
    }
}

/// How long to postpone an attempt. Randomised, to spread out the deliveries delayed by one outage.
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
