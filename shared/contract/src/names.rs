//! Names and objects unique to a check.

use std::collections::BTreeSet;

use hookpoint_stages::{Family, Stage};
use serde_json::json;
use uuid::Uuid;

use hookpoint_engine::{
    application::binding::Target,
    identifier::{ApplicationId, HookName, StoreId},
    publish::{Desired, DesiredApplication},
    testing::sample::{self, id},
};

/// The names of one check.
pub(super) struct Names(String);

impl Names {
    pub(super) fn fresh() -> Self {
        let random = Uuid::new_v4().simple().to_string();
        Self(format!("check-{}", &random[..16]))
    }

    /// The check's application.
    pub(super) fn application_id(&self) -> ApplicationId {
        id(&self.0)
    }

    pub(super) fn application(&self) -> DesiredApplication {
        sample::application(&self.application_id(), Family::Identity)
    }

    pub(super) fn target(&self) -> Target {
        Target::Application(self.application_id())
    }

    /// The check's identity store, named like its application to catch stores that confuse them.
    pub(super) fn store_id(&self) -> StoreId {
        id(&self.0)
    }

    pub(super) fn hook(&self, name: &str) -> HookName {
        id(&format!("{}-{name}", self.0))
    }

    /// The application only.
    pub(super) fn bare(&self) -> Desired {
        Desired {
            applications: vec![self.application()],
            ..Desired::default()
        }
    }

    /// The application with static hooks of these names, each bound once at a stage.
    pub(super) fn with_hooks(&self, stage: Stage, names: &[&str]) -> Desired {
        let mut desired = self.bare();
        for name in names {
            let hook = self.hook(name);
            let body = sample::static_hook(json!({"context": {"hook": name}}));
            desired
                .bindings
                .push(sample::binding(&hook, stage, &self.target()));
            desired.hooks.insert(hook, body);
        }
        desired
    }

    /// Two hundred hooks: forty bound by each of four applications with one identity store, and forty by the store.
    pub(super) fn two_hundred_hooks(&self, stage: Stage) -> Desired {
        let mut desired = Desired::default();
        desired.stores.insert(self.store_id());
        let mut targets = vec![Target::Store(self.store_id())];
        for number in 1..=4 {
            let id = id::<ApplicationId>(&format!("{}-{number}", self.0));
            targets.push(Target::Application(id.clone()));
            let mut application = sample::application(&id, Family::Identity);
            application.identity_store = Some(self.store_id());
            desired.applications.push(application);
        }
        for (number, target) in targets.iter().cycle().take(200).enumerate() {
            let hook = self.hook(&format!("h{number}"));
            let body = sample::static_hook(json!({"context": {"hook": number}}));
            desired.bindings.push(sample::binding(&hook, stage, target));
            desired.hooks.insert(hook, body);
        }
        desired
    }

    /// The application with sixty hooks: more than a transaction of a hundred items has room for with an entry of each.
    pub(super) fn sixty_hooks(&self, stage: Stage) -> Desired {
        let names: Vec<_> = (0..60).map(|number| format!("h{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        self.with_hooks(stage, &names)
    }

    /// The set of the check's own hooks with these names.
    pub(super) fn hooks(&self, names: &[&str]) -> BTreeSet<HookName> {
        names.iter().map(|name| self.hook(name)).collect()
    }
}

/// Pseudo-random text, which does not compress, from the given characters; deterministic for a seed.
pub(super) fn incompressible(seed: u64, length: usize, characters: &[char]) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        // Marsaglia's xorshift: fast, and random enough for compressors.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or_default()
    };
    (0..length)
        .map(|_| characters[next() % characters.len()])
        .collect()
}
