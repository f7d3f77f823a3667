//! Fills the emulated AWS: workspace, sample keys, secrets, queues.

use std::path::Path;

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hookpoint_aws::{AwsClients, DynamoStore, SecretsManagerSource, SqsQueue};
use hookpoint_engine::{
    confidential::secret::Secret, identifier::SecretName, ports::SecretSource as _,
};
use hookpoint_local::LocalSecrets;
use hookpoint_operator::{Author, apply, change_application};
use hookpoint_workspace::Workspace;

use crate::generate::events::sample_key;

/// The table in the emulated DynamoDB.
pub const TABLE: &str = "hookpoint-local";
/// Prefix of the secrets in the emulated Secrets Manager.
pub const SECRET_PREFIX: &str = "hookpoint-local";

/// The queue in the emulated SQS.
pub const QUEUE: &str = "hookpoint-local";

/// Creates the queue of deliveries and that of dead letters.
pub(super) async fn make_queues(clients: &AwsClients) -> anyhow::Result<SqsQueue> {
    let queue = SqsQueue::create(clients.clone(), QUEUE).await;
    queue.context("failed to create the queues")
}

/// Creates the table and publishes the workspace to it, as `hookpoint apply` does. Each application accepts its sample
/// key.
pub(super) async fn publish(
    clients: &AwsClients,
    workspace: &Workspace,
) -> anyhow::Result<DynamoStore> {
    let store = DynamoStore::new(clients.clone(), TABLE);
    store
        .create_table()
        .await
        .context("failed to create the table")?;
    apply(
        &store,
        workspace.desired(),
        &Author::program("lambda-local"),
    )
    .await
    .context("failed to publish the workspace")?;
    for application in &workspace.desired().applications {
        let key = sample_key(&application.id)?;
        change_application(&store, &application.id, |application| {
            application.ingest_keys.push(key.record.clone());
        })
        .await
        .with_context(|| {
            format!(
                "failed to add the sample key of application `{}`",
                application.id
            )
        })?;
    }
    Ok(store)
}

/// Writes the workspace's secrets, with the values that `hookpoint dev` would use, and the key that seals
/// continuations. Returns the names without a value, which get a placeholder.
pub(super) async fn put_secrets(
    clients: &AwsClients,
    workspace: &Workspace,
    environment: Vec<(String, String)>,
    state: &Path,
) -> anyhow::Result<Vec<SecretName>> {
    let manager = SecretsManagerSource::new(clients.clone(), SECRET_PREFIX);
    let put = async |name: &str, value: &Secret| {
        let written = manager.put_secret(name, value).await;
        written.with_context(|| format!("failed to write the secret `{SECRET_PREFIX}/{name}`"))
    };
    put("continuation-key", &random_key()?).await?;
    let names: Vec<_> = workspace.secret_names().iter().cloned().collect();
    let local = LocalSecrets::new(environment, state);
    let mut missing = workspace.secret_names().clone();
    for application in workspace
        .desired()
        .applications
        .iter()
        .map(|application| &application.id)
    {
        let values = local
            .secrets(application, &names)
            .await
            .context("failed to read the secrets of this machine")?;
        for (name, value) in values {
            put(&format!("{application}/{name}"), &value).await?;
            missing.remove(&name);
        }
    }
    for name in &missing {
        put(
            name.as_str(),
            &Secret::new(format!("placeholder-for-{name}")),
        )
        .await?;
    }
    Ok(missing.into_iter().collect())
}

fn random_key() -> anyhow::Result<Secret> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).context("the system's random numbers are unavailable")?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}
