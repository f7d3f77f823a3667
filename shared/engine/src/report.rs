//! What a pass did: for the answer, the log, and people who look at one event.

use std::time::{Duration, SystemTime};

use hookpoint_stages::Stage;
use serde_json::{Map, Value};

use crate::{
    binding::{Mode, Target},
    effects::Dropped,
    hook::HookKind,
    identifier::{ApplicationId, BindingId, DeliveryId, HookName},
    merge::Conflict,
    outcome::HookFailure,
    record::{DeliveryRecord, FORMAT, Kept, RunId, RunRecord, RunResultKind},
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

/// One binding in a pass.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The binding.
    pub binding: BindingId,
    /// What it is attached to.
    pub target: Target,
    /// The hook.
    pub hook: HookName,
    /// The version of the hook.
    pub version: u32,
    /// The kind of hook; unknown where the hook was not loaded.
    pub kind: Option<HookKind>,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Which condition an event does not meet, where that is why the hook did not run.
    pub detail: Option<String>,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// The status that the endpoint answered.
    pub status: Option<u16>,
    /// The effects that count, by their names.
    pub effects: Vec<&'static str>,
    /// Parts of the response that were left out.
    pub dropped: Vec<Dropped>,
    /// Before or after the answer.
    pub mode: Mode,
    /// What a script wrote to its console.
    pub log: Vec<String>,
    /// The size of the event as the hook saw it, in bytes; zero where it was not serialised.
    pub event_bytes: usize,
    /// An upper bound of the size of the response as JSON, in bytes.
    pub response_bytes: usize,
    /// The event and the response, where the application keeps them.
    pub kept: Option<Box<Kept>>,
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
            let milliseconds = run.duration.as_secs_f64() * 1_000.0;
            format!(
                "{};dur={milliseconds:.1};desc=\"{}\"",
                run.hook,
                run.outcome.as_str()
            )
        });
        entries.collect::<Vec<_>>().join(", ")
    }
}

impl RunReport {
    /// The report of a binding whose hook was not run.
    pub(crate) fn without_run(
        binding: BindingId,
        target: Target,
        (hook, version): (&HookName, u32),
        mode: Mode,
        now: SystemTime,
        outcome: RunOutcome,
    ) -> Self {
        Self {
            binding,
            target,
            hook: hook.clone(),
            version,
            kind: None,
            outcome,
            detail: None,
            started: now,
            duration: Duration::ZERO,
            status: None,
            effects: Vec::new(),
            dropped: Vec::new(),
            mode,
            log: Vec::new(),
            event_bytes: 0,
            response_bytes: 0,
            kept: None,
        }
    }

    /// Writes what a script said to its console to the log, all of it in one line: a record may keep less. It is redacted already.
    pub(crate) fn log_console(&self, correlation_id: &str) {
        if !self.log.is_empty() {
            tracing::info!(
                target: "hookpoint_engine::console",
                { correlation.id = correlation_id, binding.id = %self.binding, hook.name = %self.hook, hook.version = self.version, lines = self.log.join("\n") },
                "the script's console"
            );
        }
    }

    /// The report as it is kept.
    pub(crate) fn to_record(
        &self,
        stage: Stage,
        application: ApplicationId,
        correlation_id: &str,
        delivery: Option<DeliveryRecord>,
    ) -> RunRecord {
        let outcome = self.outcome.as_str().to_owned();
        let (result, error, policy) = match &self.outcome {
            RunOutcome::Ok => (RunResultKind::Ok, None, None),
            RunOutcome::Failed(failure, policy) => {
                // What is made of the failure of a delivery is another attempt, or none.
                let policy = (self.mode == Mode::Synchronous).then(|| policy.as_str().to_owned());
                (RunResultKind::Failed, Some(failure.message.clone()), policy)
            }
            RunOutcome::Skipped(_) | RunOutcome::Queued(_) => {
                (RunResultKind::Skipped, self.detail.clone(), None)
            }
        };
        RunRecord {
            v: FORMAT,
            id: RunId::new(stage, application, self.started),
            target: self.target.clone(),
            binding: self.binding.clone(),
            hook: self.hook.clone(),
            version: self.version,
            kind: self.kind,
            mode: self.mode,
            correlation_id: correlation_id.to_owned(),
            started: milliseconds(self.started),
            duration_us: u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX),
            result,
            outcome,
            error,
            policy,
            status: self.status,
            delivery,
            effects: self
                .effects
                .iter()
                .map(|effect| (*effect).to_owned())
                .collect(),
            dropped: self.dropped.clone(),
            log: self.log.clone(),
            event_bytes: self.event_bytes,
            response_bytes: self.response_bytes,
            shortened: false,
            kept: self.kept.clone(),
        }
    }
}
