//! An endpoint that records requests, on its own thread.

use std::{
    collections::HashSet,
    mem,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use hookpoint_engine::event::header_names;
use tokio::sync::oneshot;

/// The header that names a delivery.
pub(crate) const DELIVERY_ID: &str = header_names::WEBHOOK_ID;
/// The header that names an event.
pub(crate) const CORRELATION_ID: &str = header_names::CORRELATION_ID;
/// How long nothing may come while something is missing.
const PATIENCE: Duration = Duration::from_secs(30);
/// Polling interval. It does not affect figures, as arrivals have timestamps.
const INTERVAL: Duration = Duration::from_millis(5);

/// The endpoint. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    journal: Arc<Journal>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The first arrival of a delivery.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The correlation id of its event.
    pub(crate) correlation_id: String,
    /// The number of signatures.
    pub(crate) signatures: usize,
    pub(crate) at: Instant,
}

#[derive(Debug)]
struct Journal {
    answer: &'static str,
    /// Delay before each answer.
    delay: Duration,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    deliveries: HashSet<String>,
    arrivals: Vec<Arrival>,
    repeated: usize,
}

impl Receiver {
    /// Starts an endpoint that answers 200 with this body.
    pub(crate) fn start(answer: &'static str) -> anyhow::Result<Self> {
        Self::start_slow(answer, Duration::ZERO)
    }

    /// Starts an endpoint that delays its answers. A delivery has arrived when it is answered.
    pub(crate) fn start_slow(answer: &'static str, delay: Duration) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let journal = Arc::new(Journal {
            answer,
            delay,
            seen: Mutex::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("failed to start the receiver's runtime")?;
        let (stop, stopped) = oneshot::channel();
        let app = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&journal));
        let thread = thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || runtime.block_on(serve(listener, app, stopped)))?;
        Ok(Self {
            address,
            journal,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Waits for `count` deliveries since the last call, and returns them.
    pub(crate) async fn arrivals(&self, count: usize) -> anyhow::Result<Vec<Arrival>> {
        let (mut before, mut since) = (0, Instant::now());
        loop {
            let arrived = {
                let mut seen = self.journal.seen();
                if seen.arrivals.len() >= count {
                    return Ok(mem::take(&mut seen.arrivals));
                }
                seen.arrivals.len()
            };
            if arrived > before {
                (before, since) = (arrived, Instant::now());
            } else if since.elapsed() > PATIENCE {
                bail!("{arrived} of {count} deliveries arrived, then none for {PATIENCE:?}");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// The number of repeated deliveries.
    pub(crate) fn repeated(&self) -> usize {
        self.journal.seen().repeated
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the receiver has already shown as missing arrivals.
            let _ = thread.join();
        }
    }
}

impl Journal {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, app: Router, stopped: oneshot::Receiver<()>) {
    let served = async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, app).await
    };
    tokio::select! {
        // `arrivals` reports missing deliveries.
        _ = served => {}
        _ = stopped => {}
    }
}

async fn receive(
    State(journal): State<Arc<Journal>>,
    headers: HeaderMap,
    _body: Bytes,
) -> (StatusCode, &'static str) {
    if !journal.delay.is_zero() {
        tokio::time::sleep(journal.delay).await;
    }
    let at = Instant::now();
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let delivery = text(DELIVERY_ID);
    if delivery.is_empty() {
        return (StatusCode::BAD_REQUEST, "");
    }
    let arrival = Arrival {
        correlation_id: text(CORRELATION_ID),
        signatures: text("webhook-signature").split_whitespace().count(),
        at,
    };
    let mut seen = journal.seen();
    if seen.deliveries.insert(delivery) {
        seen.arrivals.push(arrival);
    } else {
        seen.repeated += 1;
    }
    (StatusCode::OK, journal.answer)
}
