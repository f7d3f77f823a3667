//! A stage function as a process that polls a Runtime API, with an emulated AWS.

use std::{
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    outage::server::{Answer, Post, Server, Site},
    receiver::Receiver,
    runtime_api::RuntimeApi,
    stage_function::{CRM_TOKEN, Deployment, STAGE, body_of, event, program, unconfigured},
};

fn workspace(receiver: u16) -> String {
    format!(
        "version: 1\nsecrets: [CrmToken]\napplications:\n  web-shop: {{ name: Shop, kind: identity }}\nhooks:\n  \
         crm: {{ webhook: {{ url: \"http://127.0.0.1:{receiver}/crm\", headers: {{ Authorization: \"Bearer {{CrmToken:NLX.Secret}}\" }} }} }}\n\
         bindings:\n  - {{ application: web-shop, stage: beforeRegistration, hook: crm }}\n\
         local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_from_api_gateway_is_answered_and_nothing_secret_is_logged() {
    let reply = serde_json::from_value(
        json!({"json": {"context": {"tier": "gold"}, "attributes": {"vip": true}}}),
    )
    .unwrap();
    let receiver = Receiver::start([("crm".to_owned(), vec![reply])].into()).await;
    let deployment = Deployment::of(&workspace(receiver.port)).await;
    let api = RuntimeApi::start().await;
    let function = deployment.start(&api);

    let mut event = event();
    let answer = api.invoke(event.clone()).await;
    assert_eq!(
        body_of(&answer),
        json!({"context": {"tier": "gold"}, "attributes": {"vip": true}})
    );
    assert!(
        answer["headers"]["server-timing"]
            .as_str()
            .unwrap()
            .starts_with("crm;dur="),
        "{answer}"
    );
    let request = &receiver.received()[0];
    assert_eq!(
        request.headers["authorization"],
        format!("Bearer {CRM_TOKEN}")
    );
    assert_eq!(request.headers["nlx-lifecycle-hook-version"], "v1");
    assert_eq!(
        request.headers["nlx-correlation-id"],
        event["headers"]["nlx-correlation-id"].as_str().unwrap()
    );
    assert_eq!(request.body, STAGE.example());

    event["headers"]["authorization"] = json!("Bearer hpk.web-shop.wrong");
    let refused = api.invoke(event).await;
    assert_eq!(refused["statusCode"], 401, "{refused}");

    let logs = function.kill().await;
    let ran = logs
        .lines()
        .find(|line| line.contains("hook ran"))
        .unwrap_or_else(|| panic!("{logs}"));
    let ran: Value = serde_json::from_str(ran).unwrap();
    let text = ran.to_string();
    for expected in [
        "web-shop",
        "before-registration",
        "crm",
        "\"ok\"",
        "4f0c6f1e-2d0b-4a58-9c3e-0c1a5b9d7e21",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in {text}");
    }
    // Written after the first response, from its run record.
    let metric = logs.lines().find(|line| line.starts_with("{\"_aws\":"));
    let metric: Value = serde_json::from_str(metric.unwrap_or_else(|| panic!("{logs}"))).unwrap();
    let stands = |name: &str| metric[name].to_string();
    assert_eq!(
        ["Stage", "Outcome", "Application", "Hook", "Runs"].map(stands),
        [
            "\"before-registration\"",
            "\"ok\"",
            "\"web-shop\"",
            "\"crm\"",
            "1"
        ]
    );
    for secret in [
        CRM_TOKEN,
        "accepted-by-lambda-local-only",
        "alice@example.com",
        "\"gold\"",
    ] {
        assert!(!logs.contains(secret), "`{secret}` is in the log:\n{logs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_configuration_names_every_variable_that_is_missing() {
    let program = program();
    let api = RuntimeApi::start().await;
    let mut command = unconfigured(&program, &api);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let (kind, report) = api.reported_error().await;
    let output = child.wait_with_output().await.unwrap();
    assert!(!output.status.success());
    let message = report["errorMessage"].as_str().unwrap();
    for name in ["HOOKPOINT_TABLE", "HOOKPOINT_SECRET_PREFIX", "AWS_REGION"] {
        assert!(message.contains(name), "{message}");
    }
    assert!(
        !kind.contains("::"),
        "an error type of ours, not a Rust path: {kind}"
    );
}

/// An AWS that refuses every request, a little later.
#[derive(Default)]
struct Distant {
    answered: AtomicUsize,
}

impl Site for Distant {
    async fn answer(&self, _: Post) -> Answer {
        sleep(Duration::from_millis(200)).await;
        self.answered.fetch_add(1, Ordering::SeqCst);
        Answer::status(400)
    }
}

/// Lambda freezes a process when it asks for its first event, and with it what it has begun.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_started_ahead_opens_its_connections_before_it_asks_for_an_event() {
    for (kind, expected) in [("provisioned-concurrency", 4), ("on-demand", 0)] {
        let distant = Server::start(Distant::default());
        let deployment = Deployment::empty(&[STAGE.name()], "process").await;
        let mut deployment = deployment.behind(distant.url());
        let variable = format!("AWS_LAMBDA_INITIALIZATION_TYPE={kind}");
        deployment.start_by(vec!["env".to_owned(), variable]);
        let api = RuntimeApi::start().await;
        let function = deployment.start(&api);
        api.frozen().await;
        let answered = distant.site.answered.load(Ordering::SeqCst);
        assert_eq!(answered, expected, "{kind}: {}", function.kill().await);
    }
}
