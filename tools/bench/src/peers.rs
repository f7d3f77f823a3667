//! Other script engines in a Node.js process, installed from npm on demand.

mod hostile;
mod install;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use hookpoint_xtask::process::Process;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use self::hostile::{End, How};
use crate::{
    sample::RESPONSE,
    script::{self, CORRELATION_ID, Script},
};

/// Memory limit of each run, as in the sandbox, for engines that have one.
const MEMORY_MB: u64 = 32;
/// Runs that fill caches before any counts.
const WARM_UP: usize = 5;
/// Maximum time for all runs of a turn.
const PATIENCE: Duration = Duration::from_mins(3);
/// Polling interval of a process.
const INTERVAL: Duration = Duration::from_millis(20);

/// An engine that is compared with the sandbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Name of its package and of its module in `tools/bench/peers`.
    pub(crate) name: &'static str,
    /// The goal: maximum time of a run in the sandbox, relative to this engine.
    pub(crate) goal: f64,
}

pub(crate) const PEERS: [Peer; 4] = [
    Peer {
        name: "isolated-vm",
        goal: 0.1,
    },
    Peer {
        name: "quickjs-emscripten",
        goal: 0.33,
    },
    Peer {
        name: "node-vm",
        goal: 0.33,
    },
    Peer {
        name: "workerd",
        goal: 0.1,
    },
];

/// The durations of one script's runs, in microseconds.
#[derive(Debug, Deserialize)]
pub(crate) struct Took {
    pub(crate) took: Vec<f64>,
    /// Durations of empty calls, for an engine in another process.
    pub(crate) idle: Option<Vec<f64>>,
}

/// The installed packages, and the programs that use them.
#[derive(Debug)]
pub(crate) struct Peers {
    folder: PathBuf,
}

impl Peers {
    /// Runs each script `count` times in a new process.
    pub(crate) async fn measure(
        &self,
        peer: Peer,
        scripts: &[(Script, usize)],
        folder: &Path,
    ) -> anyhow::Result<Vec<Took>> {
        let scripts: Vec<_> = scripts
            .iter()
            .map(|(script, runs)| json!({ "source": script.source(), "runs": runs }))
            .collect();
        let job = job(peer, script::AMPLE, &json!({ "scripts": scripts }))?;
        let started = self.start(&job, folder)?;
        let outcome = started.outcome().await?;
        serde_json::from_str(&outcome).context("the outcome is not as expected")
    }

    fn start(&self, job: &Value, folder: &Path) -> anyhow::Result<Started> {
        let [job_file, outcome, log] =
            ["job.json", "outcome.json", "peer.log"].map(|name| folder.join(name));
        fs::write(&job_file, job.to_string()).context("failed to write the job")?;
        if outcome.exists() {
            fs::remove_file(&outcome).context("failed to remove the last outcome")?;
        }
        let mut command = Command::new("node");
        // isolated-vm needs this flag since Node.js 20.
        command.arg("--no-node-snapshot").arg("main.mjs");
        command
            .args([&job_file, &outcome])
            .current_dir(&self.folder);
        let process = Process::start("the peer", &command, Some(&log))?;
        Ok(Started { process, outcome })
    }
}

/// A process that runs a job.
#[derive(Debug)]
struct Started {
    process: Process,
    outcome: PathBuf,
}

impl Started {
    /// Waits for the file with the outcome, which is written atomically.
    async fn outcome(mut self) -> anyhow::Result<String> {
        let begin = Instant::now();
        loop {
            let alive = self.process.ensure_alive();
            if let Ok(outcome) = fs::read_to_string(&self.outcome) {
                return Ok(outcome);
            }
            alive?;
            if begin.elapsed() > PATIENCE {
                bail!("it was not done within {PATIENCE:?}");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// The description of a job: common members and `asked`.
fn job(peer: Peer, limit: Duration, asked: &Value) -> anyhow::Result<Value> {
    let hook = json!({ "correlationId": CORRELATION_ID, "variables": {}, "secrets": {} });
    let mut job = json!({
        "peer": peer.name,
        "input": { "event": serde_json::to_string(&script::event()?)?, "hook": hook.to_string() },
        "expected": RESPONSE,
        "limitMs": limit.as_millis(),
        "memoryMb": MEMORY_MB,
        "warmUp": WARM_UP,
    });
    if let (Some(job), Some(asked)) = (job.as_object_mut(), asked.as_object()) {
        job.extend(asked.clone());
    }
    Ok(job)
}
