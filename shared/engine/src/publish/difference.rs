//! What a publication changes, compared with the snapshot that it was planned from.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};

use super::{Change, DesiredApplication, Publication, Revised, Snapshot};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    hook::{Hook, HookReference},
    identifier::{BindingId, IngestKeyId},
};

/// A value before and after. At least one of them exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition<T> {
    /// Absent when it was added.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub before: Option<T>,
    /// Absent when it was removed.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub after: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

/// What a publication changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// New hook versions. One that only gets to another stage is not new.
    pub hooks: Vec<HookReference>,
    /// Applications whose settings differ.
    pub applications: Vec<Transition<DesiredApplication>>,
    /// Bindings that differ. One that moves is one transition.
    pub bindings: Vec<Transition<Binding>>,
    /// Ingest keys that are removed, by application.
    pub keys: Vec<(Target, IngestKeyId)>,
}

impl Difference {
    /// Compares a publication with the snapshot that it was planned from.
    pub fn of(publication: &Publication, snapshot: &Snapshot) -> Self {
        let is_new = |hook: &&Hook| {
            let newest = snapshot.hooks.get(&hook.name);
            newest.is_none_or(|newest| hook.version > newest.version)
        };
        let hooks = publication.hooks.iter().map(|(hook, _)| hook);
        let stored = |change: &Change<Application>| {
            let stored = snapshot.applications.get(&change.value.id);
            stored.map(|stored| &stored.value)
        };
        let changed = publication.applications.iter().map(|change| Transition {
            before: stored(change).map(DesiredApplication::of),
            after: Some(DesiredApplication::of(&change.value)),
        });
        let removed = publication.removals.iter().map(|removal| Transition {
            before: Some(DesiredApplication::of(&removal.value)),
            after: None,
        });
        let replaced = publication.applications.iter().flat_map(|change| {
            let old = stored(change).into_iter();
            old.flat_map(|old| lost_keys(old, Some(&change.value)))
        });
        let removed_keys = publication.removals.iter();
        let removed_keys = removed_keys.flat_map(|removal| lost_keys(&removal.value, None));
        Self {
            hooks: hooks.filter(is_new).map(Hook::reference).collect(),
            applications: changed
                .chain(removed)
                .filter(|transition| transition.before != transition.after)
                .collect(),
            bindings: binding_transitions(publication, snapshot),
            keys: replaced.chain(removed_keys).collect(),
        }
    }
}

/// The identity of a binding that may move.
fn identity(binding: &Binding) -> (Stage, &Target, &BindingId) {
    (binding.stage, &binding.target, &binding.id)
}

/// Merges the deletion and the new item of a binding whose order changed.
fn binding_transitions(publication: &Publication, snapshot: &Snapshot) -> Vec<Transition<Binding>> {
    let deleted: BTreeMap<_, &Revised<Binding>> = publication
        .deletions
        .iter()
        .map(|deletion| (identity(&deletion.value), deletion))
        .collect();
    let put: BTreeSet<_> = publication
        .bindings
        .iter()
        .map(|change| identity(&change.value))
        .collect();
    let puts = publication.bindings.iter().map(|change| {
        let key = identity(&change.value);
        let before = match (deleted.get(&key), change.replaces) {
            (Some(deleted), _) => Some(&deleted.value),
            (None, Some(_)) => snapshot
                .bindings
                .iter()
                .map(|stored| &stored.value)
                .find(|stored| identity(stored) == key),
            (None, None) => None,
        };
        Transition {
            before: before.cloned(),
            after: Some(change.value.clone()),
        }
    });
    let removals = publication
        .deletions
        .iter()
        .filter(|deletion| !put.contains(&identity(&deletion.value)))
        .map(|deletion| Transition {
            before: Some(deletion.value.clone()),
            after: None,
        });
    puts.chain(removals).collect()
}

fn lost_keys(old: &Application, new: Option<&Application>) -> Vec<(Target, IngestKeyId)> {
    let kept =
        |id: &IngestKeyId| new.is_some_and(|new| new.ingest_keys.iter().any(|key| key.id == *id));
    let lost = old.ingest_keys.iter().filter(|key| !kept(&key.id));
    lost.map(|key| (Target::Application(old.id.clone()), key.id.clone()))
        .collect()
}
