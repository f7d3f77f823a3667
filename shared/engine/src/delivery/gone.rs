//! Bindings whose endpoint answered 410: nothing more is sent to them until an operator resumes them.
//!
//! A mark is made by the worker, at the first 410 that a delivery is answered, and counts for the hook version that was answered so: a new
//! version of the hook, or another hook, begins anew. Only deliveries heed it. A synchronous hook has its failure policy instead.

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

/// How many questions to the store are under way at once.
const CONCURRENCY: usize = 8;
/// The number of this format.
const FORMAT: u8 = 1;

/// The mark on a binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoneBinding {
    v: u8,
    /// Where the binding is.
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
    /// When its endpoint said so, in milliseconds since 1970.
    since: u64,
    /// The delivery that was answered so.
    pub delivery: DeliveryId,
}

impl GoneBinding {
    /// A mark on a binding, as it is now.
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

    /// Reads a stored mark.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        format::read(text, FORMAT)
    }

    /// The mark as it is stored.
    pub fn to_json(&self) -> String {
        // Serialising strings and numbers into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// When its endpoint said so.
    pub fn since(&self) -> SystemTime {
        time_of(self.since)
    }

    /// Whether it counts for a binding as it is bound now.
    pub fn is_of(&self, binding: &Binding) -> bool {
        self.stage == binding.stage
            && self.target == binding.target
            && self.binding == binding.id
            && self.hook == binding.hook.name
            && self.version == binding.hook.version
    }
}

/// Every mark on a binding that an application's events go to: its own, and those of the identity store it uses.
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
