//! Temporary names that a tool creates.

use std::collections::BTreeSet;

use crate::{
    application::binding::Target,
    identifier::{ApplicationId, HookName, StoreId},
};

/// Applications, identity stores and hooks whose names are random and never used again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Temporary {
    /// The applications.
    pub applications: BTreeSet<ApplicationId>,
    /// The identity stores.
    pub stores: BTreeSet<StoreId>,
    /// The hooks. Only the applications and stores bind them.
    pub hooks: BTreeSet<HookName>,
}

impl Temporary {
    /// What bindings may be attached to.
    pub fn targets(&self) -> BTreeSet<Target> {
        let applications = self.applications.iter().cloned().map(Target::Application);
        let stores = self.stores.iter().cloned().map(Target::Store);
        applications.chain(stores).collect()
    }
}
