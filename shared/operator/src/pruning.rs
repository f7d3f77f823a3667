//! Applications that are published though the workspace does not have them: found, and pruned when somebody asks for it.
//!
//! A workspace speaks of its own applications only, so publishing one never touches another's. What is left of an application
//! that was taken out of the file therefore stays until it is pruned: its bindings go, and so do its keys, without which it
//! answers nothing. Its item stays, as no publication deletes one.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::{Application, binding::Target},
    identifier::ApplicationId,
    ports::{Publisher, StoreError},
    publish::{Change, Desired, Publication, Scope},
};

use crate::{
    optimistic::{self, ATTEMPTS},
    publishing::{ApplyError, BindingChange, binding_changes},
};

/// What pruning took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The applications that lost their keys, and how many.
    pub applications: Vec<(ApplicationId, usize)>,
    /// The bindings that are gone.
    pub bindings: Vec<BindingChange>,
}

impl Pruned {
    /// True when nothing was or would be taken away.
    pub fn is_empty(&self) -> bool {
        self.applications.is_empty() && self.bindings.is_empty()
    }
}

/// The published applications that the workspace does not have and that still answer events, by id.
pub async fn strays(
    publisher: &dyn Publisher,
    desired: &Desired,
) -> Result<Vec<ApplicationId>, StoreError> {
    let outside = outside(publisher, desired).await?;
    let answering = outside
        .into_iter()
        .filter(|application| !application.ingest_keys.is_empty());
    Ok(answering.map(|application| application.id).collect())
}

/// Takes away the keys and bindings of every published application that the workspace does not have, and the bindings of
/// identity stores that only such applications use. With `dry_run`, says what that would be.
pub async fn prune(
    publisher: &dyn Publisher,
    desired: &Desired,
    dry_run: bool,
) -> Result<Pruned, ApplyError> {
    let mut pruned = Pruned::default();
    let mut stores = BTreeSet::new();
    for application in outside(publisher, desired).await? {
        let store = application.identity_store;
        stores.extend(store.filter(|store| !desired.stores.contains(store)));
        let scope = Scope {
            applications: [application.id.clone()].into(),
            targets: [Target::Application(application.id)].into(),
            ..Scope::default()
        };
        prune_scope(publisher, scope, dry_run, &mut pruned).await?;
    }
    for store in stores {
        let scope = Scope {
            targets: [Target::Store(store)].into(),
            ..Scope::default()
        };
        prune_scope(publisher, scope, dry_run, &mut pruned).await?;
    }
    Ok(pruned)
}

/// One publication for each application: several at once could be more than one transaction holds.
async fn prune_scope(
    publisher: &dyn Publisher,
    scope: Scope,
    dry_run: bool,
    pruned: &mut Pruned,
) -> Result<(), ApplyError> {
    let changed = optimistic::change(publisher, &scope, ATTEMPTS, |snapshot| {
        let mut keys = Vec::new();
        let mut publication = Publication::default();
        for stored in snapshot.applications.into_values() {
            let mut value = stored.value;
            // With bindings to delete it is rewritten all the same, which lets another writer of it conflict.
            if value.ingest_keys.is_empty() && snapshot.bindings.is_empty() {
                continue;
            }
            if !value.ingest_keys.is_empty() {
                keys.push((value.id.clone(), value.ingest_keys.len()));
            }
            value.ingest_keys.clear();
            publication.applications.push(Change {
                value,
                replaces: Some(stored.revision),
            });
        }
        publication.deletions = snapshot.bindings;
        let bindings = binding_changes(&publication);
        if dry_run {
            publication = Publication::default();
        }
        Ok::<_, ApplyError>((publication, (keys, bindings)))
    });
    let (keys, bindings) = changed.await?;
    pruned.applications.extend(keys);
    pruned.bindings.extend(bindings);
    Ok(())
}

async fn outside(
    publisher: &dyn Publisher,
    desired: &Desired,
) -> Result<Vec<Application>, StoreError> {
    let known: BTreeSet<_> = desired
        .applications
        .iter()
        .map(|application| &application.id)
        .collect();
    let mut applications = publisher.applications().await?;
    applications.retain(|application| !known.contains(&application.id));
    applications.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(applications)
}
