//! Responses that could not be recorded under their idempotency key before they were sent.
//!
//! The caller already has the response, so the hooks must not run again. The record waits here until the store accepts
//! it: on Lambda it is written by the flush after each response, elsewhere by a background writer. Until then the hold in
//! the store keeps the key ([`crate::event::idempotency::HELD_FOR`]), and a repeated request that reaches this process
//! gets its response from here.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use tokio::{sync::Notify, time::timeout};

use crate::{
    event::idempotency::{IdempotencyKey, IdempotencyRecord},
    ports::{IdempotencyStore, StoreError},
};

/// Maximum number of waiting responses.
const CAPACITY: usize = 1_000;
/// Maximum total size of waiting responses as JSON, in bytes.
const BYTES: usize = 32 * 1024 * 1024;
/// How long a caller whose event is over waits for the store: a response is recorded later, a hold expires.
const CALLERS_PATIENCE: Duration = Duration::from_millis(500);

/// An idempotency store that holds responses while the store behind it fails.
pub struct LateResponses {
    store: Arc<dyn IdempotencyStore>,
    waiting: Mutex<Waiting>,
    changed: Notify,
    /// Maximum total size of the responses as JSON, in bytes.
    room: usize,
}

#[derive(Default)]
struct Waiting {
    responses: HashMap<IdempotencyKey, Late>,
    bytes: usize,
    /// Numbers the responses, to distinguish a response from its replacement.
    count: u64,
}

#[derive(Clone)]
struct Late {
    /// The key's owner according to the store.
    holder: String,
    record: IdempotencyRecord,
    bytes: usize,
    number: u64,
}

impl Waiting {
    /// Returns false when there is no room.
    fn put(
        &mut self,
        key: &IdempotencyKey,
        holder: &str,
        record: &IdempotencyRecord,
        room: usize,
    ) -> bool {
        self.remove(key);
        // Serialising strings, numbers and JSON values into memory cannot fail.
        let bytes = serde_json::to_vec(record).map_or(0, |json| json.len());
        if self.responses.len() >= CAPACITY || self.bytes + bytes > room {
            return false;
        }
        self.count += 1;
        self.bytes += bytes;
        let late = Late {
            holder: holder.to_owned(),
            record: record.clone(),
            bytes,
            number: self.count,
        };
        self.responses.insert(key.clone(), late);
        true
    }

    fn remove(&mut self, key: &IdempotencyKey) {
        if let Some(late) = self.responses.remove(key) {
            self.bytes -= late.bytes;
        }
    }

    /// Removes a response unless it was replaced.
    fn remove_this(&mut self, key: &IdempotencyKey, number: u64) {
        if self
            .responses
            .get(key)
            .is_some_and(|late| late.number == number)
        {
            self.remove(key);
        }
    }
}

impl LateResponses {
    /// Wraps a store; no responses are waiting.
    pub fn new(store: Arc<dyn IdempotencyStore>) -> Self {
        Self {
            store,
            waiting: Mutex::default(),
            changed: Notify::new(),
            room: BYTES,
        }
    }

    /// Waits until there is a response to write.
    pub async fn some(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Whether no responses are waiting.
    pub fn is_empty(&self) -> bool {
        self.lock().responses.is_empty()
    }

    /// Writes the waiting responses. When the store fails, the rest keep waiting.
    pub async fn write(&self, now: SystemTime) -> Result<(), StoreError> {
        let responses: Vec<_> = self
            .lock()
            .responses
            .iter()
            .map(|(key, late)| (key.clone(), late.clone()))
            .collect();
        for (key, late) in responses {
            let (application, stage) = (&key.application, key.stage);
            if late.record.is_expired(now) {
                self.lock().remove_this(&key, late.number);
                tracing::error!(application.id = %application, stage.id = %stage, "a response expired before it could be recorded");
                continue;
            }
            let put = self
                .store
                .put_idempotency(&key, Some(&late.holder), &late.record);
            let is_written = put.await?;
            self.lock().remove_this(&key, late.number);
            if is_written {
                tracing::info!(application.id = %application, stage.id = %stage, "a late response was recorded");
            } else {
                tracing::error!(application.id = %application, stage.id = %stage, "a late response was not recorded: its hold expired, and another request has the key");
            }
        }
        Ok(())
    }

    fn late(&self, key: &IdempotencyKey) -> Option<Late> {
        self.lock().responses.get(key).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LateResponses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LateResponses")
            .field("waiting", &self.lock().responses.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl IdempotencyStore for LateResponses {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        match self.late(key) {
            Some(late) => Ok(Some(late.record)),
            None => self.store.idempotency(key).await,
        }
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        let late = self.late(key);
        let holder = match (&late, owner) {
            (None, owner) => owner,
            (Some(late), Some(owner)) if late.record.owner == owner => Some(late.holder.as_str()),
            // A waiting response has the key, under another owner.
            (Some(_), _) => return Ok(false),
        };
        let is_response = owner == Some(record.owner.as_str()) && record.has_response();
        let put = self.store.put_idempotency(key, holder, record);
        let put = if is_response {
            patiently(put).await
        } else {
            put.await
        };
        match put {
            Ok(put) => {
                if let Some(late) = &late {
                    self.lock().remove_this(key, late.number);
                }
                Ok(put)
            }
            Err(error) => {
                if let Some(holder) = holder
                    && is_response
                {
                    if self.lock().put(key, holder, record, self.room) {
                        self.changed.notify_one();
                    } else {
                        tracing::error!(application.id = %key.application, stage.id = %key.stage, "a response was not recorded: too many are waiting");
                    }
                }
                Err(error)
            }
        }
    }

    async fn remove_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        let holder = match self.late(key) {
            Some(late) if late.record.owner == owner => {
                self.lock().remove_this(key, late.number);
                late.holder
            }
            _ => owner.to_owned(),
        };
        patiently(self.store.remove_idempotency(key, &holder)).await
    }
}

/// Waits for the store as long as a caller may.
async fn patiently<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(CALLERS_PATIENCE, answer).await.unwrap_or_else(|_| {
        let message = format!("no response within {} ms", CALLERS_PATIENCE.as_millis());
        Err(StoreError::Unreachable { message })
    })
}
