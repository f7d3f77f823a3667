//! The queue a command works on: the one in the local store, or two queues of SQS.

use std::sync::Arc;

use clap::Args;
#[cfg(feature = "aws")]
use hookpoint_aws::{SqsQueue, StackOutputs};
use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::{audit::AuditAction, identifier::ApplicationId, ports::DeadLetters};
use hookpoint_local::LocalStore;

use crate::{
    audit,
    aws::{self, AwsArguments},
    output::{self, WARNING},
    store::{self, Store},
};

/// What may be named in place of the local store.
const OTHER: &str = "a deployment on AWS with `--stack`, or queues of SQS with `--queue-url` and `--dead-letter-queue-url`";

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

    /// The SQS queue of dead letters
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

/// An open queue.
pub(crate) enum Queue {
    /// In the local store.
    Local(LocalStore),
    /// Of SQS.
    #[cfg(feature = "aws")]
    Sqs(SqsQueue),
}

impl QueueArguments {
    /// Whether the local queue was chosen.
    pub(crate) fn is_local(&self) -> bool {
        self.queue_url.is_none() && self.aws.stack().is_none()
    }

    /// Opens the dead letters of the queue.
    pub(crate) async fn dead_letters(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn DeadLetters>> {
        Ok(match self.queue(source).await? {
            Queue::Local(store) => Arc::new(store),
            #[cfg(feature = "aws")]
            Queue::Sqs(queue) => Arc::new(queue),
        })
    }

    /// Writes an entry of the audit trail before a change of the queue. With queues that are named by their URLs no table is known.
    pub(crate) async fn record(
        &self,
        source: &WorkspaceSource,
        action: AuditAction,
        application: Option<&ApplicationId>,
        what: &str,
    ) -> anyhow::Result<()> {
        let Some(store) = self.store(source).await? else {
            let warning = "the audit trail does not have this, because `--queue-url` names no table; use `--stack`";
            output::remark(WARNING, warning)?;
            return Ok(());
        };
        audit::record(&store, action, application, what).await
    }

    /// The store beside the queue, if it is known.
    pub(crate) async fn store(&self, source: &WorkspaceSource) -> anyhow::Result<Option<Store>> {
        match (&self.queue_url, self.aws.stack()) {
            (Some(_), _) => Ok(None),
            #[cfg(feature = "aws")]
            (None, Some(stack)) => {
                let clients = self.aws.clients().await?;
                let outputs = StackOutputs::read(&clients, stack).await?;
                Ok(Some(Store::table(clients, outputs.table()?, None)))
            }
            #[cfg(not(feature = "aws"))]
            (None, Some(_)) => Err(aws::absent()),
            (None, None) => Ok(Some(Store::Local(store::local(source, OTHER)?))),
        }
    }

    /// Opens the queue.
    pub(crate) async fn queue(&self, source: &WorkspaceSource) -> anyhow::Result<Queue> {
        match (&self.queue_url, self.aws.stack()) {
            #[cfg(feature = "aws")]
            (Some(queue), _) => {
                let clients = self.aws.clients().await?;
                let dead = self.dead_letter_queue_url.clone();
                Ok(Queue::Sqs(SqsQueue::new(clients, queue.clone(), dead)))
            }
            #[cfg(feature = "aws")]
            (None, Some(stack)) => {
                let clients = self.aws.clients().await?;
                let outputs = StackOutputs::read(&clients, stack).await?;
                Ok(Queue::Sqs(aws::queue(clients, &outputs)?))
            }
            #[cfg(not(feature = "aws"))]
            (Some(_), _) | (None, Some(_)) => Err(aws::absent()),
            (None, None) => Ok(Queue::Local(store::local(source, OTHER)?)),
        }
    }
}
