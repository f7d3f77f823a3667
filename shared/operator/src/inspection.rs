//! Reads what is published, across applications.

use std::{collections::BTreeSet, sync::Arc};

use hookpoint_engine::{
    application::binding::{Binding, Target},
    hook::Hook,
    identifier::HookName,
    ports::{Publisher, StoreError},
    publish::Scope,
};
use hookpoint_stages::Stage;

/// Every binding, by target, stage and order.
pub async fn every_binding(publisher: &dyn Publisher) -> Result<Vec<Binding>, StoreError> {
    let mut targets = BTreeSet::new();
    for application in publisher.applications().await? {
        targets.extend(application.identity_store.map(Target::Store));
        targets.insert(Target::Application(application.id));
    }
    targets.extend(publisher.stores().await?.into_iter().map(Target::Store));
    bindings_at(publisher, targets).await
}

/// The bindings of some targets, by target, stage and order.
pub async fn bindings_at(
    publisher: &dyn Publisher,
    targets: BTreeSet<Target>,
) -> Result<Vec<Binding>, StoreError> {
    let scope = Scope {
        targets,
        ..Scope::default()
    };
    let stored = publisher.snapshot(&scope).await?.bindings;
    let mut bindings: Vec<_> = stored.into_iter().map(|stored| stored.value).collect();
    sort(&mut bindings);
    Ok(bindings)
}

/// Sorts by target, stage and order.
pub(crate) fn sort(bindings: &mut [Binding]) {
    bindings.sort_by_key(|binding| {
        let stage = Stage::ALL.iter().position(|stage| *stage == binding.stage);
        (
            binding.target.clone(),
            stage,
            binding.order,
            binding.id.clone(),
        )
    });
}

/// A version of a hook with its sources; `None` if it does not exist.
pub async fn hook_version(
    publisher: &dyn Publisher,
    hook: &HookName,
    version: u32,
) -> Result<Option<Arc<Hook>>, StoreError> {
    let key = (hook.clone(), version);
    let scope = Scope {
        versions: [key.clone()].into(),
        ..Scope::default()
    };
    Ok(publisher.snapshot(&scope).await?.versions.remove(&key))
}
