//! The parts of a publication that is too large for one transaction.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::Publication;
use crate::{
    application::binding::{Binding, Target},
    identifier::{ApplicationId, HookName, StoreId},
};

/// A part of a publication: a publication itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<T> {
    /// What it writes.
    pub publication: Publication,
    /// The applications and identity stores whose bindings it publishes.
    pub subjects: BTreeSet<Target>,
    /// What its check returned.
    pub checked: T,
}

/// An indivisible unit, in the order of publication.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    /// A version that no changed binding runs.
    Unbound(HookName, u32),
    /// The record of such versions.
    Unowned,
    /// A target with its bindings. Those with one identity store are neighbours, the store last.
    Subject(Option<StoreId>, bool, Target),
}

impl Unit {
    fn subject(&self) -> Option<&Target> {
        match self {
            Self::Subject(_, _, target) => Some(target),
            Self::Unbound(..) | Self::Unowned => None,
        }
    }
}

impl<T> Part<T> {
    /// The revisions that it leaves its applications at.
    fn revisions(&self) -> impl Iterator<Item = (ApplicationId, u64)> {
        let changes = self.publication.applications.iter();
        changes.map(|change| (change.value.id.clone(), change.revision()))
    }
}

impl Publication {
    /// Divides it into parts that `check` accepts, as few as neighbours allow, in the order in which to publish them.
    /// It is one part if `check` accepts all of it.
    ///
    /// An application with its bindings and its record is in one part, and so is an identity store. A part of a store
    /// rewrites the applications in the publication that use it, as the whole does: it guards against a concurrent
    /// change. Parts expect the revisions that the parts before them leave. A hook that moves is added before it is removed.
    ///
    /// # Errors
    /// `check` refuses what cannot be divided: the subject and the error.
    pub fn parts<T, E>(
        &self,
        check: impl Fn(&Self) -> Result<T, E>,
    ) -> Result<Vec<Part<T>>, (Option<Target>, E)> {
        let units = self.units();
        if let Ok(checked) = check(self) {
            return Ok(vec![Part {
                publication: self.clone(),
                subjects: units.iter().filter_map(Unit::subject).cloned().collect(),
                checked,
            }]);
        }
        let mut revisions = BTreeMap::new();
        let try_part = |units: &[Unit], revisions: &BTreeMap<_, _>| {
            let publication = self.part(units, revisions);
            let checked = check(&publication);
            checked.map(|checked| Part {
                publication,
                subjects: units.iter().filter_map(Unit::subject).cloned().collect(),
                checked,
            })
        };
        let mut parts = Vec::new();
        let mut group: Vec<Unit> = Vec::new();
        for unit in units {
            group.push(unit);
            if group.len() > 1 {
                if let Ok(grown) = try_part(&group, &revisions) {
                    parts.pop();
                    parts.push(grown);
                    continue;
                }
                group.drain(..group.len() - 1);
                revisions.extend(parts.last().into_iter().flat_map(Part::revisions));
            }
            let alone = try_part(&group, &revisions);
            parts.push(alone.map_err(|error| (group[0].subject().cloned(), error))?);
        }
        Ok(parts)
    }

    fn units(&self) -> Vec<Unit> {
        let bound: BTreeSet<_> = self
            .bindings
            .iter()
            .map(|change| (&change.value.hook.name, change.value.hook.version))
            .collect();
        let hooks = self
            .hooks
            .iter()
            .map(|(hook, _)| (&hook.name, hook.version));
        let unbound = hooks.filter(|hook| !bound.contains(hook));
        let mut units: BTreeSet<Unit> = unbound
            .map(|(name, version)| Unit::Unbound(name.clone(), version))
            .collect();
        let is_unowned = self.records.iter().any(|record| record.subject.is_none())
            || self.audit.iter().any(|entry| entry.application.is_none());
        if is_unowned {
            units.insert(Unit::Unowned);
        }
        let changed = self.applications.iter().map(|change| &change.value);
        let removed = self.removals.iter().map(|removal| &removal.value);
        let stores: BTreeMap<_, _> = changed
            .chain(removed)
            .map(|application| (&application.id, &application.identity_store))
            .collect();
        let put = self.bindings.iter().map(|change| &change.value);
        let deleted = self.deletions.iter().map(|deletion| &deletion.value);
        let applications = stores.keys().map(|id| Target::Application((*id).clone()));
        let targets = put.chain(deleted).map(|binding| binding.target.clone());
        let audited = self
            .audit
            .iter()
            .filter_map(|entry| entry.application.clone().map(Target::Application));
        for target in targets.chain(applications).chain(audited) {
            let store = match &target {
                Target::Application(id) => stores.get(id).copied().cloned().flatten(),
                Target::Store(store) => Some(store.clone()),
            };
            let is_store = target.store().is_some();
            units.insert(Unit::Subject(store, is_store, target));
        }
        self.additions_first(units.into_iter().collect())
    }

