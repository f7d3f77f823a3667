//! The report of a pass: for the response, the log, and operators who examine an event.

use std::time::SystemTime;

use hookpoint_stages::Stage;
use serde_json::{Map, Value};

use crate::{
    application::binding::{Binding, Mode, Target},
    hook::{HookKind, outcome::HookFailure},
    identifier::{ApplicationId, BindingId, DeliveryId, HookName},
    pass::merge::Conflict,
    record::{FORMAT, RunId, RunRecord, RunResultKind},
    timestamp::milliseconds,
};

/// The result of one pass over the hooks of a stage.
#[derive(Debug, Clone, Default)]
pub struct PassReport {
    /// The merged response for the host.
    pub response: Map<String, Value>,
    /// Whether the response only acknowledges queued deliveries: then the response is `{"queued": n}`.
    pub is_accepted: bool,
    /// Every binding considered, in the order of the chain.
    pub runs: Vec<RunReport>,
    /// Values on which hooks disagreed.
    pub conflicts: Vec<Conflict>,
}

/// One binding in a pass: its run, or why there was none.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The record of the run, with the event and the response if the application keeps them.
    pub record: RunRecord,
    outcome: RunOutcome,
}

/// The event whose runs are reported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventIdentity<'a> {
    pub(crate) stage: Stage,
    pub(crate) application: &'a ApplicationId,
    pub(crate) correlation_id: &'a str,
}

/// A binding with its hook version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoundHook<'a> {
    pub(crate) binding: &'a BindingId,
    pub(crate) target: &'a Target,
    pub(crate) hook: &'a HookName,
    pub(crate) version: u32,
    pub(crate) mode: Mode,
}

/// The outcome of a binding in a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// The hook succeeded.
    Ok,
    /// The hook failed, with the result of its failure policy.
    Failed(HookFailure, AppliedPolicy),
    /// The hook did not run.
    Skipped(SkipReason),
    /// A delivery was queued.
    Queued(DeliveryId),
}

impl<'a> BoundHook<'a> {
    /// A binding with a version of a hook.
    pub(crate) fn of(binding: &'a Binding, hook: &'a HookName, version: u32) -> Self {
        Self {
            binding: &binding.id,
            target: &binding.target,
            hook,
            version,
            mode: binding.mode,
        }
    }
}

impl AppliedPolicy {
    /// A stable code for records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::Denied => "denied",
            Self::FellBack => "fell-back",
            Self::Unusable => "unusable",
        }
    }
}

/// The result of applying a failure policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedPolicy {
    /// The event continued.
    Continued,
    /// The event was denied.
    Denied,
    /// The fallback response replaced the hook's.
    FellBack,
    /// The fallback response cannot be used; the event ended in a problem.
    Unusable,
}

/// Why a hook did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// An operator paused it.
    Paused,
    /// The event has a value that the binding's condition does not accept.
    ConditionNotMet,
    /// The event has no value at a condition's path: the path may be misspelt, or the host does not send it.
    ConditionAbsent,
    /// The pass ended first.
    NotReached,
    /// The binding was removed after the pass began or the event was accepted.
    Unbound,
    /// The binding was changed to another hook, or to a synchronous mode, after the event was accepted.
    Rebound,
    /// Its endpoint answered an earlier delivery with 410, and the binding has not been resumed.
    Gone,
}

impl SkipReason {
    /// A stable code for logs, records and `Server-Timing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::ConditionNotMet => "condition-not-met",
            Self::ConditionAbsent => "condition-absent",
            Self::NotReached => "not-reached",
            Self::Unbound => "unbound",
            Self::Rebound => "rebound",
            Self::Gone => "gone",
        }
    }
}

impl RunOutcome {
    /// A stable code for logs, records and `Server-Timing`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(failure, _) => failure.class.as_str(),
            Self::Skipped(reason) => reason.as_str(),
            Self::Queued(_) => "queued",
        }
    }

    /// Whether the hook was run.
    pub fn ran(&self) -> bool {
        !matches!(self, Self::Skipped(_) | Self::Queued(_))
    }

    /// Whether the run is recorded: always if the hook ran, and also if an absent path kept it from running, which
    /// might otherwise go unnoticed.
    pub(crate) fn is_recorded(&self) -> bool {
        self.ran() || matches!(self, Self::Skipped(SkipReason::ConditionAbsent))
    }
}

