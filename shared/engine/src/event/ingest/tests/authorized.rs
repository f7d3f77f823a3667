//! Events whose caller was already authorised by API Gateway.

use super::*;

/// Posts the example with these headers and without a key of the application.
async fn answer(
    stand: &Stand,
    application: &str,
    stage: Stage,
    authorization: &str,
) -> (u16, Value) {
    let headers = headers(&[
        ("authorization", authorization),
        ("content-type", "application/json"),
    ]);
    let body = serde_json::to_vec(&stage.example()).unwrap();
    let stage = stage.name();
    let request = IngestRequest {
        route: &route(application, &stage),
        headers: &RequestHeaders::read(&headers),
        body: &body,
        now: stand.now,
        received: Instant::now(),
    };
    let response = stand.engine.ingest_from(Caller::Authorized, request).await;
    (
        response.status,
        serde_json::from_slice(&response.body).unwrap(),
    )
}

#[tokio::test]
async fn no_key_is_asked_for_and_what_stands_in_the_header_is_not_read_as_one() {
    let (stand, _) = stand();
    let of_bot = add_key(&stand, "bot", None);
    for authorization in [
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260302/eu-central-1/execute-api/aws4_request",
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        &format!("Bearer {of_bot}"),
        "",
    ] {
        let (status, body) = answer(&stand, "shop", STAGE, authorization).await;
        assert_eq!(
            (status, body),
            (200, json!({"context": {"tier": "gold"}})),
            "{authorization}"
        );
    }
}

#[tokio::test]
async fn an_application_that_does_not_exist_or_has_no_such_stage_is_still_refused() {
    let (stand, key) = stand();
    for application in ["unknown", "no body", ""] {
        let (status, body) = answer(&stand, application, STAGE, &format!("Bearer {key}")).await;
        assert_eq!(
            (status, &body["code"]),
            (401, &json!("unauthorized")),
            "{application}"
        );
    }
    let (status, body) = answer(&stand, "shop", Stage::ConversationStart, "").await;
    assert_eq!((status, &body["code"]), (404, &json!("not-found")));
    assert!(stand.webhook.calls().is_empty());
}

/// A revoked key must stop working; who is authorised elsewhere loses nothing by an old application.
#[tokio::test]
async fn while_the_store_fails_keys_are_accepted_for_a_minute_and_other_callers_for_fifteen() {
    let (mut stand, key) = stand();
    let key = format!("Bearer {key}");
    let sent = headers(&[
        ("authorization", &key),
        ("content-type", "application/json"),
    ]);
    let body = serde_json::to_vec(&STAGE.example()).unwrap();
    let by_key = async |stand: &Stand| post(stand, "shop", &STAGE.name(), &sent, &body).await.0;
    let authorized = async |stand: &Stand| answer(stand, "shop", STAGE, "").await.0;
    assert_eq!(by_key(&stand).await, 200);
    stand.store.set_down(true);
    let start = stand.now;
    for (seconds, with_key, without) in [
        (59, 200, 200),
        (60, 503, 200),
        (15 * 60 - 1, 503, 200),
        (15 * 60, 503, 503),
    ] {
        stand.now = start + std::time::Duration::from_secs(seconds);
        assert_eq!(by_key(&stand).await, with_key, "{seconds} s");
        let is_used = stand.engine.staleness().take().is_some();
        assert_eq!(
            is_used,
            with_key == 200,
            "{seconds} s: what refused events read is not used"
        );
        assert_eq!(authorized(&stand).await, without, "{seconds} s");
        assert_eq!(stand.engine.staleness().take().is_some(), without == 200);
    }
}
