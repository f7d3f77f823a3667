//! The desired state, and the plan that reaches it from the stored one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};

use super::{Change, PlanError, Publication, Scope, Snapshot};
use crate::{
    application::{
        Application, ApplicationKind,
        binding::{Binding, FailurePolicy, HookHint, Mode, Target},
        condition::Conditions,
    },
    hook::{Hook, HookBody, HookReference},
    identifier::{ApplicationId, BindingId, HookName, SecretName, StoreId, VariableName},
};

/// The contents of a workspace. Validated: every reference inside it resolves, and every mode, policy and effect fits
/// its stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desired {
    /// The applications; their bindings become exactly those listed here.
    pub applications: Vec<DesiredApplication>,
    /// The identity stores; their bindings become exactly those listed here.
    pub stores: BTreeSet<StoreId>,
    /// The hooks by name. Hooks that are not listed stay as they are.
    pub hooks: BTreeMap<HookName, Arc<HookBody>>,
    /// The bindings.
    pub bindings: Vec<DesiredBinding>,
}

/// An application in a workspace. Its ingest keys and pauses are not part of it and are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredApplication {
    /// Its id.
    pub id: ApplicationId,
    /// Display name.
    pub name: String,
    /// Which family of stages it posts.
    pub kind: ApplicationKind,
    /// The identity store it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_store: Option<StoreId>,
    /// Values that hooks may use.
    #[serde(default)]
    pub variables: BTreeMap<VariableName, String>,
    /// Whether run records keep events and responses.
    #[serde(default)]
    pub keep_events: bool,
}

/// A binding in a workspace; the fields are those of [`Binding`].
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "each field is documented at the field of `Binding` with the same name"
)]
pub struct DesiredBinding {
    pub id: BindingId,
    pub stage: Stage,
    pub target: Target,
    pub order: u16,
    pub mode: Mode,
    pub failure: FailurePolicy,
    pub timeout_ms: Option<u64>,
    pub when: Conditions,
    pub variables: BTreeMap<VariableName, String>,
    pub secrets: BTreeMap<SecretName, SecretName>,
    pub hook: HookName,
    pub version: DesiredVersion,
}

/// The hook version that a binding uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DesiredVersion {
    /// The newest as of the publication.
    Latest,
    /// This version, even when newer ones exist.
    Pinned(u32),
}

impl Desired {
    /// The scope of the snapshot that [`Desired::plan`] needs.
    pub fn scope(&self) -> Scope {
        let applications: BTreeSet<_> = self
            .applications
            .iter()
            .map(|application| application.id.clone())
            .collect();
        let stores = self.stores.iter().cloned().map(Target::Store);
        let targets = applications
            .iter()
            .cloned()
            .map(Target::Application)
            .chain(stores)
            .collect();
        let versions = self
            .bindings
            .iter()
            .filter_map(|binding| match binding.version {
                DesiredVersion::Latest => None,
                DesiredVersion::Pinned(version) => Some((binding.hook.clone(), version)),
            });
        Scope {
            applications,
            targets,
            hooks: self.hooks.keys().cloned().collect(),
            versions: versions.collect(),
        }
    }

