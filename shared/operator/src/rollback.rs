//! Undoing a publication, or the change of one binding.

mod undoing;

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::{Binding, Target},
    identifier::BindingId,
    ports::{Publisher, StoreError},
    publish::{Action, PublicationId, PublicationRecord, Scope, Transition},
};
use hookpoint_stages::Stage;
use thiserror::Error;

use self::undoing::{Undoing, either};
use crate::plan::Plan;

/// How many publications are searched for one that changed a binding.
const SEARCHED: usize = 200;
/// How many publications of one application or store are searched for an id.
const RECORDED: usize = 1_000;

/// Selects bindings; what is absent selects all.
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
    /// True when everything is selected, settings too: of one application or identity store, or of all.
    fn is_whole(&self) -> bool {
        self.stage.is_none() && self.id.is_none()
    }

    /// Whether a binding is selected.
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
    /// It published nothing.
    #[error(
        "publication `{0}` erased what was stored about a person, which nothing brings back; `hookpoint publications list` shows the others"
    )]
    Erasure(PublicationId),
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
    #[error(
        "version {version} of hook `{hook}`, which ran before, was deleted; publish what should run instead with `hookpoint apply`"
    )]
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

/// The records of a publication, or only those of one application or identity store, whose history is searched: who may read that need
/// not be allowed to read the history of all.
///
/// # Errors
/// The store cannot be read.
pub async fn publication_records(
    publisher: &dyn Publisher,
    id: PublicationId,
    target: Option<&Target>,
) -> Result<Vec<PublicationRecord>, StoreError> {
    if target.is_none() {
        return publisher.publication(id).await;
    }
    let mut records = publisher.publications(target, RECORDED).await?;
    records.retain(|record| record.id == id);
    Ok(records)
}

/// The records to undo: those of the given publication, else of the newest one that changed something chosen.
///
/// # Errors
/// There is none, it is an erasure, or the store cannot be read.
pub async fn find_publication(
    publisher: &dyn Publisher,
    id: Option<PublicationId>,
    choice: &BindingChoice,
) -> Result<Vec<PublicationRecord>, RollbackError> {
    if let Some(id) = id {
        let records = publication_records(publisher, id, choice.target.as_ref()).await?;
        return if records.is_empty() {
            Err(RollbackError::Unknown(id))
        } else if records.iter().any(is_erasure) {
            Err(RollbackError::Erasure(id))
        } else {
            Ok(records)
        };
    }
    let mut records = publisher
        .publications(choice.target.as_ref(), SEARCHED)
        .await?;
    records.retain(|record| !is_erasure(record));
    let has_chosen = |record: &&PublicationRecord| {
        choice.is_whole() || record.bindings.iter().any(|change| choice.is_of(change))
    };
    let Some(newest) = records.iter().find(has_chosen).map(|record| record.id) else {
        return Err(RollbackError::NothingFound(if choice.is_whole() {
            "exists"
        } else {
            "changed such a binding"
        }));
    };
    records.retain(|record| record.id == newest);
    Ok(records)
}

/// Plans what undoes a publication, or the chosen part of it: what concerns some bindings, or all that concerns an application or identity
/// store. An application that it added is
/// deleted, unless it has ingest keys or other bindings by now. Deleted ingest keys do not come back. What stays so is
/// among the leftovers of the plan.
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
    if bindings.is_empty() && !choice.is_whole() {
        return Err(RollbackError::NothingFound(
            "with this id changed such a binding",
        ));
    }
    let scope = scope_of(records, &bindings);
    let snapshot = publisher.snapshot(&scope).await?;
    let mut undoing = Undoing::from(&snapshot);
    for transition in bindings {
        undoing.binding(transition)?;
    }
    for record in records.iter().filter(|_| choice.is_whole()) {
        undoing.application(record);
    }
    undoing.leave_out_bindings_without_a_place();
    if !undoing.changed_since.is_empty() && !force {
        let items = undoing.changed_since;
        return Err(if has_later(publisher, id, &scope).await? {
            RollbackError::ChangedSince { id, items }
        } else {
            RollbackError::ChangedUnrecorded { id, items }
        });
    }
    let Undoing {
        mut publication,
        mut leftovers,
        ..
    } = undoing;
    if choice.is_whole() {
        leftovers.extend(lost_keys(records));
    }
    publication.guard(&snapshot);
    let mut plan = Plan::from(Action::Rollback, Some(id), scope, snapshot, publication);
    plan.leftovers = leftovers;
    Ok(plan)
}

/// The ingest keys that a publication deleted: only the hash of a key was ever stored, and records lack even that.
fn lost_keys(records: &[PublicationRecord]) -> impl Iterator<Item = String> {
    let with_keys = records.iter().filter(|record| !record.keys.is_empty());
    with_keys.filter_map(|record| {
        let Some(Target::Application(id)) = &record.subject else {
            return None;
        };
        let (plural, verb) = match record.keys.len() {
            1 => ("", "stays"),
            _ => ("s", "stay"),
        };
        let keys = record.keys.iter().map(|key| format!("`{key}`"));
        let keys = keys.collect::<Vec<_>>().join(", ");
        Some(format!(
            "application `{id}`: its ingest key{plural} {keys} {verb} deleted; create one with `hookpoint keys create --application {id}`"
        ))
    })
}

/// Whether a record is of an erasure, which published nothing and cannot be undone.
fn is_erasure(record: &PublicationRecord) -> bool {
    record.erasure.is_some()
}

/// Whether a later publication changed one of the applications and stores.
async fn has_later(
    publisher: &dyn Publisher,
    id: PublicationId,
    scope: &Scope,
) -> Result<bool, StoreError> {
    for target in &scope.targets {
        let records = publisher.publications(Some(target), SEARCHED).await?;
        let mut later = records.iter().take_while(|record| record.id != id);
        if later.any(|record| !is_erasure(record)) {
            return Ok(true);
        }
    }
    Ok(false)
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
