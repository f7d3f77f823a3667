//! Builds the publication that undoes another.

use std::collections::BTreeMap;

use hookpoint_engine::{
    application::binding::{Binding, Target},
    publish::{Change, DesiredApplication, Publication, PublicationRecord, Snapshot, Transition},
};

use super::RollbackError;

/// A publication that undoes another, while it is being built.
pub(super) struct Undoing<'a> {
    snapshot: &'a Snapshot,
    pub(super) publication: Publication,
    /// What has changed again since.
    pub(super) changed_since: Vec<String>,
    /// What stays, and why.
    pub(super) leftovers: Vec<String>,
}

impl<'a> From<&'a Snapshot> for Undoing<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            publication: Publication::default(),
            changed_since: Vec::new(),
            leftovers: Vec::new(),
        }
    }
}

impl Undoing<'_> {
    pub(super) fn binding(
        &mut self,
        transition: &Transition<Binding>,
    ) -> Result<(), RollbackError> {
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

    /// Undoes what a record says of the settings of an application. One that was deleted comes back with its pauses.
    pub(super) fn application(&mut self, record: &PublicationRecord) {
        let Some(transition) = &record.application else {
            return;
        };
        let Some(before) = &transition.before else {
            if let Some(added) = &transition.after {
                self.added_application(added);
            }
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
        let mut value = before.over(stored.map(|stored| &stored.value));
        if stored.is_none() {
            value.pauses.clone_from(&record.pauses);
        }
        self.publication.applications.push(Change {
            value,
            replaces: stored.map(|stored| stored.revision),
        });
    }

    /// Deletes an application that was added. The bindings that it got are deleted by now.
    fn added_application(&mut self, added: &DesiredApplication) {
        let id = &added.id;
        let Some(stored) = self.snapshot.applications.get(id) else {
            return;
        };
        let target = Target::Application(id.clone());
        let deleted = &self.publication.deletions;
        let mut bindings = self.snapshot.bindings.iter();
        let is_bound =
            bindings.any(|stored| stored.value.target == target && !deleted.contains(stored));
        if is_bound {
            self.leftovers.push(format!(
                "application `{id}` stays: it has bindings of other publications"
            ));
        } else if !stored.value.ingest_keys.is_empty() {
            self.leftovers.push(format!(
                "application `{id}` stays without these bindings: it has ingest keys by now, and events with them are accepted; \
                 delete it with `hookpoint applications delete {id}`"
            ));
        } else {
            if DesiredApplication::of(&stored.value) != *added {
                self.changed_since.push(format!("application {id}"));
            }
            self.publication.removals.push(stored.clone());
        }
    }
}

impl Undoing<'_> {
    /// Leaves out bindings of an application that is not there afterwards, and those at stages of another kind than it has: it posts no
    /// events there, and what publishes it would not see them.
    pub(super) fn leave_out_bindings_without_a_place(&mut self) {
        let changed = self.publication.applications.iter();
        let mut kinds: BTreeMap<_, _> = self
            .snapshot
            .applications
            .iter()
            .map(|(id, stored)| (id.clone(), stored.value.kind))
            .collect();
        kinds.extend(changed.map(|change| (change.value.id.clone(), change.value.kind)));
        let leftovers = &mut self.leftovers;
        self.publication.bindings.retain(|Change { value, .. }| {
            let Target::Application(id) = &value.target else {
                return true;
            };
            let why = match kinds.get(id) {
                Some(kind) if kind.family() == value.stage.definition().family => return true,
                Some(kind) => format!(
                    "the application is of another kind by now, `{}`",
                    kind.family()
                ),
                None => "the application was deleted; undo that publication as a whole".to_owned(),
            };
            leftovers.push(format!(
                "binding {} of {} at {} stays removed: {why}",
                value.id, value.target, value.stage
            ));
            false
        });
        // No stage needs a hook only for what was left out.
        let bindings = &self.publication.bindings;
        self.publication.hooks.retain_mut(|(hook, stages)| {
            let hook = hook.reference();
            stages.retain(|stage| {
                let mut bindings = bindings.iter().map(|change| &change.value);
                bindings.any(|binding| binding.hook == hook && binding.stage == *stage)
            });
            !stages.is_empty()
        });
    }
}

/// The binding after a change, or before if it was removed.
pub(super) fn either(transition: &Transition<Binding>) -> Option<&Binding> {
    transition.after.as_ref().or(transition.before.as_ref())
}
