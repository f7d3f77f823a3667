//! Cached access to the keys that seal continuations and fingerprint bodies. They are kept as long as secrets.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::timeout;

use super::{FIRST_PATIENCE, Loaded, SECRETS_AHEAD_BY, STALE_SERVES_FOR, Sources, secret_lifetime};
use crate::ports::{ContinuationKeys, SecretError, StoreError};

impl Sources {
    /// The keys.
    pub(crate) async fn continuation_keys(
        &self,
        now: SystemTime,
    ) -> Result<Arc<ContinuationKeys>, SecretError> {
        let keys = self.known_continuation_keys.get_or_load(
            &(),
            STALE_SERVES_FOR,
            now,
            self.load_continuation_keys(),
        );
        keys.await.map_err(unreadable)
    }

    /// The keys, read again however fresh those are that are known; also returns whether that was possible.
    pub(crate) async fn renewed_continuation_keys(
        &self,
        now: SystemTime,
    ) -> Result<(Arc<ContinuationKeys>, bool), SecretError> {
        let keys = self.known_continuation_keys.reload(
            &(),
            STALE_SERVES_FOR,
            now,
            self.load_continuation_keys(),
        );
        let keys = keys.await.map_err(unreadable)?;
        let age = self.known_continuation_keys.values.age(&(), now);
        let is_new = age.is_some_and(|age| age.is_zero());
        Ok((keys, is_new))
    }

    /// Whether keys are known that need no refresh.
    pub(crate) fn has_continuation_keys(&self, now: SystemTime) -> bool {
        let age = self.known_continuation_keys.values.age(&(), now);
        age.is_some_and(|age| age < lifetime(&self.spread))
    }

    /// Reads the keys again if events have used them and they are soon too old.
    pub(super) async fn refresh_continuation_keys_ahead(&self, now: SystemTime) {
        let age = lifetime(&self.spread).saturating_sub(SECRETS_AHEAD_BY);
        if self.known_continuation_keys.due(now, age).is_empty() {
            return;
        }
        let load = timeout(FIRST_PATIENCE, self.load_continuation_keys());
        let read = load.await.unwrap_or_else(|_| {
            let message = format!("no response within {} ms", FIRST_PATIENCE.as_millis());
            Err(StoreError::Unreachable { message })
        });
        if let Ok(keys) = &read {
            let values = &self.known_continuation_keys.values;
            values.put((), keys.clone(), now);
        }
        self.known_continuation_keys.note(&(), read, now);
    }

    async fn load_continuation_keys(&self) -> Loaded<Arc<ContinuationKeys>> {
        let keys = self.continuation_keys.continuation_keys().await;
        let unreachable = |SecretError { message }| StoreError::Unreachable { message };
        keys.map(Arc::new).map_err(unreachable)
    }
}

/// How long the keys are used without a refresh in this process.
pub(super) fn lifetime(spread: &RandomState) -> Duration {
    let [part, ..] = spread.hash_one("continuation keys").to_le_bytes();
    secret_lifetime(part)
}

fn unreadable(error: StoreError) -> SecretError {
    let message = match error {
        StoreError::Unreachable { message } => message,
        other => other.to_string(),
    };
    SecretError { message }
}
