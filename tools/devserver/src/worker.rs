//! The worker: attempts due deliveries of asynchronous hooks, many at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
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

/// Maximum total size of the messages being attempted, in bytes. In memory an event takes a few times its size.
const MEMORY: usize = 64 * 1024 * 1024;
/// The lease of a job, longer than an attempt can take: five seconds to load binding and hook, two to read secrets, ten
/// for the hook, five to mark a gone binding, and the time to store the result. After a crash, the next process need
/// not wait for its end.
const LEASE: Duration = Duration::from_secs(30);
/// Polling interval of the queue without notification, for jobs from other processes and jobs that become due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long running attempts may take when the worker stops, enough for most. The others are repeated when their leases
/// expire.
const GRACE: Duration = Duration::from_millis(3_500);

/// A task that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct Worker {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Worker {
    /// Starts working on a queue, with the current engine and number of places. Code in this process that enqueues jobs
    /// notifies `filled`.
    pub(crate) fn start(
        queue: Arc<dyn WorkQueue>,
        filled: Arc<Notify>,
        live: Arc<Live>,
        places: Arc<AtomicUsize>,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let work = Work {
            queue,
            filled,
            live,
            places,
            bytes: Arc::default(),
        };
        Self {
            stop,
            running: tokio::spawn(work.run(stopped)),
        }
    }

    /// Receives no more jobs, and waits up to [`GRACE`] for running attempts.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the worker failed");
        }
    }
}

struct Work {
    queue: Arc<dyn WorkQueue>,
    filled: Arc<Notify>,
    live: Arc<Live>,
    places: Arc<AtomicUsize>,
    /// Total size of the messages being attempted.
    bytes: Arc<AtomicUsize>,
}

/// Counts the size of a message until it is dropped.
struct CountedBytes {
    all: Arc<AtomicUsize>,
    bytes: usize,
}

impl CountedBytes {
    fn new(all: &Arc<AtomicUsize>, bytes: usize) -> Self {
        all.fetch_add(bytes, Ordering::Relaxed);
        let all = Arc::clone(all);
        Self { all, bytes }
    }
}

impl Drop for CountedBytes {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Work {
    /// How many more attempts may be started.
    fn room(&self, under_way: usize) -> usize {
        if self.bytes.load(Ordering::Relaxed) >= MEMORY {
            return 0;
        }
        self.places
            .load(Ordering::Relaxed)
            .saturating_sub(under_way)
    }

    /// Whether an endpoint may have used up its share of places, so that it gets another when an attempt ends. See
    /// `receive_shares`.
    fn is_busy(&self, under_way: usize) -> bool {
        under_way * 2 >= self.places.load(Ordering::Relaxed)
    }

    async fn run(self, mut stopped: oneshot::Receiver<()>) {
        let mut attempts = JoinSet::new();
        let mut patience = Patience::default();
        loop {
            // Collects all finished attempts first, so that a busy queue is asked for many jobs at a time.
            while attempts.try_join_next().is_some() {}
            let room = self.room(attempts.len());
            let pause = if room == 0 {
                // The queue is read again when an attempt has ended.
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
                            let in_hand = CountedBytes::new(&self.bytes, leased.bytes);
                            let (queue, engine) = (Arc::clone(&self.queue), self.live.engine());
                            attempts.spawn(async move {
                                deliver(queue, engine, leased, until).await;
                                drop(in_hand);
                            });
                        }
                        pause
                    }
                    Err(error) => {
                        if patience.is_new() {
                            tracing::warn!(%error, "failed to read the queue; deliveries wait");
                        }
                        patience.next()
                    }
                }
            };
            tokio::select! {
                biased;
                _ = &mut stopped => break,
                _ = attempts.join_next(), if room == 0 || self.is_busy(attempts.len()) => {}
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
                "stopped before some deliveries ended; they will be repeated"
            );
        }
    }

    /// Receives due jobs, each with the end of its lease.
    async fn receive(&self, limit: usize) -> Result<Vec<(Leased, Instant)>, QueueError> {
        let until = Instant::now() + LEASE;
        let jobs = self
            .queue
            .receive_shares(limit, LEASE, SystemTime::now())
            .await?;
        Ok(jobs.into_iter().map(|job| (job, until)).collect())
    }
}

/// Makes one attempt and settles it with the queue, for as long as the job is ours.
async fn deliver(queue: Arc<dyn WorkQueue>, engine: Arc<Engine>, leased: Leased, until: Instant) {
    let settlement = engine.handle_message(&leased, SystemTime::now()).await;
    let mut patience = Patience::default();
    loop {
        let settled = queue.settle(&leased, settlement.clone(), SystemTime::now());
        let Err(error) = settled.await else {
            return;
        };
        let pause = patience.next();
        if Instant::now() + pause >= until {
            tracing::error!(%error, "failed to store the result of a delivery, so it will be repeated");
            return;
        }
        sleep(pause).await;
    }
}