    /// The writes that turn the snapshot into the desired state; empty when nothing differs.
    pub fn plan(&self, snapshot: &Snapshot) -> Result<Publication, PlanError> {
        let hooks = self.latest_versions(snapshot);
        let mut publication = Publication::default();
        for desired in &self.applications {
            let stored = snapshot.applications.get(&desired.id);
            let value = desired.over(stored.map(|stored| &stored.value));
            if stored.is_none_or(|stored| stored.value != value) {
                publication.applications.push(Change {
                    value,
                    replaces: stored.map(|stored| stored.revision),
                });
            }
        }
        let mut copies: BTreeMap<(HookName, u32), (Arc<Hook>, BTreeSet<Stage>)> = BTreeMap::new();
        for (name, latest) in &hooks {
            let hook = &latest.hook;
            if latest.is_new {
                copies.insert(
                    (name.clone(), hook.version),
                    (hook.clone(), BTreeSet::new()),
                );
            }
        }
        let stored_bindings: BTreeMap<_, _> = snapshot
            .bindings
            .iter()
            .map(|stored| (key_of(&stored.value), stored))
            .collect();
        let mut running_hooks: HashMap<_, Vec<&Binding>> = HashMap::new();
        for stored in snapshot.bindings.iter().map(|stored| &stored.value) {
            let place = (stored.stage, &stored.hook);
            running_hooks.entry(place).or_default().push(stored);
        }
        // Hashes each body once: the hash is that of its text.
        let mut references: BTreeMap<_, HookReference> = hooks
            .iter()
            .map(|(name, latest)| {
                (
                    (name.clone(), latest.hook.version),
                    latest.reference.clone(),
                )
            })
            .collect();
        let mut kept = BTreeSet::new();
        for desired in &self.bindings {
            let hook = desired.resolve(&hooks, snapshot)?;
            let reference = references
                .entry((hook.name.clone(), hook.version))
                .or_insert_with(|| hook.reference());
            let value = desired.with(&hook, reference.clone());
            let stored = stored_bindings.get(&key_of(&value));
            if stored.is_none_or(|stored| stored.value != value) {
                publication.bindings.push(Change {
                    value: value.clone(),
                    replaces: stored.map(|stored| stored.revision),
                });
            }
            let running = running_hooks.get(&(value.stage, &value.hook));
            let running = running.map_or(&[][..], Vec::as_slice);
            let is_readable = !running.is_empty();
            // A binding that ran this version is rewritten or deleted at its revision. For another one, only the hook's
            // own condition says that it was not deleted meanwhile.
            let is_anew = !running
                .iter()
                .any(|stored| stored.id == value.id && stored.target == value.target);
            if !is_readable || is_anew {
                let copy = copies
                    .entry((hook.name.clone(), hook.version))
                    .or_insert_with(|| (hook.clone(), BTreeSet::new()));
                if !is_readable {
                    copy.1.insert(value.stage);
                }
            }
            kept.extend(stored.map(|stored| key_of(&stored.value)));
        }
        publication.deletions = snapshot
            .bindings
            .iter()
            .filter(|stored| !kept.contains(&key_of(&stored.value)))
            .cloned()
            .collect();
        self.guard_applications(snapshot, &mut publication);
        publication.hooks = copies
            .into_values()
            .map(|(hook, stages)| (Hook::clone(&hook), stages))
            .collect();
        Ok(publication)
    }

    /// Raises the revision of an application whose bindings change. Two writers that add different bindings
    /// to the same snapshot then conflict, instead of mixing their bindings.
    fn guard_applications(&self, snapshot: &Snapshot, publication: &mut Publication) {
        let changed = publication.bindings.iter().map(|change| &change.value);
        let deleted = publication.deletions.iter().map(|deletion| &deletion.value);
        let touched: BTreeSet<&Target> = changed
            .chain(deleted)
            .map(|binding| &binding.target)
            .collect();
        for desired in &self.applications {
            let written = publication
                .applications
                .iter()
                .any(|change| change.value.id == desired.id);
            if !written
                && desired.targets().any(|target| touched.contains(&target))
                && let Some(stored) = snapshot.applications.get(&desired.id)
            {
                publication.guarded.insert(desired.id.clone());
                publication.applications.push(Change {
                    value: stored.value.clone(),
                    replaces: Some(stored.revision),
                });
            }
        }
    }

    /// Each hook's newest version: the stored one when its body matches, otherwise a new one.
    fn latest_versions(&self, snapshot: &Snapshot) -> BTreeMap<HookName, Latest> {
        self.hooks
            .iter()
            .map(|(name, body)| {
                let sha256 = body.sha256();
                let stored = snapshot.hooks.get(name);
                let same = stored.filter(|stored| stored.sha256 == sha256);
                let version = same.map_or_else(
                    || stored.map_or(1, |stored| stored.version + 1),
                    |same| same.version,
                );
                let hook = Hook {
                    name: name.clone(),
                    version,
                    body: body.clone(),
                };
                let latest = Latest {
                    hook: Arc::new(hook),
                    reference: HookReference {
                        name: name.clone(),
                        version,
                        sha256,
                    },
                    is_new: same.is_none(),
                };
                (name.clone(), latest)
            })
            .collect()
    }
}

