//! What a pass did: for the answer, the log, and people who look at one event.

use std::time::SystemTime;

use hookpoint_stages::Stage;
use serde_json::{Map, Value};

use crate::{
    application::binding::{Binding, Mode, Target},
    hook::outcome::HookFailure,
    identifier::{ApplicationId, BindingId, DeliveryId, HookName},
    pass::merge::Conflict,
    record::{FORMAT, RunId, RunRecord, RunResultKind},
    timestamp::milliseconds,
};

/// One pass over the hooks of a stage.
#[derive(Debug, Clone, Default)]
pub struct PassReport {
    /// The merged response, as it goes to the host.
    pub response: Map<String, Value>,
    /// Whether there is nothing to say but that deliveries are in the queue: then the response is `{"queued": n}`.
    pub is_accepted: bool,
    /// Every binding that was looked at, in the order of the chain.
    pub runs: Vec<RunReport>,
    /// Where hooks disagreed.
    pub conflicts: Vec<Conflict>,
}

/// One binding in a pass: its run, or why there was none.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run as it is recorded, with the event and the response where the application keeps them.
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

/// A hook at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoundHook<'a> {
    pub(crate) binding: &'a BindingId,
    pub(crate) target: &'a Target,
    pub(crate) hook: &'a HookName,
    pub(crate) version: u32,
    pub(crate) mode: Mode,
}

/// How a binding fared in a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// The hook ran and its response counts.
    Ok,
    /// The hook failed; what follows is what its failure policy made of it.
    Failed(HookFailure, AppliedPolicy),
    /// The hook did not run.
    Skipped(SkipReason),
    /// A delivery was put into the queue.
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
    /// A stable word for records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Continued => "continued",
            Self::Denied => "denied",
            Self::FellBack => "fell-back",
            Self::Unusable => "unusable",
        }
    }
}

/// What a failure policy made of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedPolicy {
    /// The event went on.
    Continued,
    /// The event was denied.
    Denied,
    /// The fallback response took the place of the hook's.
    FellBack,
    /// The fallback response cannot be used: the event came to a problem.
    Unusable,
}

/// Why a hook did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// An operator paused it.
    Paused,
    /// The event has another value than its condition asks for.
    ConditionNotMet,
    /// The event has nothing at the path of its condition: perhaps the path is misspelt, or the host does not send it.
    ConditionAbsent,
    /// The pass ended before its turn.
    NotReached,
    /// The binding is gone since the pass began, or since the event was accepted.
    Unbound,
    /// The binding runs another hook, or runs before the answer, since the event was accepted.
    Rebound,
    /// Its endpoint answered an earlier delivery 410, and no operator resumed it.
    Gone,
}

impl SkipReason {
    /// A stable word for logs, records and `Server-Timing`.
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
    /// A stable word for logs, records and `Server-Timing`.
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

    /// Whether the pass leaves a run record: of what ran, and of a hook that an absent path kept from running, because nobody may know of it.
    pub(crate) fn is_recorded(&self) -> bool {
        self.ran() || matches!(self, Self::Skipped(SkipReason::ConditionAbsent))
    }
}

impl PassReport {
    /// The HTTP status of the answer.
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
}

impl RunReport {
    /// What is known of a binding before, or without, a run of its hook.
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

    /// How the binding fared.
    pub fn outcome(&self) -> &RunOutcome {
        &self.outcome
    }

    /// Sets how the binding fared, in the record too.
    pub(crate) fn end(&mut self, outcome: RunOutcome) {
        let record = &mut self.record;
        outcome.as_str().clone_into(&mut record.outcome);
        (record.result, record.error, record.policy) = match &outcome {
            RunOutcome::Ok => (RunResultKind::Ok, None, None),
            RunOutcome::Failed(failure, policy) => {
                // What is made of the failure of a delivery is another attempt, or none.
                let policy = (record.mode == Mode::Synchronous).then(|| policy.as_str().to_owned());
                (RunResultKind::Failed, Some(failure.message.clone()), policy)
            }
            RunOutcome::Skipped(_) | RunOutcome::Queued(_) => (RunResultKind::Skipped, None, None),
        };
        self.outcome = outcome;
    }

    /// Sets what the failure policy made of the hook's failure.
    pub(crate) fn apply(&mut self, policy: AppliedPolicy) {
        if let RunOutcome::Failed(failure, _) = &self.outcome {
            let failure = failure.clone();
            self.end(RunOutcome::Failed(failure, policy));
        }
    }

    /// Writes what a script said to its console to the log, all of it in one line: a record may keep less. It is redacted already.
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
