//! What is published at a stage, and its state: paused, gone, or how its last runs ended.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::SystemTime,
};

use anyhow::Context as _;
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    delivery::gone::{self, GoneBinding},
    identifier::{ApplicationId, HookName},
    ports::{RunStore, StoreError},
    publish::{DesiredApplication, DesiredBinding, Scope},
    record::{RunFilter, RunRecord, RunResultKind},
};
use hookpoint_operator::bindings_at;
use hookpoint_stages::Stage;
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};

use crate::{
    moment,
    output::{self, BAD, DIM, GOOD, WARNING, paint, printable},
    store::Store,
};

/// How many of a binding's last runs are shown.
const LAST: usize = 20;
/// How many of the hook's last runs are read to find one of each binding: several bindings may run the same hook.
const LOOKED_THROUGH: usize = 2_000;

/// What is published of one application.
#[derive(Default)]
pub(super) struct Published {
    runs: Option<Arc<dyn RunStore>>,
    own: Option<ApplicationId>,
    /// What the bindings of its events are bound on.
    targets: Vec<Target>,
    searches: BTreeMap<(ApplicationId, Stage, HookName), Search>,
    application: Option<Application>,
    bindings: Vec<Binding>,
    gone: Vec<GoneBinding>,
}

/// The last runs of a hook at a stage for an application, of all bindings.
#[derive(Default)]
struct Search {
    runs: Vec<RunRecord>,
    /// Whether there may be older ones that were not read.
    is_cut: bool,
}

/// The last runs of a binding.
#[derive(Default)]
struct LastRuns {
    /// The newest first.
    runs: Vec<RunRecord>,
    /// How many runs of the hook were read to find them.
    looked_through: usize,
    /// Whether there may be older ones that were not read.
    is_cut: bool,
}

/// A hook at a stage.
pub(super) struct Bound<'a> {
    pub(super) binding: &'a DesiredBinding,
    last: LastRuns,
    is_paused: bool,
    /// When its endpoint answered 410.
    gone: Option<SystemTime>,
}

impl Published {
    pub(super) async fn read(store: &Store, desired: &DesiredApplication) -> anyhow::Result<Self> {
        let publisher = store.publisher();
        let scope = Scope {
            applications: [desired.id.clone()].into(),
            ..Scope::default()
        };
        let mut snapshot = publisher.snapshot(&scope).await?;
        let application = snapshot.applications.remove(&desired.id);
        let application = application.map(|stored| stored.value);
        let (gone, bindings) = match &application {
            Some(application) => marks(store, application).await?,
            None => Default::default(),
        };
        Ok(Self {
            runs: Some(store.runs()),
            own: Some(desired.id.clone()),
            targets: desired.targets().collect(),
            searches: BTreeMap::new(),
            application,
            bindings,
            gone,
        })
    }

    /// A binding of the workspace as it is published.
    pub(super) async fn of<'a>(
        &mut self,
        workspace: &Workspace,
        binding: &'a DesiredBinding,
    ) -> anyhow::Result<Bound<'a>> {
        let last = self.last(workspace, binding).await?;
        let is_same = |known: &&Binding| {
            known.stage == binding.stage
                && known.target == binding.target
                && known.id == binding.id
                && known.hook.name == binding.hook
        };
        let published = self.bindings.iter().find(is_same);
        let mark = published.and_then(|known| self.gone.iter().find(|mark| mark.is_of(known)));
        Ok(Bound {
            binding,
            last,
            is_paused: self
                .application
                .as_ref()
                .is_some_and(|known| known.is_paused(binding.stage, &binding.id)),
            gone: mark.map(GoneBinding::since),
        })
    }

    /// The last runs of a binding. Those of a store's binding are of every application that uses the store: they share its endpoint
    /// and its circuit.
    async fn last(
        &mut self,
        workspace: &Workspace,
        binding: &DesiredBinding,
    ) -> anyhow::Result<LastRuns> {
        let mut last = LastRuns::default();
        let applications = workspace.desired().applications.iter();
        for application in
            applications.filter(|known| known.targets().any(|target| target == binding.target))
        {
            let search = self.search(workspace, application, binding).await?;
            let runs = search.runs.iter().filter(|run| is_of(run, binding));
            last.runs.extend(runs.cloned());
            last.looked_through += search.runs.len();
            last.is_cut |= search.is_cut;
        }
        last.runs.sort_by_key(|run| Reverse(run.id.time()));
        last.runs.truncate(LAST);
        last.is_cut &= last.runs.len() < LAST;
        Ok(last)
    }

    /// The last runs of a hook at a stage for an application, searched once for all of its bindings there.
    async fn search(
        &mut self,
        workspace: &Workspace,
        application: &DesiredApplication,
        binding: &DesiredBinding,
    ) -> anyhow::Result<&Search> {
        let key = (application.id.clone(), binding.stage, binding.hook.clone());
        let entry = match self.searches.entry(key) {
            Entry::Occupied(known) => return Ok(known.into_mut()),
            Entry::Vacant(entry) => entry,
        };
        let Some(store) = &self.runs else {
            return Ok(entry.insert(Search::default()));
        };
        let is_shown = |known: &&DesiredBinding| {
            known.stage == binding.stage
                && known.hook == binding.hook
                && self.targets.contains(&known.target)
                && application.targets().any(|target| target == known.target)
        };
        let shown: Vec<_> = workspace
            .desired()
            .bindings
            .iter()
            .filter(is_shown)
            .collect();
        match Search::run(store.as_ref(), &application.id, binding, &shown).await {
            Ok(search) => Ok(entry.insert(search)),
            // An author may read the runs of one application.
            Err(_) if self.own.as_ref() != Some(&application.id) => {
                Ok(entry.insert(Search::default()))
            }
            Err(error) => Err(error).context("failed to read the last runs"),
        }
    }
}

