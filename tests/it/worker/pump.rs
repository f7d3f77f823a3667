//! What Lambda does between queue and worker: hand out batches, delete what the worker has answered for, start a new process when the one
//! before is gone. Of a batch whose process died, nothing is deleted: its messages come back when their lease is over.

use std::{ops::RangeInclusive, time::Duration};

use hookpoint_engine::delivery::retry::chance;
use hookpoint_xtask::lambda_local::pump::Batch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::counts::counts;
use crate::{
    runtime_api::RuntimeApi,
    stage_function::{Deployment, StageFunction},
};

/// How long to wait after something went wrong.
const PAUSE: Duration = Duration::from_millis(50);

/// A worker and who feeds it.
pub(crate) struct Pump<'a> {
    deployment: &'a Deployment,
    lease: Duration,
    life: Option<Life>,
    /// How many milliseconds a process works until it is killed.
    fate: Option<RangeInclusive<u32>>,
    kills: usize,
    /// How many of them in a row had answered nothing.
    fruitless: u32,
}

/// One process of the worker, before a Runtime API of its own.
struct Life {
    api: RuntimeApi,
    process: StageFunction,
    end: Option<Instant>,
}

/// What came of handing out a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// There was nothing to hand out.
    Empty,
    /// The worker has answered, and what it has answered for is deleted.
    Settled,
    /// The worker was killed.
    Killed,
    /// The queue did not answer, or the worker answered something else. The messages come back.
    Failed,
}

impl<'a> Pump<'a> {
    /// A pump whose messages come back after the lease, unless they are deleted.
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

    /// From now on each process of the worker is killed, so many milliseconds after it has asked for its first batch, whatever it does then.
    /// After one that got nothing done the next has longer: a machine may be so slow that otherwise none ever would.
    pub(crate) fn killing(self, milliseconds: RangeInclusive<u32>) -> Self {
        Self {
            fate: Some(milliseconds),
            ..self
        }
    }

    /// From now on none is killed.
    pub(crate) fn sparing(self) -> Self {
        Self {
            fate: None,
            life: None,
            ..self
        }
    }

    /// How many processes were killed.
    pub(crate) fn kills(&self) -> usize {
        self.kills
    }

    /// Hands out one batch.
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

    /// Hands out batches until the queue holds nothing any more: nothing visible, nothing in flight, nothing delayed.
    pub(crate) async fn until_empty(&mut self, patience: Duration) {
        let emptied = timeout(patience, async {
            while counts(self.deployment).await.sum() > 0 {
                self.turn().await;
            }
        });
        let in_time = emptied.await.is_ok();
        let counts = counts(self.deployment).await;
        assert!(in_time, "after {patience:?}: {counts:?}");
    }

    /// Ends the worker when it has nothing left to do, and answers what its last process has logged.
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
