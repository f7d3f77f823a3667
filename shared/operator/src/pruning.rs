//! Finds and prunes published applications that the workspace does not contain.
//!
//! A workspace only covers its own applications, so publishing one never touches another's. An application removed from
//! the file therefore stays published until it is pruned. Pruning deletes its bindings and its keys, without which it
//! accepts no events. Its item stays, as no publication deletes one.

use std::{collections::BTreeSet, time::SystemTime};

use hookpoint_engine::{
    application::{Application, binding::Target},
    identifier::ApplicationId,
    ports::{Publisher, StoreError},
    publish::{Action, Change, Desired, Difference, Publication, PublicationId, Scope},
};

use crate::{
    apply_error::ApplyError,
    changes::{BindingChange, binding_changes, targets},
    optimistic::{self, ROUNDS},
    plan::Author,
};

/// The result of pruning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The applications that lost their keys, and how many.
    pub applications: Vec<(ApplicationId, usize)>,
    /// The deleted bindings.
    pub bindings: Vec<BindingChange>,
    /// The publication that deleted them, if there was something and it was not only reported.
    pub publication: Option<PublicationId>,
}

/// Who prunes, and what they were shown: nothing else is deleted.
#[derive(Debug, Clone, Copy)]
pub struct Pruning<'a> {
    /// Who it is recorded for.
    pub author: &'a Author,
    /// What [`prunable`] reported.
    pub seen: &'a Pruned,
}

impl Pruned {
    /// What is deleted beyond this, in words.
    fn first_beyond(
        &self,
        keys: &[(ApplicationId, usize)],
        bindings: &[BindingChange],
    ) -> Option<String> {
        let is_known = |(id, count): &&(ApplicationId, usize)| {
            let mut known = self.applications.iter();
            known.any(|(known, seen)| known == id && seen >= count)
        };
        let mut keys = keys.iter().filter(|key| !is_known(key));
        let key = keys.next().map(|(id, _)| format!("an ingest key of {id}"));
        key.or_else(|| {
            let mut bindings = bindings.iter();
            let binding = bindings.find(|binding| !self.bindings.contains(binding))?;
            Some(format!(
                "binding {} of {} at {}",
                binding.id, binding.target, binding.stage
            ))
        })
    }

    /// The applications and identity stores that lose something.
    pub fn targets(&self) -> BTreeSet<Target> {
        targets(self.applications.iter().map(|(id, _)| id), &self.bindings)
    }

    /// True if nothing was or would be deleted.
    pub fn is_empty(&self) -> bool {
        self.applications.is_empty() && self.bindings.is_empty()
    }
}

/// The published applications that are not in the workspace and still accept events, by id.
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

/// What [`prune`] deletes.
///
/// # Errors
/// The store cannot be read.
pub async fn prunable(publisher: &dyn Publisher, desired: &Desired) -> Result<Pruned, ApplyError> {
    let mut pruned = Pruned::default();
    prune_all(publisher, desired, None, &mut pruned).await?;
    Ok(pruned)
}

/// Deletes the keys and bindings of every published application that is not in the workspace, and the bindings of
/// identity stores that only such applications use. Returns what was deleted, also before an error.
///
/// # Errors
/// [`ApplyError::Unseen`] if there is more than was seen; the store fails.
pub async fn prune(
    publisher: &dyn Publisher,
    desired: &Desired,
    pruning: Pruning<'_>,
) -> (Pruned, Result<(), ApplyError>) {
    let id = PublicationId::new(SystemTime::now().max(pruning.author.now));
    let mut pruned = Pruned::default();
    let result = prune_all(publisher, desired, Some((pruning, id)), &mut pruned).await;
    pruned.publication = (!pruned.is_empty()).then_some(id);
    (pruned, result)
}

/// Adds what it deletes to `pruned`. Without `pruning`, only reports it.
async fn prune_all(
    publisher: &dyn Publisher,
    desired: &Desired,
    pruning: Option<(Pruning<'_>, PublicationId)>,
    pruned: &mut Pruned,
) -> Result<(), ApplyError> {
    let mut stores = BTreeSet::new();
    for application in outside(publisher, desired).await? {
        let store = application.identity_store;
        stores.extend(store.filter(|store| !desired.stores.contains(store)));
        let scope = Scope {
            applications: [application.id.clone()].into(),
            targets: [Target::Application(application.id)].into(),
            ..Scope::default()
        };
        prune_scope(publisher, scope, pruning, pruned).await?;
    }
    for store in stores {
        let scope = Scope {
            targets: [Target::Store(store)].into(),
            ..Scope::default()
        };
        prune_scope(publisher, scope, pruning, pruned).await?;
    }
    Ok(())
}

/// Publishes per application: all at once could exceed a transaction.
async fn prune_scope(
    publisher: &dyn Publisher,
    scope: Scope,
    pruning: Option<(Pruning<'_>, PublicationId)>,
    pruned: &mut Pruned,
) -> Result<(), ApplyError> {
    let changed = optimistic::change(publisher, &scope, ROUNDS, |snapshot| {
        let mut keys = Vec::new();
        let mut publication = Publication::default();
        for stored in snapshot.applications.values() {
            let mut value = stored.value.clone();
            // Rewritten along with deleted bindings, so that a concurrent writer gets a conflict.
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
        publication.deletions.clone_from(&snapshot.bindings);
        let difference = Difference::of(&publication, &snapshot);
        let bindings = binding_changes(&difference.bindings);
        publication = match pruning {
            Some((Pruning { author, seen }, id)) => {
                if let Some(what) = seen.first_beyond(&keys, &bindings) {
                    return Err(ApplyError::Unseen { what });
                }
                author.recorded(id, Action::Prune, publication, &difference)
            }
            None => Publication::default(),
        };
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
