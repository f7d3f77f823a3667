//! Everything that `cargo xtask lambda-local` starts, stopped in order.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use hookpoint_aws::{AwsClients, DynamoStore, SqsQueue};
use hookpoint_devserver::{Receiver, WorkspaceSource, uses_receiver};
use hookpoint_engine::identifier::{ApplicationId, SecretName};
use hookpoint_stages::Stage;
use hookpoint_workspace::Workspace;
use tokio::{net::TcpStream, task::JoinHandle, time::sleep};

use super::{EmulatedAws, Tools, functions, publication, pump, sources::Sources};
use crate::{
    generate::{events, functions::WORKER},
    process::Process,
    repository,
};

/// Timeout for `cargo lambda watch` to listen: it loads the workspace first.
const PATIENCE: Duration = Duration::from_mins(1);
/// Polling interval.
const INTERVAL: Duration = Duration::from_millis(50);

/// The options of [`start`].
#[derive(Debug)]
pub struct Options {
    /// Where the workspace comes from.
    pub source: WorkspaceSource,
    /// The port of the receiver of the sample's webhooks; 0 takes any free one.
    pub receiver_port: u16,
    /// The port of the functions; 0 takes any free one.
    pub port: u16,
    /// The functions to rebuild and restart when their sources change; `None` switches that off.
    pub reload: Option<Vec<String>>,
    /// The folder of the functions' log; `None` means the terminal. The emulator always logs to a file.
    pub log_folder: Option<PathBuf>,
    /// The environment, which may hold secrets.
    pub environment: Vec<(String, String)>,
}

/// The stage functions with an emulated AWS. Dropping it stops every process, the functions first.
#[derive(Debug)]
pub struct Running {
    functions: Process,
    aws: EmulatedAws,
    receiver: Option<Receiver>,
    address: SocketAddr,
    workspace: Workspace,
    is_sample: bool,
    without_value: Vec<SecretName>,
    store: DynamoStore,
    queue: SqsQueue,
    pump: Pumping,
    reload: Option<Vec<String>>,
}

/// Passes deliveries to the worker until it is dropped.
#[derive(Debug)]
struct Pumping(JoinHandle<()>);

impl Drop for Pumping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts everything and waits until it responds. On failure, everything is stopped.
pub async fn start(tools: &Tools, options: Options) -> anyhow::Result<Running> {
    let logs = match &options.log_folder {
        Some(folder) => folder.clone(),
        None => repository::target()?.join("lambda-local"),
    };
    // Checked before anything is started, so that a port in use is reported at once.
    free_address(options.port)?;
    let is_sample = options.source.is_sample();
    let (receiver, workspace) = workspace(&options).await?;
    let aws = EmulatedAws::start(&tools.environment, &logs.join("moto.log")).await?;
    let clients = aws.clients();
    let store = publication::publish(&clients, &workspace).await?;
    let queue = publication::make_queues(&clients).await?;
    let state = options.source.state_directory();
    let without_value =
        publication::put_secrets(&clients, &workspace, options.environment, &state).await?;
    let address = free_address(options.port)?;
    let log = options
        .log_folder
        .map(|folder| folder.join("functions.log"));
    let local = workspace.local();
    let functions = functions::start(tools, &aws, &queue, local, address.port(), log.as_deref())?;
    let pump = pump::run(queue.clone(), invoke_url(address, WORKER));
    let mut running = Running {
        functions,
        aws,
        receiver,
        address,
        workspace,
        is_sample,
        without_value,
        store,
        queue,
        pump: Pumping(tokio::spawn(pump)),
        reload: options.reload,
    };
    running.wait_until_it_answers().await?;
    Ok(running)
}

