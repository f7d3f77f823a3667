//! Undoing a publication, or the change of one binding.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::{Binding, Target},
    identifier::BindingId,
    ports::{Publisher, StoreError},
    publish::{
        Action, Change, DesiredApplication, Publication, PublicationId, PublicationRecord, Scope,
        Snapshot, Transition,
    },
};
use hookpoint_stages::Stage;
use thiserror::Error;

use crate::plan::Plan;

/// How many publications are searched for one that changed a binding.
const SEARCHED: usize = 200;

/// Which bindings are meant.
#[derive(Debug, Clone, Default)]
pub struct BindingChoice {
    /// Of this application or identity store.
    pub target: Option<Target>,
    /// At this stage.
    pub stage: Option<Stage>,
    /// With this id.
    pub id: Option<BindingId>,
}

impl BindingChoice {
    /// True when every binding is meant.
    pub fn is_all(&self) -> bool {
        self.target.is_none() && self.stage.is_none() && self.id.is_none()
    }

    /// Whether a binding is meant.
    pub fn includes(&self, binding: &Binding) -> bool {
        let Self { target, stage, id } = self;
        target
            .as_ref()
            .is_none_or(|target| *target == binding.target)
            && stage.is_none_or(|stage| stage == binding.stage)
            && id.as_ref().is_none_or(|id| *id == binding.id)
    }

    fn is_of(&self, transition: &Transition<Binding>) -> bool {
        either(transition).is_some_and(|binding| self.includes(binding))
    }
}

