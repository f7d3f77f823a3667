//! What is read of applications and hooks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hookpoint_engine::{
    application::{Application, binding::Binding},
    hook::Hook,
    identifier::{ApplicationId, HookName},
    ports::{Publisher, StoreError},
    publish::{Scope, Snapshot},
};

use super::PullError;
use crate::unknown_target::UnknownTarget;

/// Applications by their ids: the index may lack them.
pub(super) async fn applications_of(
    publisher: &dyn Publisher,
    chosen: &BTreeSet<ApplicationId>,
) -> Result<Vec<Application>, PullError> {
    let scope = Scope {
        applications: chosen.clone(),
        ..Scope::default()
    };
    let found = publisher.snapshot(&scope).await?.applications;
    if let Some(id) = chosen.iter().find(|id| !found.contains_key(id)) {
        return Err(UnknownTarget::application(publisher, id).await?.into());
    }
    Ok(found.into_values().map(|stored| stored.value).collect())
}

/// The newest published version of each hook, which is at least the newest one that is bound: of all hooks, or of those that are bound. One
/// that a refused publication left behind is none.
pub(super) async fn newest_of(
    publisher: &dyn Publisher,
    is_all: bool,
    bindings: &[Binding],
) -> Result<BTreeMap<HookName, Arc<Hook>>, StoreError> {
    let listed = publisher.hooks().await;
    let listed = if is_all {
        listed?
    } else {
        // A role that may read an application need not be allowed to read lists. What an older program published may not be listed.
        let names: BTreeSet<_> = bindings.iter().map(|binding| &binding.hook.name).collect();
        let mut listed = listed.unwrap_or_default();
        listed.retain(|hook| names.contains(&hook.name));
        listed
    };
    let bound = bindings.iter().map(|binding| binding.hook.clone());
    let mut newest: BTreeMap<HookName, u32> = BTreeMap::new();
    for hook in listed.into_iter().chain(bound) {
        let known = newest.entry(hook.name).or_default();
        *known = hook.version.max(*known);
    }
    let scope = Scope {
        versions: newest.into_iter().collect(),
        ..Scope::default()
    };
    let Snapshot { versions, .. } = publisher.snapshot(&scope).await?;
    let by_name = versions.into_iter().map(|((name, _), hook)| (name, hook));
    Ok(by_name.collect())
}
