//! Logs never hold secrets, at any level.

use std::{
    cell::RefCell,
    io::{self, Write},
    sync::{Arc, Once},
};

use hookpoint_engine::{
    hook::{HookBody, Implementation, WebhookHook, template::Template},
    testing::{Answer, FakeWebhook},
};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::fixture::{CORRELATION_ID, Fixture};
use crate::log;

const PASSWORD: &str = "correct-horse-battery";

thread_local! {
    /// The log of the test on this thread.
    static CAPTURED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A writer to the log of the current test.
struct Captured;

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|captured| captured.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs at the most verbose setting. One subscriber serves all tests: with several, the first thread to reach a call
/// site would decide whether it is logged.
fn log_everything() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let filter = log::filter("trace").unwrap();
        tracing::subscriber::set_global_default(log::subscriber(filter, || Captured)).unwrap();
    });
}

fn logged() -> String {
    CAPTURED.with_borrow(|captured| String::from_utf8(captured.clone()).unwrap())
}

fn logged_lines() -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap();
    logged().lines().map(parse).collect()
}

/// A webhook with a secret in a header and in its URL, at a stage whose events have a password.
fn fixture() -> Fixture {
    let url = Template::parse("https://crm.example.com/{ApiToken:Secret}").unwrap();
    let hook = HookBody {
        secrets: url.secrets().cloned().collect(),
        implementation: Implementation::Webhook(WebhookHook {
            url,
            headers: vec![(
                "x-api-key".to_owned(),
                Template::parse("key {ApiToken:NLX.Secret}").unwrap(),
            )],
            signing_secrets: Vec::new(),
        }),
    };
    // A response that echoes the request, with an effect that the stage refuses.
    let webhook = FakeWebhook::new(|post| {
        let echo = post.event["password"].clone();
        Answer::json(&json!({"password": {"valid": true}, "claims": {"set": {"echo": echo}}}))
    });
    Fixture::new(Stage::BeforePasswordValidation, Arc::new(hook), webhook)
}

fn payload(key: &str) -> Value {
    let mut event = Stage::BeforePasswordValidation.example();
    event["password"] = json!(PASSWORD);
    json!({
        "rawPath": "/v1/applications/assistant/stages/before-password-validation",
        "headers": {
            "authorization": format!("Bearer {key}"),
            "content-type": "application/json",
            "nlx-correlation-id": CORRELATION_ID,
        },
        "requestContext": {"http": {"method": "POST"}},
        "body": event.to_string(),
    })
}

#[tokio::test]
async fn no_password_key_or_secret_is_logged_at_any_level() {
    log_everything();
    let fixture = fixture();
    let payload = payload(&fixture.key);

    let answer = fixture.answer(&payload).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut refused = payload.clone();
    refused["headers"]["authorization"] = json!(format!("Bearer {}", &fixture.key[..40]));
    assert_eq!(fixture.answer(&refused).await.status, 401);
    let mut malformed = payload.clone();
    malformed["body"] = json!(format!("{{\"password\": \"{PASSWORD}\", }}"));
    assert_eq!(fixture.answer(&malformed).await.status, 400);
    let mut strange = payload.clone();
    strange["body"] = json!({"password": PASSWORD});
    assert_eq!(fixture.answer(&strange).await.status, 400);
    // The Lambda runtime logs this for every payload at `trace`.
    tracing::trace!(target: "lambda_runtime::layers::api_response", body = %payload, "raw JSON event received from Lambda");
    tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "Bearer {}", fixture.key);

    // The webhook did receive the secrets.
    let posts = fixture.webhook.calls();
    assert_eq!(posts[0].event["password"], PASSWORD);
    assert_eq!(posts[0].url, "https://crm.example.com/s3cr3t-of-the-hook");
    assert_eq!(posts[0].headers[0].1, "key s3cr3t-of-the-hook");

    let lines = logged_lines();
    let messages: Vec<&str> = lines
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "hook ran",
            "parts of a response were dropped",
            "event refused",
            "event refused",
            "event refused"
        ]
    );
    let text = logged();
    let secret_part = fixture.key.split('.').nth(3).unwrap();
    for secret in [
        PASSWORD,
        "s3cr3t-of-the-hook",
        secret_part,
        &fixture.key[..40],
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_line_is_flat_json_with_the_request_and_what_happened() {
    log_everything();
    let mut fixture = fixture();
    fixture.trace = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
    let payload = payload(&fixture.key);
    fixture.answer(&payload).await;
    let line = &logged_lines()[0];
    assert_eq!(line["message"], "hook ran");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["correlation.id"], CORRELATION_ID);
    assert_eq!(line["application.id"], "assistant");
    assert_eq!(line["stage.id"], "before-password-validation");
    assert_eq!(line["hook.name"], "greeting");
    assert_eq!(line["outcome"], "ok");
    assert!(line["duration_ms"].is_f64(), "{line}");
    assert_eq!(line["span"]["aws.request_id"], "r-1");
    let trace = "1-5759e988-bd862e3fe1be46a994272793";
    assert_eq!(line["span"]["aws.xray_trace_id"], trace);
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(
        timestamp.ends_with('Z') && timestamp.contains('T'),
        "{timestamp}"
    );
}

#[tokio::test]
async fn every_line_about_a_request_carries_the_correlation_id_that_is_answered() {
    log_everything();
    let fixture = fixture();
    let named = payload(&fixture.key);
    let mut nameless = named.clone();
    nameless["headers"]
        .as_object_mut()
        .unwrap()
        .remove("nlx-correlation-id");
    let mut refused = nameless.clone();
    refused["rawPath"] = json!("/elsewhere");
    let mut short = named.clone();
    short["headers"]["nlx-correlation-id"] = json!("order 42");
    // An invalid one is replaced in the response.
    let mut malformed = named.clone();
    malformed["headers"]["nlx-correlation-id"] = json!("4".repeat(129));
    for payload in [named, short, nameless, refused, malformed] {
        CAPTURED.with_borrow_mut(Vec::clear);
        let answer = fixture.answer(&payload).await;
        let id = &answer.headers["nlx-correlation-id"];
        let lines = logged_lines();
        assert!(!lines.is_empty());
        for line in lines {
            assert_eq!(&line["span"]["correlation.id"], id, "{line}");
            assert_eq!(&line["correlation.id"], id, "{line}");
        }
    }
}
