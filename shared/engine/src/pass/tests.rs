//! Passes, from the event to the merged answer, over fakes.

mod answers;
mod chain;
mod deliveries;
mod depth;
mod failure;
mod moves;
mod outage;
mod records;
mod suspension;
mod vetoes;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_stages::Stage;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{
    Arrival, Engine, Ports, Runners,
    application::{
        ApplicationKind, Pause,
        binding::{FailurePolicy, Mode, Target},
        condition::Conditions,
    },
    event::{Event, problem::Problem},
    hook::{
        HookBody, Implementation, StaticHook, WebhookHook, egress::EgressPolicy, template::Template,
    },
    identifier::ApplicationId,
    ports::{ApplicationSource, BindingSource, HookSource, ScriptRunner, WebhookReply},
    publish::{Desired, DesiredApplication, DesiredBinding, DesiredVersion},
    record::{report::PassReport, run_log::RunLog},
    testing::{
        self, Answer, FakeScript, FakeWebhook, FixedContinuationKeys, FixedSecrets, Flaky,
        MemoryGone, MemoryIdempotency, MemoryQueue, MemoryStore, RecordedPost,
    },
};

/// An application `shop` on the identity store `customers`, with hooks and an engine.
pub(crate) struct Stand {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<Flaky<MemoryStore>>,
    pub(crate) secrets: Arc<Flaky<FixedSecrets>>,
    pub(crate) keys: Arc<FixedContinuationKeys>,
    pub(crate) webhook: Arc<FakeWebhook>,
    pub(crate) queue: Arc<Flaky<MemoryQueue>>,
    pub(crate) idempotency: Arc<Flaky<MemoryIdempotency>>,
    pub(crate) gone: Arc<Flaky<MemoryGone>>,
    pub(crate) runs: Arc<RunLog>,
    pub(crate) now: SystemTime,
}

/// Collects the hooks and bindings of a stand.
pub(crate) struct Wishes(pub(crate) Desired);

impl Wishes {
    pub(crate) fn new() -> Self {
        let application = |id: &str, kind, store: Option<&str>| DesiredApplication {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            kind,
            identity_store: store.map(|store| store.parse().unwrap()),
            variables: BTreeMap::from([("Host".parse().unwrap(), "crm.example.com".to_owned())]),
            keep_events: false,
        };
        Self(Desired {
            applications: vec![
                application("shop", ApplicationKind::Identity, Some("customers")),
                application("bot", ApplicationKind::Conversation, None),
            ],
            stores: ["customers".parse().unwrap()].into(),
            ..Desired::default()
        })
    }

    pub(crate) fn static_hook(mut self, name: &str, response: Value) -> Self {
        let response = response.as_object().unwrap().clone();
        self.hook(name, Implementation::Static(StaticHook { response }), &[]);
        self
    }

    /// Adds a webhook whose endpoint the fake finds by the hook's name.
    pub(crate) fn webhook(mut self, name: &str) -> Self {
        let url = Template::parse(&format!("https://{{Host:Variable}}/{name}")).unwrap();
        self.hook(
            name,
            Implementation::Webhook(WebhookHook {
                url,
                headers: Vec::new(),
                signing_secrets: Vec::new(),
            }),
            &[],
        );
        self
    }

    pub(crate) fn hook(&mut self, name: &str, implementation: Implementation, secrets: &[&str]) {
        let secrets = secrets.iter().map(|name| name.parse().unwrap()).collect();
        self.0.hooks.insert(
            name.parse().unwrap(),
            Arc::new(HookBody {
                implementation,
                secrets,
            }),
        );
    }

    /// Binds a hook to an application, under the hook's name.
    pub(crate) fn bind(self, stage: Stage, hook: &str, order: u16) -> Self {
        let application = if stage.definition().family == hookpoint_stages::Family::Identity {
            "shop"
        } else {
            "bot"
        };
        self.bind_to(
            Target::Application(application.parse().unwrap()),
            stage,
            hook,
            order,
            |_| {},
        )
    }

    pub(crate) fn bind_with(
        self,
        stage: Stage,
        hook: &str,
        order: u16,
        change: impl FnOnce(&mut DesiredBinding),
    ) -> Self {
        self.bind_to(
            Target::Application("shop".parse().unwrap()),
            stage,
            hook,
            order,
            change,
        )
    }

    pub(crate) fn bind_to(
        mut self,
        target: Target,
        stage: Stage,
        hook: &str,
        order: u16,
        change: impl FnOnce(&mut DesiredBinding),
    ) -> Self {
        let mut binding = DesiredBinding {
            id: hook.parse().unwrap(),
            stage,
            target,
            order,
            mode: Mode::default_for(stage),
            failure: FailurePolicy::default_for(stage),
            timeout_ms: None,
            when: Conditions::default(),
            variables: BTreeMap::new(),
            secrets: BTreeMap::new(),
            hook: hook.parse().unwrap(),
            version: DesiredVersion::Latest,
        };
        change(&mut binding);
        self.0.bindings.push(binding);
        self
    }

