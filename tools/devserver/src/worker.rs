//! The worker: it makes the attempts at the deliveries of asynchronous hooks, many at once, as they fall due.

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

/// How large the messages of the attempts under way may be together, in bytes. In memory an event takes a few times its size.
const MEMORY: usize = 64 * 1024 * 1024;
/// How long a job is ours: longer than an attempt can take. After a crash, the next process need not wait for its end. That is five seconds to load its binding and hook, two to read secrets, ten of the
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
    /// Works on a queue, with the engine of the moment and as many attempts at once as there are places now. What puts something into the
    /// queue in this process notifies `filled`.
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
    places: Arc<AtomicUsize>,
    /// How large the messages of the attempts under way are.
    bytes: Arc<AtomicUsize>,
}

/// The memory that the message of an attempt takes, until it is dropped.
struct InHand {
    all: Arc<AtomicUsize>,
    bytes: usize,
}

impl InHand {
    fn new(all: &Arc<AtomicUsize>, bytes: usize) -> Self {
        all.fetch_add(bytes, Ordering::Relaxed);
        let all = Arc::clone(all);
        Self { all, bytes }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Work {
    /// How many attempts may be begun beside those under way.
    fn room(&self, under_way: usize) -> usize {
        if self.bytes.load(Ordering::Relaxed) >= MEMORY {
            return 0;
        }
        self.places
            .load(Ordering::Relaxed)
            .saturating_sub(under_way)
    }

    /// Whether an endpoint may have its share of the places, so that it gets another one when an attempt ends. See `receive_shares`.
    fn is_busy(&self, under_way: usize) -> bool {
        under_way * 2 >= self.places.load(Ordering::Relaxed)
    }

    async fn run(self, mut stopped: oneshot::Receiver<()>) {
        let mut attempts = JoinSet::new();
        let mut patience = Patience::default();
        loop {
            // Whatever ended makes room at once, so that a busy queue is asked for many jobs at a time.
            while attempts.try_join_next().is_some() {}
            let room = self.room(attempts.len());
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
                            let in_hand = InHand::new(&self.bytes, leased.bytes);
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
                            tracing::warn!(%error, "deliveries wait: the queue cannot be read");
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
                "stopped before some deliveries ended; they are made again"
            );
        }
    }

    /// Jobs that are due, each with the moment at which it is not ours any more.
    async fn receive(&self, limit: usize) -> Result<Vec<(Leased, Instant)>, QueueError> {
        let until = Instant::now() + LEASE;
        let jobs = self
            .queue
            .receive_shares(limit, LEASE, SystemTime::now())
            .await?;
        Ok(jobs.into_iter().map(|job| (job, until)).collect())
    }
}

/// Makes one attempt and tells the queue what became of it, for as long as the job is ours.
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
            tracing::error!(%error, "what became of a delivery cannot be stored, so it is made again");
            return;
        }
        sleep(pause).await;
    }
}
