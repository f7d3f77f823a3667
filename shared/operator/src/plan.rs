//! A publication that was planned and can be shown before it is made.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::SystemTime,
};

use hookpoint_engine::{
    application::binding::{Binding, Target},
    hook::{Hook, HookReference},
    identifier::{BindingId, HookName},
    ports::{PublishError, Publisher, StoreError},
    publish::{
        Action, Commit, Desired, DesiredApplication, Difference, Origin, Publication,
        PublicationId, PublicationRecord, Scope, Snapshot, Transition,
    },
};
use hookpoint_stages::Stage;

use crate::{
    apply_error::{ApplyError, Overtaken},
    changes::Changes,
};

/// How many publications are searched for the one that came first.
const SEARCHED: usize = 5;

/// Who publishes, from what, and when.
#[derive(Debug, Clone)]
pub struct Author {
    /// The AWS identity, or the user of the machine.
    pub by: String,
    /// The commit of the workspace, if it is in a repository.
    pub commit: Option<Commit>,
    /// The time.
    pub now: SystemTime,
}

impl Author {
    /// A program that publishes by itself, now.
    pub fn program(name: &str) -> Self {
        Self {
            by: name.to_owned(),
            commit: None,
            now: SystemTime::now(),
        }
    }

    /// Adds the record of a publication, or a part of one, that is not planned before it is made.
    pub(crate) fn recorded(
        &self,
        id: PublicationId,
        action: Action,
        publication: Publication,
        difference: &Difference,
    ) -> Publication {
        publication.recorded(difference, id, &self.origin(action, None))
    }

    fn origin(&self, action: Action, undoes: Option<PublicationId>) -> Origin {
        Origin {
            action,
            by: self.by.clone(),
            commit: self.commit.clone(),
            undoes,
        }
    }
}

/// What would be published, on condition that nothing has changed since it was planned.
#[derive(Debug, Clone)]
pub struct Plan {
    action: Action,
    undoes: Option<PublicationId>,
    planned: Scope,
    snapshot: Snapshot,
    publication: Publication,
    previous: BTreeMap<HookName, Arc<Hook>>,
    /// What differs from what is published.
    pub difference: Difference,
    /// What an undone publication leaves behind, each a sentence with what can be done about it.
    pub leftovers: Vec<String>,
}

/// A new version of a hook beside the one before.
#[derive(Debug, Clone)]
pub struct HookChange<'a> {
    /// The newest published version, if there is one.
    pub before: Option<&'a Hook>,
    /// The new version.
    pub after: &'a Hook,
}

impl Plan {
    /// Plans the publication of a workspace.
    ///
    /// # Errors
    /// The workspace cannot be published, or the store cannot be read.
    pub async fn of(publisher: &dyn Publisher, desired: &Desired) -> Result<Self, ApplyError> {
        let scope = desired.scope();
        let snapshot = publisher.snapshot(&scope).await?;
        let publication = desired.plan(&snapshot)?;
        let mut plan = Self::from(Action::Apply, None, scope, snapshot, publication);
        plan.read_previous(publisher).await?;
        Ok(plan)
    }

    pub(crate) fn from(
        action: Action,
        undoes: Option<PublicationId>,
        planned: Scope,
        snapshot: Snapshot,
        publication: Publication,
    ) -> Self {
        Self {
            action,
            undoes,
            planned,
            difference: Difference::of(&publication, &snapshot),
            snapshot,
            publication,
            previous: BTreeMap::new(),
            leftovers: Vec::new(),
        }
    }

