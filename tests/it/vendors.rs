//! Hooks in the manner of the vendors' samples (`tests/node/vendors`), each against a vendor that works and one that fails.

mod identity;
mod scene;
mod vendor;

use hookpoint_engine::{ports::Settlement, stages::Stage};
use serde_json::{Value, json};

use self::{scene::Scene, vendor::Reply};

/// The response to a registration that goes on: the attributes of the example with more of them, and a session.
fn registered(more: Value, session: Value) -> Value {
    let mut attributes = Stage::BeforeRegistration.example()["customer"]["attributes"].take();
    attributes
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ "attributes": attributes, "additionalAuthenticators": [], "session": session })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_gate_with_request_promise_native() {
    const SEARCH: &str = "/crm/v3/objects/contacts/search";
    let scene = Scene::of(
        "contact-gate.cjs",
        Stage::BeforeRegistration,
        json!({ "CrmUrl": "VENDOR" }),
        json!({ "CrmToken": "crm-token" }),
    )
    .await;

    let contact =
        json!({ "total": 1, "results": [{ "id": "501", "properties": { "tier": "gold" } }] });
    scene.vendor.replies(SEARCH, [Reply::Json(200, contact)]);
    let passed = scene.post(json!({})).await;
    assert_eq!(
        passed.response,
        registered(json!({ "contactId": "501", "tier": "gold" }), json!({})),
        "{:?}",
        passed.record
    );
    let asked = scene.vendor.asked_once();
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.header("authorization"), "Bearer crm-token");
    assert_eq!(asked.header("content-type"), "application/json");
    let filter = &asked.json()["filterGroups"][0]["filters"][0];
    assert_eq!(
        *filter,
        json!({ "propertyName": "email", "operator": "EQ", "value": "alice@example.com" })
    );

    let stranger = json!({ "total": 0, "results": [] });
    scene.vendor.replies(SEARCH, [Reply::Json(200, stranger)]);
    let passed = scene.post(json!({})).await;
    let message = "Please ask us for an invitation.";
    assert_eq!(
        passed.response,
        json!({ "showError": { "message": message }, "session": {} })
    );

    let refused = json!({ "deny": { "error": "crm-unavailable", "description": "Please come back in a few minutes." } });
    for (reply, logged) in [
        (
            Reply::Json(429, json!({ "status": "error" })),
            "StatusCodeError 429",
        ),
        (
            Reply::Text(503, "<h1>Unavailable</h1>"),
            "StatusCodeError 503",
        ),
        (Reply::Reset, "RequestError"),
    ] {
        scene.vendor.replies(SEARCH, [reply]);
        let passed = scene.post(json!({})).await;
        assert_eq!(passed.response, refused);
        assert_eq!(passed.record.outcome, "ok");
        let log = passed.record.log.join("\n");
        assert!(log.contains(&format!("the CRM failed: {logged}")), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_feed_with_a_client_of_slack() {
    const HOOK: &str = "/services/T0/B0/x";
    let scene = Scene::of(
        "login-feed.cjs",
        Stage::AfterSelfServiceLogin,
        json!({}),
        json!({ "SlackUrl": "VENDOR/services/T0/B0/x" }),
    )
    .await;

    scene.vendor.replies(HOOK, [Reply::Text(200, "ok")]);
    let passed = scene.post(json!({})).await;
    assert_eq!(passed.response, json!({ "queued": 1 }));
    assert_eq!(scene.deliver().await, Settlement::Done);
    assert_eq!(
        scene.vendor.asked_once().json(),
        json!({
            "channel": "#logins",
            "username": "logins",
            "text": "alice@example.com logged in to Web shop",
            "attachments": [{ "fields": [{ "title": "From", "value": "Vienna, Austria", "short": true }] }],
        })
    );

    scene.vendor.replies(HOOK, [Reply::Text(404, "no_service")]);
    scene.post(json!({})).await;
    let Settlement::Dead(reason) = scene.deliver().await else {
        panic!("a message that Slack refused was delivered");
    };
    assert_eq!(reason.code, "script-error");
    assert!(
        reason.message.contains("Slack: no_service"),
        "{}",
        reason.message
    );
    // A request without a response is tried again.
    scene.vendor.replies(HOOK, [Reply::Reset]);
    scene.post(json!({})).await;
    assert!(matches!(scene.deliver().await, Settlement::Retry(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_for_a_bus_with_the_sdk_of_its_vendor() {
    let scene = Scene::of(
        "event-bridge.mjs",
        Stage::BeforeRegistration,
        json!({ "EventsUrl": "VENDOR", "AccessKey": "AKIDEXAMPLE" }),
        json!({ "SecretKey": "secret-key" }),
    )
    .await;

    let taken = Reply::Json(
        200,
        json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "e-1" }] }),
    );
    scene.vendor.replies("/", [taken.clone()]);
    let passed = scene.post(json!({})).await;
    let announced = json!({ "attributes": { "announcement": "e-1" } });
    assert_eq!(passed.response, announced, "{:?}", passed.record);
    let asked = scene.vendor.asked_once();
    assert_eq!(asked.header("x-amz-target"), "AWSEvents.PutEvents");
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.1");
    let signed = asked.header("authorization");
    assert!(
        signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
            && signed.contains("/eu-central-1/events/aws4_request, SignedHeaders="),
        "{signed}"
    );
    let body = asked.json();
    let [entry] = &body["Entries"].as_array().unwrap()[..] else {
        panic!("not one entry");
    };
    assert_eq!(entry["EventBusName"], "customers");
    assert_eq!(entry["DetailType"], "CustomerRegistration");
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        detail,
        json!({ "email": "alice@example.com", "country": "AT" })
    );

    // A request that the service failed is retried once.
    let broken = Reply::Json(500, json!({ "__type": "InternalException" }));
    scene.vendor.replies("/", [broken.clone(), taken]);
    assert_eq!(scene.post(json!({})).await.response, announced);
    assert_eq!(scene.vendor.asked().len(), 2);

    // A response of 200 may carry a failure, which the hook must see.
    let throttled =
        json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "ThrottlingException" }] });
    scene.vendor.replies("/", [Reply::Json(200, throttled)]);
    let passed = scene.post(json!({})).await;
    assert_eq!(passed.response["deny"]["error"], "not-announced");
    assert_eq!(passed.record.log, ["not announced: ThrottlingException"]);

    // What the hook does not catch is left to the failure policy of the stage.
    scene.vendor.asked();
    let denied = json!({ "__type": "AccessDeniedException", "message": "not authorized" });
    for (reply, name, requests) in [
        (broken, "InternalException", 2),
        (Reply::Json(400, denied), "AccessDeniedException", 1),
    ] {
        scene.vendor.replies("/", [reply]);
        let passed = scene.post(json!({})).await;
        assert_eq!(passed.response["deny"]["error"], "hook_failed");
        assert_eq!(passed.record.outcome, "script-error");
        let error = passed.record.error.unwrap();
        assert!(error.contains(name), "{error}");
        assert_eq!(scene.vendor.asked().len(), requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_risk_score_with_an_old_axios() {
    const INSIGHTS: &str = "/insights";
    let scene = Scene::of(
        "risk-score.cjs",
        Stage::BeforeRegistration,
        json!({ "RiskUrl": "VENDOR" }),
        json!({ "RiskKey": "risk-key" }),
    )
    .await;

    let trusted = json!({ "data": { "score": "TRUSTED" } });
    scene.vendor.replies(INSIGHTS, [Reply::Json(200, trusted)]);
    let passed = scene.post(json!({ "session": { "step": 1 } })).await;
    assert_eq!(
        passed.response,
        registered(json!({}), json!({ "step": 1, "score": "TRUSTED" })),
        "{:?}",
        passed.record
    );
    let asked = scene.vendor.asked_once();
    assert_eq!(asked.header("x-site"), "web-shop");
    assert_eq!(
        asked.json(),
        json!({ "apikey": "risk-key", "ip": "203.0.113.24", "email": "alice@example.com", "action": "auth.registration" })
    );

    let alert = json!({ "data": { "score": "ALERT", "reasons": ["new device", "VPN"] } });
    scene.vendor.replies(INSIGHTS, [Reply::Json(200, alert)]);
    assert_eq!(
        scene.post(json!({})).await.response,
        json!({ "deny": { "error": "risk", "description": "Your registration needs a review (new device, VPN)." } })
    );

    for (reply, logged) in [
        (
            Reply::Text(500, "oops"),
            "Request failed with status code 500",
        ),
        (
            Reply::Json(401, json!({ "error": "key" })),
            "Request failed with status code 401",
        ),
        (Reply::Reset, ""),
    ] {
        scene.vendor.replies(INSIGHTS, [reply]);
        let passed = scene.post(json!({})).await;
        let message = "Please come back in a few minutes.";
        assert_eq!(
            passed.response,
            json!({ "showError": { "message": message }, "session": {} })
        );
        let log = passed.record.log.join("\n");
        let expected = format!("the risk service failed: {logged}");
        assert!(log.contains(&expected), "{log}");
    }
}
