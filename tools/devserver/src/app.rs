//! The composition root of a laptop: the engine on the embedded store, with local secrets, webhooks and scripts.

use std::{
    collections::BTreeSet,
    future::pending,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::Arc,
};

use hookpoint_engine::{
    Engine, Ports,
    event::late_responses::LateResponses,
    hook::egress::EgressPolicy,
    identifier::ApplicationId,
    ports::{JobQueue, StoreError},
    publish::Desired,
    record::run_log::RunLog,
};
use hookpoint_local::{
    LocalContinuationKeys, LocalSecrets, LocalStore, OpenError, SECRETS_FILE, STORE_FILE,
};
use hookpoint_script::Sandbox;
use hookpoint_workspace::{Bundler, Workspace, WorkspaceErrors};
use thiserror::Error;
use tokio::{sync::Notify, task::spawn_blocking};

use hookpoint_operator::{ApplyError, Changes, LocalRunners, ScriptsError, Served};

use crate::{
    keeping::KeepingEvents,
    queue::Announcing,
    receiver::{Receiver, ReceiverError},
    sample,
    source::WorkspaceSource,
};

/// The options of an [`App`].
#[derive(Debug)]
pub struct AppOptions {
    /// Where the workspace comes from.
    pub source: WorkspaceSource,
    /// The port of the sample's receiver; 0 takes any free port.
    pub receiver_port: u16,
    /// The environment, which may hold secrets.
    pub environment: Vec<(String, String)>,
    /// Bundles hooks that are more than one plain script.
    pub bundler: Arc<dyn Bundler>,
}

/// A workspace, the store it is published to, and the receiver it may need.
#[derive(Debug)]
pub struct App {
    source: WorkspaceSource,
    bundler: Arc<dyn Bundler>,
    directory: PathBuf,
    store: LocalStore,
    secrets: Arc<LocalSecrets>,
    /// Notified when jobs are put into the queue.
    filled: Arc<Notify>,
    runs: Arc<RunLog>,
    late_responses: Arc<LateResponses>,
    receiver_port: u16,
    /// At most two: one for the sample and one for a file with another port.
    receivers: Vec<Receiver>,
    /// The runners of the published workspace.
    runners: Option<LocalRunners>,
    /// The published state, with the bytecode of its scripts: an edit of one hook compiles no other.
    published: Option<Desired>,
    /// The files of the workspace as it was read last. While it is invalid also those from before, as it may not have been read to its end.
    files: BTreeSet<PathBuf>,
    /// Serves every request of the hooks, if they may make none.
    served: Option<Arc<Served>>,
}

/// The currently published workspace.
#[derive(Debug)]
pub struct Current {
    /// The checked workspace.
    pub workspace: Workspace,
    /// Whether it is the built-in sample.
    pub is_sample: bool,
    /// The changes made by publishing it.
    pub changes: Changes,
    /// Published applications that are not in it and still accept events.
    pub strays: Vec<ApplicationId>,
}