/// The newest version of a hook.
struct Latest {
    hook: Arc<Hook>,
    reference: HookReference,
    is_new: bool,
}

/// The identity of a binding in the store; the order is part of its sort key.
fn key_of(binding: &Binding) -> (Stage, &Target, u16, &BindingId) {
    (binding.stage, &binding.target, binding.order, &binding.id)
}

impl DesiredApplication {
    /// A stored application as a workspace would declare it.
    pub fn of(stored: &Application) -> Self {
        Self {
            id: stored.id.clone(),
            name: stored.name.clone(),
            kind: stored.kind,
            identity_store: stored.identity_store.clone(),
            variables: stored.variables.clone(),
            keep_events: stored.keep_events,
        }
    }

    /// The targets whose bindings apply to its events.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        let store = self.identity_store.clone().map(Target::Store);
        [Target::Application(self.id.clone())]
            .into_iter()
            .chain(store)
    }

    /// The application as it should be stored, keeping what the workspace does not define.
    pub fn over(&self, stored: Option<&Application>) -> Application {
        Application {
            id: self.id.clone(),
            name: self.name.clone(),
            kind: self.kind,
            identity_store: self.identity_store.clone(),
            ingest_keys: stored
                .map(|stored| stored.ingest_keys.clone())
                .unwrap_or_default(),
            variables: self.variables.clone(),
            pauses: stored
                .map(|stored| stored.pauses.clone())
                .unwrap_or_default(),
            keep_events: self.keep_events,
            unknown: stored
                .map(|stored| stored.unknown.clone())
                .unwrap_or_default(),
        }
    }
}

impl DesiredBinding {
    /// A binding with nothing set: its id is that of the hook, its failure policy the stage's.
    pub fn new(hook: HookName, stage: Stage, target: Target) -> Self {
        Self {
            id: BindingId::from(&hook),
            stage,
            target,
            order: 0,
            mode: Mode::default_for(stage),
            failure: FailurePolicy::default_for(stage),
            timeout_ms: None,
            when: Conditions::default(),
            variables: BTreeMap::new(),
            secrets: BTreeMap::new(),
            hook,
            version: DesiredVersion::Latest,
        }
    }

    fn resolve(
        &self,
        hooks: &BTreeMap<HookName, Latest>,
        snapshot: &Snapshot,
    ) -> Result<Arc<Hook>, PlanError> {
        let missing = |version| PlanError::MissingVersion {
            binding: self.id.clone(),
            stage: self.stage,
            hook: self.hook.clone(),
            version,
        };
        match self.version {
            DesiredVersion::Latest => hooks
                .get(&self.hook)
                .map(|latest| latest.hook.clone())
                .ok_or_else(|| PlanError::MissingHook {
                    binding: self.id.clone(),
                    stage: self.stage,
                    hook: self.hook.clone(),
                }),
            DesiredVersion::Pinned(version) => snapshot
                .versions
                .get(&(self.hook.clone(), version))
                .or_else(|| {
                    hooks
                        .get(&self.hook)
                        .map(|latest| &latest.hook)
                        .filter(|hook| hook.version == version)
                })
                .cloned()
                .ok_or_else(|| missing(version)),
        }
    }

    /// The binding of a version. The reference MUST be its own.
    pub fn with(&self, hook: &Hook, reference: HookReference) -> Binding {
        Binding {
            id: self.id.clone(),
            stage: self.stage,
            target: self.target.clone(),
            order: self.order,
            mode: self.mode,
            failure: self.failure.clone(),
            timeout_ms: self.timeout_ms,
            when: self.when.clone(),
            variables: self.variables.clone(),
            secrets: self.secrets.clone(),
            hook: reference,
            hint: HookHint::of(&hook.body),
        }
    }
}
