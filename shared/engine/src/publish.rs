//! Publications: computes what must be written to reach the desired state. Pure, and independent of the store.

mod desired;
mod difference;
mod history;
mod parts;
mod plan_error;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hookpoint_stages::Stage;

pub use self::{
    desired::{Desired, DesiredApplication, DesiredBinding, DesiredVersion},
    difference::{Difference, Transition},
    history::{
        Action, Commit, Erasure, InvalidPublicationId, Origin, PublicationId, PublicationRecord,
    },
    parts::Part,
    plan_error::PlanError,
};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    audit::AuditEntry,
    hook::{Hook, HookReference},
    identifier::{ApplicationId, HookName},
};

/// What a publication reads and replaces. Nothing outside it is touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Applications by id.
    pub applications: BTreeSet<ApplicationId>,
    /// Targets whose bindings are replaced by the desired ones.
    pub targets: BTreeSet<Target>,
    /// Hooks whose newest version is needed.
    pub hooks: BTreeSet<HookName>,
    /// Versions that bindings pin.
    pub versions: BTreeSet<(HookName, u32)>,
}

/// A stored value with a revision that changes with every write.
#[derive(Debug, Clone, PartialEq)]
pub struct Revised<T> {
    /// The value.
    pub value: T,
    /// Its revision, from 1.
    pub revision: u64,
}

/// The stored state within a [`Scope`].
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The applications.
    pub applications: BTreeMap<ApplicationId, Revised<Application>>,
    /// The bindings of the targets, at every stage.
    pub bindings: Vec<Revised<Binding>>,
    /// The newest stored version of each hook, whether published or left over from a failed publication.
    pub hooks: BTreeMap<HookName, HookReference>,
    /// The pinned versions that exist.
    pub versions: BTreeMap<(HookName, u32), Arc<Hook>>,
}

/// The writes of a publication and their conditions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Publication {
    /// Hook versions, written before anything else, each with the stages that may read it. A version that exists with
    /// the same hash is unchanged; a different hash is a conflict.
    pub hooks: Vec<(Hook, BTreeSet<Stage>)>,
    /// Applications to put.
    pub applications: Vec<Change<Application>>,
    /// Those of them whose stored value stays: only their revision is raised.
    pub guarded: BTreeSet<ApplicationId>,
    /// Bindings to put.
    pub bindings: Vec<Change<Binding>>,
    /// Bindings to delete, at the revision they must still have.
    pub deletions: Vec<Revised<Binding>>,
    /// Applications to delete, at the revision they must still have.
    pub removals: Vec<Revised<Application>>,
    /// Records of the publication. New items, written with the rest.
    pub records: Vec<PublicationRecord>,
    /// Entries of the audit trail for what has no record, such as a new key. Written with the rest, or not at all.
    pub audit: Vec<AuditEntry>,
}

/// A value to store, and what it replaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<T> {
    /// The value.
    pub value: T,
    /// The revision it replaces; `None` when none may exist. The stored revision becomes this plus one, or 1.
    pub replaces: Option<u64>,
}

impl<T> Change<T> {
    /// The revision of the stored value.
    pub fn revision(&self) -> u64 {
        self.replaces.unwrap_or(0) + 1
    }
}

impl Publication {
    /// Raises the revision of each application in the snapshot whose bindings change, so that a concurrent change of its
    /// bindings is a conflict.
    pub fn guard(&mut self, snapshot: &Snapshot) {
        let changed = self.bindings.iter().map(|change| &change.value);
        let deleted = self.deletions.iter().map(|deletion| &deletion.value);
        let touched: BTreeSet<&Target> = changed
            .chain(deleted)
            .map(|binding| &binding.target)
            .collect();
        let is_touched = |application: &Application| {
            let store = application.identity_store.clone().map(Target::Store);
            let targets = [Some(Target::Application(application.id.clone())), store];
            targets
                .iter()
                .flatten()
                .any(|target| touched.contains(target))
        };
        let is_written = |application: &Application| {
            let put = self.applications.iter().map(|change| &change.value);
            let removed = self.removals.iter().map(|removal| &removal.value);
            put.chain(removed).any(|other| other.id == application.id)
        };
        let guards: Vec<_> = snapshot
            .applications
            .values()
            .filter(|stored| is_touched(&stored.value) && !is_written(&stored.value))
            .map(|stored| Change {
                value: stored.value.clone(),
                replaces: Some(stored.revision),
            })
            .collect();
        let ids = guards.iter().map(|guard| guard.value.id.clone());
        self.guarded.extend(ids);
        self.applications.extend(guards);
    }

    /// True when nothing would change.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty()
            && self.applications.is_empty()
            && self.bindings.is_empty()
            && self.deletions.is_empty()
            && self.removals.is_empty()
    }
}
