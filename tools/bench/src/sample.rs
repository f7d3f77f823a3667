//! The one event and the one hook that are measured.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use hookpoint_devserver::{WORKSPACE_FILE, WorkspaceSource};
use hookpoint_engine::{identifier::ApplicationId, ingest_key::NewIngestKey, secret::Secret};
use hookpoint_stages::Family;
pub(crate) use hookpoint_xtask::bench::STAGE;
use hookpoint_xtask::generate::events;
use serde_json::Value;

/// What each hook asks for, and so what each event is answered with. The baselines give the same.
pub(crate) const RESPONSE: &str = r#"{"context":{"tier":"gold"}}"#;

/// An event as an application posts it.
#[derive(Debug, Clone)]
pub(crate) struct PostedEvent {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

pub(crate) fn application() -> anyhow::Result<ApplicationId> {
    events::sample_application(Family::Conversation)
}

/// A key that only the stores made here accept.
pub(crate) fn key() -> anyhow::Result<NewIngestKey> {
    events::sample_key(&application()?)
}

/// The stage's example event, with a key.
pub(crate) fn posted_event(key: &Secret) -> anyhow::Result<PostedEvent> {
    Ok(PostedEvent {
        path: events::path(STAGE, &application()?),
        headers: vec![
            (
                "authorization".to_owned(),
                format!("Bearer {}", key.expose()),
            ),
            ("content-type".to_owned(), "application/json".to_owned()),
        ],
        body: serde_json::to_vec(&STAGE.example())?.into(),
    })
}

/// The same event as API Gateway gives it to the function.
pub(crate) fn gateway_event() -> anyhow::Result<Bytes> {
    let event = events::event(STAGE, &application()?, &key()?)?;
    Ok(serde_json::to_vec(&event)?.into())
}

/// A workspace with one static hook, in a folder.
pub(crate) fn static_workspace(folder: &Path) -> anyhow::Result<WorkspaceSource> {
    workspace(folder, &format!("static: {RESPONSE}"), "")
}

/// A workspace with one webhook that goes to an address of this machine, in a folder.
pub(crate) fn webhook_workspace(
    folder: &Path,
    endpoint: SocketAddr,
) -> anyhow::Result<WorkspaceSource> {
    workspace(
        folder,
        &format!("webhook: {{ url: \"http://{endpoint}/hook\" }}"),
        "local: { allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }\n",
    )
}

fn workspace(folder: &Path, hook: &str, local: &str) -> anyhow::Result<WorkspaceSource> {
    let application = application()?;
    let text = format!(
        "version: 1
applications: {{ {application}: {{ kind: conversation }} }}
hooks: {{ measured: {{ {hook} }} }}
bindings: [{{ application: {application}, stage: {}, hook: measured }}]
{local}",
        STAGE.id()
    );
    let file = folder.join(WORKSPACE_FILE);
    fs::write(&file, text).with_context(|| format!("failed to write `{}`", file.display()))?;
    Ok(WorkspaceSource::file(file))
}

/// An error unless the answer is what the hook asks for: a refusal is fast, too.
pub(crate) fn ensure_answered(body: &[u8]) -> anyhow::Result<()> {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let expected: Value = serde_json::from_str(RESPONSE)?;
    ensure!(
        answer == Some(expected),
        "the answer is not `{RESPONSE}` but `{}`",
        String::from_utf8_lossy(body)
    );
    Ok(())
}
