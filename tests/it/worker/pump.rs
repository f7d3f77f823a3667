//! A stand-in for Lambda between queue and worker: passes on batches, deletes settled messages, and replaces dead
//! processes. Messages of a batch whose process died come back when their lease expires.

use std::{ops::RangeInclusive, time::Duration};

use hookpoint_engine::delivery::retry::chance;
use hookpoint_xtask::lambda_local::pump::Batch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::counts::counts;
use crate::{
    runtime_api::RuntimeApi,
    stage_function::{Deployment, StageFunction},
};

/// Pause after a failure, and before the next request to an empty queue.
const PAUSE: Duration = Duration::from_millis(50);

/// A worker with its source of batches.
pub(crate) struct Pump<'a> {
    deployment: &'a Deployment,
    lease: Duration,
    life: Option<Life>,
    /// After how many milliseconds a process is killed, if at all.
    fate: Option<RangeInclusive<u32>>,
    kills: usize,
    /// How many killed processes in a row got nothing done.
    fruitless: u32,
}

/// One process of the worker, with its own Runtime API.
struct Life {
    api: RuntimeApi,
    process: StageFunction,
    end: Option<Instant>,
}

/// The result of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The queue had no available message.
    Empty,
    /// The worker responded, and settled messages were deleted.
    Settled,
    /// The worker was killed.
    Killed,
    /// The queue failed, or the worker's response was invalid. The messages come back.
    Failed,
}

impl<'a> Pump<'a> {
    /// Creates a pump with this visibility timeout.
    pub(crate) fn new(deployment: &'a Deployment, lease: Duration) -> Self {
        Self {
            deployment,
            lease,
            life: None,
            fate: None,
            kills: 0,
            fruitless: 0,
        }
    }

    /// Kills each process of the worker from now on, this many milliseconds after its first poll. After one that got
    /// nothing done the next has longer, as a slow machine might otherwise never make progress.
    pub(crate) fn killing(self, milliseconds: RangeInclusive<u32>) -> Self {
        Self {
            fate: Some(milliseconds),
            ..self
        }
    }

    /// Kills none from now on.
    pub(crate) fn sparing(self) -> Self {
        Self {
            fate: None,
            life: None,
            ..self
        }
    }

    /// The number of killed processes.
    pub(crate) fn kills(&self) -> usize {
        self.kills
    }

    /// Passes on one batch.
    pub(crate) async fn turn(&mut self) -> Turn {
        let mut life = match self.life.take() {
            Some(life) => life,
            None => self.start().await,
        };
        let end = life.end;
        let turn = tokio::select! {
            turn = life.turn(self.deployment, self.lease) => turn,
            () = killed_at(end) => Turn::Killed,
        };
        match turn {
            Turn::Killed => {
                self.kills += 1;
                self.fruitless += 1;
                life.process.kill().await;
                return turn;
            }
            Turn::Settled => self.fruitless = 0,
            Turn::Empty | Turn::Failed => {}
        }
        self.life = Some(life);
        if turn == Turn::Failed {
            sleep(PAUSE).await;
        }
        turn
    }

    /// Passes on batches until the queue is empty: nothing visible, in flight or delayed.
    pub(crate) async fn until_empty(&mut self, patience: Duration) {
        let emptied = timeout(patience, async {
            while counts(self.deployment).await.sum() > 0 {
                if self.turn().await == Turn::Empty {
                    sleep(PAUSE).await;
                }
            }
        });
        let in_time = emptied.await.is_ok();
        let counts = counts(self.deployment).await;
        assert!(in_time, "after {patience:?}: {counts:?}");
    }

    /// Stops the worker when it is idle, and returns the log of its last process.
    pub(crate) async fn stop(mut self) -> String {
        match self.life.take() {
            Some(life) => {
                life.api.frozen().await;
                life.process.kill().await
            }
            None => String::new(),
        }
    }

    async fn start(&self) -> Life {
        let api = RuntimeApi::start().await;
        let process = self.deployment.start_worker(&api);
        api.frozen().await;
        let end = self.fate.as_ref().map(|fate| {
            let span = f64::from(fate.end() - fate.start());
            let after = f64::from(*fate.start()) + span * chance();
            Instant::now() + Duration::from_secs_f64(after / 1_000.0) * (1 + self.fruitless)
        });
        Life { api, process, end }
    }
}

impl Life {
    async fn turn(&mut self, deployment: &Deployment, lease: Duration) -> Turn {
        let Ok(batch) = Batch::receive(&deployment.queue, lease).await else {
            return Turn::Failed;
        };
        if batch.is_empty() {
            return Turn::Empty;
        }
        let answer = self.api.invoke(batch.event()).await;
        match batch.settle(&deployment.queue, &answer).await {
            Ok(()) => Turn::Settled,
            Err(_) => Turn::Failed,
        }
    }
}

async fn killed_at(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}
