//! The result of an attempt at a delivery.

use std::{sync::Arc, time::SystemTime};

use crate::{
    application::binding::{Binding, Mode},
    delivery::{gone::GoneBinding, job::Job},
    hook::{
        outcome::{FailureClass, HookFailure},
        planned::Planned,
    },
    record::report::{AppliedPolicy, BoundHook, EventIdentity, RunOutcome, RunReport, SkipReason},
};

/// The result of an attempt.
pub(super) struct Ended {
    pub(super) report: RunReport,
    pub(super) accepted_version: Option<u32>,
    /// The binding, if its endpoint answered 410.
    pub(super) answered_gone: Option<Arc<Binding>>,
}

impl Ended {
    /// The attempt reached the hook.
    pub(super) fn attempted(planned: &Planned, report: RunReport, job: &Job) -> Self {
        let is_gone = matches!(report.outcome(), RunOutcome::Failed(failure, _) if failure.class == FailureClass::Gone);
        let answered_gone = is_gone.then(|| planned.binding.clone());
        Self {
            accepted_version: (planned.hook.version != job.hook.version)
                .then_some(job.hook.version),
            report,
            answered_gone,
        }
    }

    /// The attempt did not reach the hook.
    pub(super) fn unfinished(job: &Job, now: SystemTime, failure: HookFailure) -> Self {
        let outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued);
        Self::without_run(job, now, outcome)
    }

    /// The endpoint is gone, so the hook version named by the mark was not called.
    pub(super) fn gone(job: &Job, now: SystemTime, mark: &GoneBinding) -> Self {
        let mut ended = Self::skipped(job, now, SkipReason::Gone);
        ended.report.record.version = mark.version;
        ended.accepted_version = (mark.version != job.hook.version).then_some(job.hook.version);
        ended
    }

    pub(super) fn skipped(job: &Job, now: SystemTime, reason: SkipReason) -> Self {
        Self::without_run(job, now, RunOutcome::Skipped(reason))
    }

    fn without_run(job: &Job, now: SystemTime, outcome: RunOutcome) -> Self {
        let event = EventIdentity {
            stage: job.stage,
            application: &job.application,
            correlation_id: &job.correlation_id,
        };
        let bound = BoundHook {
            binding: &job.binding,
            target: &job.target,
            hook: &job.hook.name,
            version: job.hook.version,
            mode: Mode::Asynchronous,
        };
        Self {
            report: RunReport::new(event, bound, now, outcome),
            accepted_version: None,
            answered_gone: None,
        }
    }
}
