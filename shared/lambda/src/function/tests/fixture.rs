//! A function with one application and one hook, and payloads to send it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    Engine, Ports,
    application::{binding::Target, ingest_key::IngestKey},
    hook::HookBody,
    identifier::{ApplicationId, HookName},
    publish::Desired,
    testing::{FakeWebhook, FixedSecrets, MemoryStore, ports, runners, sample},
};
use hookpoint_stages::Stage;
use serde_json::Value;
use tokio::time::Instant;

use super::super::Function;
use crate::{
    authentication::Authentication, gateway::Payload, invocation::Invocation, trace::Trace,
};

/// The correlation id in every payload of `testdata`.
pub(super) const CORRELATION_ID: &str = "0b1f6d3e-4f4e-4f0a-9c68-4a9a2f1f7d11";

pub(super) struct Fixture {
    function: Function,
    pub(super) key: String,
    /// The tracing header that comes with the next payloads.
    pub(super) trace: Option<&'static str>,
    pub(super) webhook: Arc<FakeWebhook>,
}

pub(super) struct Answer {
    pub(super) status: u64,
    pub(super) headers: Value,
    pub(super) body: Value,
}

impl Fixture {
    /// The function of a stage, with one hook bound to application `assistant`.
    pub(super) fn new(stage: Stage, hook: Arc<HookBody>, webhook: FakeWebhook) -> Self {
        let application: ApplicationId = sample::id("assistant");
        let name: HookName = sample::id("greeting");
        let target = Target::Application(application.clone());
        let store = MemoryStore::holding(&Desired {
            applications: vec![sample::application(&application, stage.definition().family)],
            bindings: vec![sample::binding(&name, stage, &target)],
            hooks: [(name, hook)].into(),
            ..Desired::default()
        });
        let key = IngestKey::generate(&application, now(), None).unwrap();
        store.change_application(&application, |stored| stored.ingest_keys.push(key.record));
        let (store, webhook) = (Arc::new(store), Arc::new(webhook));
        let ports = Ports {
            secrets: Arc::new(FixedSecrets::shared(&[("ApiToken", "s3cr3t-of-the-hook")])),
            ..ports(store)
        };
        Self {
            function: Function::new(
                stage,
                Arc::new(Engine::new(ports, runners(webhook.clone()))),
                Authentication::IngestKey,
            ),
            trace: None,
            key: key.key.expose().to_owned(),
            webhook,
        }
    }

    /// A static hook at `conversation-start` that sets `tier`.
    pub(super) fn greeting() -> Self {
        let hook = sample::static_hook(serde_json::json!({"context": {"tier": "gold"}}));
        Self::new(Stage::ConversationStart, hook, FakeWebhook::queue([]))
    }

    /// Sets how callers authenticate.
    pub(super) fn with_authentication(self, authentication: Authentication) -> Self {
        Self {
            function: Function {
                authentication,
                ..self.function
            },
            ..self
        }
    }

    /// A payload of `testdata`, with the key of this fixture's application.
    pub(super) fn payload(&self, text: &str) -> Value {
        serde_json::from_str(&text.replace("INGEST_KEY", &self.key)).unwrap()
    }

    pub(super) async fn answer(&self, payload: &Value) -> Answer {
        self.answer_bytes(payload.to_string().as_bytes()).await
    }

    /// Reads the payload as the runtime does, and the response as the gateway does.
    pub(super) async fn answer_bytes(&self, payload: &[u8]) -> Answer {
        let payload: Payload =
            serde::Deserialize::deserialize(&mut serde_json::Deserializer::from_slice(payload))
                .unwrap();
        let invocation = Invocation {
            now: now(),
            received: Instant::now(),
            request_id: "r-1".to_owned(),
            trace: self.trace.and_then(Trace::parse),
        };
        let response = self.function.handle(payload, invocation).await;
        let response = serde_json::to_value(response).unwrap();
        assert_eq!(response["isBase64Encoded"], false);
        Answer {
            status: response["statusCode"].as_u64().unwrap(),
            headers: response["headers"].clone(),
            body: serde_json::from_str(response["body"].as_str().unwrap()).unwrap(),
        }
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_446_272)
}
