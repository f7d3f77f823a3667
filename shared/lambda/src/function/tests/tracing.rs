//! The trace context of webhooks.

use hookpoint_engine::testing::{Answer, FakeWebhook, sample};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::fixture::Fixture;

const HTTP_API: &str = include_str!("../testdata/http_api.json");
const REST_API: &str = include_str!("../testdata/rest_api.json");
const SAMPLED: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const DERIVED: &str = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
const CAME: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The `traceparent` that the webhook of an event got.
async fn passed_on(
    trace: Option<&'static str>,
    text: &str,
    header: Option<(&str, Value)>,
) -> Option<String> {
    let hook = sample::webhook_hook("https://crm.example.com/");
    let webhook = FakeWebhook::new(|_| Answer::json(&json!({})));
    let mut fixture = Fixture::new(Stage::ConversationStart, hook, webhook);
    fixture.trace = trace;
    let mut payload = fixture.payload(text);
    if let Some((name, value)) = header {
        let headers = if text == REST_API {
            "multiValueHeaders"
        } else {
            "headers"
        };
        payload[headers][name] = value;
    }
    assert_eq!(fixture.answer(&payload).await.status, 200);
    let [call] = &fixture.webhook.calls()[..] else {
        panic!("one webhook");
    };
    call.traceparent.clone()
}

#[tokio::test]
async fn an_event_that_is_part_of_no_trace_becomes_part_of_that_of_aws_if_it_is_recorded() {
    let derived = Some(DERIVED.to_owned());
    assert_eq!(passed_on(Some(SAMPLED), HTTP_API, None).await, derived);
    let malformed = Some(("Traceparent", json!("00-4bf9-00f0-01")));
    assert_eq!(passed_on(Some(SAMPLED), HTTP_API, malformed).await, derived);
    let not_sampled =
        Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0");
    for trace in [not_sampled, Some("arn::myarn"), None] {
        assert_eq!(passed_on(trace, HTTP_API, None).await, None);
    }
}

#[tokio::test]
async fn an_event_that_is_part_of_a_trace_stays_so() {
    let came = Some(CAME.to_owned());
    for trace in [Some(SAMPLED), None] {
        let header = Some(("TraceParent", json!(CAME)));
        assert_eq!(passed_on(trace, HTTP_API, header).await, came);
        let header = Some(("traceparent", json!([format!(" {CAME} ")])));
        assert_eq!(passed_on(trace, REST_API, header).await, came);
    }
}

#[tokio::test]
async fn a_request_with_several_traces_is_refused_as_without_one_of_aws() {
    let mut fixture = Fixture::greeting();
    fixture.trace = Some(SAMPLED);
    let mut payload = fixture.payload(REST_API);
    payload["multiValueHeaders"]["traceparent"] = json!(["a", "b"]);
    let answer = fixture.answer(&payload).await;
    assert_eq!(answer.body["code"], "duplicate-header");
}