/// Why nothing was undone.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RollbackError {
    /// No publication has the id.
    #[error("there is no publication `{0}`; `hookpoint publications list` shows them")]
    Unknown(PublicationId),
    /// Nothing has been published, or no recorded publication changed the chosen bindings.
    #[error("no recorded publication {0}; `hookpoint publications list` shows what each changed")]
    NothingFound(&'static str),
    /// Something that it changed has changed again.
    #[error(
        "changed again since publication `{id}`: {}; undo the later publications first, or overwrite their changes with `--force`",
        .items.join(", ")
    )]
    ChangedSince {
        /// The publication.
        id: PublicationId,
        /// What changed again.
        items: Vec<String>,
    },
    /// Something that it changed has changed again, in no recorded publication.
    #[error(
        "changed since publication `{id}` without a record, as `dev` and `trigger` publish: {}; overwrite these changes with `--force`",
        .items.join(", ")
    )]
    ChangedUnrecorded {
        /// The publication.
        id: PublicationId,
        /// What changed again.
        items: Vec<String>,
    },
    /// The version that ran before does not exist any more.
    #[error("version {version} of hook `{hook}`, which ran before, was deleted")]
    MissingVersion {
        /// The hook.
        hook: String,
        /// Its version.
        version: u32,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The records to undo: those of the given publication, else of the newest one that changed a chosen binding.
///
/// # Errors
/// There is none, or the store cannot be read.
pub async fn find_publication(
    publisher: &dyn Publisher,
    id: Option<PublicationId>,
    choice: &BindingChoice,
) -> Result<Vec<PublicationRecord>, RollbackError> {
    if let Some(id) = id {
        let records = publisher.publication(id).await?;
        return if records.is_empty() {
            Err(RollbackError::Unknown(id))
        } else {
            Ok(records)
        };
    }
    if choice.is_all() {
        let mut records = publisher.publications(None, SEARCHED).await?;
        // An erasure published nothing, and cannot be undone.
        records.retain(|record| record.erasure.is_none());
        let newest = records.first().map(|record| record.id);
        records.retain(|record| Some(record.id) == newest);
        return if records.is_empty() {
            Err(RollbackError::NothingFound("exists"))
        } else {
            Ok(records)
        };
    }
    let records = publisher
        .publications(choice.target.as_ref(), SEARCHED)
        .await?;
    let has_chosen =
        |record: &&PublicationRecord| record.bindings.iter().any(|change| choice.is_of(change));
    let newest = records.iter().find(has_chosen).map(|record| record.id);
    let Some(newest) = newest else {
        return Err(RollbackError::NothingFound("changed such a binding"));
    };
    let is_newest = |record: &PublicationRecord| record.id == newest;
    Ok(records.into_iter().filter(is_newest).collect())
}

/// Plans what undoes a publication, or the part of it that concerns the chosen bindings. An application that it added
/// stays, without the bindings that it got.
///
/// # Errors
/// Something has changed again since, unless `force` is set; a hook version is gone; the store cannot be read.
pub async fn plan_rollback(
    publisher: &dyn Publisher,
    records: &[PublicationRecord],
    choice: &BindingChoice,
    force: bool,
) -> Result<Plan, RollbackError> {
    let Some(id) = records.first().map(|record| record.id) else {
        return Err(RollbackError::NothingFound("exists"));
    };
    let bindings: Vec<_> = records
        .iter()
        .flat_map(|record| &record.bindings)
        .filter(|transition| choice.is_of(transition))
        .collect();
    if bindings.is_empty() && !choice.is_all() {
        return Err(RollbackError::NothingFound(
            "with this id changed such a binding",
        ));
    }
    let applications: Vec<_> = records
        .iter()
        .filter_map(|record| record.application.as_ref())
        .filter(|_| choice.is_all())
        .collect();
    let scope = scope_of(records, &bindings);
    let snapshot = publisher.snapshot(&scope).await?;
    let mut undoing = Undoing {
        snapshot: &snapshot,
        publication: Publication::default(),
        changed_since: Vec::new(),
    };
    for transition in bindings {
        undoing.binding(transition)?;
    }
    for transition in applications {
        undoing.application(transition);
    }
    if !undoing.changed_since.is_empty() && !force {
        let items = undoing.changed_since;
        return Err(if has_later(publisher, id, &scope).await? {
            RollbackError::ChangedSince { id, items }
        } else {
            RollbackError::ChangedUnrecorded { id, items }
        });
    }
    let mut publication = undoing.publication;
    publication.guard(&snapshot);
    Ok(Plan::from(
        Action::Rollback,
        Some(id),
        scope,
        snapshot,
        publication,
    ))
}

/// Whether a later publication changed one of the applications and stores.
async fn has_later(
    publisher: &dyn Publisher,
    id: PublicationId,
    scope: &Scope,
) -> Result<bool, StoreError> {
    for target in &scope.targets {
        let newest = publisher.publications(Some(target), 1).await?;
        if newest.iter().any(|record| record.id != id) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn either(transition: &Transition<Binding>) -> Option<&Binding> {
    transition.after.as_ref().or(transition.before.as_ref())
}

fn scope_of(records: &[PublicationRecord], bindings: &[&Transition<Binding>]) -> Scope {
    let targets: BTreeSet<Target> = records
        .iter()
        .filter_map(|record| record.subject.clone())
        .collect();
    let applications = targets.iter().filter_map(|target| match target {
        Target::Application(id) => Some(id.clone()),
        Target::Store(_) => None,
    });
    let before = bindings.iter().filter_map(|change| change.before.as_ref());
    let hooks = before.map(|binding| &binding.hook);
    Scope {
        applications: applications.collect(),
        hooks: hooks.clone().map(|hook| hook.name.clone()).collect(),
        versions: hooks
            .map(|hook| (hook.name.clone(), hook.version))
            .collect(),
        targets,
    }
}

/// The publication that undoes another, as far as it is made.
struct Undoing<'a> {
    snapshot: &'a Snapshot,
    publication: Publication,
    changed_since: Vec<String>,
}

impl Undoing<'_> {
    fn binding(&mut self, transition: &Transition<Binding>) -> Result<(), RollbackError> {
        let Some(known) = either(transition) else {
            return Ok(());
        };
        let is_it = |stored: &&Binding| {
            stored.id == known.id && stored.stage == known.stage && stored.target == known.target
        };
        let mut stored = self.snapshot.bindings.iter();
        let current = stored.find(|stored| is_it(&&stored.value));
        let value = current.map(|stored| &stored.value);
        if value == transition.before.as_ref() {
            return Ok(());
        }
        if value != transition.after.as_ref() {
            let place = format!(
                "binding {} of {} at {}",
                known.id, known.target, known.stage
            );
            self.changed_since.push(place);
        }
        let mut replaces = current.map(|stored| stored.revision);
        if let Some(current) = current
            && transition
                .before
                .as_ref()
                .is_none_or(|before| before.order != current.value.order)
        {
            // The order is part of the key.
            self.publication.deletions.push(current.clone());
            replaces = None;
        }
        if let Some(before) = &transition.before {
            let key = (before.hook.name.clone(), before.hook.version);
            let hook = self.snapshot.versions.get(&key);
            let Some(hook) = hook.filter(|hook| hook.reference() == before.hook) else {
                return Err(RollbackError::MissingVersion {
                    hook: key.0.to_string(),
                    version: key.1,
                });
            };
            let hooks = &mut self.publication.hooks;
            match hooks
                .iter_mut()
                .find(|(known, _)| known.reference() == before.hook)
            {
                Some((_, stages)) => {
                    stages.insert(before.stage);
                }
                None => hooks.push(((**hook).clone(), [before.stage].into())),
            }
            self.publication.bindings.push(Change {
                // A version without hints may have recorded it.
                value: before.clone().with_hint_of(&hook.body),
                replaces,
            });
        }
        Ok(())
    }

    fn application(&mut self, transition: &Transition<DesiredApplication>) {
        // An application that was added stays: it may have keys by now.
        let Some(before) = &transition.before else {
            return;
        };
        let stored = self.snapshot.applications.get(&before.id);
        let current = stored.map(|stored| DesiredApplication::of(&stored.value));
        if current.as_ref() == Some(before) {
            return;
        }
        if current != transition.after {
            self.changed_since
                .push(format!("application {}", before.id));
        }
        self.publication.applications.push(Change {
            value: before.over(stored.map(|stored| &stored.value)),
            replaces: stored.map(|stored| stored.revision),
        });
    }
}
