//! Secrets and continuation keys in memory.

use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;

use crate::{
    confidential::secret::Secret,
    identifier::{ApplicationId, SecretName},
    ports::{ContinuationKeySource, ContinuationKeys, SecretError, SecretSource, SecretValues},
};

/// Shared secrets, and those of single applications.
#[derive(Debug, Default)]
pub struct FixedSecrets(Mutex<HashMap<(Option<ApplicationId>, SecretName), Value>>);

type Value = Result<Secret, SecretError>;

impl FixedSecrets {
    /// Creates shared secrets from names and values.
    pub fn shared(secrets: &[(&str, &str)]) -> Self {
        let fixed = Self::default();
        for (name, value) in secrets {
            fixed.set(None, name, value);
        }
        fixed
    }

    /// Sets the value of a secret: an application's own, or a shared one.
    pub fn set(&self, application: Option<&ApplicationId>, name: &str, value: &str) {
        let key = (application.cloned(), name.parse().unwrap());
        self.0.lock().unwrap().insert(key, Ok(Secret::new(value)));
    }

    /// Makes a shared secret one that cannot be read.
    pub fn make_unreadable(&self, name: &str) {
        let message = format!("secret `{name}` is binary");
        let key = (None, name.parse().unwrap());
        self.0
            .lock()
            .unwrap()
            .insert(key, Err(SecretError { message }));
    }
}

#[async_trait]
impl SecretSource for FixedSecrets {
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError> {
        let values = self.each_secret(application, names).await.into_iter();
        values.map(|(name, value)| Ok((name, value?))).collect()
    }

    async fn each_secret(&self, application: &ApplicationId, names: &[SecretName]) -> SecretValues {
        let secrets = self.0.lock().unwrap();
        let value = |name: &SecretName| {
            secrets
                .get(&(Some(application.clone()), name.clone()))
                .or_else(|| secrets.get(&(None, name.clone())))
                .map(|secret| (name.clone(), secret.clone()))
        };
        names.iter().filter_map(value).collect()
    }
}

/// Continuation keys that tests can rotate.
#[derive(Debug)]
pub struct FixedContinuationKeys(Mutex<ContinuationKeys>);

impl Default for FixedContinuationKeys {
    fn default() -> Self {
        Self::new("a continuation key of a test, long enough to seal with")
    }
}

impl FixedContinuationKeys {
    /// Creates keys with no previous one.
    pub fn new(current: &str) -> Self {
        Self(Mutex::new(ContinuationKeys {
            current: Secret::new(current),
            previous: None,
        }))
    }

    /// Makes `next` the current key, and the current one the previous.
    pub fn rotate(&self, next: &str) {
        let mut keys = self.0.lock().unwrap();
        keys.previous = Some(std::mem::replace(&mut keys.current, Secret::new(next)));
    }
}

#[async_trait]
impl ContinuationKeySource for FixedContinuationKeys {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        Ok(self.0.lock().unwrap().clone())
    }
}
