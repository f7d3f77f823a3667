//! Bounded caches that measure age by the wall clock: a Lambda freezes between events, which may stop its monotonic
//! clock.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// Values by key, with the time they were loaded. When the cache is full, the least recently used value is evicted.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
    capacity: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    loaded: SystemTime,
    used: SystemTime,
}

impl<V> Entry<V> {
    fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.loaded).unwrap_or(Duration::MAX)
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// Creates a cache for at most `capacity` values.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: Mutex::default(),
            capacity,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the value and its age. If the clock went backwards, the value counts as old.
    pub(crate) fn get(&self, key: &K, now: SystemTime) -> Option<(V, Duration)> {
        let mut entries = self.lock();
        let entry = entries.get_mut(key)?;
        entry.used = now;
        Some((entry.value.clone(), entry.age(now)))
    }

    /// Returns the value, without using it.
    pub(crate) fn peek(&self, key: &K) -> Option<V> {
        Some(self.lock().get(key)?.value.clone())
    }

    /// The age of a value, without using it.
    pub(crate) fn age(&self, key: &K, now: SystemTime) -> Option<Duration> {
        Some(self.lock().get(key)?.age(now))
    }

    /// Returns the keys of the values that were used since they were loaded and whose age `is_due`.
    pub(crate) fn due(&self, now: SystemTime, is_due: impl Fn(&K, Duration) -> bool) -> Vec<K> {
        let entries = self.lock();
        let due = entries.iter().filter(|(key, entry)| {
            let age = now.duration_since(entry.loaded).unwrap_or_default();
            entry.used > entry.loaded && is_due(key, age)
        });
        due.map(|(key, _)| key.clone()).collect()
    }

    /// Stores a value, evicting another if necessary.
    pub(crate) fn put(&self, key: K, value: V, now: SystemTime) {
        let mut entries = self.lock();
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            let unused = entries.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(unused) = unused.map(|(key, _)| key.clone()) {
                entries.remove(&unused);
            }
        }
        let (loaded, used) = (now, now);
        entries.insert(
            key,
            Entry {
                value,
                loaded,
                used,
            },
        );
    }

    /// Removes one value.
    pub(crate) fn remove(&self, key: &K) {
        self.lock().remove(key);
    }

    /// Removes all values.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_values_make_room_and_a_clock_that_goes_back_makes_values_old() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let cache = Cache::new(2);
        cache.put("a", 1, at(10));
        cache.put("b", 2, at(20));
        assert_eq!(cache.get(&"a", at(30)), Some((1, Duration::from_secs(20))));
        cache.put("c", 3, at(31));
        assert_eq!(cache.get(&"b", at(31)), None);
        assert_eq!(cache.get(&"a", at(1)), Some((1, Duration::MAX)));
        cache.remove(&"a");
        assert_eq!(cache.get(&"a", at(31)), None);
    }
}
