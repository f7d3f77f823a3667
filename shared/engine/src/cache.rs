//! Bounded caches whose ages are wall-clock time: a Lambda freezes between events, and its monotonic clock may too.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// Values by key with the time they were loaded.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    entries: Mutex<HashMap<K, (V, SystemTime)>>,
    capacity: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// A cache that holds at most `capacity` values.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: Mutex::default(),
            capacity,
        }
    }

    /// The value and its age. A clock that went backwards makes every value old.
    pub(crate) fn get(&self, key: &K, now: SystemTime) -> Option<(V, Duration)> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, loaded) = entries.get(key)?;
        Some((
            value.clone(),
            now.duration_since(*loaded).unwrap_or(Duration::MAX),
        ))
    }

    /// Keeps a value; when there is no room, the oldest one goes.
    pub(crate) fn put(&self, key: K, value: V, now: SystemTime) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            let oldest = entries
                .iter()
                .min_by_key(|(_, (_, loaded))| *loaded)
                .map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                entries.remove(&oldest);
            }
        }
        entries.insert(key, (value, now));
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_value_makes_room_and_a_clock_that_goes_back_makes_values_old() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let cache = Cache::new(2);
        cache.put("a", 1, at(10));
        cache.put("b", 2, at(20));
        cache.put("a", 3, at(30));
        cache.put("c", 4, at(31));
        assert_eq!(cache.get(&"b", at(31)), None);
        assert_eq!(cache.get(&"a", at(35)), Some((3, Duration::from_secs(5))));
        assert_eq!(cache.get(&"a", at(1)), Some((3, Duration::MAX)));
    }
}
