//! The functions: built by cargo, run by `cargo lambda watch`.

use std::{
    collections::BTreeSet,
    net::Ipv4Addr,
    path::Path,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, ensure};
use hookpoint_aws::SqsQueue;
use hookpoint_local::SECRET_PREFIX as SECRET_VARIABLES;
use hookpoint_settings as settings;
use hookpoint_settings::Setting;
use hookpoint_workspace::LocalSettings;

use super::{EmulatedAws, SECRET_PREFIX, TABLE};
use crate::{
    process::Process,
    python::{self, Environment},
    repository,
};

const PACKAGE: &str = "hookpoint-functions";

/// Prerequisites for starting the functions.
#[derive(Debug, Clone)]
pub struct Tools {
    /// The pinned programs.
    pub environment: Environment,
}

/// Installs the Python environment and builds the named functions, each once in this process: tests ask for the same ones, and cargo takes
/// a second to find out that there is nothing to do. Takes minutes the first time; cargo's output goes to the terminal.
pub fn prepare(functions: &[String]) -> anyhow::Result<Tools> {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let environment = python::ensure()?;
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let missing = functions.iter().filter(|name| !built.contains(*name));
    let missing: Vec<_> = missing.cloned().collect();
    build(&missing)?;
    built.extend(missing);
    Ok(Tools { environment })
}

/// Builds the named functions.
pub(super) fn build(functions: &[String]) -> anyhow::Result<()> {
    if functions.is_empty() {
        return Ok(());
    }
    let mut command = repository::command("cargo");
    command.args(["build", "--package", PACKAGE]);
    for function in functions {
        command.args(["--bin", function]);
    }
    let status = command.status().context("failed to start cargo")?;
    ensure!(status.success(), "failed to build the functions");
    Ok(())
}

/// Starts `cargo lambda watch` on a port of the loopback address, with its own reloading off: that reacts to any file
/// of the repository and passes a function its extension's shutdown event, which ends in panics and hanging calls.
/// [`Running`](super::Running) restarts it instead.
pub(super) fn start(
    tools: &Tools,
    aws: &EmulatedAws,
    queue: &SqsQueue,
    local: &LocalSettings,
    port: u16,
    log: Option<&Path>,
) -> anyhow::Result<Process> {
    let mut command = repository::command(tools.environment.program("cargo-lambda"));
    command.args(["lambda", "watch", "--package", PACKAGE]);
    command.args(["--invoke-address", &Ipv4Addr::LOCALHOST.to_string()]);
    command.args(["--invoke-port", &port.to_string()]);
    command.arg("--ignore-changes");
    // Functions get secrets only from the emulated Secrets Manager, and only the emulator's credentials.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("AWS_") || name.starts_with(SECRET_VARIABLES))
        {
            command.env_remove(name);
        }
    }
    command.envs(aws.variables());
    let mut set = |setting: Setting, value: String| {
        command.env(setting.name, value);
    };
    set(settings::TABLE, TABLE.to_owned());
    set(settings::SECRET_PREFIX, SECRET_PREFIX.to_owned());
    set(settings::QUEUE_URL, queue.url().to_owned());
    if let Some(url) = queue.dead_letter_url() {
        set(settings::DEAD_LETTER_QUEUE_URL, url.to_owned());
    }
    let networks: Vec<_> = local
        .allow_networks
        .iter()
        .map(ToString::to_string)
        .collect();
    set(settings::ALLOWED_NETWORKS, networks.join(","));
    set(
        settings::ALLOWED_HTTP_HOSTS,
        local.allow_http_hosts.join(","),
    );
    Process::start("`cargo lambda watch`", &command, log)
}