impl Search {
    /// Looks for a run of each of these bindings, which all run the hook at the stage.
    async fn run(
        store: &dyn RunStore,
        application: &ApplicationId,
        binding: &DesiredBinding,
        bindings: &[&DesiredBinding],
    ) -> Result<Self, StoreError> {
        let filter = RunFilter {
            application: Some(application.clone()),
            stage: Some(binding.stage),
            hook: Some(binding.hook.clone()),
            ..RunFilter::default()
        };
        // Most hooks have one binding at a stage.
        let mut limit = LAST;
        loop {
            let runs = store.runs(&filter, limit).await?;
            let is_cut = runs.len() == limit;
            let has_run = |known: &&DesiredBinding| runs.iter().any(|run| is_of(run, known));
            if !is_cut || limit >= LOOKED_THROUGH || bindings.iter().all(has_run) {
                return Ok(Self { runs, is_cut });
            }
            limit = (limit * 10).min(LOOKED_THROUGH);
        }
    }
}

/// Whether a binding ran then; one that was skipped did not.
fn is_of(run: &RunRecord, binding: &DesiredBinding) -> bool {
    run.target == binding.target
        && run.binding == binding.id
        && run.result != RunResultKind::Skipped
}

/// The marks of endpoints that are gone, and the bindings, to see to which version a mark applies. Those of a store are left out
/// if this person may not read them.
async fn marks(
    store: &Store,
    application: &Application,
) -> Result<(Vec<GoneBinding>, Vec<Binding>), StoreError> {
    let all = marks_of(store, application).await;
    if all.is_ok() || application.identity_store.is_none() {
        return all;
    }
    let alone = Application {
        identity_store: None,
        ..application.clone()
    };
    marks_of(store, &alone).await
}

async fn marks_of(
    store: &Store,
    application: &Application,
) -> Result<(Vec<GoneBinding>, Vec<Binding>), StoreError> {
    let gone = gone::of_application(store.gone().as_ref(), application).await?;
    let bindings = if gone.is_empty() {
        Vec::new()
    } else {
        let own = Target::Application(application.id.clone());
        let of_store = application.identity_store.clone().map(Target::Store);
        let targets = [own].into_iter().chain(of_store).collect();
        bindings_at(store.publisher().as_ref(), targets).await?
    };
    Ok((gone, bindings))
}

impl Bound<'_> {
    fn failed(&self) -> usize {
        let runs = self.last.runs.iter();
        runs.filter(|run| run.result == RunResultKind::Failed)
            .count()
    }

    pub(super) fn health(&self) -> String {
        let mut parts = Vec::new();
        if self.is_paused {
            parts.push(paint(WARNING, "paused"));
        }
        if let Some(since) = self.gone {
            let text = format!("endpoint gone since {}", moment::seconds(since));
            parts.push(paint(BAD, &text));
        }
        if parts.is_empty() || !self.last.runs.is_empty() {
            parts.push(self.last_runs());
        }
        parts.join("; ")
    }

    fn last_runs(&self) -> String {
        let (failed, count) = (self.failed(), self.last.runs.len());
        let looked_through = thousands(self.last.looked_through);
        let runs = if self.last.is_cut {
            format!("{count} of the last {looked_through} runs of the hook")
        } else {
            output::count(count, "run")
        };
        match (self.last.runs.first(), failed) {
            (None, _) if self.last.is_cut => {
                let text = format!("not among the last {looked_through} runs of the hook");
                paint(DIM, &text)
            }
            (None, _) => paint(DIM, "not run yet"),
            // These runs were before that.
            (Some(_), 0) if self.is_paused || self.gone.is_some() => {
                let runs = output::count(count, "run");
                paint(DIM, &format!("{runs} before, ok"))
            }
            (Some(_), 0) => paint(GOOD, &format!("ok, {runs}")),
            (Some(newest), _) => {
                let style = if newest.result == RunResultKind::Failed {
                    BAD
                } else {
                    WARNING
                };
                let failed = if self.last.is_cut {
                    format!("{runs}, {failed} failed")
                } else {
                    format!("{failed} of {runs} failed")
                };
                let text = format!("{failed}; the last ended {}", printable(&newest.outcome));
                paint(style, &text)
            }
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "hook": self.binding.hook,
            "binding": self.binding.id,
            "boundOn": self.binding.target.to_string(),
            "order": self.binding.order,
            "paused": self.is_paused,
            "gone": self.gone.map(moment::milliseconds),
            "runs": self.last.runs.len(),
            "olderUnread": self.last.is_cut,
            "failed": self.failed(),
            "lastOutcome": self.last.runs.first().map(|run| &run.outcome),
        })
    }
}

/// A number with its thousands apart: `2,000`.
fn thousands(number: usize) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{thousands},{:03}", number % 1_000),
    }
}
