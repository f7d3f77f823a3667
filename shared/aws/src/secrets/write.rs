//! Writing, listing and deleting secrets, for tools and tests.

use aws_sdk_secretsmanager::{
    operation::{create_secret::CreateSecretError, delete_secret::DeleteSecretError},
    types::{Filter, FilterNameStringType},
};
use hookpoint_engine::{confidential::secret::Secret, ports::SecretError};

use super::{CONTINUATION_KEY, SecretsManagerSource, unavailable};
use crate::failure::describe;

impl SecretsManagerSource {
    /// Creates the secret `<stack>/<name>` or gives it a new value; the old one stays readable as its previous version. For
    /// the secret of one application, the name is `<application>/<name>`.
    pub async fn put_secret(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        let id = format!("{}/{name}", self.stack);
        let created = self
            .client()
            .create_secret()
            .name(&id)
            .set_kms_key_id(self.kms_key.clone())
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

    /// Takes back the deletion of the secret `<stack>/<name>`, so that it can get a value. One that cannot be restored is
    /// left to the write after it, which reports why.
    pub async fn restore_secret(&self, name: &str) {
        let id = format!("{}/{name}", self.stack);
        let restored = self.client().restore_secret().secret_id(&id).send().await;
        if let Err(error) = restored {
            tracing::debug!(secret = id, "not restored: {}", describe(&error));
        }
    }

    /// The names of the stack's secrets without its prefix: `<name>`, or `<application>/<name>`. The key that seals
    /// continuations is not among them.
    pub async fn secret_names(&self) -> Result<Vec<String>, SecretError> {
        let prefix = format!("{}/", self.stack);
        let filter = Filter::builder()
            .key(FilterNameStringType::Name)
            .values(&prefix)
            .build();
        let mut names = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = self
                .client()
                .list_secrets()
                .filters(filter.clone())
                .set_next_token(next)
                .send()
                .await
                .map_err(|error| unavailable(&error))?;
            let found = page.secret_list.unwrap_or_default().into_iter();
            // The filter ignores case.
            let found = found
                .filter(|secret| secret.deleted_date.is_none())
                .filter_map(|secret| Some(secret.name?.strip_prefix(&prefix)?.to_owned()));
            names.extend(found.filter(|name| name != CONTINUATION_KEY));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// Deletes the secret `<stack>/<name>`; it can be restored for 30 days. Returns false if there is none.
    pub async fn delete_secret(&self, name: &str) -> Result<bool, SecretError> {
        let deleted = self
            .client()
            .delete_secret()
            .secret_id(format!("{}/{name}", self.stack))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteSecretError::is_resource_not_found_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(unavailable(&error)),
        }
    }
}
