//! The changes of a publication in short.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    identifier::{ApplicationId, BindingId, HookName},
    publish::{Change, Difference, Publication, Snapshot, Transition},
};
use hookpoint_stages::Stage;

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

/// The targets of changed applications and bindings.
pub(crate) fn targets<'a>(
    applications: impl Iterator<Item = &'a ApplicationId>,
    bindings: &[BindingChange],
) -> BTreeSet<Target> {
    let applications = applications.cloned().map(Target::Application);
    let bindings = bindings.iter().map(|change| change.target.clone());
    applications.chain(bindings).collect()
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

impl Changes {
    /// `difference` is that of the publication from the snapshot.
    pub(crate) fn of(
        publication: &Publication,
        snapshot: &Snapshot,
        difference: &Difference,
    ) -> Self {
        let hooks = difference.hooks.iter();
        let hooks = hooks.map(|hook| (hook.name.clone(), hook.version));
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
            bindings: binding_changes(&difference.bindings),
        }
    }

    /// True if nothing was or would be written.
    pub fn is_empty(&self) -> bool {
        self.hooks.is_empty() && self.applications.is_empty() && self.bindings.is_empty()
    }

    /// The applications and identity stores that it is about.
    pub fn targets(&self) -> BTreeSet<Target> {
        targets(self.applications.iter().map(|(_, id)| id), &self.bindings)
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

/// The changes of bindings, for display.
pub(crate) fn binding_changes(transitions: &[Transition<Binding>]) -> Vec<BindingChange> {
    let change = |transition: &Transition<Binding>| match (&transition.before, &transition.after) {
        (Some(_), Some(after)) => Some(binding_change(ChangeKind::Changed, after)),
        (None, Some(after)) => Some(binding_change(ChangeKind::Added, after)),
        (Some(before), None) => Some(binding_change(ChangeKind::Removed, before)),
        (None, None) => None,
    };
    transitions.iter().filter_map(change).collect()
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

pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
