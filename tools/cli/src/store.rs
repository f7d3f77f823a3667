//! The store a command works on: the local one, or a DynamoDB table.

use std::sync::Arc;

use clap::Args;
#[cfg(feature = "aws")]
use hookpoint_aws::{AwsClients, DynamoStore, SqsQueue, StackOutputs};
use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::ports::{
    AuditLog, DeadLetters, GoneBindings, KeptEvents, Publisher, RunStore,
};
use hookpoint_local::{LocalStore, STORE_FILE};

use crate::{
    aws::{self, AwsArguments},
    env,
};

/// Options that choose the store.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// The DynamoDB table [default: the local store in `.hookpoint` beside the workspace]
    #[arg(long, value_name = "NAME", group = "on-aws", help_heading = "Store")]
    pub(crate) table: Option<String>,

    #[command(flatten)]
    aws: AwsArguments,
}

/// An open store.
pub(crate) enum Store {
    /// The one beside the workspace.
    Local(LocalStore),
    /// A table.
    #[cfg(feature = "aws")]
    Table {
        store: DynamoStore,
        /// Clients for the table's region.
        clients: AwsClients,
        /// Those of the stack, if one was named.
        secrets: Option<StackSecrets>,
    },
}

/// The secrets of a stack.
#[cfg(feature = "aws")]
#[derive(Debug, Clone)]
pub(crate) struct StackSecrets {
    /// Prefix of their names.
    pub(crate) prefix: String,
    /// ARN of the key that encrypts new ones; without it, the account's default.
    pub(crate) key: Option<String>,
}

impl Store {
    #[cfg(feature = "aws")]
    pub(crate) fn table(clients: AwsClients, table: &str, secrets: Option<StackSecrets>) -> Self {
        tracing::info!(table, ?secrets, "using a DynamoDB table");
        Self::Table {
            store: DynamoStore::new(clients.clone(), table),
            clients,
            secrets,
        }
    }

    /// The local store, unless the work is on AWS.
    pub(crate) fn as_local(&self) -> Option<&LocalStore> {
        match self {
            Self::Local(store) => Some(store),
            #[cfg(feature = "aws")]
            Self::Table { .. } => None,
        }
    }

    /// The store as a publisher.
    pub(crate) fn publisher(&self) -> Arc<dyn Publisher> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            #[cfg(feature = "aws")]
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }

    /// Who works on it: the AWS identity, or the user of this machine.
    pub(crate) async fn user(&self) -> Result<String, String> {
        match self {
            Self::Local(_) => Ok(env::user()),
            #[cfg(feature = "aws")]
            Self::Table { clients, .. } => clients.caller().await,
        }
    }

    /// The audit trail.
    pub(crate) fn audit(&self) -> Arc<dyn AuditLog> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            #[cfg(feature = "aws")]
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }

    /// The marks on gone bindings.
    pub(crate) fn gone(&self) -> Arc<dyn GoneBindings> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            #[cfg(feature = "aws")]
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }

    /// The events that run records keep.
    pub(crate) fn kept(&self) -> Arc<dyn KeptEvents> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            #[cfg(feature = "aws")]
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }

    /// The run records.
    pub(crate) fn runs(&self) -> Arc<dyn RunStore> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            #[cfg(feature = "aws")]
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }
}

