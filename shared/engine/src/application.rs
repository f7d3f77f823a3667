//! Applications: their ingest keys, settings and pauses.

pub mod binding;
pub(crate) mod cache;
pub mod condition;
pub mod ingest_key;
pub mod sources;
pub mod staleness;
use std::collections::BTreeMap;

use hookpoint_stages::{Family, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    identifier::{ApplicationId, BindingId, IngestKeyId, StoreId, VariableName},
    serde_stage,
};

/// A customer-facing application that posts events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Its id, as used in the route.
    pub id: ApplicationId,
    /// Display name.
    pub name: String,
    /// Which family of stages it posts.
    pub kind: ApplicationKind,
    /// The identity store it uses; the store's bindings apply to its events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_store: Option<StoreId>,
    /// The keys it may post events with.
    #[serde(default)]
    pub ingest_keys: Vec<IngestKeyRecord>,
    /// Values that hooks may use.
    #[serde(default)]
    pub variables: BTreeMap<VariableName, String>,
    /// Hooks that the operator has paused.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// Whether run records keep the redacted event and response, so that a run can be repeated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub keep_events: bool,
    /// Members added by a newer version, preserved when this version rewrites the application.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Application {
    /// Whether every hook of the stage is paused.
    pub fn is_stage_paused(&self, stage: Stage) -> bool {
        let whole = self.pauses.iter().filter(|pause| pause.binding.is_none());
        whole
            .into_iter()
            .any(|pause| pause.stage.is_none_or(|paused| paused == stage))
    }

    /// Whether this binding is paused: by itself, with its stage, or with the whole application.
    pub fn is_paused(&self, stage: Stage, binding: &BindingId) -> bool {
        self.pauses.iter().any(|pause| pause.covers(stage, binding))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// The family of stages an application posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationKind {
    /// Conversation stages.
    Conversation,
    /// Identity stages.
    Identity,
}

impl ApplicationKind {
    /// The kind that posts events of a family.
    pub fn of(family: Family) -> Self {
        match family {
            Family::Conversation => Self::Conversation,
            Family::Identity => Self::Identity,
        }
    }

    /// The matching stage family.
    pub fn family(self) -> Family {
        match self {
            Self::Conversation => Family::Conversation,
            Self::Identity => Family::Identity,
        }
    }
}

/// The stored part of an ingest key: enough to check a key, not to recover it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IngestKeyRecord {
    /// Identifies the key in lists and for revocation.
    pub id: IngestKeyId,
    /// SHA-256 of the whole key, lower-case hexadecimal.
    pub sha256: String,
    /// When it was created, in seconds since 1970.
    pub created: u64,
    /// When it expires, in seconds since 1970; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// Members added by a newer version, preserved when this version rewrites the application.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A pause set by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The stage; every stage when absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "serde_stage::option"
    )]
    pub stage: Option<Stage>,
    /// The binding; every binding when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingId>,
    /// Members added by a newer version, preserved when this version rewrites the application.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Pause {
    /// Whether both pauses cover the same hooks.
    pub fn is_like(&self, other: &Self) -> bool {
        self.stage == other.stage && self.binding == other.binding
    }

    fn covers(&self, stage: Stage, binding: &BindingId) -> bool {
        self.stage.is_none_or(|paused| paused == stage)
            && self.binding.as_ref().is_none_or(|paused| paused == binding)
    }
}
