//! The composition root of a laptop: the engine over the embedded store, local secrets and webhooks.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use hookpoint_engine::{Engine, Ports, egress::EgressPolicy};
use hookpoint_local::{LocalContinuationKeys, LocalSecrets, LocalStore, OpenError};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use hookpoint_workspace::{Workspace, WorkspaceErrors};
use thiserror::Error;

use crate::{
    change::{self, ApplyError, Changes},
    receiver::{Receiver, ReceiverError},
    sample,
    source::WorkspaceSource,
};

/// How often a publication is tried when another process publishes the same workspace.
const ATTEMPTS: usize = 5;

/// What an [`App`] is made of.
#[derive(Debug)]
pub struct AppOptions {
    /// Which workspace.
    pub source: WorkspaceSource,
    /// The port of the sample's receiver; 0 takes any free port.
    pub receiver_port: u16,
    /// The environment, in which secrets may be.
    pub environment: Vec<(String, String)>,
}

/// A workspace, the store it is published to, and the receiver it may need.
#[derive(Debug)]
pub struct App {
    source: WorkspaceSource,
    directory: PathBuf,
    store: LocalStore,
    secrets: Arc<LocalSecrets>,
    receiver_port: u16,
    receiver: Option<Receiver>,
}

/// The workspace as it is published now.
#[derive(Debug)]
pub struct Current {
    /// What it says.
    pub workspace: Workspace,
    /// Whether it is the sample.
    pub is_sample: bool,
    /// What publishing it changed.
    pub changes: Changes,
}

/// Why a workspace is not in effect.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// The workspace is not sound.
    #[error(transparent)]
    Workspace(#[from] WorkspaceErrors),
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The workspace could not be published.
    #[error("failed to publish the workspace: {0}")]
    Apply(#[from] ApplyError),
    /// Nobody answers its webhooks.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
}

impl App {
    /// Opens the store beside the workspace, and makes it when there is none.
    pub fn open(options: AppOptions) -> Result<Self, AppError> {
        let directory = options.source.state_directory();
        let store = LocalStore::open(&directory)?;
        let secrets = LocalSecrets::new(options.environment, &directory);
        Ok(Self {
            source: options.source,
            directory,
            store,
            secrets: Arc::new(secrets),
            receiver_port: options.receiver_port,
            receiver: None,
        })
    }

    /// Reads the workspace, publishes it, and sees to its receiver. When this fails, what was published before stays.
    pub async fn bring_up_to_date(&mut self) -> Result<Current, AppError> {
        let is_sample = self.source.is_sample();
        if is_sample {
            self.ensure_receiver().await?;
        }
        let workspace = self.source.load(self.receiver_port)?;
        if !is_sample {
            self.source.settle_on_file();
            if sample::uses_receiver(workspace.desired(), self.receiver_port) {
                self.ensure_receiver().await?;
            }
        }
        let changes = self.publish(&workspace).await?;
        Ok(Current {
            workspace,
            is_sample,
            changes,
        })
    }

    /// An engine that lets hooks connect to where the policy allows.
    pub fn engine(&self, policy: EgressPolicy) -> Engine {
        let store = Arc::new(self.store.clone());
        let client = Arc::new(GuardedClient::new(policy.clone()));
        let ports = Ports {
            applications: store.clone(),
            bindings: store.clone(),
            hooks: store,
            secrets: self.secrets.clone(),
            continuation_keys: Arc::new(LocalContinuationKeys::new(self.store.clone())),
            webhooks: Arc::new(WebhookHooks::new(client)),
            scripts: None,
        };
        Engine::new(ports, policy)
    }

    /// The store.
    pub fn store(&self) -> &LocalStore {
        &self.store
    }

    /// Where the workspace comes from.
    pub fn source(&self) -> &WorkspaceSource {
        &self.source
    }

    /// Where state is kept.
    pub fn state_directory(&self) -> &Path {
        &self.directory
    }

    /// The receiver, when the workspace needs one.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.receiver.as_ref()
    }

    /// Starts the receiver unless one is known. That of another process may be gone by now, so it is asked again.
    async fn ensure_receiver(&mut self) -> Result<(), ReceiverError> {
        if !self.receiver.as_ref().is_some_and(Receiver::is_own) {
            let receiver = Receiver::on(self.receiver_port).await?;
            self.receiver_port = receiver.port();
            self.receiver = Some(receiver);
        }
        Ok(())
    }

    /// Here two processes publish the same file, so a conflict only means that the other one was faster.
    async fn publish(&self, workspace: &Workspace) -> Result<Changes, ApplyError> {
        let mut attempt = 1;
        loop {
            match change::apply(&self.store, workspace.desired()).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }
}
