//! How an attempt at a delivery ended.

use std::{sync::Arc, time::SystemTime};

use crate::{
    binding::{Binding, Mode},
    gone::GoneBinding,
    job::Job,
    outcome::{FailureClass, HookFailure},
    plan::Planned,
    record::Kept,
    report::{AppliedPolicy, RunOutcome, RunReport, SkipReason},
    run::{Attempt, Wave},
};

/// How an attempt ended.
pub(super) struct Ended {
    pub(super) report: RunReport,
    pub(super) accepted_version: Option<u32>,
    pub(super) keep: Option<Box<Kept>>,
    /// The binding, where its endpoint said that it is gone.
    pub(super) answered_gone: Option<Arc<Binding>>,
}

impl Ended {
    pub(super) fn of(
        planned: &Planned,
        wave: &Wave<'_>,
        attempt: Attempt,
        job: &Job,
        keep: Option<Box<Kept>>,
    ) -> Self {
        let report = wave.report(planned, attempt);
        let is_gone = matches!(&report.outcome, RunOutcome::Failed(failure, _) if failure.class == FailureClass::Gone);
        let answered_gone = is_gone.then(|| planned.binding.clone());
        Self {
            accepted_version: (planned.hook.version != job.hook.version)
                .then_some(job.hook.version),
            report,
            keep,
            answered_gone,
        }
    }

    /// An attempt that did not get as far as its hook.
    pub(super) fn unfinished(job: &Job, now: SystemTime, failure: HookFailure) -> Self {
        let mut ended = Self::skipped(job, now, SkipReason::Unbound);
        ended.report.outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued);
        ended
    }

    /// A delivery to an endpoint that is gone: the version that the mark counts for would have run.
    pub(super) fn gone(job: &Job, now: SystemTime, mark: &GoneBinding) -> Self {
        let mut ended = Self::skipped(job, now, SkipReason::Gone);
        ended.report.version = mark.version;
        ended.accepted_version = (mark.version != job.hook.version).then_some(job.hook.version);
        ended
    }

    pub(super) fn skipped(job: &Job, now: SystemTime, reason: SkipReason) -> Self {
        let outcome = RunOutcome::Skipped(reason);
        Self {
            report: RunReport::without_run(
                job.binding.clone(),
                job.target.clone(),
                (&job.hook.name, job.hook.version),
                Mode::Asynchronous,
                now,
                outcome,
            ),
            accepted_version: None,
            keep: None,
            answered_gone: None,
        }
    }
}