/// Why a workspace is not in effect.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// The workspace is invalid.
    #[error(transparent)]
    Workspace(#[from] WorkspaceErrors),
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its scripts do not compile.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    /// The workspace could not be published.
    #[error("failed to publish the workspace: {0}")]
    Apply(ApplyError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The receiver of its webhooks cannot be started.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
}

/// The message has that of the reason, which is therefore no source.
impl From<ApplyError> for AppError {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

/// Reads the workspace on a thread that may block.
async fn load(
    source: &WorkspaceSource,
    receiver_port: u16,
    bundler: &Arc<dyn Bundler>,
) -> Result<Workspace, WorkspaceErrors> {
    let (source, bundler) = (source.clone(), Arc::clone(bundler));
    let reading = spawn_blocking(move || source.load(receiver_port, bundler.as_ref()));
    match reading.await {
        Ok(loaded) => loaded,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // A runtime that shuts down polls nothing any more.
            Err(_) => pending().await,
        },
    }
}

impl App {
    /// Opens the store beside the workspace. A missing store is created, but not for an invalid workspace: a typing
    /// error must not change the folder.
    pub async fn open(options: AppOptions) -> Result<Self, AppError> {
        let directory = options.source.state_directory();
        Self::open_in(options, directory, None).await
    }

    /// Opens another store, in an own folder, for hooks whose requests are all served.
    pub async fn open_served(
        options: AppOptions,
        directory: PathBuf,
        served: Arc<Served>,
    ) -> Result<Self, AppError> {
        Self::open_in(options, directory, Some(served)).await
    }

    async fn open_in(
        options: AppOptions,
        directory: PathBuf,
        served: Option<Arc<Served>>,
    ) -> Result<Self, AppError> {
        if !directory.join(STORE_FILE).exists() && !options.source.is_sample() {
            let mut workspace =
                load(&options.source, options.receiver_port, &options.bundler).await?;
            hookpoint_operator::compile_scripts(&mut workspace).await?;
        }
        let store = LocalStore::open(&directory)?;
        let secrets = LocalSecrets::new(options.environment, &directory);
        let late_responses = Arc::new(LateResponses::new(Arc::new(store.clone())));
        Ok(Self {
            source: options.source,
            bundler: options.bundler,
            directory,
            store,
            secrets: Arc::new(secrets),
            filled: Arc::default(),
            runs: Arc::default(),
            late_responses,
            receiver_port: options.receiver_port,
            receivers: Vec::new(),
            runners: None,
            published: None,
            files: BTreeSet::new(),
            served,
        })
    }

    /// Reads the workspace, compiles its scripts, publishes it, and starts its receiver if needed. On failure, the
    /// published state stays.
    pub async fn bring_up_to_date(&mut self) -> Result<Current, AppError> {
        let is_sample = self.source.is_sample();
        if is_sample {
            self.receiver_port = self.ensure_receiver(self.receiver_port).await?;
        }
        let loaded = load(&self.source, self.receiver_port, &self.bundler).await;
        match &loaded {
            Ok(workspace) => self.files = workspace.files().iter().cloned().collect(),
            Err(errors) => self.files.extend(errors.files().iter().cloned()),
        }
        let mut workspace = loaded?;
        if !is_sample {
            self.source.settle_on_file();
            let used = sample::receiver_port(workspace.desired(), self.receiver_port);
            if let Some(port) = used {
                self.ensure_receiver(port).await?;
            }
        }
        let runners = self.runners(workspace.local().egress());
        if let Some(published) = &self.published {
            workspace.keep_compiled(published);
        }
        hookpoint_operator::compile_in(runners.sandbox(), &mut workspace).await?;
        let changes = self.publish(&workspace).await?;
        self.published = Some(workspace.desired().clone());
        let strays = hookpoint_operator::strays(&self.store, workspace.desired()).await?;
        self.runners = Some(runners);
        Ok(Current {
            workspace,
            is_sample,
            changes,
            strays,
        })
    }

    /// Compiles the scripts ahead of their first run. Failures are only logged.
    pub(crate) async fn prime(&self, current: &Current) {
        let desired = current.workspace.desired();
        let runners = self.runners(current.workspace.local().egress());
        if let Err(error) = hookpoint_operator::prime(runners.sandbox(), &self.store, desired).await
        {
            tracing::debug!(%error, "failed to compile scripts ahead of their first run");
        }
    }

    /// An engine under a policy. No task makes its deliveries or writes its records.
    pub fn engine(&self, policy: EgressPolicy) -> Engine {
        self.running(policy).0
    }

    /// Like [`engine`](Self::engine), and returns the sandbox of its scripts.
    pub(crate) fn running(&self, policy: EgressPolicy) -> (Engine, Sandbox) {
        let store = Arc::new(self.store.clone());
        let queue = Arc::new(Announcing::new(store, Arc::clone(&self.filled)));
        self.composed(policy, queue, Arc::clone(&self.runs))
    }

    /// Like [`running`](Self::running), with a given queue and log of runs.
    pub(crate) fn composed(
        &self,
        policy: EgressPolicy,
        queue: Arc<dyn JobQueue>,
        runs: Arc<RunLog>,
    ) -> (Engine, Sandbox) {
        let runners = self.runners(policy);
        let sandbox = runners.sandbox().clone();
        let store = Arc::new(self.store.clone());
        let ports = Ports {
            applications: Arc::new(KeepingEvents(self.store.clone())),
            bindings: store.clone(),
            hooks: store.clone(),
            secrets: self.secrets.clone(),
            continuation_keys: Arc::new(LocalContinuationKeys::new(self.store.clone())),
            queue,
            idempotency: self.late_responses.clone(),
            gone: store,
            runs,
        };
        (Engine::new(ports, runners.into_engine()), sandbox)
    }

    /// The runners of the published workspace, or new ones if the policy differs.
    fn runners(&self, policy: EgressPolicy) -> LocalRunners {
        match &self.runners {
            Some(runners) if *runners.policy() == policy => runners.clone(),
            _ => match &self.served {
                Some(served) => LocalRunners::served(served, policy),
                None => LocalRunners::new(policy),
            },
        }
    }

    /// The store in `.hookpoint/`.
    pub fn store(&self) -> &LocalStore {
        &self.store
    }

    /// Notified when jobs are put into the queue.
    pub(crate) fn filled(&self) -> &Arc<Notify> {
        &self.filled
    }

    /// Run records that are not in the store yet.
    pub(crate) fn runs(&self) -> &Arc<RunLog> {
        &self.runs
    }

    /// Responses that are not recorded yet.
    pub(crate) fn late_responses(&self) -> &Arc<LateResponses> {
        &self.late_responses
    }

    /// Where the workspace comes from.
    pub fn source(&self) -> &WorkspaceSource {
        &self.source
    }

    /// The files to watch, also after a failure: those of the workspace as it was read last, and its own while the sample replaces it.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = self.files.iter().cloned().collect();
        files.push(self.source.path().to_owned());
        files.push(self.directory.join(SECRETS_FILE));
        files
    }

    /// The directory of the store and the keys.
    pub fn state_directory(&self) -> &Path {
        &self.directory
    }

    /// The receiver, if the workspace needs one.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.receivers.last()
    }

    /// Starts a receiver on the port unless there is one, and returns its port. Another process's receiver may have
    /// stopped, so it is checked again.
    async fn ensure_receiver(&mut self, port: u16) -> Result<u16, ReceiverError> {
        let is_there = |known: &Receiver| known.port() == port && known.is_own();
        if self.receivers.iter().any(is_there) {
            return Ok(port);
        }
        let receiver = Receiver::on(port).await?;
        self.receivers
            .retain(|known| known.port() != receiver.port());
        let port = receiver.port();
        self.receivers.push(receiver);
        Ok(port)
    }

    /// Publishes, retrying on conflicts: other processes publish the same file.
    async fn publish(&self, workspace: &Workspace) -> Result<Changes, ApplyError> {
        hookpoint_operator::apply_over_others(&self.store, workspace.desired()).await
    }
}
