//! The key that seals continuation tokens on a laptop.

use async_trait::async_trait;
use hookpoint_engine::ports::{ContinuationKeySource, ContinuationKeys, SecretError};
use tokio::sync::OnceCell;

use crate::store::LocalStore;

/// One key, created at first use and kept in the store, so that tokens outlive the process. It is never rotated; a new
/// store has a new key.
#[derive(Debug)]
pub struct LocalContinuationKeys {
    store: LocalStore,
    keys: OnceCell<ContinuationKeys>,
}

impl LocalContinuationKeys {
    /// Reads the key from this store, or creates it there at first use.
    pub fn new(store: LocalStore) -> Self {
        Self {
            store,
            keys: OnceCell::new(),
        }
    }
}

#[async_trait]
impl ContinuationKeySource for LocalContinuationKeys {
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError> {
        let made = || async {
            Ok(ContinuationKeys {
                current: self.store.continuation_key().await?,
                previous: None,
            })
        };
        self.keys.get_or_try_init(made).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_process_gets_the_same_key_and_every_store_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let key = async || {
            // A new connection each time, as in another process.
            let store = LocalStore::open(&directory.path().join("a")).unwrap();
            let keys = LocalContinuationKeys::new(store);
            keys.continuation_keys().await.unwrap().current
        };
        let (first, second) = tokio::join!(key(), key());
        assert_eq!(first, second);
        assert_eq!(first, key().await);
        assert_eq!(first.expose().len(), 64, "32 bytes in hexadecimal");
        let other = LocalStore::open(&directory.path().join("b")).unwrap();
        let other = LocalContinuationKeys::new(other);
        assert_ne!(first, other.continuation_keys().await.unwrap().current);
    }
}