impl PassReport {
    /// The HTTP status of the response.
    pub fn status(&self) -> u16 {
        if self.is_accepted { 202 } else { 200 }
    }

    /// The value of the `Server-Timing` header: one entry per hook that ran (W3C Server Timing).
    pub fn server_timing(&self) -> String {
        let entries = self.runs.iter().filter(|run| run.outcome.ran()).map(|run| {
            let milliseconds = run.record.duration().as_secs_f64() * 1_000.0;
            format!(
                "{};dur={milliseconds:.1};desc=\"{}\"",
                run.record.hook,
                run.outcome.as_str()
            )
        });
        entries.collect::<Vec<_>>().join(", ")
    }

    /// Whether a script ran before the response.
    pub(crate) fn ran_script(&self) -> bool {
        let mut runs = self.runs.iter();
        runs.any(|run| run.outcome.ran() && run.record.kind == Some(HookKind::Script))
    }
}

impl RunReport {
    /// A report for a binding before, or without, a run of its hook.
    pub(crate) fn new(
        event: EventIdentity<'_>,
        bound: BoundHook<'_>,
        started: SystemTime,
        outcome: RunOutcome,
    ) -> Self {
        let mut report = Self {
            record: RunRecord {
                v: FORMAT,
                id: RunId::new(event.stage, event.application.clone(), started),
                target: bound.target.clone(),
                binding: bound.binding.clone(),
                hook: bound.hook.clone(),
                version: bound.version,
                kind: None,
                mode: bound.mode,
                correlation_id: event.correlation_id.to_owned(),
                started: milliseconds(started),
                duration_us: 0,
                result: RunResultKind::Ok,
                outcome: String::new(),
                error: None,
                policy: None,
                status: None,
                delivery: None,
                effects: Vec::new(),
                dropped: Vec::new(),
                log: Vec::new(),
                event_bytes: 0,
                response_bytes: 0,
                shortened: false,
                kept: None,
            },
            outcome: RunOutcome::Ok,
        };
        report.end(outcome);
        report
    }

    /// The outcome of the binding.
    pub fn outcome(&self) -> &RunOutcome {
        &self.outcome
    }

    /// Sets the outcome, in the record too.
    pub(crate) fn end(&mut self, outcome: RunOutcome) {
        let record = &mut self.record;
        outcome.as_str().clone_into(&mut record.outcome);
        (record.result, record.error, record.policy) = match &outcome {
            RunOutcome::Ok => (RunResultKind::Ok, None, None),
            RunOutcome::Failed(failure, policy) => {
                let policy = word_for(*policy, record.mode);
                (RunResultKind::Failed, Some(failure.message.clone()), policy)
            }
            RunOutcome::Skipped(_) | RunOutcome::Queued(_) => (RunResultKind::Skipped, None, None),
        };
        self.outcome = outcome;
    }

    /// Sets the result of the failure policy.
    pub(crate) fn apply(&mut self, policy: AppliedPolicy) {
        if let RunOutcome::Failed(_, applied) = &mut self.outcome {
            *applied = policy;
            self.record.policy = word_for(policy, self.record.mode);
        }
    }

    /// Logs the script's console output as one entry, since a record may keep less. Already redacted.
    pub(crate) fn log_console(&self) {
        let record = &self.record;
        if !record.log.is_empty() {
            tracing::info!(
                target: "hookpoint_engine::console",
                { correlation.id = record.correlation_id, binding.id = %record.binding, hook.name = %record.hook, hook.version = record.version, lines = record.log.join("\n") },
                "the script's console"
            );
        }
    }
}

/// The word for a failure policy in records. The failure of a delivery has none: another attempt follows it, or nothing.
fn word_for(policy: AppliedPolicy, mode: Mode) -> Option<String> {
    (mode == Mode::Synchronous).then(|| policy.as_str().to_owned())
}
