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
    identifier::{ApplicationId, SecretName},
    ports::{SecretError, SecretValues},
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
            self.fresh_secrets(application, names, FIRST_PATIENCE, now)
                .await;
        });
        join_all(reads).await;
    }

    /// How long a secret is used without a refresh in this process.
    pub(super) fn lifetime(&self, application: &ApplicationId, name: &SecretName) -> Duration {
        let [part, ..] = self.spread.hash_one((application, name)).to_le_bytes();
        secret_lifetime(part)
    }

    /// Reads secrets from their store, bypassing the cache, and remembers what could be read and what could not.
    async fn fresh_secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
        patience: Duration,
        now: SystemTime,
    ) -> SecretValues {
        let load = timeout(patience, self.secrets.each_secret(application, names));
        let loaded = load.await.unwrap_or_else(|_| {
            let message = format!("no response within {} ms", patience.as_millis());
            SecretError { message }.of_all(names)
        });
        for name in names {
            let key = (application.clone(), name.clone());
            match loaded.get(name) {
                Some(Err(error)) => self.failed_secrets.put(key, error.message.clone(), now),
                value => {
                    self.failed_secrets.remove(&key);
                    let value = value.and_then(|value| value.as_ref().ok()).cloned();
                    self.known_secrets.put(key, value, now);
                }
            }
        }
        loaded
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

    /// Returns the named secrets that have a value. One that cannot be read is used as it was up to 15 minutes ago, or is an error if it
    /// was not read then, and is asked for again only after two seconds.
    pub(crate) async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
        now: SystemTime,
    ) -> SecretValues {
        let mut values = SecretValues::new();
        let mut stale = HashMap::new();
        let (mut asked, mut failed) = (Vec::new(), Vec::new());
        for name in names {
            match self
                .known_secrets
                .get(&(application.clone(), name.clone()), now)
            {
                Some((value, age)) if age < self.lifetime(application, name) => {
                    values.extend(value.map(|value| (name.clone(), Ok(value))));
                }
                cached => {
                    stale.extend(
                        cached
                            .filter(|(_, age)| *age < STALE_SERVES_FOR)
                            .map(|known| (name.clone(), known)),
                    );
                    match self.failure(application, name, now) {
                        Some(message) => failed.push((name.clone(), SecretError { message })),
                        None => asked.push(name.clone()),
                    }
                }
            }
        }
        if !asked.is_empty() {
            let patience = if asked.iter().all(|name| stale.contains_key(name)) {
                REFRESH_PATIENCE
            } else {
                FIRST_PATIENCE
            };
            let loaded = self.fresh_secrets(application, &asked, patience, now).await;
            for (name, value) in loaded {
                match value {
                    Ok(value) => {
                        values.insert(name, Ok(value));
                    }
                    Err(error) => failed.push((name, error)),
                }
            }
        }
        for (name, error) in failed {
            let Some((value, age)) = stale.remove(&name) else {
                values.insert(name, Err(error));
                continue;
            };
            tracing::warn!(application.id = %application, secret.name = %name, error = %error, "a secret cannot be read; using its cached value");
            self.staleness.served(age);
            values.extend(value.map(|value| (name, Ok(value))));
        }
        values
    }
}

/// The lifetime of a secret in a process: [`SECRETS_REFRESH_AFTER`] less the `part` of 255 of a fifth of it.
pub fn secret_lifetime(part: u8) -> Duration {
    let most = SECRETS_REFRESH_AFTER / 5 * u32::from(part) / u32::from(u8::MAX);
    SECRETS_REFRESH_AFTER.saturating_sub(most)
}
