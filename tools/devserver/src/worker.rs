//! The worker: it makes the attempts at the deliveries of asynchronous hooks, many at once, as they fall due.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    Engine,
    ports::{Leased, QueueError, WorkQueue},
};
use tokio::{
    sync::{Notify, oneshot},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep, timeout},
};

use crate::{live::Live, patience::Patience};

/// How many attempts are made at once.
const AT_ONCE: usize = 64;
/// How long a job is ours: longer than an attempt can take. That is five seconds to load its binding and hook, two to read secrets, ten of the
/// hook's own, five to mark a binding that is gone, and what it takes to store how it ended.
const LEASE: Duration = Duration::from_secs(30);
/// How often the queue is looked at when nobody says that there is something: other processes put jobs into it, and jobs fall due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long attempts under way may take when the worker stops: as long as most take. The others are made again when their leases run out.
const GRACE: Duration = Duration::from_millis(3_500);

/// A worker that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct Worker {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Worker {
    /// Works on a queue, with the engine of the moment. Who puts something into the queue in this process says so by `filled`.
    pub(crate) fn start(queue: Arc<dyn WorkQueue>, filled: Arc<Notify>, live: Arc<Live>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let work = Work {
            queue,
            filled,
            live,
        };
        Self {
            stop,
            running: tokio::spawn(work.run(stopped)),
        }
    }

    /// Takes no more jobs, and waits a while for the attempts under way.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the worker broke off");
        }
    }
}

struct Work {
    queue: Arc<dyn WorkQueue>,
    filled: Arc<Notify>,
    live: Arc<Live>,
}

impl Work {
    async fn run(self, mut stopped: oneshot::Receiver<()>) {
        let mut attempts = JoinSet::new();
        let mut patience = Patience::default();
        loop {
            // Whatever ended makes room at once, so that a busy queue is asked for many jobs at a time.
            while attempts.try_join_next().is_some() {}
            let room = AT_ONCE - attempts.len();
            let pause = if room == 0 {
                // The next look is when an attempt has ended.
                Duration::MAX
            } else {
                match self.receive(room).await {
                    Ok(jobs) => {
                        patience.recover();
                        let pause = if jobs.is_empty() {
                            LOOK_EVERY
                        } else {
                            Duration::ZERO
                        };
                        for (leased, until) in jobs {
                            attempts.spawn(attempt(
                                Arc::clone(&self.queue),
                                self.live.engine(),
                                leased,
                                until,
                            ));
                        }
                        pause
                    }
                    Err(error) => {
                        if patience.is_new() {
                            tracing::warn!(%error, "deliveries wait: the queue cannot be read");
                        }
                        patience.next()
                    }
                }
            };
            tokio::select! {
                biased;
                _ = &mut stopped => break,
                _ = attempts.join_next(), if room == 0 => {}
                () = self.filled.notified(), if pause == LOOK_EVERY => {}
                () = sleep(pause), if room > 0 => {}
            }
        }
        let ended = timeout(GRACE, async {
            while attempts.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::info!(
                deliveries = attempts.len(),
                "stopped before some deliveries ended; they are made again"
            );
        }
    }

    /// Jobs that are due, each with the moment at which it is not ours any more.
    async fn receive(&self, limit: usize) -> Result<Vec<(Leased, Instant)>, QueueError> {
        let until = Instant::now() + LEASE;
        let jobs = self.queue.receive(limit, LEASE, SystemTime::now()).await?;
        Ok(jobs.into_iter().map(|job| (job, until)).collect())
    }
}

/// Makes one attempt and tells the queue what became of it, for as long as the job is ours.
async fn attempt(queue: Arc<dyn WorkQueue>, engine: Arc<Engine>, leased: Leased, until: Instant) {
    let settlement = engine.work_on(&leased, SystemTime::now()).await;
    let mut patience = Patience::default();
    loop {
        let settled = queue.settle(&leased, settlement.clone(), SystemTime::now());
        let Err(error) = settled.await else {
            return;
        };
        let pause = patience.next();
        if Instant::now() + pause >= until {
            tracing::error!(%error, "what became of a delivery cannot be stored, so it is made again");
            return;
        }
        sleep(pause).await;
    }
}
