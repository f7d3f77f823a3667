//! Payloads of gateways, and payloads that are none.

use serde_json::{Value, json};

use super::fixture::{Answer, CORRELATION_ID, Fixture};

const HTTP_API: &str = include_str!("../testdata/http_api.json");
const FUNCTION_URL: &str = include_str!("../testdata/function_url.json");
const REST_API: &str = include_str!("../testdata/rest_api.json");
const HTTP_API_1: &str = include_str!("../testdata/http_api_1.json");
const LOAD_BALANCER: &str = include_str!("../testdata/load_balancer.json");

/// The response to a payload with one member replaced.
async fn answer_with(text: &str, pointer: &str, value: Value) -> Answer {
    let fixture = Fixture::greeting();
    let mut payload = fixture.payload(text);
    *payload.pointer_mut(pointer).unwrap() = value;
    fixture.answer(&payload).await
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u64, code: &str, detail: &str) {
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (status, &json!(code))
    );
    let shown = answer.body["detail"].as_str().unwrap();
    assert!(shown.contains(detail), "{shown}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn an_event_is_answered_in_every_shape_of_request() {
    for text in [HTTP_API, HTTP_API_1, FUNCTION_URL, REST_API, LOAD_BALANCER] {
        let fixture = Fixture::greeting();
        let answer = fixture.answer(&fixture.payload(text)).await;
        assert_eq!(answer.status, 200, "{text}");
        assert_eq!(answer.body, json!({"context": {"tier": "gold"}}));
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["nlx-correlation-id"], CORRELATION_ID);
        let timing = answer.headers["server-timing"].as_str().unwrap();
        assert!(timing.starts_with("greeting;dur="), "{timing}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_joined_keys_are_refused() {
    let key = Fixture::greeting().key;
    let strange = answer_with(
        HTTP_API,
        "/headers/authorization",
        json!(format!("Bearer {key}")),
    )
    .await;
    assert_problem(&strange, 401, "unauthorized", "ingest key");
    let fixture = Fixture::greeting();
    let mut payload = fixture.payload(HTTP_API);
    payload["headers"]["authorization"] = json!(format!("Bearer {0},Bearer {0}", fixture.key));
    assert_problem(
        &fixture.answer(&payload).await,
        401,
        "unauthorized",
        "ingest key",
    );
}

#[tokio::test]
async fn a_header_that_came_twice_is_seen_in_format_1() {
    let twice = json!(["Bearer a", "Bearer b"]);
    let answer = answer_with(REST_API, "/multiValueHeaders/Authorization", twice).await;
    assert_problem(&answer, 400, "duplicate-header", "`authorization`");
}

#[tokio::test]
async fn headers_of_format_1_without_multiple_values_are_read() {
    let answer = answer_with(REST_API, "/multiValueHeaders", Value::Null).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn another_method_is_refused_with_what_is_allowed() {
    for (text, pointer) in [
        (HTTP_API, "/requestContext/http/method"),
        (REST_API, "/httpMethod"),
    ] {
        let answer = answer_with(text, pointer, json!("GET")).await;
        assert_problem(&answer, 405, "method-not-allowed", "POST");
        assert_eq!(answer.headers["allow"], "POST");
        assert_eq!(answer.headers["nlx-correlation-id"], CORRELATION_ID);
    }
}

#[tokio::test]
async fn another_route_is_not_found_and_another_stage_is_named() {
    let stage = "/v1/applications/assistant/stages/escalation";
    for (path, detail) in [
        (
            "/v1/applications/assistant",
            "/v1/applications/{applicationId}",
        ),
        ("/", "/v1/applications/{applicationId}"),
        (
            stage,
            "this function serves `conversation-start`, not `escalation`",
        ),
    ] {
        for (text, pointer) in [(HTTP_API, "/rawPath"), (REST_API, "/path")] {
            let answer = answer_with(text, pointer, json!(path)).await;
            assert_problem(&answer, 404, "not-found", detail);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_event_says_what_it_is() {
    for (text, body, detail) in [
        (FUNCTION_URL, json!("not base64!"), "not Base64"),
        // 0xff in Base64: gateways encode binary bodies.
        (FUNCTION_URL, json!("/w=="), "not UTF-8 at byte 0"),
        (HTTP_API, json!("{"), "ends too early"),
        (HTTP_API, json!(""), "the body is empty"),
        (HTTP_API, Value::Null, "the body is empty"),
    ] {
        let answer = answer_with(text, "/body", body).await;
        assert_problem(&answer, 400, "invalid-json", detail);
    }
}

#[tokio::test]
async fn a_payload_that_is_no_http_request_is_refused_with_what_is_expected() {
    let fixture = Fixture::greeting();
    let nested = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for (payload, detail) in [
        ("{}", "`httpMethod` (format 1.0) are missing"),
        ("null", "it is not an object"),
        ("[]", "it is not an object"),
        ("\"text\"", "it is not an object"),
        ("not json", "it is not an object"),
        (
            "{\"body\":{\"eventType\":\"conversationStart\"}}",
            "another type",
        ),
        ("{\"body\":\"\\ud800\"}", "another type"),
        (
            "{\"requestContext\":{\"http\":{\"method\":\"POST\"}}}",
            "`rawPath` is missing",
        ),
        ("{\"httpMethod\":\"POST\"}", "`path` is missing"),
        (
            "{\"Records\":[{\"eventSource\":\"aws:sqs\"}]}",
            "API Gateway",
        ),
        (&nested, "it is not an object"),
    ] {
        let answer = fixture.answer_bytes(payload.as_bytes()).await;
        assert_problem(&answer, 400, "invalid-event", detail);
        assert_eq!(
            answer.headers["nlx-correlation-id"].as_str().map(str::len),
            Some(36)
        );
    }
}