impl StoreArguments {
    /// Opens the publisher of an existing store.
    pub(crate) async fn open(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn Publisher>> {
        Ok(self.store(source).await?.publisher())
    }

    /// Opens an existing store: a read must not create one.
    pub(crate) async fn store(&self, source: &WorkspaceSource) -> anyhow::Result<Store> {
        if self.is_local() {
            let other = "a deployment on AWS with `--stack`, or a DynamoDB table with `--table`";
            return Ok(Store::Local(local(source, other)?));
        }
        self.store_or_new(source).await
    }

    /// Opens the store to compare a workspace with what it has; an empty one if there is none.
    pub(crate) async fn to_compare(&self, source: &WorkspaceSource) -> anyhow::Result<Store> {
        if self.is_new(source) {
            return Ok(Store::Local(LocalStore::empty()?));
        }
        self.store_or_new(source).await
    }

    /// Opens the store; creates a local one if there is none.
    pub(crate) async fn store_or_new(&self, source: &WorkspaceSource) -> anyhow::Result<Store> {
        match (&self.table, self.aws.stack()) {
            #[cfg(feature = "aws")]
            (Some(table), _) => Ok(Store::table(self.aws.clients().await?, table, None)),
            #[cfg(feature = "aws")]
            (None, Some(stack)) => {
                let clients = self.aws.clients().await?;
                let outputs = StackOutputs::read(&clients, stack).await?;
                let secrets = StackSecrets {
                    prefix: outputs.secret_prefix()?.to_owned(),
                    key: outputs.kms_key().map(str::to_owned),
                };
                Ok(Store::table(clients, outputs.table()?, Some(secrets)))
            }
            #[cfg(not(feature = "aws"))]
            (Some(_), _) | (None, Some(_)) => Err(aws::absent()),
            (None, None) => {
                tracing::info!(folder = %source.state_directory().display(), "opening the local store");
                let store = LocalStore::open(&source.state_directory())?;
                Ok(Store::Local(store))
            }
        }
    }

    /// The options that choose this store again.
    pub(crate) fn words(&self) -> Vec<String> {
        aws::words([("table", self.table.as_deref())])
            .chain(self.aws.words())
            .collect()
    }

    /// The name of the stack, if it was named.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.aws.stack()
    }

    /// Where events are posted, if a stack was named.
    pub(crate) async fn api_url(&self) -> anyhow::Result<Option<String>> {
        match self.aws.stack() {
            None => Ok(None),
            #[cfg(feature = "aws")]
            Some(stack) => {
                let outputs = StackOutputs::read(&self.aws.clients().await?, stack).await?;
                Ok(Some(outputs.api_url()?.to_owned()))
            }
            #[cfg(not(feature = "aws"))]
            Some(_) => Err(aws::absent()),
        }
    }

    /// The dead letters of the store's installation: those of the local store or the stack, or of the queue that was named with a
    /// table; `None` if none was.
    pub(crate) async fn dead_letters(
        &self,
        store: &Store,
        named: Option<&str>,
    ) -> anyhow::Result<Option<Arc<dyn DeadLetters>>> {
        match store {
            Store::Local(store) => Ok(Some(Arc::new(store.clone()))),
            #[cfg(feature = "aws")]
            Store::Table { clients, .. } => {
                let queue = match (named, self.aws.stack()) {
                    // Nothing is redriven, so no other queue is needed.
                    (Some(dead), _) => {
                        SqsQueue::new(clients.clone(), dead.to_owned(), Some(dead.to_owned()))
                    }
                    (None, Some(stack)) => {
                        let outputs = StackOutputs::read(clients, stack).await?;
                        aws::queue(clients.clone(), &outputs)?
                    }
                    (None, None) => return Ok(None),
                };
                Ok(Some(Arc::new(queue)))
            }
        }
    }

    /// Whether the local store was chosen and does not exist, so that nothing is published.
    pub(crate) fn is_new(&self, source: &WorkspaceSource) -> bool {
        self.is_local() && !source.state_directory().join(STORE_FILE).exists()
    }

    /// Whether the local store was chosen.
    pub(crate) fn is_local(&self) -> bool {
        self.table.is_none() && self.aws.stack().is_none()
    }
}

/// Opens the local store, which must exist.
pub(crate) fn local(source: &WorkspaceSource, other: &str) -> anyhow::Result<LocalStore> {
    let directory = source.state_directory();
    if !directory.join(STORE_FILE).exists() {
        anyhow::bail!(
            "nothing has been published here: there is no store in `{}`; publish with `hookpoint apply`, `dev` or `trigger`, or name {other}",
            directory.display()
        );
    }
    tracing::info!(folder = %directory.display(), "opening the local store");
    Ok(LocalStore::open(&directory)?)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        store: StoreArguments,
    }

    #[test]
    fn the_options_of_a_store_choose_it_again() {
        for line in [
            "",
            "--table t",
            "--stack prod --region eu-central-1 --profile ops",
            "--stack prod --endpoint-url http://127.0.0.1:4566",
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            let given = std::iter::once("x").chain(words.iter().copied());
            let Command { store } = Command::parse_from(given);
            let mut again = store.words();
            again.sort();
            let mut expected = words;
            expected.sort_unstable();
            assert_eq!(again, expected);
        }
    }
}
