//! How an attempt at a delivery ended.

use std::time::SystemTime;

use crate::{
    binding::Mode,
    job::Job,
    outcome::HookFailure,
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
}

impl Ended {
    pub(super) fn of(
        planned: &Planned,
        wave: &Wave<'_>,
        attempt: Attempt,
        job: &Job,
        keep: Option<Box<Kept>>,
    ) -> Self {
        let mut report = planned.report(attempt.started);
        report.duration = attempt.duration;
        report.event_bytes = wave.body.len();
        report.response_bytes = attempt.response_bytes();
        report.status = attempt.status();
        report.log = attempt.log();
        match attempt.raw {
            Ok(raw) => report.dropped = raw.without_effect(&wave.redaction()),
            Err(failure) => report.outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued),
        }
        Self {
            accepted_version: (planned.hook.version != job.hook.version)
                .then_some(job.hook.version),
            report,
            keep,
        }
    }

    /// An attempt that did not get as far as its hook.
    pub(super) fn unfinished(job: &Job, now: SystemTime, failure: HookFailure) -> Self {
        let mut ended = Self::skipped(job, now, SkipReason::Unbound);
        ended.report.outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued);
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
        }
    }
}
