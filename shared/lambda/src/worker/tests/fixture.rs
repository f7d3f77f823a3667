//! A worker with fakes: a hook whose event sets the response, and an outbox that records settlements.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_engine::{
    Engine,
    application::binding::Target,
    delivery::job::{Job, NewJob},
    hook::HookReference,
    identifier::{ApplicationId, DeliveryId, HookName},
    ports::{Leased, QueueError, Settlement},
    publish::Desired,
    testing::{Answer, FakeWebhook, Flaky, MemoryStore, ports, runners, sample},
};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::super::{Clock, Worker, batch::Payload, outbox::Outbox};

const STAGE: Stage = Stage::StateModification;

pub(super) struct Fixture {
    worker: Worker,
    outbox: Arc<Notes>,
    store: Arc<Flaky<MemoryStore>>,
    pub(super) webhook: Arc<FakeWebhook>,
}

/// A recorded call to the outbox.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Handed {
    Over(Settlement),
    Postponed(Duration),
}

/// Calls by receipt, which here is the message's id.
#[derive(Default)]
struct Notes(Mutex<BTreeMap<String, Handed>>);

#[async_trait]
impl Outbox for Notes {
    async fn hand_over(
        &self,
        leased: &Leased,
        settlement: &Settlement,
        _: SystemTime,
    ) -> Result<(), QueueError> {
        assert_ne!(leased.receipt, "panics");
        if leased.receipt == "not handed over" {
            let message = "no route to host".to_owned();
            return Err(QueueError { message });
        }
        self.note(&leased.receipt, Handed::Over(settlement.clone()));
        Ok(())
    }

    async fn postpone(&self, receipt: &str, wait: Duration) -> Result<(), QueueError> {
        self.note(receipt, Handed::Postponed(wait));
        Ok(())
    }
}

impl Notes {
    fn note(&self, receipt: &str, handed: Handed) {
        self.0.lock().unwrap().insert(receipt.to_owned(), handed);
    }
}

impl Fixture {
    pub(super) fn new(keeps_order: bool) -> Self {
        let (application, name) = names();
        let target = Target::Application(application.clone());
        let store = MemoryStore::holding(&Desired {
            applications: vec![sample::application(&application, STAGE.definition().family)],
            bindings: vec![sample::binding(&name, STAGE, &target)],
            hooks: [(name, sample::webhook_hook("https://crm.example.com/"))].into(),
            ..Desired::default()
        });
        let webhook = Arc::new(FakeWebhook::new(|post| {
            let number = |name: &str| post.event[name].as_u64().unwrap_or_default();
            let status = u16::try_from(number("status")).unwrap();
            Answer::raw(status, "").after(Duration::from_secs(number("delay")))
        }));
        let store = Arc::new(Flaky::new(store));
        let outbox = Arc::new(Notes::default());
        let engine = Engine::new(ports(store.clone()), runners(webhook.clone()));
        Self {
            worker: Worker::new(Arc::new(engine), outbox.clone(), keeps_order),
            outbox,
            store,
            webhook,
        }
    }

    /// Processes a payload with `seconds` until the deadline. Returns the response to Lambda.
    pub(super) async fn work(&self, payload: &Value, seconds: u64) -> Value {
        let payload: Payload = serde_json::from_str(&payload.to_string()).unwrap();
        let clock = Clock::start(now(), now() + Duration::from_secs(seconds));
        let messages = payload.into_messages().ok().unwrap();
        serde_json::to_value(self.worker.work(messages, clock).await).unwrap()
    }

    /// The recorded calls, by message.
    pub(super) fn handed(&self) -> BTreeMap<String, Handed> {
        self.outbox.0.lock().unwrap().clone()
    }

    /// The messages for which the endpoint was called, in order.
    pub(super) fn called(&self) -> Vec<String> {
        let calls = self.webhook.calls().into_iter();
        calls
            .map(|call| call.event["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Makes all reads fail from now on.
    pub(super) fn break_store(&self) {
        self.store.set_down(true);
    }
}

fn names() -> (ApplicationId, HookName) {
    (sample::id("assistant"), sample::id("observer"))
}

/// A message with a delivery; the event sets the endpoint's response.
pub(super) fn message(id: &str, event: Value) -> Value {
    let (application, name) = names();
    let Value::Object(mut event) = event else {
        panic!("an event is an object");
    };
    event.insert("id".to_owned(), json!(id));
    let job = Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &application,
        stage: STAGE,
        target: &Target::Application(application.clone()),
        binding: &sample::id(name.as_str()),
        hook: &HookReference {
            name,
            version: 1,
            sha256: String::new(),
        },
        correlation_id: "0b1f6d3e-4f4e-4f0a-9c68-4a9a2f1f7d11",
        traceparent: None,
        accepted: now(),
        event,
    });
    no_job(id, &job.to_json())
}

/// A message with any body, in the shape of the Developer Guide.
pub(super) fn no_job(id: &str, body: &str) -> Value {
    json!({
        "messageId": id,
        "receiptHandle": id,
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
        "awsRegion": "us-east-2",
    })
}

pub(super) fn failures(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().unwrap())
        .collect()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_446_272)
}