    /// Puts a target that gets a hook before those that lose it at the same stage: between two parts, the hook runs in both places rather
    /// than in none. Where hooks change places, one of them comes first.
    fn additions_first(&self, units: Vec<Unit>) -> Vec<Unit> {
        let is_move = |from: &Binding, to: &Binding| {
            from.stage == to.stage && from.hook.name == to.hook.name && from.target != to.target
        };
        let mut moves = BTreeSet::new();
        for deletion in &self.deletions {
            let added = self.bindings.iter().map(|change| &change.value);
            let added = added.filter(|added| is_move(&deletion.value, added));
            moves.extend(added.map(|added| (&deletion.value.target, &added.target)));
        }
        let (mut left, mut ordered) = (units, Vec::new());
        while !left.is_empty() {
            let is_left = |target: &Target| left.iter().any(|unit| unit.subject() == Some(target));
            let waits = |unit: &Unit| {
                moves
                    .iter()
                    .any(|(from, to)| unit.subject() == Some(from) && is_left(to))
            };
            let next = left.iter().position(|unit| !waits(unit));
            ordered.push(left.remove(next.unwrap_or_default()));
        }
        ordered
    }

    /// The part of these units, after parts that leave applications at these revisions.
    fn part(&self, units: &[Unit], revisions: &BTreeMap<ApplicationId, u64>) -> Self {
        let subjects: BTreeSet<&Target> = units.iter().filter_map(Unit::subject).collect();
        let has = |target: &Target| subjects.contains(target);
        let is_of = |id: &ApplicationId| has(&Target::Application(id.clone()));
        let uses = |store: &Option<StoreId>| {
            let store = store.clone().map(Target::Store);
            store.is_some_and(|store| has(&store))
        };
        let mut part = Self {
            applications: self.applications.clone(),
            guarded: self.guarded.clone(),
            bindings: self.bindings.clone(),
            deletions: self.deletions.clone(),
            removals: self.removals.clone(),
            records: self.records.clone(),
            audit: self.audit.clone(),
            hooks: Vec::new(),
        };
        part.applications
            .retain(|change| is_of(&change.value.id) || uses(&change.value.identity_store));
        let put = part.applications.iter();
        let put: BTreeSet<_> = put.map(|change| &change.value.id).collect();
        part.guarded.retain(|id| put.contains(id));
        for change in &mut part.applications {
            change.replaces = revisions.get(&change.value.id).copied().or(change.replaces);
        }
        part.bindings.retain(|change| has(&change.value.target));
        part.deletions
            .retain(|deletion| has(&deletion.value.target));
        part.removals.retain(|removal| is_of(&removal.value.id));
        part.records.retain(|record| match &record.subject {
            Some(subject) => has(subject),
            None => units.contains(&Unit::Unowned),
        });
        part.audit.retain(|entry| match &entry.application {
            Some(id) => is_of(id),
            None => units.contains(&Unit::Unowned),
        });
        let bound = part.bindings.iter().map(|change| &change.value.hook);
        let unbound = units.iter().filter_map(|unit| match unit {
            Unit::Unbound(name, version) => Some((name, *version)),
            _ => None,
        });
        let needed: BTreeSet<_> = bound
            .map(|hook| (&hook.name, hook.version))
            .chain(unbound)
            .collect();
        let hooks = self.hooks.iter();
        let hooks = hooks.filter(|(hook, _)| needed.contains(&(&hook.name, hook.version)));
        let hooks = hooks.cloned().collect();
        part.hooks = hooks;
        part
    }
}
