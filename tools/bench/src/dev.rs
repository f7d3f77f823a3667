//! `hookpoint dev` as a process.

use std::process::Command;

use anyhow::Context as _;
use hookpoint_devserver::{INGEST_KEYS_FILE, WorkspaceSource};
use hookpoint_engine::confidential::secret::Secret;
use serde_json::Value;

use crate::{bench::Bench, programs::Server, sample};

/// The server, and its key for the application.
#[derive(Debug)]
pub(crate) struct Dev {
    pub(crate) server: Server,
    pub(crate) key: Secret,
}

impl Dev {
    /// Starts it for a workspace.
    pub(crate) async fn start(
        bench: &Bench<'_>,
        workspace: &WorkspaceSource,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(bench.programs.hookpoint()?);
        command
            .arg("--workspace")
            .arg(workspace.path())
            .args(["dev", "--port", "0"]);
        let server = Server::start("dev", &command, bench.folder).await?;
        let key = key_of(workspace)?;
        Ok(Self { server, key })
    }
}

fn key_of(workspace: &WorkspaceSource) -> anyhow::Result<Secret> {
    let file = workspace.state_directory().join(INGEST_KEYS_FILE);
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("failed to read `{}`", file.display()))?;
    let keys: Value = serde_json::from_str(&text)?;
    let key = keys[sample::application()?.as_str()]
        .as_str()
        .with_context(|| format!("`{}` holds no key", file.display()))?;
    Ok(Secret::new(key))
}
