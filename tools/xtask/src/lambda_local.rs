//! `cargo xtask lambda-local`: runs the AWS deployment on a laptop.
//!
//! It starts an emulated DynamoDB, Secrets Manager and SQS, publishes a workspace to it with the code for AWS, and runs
//! the functions with `cargo lambda watch`. [`pump`] replaces Lambda between queue and worker. The integration tests
//! use it too: [`prepare`] does the slow part, [`start`] runs it.

mod emulator;
mod functions;
mod guide;
mod publication;
pub mod pump;
mod running;
mod sources;

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use hookpoint_devserver::{BundlerProcess, DEFAULT_RECEIVER_PORT, WorkspaceSource};
use hookpoint_engine::application::binding::Mode;
use tokio::signal::unix::{SignalKind, signal};

pub use self::{
    emulator::EmulatedAws,
    functions::{Tools, prepare},
    publication::{QUEUE, SECRET_PREFIX, TABLE},
    running::{Options, Running, start},
};

use crate::generate::functions::WORKER;

/// The default port of `cargo lambda invoke`.
const DEFAULT_PORT: u16 = 9000;

/// The options of `cargo xtask lambda-local`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The workspace [default: ./hookpoint.yaml, else the built-in sample]
    #[arg(long, value_name = "FILE")]
    workspace: Option<PathBuf>,
    /// The port of the functions on the loopback address; 0 takes any free one
    #[arg(long, default_value_t = DEFAULT_PORT)]
    port: u16,
    /// The port of the receiver of the sample's webhooks; 0 takes any free one
    #[arg(long, default_value_t = DEFAULT_RECEIVER_PORT)]
    receiver_port: u16,
    /// Rebuild and restart the functions when their sources change
    #[arg(long)]
    reload: bool,
}

/// The bundler of hooks, built beside this program: `cargo build -p hookpoint-bundler`.
fn bundler() -> BundlerProcess {
    BundlerProcess::find(None, std::env::current_exe().ok().as_deref())
}

/// Runs until Ctrl-C, then stops everything it started.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let source = match &arguments.workspace {
        Some(path) => WorkspaceSource::file(path.clone()),
        None => WorkspaceSource::folder(std::path::Path::new("")),
    };
    let workspace = source.load(arguments.receiver_port, &bundler())?;
    // The others are linked at their first event, which takes a few seconds.
    let bindings = &workspace.desired().bindings;
    let mut bound: BTreeSet<_> = bindings
        .iter()
        .map(|binding| binding.stage.name())
        .collect();
    if bindings
        .iter()
        .any(|binding| binding.mode == Mode::Asynchronous)
    {
        bound.insert(WORKER.to_owned());
    }
    let functions = Vec::from_iter(bound);
    let tools = prepare(&functions)?;
    let options = Options {
        source,
        receiver_port: arguments.receiver_port,
        port: arguments.port,
        reload: arguments.reload.then_some(functions),
        log_folder: None,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the asynchronous runtime")?
        .block_on(serve(&tools, options))
}

async fn serve(tools: &Tools, options: Options) -> anyhow::Result<ExitCode> {
    let interrupted = interruption()?;
    let running = async {
        let running = start(tools, options).await?;
        guide::print(&running)?;
        running.watch_over().await
    };
    // Dropping it stops everything.
    tokio::select! {
        outcome = running => outcome.map(|()| ExitCode::FAILURE),
        () = interrupted => {
            eprintln!("ending");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Completes on SIGINT, SIGTERM and SIGHUP.
fn interruption() -> anyhow::Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("failed to listen for signals");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}
