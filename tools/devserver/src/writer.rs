//! The writer: it brings run records into the store, beside the events rather than before their answers.

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

/// How long records gather before they are written: those of a burst share a transaction.
const GATHER: Duration = Duration::from_millis(50);
/// How many are written at once.
const AT_ONCE: usize = 500;
/// How long the last write may take.
pub(crate) const LAST_WRITE: Duration = Duration::from_secs(3);

/// A writer that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct Writer {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Writer {
    /// Writes records as they come, and tells of deliveries when somebody looks.
    pub(crate) fn start(
        runs: Arc<RunLog>,
        store: Arc<dyn RunStore>,
        audience: Option<mpsc::Sender<Notice>>,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let store = Told { store, audience };
        Self {
            stop,
            running: tokio::spawn(run(runs, store, stopped)),
        }
    }

    /// Writes what is left, and ends.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the writer of run records broke off");
        }
    }
}

async fn run(runs: Arc<RunLog>, store: Told, mut stopped: oneshot::Receiver<()>) {
    let mut patience = Patience::default();
    let write = async {
        loop {
            runs.some().await;
            sleep(GATHER).await;
            match runs.write_to(&store, AT_ONCE).await {
                Ok(()) => patience.recover(),
                Err(error) => {
                    if patience.is_new() {
                        tracing::warn!(%error, "run records wait: they cannot be written");
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
    // What was being written is in the log again; to write a record twice changes nothing.
    let last = timeout(LAST_WRITE, runs.write_to(&store, AT_ONCE)).await;
    if !matches!(last, Ok(Ok(()))) {
        tracing::error!("the last run records were not written");
    }
}

/// A store, and who is to be told of the deliveries that are recorded in it.
struct Told {
    store: Arc<dyn RunStore>,
    audience: Option<mpsc::Sender<Notice>>,
}

#[async_trait]
impl RunStore for Told {
    async fn write_runs(&self, records: &[RunRecord]) -> Result<(), StoreError> {
        self.store.write_runs(records).await?;
        if let Some(audience) = &self.audience {
            for record in records.iter().filter(|record| record.delivery.is_some()) {
                // An audience that falls behind misses some: deliveries are not to wait for a terminal.
                let _ = audience.try_send(Notice::Delivered(Box::new(record.clone())));
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