    /// True when there is nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.publication.is_empty()
    }

    /// The changes in short.
    pub fn changes(&self) -> Changes {
        Changes::of(&self.publication, &self.snapshot, &self.difference)
    }

    /// The new hook versions, each beside the one before.
    pub fn hooks(&self) -> impl Iterator<Item = HookChange<'_>> {
        let new = self.difference.hooks.iter();
        let new: BTreeSet<_> = new.map(|new| (&new.name, new.version)).collect();
        self.written()
            .filter(move |hook| new.contains(&(&hook.name, hook.version)))
            .map(|after| HookChange {
                before: self.previous.get(&after.name).map(AsRef::as_ref),
                after,
            })
    }

    /// The hooks that it writes: new versions, and those that another stage is to read.
    pub(crate) fn written(&self) -> impl Iterator<Item = &Hook> {
        self.publication.hooks.iter().map(|(hook, _)| hook)
    }

    /// The scripts among them that lack bytecode.
    pub(crate) fn written_scripts(&self) -> BTreeSet<HookName> {
        self.written()
            .filter(|hook| hook.body.implementation.as_script().is_some())
            .filter(|hook| hook.body.compiled().is_none())
            .map(|hook| hook.name.clone())
            .collect()
    }

    /// The scripts of a workspace whose newest published version is the same.
    pub fn published_scripts(&self, desired: &Desired) -> Vec<HookReference> {
        let published = self.snapshot.hooks.iter();
        let unchanged = published.filter(|(name, newest)| {
            desired.hooks.get(name).is_some_and(|body| {
                body.implementation.as_script().is_some() && body.sha256() == newest.sha256
            })
        });
        unchanged.map(|(_, newest)| newest.clone()).collect()
    }

    /// Takes over the bytecode of the scripts that it writes.
    pub(crate) fn add_compiled(&mut self, desired: &Desired) {
        for (hook, _) in &mut self.publication.hooks {
            // A pinned version may be another one.
            if let Some(body) = desired.hooks.get(&hook.name)
                && *body == hook.body
            {
                hook.body = Arc::clone(body);
            }
        }
    }

    /// Lists what is published in its scope and missing in lists, and publishes nothing.
    ///
    /// # Errors
    /// The store fails.
    pub async fn complete_lists(&self, publisher: &dyn Publisher) -> Result<(), StoreError> {
        publisher.complete_lists(&self.planned).await
    }

    /// Publishes what was planned, with a record of it. Returns no id if there was nothing to publish.
    ///
    /// # Errors
    /// The store fails, or another writer was faster: then the error has what differs, and nothing was published.
    pub async fn publish(
        self,
        publisher: &dyn Publisher,
        author: &Author,
    ) -> Result<Option<PublicationId>, ApplyError> {
        self.complete_lists(publisher).await?;
        if self.publication.is_empty() {
            return Ok(None);
        }
        // The plan may be old: a person has read it in the meantime.
        let id = PublicationId::new(SystemTime::now().max(author.now));
        let origin = author.origin(self.action, self.undoes);
        let publication = self.publication.recorded(&self.difference, id, &origin);
        match publisher.publish(&publication).await {
            Ok(()) => Ok(Some(id)),
            Err(PublishError::Conflict { item }) => {
                let now = publisher.snapshot(&self.planned).await?;
                let difference = between(&self.snapshot, &now);
                let publication = cause_of(publisher, &self.planned, &difference).await?;
                Err(ApplyError::Overtaken(Box::new(Overtaken {
                    item,
                    difference,
                    publication,
                })))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn read_previous(&mut self, publisher: &dyn Publisher) -> Result<(), StoreError> {
        let newest = self.difference.hooks.iter().filter_map(|hook| {
            let newest = self.snapshot.hooks.get(&hook.name)?;
            Some((newest.name.clone(), newest.version))
        });
        let scope = Scope {
            versions: newest.collect(),
            ..Scope::default()
        };
        if scope.versions.is_empty() {
            return Ok(());
        }
        let versions = publisher.snapshot(&scope).await?.versions;
        let by_name = versions.into_iter().map(|((name, _), hook)| (name, hook));
        self.previous = by_name.collect();
        Ok(())
    }
}

/// The newest publication in the scope that left something in the state that differs now.
async fn cause_of(
    publisher: &dyn Publisher,
    scope: &Scope,
    difference: &Difference,
) -> Result<Option<PublicationRecord>, StoreError> {
    let is_cause = |record: &PublicationRecord| {
        let mut bindings = record.bindings.iter();
        let mut applications = record.application.iter();
        bindings.any(|made| {
            difference
                .bindings
                .iter()
                .any(|now| now.after == made.after)
        }) || applications.any(|made| {
            difference
                .applications
                .iter()
                .any(|now| now.after == made.after)
        })
    };
    let mut found: Vec<PublicationRecord> = Vec::new();
    for target in &scope.targets {
        let records = publisher.publications(Some(target), SEARCHED).await?;
        found.extend(records.into_iter().find(is_cause));
    }
    Ok(found.into_iter().max_by_key(|record| record.id))
}

/// What differs between two snapshots of one scope.
fn between(old: &Snapshot, new: &Snapshot) -> Difference {
    type Identity<'a> = (Stage, &'a Target, &'a BindingId);
    fn bindings(snapshot: &Snapshot) -> BTreeMap<Identity<'_>, &Binding> {
        let values = snapshot.bindings.iter().map(|stored| &stored.value);
        values
            .map(|binding| ((binding.stage, &binding.target, &binding.id), binding))
            .collect()
    }
    let (old_bindings, new_bindings) = (bindings(old), bindings(new));
    let mut keys: Vec<_> = old_bindings.keys().chain(new_bindings.keys()).collect();
    keys.sort();
    keys.dedup();
    let changed_bindings = keys.into_iter().map(|key| Transition {
        before: old_bindings.get(key).copied().cloned(),
        after: new_bindings.get(key).copied().cloned(),
    });
    let settings = |snapshot: &Snapshot, id| {
        let stored = snapshot.applications.get(id);
        stored.map(|stored| DesiredApplication::of(&stored.value))
    };
    let mut ids: Vec<_> = old
        .applications
        .keys()
        .chain(new.applications.keys())
        .collect();
    ids.sort();
    ids.dedup();
    let changed_applications = ids.into_iter().map(|id| Transition {
        before: settings(old, id),
        after: settings(new, id),
    });
    let hooks = new.hooks.values();
    Difference {
        hooks: hooks
            .filter(|hook| old.hooks.get(&hook.name) != Some(hook))
            .cloned()
            .collect(),
        applications: changed_applications
            .filter(|transition| transition.before != transition.after)
            .collect(),
        bindings: changed_bindings
            .filter(|transition| transition.before != transition.after)
            .collect(),
        keys: Vec::new(),
    }
}
