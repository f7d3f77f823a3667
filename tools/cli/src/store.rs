//! Which store a command works on: the local one, or a DynamoDB table.

use std::sync::Arc;

use clap::Args;
use hookpoint_aws::{AwsClients, AwsSettings, DynamoStore};
use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::ports::Publisher;
use hookpoint_local::{LocalStore, STORE_FILE};

/// Options that choose the store.
#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// The DynamoDB table [default: the local store in `.hookpoint` beside the workspace]
    #[arg(long, value_name = "NAME", help_heading = "Store")]
    pub(crate) table: Option<String>,

    /// An emulator in place of AWS
    #[arg(long, value_name = "URL", requires = "table", help_heading = "Store")]
    endpoint_url: Option<String>,

    /// The AWS region [default: that of the profile or the environment]
    #[arg(long, requires = "table", help_heading = "Store")]
    region: Option<String>,

    /// The AWS profile [default: that of the environment]
    #[arg(long, requires = "table", help_heading = "Store")]
    profile: Option<String>,
}

impl StoreArguments {
    /// The store; a local one is made when there is none.
    pub(crate) async fn open_or_create(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn Publisher>> {
        let Some(table) = &self.table else {
            return Ok(Arc::new(LocalStore::open(&source.state_directory())?));
        };
        let settings = AwsSettings::from_profiles(
            self.profile.as_deref(),
            self.region.as_deref(),
            self.endpoint_url.as_deref(),
        )
        .await?;
        let clients = AwsClients::for_tools(settings);
        Ok(Arc::new(DynamoStore::new(clients, table)))
    }

    /// The store, which must be there: to look into a folder is not to leave a store in it.
    pub(crate) async fn open(
        &self,
        source: &WorkspaceSource,
    ) -> anyhow::Result<Arc<dyn Publisher>> {
        let directory = source.state_directory();
        if self.table.is_none() && !directory.join(STORE_FILE).exists() {
            anyhow::bail!(
                "nothing was published here yet: there is no store in `{}`; publish by `hookpoint apply`, `dev` or `trigger`, or name a DynamoDB table by `--table`",
                directory.display()
            );
        }
        self.open_or_create(source).await
    }

    /// The options as they must be given again.
    pub(crate) fn is_local(&self) -> bool {
        self.table.is_none()
    }
}