    /// Builds the stand, with an endpoint that responds to each hook by name.
    pub(crate) fn answering(
        self,
        answer: impl Fn(&str, &RecordedPost) -> Answer<WebhookReply> + Send + Sync + 'static,
    ) -> Stand {
        self.stand(answer, None)
    }

    /// Builds the stand without webhooks.
    pub(crate) fn quiet(self) -> Stand {
        self.answering(|name, _| panic!("`{name}` was called"))
    }

    pub(crate) fn stand(
        self,
        answer: impl Fn(&str, &RecordedPost) -> Answer<WebhookReply> + Send + Sync + 'static,
        scripts: Option<Arc<FakeScript>>,
    ) -> Stand {
        let store = Arc::new(Flaky::new(MemoryStore::holding(&self.0)));
        let secrets = Arc::new(Flaky::new(FixedSecrets::shared(&[
            ("Token", "s3cr3t"),
            ("TestToken", "t3st"),
            ("Key", "k3y"),
        ])));
        let keys = Arc::new(FixedContinuationKeys::default());
        let webhook = Arc::new(FakeWebhook::new(move |call: &RecordedPost| {
            answer(call.url.rsplit('/').next().unwrap(), call)
        }));
        let (queue, idempotency) = (Arc::<Flaky<_>>::default(), Arc::<Flaky<_>>::default());
        let gone = Arc::<Flaky<_>>::default();
        let runs = Arc::<RunLog>::default();
        let ports = Ports {
            secrets: secrets.clone(),
            continuation_keys: keys.clone(),
            queue: queue.clone(),
            idempotency: idempotency.clone(),
            gone: gone.clone(),
            runs: runs.clone(),
            ..testing::ports(store.clone())
        };
        let scripts = scripts.map(|scripts| scripts as Arc<dyn ScriptRunner>);
        let runners = Runners::new(webhook.clone(), scripts, EgressPolicy::default());
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        Stand {
            engine: Engine::new(ports, runners),
            store,
            secrets,
            keys,
            webhook,
            queue,
            idempotency,
            gone,
            runs,
            now,
        }
    }
}

impl Stand {
    /// Another engine over the stand's ports, modified by `change`.
    pub(crate) fn engine_over(&self, change: impl FnOnce(&mut Ports)) -> Engine {
        let mut ports = Ports {
            secrets: self.secrets.clone(),
            continuation_keys: self.keys.clone(),
            queue: self.queue.clone(),
            idempotency: self.idempotency.clone(),
            gone: self.gone.clone(),
            runs: self.runs.clone(),
            ..testing::ports(self.store.clone())
        };
        change(&mut ports);
        Engine::new(ports, testing::runners(self.webhook.clone()))
    }

    /// Replaces the engine by one over the stand's ports, modified by `change`.
    pub(crate) fn over(mut self, change: impl FnOnce(&mut Ports)) -> Self {
        self.engine = self.engine_over(change);
        self
    }

    /// Replaces the engine by one over another store.
    pub(crate) fn over_store<S>(self, store: Arc<S>) -> Self
    where
        S: ApplicationSource + BindingSource + HookSource + 'static,
    {
        self.over(|ports| {
            ports.applications = store.clone();
            ports.bindings = store.clone();
            ports.hooks = store;
        })
    }

    /// Runs an event with the required members of its stage, extended by `body`.
    pub(crate) async fn post(&self, stage: Stage, body: Value) -> Result<PassReport, Problem> {
        let application = if stage.definition().family == hookpoint_stages::Family::Identity {
            "shop"
        } else {
            "bot"
        };
        let mut event = stage.example();
        crate::pass::merge::apply_patch(&mut event, &body);
        let event = Event::parse(stage, event.to_string().as_bytes())?;
        let arrival = Arrival {
            correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
            traceparent: None,
            now: self.now,
            received: Instant::now(),
        };
        self.engine
            .run_without_key(&application.parse().unwrap(), &event, &arrival)
            .await
    }

    /// The response to the stage's example event.
    pub(crate) async fn response(&self, stage: Stage) -> Value {
        Value::Object(self.post(stage, json!({})).await.unwrap().response)
    }

    /// The names of the called hooks, in order.
    pub(crate) fn called(&self) -> Vec<String> {
        self.webhook
            .calls()
            .iter()
            .map(|call| call.url.rsplit('/').next().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn pause(&self, pause: Pause) {
        let shop: ApplicationId = "shop".parse().unwrap();
        self.store
            .inner()
            .change_application(&shop, |application| application.pauses.push(pause));
    }
}

/// The hooks in the report with their outcomes.
pub(crate) fn outcomes(report: &PassReport) -> Vec<(String, &'static str)> {
    report
        .runs
        .iter()
        .map(|run| (run.record.binding.to_string(), run.outcome().as_str()))
        .collect()
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
