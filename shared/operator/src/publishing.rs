//! Publishing a workspace, with a preview.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    identifier::{ApplicationId, BindingId, HookName},
    ports::{PublishError, Publisher, StoreError},
    publish::{Change, Desired, PlanError, Publication, Snapshot},
};
use hookpoint_stages::Stage;
use thiserror::Error;

use crate::{
    optimistic::{self, ATTEMPTS},
    plan::{Author, Overtaken, Plan},
};

/// The changes of a publication, for display.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New hook versions; existing ones never change.
    pub hooks: Vec<(HookName, u32)>,
    /// Added or changed applications.
    pub applications: Vec<(ChangeKind, ApplicationId)>,
    /// Added, changed or removed bindings.
    pub bindings: Vec<BindingChange>,
}

/// A binding that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingChange {
    /// The kind of change.
    pub kind: ChangeKind,
    /// The application or identity store.
    pub target: Target,
    /// The binding's stage.
    pub stage: Stage,
    /// The binding's id, unique within target and stage.
    pub id: BindingId,
    /// The hook that runs after the change, or ran before a removal.
    pub hook: HookName,
    /// The version of the hook.
    pub version: u32,
}

/// Added, changed or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It did not exist before.
    Added,
    /// It exists with other content.
    Changed,
    /// It is deleted.
    Removed,
}

/// Why a workspace was not published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The workspace does not fit the published state.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store refused the publication.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Another writer changed something after it was planned.
    #[error("`{}` was changed by another publication meanwhile; nothing was published", .0.item)]
    Overtaken(Box<Overtaken>),
}

/// Publishes the desired state at once, with a record of it, and returns the changes. Writes nothing if nothing
/// differs.
///
/// # Errors
/// It cannot be published, the store fails, or another writer was faster: retrying could undo changes that the author
/// has not seen.
pub async fn apply(
    publisher: &dyn Publisher,
    desired: &Desired,
    author: &Author,
) -> Result<Changes, ApplyError> {
    let plan = Plan::of(publisher, desired).await?;
    let changes = plan.changes();
    plan.publish(publisher, author).await?;
    Ok(changes)
}

/// Publishes the desired state without a record, and retries on conflicts: for several processes that publish one
/// workspace while its author edits it.
///
/// # Errors
/// It cannot be published, or the store fails.
pub async fn apply_over_others(
    publisher: &dyn Publisher,
    desired: &Desired,
) -> Result<Changes, ApplyError> {
    optimistic::change(publisher, &desired.scope(), ATTEMPTS, |snapshot| {
        let publication = desired.plan(&snapshot)?;
        let changes = Changes::of(&publication, &snapshot);
        Ok((publication, changes))
    })
    .await
}

impl Changes {
    pub(crate) fn of(publication: &Publication, snapshot: &Snapshot) -> Self {
        // A version that only gets copied to another stage is not new.
        let is_new = |name: &HookName, version: u32| {
            snapshot
                .hooks
                .get(name)
                .is_none_or(|newest| version > newest.version)
        };
        let hooks = publication
            .hooks
            .iter()
            .filter(|(hook, _)| is_new(&hook.name, hook.version))
            .map(|(hook, _)| (hook.name.clone(), hook.version));
        // Unchanged applications are written to detect concurrent changes.
        let differs = |change: &&Change<Application>| {
            snapshot
                .applications
                .get(&change.value.id)
                .is_none_or(|stored| stored.value != change.value)
        };
        let applications = publication
            .applications
            .iter()
            .filter(differs)
            .map(|change| (kind_of(change.replaces), change.value.id.clone()));
        let removals = publication.removals.iter();
        let removals = removals.map(|removal| (ChangeKind::Removed, removal.value.id.clone()));
        Self {
            hooks: hooks.collect(),
            applications: applications.chain(removals).collect(),
            bindings: binding_changes(publication),
        }
    }

