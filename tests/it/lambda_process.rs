//! A stage function as Lambda runs it: its own process, polling the Runtime API, with an emulated AWS behind it.

use std::{path::PathBuf, process::Stdio};

use hookpoint_engine::stages::Stage;
use hookpoint_xtask::{
    generate::events::{event_file, sample_key},
    lambda_local::{self, EmulatedAws},
    repository,
};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{runtime_api::RuntimeApi, store_contract::emulated_aws};

const TABLE: &str = "process";
const STAGE: Stage = Stage::BeforeRegistration;

/// Builds the function as well, so that the test never passes by being skipped.
fn program() -> PathBuf {
    lambda_local::prepare(&[STAGE]).unwrap();
    repository::target()
        .unwrap()
        .join("debug")
        .join(STAGE.name())
}

fn function(program: &PathBuf, api: &RuntimeApi) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", &api.address)
        .env("AWS_LAMBDA_FUNCTION_NAME", STAGE.name())
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/stage")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn logs_of(mut child: Child) -> String {
    let _ = child.start_kill();
    let output = child.wait_with_output().await.unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Publishes hooks for the sample application, as `hookpoint apply` does.
async fn publish(aws: &EmulatedAws, receiver: u16) {
    let yaml = format!(
        "version: 1\nsecrets: [CrmToken]\napplications:\n  web-shop: {{ name: Shop, kind: identity }}\nhooks:\n  \
         crm: {{ webhook: {{ url: \"http://127.0.0.1:{receiver}/crm\", headers: {{ Authorization: \"Bearer {{CrmToken:NLX.Secret}}\" }} }} }}\n\
         bindings:\n  - {{ application: web-shop, stage: beforeRegistration, hook: crm }}\n\
         local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n"
    );
    let workspace =
        hookpoint_workspace::Workspace::parse(&yaml, "hookpoint.yaml", std::path::Path::new("."))
            .unwrap_or_else(|errors| panic!("{errors}"));
    let store = hookpoint_aws::DynamoStore::new(aws.clients(), TABLE);
    store.create_table().await.unwrap();
    hookpoint_devserver::apply(&store, workspace.desired())
        .await
        .unwrap();
    let application = "web-shop".parse().unwrap();
    let record = sample_key(&application).unwrap().record;
    hookpoint_devserver::change_application(&store, &application, |stored| {
        stored.ingest_keys.push(record.clone());
    })
    .await
    .unwrap();
    let secrets = hookpoint_aws::SecretsManagerSource::new(aws.clients(), "process");
    secrets
        .put_secret(
            "CrmToken",
            &hookpoint_engine::secret::Secret::new("s3cr3t-token"),
        )
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_from_api_gateway_is_answered_and_nothing_secret_is_logged() {
    let program = program();
    let folder = tempfile::tempdir().unwrap();
    let aws = emulated_aws(&folder).await;
    let reply = serde_json::from_value(
        json!({"json": {"context": {"tier": "gold"}, "attributes": {"vip": true}}}),
    )
    .unwrap();
    let receiver = crate::receiver::Receiver::start([("crm".to_owned(), vec![reply])].into()).await;
    publish(&aws, receiver.port).await;
    let api = RuntimeApi::start().await;
    let mut command = function(&program, &api);
    command
        .envs(aws.variables())
        .env("HOOKPOINT_TABLE", TABLE)
        .env("HOOKPOINT_SECRET_PREFIX", "process")
        .env("HOOKPOINT_ALLOWED_NETWORKS", "127.0.0.1/32")
        .env("HOOKPOINT_ALLOWED_HTTP_HOSTS", "127.0.0.1")
        .env("HOOKPOINT_LOG", "trace");
    let child = command.spawn().unwrap();

    let mut event: Value =
        serde_json::from_str(&event_file(STAGE, &"web-shop".parse().unwrap()).unwrap()).unwrap();
    let answer = api.invoke(event.clone()).await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        body,
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
    assert_eq!(request.headers["authorization"], "Bearer s3cr3t-token");
    assert_eq!(request.headers["nlx-lifecycle-hook-version"], "v1");
    assert_eq!(
        request.headers["nlx-correlation-id"],
        event["headers"]["nlx-correlation-id"].as_str().unwrap()
    );
    assert_eq!(request.body, STAGE.example());

    event["headers"]["authorization"] = json!("Bearer hpk.web-shop.wrong");
    let refused = api.invoke(event).await;
    assert_eq!(refused["statusCode"], 401, "{refused}");

    let logs = logs_of(child).await;
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
    for secret in [
        "s3cr3t-token",
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
    let child = function(&program, &api).spawn().unwrap();
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
