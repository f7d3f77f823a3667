//! A fake of Lambda's Runtime API for one function: hands out events one by one and records times.
//!
//! See "Using the Lambda runtime API for custom runtimes" in the AWS Lambda Developer Guide, and "Using the Lambda Extensions API to
//! create extensions": a function may register an internal extension, which then has time after each response.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
    serve::ListenerExt as _,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::JoinHandle,
    time::timeout,
};

/// Timeout of any step of a function.
const PATIENCE: Duration = Duration::from_secs(20);
const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:measured";
/// In the year 2100, so that no event is cut off.
const DEADLINE_MS: &str = "4102444800000";

/// The API for one function, on a port of the loopback address. Dropping it ends the function's wait for events.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    events: mpsc::Sender<Bytes>,
    /// Notifies the extension of an event.
    invocations: mpsc::Sender<()>,
    moments: mpsc::UnboundedReceiver<Moment>,
    shared: Arc<Shared>,
    /// Whether the extension has asked for the next event.
    is_extension_ready: bool,
    server: JoinHandle<()>,
}

/// A call by the function.
#[derive(Debug)]
enum Moment {
    Polled(Instant),
    Answered(Instant, Bytes),
    Failed(Bytes),
    ExtensionReady,
}

/// One finished event. Both times start when the event is handed out.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Time to the response.
    pub(crate) answered: Duration,
    /// Time until the function asked for the next event.
    pub(crate) ready: Duration,
    pub(crate) answer: Bytes,
}

#[derive(Debug)]
struct Shared {
    events: Mutex<mpsc::Receiver<Bytes>>,
    invocations: Mutex<mpsc::Receiver<()>>,
    has_extension: AtomicBool,
    moments: mpsc::UnboundedSender<Moment>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, handed_out) = mpsc::channel(1);
        let (invocations, told_of) = mpsc::channel(1);
        let (sender, moments) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: Mutex::new(handed_out),
            invocations: Mutex::new(told_of),
            has_extension: AtomicBool::new(false),
            moments: sender,
        });
        let invocation = "/2018-06-01/runtime/invocation";
        let extension = "/2020-01-01/extension";
        let router = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .route("/2018-06-01/runtime/init/error", post(error))
            .route(&format!("{extension}/register"), post(register))
            .route(&format!("{extension}/event/next"), get(next_for_extension))
            .with_state(Arc::clone(&shared));
        let listener = listener.tap_io(|connection| {
            // If this fails, responses are delayed a little, also for the baseline.
            let _ = connection.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            // It only ends when dropped.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            events,
            invocations,
            moments,
            shared,
            is_extension_ready: false,
            server,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the function asks for an event; returns the time.
    pub(crate) async fn polled(&mut self) -> anyhow::Result<Instant> {
        match self.moment().await? {
            Moment::Polled(at) => Ok(at),
            Moment::Answered(..) => bail!("the function responded to an event that it did not get"),
            Moment::ExtensionReady => bail!("the extension asked for two events at once"),
            Moment::Failed(report) => bail!("{}", String::from_utf8_lossy(&report)),
        }
    }

    /// Hands out an event to a waiting function, and waits until it asks for the next. Like Lambda, it first waits for
    /// the extension, without measuring that.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> anyhow::Result<Invocation> {
        let has_extension = self.shared.has_extension.load(Ordering::Relaxed);
        while has_extension && !self.is_extension_ready {
            match self.next_moment().await? {
                Moment::ExtensionReady => self.is_extension_ready = true,
                other => bail!("expected the extension, got {other:?}"),
            }
        }
        let begin = Instant::now();
        self.events.send(event).await?;
        if has_extension {
            self.is_extension_ready = false;
            self.invocations.send(()).await?;
        }
        let (answered, answer) = match self.moment().await? {
            Moment::Answered(at, answer) => (at - begin, answer),
            Moment::Polled(_) => bail!("the function asked for a second event before it responded"),
            Moment::ExtensionReady => bail!("the extension asked for two events at once"),
            Moment::Failed(report) => bail!("{}", String::from_utf8_lossy(&report)),
        };
        let ready = self.polled().await? - begin;
        Ok(Invocation {
            answered,
            ready,
            answer,
        })
    }

    /// The next call by the function, ignoring its extension.
    async fn moment(&mut self) -> anyhow::Result<Moment> {
        loop {
            match self.next_moment().await? {
                Moment::ExtensionReady if !self.is_extension_ready => {
                    self.is_extension_ready = true;
                }
                moment => return Ok(moment),
            }
        }
    }

    async fn next_moment(&mut self) -> anyhow::Result<Moment> {
        timeout(PATIENCE, self.moments.recv())
            .await
            .with_context(|| format!("nothing came from the function within {PATIENCE:?}"))?
            .context("the Runtime API ended")
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    announce(&shared, Moment::Polled(Instant::now()));
    let Some(event) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", REQUEST_ID),
        ("lambda-runtime-deadline-ms", DEADLINE_MS),
        ("lambda-runtime-invoked-function-arn", FUNCTION_ARN),
        ("content-type", "application/json"),
    ];
    (headers, event).into_response()
}

async fn response(State(shared): State<Arc<Shared>>, answer: Bytes) -> StatusCode {
    announce(&shared, Moment::Answered(Instant::now(), answer));
    StatusCode::ACCEPTED
}

async fn error(State(shared): State<Arc<Shared>>, report: Bytes) -> StatusCode {
    announce(&shared, Moment::Failed(report));
    StatusCode::ACCEPTED
}

async fn register(State(shared): State<Arc<Shared>>) -> Response {
    shared.has_extension.store(true, Ordering::Relaxed);
    ([("lambda-extension-identifier", REQUEST_ID)], "{}").into_response()
}

async fn next_for_extension(State(shared): State<Arc<Shared>>) -> Response {
    announce(&shared, Moment::ExtensionReady);
    match shared.invocations.lock().await.recv().await {
        Some(()) => r#"{"eventType":"INVOKE"}"#.into_response(),
        None => StatusCode::GONE.into_response(),
    }
}

fn announce(shared: &Shared, moment: Moment) {
    // The receiver is dropped once the measurement is over.
    let _ = shared.moments.send(moment);
}
