//! The sample over HTTP.

use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::{client::Bench, tests};
use hookpoint_devserver::{
    App, AppOptions, DEFAULT_RECEIVER_PORT, Notice, Receiver, SAMPLE, WorkspaceSource,
};

tests![
    two_steps_of_questions_end_in_attributes_and_the_session_of_the_host_survives,
    every_stage_with_hooks_answers_its_example,
    a_copy_of_the_sample_finds_a_receiver_on_the_port_that_it_names,
    keys_survive_a_restart_in_a_file_that_is_private,
];

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
    let changed = Stage::StateModification.example().to_string();
    let answer = bench
        .post("support-bot", "state-modification", &changed)
        .await;
    assert_eq!(
        (answer.status, answer.json()),
        (202, json!({ "queued": 1 }))
    );
    let registered = post("web-shop", Stage::AfterRegistration).await;
    assert_eq!(registered["attributes"]["loyalty"]["tier"], "bronze");
    let token = post("web-shop", Stage::BeforeIdTokenGeneration).await;
    assert_eq!(token["claims"]["remove"], json!(["email"]));
    // A script: the example signs in from a home country.
    let identified = post("web-shop", Stage::AfterCustomerIdentification).await;
    assert_eq!(identified, json!({}));
    let mut abroad = Stage::AfterCustomerIdentification.example();
    abroad["customer"]["location"]["countryCode"] = Value::from("NZ");
    let answer = bench
        .post(
            "web-shop",
            "after-customer-identification",
            &abroad.to_string(),
        )
        .await;
    let asked_for = json!({ "authentication": { "allowRememberedAuthenticators": false } });
    assert_eq!(answer.json(), asked_for);
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

    let first = loop {
        if let Notice::Answered(first) = bench.notices.recv().await.unwrap() {
            break first;
        }
    };
    assert_eq!(first.status, 200);
    assert!(first.request.ends_with("/stages/conversation-start"));
    assert!(first.timing.unwrap().contains("greeting;dur="));
    let delivered = loop {
        if let Notice::Delivered(record) = bench.notices.recv().await.unwrap() {
            break record;
        }
    };
    assert_eq!(delivered.hook.as_str(), "state-journal");
    assert_eq!(
        (delivered.outcome.as_str(), delivered.status),
        ("ok", Some(204))
    );
}

/// The file from `hookpoint init` has the default port, whatever the port of this process.
async fn a_copy_of_the_sample_finds_a_receiver_on_the_port_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hookpoint.yaml"), SAMPLE).unwrap();
    let mut app = App::open(AppOptions {
        source: WorkspaceSource::folder(folder.path()),
        receiver_port: 0,
        environment: Vec::new(),
        bundler: std::sync::Arc::new(hookpoint_workspace::NoBundler),
    })
    .await
    .unwrap();
    app.bring_up_to_date().await.unwrap();
    assert_eq!(
        app.receiver().map(Receiver::port),
        Some(DEFAULT_RECEIVER_PORT)
    );
}

async fn keys_survive_a_restart_in_a_file_that_is_private() {
    let bench = Bench::start(None).await;
    let before = bench.key("web-shop").to_owned();
    bench.server.stop().await.unwrap();
    let (server, _notices) = crate::client::serve(bench.folder.path()).await;
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
