//! Bindings: which hook runs where and when, and what its failure means.

mod hint;

use std::{collections::BTreeMap, fmt, time::Duration};

use hookpoint_stages::{FailureDefault, ModeRule, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::hint::HookHint;
use crate::{
    application::condition::Conditions,
    hook::{HookBody, HookReference},
    identifier::{ApplicationId, BindingId, SecretName, StoreId, VariableName},
    serde_stage,
};

/// Maximum run time of a synchronous hook.
pub const SYNCHRONOUS_TIMEOUT: Duration = Duration::from_secs(3);
/// Maximum timeout of an asynchronous binding.
pub const ASYNCHRONOUS_TIMEOUT: Duration = Duration::from_secs(10);

/// A hook attached to a target and a stage. Validated.
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
    /// Position in the chain; bindings of equal order run concurrently.
    pub order: u16,
    /// Whether the hook runs before or after the response.
    pub mode: Mode,
    /// What its failure means.
    pub failure: FailurePolicy,
    /// Timeout in milliseconds: at most 3,000 if synchronous, 10,000 if asynchronous.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Which events it runs for; all of them when empty.
    #[serde(default, skip_serializing_if = "Conditions::is_empty")]
    pub when: Conditions,
    /// Variables that override the application's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<VariableName, String>,
    /// Secrets by the name that the hook uses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<SecretName, SecretName>,
    /// The hook it runs.
    pub hook: HookReference,
    /// What to read together with the hook.
    #[serde(default, skip_serializing_if = "HookHint::is_absent")]
    pub hint: HookHint,
}

impl Binding {
    /// Derives the hint from the body of the hook that it runs.
    #[must_use]
    pub fn with_hint_of(mut self, body: &HookBody) -> Self {
        self.hint = HookHint::of(body);
        self
    }

    /// The secrets that the hook probably uses, by the names they are bound to.
    pub(crate) fn hinted_secrets(&self) -> impl Iterator<Item = &SecretName> {
        let names = self.hint.secrets().iter();
        names.map(|name| self.secrets.get(name).unwrap_or(name))
    }

    /// Maximum time for one run.
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

impl Target {
    /// The identity store, if it is one.
    pub fn store(&self) -> Option<&StoreId> {
        match self {
            Self::Application(_) => None,
            Self::Store(id) => Some(id),
        }
    }
}

impl fmt::Display for Target {
    /// The form used in partition keys: `application:<id>` or `store:<id>`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application(id) => write!(formatter, "application:{id}"),
            Self::Store(id) => write!(formatter, "store:{id}"),
        }
    }
}

/// Whether the hook runs before or after the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The response waits for the hook and carries its effects.
    Synchronous,
    /// The hook runs after the response, from a queue.
    Asynchronous,
}

impl Mode {
    /// The mode of a binding that does not set one.
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
    /// The event continues as if the hook were absent.
    Continue,
    /// The event is denied.
    Deny,
    /// This response replaces the hook's. It was checked against the stage when it was published.
    Fallback(Map<String, Value>),
}

impl FailurePolicy {
    /// The policy of a binding that does not set one.
    pub fn default_for(stage: Stage) -> Self {
        match stage.definition().failure {
            FailureDefault::Deny => Self::Deny,
            FailureDefault::Continue | FailureDefault::NotApplicable => Self::Continue,
        }
    }
}
