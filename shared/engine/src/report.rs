//! What a pass did: for the answer, the log, and people who look at one event.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{
    binding::Target,
    effects::Dropped,
    hook::HookKind,
    identifier::{BindingId, HookName},
    merge::Conflict,
    outcome::HookFailure,
};

/// One pass over the hooks of a stage.
#[derive(Debug, Clone, Default)]
pub struct PassReport {
    /// The merged response, as it goes to the host.
    pub response: Map<String, Value>,
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
    /// How long it took.
    pub duration: Duration,
    /// Parts of the response that were left out.
    pub dropped: Vec<Dropped>,
    /// What a script wrote to its console.
    pub log: Vec<String>,
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
}

/// Why a hook did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// An operator paused it.
    Paused,
    /// Its conditions do not hold for the event.
    ConditionNotMet,
    /// The pass ended before its turn.
    NotReached,
    /// The binding is gone since the pass began.
    Unbound,
}

impl RunOutcome {
    /// A stable word for logs, records and `Server-Timing`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(failure, _) => failure.class.as_str(),
            Self::Skipped(SkipReason::Paused) => "paused",
            Self::Skipped(SkipReason::ConditionNotMet) => "condition-not-met",
            Self::Skipped(SkipReason::NotReached) => "not-reached",
            Self::Skipped(SkipReason::Unbound) => "unbound",
        }
    }

    /// Whether the hook was run.
    pub fn ran(&self) -> bool {
        !matches!(self, Self::Skipped(_))
    }
}

impl PassReport {
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
