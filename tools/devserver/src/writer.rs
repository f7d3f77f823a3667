//! The writer: stores run records in the background, not before the response to an event.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hookpoint_engine::{
    ports::{RunStore, StoreError},
    record::{RunFilter, RunId, RunRecord, run_log::RunLog},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{notice::Notice, patience::Patience};

/// How long records are collected before they are written, so that a burst shares a transaction.
const GATHER: Duration = Duration::from_millis(50);
/// Maximum number written at once.
const AT_ONCE: usize = 500;
/// Timeout of the last write.
pub(crate) const LAST_WRITE: Duration = Duration::from_secs(3);

/// A task that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct Writer {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Writer {
    /// Starts writing records, with notices of them if they are shown.
    pub(crate) fn start(
        runs: Arc<RunLog>,
        store: Arc<dyn RunStore>,
        audience: Option<mpsc::Sender<Notice>>,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let store = Observed { store, audience };
        Self {
            stop,
            running: tokio::spawn(run(runs, store, stopped)),
        }
    }

    /// Writes the remaining records, then stops.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the writer of run records failed");
        }
    }
}

async fn run(runs: Arc<RunLog>, store: Observed, mut stopped: oneshot::Receiver<()>) {
    let mut patience = Patience::default();
    let write = async {
        loop {
            runs.some().await;
            sleep(GATHER).await;
            match runs.write_to(&store, AT_ONCE).await {
                Ok(()) => patience.recover(),
                Err(error) => {
                    if patience.is_new() {
                        tracing::warn!(%error, "failed to write run records; retrying");
                    }
                    sleep(patience.next()).await;
                }
            }
        }
    };
    tokio::select! {
        () = write => {}
        _ = &mut stopped => {}
    }
    // An interrupted write has returned its records to the log; writing a record twice is harmless.
    let last = timeout(LAST_WRITE, runs.write_to(&store, AT_ONCE)).await;
    if !matches!(last, Ok(Ok(()))) {
        tracing::error!("the last run records were not written");
    }
}

/// A store whose new records are sent as notices.
struct Observed {
    store: Arc<dyn RunStore>,
    audience: Option<mpsc::Sender<Notice>>,
}

#[async_trait]
impl RunStore for Observed {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        self.store.write_runs(records).await?;
        if let Some(audience) = &self.audience {
            for record in records {
                let notice = if record.delivery.is_some() {
                    Notice::Delivered
                } else {
                    Notice::Ran
                };
                // A slow reader misses some, as deliveries must not wait for a terminal.
                let _ = audience.try_send(notice(Box::new(record.clone())));
            }
        }
        Ok(())
    }

    async fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.store.runs(filter, limit).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.store.run(id).await
    }
}
