//! Everything that `cargo xtask lambda-local` starts, and the order in which it ends.

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

/// How long `cargo lambda watch` may take to listen: it asks cargo about the workspace first.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often something is looked at.
const INTERVAL: Duration = Duration::from_millis(50);

/// What to run.
#[derive(Debug)]
pub struct Options {
    /// Which workspace.
    pub source: WorkspaceSource,
    /// Where the sample's webhooks go; 0 takes any free port.
    pub receiver_port: u16,
    /// Where the functions answer; 0 takes any free port.
    pub port: u16,
    /// The functions that are built and started again when one of their source files changes; none are when it is absent.
    pub reload: Option<Vec<String>>,
    /// Where the log of the functions goes; to the terminal when absent. That of the emulator always goes to a file.
    pub log_folder: Option<PathBuf>,
    /// The environment, in which secrets may be.
    pub environment: Vec<(String, String)>,
}

/// The stage functions with an emulated AWS behind them. Dropping it ends every process, the functions first.
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

/// Hands out what waits in the queue until it is dropped.
#[derive(Debug)]
struct Pumping(JoinHandle<()>);

impl Drop for Pumping {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts everything and waits until it answers. Whatever was started ends when something fails.
pub async fn start(tools: &Tools, options: Options) -> anyhow::Result<Running> {
    let logs = match &options.log_folder {
        Some(folder) => folder.clone(),
        None => repository::target()?.join("lambda-local"),
    };
    // Looked at before anything is started, though it is chosen last: a port that is taken is told at once.
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
        let workspace = options.source.load(receiver.port())?;
        return Ok((Some(receiver), workspace));
    }
    let workspace = options.source.load(options.receiver_port)?;
    let receiver = if uses_receiver(workspace.desired(), options.receiver_port) {
        Some(Receiver::on(options.receiver_port).await?)
    } else {
        None
    };
    Ok((receiver, workspace))
}

/// An address nobody listens on. `cargo lambda watch` has to be told a port, so another program may take it in between; then it
/// ends, and says so.
fn free_address(port: u16) -> anyhow::Result<SocketAddr> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).with_context(|| {
        format!("port {port} cannot be listened on; choose another one by `--port`")
    })?;
    listener.local_addr().context("failed to find a free port")
}

/// Where a function takes payloads, as in the Lambda API.
fn invoke_url(address: SocketAddr, function: &str) -> String {
    format!("http://{address}/2015-03-31/functions/{function}/invocations")
}

impl Running {
    /// Where the functions answer.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a function takes events from `cargo lambda invoke` and from the SDKs.
    pub fn invoke_url(&self, stage: Stage) -> String {
        invoke_url(self.address, &stage.name())
    }

    /// Where a function takes events over HTTP: `cargo lambda watch` makes of them what API Gateway would.
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

    /// The receiver of the sample's webhooks, when it runs here.
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

    /// The secrets that got a placeholder, because nothing on this machine has a value for them.
    pub fn secrets_without_value(&self) -> &[SecretName] {
        &self.without_value
    }

    /// What the functions have written, when it goes to a file.
    pub fn function_log(&self) -> String {
        self.functions.written()
    }

    /// Ends when one of the processes does. Meanwhile it follows the sources, if that was asked for.
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
                bail!("what hands deliveries to `{WORKER}` has ended");
            }
            sleep(10 * INTERVAL).await;
        }
    }

    /// Builds the functions and starts them again. Sources that do not compile change nothing.
    async fn rebuild(&mut self, functions: &[String]) -> anyhow::Result<()> {
        eprintln!("a source file has changed: the functions are built again");
        if let Err(error) = tokio::task::block_in_place(|| functions::build(functions)) {
            eprintln!("{error:#}; they go on as they were");
            return Ok(());
        }
        tokio::task::block_in_place(|| self.functions.restart())?;
        self.wait_until_it_answers().await?;
        eprintln!("the functions were started again");
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
