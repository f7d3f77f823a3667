//! The context of every command.

use std::{io::Read, path::Path, sync::Arc};

use anyhow::Context as _;
use hookpoint_devserver::{App, AppOptions, BundlerProcess, Remembering, WorkspaceSource};
use hookpoint_operator::compile_scripts;
use hookpoint_workspace::{Bundler, BundlerUnavailable, Workspace, WorkspaceErrors};
use tokio::task::spawn_blocking;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{commands::plugins::killed, env, output};

/// Where the engine logs the dropped parts of responses and conflicts.
const EVENTS: &str = "hookpoint_engine::event";

/// What commands wait for while hooks are bundled.
pub(crate) const READING: &str = "reading the workspace";
/// What they wait for next.
pub(crate) const COMPILING: &str = "compiling scripts";

/// The global options, resolved.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) source: WorkspaceSource,
    /// Whether the workspace was named explicitly; commands to paste must then name it too.
    pub(crate) is_named: bool,
    pub(crate) verbose: bool,
    /// Bundles hooks that are more than one plain script.
    pub(crate) bundler: Arc<dyn Bundler>,
    missing_bundler: Option<BundlerUnavailable>,
}

impl Context {
    /// From the options `--workspace` and `--verbose`.
    pub(crate) fn new(workspace: Option<&Path>, verbose: bool) -> Self {
        let source = match workspace {
            Some(path) => WorkspaceSource::file(path.to_owned()),
            None => WorkspaceSource::folder(Path::new("")),
        };
        let bundler = BundlerProcess::find(env::bundler(), env::own_path().as_deref());
        Self {
            source,
            is_named: workspace.is_some(),
            verbose,
            missing_bundler: bundler.missing(),
            bundler: Arc::new(Remembering::new(bundler)),
        }
    }

    /// Whether hooks in TypeScript and with packages can be bundled here.
    pub(crate) fn has_bundler(&self) -> bool {
        self.missing_bundler.is_none()
    }

    /// Why they cannot, if the bundler is missing.
    pub(crate) fn missing_bundler(&self) -> Option<&BundlerUnavailable> {
        self.missing_bundler.as_ref()
    }

    /// Starts logging to standard error, so that standard output only has results.
    pub(crate) fn start_logging(&self) {
        // The commands that run events show what these warnings would say.
        let (level, of_events) = if self.verbose {
            (LevelFilter::INFO, LevelFilter::INFO)
        } else {
            (LevelFilter::WARN, LevelFilter::ERROR)
        };
        // Libraries log long warnings for errors that they also return.
        let filter = Targets::new()
            .with_default(LevelFilter::ERROR)
            .with_target("hookpoint", level)
            .with_target(EVENTS, of_events);
        let lines = tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_writer(anstream::stderr);
        tracing_subscriber::registry()
            .with(lines)
            .with(filter)
            .init();
        // Some commands do nothing else that could be logged.
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            workspace = %self.source.path().display(),
            bundler = self.has_bundler(),
            "hookpoint starts"
        );
    }

    /// Loads the workspace, for commands that cannot use the sample and compile what they need of it.
    pub(crate) async fn workspace_to_compile(&self) -> anyhow::Result<Workspace> {
        self.warn_of_killed_updates();
        Ok(self.read_workspace().await??)
    }

    /// Loads the workspace and compiles its scripts, for commands that cannot use the sample.
    pub(crate) async fn workspace(&self) -> anyhow::Result<Workspace> {
        let mut workspace = self.workspace_to_compile().await?;
        output::waiting(COMPILING, compile_scripts(&mut workspace)).await?;
        Ok(workspace)
    }

    /// A half-updated plugin may not work.
    fn warn_of_killed_updates(&self) {
        for text in killed::updates(killed::folder_of(self.source.path())) {
            tracing::warn!("{text}");
        }
    }

    /// Reads the workspace, and compiles none of its scripts.
    pub(crate) async fn read_workspace(
        &self,
    ) -> anyhow::Result<Result<Workspace, WorkspaceErrors>> {
        if self.is_without_workspace()? {
            anyhow::bail!(
                "there is no hookpoint.yaml in this folder; name one with `--workspace FILE`, or create one with `hookpoint init`"
            );
        }
        let (path, bundler) = (self.source.path().to_owned(), Arc::clone(&self.bundler));
        let loading = spawn_blocking(move || Workspace::load_with(&path, bundler.as_ref()));
        let read = output::waiting(READING, loading).await?;
        let files = read
            .as_ref()
            .map_or_else(|errors| errors.files().len(), |read| read.files().len());
        tracing::info!(file = %self.source.path().display(), files, "the workspace is read");
        Ok(read)
    }

    /// Whether there is no workspace, so that the sample or nothing is used.
    ///
    /// # Errors
    /// There is a file that is probably meant as the workspace and is not read.
    pub(crate) fn is_without_workspace(&self) -> anyhow::Result<bool> {
        let is_sample = self.source.is_sample();
        match self.source.misnamed().filter(|_| is_sample) {
            Some(path) => {
                let (path, file) = (path.display(), self.source.path().display());
                anyhow::bail!(
                    "`{path}` is not read unless it is named: rename it to `{file}`, or add `--workspace {path}`"
                )
            }
            None => Ok(is_sample),
        }
    }

    /// Opens the composition root of this machine.
    pub(crate) async fn app(&self, receiver_port: u16) -> anyhow::Result<App> {
        self.is_without_workspace()?;
        self.warn_of_killed_updates();
        let options = AppOptions {
            source: self.source.clone(),
            receiver_port,
            environment: env::variables(),
            bundler: Arc::clone(&self.bundler),
        };
        Ok(output::waiting(READING, App::open(options)).await?)
    }
}

/// Reads text, for example from a pipe, of at most `limit` bytes.
pub(crate) fn read_limited(reader: impl Read, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .context("failed to read")?;
    if bytes.len() as u64 > limit {
        anyhow::bail!("larger than {limit} bytes");
    }
    Ok(bytes)
}
