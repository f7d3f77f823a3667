//! Bindings: which hook runs where, when, and what its failure means.

use std::{collections::BTreeMap, fmt, time::Duration};

use hookpoint_stages::{FailureDefault, ModeRule, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    application::condition::Conditions,
    hook::HookReference,
    identifier::{ApplicationId, BindingId, SecretName, StoreId, VariableName},
    serde_stage,
};

/// The longest a synchronous hook may take.
pub const SYNCHRONOUS_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest an asynchronous binding may allow its deliveries.
pub const ASYNCHRONOUS_TIMEOUT: Duration = Duration::from_secs(10);

/// A hook attached to a target and a stage, checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// Unique within target and stage.
    pub id: BindingId,
    /// The stage it runs at.
    #[serde(with = "serde_stage")]
    pub stage: Stage,
    /// What it is attached to.
    pub target: Target,
    /// Where it stands in the chain; equal orders run at once.
    pub order: u16,
    /// Before or after the answer.
    pub mode: Mode,
    /// What its failure means.
    pub failure: FailurePolicy,
    /// A limit of its own, in milliseconds: synchronously at most 3,000, asynchronously at most 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The events it runs for; every event when empty.
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    pub when: Conditions,
    /// Values that take the place of the application's variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<VariableName, String>,
    /// Which secret a name means here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<SecretName, SecretName>,
    /// The hook it runs.
    pub hook: HookReference,
}

impl Binding {
    /// How long one run may take at most.
    pub fn timeout(&self) -> Duration {
        let limit = match self.mode {
            Mode::Synchronous => SYNCHRONOUS_TIMEOUT,
            Mode::Asynchronous => ASYNCHRONOUS_TIMEOUT,
        };
        self.timeout_ms
            .map_or(SYNCHRONOUS_TIMEOUT, Duration::from_millis)
            .min(limit)
    }
}

/// What a binding is attached to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// One application.
    Application(ApplicationId),
    /// An identity store: every application that uses it.
    Store(StoreId),
}

impl fmt::Display for Target {
    /// As in partition keys: `application:<id>` or `store:<id>`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application(id) => write!(formatter, "application:{id}"),
            Self::Store(id) => write!(formatter, "store:{id}"),
        }
    }
}

/// Before or after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The answer waits for the hook and carries its effects.
    Synchronous,
    /// The hook runs after the answer, from a queue.
    Asynchronous,
}

impl Mode {
    /// The mode of a binding that names none.
    pub fn default_for(stage: Stage) -> Self {
        match stage.definition().mode {
            ModeRule::SynchronousByDefault | ModeRule::SynchronousOnly => Self::Synchronous,
            ModeRule::AsynchronousOnly => Self::Asynchronous,
        }
    }

    /// Whether the stage allows the mode.
    pub fn is_allowed_at(self, stage: Stage) -> bool {
        match stage.definition().mode {
            ModeRule::SynchronousByDefault => true,
            ModeRule::SynchronousOnly => self == Self::Synchronous,
            ModeRule::AsynchronousOnly => self == Self::Asynchronous,
        }
    }
}

/// What the failure of a synchronous hook means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailurePolicy {
    /// The event goes on as if the hook were not there.
    Continue,
    /// The event is denied.
    Deny,
    /// This response stands in for the hook's; it passed the stage's checks when it was published.
    Fallback(Map<String, Value>),
}

impl FailurePolicy {
    /// The policy of a binding that names none.
    pub fn default_for(stage: Stage) -> Self {
        match stage.definition().failure {
            FailureDefault::Deny => Self::Deny,
            FailureDefault::Continue | FailureDefault::NotApplicable => Self::Continue,
        }
    }
}
