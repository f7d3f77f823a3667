//! Which queue a command works on: the one in the local store, or two queues of SQS.

use std::sync::Arc;

use clap::Args;
use hookpoint_aws::SqsQueue;
use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::ports::DeadLetters;

use crate::{aws::AwsArguments, store};

/// Options that choose the queue.
#[derive(Debug, Args)]
pub(crate) struct QueueArguments {
    /// The SQS queue of deliveries [default: the local store in `.hookpoint` beside the workspace]
    #[arg(
        long,
        value_name = "URL",
        group = "on-aws",
        requires = "dead_letter_queue_url",
        help_heading = "Queue"
    )]
    queue_url: Option<String>,

    /// The SQS queue of deliveries that were given up
    #[arg(
        long,
        value_name = "URL",
        requires = "queue_url",
        help_heading = "Queue"
    )]
    dead_letter_queue_url: Option<String>,

    #[command(flatten)]
    aws: AwsArguments,
}

impl QueueArguments {
    /// Whether it is the local one.
    pub(crate) fn is_local(&self) -> bool {
        self.queue_url.is_none()
    }

    /// The dead letters of the queue.
    pub(crate) async fn dead_letters(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn DeadLetters>> {
        let Some(queue_url) = &self.queue_url else {
            let other = "queues of SQS by `--queue-url` and `--dead-letter-queue-url`";
            return Ok(Arc::new(store::local(source, other)?));
        };
        let clients = self.aws.clients().await?;
        let dead = self.dead_letter_queue_url.clone();
        Ok(Arc::new(SqsQueue::new(clients, queue_url, dead)))
    }
}
