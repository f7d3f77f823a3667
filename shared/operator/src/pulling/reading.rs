//! What is read of applications and hooks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hookpoint_engine::{
    application::Application,
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

/// The newest version of each hook.
pub(super) async fn newest_of(
    publisher: &dyn Publisher,
    hooks: BTreeSet<HookName>,
) -> Result<BTreeMap<HookName, Arc<Hook>>, StoreError> {
    let scope = Scope {
        hooks,
        ..Scope::default()
    };
    let newest = publisher.snapshot(&scope).await?.hooks;
    let versions = newest.into_values().map(|hook| (hook.name, hook.version));
    let scope = Scope {
        versions: versions.collect(),
        ..Scope::default()
    };
    let Snapshot { versions, .. } = publisher.snapshot(&scope).await?;
    let by_name = versions.into_iter().map(|((name, _), hook)| (name, hook));
    Ok(by_name.collect())
}
