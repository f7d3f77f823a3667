//! An emulated AWS that holds the measured hook.

use std::path::Path;

use hookpoint_aws::DynamoStore;
use hookpoint_operator::{Author, apply, change_application};
use hookpoint_settings as settings;
use hookpoint_xtask::{lambda_local::EmulatedAws, python};

use crate::sample::{self, Measured};

const TABLE: &str = "measured";

/// An emulated DynamoDB with a table. Dropping this stops it.
#[derive(Debug)]
pub(crate) struct Emulated(EmulatedAws);

impl Emulated {
    /// Starts it and publishes a workspace with one static hook.
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let aws = EmulatedAws::start(&python::ensure()?, &folder.join("moto.log")).await?;
        let store = DynamoStore::new(aws.clients(), TABLE);
        store.create_table().await?;
        let workspace = Measured::static_hook()?
            .write(folder)?
            .load(0, &hookpoint_devserver::BundlerProcess::find(None, None))?;
        apply(&store, workspace.desired(), &Author::program("bench")).await?;
        let record = sample::key()?.record;
        change_application(&store, &sample::application()?, |application| {
            application.ingest_keys.push(record.clone());
        })
        .await?;
        Ok(Self(aws))
    }

    /// The environment of a stage function.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.0.variables();
        variables.push((settings::TABLE.name, TABLE.to_owned()));
        variables.push((settings::SECRET_PREFIX.name, "measured".to_owned()));
        // The measured hook is synchronous: the queue is never used.
        let queue = format!("{}/123456789012/measured", self.0.endpoint_url());
        variables.push((settings::QUEUE_URL.name, queue));
        variables
    }
}
