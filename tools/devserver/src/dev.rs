//! The development server: serves events and follows edits of the workspace.

mod reload;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, SystemTime},
};

use axum::serve::ListenerExt as _;
use hookpoint_engine::{confidential::secret::Secret, identifier::ApplicationId};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use self::reload::Reloader;
use crate::{
    app::{App, Current},
    key_file::{self, KeyFileError},
    live::Live,
    notice::{DevError, Notice},
    response_writer::ResponseWriter,
    server,
    watch::Watch,
    worker::Worker,
    writer::Writer,
};

/// How long running events may take when the server stops: a little more than an event's time budget.
const GRACE: Duration = Duration::from_millis(3_500);
/// Capacity of the channel of notices.
const NOTICES: usize = 256;

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct DevServer {
    address: SocketAddr,
    current: Current,
    keys: BTreeMap<ApplicationId, Secret>,
    live: Arc<Live>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
    reloader: JoinHandle<()>,
    worker: Worker,
    writer: Writer,
    response_writer: ResponseWriter,
}

impl DevServer {
    /// Publishes the workspace, serves events on the loopback address, on `port` or else the workspace's, and makes
    /// queued deliveries. With `shows_events`, every event and every delivery is a notice.
    pub async fn start(
        mut app: App,
        port: Option<u16>,
        shows_events: bool,
    ) -> Result<(Self, mpsc::Receiver<Notice>), DevError> {
        // Watched before it is read, so that no edit is missed.
        let mut watch = Watch::new()?;
        watch.follow(&[app.source().path().to_owned()])?;
        let began = SystemTime::now();
        let current = app.bring_up_to_date().await?;
        watch.follow(&app.files())?;
        // Until it was read, only the workspace file was watched.
        watch.notice_saved_since(began);
        let listener = listen(port.unwrap_or(current.workspace.local().port)).await?;
        let address = listener.local_addr().map_err(|source| DevError::Listen {
            port: port.unwrap_or_default(),
            source,
        })?;
        let keys = keys_for(&app, &current).await?;
        let (notices, audience) = mpsc::channel(NOTICES);
        let policy = current.workspace.local().egress();
        let audience_of_events = shows_events.then(|| notices.clone());
        let live = Arc::new(Live::new(
            app.running(policy.clone()),
            audience_of_events.clone(),
        ));
        app.prime(&current).await;
        let store = Arc::new(app.store().clone());
        let writer = Writer::start(Arc::clone(app.runs()), store.clone(), audience_of_events);
        let response_writer = ResponseWriter::start(Arc::clone(app.late_responses()));
        let places = Arc::new(AtomicUsize::new(
            current.workspace.local().deliveries_at_once,
        ));
        let filled = Arc::clone(app.filled());
        let worker = Worker::start(store, filled, Arc::clone(&live), Arc::clone(&places));
        let (stop, stopped) = oneshot::channel();
        let router = server::router(Arc::clone(&live));
        let listener = listener.tap_io(|connection| {
            // Responses are small and complete: Nagle's algorithm would only delay them.
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "failed to set `TCP_NODELAY`");
            }
        });
        let server = tokio::spawn(
            axum::serve(listener, router)
                .with_graceful_shutdown(async {
                    // A dropped sender also means to stop.
                    let _ = stopped.await;
                })
                .into_future(),
        );
        let reloader = Reloader {
            app,
            live: Arc::clone(&live),
            watch,
            notices,
            policy,
            places,
            known: keys.clone(),
            strays: current.strays.clone(),
            own_port: port.is_none().then(|| address.port()),
        };
        let reloader = tokio::spawn(reloader.run());
        let started = Self {
            address,
            current,
            keys,
            live,
            stop,
            server,
            reloader,
            worker,
            writer,
            response_writer,
        };
        Ok((started, audience))
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The workspace at start.
    pub fn current(&self) -> &Current {
        &self.current
    }

    /// A key for each application of the workspace.
    pub fn keys(&self) -> &BTreeMap<ApplicationId, Secret> {
        &self.keys
    }

    /// Posts the last event once more, through the workspace as it is now. Returns false when no event was posted yet.
    pub fn again(&self) -> bool {
        server::again(&self.live)
    }

    /// Accepts no more events and deliveries, waits for running ones, and stops, including all processes of the
    /// sandbox. The queue keeps its jobs.
    pub async fn stop(self) -> io::Result<()> {
        self.reloader.abort();
        // Until it has ended it may still be creating a sandbox.
        let _ = self.reloader.await;
        let _ = self.stop.send(());
        let (answered, ()) = tokio::join!(timeout(GRACE, self.server), self.worker.stop());
        let outcome = match answered {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Err(io::Error::other(error)),
            // Remaining connections end with the process.
            Err(_) => Ok(()),
        };
        // Last, as all of the above leave records.
        self.writer.stop().await;
        self.response_writer.stop().await;
        let live = self.live;
        tokio::task::spawn_blocking(move || live.shut_down())
            .await
            .map_err(io::Error::other)?;
        outcome
    }
}

async fn listen(port: u16) -> Result<TcpListener, DevError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => DevError::PortTaken { port },
            _ => DevError::Listen { port, source },
        })
}

async fn keys_for(
    app: &App,
    current: &Current,
) -> Result<BTreeMap<ApplicationId, Secret>, KeyFileError> {
    let applications = &current.workspace.desired().applications;
    let ids: Vec<_> = applications
        .iter()
        .map(|application| application.id.clone())
        .collect();
    key_file::ensure(app.store(), app.state_directory(), &ids, SystemTime::now()).await
}