/// The workspace, and the receiver that its webhooks need.
async fn workspace(options: &Options) -> anyhow::Result<(Option<Receiver>, Workspace)> {
    if options.source.is_sample() {
        let receiver = Receiver::on(options.receiver_port).await?;
        let workspace = options.source.load(receiver.port(), &super::bundler())?;
        return Ok((Some(receiver), workspace));
    }
    let workspace = options
        .source
        .load(options.receiver_port, &super::bundler())?;
    let receiver = if uses_receiver(workspace.desired(), options.receiver_port) {
        Some(Receiver::on(options.receiver_port).await?)
    } else {
        None
    };
    Ok((receiver, workspace))
}

/// A free address. `cargo lambda watch` needs a port in advance; if another program takes it in between, it ends with
/// an error.
fn free_address(port: u16) -> anyhow::Result<SocketAddr> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).with_context(|| {
        format!("failed to listen on port {port}; choose another one with `--port`")
    })?;
    listener.local_addr().context("failed to find a free port")
}

/// The URL of a function in the Lambda API.
fn invoke_url(address: SocketAddr, function: &str) -> String {
    format!("http://{address}/2015-03-31/functions/{function}/invocations")
}

impl Running {
    /// The address of the functions.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a stage's function for `cargo lambda invoke` and the SDKs.
    pub fn invoke_url(&self, stage: Stage) -> String {
        invoke_url(self.address, &stage.name())
    }

    /// The URL of a stage's function over HTTP: `cargo lambda watch` converts requests like API Gateway.
    pub fn http_url(&self, stage: Stage, application: &ApplicationId) -> String {
        let path = events::path(stage, application);
        format!("http://{}/lambda-url/{}{path}", self.address, stage.name())
    }

    /// The emulated AWS.
    pub fn aws(&self) -> &EmulatedAws {
        &self.aws
    }

    /// Clients for the emulated AWS.
    pub fn clients(&self) -> AwsClients {
        self.aws.clients()
    }

    /// The table that the functions read.
    pub fn store(&self) -> &DynamoStore {
        &self.store
    }

    /// The queue that the functions put deliveries into.
    pub fn queue(&self) -> &SqsQueue {
        &self.queue
    }

    /// The receiver of the sample's webhooks, if it runs in this process.
    pub fn receiver(&self) -> Option<&Receiver> {
        self.receiver.as_ref()
    }

    /// The workspace that was published.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Whether it is the sample.
    pub fn is_sample(&self) -> bool {
        self.is_sample
    }

    /// The secrets that are placeholders because they have no value on this machine.
    pub fn secrets_without_value(&self) -> &[SecretName] {
        &self.without_value
    }

    /// The functions' log, if it goes to a file.
    pub fn function_log(&self) -> String {
        self.functions.written()
    }

    /// Runs until one of the processes ends. Follows the sources if requested.
    pub(super) async fn watch_over(mut self) -> anyhow::Result<()> {
        let mut sources = Sources::built(repository::root());
        loop {
            if let Some(functions) = self.reload.clone()
                && sources.have_changed()
            {
                self.rebuild(&functions).await?;
            }
            self.functions.ensure_alive()?;
            self.aws.process.ensure_alive()?;
            if self.pump.0.is_finished() {
                bail!("the task that passes deliveries to `{WORKER}` has ended");
            }
            sleep(10 * INTERVAL).await;
        }
    }

    /// Rebuilds and restarts the functions. If the sources do not compile, the old functions keep running.
    async fn rebuild(&mut self, functions: &[String]) -> anyhow::Result<()> {
        eprintln!("a source file has changed; rebuilding the functions");
        if let Err(error) = tokio::task::block_in_place(|| functions::build(functions)) {
            eprintln!("{error:#}; the old functions keep running");
            return Ok(());
        }
        tokio::task::block_in_place(|| self.functions.restart())?;
        self.wait_until_it_answers().await?;
        eprintln!("restarted the functions");
        Ok(())
    }

    async fn wait_until_it_answers(&mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            self.functions.ensure_alive()?;
            if begin.elapsed() > PATIENCE {
                bail!(
                    "`cargo lambda watch` did not listen on {} within {PATIENCE:?}",
                    self.address
                );
            }
            sleep(INTERVAL).await;
        }
        Ok(())
    }
}
