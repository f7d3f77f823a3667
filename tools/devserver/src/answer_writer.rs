//! The writer of late answers: it records what could not be recorded before it was given.

use std::{sync::Arc, time::SystemTime};

use hookpoint_engine::event::late_answers::LateAnswers;
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{patience::Patience, writer::LAST_WRITE};

/// A writer that runs until it is stopped.
#[derive(Debug)]
pub(crate) struct AnswerWriter {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl AnswerWriter {
    /// Writes answers as soon as the store takes them.
    pub(crate) fn start(answers: Arc<LateAnswers>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            running: tokio::spawn(run(answers, stopped)),
        }
    }

    /// Tries once more, and ends.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the writer of late answers stopped");
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
                        tracing::warn!(%error, "answers that were given are not recorded yet");
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
        tracing::error!(
            "answers that were given are not recorded: a repeated request may run its hooks again"
        );
    }
}
