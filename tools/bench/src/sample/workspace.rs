//! Workspaces with the measured hook.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::Context as _;
use hookpoint_devserver::{WORKSPACE_FILE, WorkspaceSource};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::{RESPONSE, STAGE, application};

/// The hook and its bindings.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) stage: Stage,
    /// The hook's declaration in the workspace.
    pub(crate) hook: Value,
    /// Number of bindings, which run at once.
    pub(crate) bindings: usize,
    /// Whether the application keeps its events.
    pub(crate) keeps_events: bool,
    /// Its signing secrets; unsigned if empty.
    pub(crate) signing_secrets: Vec<&'static str>,
}

impl Measured {
    /// A static hook.
    pub(crate) fn static_hook() -> anyhow::Result<Self> {
        let response: Value = serde_json::from_str(RESPONSE)?;
        Ok(Self::of(json!({ "static": response })))
    }

    /// A webhook to an address on this machine.
    pub(crate) fn webhook(endpoint: SocketAddr) -> Self {
        Self::of(json!({ "webhook": { "url": format!("http://{endpoint}/hook") } }))
    }

    /// Like [`webhook`](Self::webhook), signed with secrets of these names.
    pub(crate) fn signed_webhook(endpoint: SocketAddr, signing_secrets: Vec<&'static str>) -> Self {
        let mut measured = Self::webhook(endpoint);
        if !signing_secrets.is_empty() {
            measured.hook["webhook"]["signingSecrets"] = json!(signing_secrets);
        }
        Self {
            signing_secrets,
            ..measured
        }
    }

    fn of(hook: Value) -> Self {
        Self {
            stage: STAGE,
            hook,
            bindings: 1,
            keeps_events: false,
            signing_secrets: Vec::new(),
        }
    }

    /// The response to an event, for a synchronous hook.
    pub(crate) fn answer(&self) -> &'static str {
        if self.bindings == 0 { "{}" } else { RESPONSE }
    }

    /// Writes the workspace into a folder.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<WorkspaceSource> {
        let application = application()?;
        let binding = |number| {
            json!({
                "application": application.as_str(),
                "stage": self.stage.id(),
                "hook": "measured",
                "id": format!("measured-{number}"),
            })
        };
        // JSON is YAML, too.
        let workspace = json!({
            "version": 1,
            "secrets": self.signing_secrets,
            "applications": {
                application.as_str(): { "kind": "conversation", "keepEvents": self.keeps_events },
            },
            "hooks": { "measured": self.hook },
            "bindings": (1..=self.bindings).map(binding).collect::<Vec<_>>(),
            "local": { "allowHttpHosts": ["127.0.0.1"], "allowNetworks": ["127.0.0.1/32"] },
        });
        let file = folder.join(WORKSPACE_FILE);
        fs::write(&file, format!("{workspace:#}"))
            .with_context(|| format!("failed to write `{}`", file.display()))?;
        Ok(WorkspaceSource::file(file))
    }
}
