//! Which store a command works on: the local one, or a DynamoDB table.

use std::sync::Arc;

use clap::Args;
use hookpoint_aws::{AwsClients, DynamoStore, StackOutputs};
use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::ports::{GoneBindings, Publisher, RunStore};
use hookpoint_local::{LocalStore, STORE_FILE};

use crate::aws::AwsArguments;

/// Options that choose the store.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// The DynamoDB table [default: the local store in `.hookpoint` beside the workspace]
    #[arg(long, value_name = "NAME", group = "on-aws", help_heading = "Store")]
    pub(crate) table: Option<String>,

    #[command(flatten)]
    aws: AwsArguments,
}

/// A store that is open.
pub(crate) enum Store {
    /// The one beside the workspace.
    Local(LocalStore),
    /// A table.
    Table {
        store: DynamoStore,
        /// What reaches it.
        clients: AwsClients,
        /// What the names of the deployment's secrets begin with, if a stack was named.
        secret_prefix: Option<String>,
    },
}

impl Store {
    /// What is published.
    pub(crate) fn publisher(&self) -> Arc<dyn Publisher> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }

    /// Which bindings are gone.
    pub(crate) fn gone(&self) -> Arc<dyn GoneBindings> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }

    /// What is recorded of runs.
    pub(crate) fn runs(&self) -> Arc<dyn RunStore> {
        match self {
            Self::Local(store) => Arc::new(store.clone()),
            Self::Table { store, .. } => Arc::new(store.clone()),
        }
    }
}

impl StoreArguments {
    /// What is published; a local store is made when there is none.
    pub(crate) async fn open_or_create(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn Publisher>> {
        Ok(self.store_or_new(source).await?.publisher())
    }

    /// What is published in a store that must be there.
    pub(crate) async fn open(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn Publisher>> {
        Ok(self.store(source).await?.publisher())
    }

    /// The store, which must be there: to look into a folder is not to leave a store in it.
    pub(crate) async fn store(&self, source: &WorkspaceSource) -> anyhow::Result<Store> {
        if self.is_local() {
            let other = "a deployment on AWS by `--stack`, or a DynamoDB table by `--table`";
            return Ok(Store::Local(local(source, other)?));
        }
        self.store_or_new(source).await
    }

    async fn store_or_new(&self, source: &WorkspaceSource) -> anyhow::Result<Store> {
        let (table, clients, secret_prefix) = match (&self.table, self.aws.stack()) {
            (Some(table), _) => (table.clone(), self.aws.clients().await?, None),
            (None, Some(stack)) => {
                let clients = self.aws.clients().await?;
                let outputs = StackOutputs::read(&clients, stack).await?;
                let secret_prefix = outputs.secret_prefix()?.to_owned();
                (outputs.table()?.to_owned(), clients, Some(secret_prefix))
            }
            (None, None) => {
                let store = LocalStore::open(&source.state_directory())?;
                return Ok(Store::Local(store));
            }
        };
        Ok(Store::Table {
            store: DynamoStore::new(clients.clone(), table),
            clients,
            secret_prefix,
        })
    }

    /// Whether it is the local one.
    pub(crate) fn is_local(&self) -> bool {
        self.table.is_none() && self.aws.stack().is_none()
    }
}

/// The local store, which must be there.
pub(crate) fn local(source: &WorkspaceSource, other: &str) -> anyhow::Result<LocalStore> {
    let directory = source.state_directory();
    if !directory.join(STORE_FILE).exists() {
        anyhow::bail!(
            "nothing was published here yet: there is no store in `{}`; publish by `hookpoint apply`, `dev` or `trigger`, or name {other}",
            directory.display()
        );
    }
    Ok(LocalStore::open(&directory)?)
}
