//! From what should be to what must be written: pure, the same for every store.

mod desired;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hookpoint_stages::Stage;

pub use self::desired::{Desired, DesiredApplication, DesiredBinding, DesiredVersion, PlanError};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    hook::{Hook, HookReference},
    identifier::{ApplicationId, HookName},
};

/// What a publication looks at and replaces: nothing outside it is touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Applications by id.
    pub applications: BTreeSet<ApplicationId>,
    /// Targets whose bindings become exactly the desired ones.
    pub targets: BTreeSet<Target>,
    /// Hooks whose newest version matters.
    pub hooks: BTreeSet<HookName>,
    /// Versions that bindings pin.
    pub versions: BTreeSet<(HookName, u32)>,
}

/// A stored value with the number that changes whenever it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Revised<T> {
    /// The value.
    pub value: T,
    /// Its revision, from 1.
    pub revision: u64,
}

/// What is stored now, as far as a [`Scope`] reaches.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The applications.
    pub applications: BTreeMap<ApplicationId, Revised<Application>>,
    /// The bindings of the targets, at every stage.
    pub bindings: Vec<Revised<Binding>>,
    /// The newest stored version of each hook, published or left behind by a publication that failed.
    pub hooks: BTreeMap<HookName, HookReference>,
    /// The pinned versions that exist.
    pub versions: BTreeMap<(HookName, u32), Arc<Hook>>,
}

/// What must be written, with the conditions under which it may be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Publication {
    /// Hook versions, to be written before anything else, each readable by the named stages. Writing one that is already there with
    /// the same hash changes nothing; another hash under the same number is a conflict.
    pub hooks: Vec<(Hook, BTreeSet<Stage>)>,
    /// Applications to put.
    pub applications: Vec<Change<Application>>,
    /// Bindings to put.
    pub bindings: Vec<Change<Binding>>,
    /// Bindings to delete, at the revision they must still have.
    pub deletions: Vec<Revised<Binding>>,
}

/// A value to put in place of what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<T> {
    /// The value.
    pub value: T,
    /// The revision that is replaced; `None` when nothing may be there yet. The stored revision becomes this plus one, or 1.
    pub replaces: Option<u64>,
}

impl<T> Change<T> {
    /// The revision the value will have.
    pub fn revision(&self) -> u64 {
        self.replaces.unwrap_or(0) + 1
    }
}

impl Publication {
    /// True when nothing has to be written.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty()
            && self.applications.is_empty()
            && self.bindings.is_empty()
            && self.deletions.is_empty()
    }
}
