//! Secrets in Secrets Manager. The engine does the caching.

mod continuation;
#[cfg(test)]
mod tests;
mod write;

use std::{
    collections::{BTreeSet, HashMap},
    error::Error,
};

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::try_join_all;
use hookpoint_engine::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::{SecretError, SecretSource},
};

use crate::{clients::AwsClients, failure::describe};

/// Maximum number of secrets in one `BatchGetSecretValue`.
const BATCH: usize = 20;
/// The shared secret that no hook may read: it seals continuation tokens.
const CONTINUATION_KEY: &str = "continuation-key";
/// Error code for a secret that does not exist.
const NOT_FOUND: &str = "ResourceNotFoundException";

/// The secrets of one stack: `<stack>/<application>/<name>`, else `<stack>/<name>`.
#[derive(Debug, Clone)]
pub struct SecretsManagerSource {
    clients: AwsClients,
    stack: String,
}

impl SecretsManagerSource {
    /// The secrets whose names start with `<stack>/`. Nothing is sent before the first read or write.
    pub fn new(clients: AwsClients, stack: impl Into<String>) -> Self {
        Self {
            clients,
            stack: stack.into(),
        }
    }

    /// The secret of the whole stack with this name, if there is one.
    pub async fn shared_secret(&self, name: &SecretName) -> Result<Option<Secret>, SecretError> {
        let name = format!("{}/{name}", self.stack);
        self.version(&name, continuation::CURRENT).await
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

    /// Fetches at most [`BATCH`] secrets, following pages.
    async fn batch(&self, ids: Vec<String>) -> Result<HashMap<String, Secret>, SecretError> {
        let mut values = HashMap::new();
        let mut absent = BTreeSet::new();
        let mut next: Option<String> = None;
        loop {
            let page = self
                .client()
                .batch_get_secret_value()
                .set_secret_id_list(Some(ids.clone()))
                .set_next_token(next)
                .send()
                .await
                .map_err(|error| unavailable(&error))?;
            for failed in page.errors() {
                let id = failed.secret_id().unwrap_or("?");
                if failed.error_code() != Some(NOT_FOUND) {
                    return Err(SecretError {
                        message: format!(
                            "secret `{id}`: {}: {}",
                            failed.error_code().unwrap_or("an unnamed failure"),
                            failed.message().unwrap_or("no reason was given")
                        ),
                    });
                }
                absent.insert(id.to_owned());
            }
            for entry in page.secret_values() {
                let name = entry.name().unwrap_or_default();
                let value = text_of(name, entry.secret_string())?;
                values.insert(name.to_owned(), value);
            }
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                break;
            }
        }
        // A secret that the response leaves out must not count as absent: a hook would run without
        // it.
        match ids
            .iter()
            .find(|id| !values.contains_key(*id) && !absent.contains(*id))
        {
            Some(id) => Err(SecretError {
                message: format!("the response of Secrets Manager leaves out secret `{id}`"),
            }),
            None => Ok(values),
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
        let ids: BTreeSet<String> = names
            .iter()
            .flat_map(|name| [Some(self.own(application, name)), self.shared(name)])
            .flatten()
            .collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let batches = ids.chunks(BATCH).map(|ids| self.batch(ids.to_vec()));
        let values: HashMap<String, Secret> =
            try_join_all(batches).await?.into_iter().flatten().collect();
        let value_of = |name: &SecretName| {
            let own = values.get(&self.own(application, name));
            own.or_else(|| values.get(&self.shared(name)?)).cloned()
        };
        Ok(names
            .iter()
            .filter_map(|name| Some((name.clone(), value_of(name)?)))
            .collect())
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
