//! Cached access to secrets.

use std::{
    collections::HashMap,
    hash::BuildHasher as _,
    time::{Duration, SystemTime},
};

use futures::future::join_all;
use tokio::time::timeout;

use super::{
    AHEAD_AT_ONCE, FIRST_PATIENCE, REFRESH_PATIENCE, RETRY_STORE_AFTER, SECRETS_AHEAD_BY,
    SECRETS_REFRESH_AFTER, STALE_SERVES_FOR, Sources,
};
use crate::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::SecretError,
};

impl Sources {
    /// Refreshes the secrets that events have used and that are soon too old.
    pub(super) async fn refresh_secrets_ahead(&self, now: SystemTime) {
        let due = self.known_secrets.due(now, |(application, name), age| {
            age + SECRETS_AHEAD_BY >= self.lifetime(application, name)
        });
        let mut secrets: HashMap<ApplicationId, Vec<SecretName>> = HashMap::new();
        for (application, name) in due.into_iter().take(AHEAD_AT_ONCE) {
            if self.failure(&application, &name, now).is_none() {
                secrets.entry(application).or_default().push(name);
            }
        }
        let reads = secrets.iter().map(|(application, names)| async {
            let _ = self
                .patient_secrets(application, names, FIRST_PATIENCE, now)
                .await;
        });
        join_all(reads).await;
    }

    /// How long a secret is used without a refresh in this process.
    pub(super) fn lifetime(&self, application: &ApplicationId, name: &SecretName) -> Duration {
        let [part, ..] = self.spread.hash_one((application, name)).to_le_bytes();
        secret_lifetime(part)
    }

    /// Reads secrets from their store, bypassing the cache. Returns those that have a value.
    async fn fresh_secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
        now: SystemTime,
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let loaded = self.secrets.secrets(application, names).await?;
        for name in names {
            let key = (application.clone(), name.clone());
            self.failed_secrets.remove(&key);
            self.known_secrets.put(key, loaded.get(name).cloned(), now);
        }
        Ok(loaded)
    }

    /// Why the last read of a secret failed, if that was recent.
    fn failure(
        &self,
        application: &ApplicationId,
        name: &SecretName,
        now: SystemTime,
    ) -> Option<String> {
        let key = (application.clone(), name.clone());
        let (message, age) = self.failed_secrets.get(&key, now)?;
        (age < RETRY_STORE_AFTER).then_some(message)
    }

    /// Reads secrets from their store, and remembers a failure.
    async fn patient_secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
        patience: Duration,
        now: SystemTime,
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let load = timeout(patience, self.fresh_secrets(application, names, now));
        let loaded = load.await.unwrap_or_else(|_| {
            let message = format!("no response within {} ms", patience.as_millis());
            Err(SecretError { message })
        });
        if let Err(error) = &loaded {
            for name in names {
                let key = (application.clone(), name.clone());
                self.failed_secrets.put(key, error.message.clone(), now);
            }
        }
        loaded
    }

    /// Returns the named secrets that have a value. When the secret store fails, values read up to 15 minutes ago are
    /// used; a name without a cached value makes it an error. The store is retried only every two seconds.
    pub(crate) async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
        now: SystemTime,
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let mut values = HashMap::new();
        let mut stale = HashMap::new();
        let mut missing = Vec::new();
        for name in names {
            match self
                .known_secrets
                .get(&(application.clone(), name.clone()), now)
            {
                Some((value, age)) if age < self.lifetime(application, name) => {
                    values.extend(value.map(|value| (name.clone(), value)));
                }
                cached => {
                    stale.extend(
                        cached
                            .filter(|(_, age)| *age < STALE_SERVES_FOR)
                            .map(|known| (name.clone(), known)),
                    );
                    missing.push(name.clone());
                }
            }
        }
        if missing.is_empty() {
            return Ok(values);
        }
        let all_stale = missing.iter().all(|name| stale.contains_key(name));
        let patience = if all_stale {
            REFRESH_PATIENCE
        } else {
            FIRST_PATIENCE
        };
        let mut failures = missing
            .iter()
            .filter_map(|name| self.failure(application, name, now));
        let loaded = match failures.next() {
            Some(message) => Err(SecretError { message }),
            None => {
                self.patient_secrets(application, &missing, patience, now)
                    .await
            }
        };
        match loaded {
            Ok(loaded) => {
                values.extend(loaded);
                Ok(values)
            }
            Err(error) if all_stale => {
                tracing::warn!(application.id = %application, error = %error, "secrets cannot be read; using cached values");
                for (name, (value, age)) in stale {
                    self.staleness.served(age);
                    values.extend(value.map(|value| (name, value)));
                }
                Ok(values)
            }
            Err(error) => Err(error),
        }
    }
}

/// The lifetime of a secret in a process: [`SECRETS_REFRESH_AFTER`] less the `part` of 255 of a fifth of it.
pub fn secret_lifetime(part: u8) -> Duration {
    let most = SECRETS_REFRESH_AFTER / 5 * u32::from(part) / u32::from(u8::MAX);
    SECRETS_REFRESH_AFTER.saturating_sub(most)
}
