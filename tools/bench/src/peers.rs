//! Other engines for scripts, installed from npm on demand, which do what the sandbox does in a Node.js process.

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

/// What each run may take, where the engine can be told: as much as the sandbox gives a run.
const MEMORY_MB: u64 = 32;
/// Runs that fill caches before any counts.
const WARM_UP: usize = 5;
/// Maximum time for all runs of a turn.
const PATIENCE: Duration = Duration::from_mins(3);
/// How often a process is looked at meanwhile.
const INTERVAL: Duration = Duration::from_millis(20);

/// An engine that is compared with the sandbox.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Its package, and the module of `tools/bench/peers` that drives it.
    pub(crate) name: &'static str,
    /// What a run in the sandbox may take of what it takes here.
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

/// What the runs of one script took, in microseconds.
#[derive(Debug, Deserialize)]
pub(crate) struct Took {
    pub(crate) took: Vec<f64>,
    /// What it takes to ask the engine for nothing, where it is another process.
    pub(crate) idle: Option<Vec<f64>>,
}

/// The installed packages, and the programs that use them.
#[derive(Debug)]
pub(crate) struct Peers {
    folder: PathBuf,
}

impl Peers {
    /// Runs each script so many times in a new process.
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
        // isolated-vm needs it from Node.js 20 on.
        command.arg("--no-node-snapshot").arg("main.mjs");
        command
            .args([&job_file, &outcome])
            .current_dir(&self.folder);
        let process = Process::start("the peer", &command, Some(&log))?;
        Ok(Started { process, outcome })
    }
}

/// A process that does a job.
#[derive(Debug)]
struct Started {
    process: Process,
    outcome: PathBuf,
}

impl Started {
    /// Waits for the outcome, which appears whole.
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

/// A job for a peer: what all have in common, and what is asked for.
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
