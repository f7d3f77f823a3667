//! The endpoints of the sample's webhooks.

use axum::{
    Json, Router,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{SIGNATURE, profile};

pub(super) fn router() -> Router {
    Router::new()
        .route("/health", get(|| async { SIGNATURE }))
        .route("/customer-lookup", post(customer_lookup))
        .route("/handover-summary", post(handover_summary))
        .route("/sentiment", post(sentiment))
        .route("/state-journal", post(state_journal))
        .route("/progressive-profile", post(profile::answer))
        .route("/contact-check", post(contact_check))
}

/// Knows every user with an id, and half of them as good customers.
async fn customer_lookup(Json(event): Json<Value>) -> Json<Value> {
    let Some(user) = text(&event, "/context/userId").filter(|user| !user.is_empty()) else {
        return Json(json!({ "context": { "KnownCustomer": false } }));
    };
    let tier = if user.bytes().map(u32::from).sum::<u32>() % 2 == 0 {
        "gold"
    } else {
        "standard"
    };
    Json(json!({ "context": { "KnownCustomer": true, "CustomerTier": tier } }))
}

/// Summarises the conversation in one line for the human agent.
async fn handover_summary(Json(event): Json<Value>) -> Json<Value> {
    let utterance = text(&event, "/context/lastUtterance").unwrap_or("nothing yet");
    let intent = text(&event, "/context/intentId").unwrap_or("unknown");
    let summary = format!("Intent {intent}; the customer last said: {utterance}");
    Json(json!({ "context": { "HandoverSummary": summary } }))
}

/// Always fails, to show a failure policy.
async fn sentiment() -> (StatusCode, &'static str) {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "the sentiment service is down",
    )
}

/// Accepts everything; responses to asynchronous hooks have no effect.
async fn state_journal(Json(_): Json<Value>) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Refuses addresses that no mail can be sent to (RFC 2606).
async fn contact_check(Json(event): Json<Value>) -> Json<Value> {
    let after = text(&event, "/contact/after").unwrap_or_default();
    if after.ends_with(".invalid") {
        let message = "Mail to this address cannot be delivered. Please check it.";
        Json(json!({ "showError": { "message": message } }))
    } else {
        Json(json!({}))
    }
}

fn text<'a>(event: &'a Value, pointer: &str) -> Option<&'a str> {
    event.pointer(pointer).and_then(Value::as_str)
}
