//! Writes late idempotency records: responses that could not be recorded before they were sent.

use std::{sync::Arc, time::SystemTime};

use hookpoint_engine::event::late_responses::LateResponses;
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{patience::Patience, writer::LAST_WRITE};

/// A task that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct ResponseWriter {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl ResponseWriter {
    /// Starts writing, with retries while the store fails.
    pub(crate) fn start(late: Arc<LateResponses>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            running: tokio::spawn(run(late, stopped)),
        }
    }

    /// Tries once more, then stops.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the writer of late responses stopped");
        }
    }
}

async fn run(late: Arc<LateResponses>, mut stopped: oneshot::Receiver<()>) {
    let mut patience = Patience::default();
    let write = async {
        loop {
            late.some().await;
            match late.write(SystemTime::now()).await {
                Ok(()) => patience.recover(),
                Err(error) => {
                    if patience.is_new() {
                        tracing::warn!(%error, "responses are not recorded yet");
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
    let last = timeout(LAST_WRITE, late.write(SystemTime::now())).await;
    if !matches!(last, Ok(Ok(()))) {
        tracing::error!("responses were not recorded: a repeated request may run its hooks again");
    }
}
