//! The measured events and the hook.

mod workspace;

use anyhow::ensure;
use axum::body::Bytes;
use hookpoint_engine::{
    application::ingest_key::NewIngestKey, confidential::secret::Secret, identifier::ApplicationId,
};
use hookpoint_stages::{Family, Stage};
pub(crate) use hookpoint_xtask::bench::STAGE;
use hookpoint_xtask::generate::events;
use serde_json::Value;

pub(crate) use self::workspace::Measured;

/// The response of each hook, and so of each event. The baselines return it too.
pub(crate) const RESPONSE: &str = r#"{"context":{"tier":"gold"}}"#;

/// An event as posted by an application.
#[derive(Debug, Clone)]
pub(crate) struct PostedEvent {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

pub(crate) fn application() -> anyhow::Result<ApplicationId> {
    events::sample_application(Family::Conversation)
}

/// A key that only the stores of the benchmark accept.
pub(crate) fn key() -> anyhow::Result<NewIngestKey> {
    events::sample_key(&application()?)
}

/// The example event of the measured stage, with a key.
pub(crate) fn posted_event(key: &Secret) -> anyhow::Result<PostedEvent> {
    posted_event_of(STAGE, key)
}

/// The example event of a stage, with a key.
pub(crate) fn posted_event_of(stage: Stage, key: &Secret) -> anyhow::Result<PostedEvent> {
    Ok(PostedEvent {
        path: events::path(stage, &application()?),
        headers: vec![
            (
                "authorization".to_owned(),
                format!("Bearer {}", key.expose()),
            ),
            ("content-type".to_owned(), "application/json".to_owned()),
        ],
        body: serde_json::to_vec(&stage.example())?.into(),
    })
}

/// That event as API Gateway passes it to the function.
pub(crate) fn gateway_event() -> anyhow::Result<Bytes> {
    let event = events::event(STAGE, &application()?, &key()?)?;
    Ok(serde_json::to_vec(&event)?.into())
}

/// Returns an error unless the response has the hook's effects: a refusal is fast too.
pub(crate) fn ensure_answered(body: &[u8]) -> anyhow::Result<()> {
    ensure_is(body, RESPONSE)
}

/// Returns an error unless a body is this JSON.
pub(crate) fn ensure_is(body: &[u8], expected: &str) -> anyhow::Result<()> {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let wanted: Value = serde_json::from_str(expected)?;
    ensure!(
        answer == Some(wanted),
        "the response is not `{expected}` but `{}`",
        String::from_utf8_lossy(body)
    );
    Ok(())
}
