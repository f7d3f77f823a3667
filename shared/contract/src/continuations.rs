//! Checks that a continuation token is used once, with a given store of idempotency records.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use hookpoint_stages::Stage;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Names;
use hookpoint_engine::{
    Engine, Ports,
    application::binding::Target,
    event::{
        header_names,
        ingest::{Caller, IngestRequest, IngestResponse, RequestHeaders},
        route::Route,
    },
    ports::IdempotencyStore,
    publish::Desired,
    testing::{Answer, FakeWebhook, MemoryStore, ports, runners, sample},
};

const STAGE: Stage = Stage::BeforeRegistration;

/// An engine with one hook that asks a question and is slow to process the answer.
struct Subject {
    engine: Engine,
    webhook: Arc<FakeWebhook>,
    application: String,
}

impl Subject {
    fn new(idempotency: Arc<dyn IdempotencyStore>) -> Self {
        let application = Names::fresh().application_id();
        let target = Target::Application(application.clone());
        let name = sample::id("ask");
        let store = Arc::new(MemoryStore::holding(&Desired {
            applications: vec![sample::application(&application, STAGE.definition().family)],
            bindings: vec![sample::binding(&name, STAGE, &target)],
            hooks: [(name, sample::webhook_hook("https://example.com/ask"))].into(),
            ..Desired::default()
        }));
        let webhook = Arc::new(FakeWebhook::new(|call| {
            let answer = &call.event["continueContext"]["values"];
            let question =
                json!([{"id": "one", "fields": [{"id": "f", "label": "F", "type": "text"}]}]);
            if answer.is_null() {
                Answer::json(&json!({ "profilingSteps": question }))
            } else {
                let response = json!({"context": {"answer": answer["f"]}});
                Answer::json(&response).after(Duration::from_millis(50))
            }
        }));
        let ports = Ports {
            idempotency,
            ..ports(store)
        };
        Self {
            engine: Engine::new(ports, runners(webhook.clone())),
            webhook,
            application: application.to_string(),
        }
    }

    async fn post(&self, more: Value) -> (IngestResponse, Value) {
        let mut event = STAGE.example();
        for (name, value) in more.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        let body = event.to_string();
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let request = IngestRequest {
            route: &Route {
                application: self.application.as_str().into(),
                stage: STAGE.name().into(),
            },
            headers: &RequestHeaders::read(&headers),
            body: body.as_bytes(),
            now: SystemTime::now(),
            received: Instant::now(),
        };
        let response = self.engine.ingest_from(Caller::Authorized, request).await;
        let body = serde_json::from_slice(&response.body).unwrap();
        (response, body)
    }

    /// The token of a suspended event.
    async fn token(&self) -> String {
        let (response, body) = self.post(json!({})).await;
        assert_eq!(response.status, 200, "{body}");
        body["continuation"].as_str().unwrap().to_owned()
    }
}

fn answering(token: &str, answer: &str) -> Value {
    json!({"continuation": token, "continueContext": {"stepId": "one", "values": {"f": answer}}})
}

/// Panics if a token can be used twice, or if a repeated request does not get the recorded response.
pub async fn contract(store: Arc<dyn IdempotencyStore>) {
    let subject = Subject::new(store);
    let token = subject.token().await;
    // Of many concurrent requests with one token, one runs.
    let same = (0..6).map(|_| answering(&token, "a"));
    let others = (0..6).map(|number| answering(&token, &format!("other {number}")));
    let posts = same.chain(others).map(|answer| subject.post(answer));
    let answers = join_all(posts).await;
    let ran: Vec<_> = answers
        .iter()
        .filter(|(response, _)| response.status == 200)
        .map(|(_, body)| body["context"]["answer"].clone())
        .collect();
    assert!(!ran.is_empty() && ran.iter().all(|answer| *answer == ran[0]));
    for (_, problem) in answers
        .iter()
        .filter(|(response, _)| response.status != 200)
    {
        assert_eq!(problem["status"], 409, "{problem}");
        let codes = ["continuation-in-progress", "continuation-used"];
        assert!(
            codes.contains(&problem["code"].as_str().unwrap()),
            "{problem}"
        );
    }
    assert_eq!(subject.webhook.calls().len(), 2, "one asked, one answered");
    // Afterwards the same request gets the recorded response, and a different one is refused.
    let won = ran[0].as_str().unwrap();
    for _ in 0..2 {
        let (response, body) = subject.post(answering(&token, won)).await;
        assert_eq!(
            (response.status, &body["context"]["answer"]),
            (200, &ran[0])
        );
        let replayed = (header_names::IDEMPOTENT_REPLAYED, "true".to_owned());
        assert!(response.headers.contains(&replayed));
        let (response, problem) = subject.post(answering(&token, "yet another")).await;
        assert_eq!(
            (response.status, &problem["code"]),
            (409, &json!("continuation-used"))
        );
    }
    assert_eq!(subject.webhook.calls().len(), 2);
    // Another token of the same customer is independent.
    let second = subject.token().await;
    let (response, _) = subject.post(answering(&second, won)).await;
    assert_eq!(response.status, 200);
    assert_eq!(subject.webhook.calls().len(), 4);
}
