//! The sample, from HTTP to HTTP.

use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::client::Bench;
use crate::Notice;

#[tokio::test]
async fn two_steps_of_questions_end_in_attributes_and_the_session_of_the_host_survives() {
    let bench = Bench::start(None).await;
    let mut event = Stage::BeforeRegistration.example();
    event["session"] = json!({ "cart": "c-1" });
    let mut steps = Vec::new();
    let answers = [
        json!({ "name": "Moser & Co", "role": "buyer" }),
        json!({ "interests": ["tools"], "newsletter": true }),
    ];
    for values in answers {
        let answer = bench
            .post("web-shop", "before-registration", &event.to_string())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let response = answer.json();
        let step = response["profilingSteps"][0]["id"].clone();
        event["continuation"] = response["continuation"].clone();
        event["continueContext"] = json!({ "stepId": step, "values": values });
        steps.push(step);
    }
    assert_eq!(steps, ["company", "interests"]);
    let answer = bench
        .post("web-shop", "before-registration", &event.to_string())
        .await;
    assert!(answer.headers.contains("progressive-profile;dur="));
    assert_eq!(
        answer.json(),
        json!({
            "attributes": {
                "company": { "name": "Moser & Co", "role": "buyer" },
                "interests": ["tools"],
                "preferences": { "newsletter": true, "language": "en" },
            },
            "session": { "cart": "c-1" },
        })
    );
    bench.server.stop().await.unwrap();
}

#[tokio::test]
async fn every_stage_with_hooks_answers_its_example() {
    let mut bench = Bench::start(None).await;
    let post = async |application: &str, stage: Stage| {
        let body = stage.example().to_string();
        let answer = bench.post(application, &stage.name(), &body).await;
        assert_eq!(answer.status, 200, "{stage}: {}", answer.body);
        answer.json()
    };
    let started = post("support-bot", Stage::ConversationStart).await;
    assert_eq!(started["context"]["MayEscalate"], true);
    assert_eq!(started["context"]["KnownCustomer"], true);
    let received = post("support-bot", Stage::MessageReceived).await;
    assert_eq!(received, json!({ "context": { "Sentiment": "unknown" } }));
    let escalated = post("support-bot", Stage::Escalation).await;
    let summary = escalated["context"]["HandoverSummary"].as_str().unwrap();
    assert!(summary.contains("change my order"), "{summary}");
    let registered = post("web-shop", Stage::AfterRegistration).await;
    assert_eq!(registered["attributes"]["loyalty"]["tier"], "bronze");
    let token = post("web-shop", Stage::BeforeIdTokenGeneration).await;
    assert_eq!(token["claims"]["remove"], json!(["email"]));
    assert_eq!(
        post("web-shop", Stage::BeforeContactUpdate).await,
        json!({})
    );
    let mut undeliverable = Stage::BeforeContactUpdate.example();
    undeliverable["contact"]["after"] = Value::from("alice@nowhere.invalid");
    let answer = bench
        .post(
            "web-shop",
            "before-contact-update",
            &undeliverable.to_string(),
        )
        .await;
    assert!(answer.json()["showError"].is_object(), "{}", answer.body);

    let Some(Notice::Answered(first)) = bench.notices.recv().await else {
        panic!("each event is told");
    };
    assert_eq!(first.status, 200);
    assert!(first.request.ends_with("/stages/conversation-start"));
    assert!(first.timing.unwrap().contains("greeting;dur="));
}

#[tokio::test]
async fn keys_survive_a_restart_in_a_file_that_is_private() {
    let bench = Bench::start(None).await;
    let before = bench.key("web-shop").to_owned();
    bench.server.stop().await.unwrap();
    let (server, _notices) = super::client::serve(bench.folder.path()).await;
    assert_eq!(server.keys()[&"web-shop".parse().unwrap()].expose(), before);
    let file = bench.folder.path().join(".hookpoint/ingest-keys.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(!format!("{server:?}").contains(&before));
}