    /// True if nothing was or would be written.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty() && self.applications.is_empty() && self.bindings.is_empty()
    }

    /// The changes in one line: `1 new hook version, 2 bindings changed`.
    pub fn summary(&self) -> String {
        if self.is_empty() {
            return "nothing changed".to_owned();
        }
        let mut parts = Vec::new();
        if !self.hooks.is_empty() {
            let versions = counted(self.hooks.len(), "new hook version");
            parts.push(versions);
        }
        for kind in ChangeKind::ALL {
            let applications = self.applications.iter().filter(|(other, _)| *other == kind);
            let bindings = self.bindings.iter().filter(|change| change.kind == kind);
            for (count, noun) in [
                (applications.count(), "application"),
                (bindings.count(), "binding"),
            ] {
                if count > 0 {
                    parts.push(format!("{} {}", counted(count, noun), kind.as_str()));
                }
            }
        }
        parts.join(", ")
    }
}

impl ChangeKind {
    const ALL: [Self; 3] = [Self::Added, Self::Changed, Self::Removed];

    /// `added`, `changed` or `removed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// Merges the delete and put of a binding whose order changed into one change: the order is part of its key.
pub(crate) fn binding_changes(publication: &Publication) -> Vec<BindingChange> {
    let identity = |binding: &Binding| (binding.stage, binding.target.clone(), binding.id.clone());
    let deleted: BTreeSet<_> = publication
        .deletions
        .iter()
        .map(|deletion| identity(&deletion.value))
        .collect();
    let put: BTreeSet<_> = publication
        .bindings
        .iter()
        .map(|change| identity(&change.value))
        .collect();
    let puts = publication.bindings.iter().map(|change| {
        let moved = deleted.contains(&identity(&change.value));
        let kind = if moved {
            ChangeKind::Changed
        } else {
            kind_of(change.replaces)
        };
        binding_change(kind, &change.value)
    });
    let removals = publication
        .deletions
        .iter()
        .filter(|deletion| !put.contains(&identity(&deletion.value)))
        .map(|deletion| binding_change(ChangeKind::Removed, &deletion.value));
    puts.chain(removals).collect()
}

fn binding_change(kind: ChangeKind, binding: &Binding) -> BindingChange {
    BindingChange {
        kind,
        target: binding.target.clone(),
        stage: binding.stage,
        id: binding.id.clone(),
        hook: binding.hook.name.clone(),
        version: binding.hook.version,
    }
}

fn kind_of(replaces: Option<u64>) -> ChangeKind {
    if replaces.is_some() {
        ChangeKind::Changed
    } else {
        ChangeKind::Added
    }
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::SystemTime};

    use hookpoint_engine::testing::MemoryStore;
    use hookpoint_workspace::Workspace;

    use super::*;

    const FIRST: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { static: { context: { A: 1 } } }, other: { static: { context: { B: 1 } } } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello, order: 10 }
  - { application: bot, stage: escalation, hook: other }
";

    async fn publish(store: &MemoryStore, text: &str) -> String {
        let workspace = Workspace::parse(text, "test", Path::new("")).unwrap();
        let plan = Plan::of(store, workspace.desired()).await.unwrap();
        let author = Author {
            by: "tester".to_owned(),
            commit: None,
            now: SystemTime::UNIX_EPOCH,
        };
        let changes = apply(store, workspace.desired(), &author).await.unwrap();
        assert_eq!(plan.changes(), changes);
        changes.summary()
    }

    #[tokio::test]
    async fn changes_are_reported_as_people_see_them() {
        let store = MemoryStore::default();
        assert_eq!(
            publish(&store, FIRST).await,
            "2 new hook versions, 1 application added, 2 bindings added"
        );
        assert_eq!(publish(&store, FIRST).await, "nothing changed");
        let moved = FIRST.replace("order: 10", "order: 20");
        assert_eq!(publish(&store, &moved).await, "1 binding changed");
        let edited = moved.replace("A: 1", "A: 2");
        assert_eq!(
            publish(&store, &edited).await,
            "1 new hook version, 1 binding changed"
        );
        let elsewhere = edited.replace("escalation", "messageReceived");
        assert_eq!(
            publish(&store, &elsewhere).await,
            "1 binding added, 1 binding removed"
        );
    }
}
