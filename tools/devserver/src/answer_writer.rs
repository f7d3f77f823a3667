//! Writes late idempotency records: responses that could not be recorded before they were sent.

use std::{sync::Arc, time::SystemTime};

use hookpoint_engine::event::late_answers::LateAnswers;
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{patience::Patience, writer::LAST_WRITE};

/// A task that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct AnswerWriter {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl AnswerWriter {
    /// Starts writing, with retries while the store fails.
    pub(crate) fn start(answers: Arc<LateAnswers>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            running: tokio::spawn(run(answers, stopped)),
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

async fn run(answers: Arc<LateAnswers>, mut stopped: oneshot::Receiver<()>) {
    let mut patience = Patience::default();
    let write = async {
        loop {
            answers.some().await;
            match answers.write(SystemTime::now()).await {
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
    let last = timeout(LAST_WRITE, answers.write(SystemTime::now())).await;
    if !matches!(last, Ok(Ok(()))) {
        tracing::error!("responses were not recorded: a repeated request may run its hooks again");
    }
}
