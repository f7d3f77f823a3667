//! What is published at a stage, and its state: paused, gone, or how its last runs ended.

use std::{cmp::Reverse, sync::Arc, time::SystemTime};

use anyhow::Context as _;
use hookpoint_engine::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    delivery::gone::{self, GoneBinding},
    identifier::ApplicationId,
    ports::{RunStore, StoreError},
    publish::{DesiredApplication, DesiredBinding, Scope},
    record::{RunFilter, RunRecord, RunResultKind},
};
use hookpoint_operator::bindings_at;
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};

use crate::{
    moment,
    output::{self, BAD, DIM, GOOD, WARNING, paint, printable},
    store::Store,
};

/// How many of a binding's last runs are shown.
const LAST: usize = 20;
/// How many of the hook's last runs are read to find them: other bindings may run the same hook.
const LOOKED_THROUGH: usize = 2_000;

/// What is published of one application.
#[derive(Default)]
pub(super) struct Published {
    runs: Option<Arc<dyn RunStore>>,
    own: Option<ApplicationId>,
    application: Option<Application>,
    bindings: Vec<Binding>,
    gone: Vec<GoneBinding>,
}

/// A hook at a stage.
pub(super) struct Bound<'a> {
    pub(super) binding: &'a DesiredBinding,
    /// The last ones, the newest first.
    runs: Vec<RunRecord>,
    /// Whether there may be older ones that were not read.
    is_cut: bool,
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
            application,
            bindings,
            gone,
        })
    }

    /// A binding of the workspace as it is published.
    pub(super) async fn of<'a>(
        &self,
        workspace: &Workspace,
        binding: &'a DesiredBinding,
    ) -> anyhow::Result<Bound<'a>> {
        let is_same = |known: &&Binding| {
            known.stage == binding.stage
                && known.target == binding.target
                && known.id == binding.id
                && known.hook.name == binding.hook
        };
        let published = self.bindings.iter().find(is_same);
        let mark = published.and_then(|known| self.gone.iter().find(|mark| mark.is_of(known)));
        let (runs, is_cut) = self.last(workspace, binding).await?;
        Ok(Bound {
            binding,
            runs,
            is_cut,
            is_paused: self
                .application
                .as_ref()
                .is_some_and(|known| known.is_paused(binding.stage, &binding.id)),
            gone: mark.map(GoneBinding::since),
        })
    }

    /// The last runs, and whether there may be older ones that were not read. Those of a store's binding are of every application that
    /// uses the store: they share its endpoint and its circuit.
    async fn last(
        &self,
        workspace: &Workspace,
        binding: &DesiredBinding,
    ) -> anyhow::Result<(Vec<RunRecord>, bool)> {
        let (mut found, mut is_cut) = (Vec::new(), false);
        let Some(store) = &self.runs else {
            return Ok((found, is_cut));
        };
        let applications = workspace.desired().applications.iter();
        for application in
            applications.filter(|known| known.targets().any(|target| target == binding.target))
        {
            match runs_of(store.as_ref(), &application.id, binding).await {
                Ok((runs, is_part)) => {
                    found.extend(runs);
                    is_cut |= is_part;
                }
                // An author may read the runs of one application.
                Err(_) if self.own.as_ref() != Some(&application.id) => {}
                Err(error) => return Err(error).context("failed to read the last runs"),
            }
        }
        found.sort_by_key(|run| Reverse(run.id.time()));
        found.truncate(LAST);
        Ok((found, is_cut))
    }
}

/// The last runs of a binding for an application, and whether there may be older ones that were not read.
async fn runs_of(
    store: &dyn RunStore,
    application: &ApplicationId,
    binding: &DesiredBinding,
) -> Result<(Vec<RunRecord>, bool), StoreError> {
    let filter = RunFilter {
        application: Some(application.clone()),
        stage: Some(binding.stage),
        hook: Some(binding.hook.clone()),
        ..RunFilter::default()
    };
    // Most hooks have one binding at a stage.
    let mut limit = LAST;
    loop {
        let mut runs = store.runs(&filter, limit).await?;
        let is_part = runs.len() == limit;
        runs.retain(|run| {
            run.target == binding.target
                && run.binding == binding.id
                && run.result != RunResultKind::Skipped
        });
        if runs.len() >= LAST || !is_part || limit >= LOOKED_THROUGH {
            let is_cut = runs.len() < LAST && is_part;
            return Ok((runs, is_cut));
        }
        limit = (limit * 10).min(LOOKED_THROUGH);
    }
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
        let runs = self.runs.iter();
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
        if parts.is_empty() || !self.runs.is_empty() {
            parts.push(self.last_runs());
        }
        parts.join("; ")
    }

    fn last_runs(&self) -> String {
        let (failed, count) = (self.failed(), self.runs.len());
        let runs = output::count(count, "run");
        match (self.runs.first(), failed) {
            (None, _) if self.is_cut => paint(
                DIM,
                &format!("not among the last {LOOKED_THROUGH} runs of the hook"),
            ),
            (None, _) => paint(DIM, "not run yet"),
            // These runs were before that.
            (Some(_), 0) if self.is_paused || self.gone.is_some() => {
                paint(DIM, &format!("{runs} before, ok"))
            }
            (Some(_), 0) => paint(GOOD, &format!("ok, {runs}")),
            (Some(newest), _) => {
                let style = if newest.result == RunResultKind::Failed {
                    BAD
                } else {
                    WARNING
                };
                let text = format!(
                    "{failed} of {runs} failed; the last ended {}",
                    printable(&newest.outcome)
                );
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
            "runs": self.runs.len(),
            "failed": self.failed(),
            "lastOutcome": self.runs.first().map(|run| &run.outcome),
        })
    }
}
