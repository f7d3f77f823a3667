//! The keys that seal continuation tokens: two versions of one secret, so that Secrets Manager can rotate it.

use async_trait::async_trait;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use futures::future::try_join;
use hookpoint_engine::{
    confidential::secret::Secret,
    ports::{ContinuationKeySource, ContinuationKeys, SecretError},
};

use super::{CONTINUATION_KEY, SecretsManagerSource, text_of};
use crate::failure::describe;

pub(super) const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

#[async_trait]
impl ContinuationKeySource for SecretsManagerSource {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        let name = format!("{}/{CONTINUATION_KEY}", self.stack);
        let (current, previous) =
            try_join(self.version(&name, CURRENT), self.version(&name, PREVIOUS)).await?;
        let current = current.ok_or_else(|| SecretError {
            message: format!(
                "secret `{name}` does not exist; create it with at least 32 random characters"
            ),
        })?;
        Ok(ContinuationKeys { current, previous })
    }
}

impl SecretsManagerSource {
    /// Fetches one version of a secret; `None` if the secret or the version does not exist.
    pub(super) async fn version(
        &self,
        name: &str,
        stage: &str,
    ) -> Result<Option<Secret>, SecretError> {
        let answer = self
            .client()
            .get_secret_value()
            .secret_id(name)
            .version_stage(stage)
            .send()
            .await;
        match answer {
            Ok(answer) => text_of(name, answer.secret_string()).map(Some),
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
}

/// Whether a secret was deleted and can only be restored: it counts as absent.
fn is_deleted(error: &GetSecretValueError) -> bool {
    let says_so = |message: &str| message.contains("deletion") || message.contains("deleted");
    error.is_invalid_request_exception() && error.meta().message().is_some_and(says_so)
}
