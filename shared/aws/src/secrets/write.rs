//! Writing secrets, for tools and tests.

use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use hookpoint_engine::{confidential::secret::Secret, ports::SecretError};

use super::{SecretsManagerSource, unavailable};

impl SecretsManagerSource {
    /// Creates the secret `<stack>/<name>` or gives it a new value; the old one stays readable as its previous version. For
    /// the secret of one application, the name is `<application>/<name>`.
    pub async fn put_secret(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        let id = format!("{}/{name}", self.stack);
        let created = self
            .client()
            .create_secret()
            .name(&id)
            .secret_string(value.expose())
            .send()
            .await;
        match created {
            Ok(_) => return Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateSecretError::is_resource_exists_exception) => {}
            Err(error) => return Err(unavailable(&error)),
        }
        self.client()
            .put_secret_value()
            .secret_id(&id)
            .secret_string(value.expose())
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        Ok(())
    }
}
