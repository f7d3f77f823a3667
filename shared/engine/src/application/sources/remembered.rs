//! Cached values that stand in while their store fails.

use std::{
    hash::Hash,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::timeout;

use super::{FIRST_PATIENCE, Loaded, REFRESH_PATIENCE, RETRY_STORE_AFTER};
use crate::{
    application::{cache::Cache, staleness::Staleness},
    ports::StoreError,
};

/// Cached values of one kind, and recent failures to load them.
pub(super) struct Remembered<K, V> {
    what: &'static str,
    pub(super) values: Cache<K, V>,
    /// How long a value is used without a refresh.
    refresh_after: Duration,
    failures: Cache<K, String>,
    staleness: Arc<Staleness>,
}

/// A value, and its age if it stands in for the store's.
struct Current<V> {
    value: V,
    stale: Option<Duration>,
}

impl<K: Eq + Hash + Clone, V: Clone> Remembered<K, V> {
    pub(super) fn new(
        what: &'static str,
        capacity: usize,
        refresh_after: Duration,
        staleness: &Arc<Staleness>,
    ) -> Self {
        Self {
            what,
            values: Cache::new(capacity),
            refresh_after,
            failures: Cache::new(capacity),
            staleness: staleness.clone(),
        }
    }

    pub(super) fn clear(&self) {
        self.values.clear();
        self.failures.clear();
    }

    /// Returns the value, reloaded when it is too old. While the store fails or times out, a value younger than
    /// `serves_for` is used, and the store is retried only every two seconds, so that not every event has to wait for it.
    pub(super) async fn get_or_load(
        &self,
        key: &K,
        serves_for: Duration,
        now: SystemTime,
        load: impl Future<Output = Loaded<V>>,
    ) -> Loaded<V> {
        let current = self.current(key, self.refresh_after, serves_for, now, load);
        Ok(self.used(current.await?))
    }

    /// Like [`get_or_load`](Self::get_or_load), for a use that may not come: a stale value does not count as used.
    pub(super) async fn expect(
        &self,
        key: &K,
        serves_for: Duration,
        now: SystemTime,
        load: impl Future<Output = Loaded<V>>,
    ) -> Loaded<V> {
        let current = self.current(key, self.refresh_after, serves_for, now, load);
        Ok(current.await?.value)
    }

    /// Like [`get_or_load`](Self::get_or_load), but reloads a fresh value too.
    pub(super) async fn reload(
        &self,
        key: &K,
        serves_for: Duration,
        now: SystemTime,
        load: impl Future<Output = Loaded<V>>,
    ) -> Loaded<V> {
        let current = self.current(key, Duration::ZERO, serves_for, now, load);
        Ok(self.used(current.await?))
    }

    async fn current(
        &self,
        key: &K,
        refresh_after: Duration,
        serves_for: Duration,
        now: SystemTime,
        load: impl Future<Output = Loaded<V>>,
    ) -> Loaded<Current<V>> {
        let fresh = |value| Current { value, stale: None };
        let cached = self.values.get(key, now);
        if let Some((value, age)) = &cached
            && *age < refresh_after
        {
            return Ok(fresh(value.clone()));
        }
        let stale = cached.filter(|(_, age)| *age < serves_for);
        if let Some(message) = self.failure(key, now) {
            return self.serve(stale, StoreError::Unreachable { message });
        }
        let patience = if stale.is_some() {
            REFRESH_PATIENCE
        } else {
            FIRST_PATIENCE
        };
        match timeout(patience, load).await {
            Ok(Ok(value)) => {
                self.values.put(key.clone(), value.clone(), now);
                self.failures.remove(key);
                Ok(fresh(value))
            }
            Ok(Err(StoreError::Unreachable { message })) => self.failed(key, message, stale, now),
            // An unreadable item is not an outage. The cached value may be exactly what was changed.
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let message = format!("no response within {} ms", patience.as_millis());
                self.failed(key, message, stale, now)
            }
        }
    }

    fn used(&self, Current { value, stale }: Current<V>) -> V {
        if let Some(age) = stale {
            self.staleness.served(age);
        }
        value
    }

    /// The keys of values of at least this age that were used since they were loaded, without those whose last read
    /// failed recently.
    pub(super) fn due(&self, now: SystemTime, age: Duration) -> Vec<K> {
        let mut due = self.values.due(now, |_, of| of >= age);
        due.retain(|key| self.failure(key, now).is_none());
        due
    }

    /// Remembers that a read ahead of an event failed.
    pub(super) fn note<T>(&self, key: &K, read: Loaded<T>, now: SystemTime) {
        if let Err(StoreError::Unreachable { message }) = read {
            self.failures.put(key.clone(), message, now);
        }
    }

    /// Why the last read failed, if that was recent.
    fn failure(&self, key: &K, now: SystemTime) -> Option<String> {
        let (message, age) = self.failures.get(key, now)?;
        (age < RETRY_STORE_AFTER).then_some(message)
    }

    fn failed(
        &self,
        key: &K,
        message: String,
        stale: Option<(V, Duration)>,
        now: SystemTime,
    ) -> Loaded<Current<V>> {
        self.failures.put(key.clone(), message.clone(), now);
        self.serve(stale, StoreError::Unreachable { message })
    }

    fn serve(&self, stale: Option<(V, Duration)>, error: StoreError) -> Loaded<Current<V>> {
        let Some((value, age)) = stale else {
            return Err(error);
        };
        let what = self.what;
        tracing::warn!(cache.kind = what, cache.age_ms = age.as_millis(), error = %error, "the store is unreachable; using cached {what}");
        let stale = Some(age);
        Ok(Current { value, stale })
    }
}
