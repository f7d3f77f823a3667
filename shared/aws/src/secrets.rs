//! Secrets in Secrets Manager, read one by one: `BatchGetSecretValue` allows 100 requests a second for an account and region, and the
//! limit cannot be raised; `GetSecretValue` allows 10,000. The engine does the caching.

mod continuation;
#[cfg(test)]
mod tests;
mod write;

use std::{
    collections::{BTreeSet, HashMap},
    error::Error,
};

use async_trait::async_trait;
use aws_sdk_secretsmanager::{Client, operation::get_secret_value::GetSecretValueError};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::{StreamExt, future::join, stream};
use hookpoint_engine::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::{SecretError, SecretSource, SecretValues},
};

use crate::{clients::AwsClients, failure::describe};

/// Maximum number of secrets that are read at once, each on a connection of its own.
const AT_ONCE: usize = 10;
/// The version that a rotation made current.
const CURRENT: &str = "AWSCURRENT";
/// The shared secret that no hook may read: it seals continuation tokens.
const CONTINUATION_KEY: &str = "continuation-key";

/// The secrets of one stack: `<stack>/<application>/<name>`, else `<stack>/<name>`.
#[derive(Debug, Clone)]
pub struct SecretsManagerSource {
    clients: AwsClients,
    stack: String,
    /// The key that encrypts new secrets.
    kms_key: Option<String>,
}

impl SecretsManagerSource {
    /// The secrets whose names start with `<stack>/`. Nothing is sent before the first read or write.
    pub fn new(clients: AwsClients, stack: impl Into<String>) -> Self {
        Self {
            clients,
            stack: stack.into(),
            kms_key: None,
        }
    }

    /// Encrypts the secrets that it creates with this KMS key instead of the account's default. Those that exist keep theirs.
    #[must_use]
    pub fn with_key(self, kms_key: Option<String>) -> Self {
        Self { kms_key, ..self }
    }

    /// The secret of the whole stack with this name, if there is one.
    pub async fn shared_secret(&self, name: &SecretName) -> Result<Option<Secret>, SecretError> {
        let name = format!("{}/{name}", self.stack);
        self.version(&name, CURRENT).await
    }

    /// Fetches one version of a secret; `None` if the secret or the version does not exist.
    async fn version(&self, name: &str, stage: &str) -> Result<Option<Secret>, SecretError> {
        let output = self
            .client()
            .get_secret_value()
            .secret_id(name)
            .version_stage(stage)
            .send()
            .await;
        match output {
            Ok(output) => text_of(name, output.secret_string()).map(Some),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) if error.as_service_error().is_some_and(is_deleted) => Ok(None),
            Err(error) => Err(SecretError {
                message: format!("secret `{name}`: {}", describe(&error)),
            }),
        }
    }

    fn client(&self) -> &Client {
        self.clients.secrets_manager()
    }

    fn own(&self, application: &ApplicationId, name: &SecretName) -> String {
        format!("{}/{application}/{name}", self.stack)
    }

    /// The id of the shared secret of a name; `None` for the continuation key.
    fn shared(&self, name: &SecretName) -> Option<String> {
        (name.as_str() != CONTINUATION_KEY).then(|| format!("{}/{name}", self.stack))
    }

    /// Opens connections ahead of the first read, by reading secrets that cannot exist: one each for the two names that
    /// a secret may have. A failure is only logged, since the read itself reports it.
    pub async fn warm_up(&self) {
        // No secret has such a name: a slash separates what precedes it.
        let name = format!("{}/warm/up/", self.stack);
        let (first, second) =
            join(self.version(&name, CURRENT), self.version(&name, CURRENT)).await;
        if let Err(error) = first.and(second) {
            tracing::debug!(%error, "failed to warm up the connections for secrets");
        }
    }
}

#[async_trait]
impl SecretSource for SecretsManagerSource {
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let values = self.each_secret(application, names).await.into_iter();
        values.map(|(name, value)| Ok((name, value?))).collect()
    }

    async fn each_secret(&self, application: &ApplicationId, names: &[SecretName]) -> SecretValues {
        let ids: BTreeSet<String> = names
            .iter()
            .flat_map(|name| [Some(self.own(application, name)), self.shared(name)])
            .flatten()
            .collect();
        let read: HashMap<String, Result<Option<Secret>, SecretError>> = stream::iter(ids)
            .map(|id| async move {
                let value = self.version(&id, CURRENT).await;
                (id, value)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        // The application's own comes first, also if it cannot be read.
        let value_of = |name: &SecretName| {
            let ids = [Some(self.own(application, name)), self.shared(name)];
            let mut values = ids.iter().flatten().filter_map(|id| read.get(id));
            values.find_map(|value| value.clone().transpose())
        };
        names
            .iter()
            .filter_map(|name| Some((name.clone(), value_of(name)?)))
            .collect()
    }
}

fn unavailable<E>(error: &SdkError<E, HttpResponse>) -> SecretError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    SecretError {
        message: format!("Secrets Manager: {}", describe(error)),
    }
}

/// The value as text. A binary secret has none.
fn text_of(name: &str, value: Option<&str>) -> Result<Secret, SecretError> {
    value.map(Secret::new).ok_or_else(|| SecretError {
        message: format!("secret `{name}` is binary; store it as text"),
    })
}

/// Whether a secret was deleted and can only be restored: it counts as absent.
fn is_deleted(error: &GetSecretValueError) -> bool {
    let says_so = |message: &str| message.contains("deletion") || message.contains("deleted");
    error.is_invalid_request_exception() && error.meta().message().is_some_and(says_so)
}
