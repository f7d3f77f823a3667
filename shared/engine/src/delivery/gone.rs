//! Bindings whose endpoint answered 410, and which get no deliveries until an operator resumes them.
//!
//! The worker marks a binding at the first delivery answered with 410. The mark applies to the hook version that was
//! called; a new version or another hook starts afresh. Only deliveries check it: a synchronous hook has its failure
//! policy instead.

use std::time::SystemTime;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use hookpoint_stages::{ModeRule, Stage};
use serde::{Deserialize, Serialize};

use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    format::{self, Unreadable},
    identifier::{BindingId, DeliveryId, HookName},
    ports::{GoneBindings, StoreError},
    serde_stage,
    timestamp::{milliseconds, time_of},
};

/// Maximum number of concurrent store reads.
const CONCURRENCY: usize = 8;
/// Format number of the stored mark.
const FORMAT: u8 = 1;

/// Records that a binding's endpoint is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoneBinding {
    v: u8,
    /// The binding's stage.
    #[serde(with = "serde_stage")]
    pub stage: Stage,
    /// What it is attached to.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook that ran.
    pub hook: HookName,
    /// Its version.
    pub version: u32,
    /// When the endpoint answered 410, in milliseconds since 1970.
    since: u64,
    /// The delivery answered with 410.
    pub delivery: DeliveryId,
}

impl GoneBinding {
    /// Marks the hook version that the binding has now.
    pub fn new(binding: &Binding, delivery: &DeliveryId, since: SystemTime) -> Self {
        Self {
            v: FORMAT,
            stage: binding.stage,
            target: binding.target.clone(),
            binding: binding.id.clone(),
            hook: binding.hook.name.clone(),
            version: binding.hook.version,
            since: milliseconds(since),
            delivery: delivery.clone(),
        }
    }

    /// Parses a stored mark.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        format::read(text, FORMAT, |value: &Self| value.v)
    }

    /// The stored form of the mark.
    pub fn to_json(&self) -> String {
        // Serialising strings and numbers into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// When the endpoint answered 410.
    pub fn since(&self) -> SystemTime {
        time_of(self.since)
    }

    /// Whether the mark applies to the binding's current hook version.
    pub fn is_of(&self, binding: &Binding) -> bool {
        self.stage == binding.stage
            && self.target == binding.target
            && self.binding == binding.id
            && self.hook == binding.hook.name
            && self.version == binding.hook.version
    }
}

/// Every mark on a binding for an application's events: its own, and those of the identity store it uses.
pub async fn of_application(
    marks: &dyn GoneBindings,
    application: &Application,
) -> Result<Vec<GoneBinding>, StoreError> {
    let own = Target::Application(application.id.clone());
    let store = application.identity_store.clone().map(Target::Store);
    let targets: Vec<_> = [own].into_iter().chain(store).collect();
    let stages = Stage::ALL.iter().filter(|stage| {
        let definition = stage.definition();
        definition.family == application.kind.family()
            && definition.mode != ModeRule::SynchronousOnly
    });
    let questions: Vec<_> = stages
        .flat_map(|stage| targets.iter().map(|target| marks.gone(*stage, target)))
        .collect();
    let found: Vec<Vec<_>> = stream::iter(questions)
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}
