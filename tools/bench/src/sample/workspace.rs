//! Workspaces with the one hook that is measured.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::Context as _;
use hookpoint_devserver::{WORKSPACE_FILE, WorkspaceSource};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::{RESPONSE, STAGE, application};

/// The hook, and how it is bound.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) stage: Stage,
    /// The hook, as a workspace declares it.
    pub(crate) hook: Value,
    /// How often it is bound; all of them run at once.
    pub(crate) bindings: usize,
    /// Whether the application keeps its events.
    pub(crate) keeps_events: bool,
    /// The secrets that it signs with; unsigned when there are none.
    pub(crate) signing_secrets: Vec<&'static str>,
}

impl Measured {
    /// A static hook.
    pub(crate) fn static_hook() -> anyhow::Result<Self> {
        let response: Value = serde_json::from_str(RESPONSE)?;
        Ok(Self::of(json!({ "static": response })))
    }

    /// A webhook that goes to an address of this machine.
    pub(crate) fn webhook(endpoint: SocketAddr) -> Self {
        Self::of(json!({ "webhook": { "url": format!("http://{endpoint}/hook") } }))
    }

    /// The same webhook, signed with secrets of these names, if any.
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

    /// What an event is answered with, where the hook runs before the answer.
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
