//! Runs a hook, published or not, on an event of its author's choice.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use hookpoint_engine::{
    Runners,
    application::{Application, ApplicationKind, binding::Target},
    confidential::secret::Secret,
    hook::{Hook, HookBody, HookReference, egress::EgressPolicy, replay},
    identifier::{ApplicationId, HookName, SecretName, VariableName},
    ports::{HookSource, SecretError, SecretSource, StoreError},
    publish::{Desired, DesiredApplication, DesiredBinding},
    record::report::RunReport,
    stages::Stage,
};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use serde_json::{Map, Value};

use crate::{
    exchanges::{ExchangeLog, Noting, Served},
    runners::memory_mb,
};

/// The version of a hook that was not published.
const VERSION: u32 = 1;

/// A hook to try and what it sees.
pub struct Tryout<'a> {
    /// The hook's name.
    pub name: &'a HookName,
    /// What it does.
    pub body: Arc<HookBody>,
    /// The stage.
    pub stage: Stage,
    /// The event.
    pub event: &'a Map<String, Value>,
    /// The application that posts it, and the binding of the hook there. Without one, those of a hook that is bound nowhere.
    pub place: Place,
    /// Variables, over those of application and binding.
    pub variables: &'a BTreeMap<VariableName, String>,
    /// The secrets.
    pub secrets: Arc<dyn SecretSource>,
    /// What the clock shows.
    pub now: SystemTime,
    /// Identifies the event.
    pub correlation_id: &'a str,
}

/// Where a hook is tried.
#[derive(Debug, Clone)]
pub struct Place {
    application: Application,
    binding: DesiredBinding,
}

impl Place {
    /// The binding of the hook at a stage: in this application, or in the first of the stage's kind that has one. A hook that is not
    /// bound there gets a binding with nothing set. `None` when the workspace has no such application.
    pub fn find(
        desired: &Desired,
        hook: &HookName,
        stage: Stage,
        application: Option<&ApplicationId>,
    ) -> Option<Self> {
        let family = stage.definition().family;
        let candidates = desired.applications.iter().filter(|candidate| {
            candidate.kind.family() == family && application.is_none_or(|id| candidate.id == *id)
        });
        let candidates: Vec<&DesiredApplication> = candidates.collect();
        let binding_in = |candidate: &&DesiredApplication| {
            let here: Vec<Target> = candidate.targets().collect();
            let mut bindings = desired.bindings.iter();
            bindings.find(|binding| {
                here.contains(&binding.target) && binding.stage == stage && binding.hook == *hook
            })
        };
        let bound = candidates
            .iter()
            .find_map(|candidate| Some((*candidate, binding_in(candidate)?.clone())));
        let (candidate, binding) = bound.or_else(|| {
            let first = *candidates.first()?;
            let target = Target::Application(first.id.clone());
            Some((first, DesiredBinding::new(hook.clone(), stage, target)))
        })?;
        Some(Self {
            application: candidate.over(None),
            binding,
        })
    }

    /// An application of the stage's kind, without a workspace.
    pub fn nowhere(hook: &HookName, stage: Stage, application: ApplicationId) -> Self {
        let application = DesiredApplication {
            name: application.to_string(),
            kind: ApplicationKind::of(stage.definition().family),
            id: application,
            identity_store: None,
            variables: BTreeMap::new(),
            keep_events: false,
        };
        let target = Target::Application(application.id.clone());
        Self {
            application: application.over(None),
            binding: DesiredBinding::new(hook.clone(), stage, target),
        }
    }

    /// With the hook's secrets under the names that it uses itself, whatever the binding puts in their place.
    #[must_use]
    pub fn with_own_secrets(mut self) -> Self {
        self.binding.secrets.clear();
        self
    }

    /// The application.
    pub fn application(&self) -> &ApplicationId {
        &self.application.id
    }
}

/// Runs hooks that are tried: several share a sandbox.
pub struct Trials {
    runners: Runners,
    sandbox: Sandbox,
    log: Arc<ExchangeLog>,
}

impl Trials {
    /// Their requests are made for real, under a policy.
    pub fn real(policy: EgressPolicy) -> Self {
        let log = Arc::<ExchangeLog>::default();
        let client = Arc::new(GuardedClient::new(policy.clone()));
        let fetch = Noting {
            inner: client.clone(),
            log: Arc::clone(&log),
        };
        let sandbox = Sandbox::new(&options(&policy), Arc::new(fetch));
        Self::new(Arc::new(WebhookHooks::new(client)), sandbox, policy, log)
    }

    /// Their requests are served from a case.
    pub fn served(served: &Arc<Served>, policy: EgressPolicy) -> Self {
        Self::serving(served, policy, false)
    }

    /// As [`served`](Self::served); the clock of the scripts shows the given time until the run ends.
    pub fn served_at_a_time(served: &Arc<Served>, policy: EgressPolicy) -> Self {
        Self::serving(served, policy, true)
    }

    fn serving(served: &Arc<Served>, policy: EgressPolicy, is_clock_stopped: bool) -> Self {
        let options = SandboxOptions {
            is_clock_stopped,
            ..options(&policy)
        };
        let sandbox = Sandbox::new(&options, served.clone());
        Self::new(served.clone(), sandbox, policy, Arc::default())
    }

    fn new(
        webhooks: Arc<dyn hookpoint_engine::ports::WebhookRunner>,
        sandbox: Sandbox,
        policy: EgressPolicy,
        log: Arc<ExchangeLog>,
    ) -> Self {
        let scripts = Arc::new(sandbox.clone());
        Self {
            runners: Runners::new(webhooks, Some(scripts), policy)
                .with_source_maps(Arc::new(OwnMaps)),
            sandbox,
            log,
        }
    }

    /// The sandbox of the scripts.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The exchanges that scripts made for real.
    pub fn exchanges(&self) -> &ExchangeLog {
        &self.log
    }

    /// Runs a hook. Nothing is published, merged, queued or recorded. The report keeps the event and the effects that would count,
    /// redacted.
    pub async fn run(&self, tryout: Tryout<'_>) -> RunReport {
        let hook = Hook {
            name: tryout.name.clone(),
            version: VERSION,
            body: tryout.body,
        };
        let mut binding = tryout.place.binding.with(&hook, hook.reference());
        binding.variables.extend(
            tryout
                .variables
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let again = replay::Replay {
            application: &tryout.place.application,
            stage: tryout.stage,
            event: tryout.event,
            binding: Arc::new(binding),
            hook: Arc::new(hook),
            correlation_id: tryout.correlation_id,
        };
        self.runners
            .replay(again, tryout.secrets.as_ref(), tryout.now)
            .await
    }
}

fn options(policy: &EgressPolicy) -> SandboxOptions {
    SandboxOptions {
        memory_mb: memory_mb(),
        local_endpoints: policy.local_endpoints.clone(),
        ..SandboxOptions::default()
    }
}

/// The source maps that hooks bring along.
#[derive(Debug)]
struct OwnMaps;

#[async_trait]
impl HookSource for OwnMaps {
    async fn hook(&self, _: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        Err(StoreError::Unreachable {
            message: format!("`{}` is not published", reference.name),
        })
    }

    async fn source_map(&self, _: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        Ok(hook.body.source_map().and_then(|map| map.text().cloned()))
    }
}

/// Secrets from a list.
#[derive(Debug, Default)]
pub struct GivenSecrets(pub HashMap<SecretName, Secret>);

#[async_trait]
impl SecretSource for GivenSecrets {
    async fn secrets(
        &self,
        _: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let found = names
            .iter()
            .filter_map(|name| Some((name.clone(), self.0.get(name)?.clone())));
        Ok(found.collect())
    }
}
