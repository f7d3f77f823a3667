//! Idempotency keys: an event that is posted twice runs its hooks once.
//!
//! A request *holds* its key while its event runs, for longer than any response takes. When the hooks ran but their
//! deliveries are not all queued yet, the remaining work is stored, so that a retry does only that. Then the response is
//! stored and replayed for an hour. A request that finds an expired hold takes it over. Expiry is checked here, on
//! read, because stores may keep records for longer.
//!
//! A continuation token is a key as well, and is used once.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    application::binding::Target,
    confidential::secret::Secret,
    hook::HookReference,
    identifier::{ApplicationId, BindingId, DeliveryId},
    ports::{ContinuationKeys, IdempotencyStore, StoreError},
    timestamp::{milliseconds, time_of},
};

/// How long a response can be replayed.
pub const REPLAYED_FOR: Duration = Duration::from_hours(1);
/// How long a request holds its key: three times Lambda's timeout of a stage (10 s), so that no other request runs the
/// hooks meanwhile, and a response that could not be recorded in time is recorded later
/// ([`crate::event::late_responses`]). After a crash, a retry has to wait as long.
pub const HELD_FOR: Duration = Duration::from_secs(30);
/// Maximum length of a key, in bytes.
pub const KEY_LIMIT: usize = 255;

/// A key, scoped to an application and stage.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The stage that was posted to.
    pub stage: Stage,
    /// The application that posted.
    pub application: ApplicationId,
    /// The caller's key in printable ASCII, or for a continuation token a name of our own, which is not ASCII.
    pub key: String,
}

impl IdempotencyKey {
    /// The key for a continuation token. Callers cannot choose it, and it does not reveal the token.
    pub fn of_continuation(stage: Stage, application: ApplicationId, token: &str) -> Self {
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
        Self {
            stage,
            application,
            key: format!("§continuation:{digest}"),
        }
    }
}

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdempotencyRecord {
    /// The request that wrote it.
    pub owner: String,
    /// HMAC of the body: bodies can hold passwords.
    fingerprint: String,
    /// When the hold expires, in milliseconds since 1970.
    held_until: u64,
    /// When the record expires, in milliseconds since 1970.
    expires: u64,
    /// The response, once the hooks have run.
    #[serde(rename = "answer", default, skip_serializing_if = "Option::is_none")]
    response: Option<RecordedResponse>,
}

/// The outcome of an event's hooks.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedResponse {
    /// 200 or 202.
    pub status: u16,
    /// The body.
    pub body: Map<String, Value>,
    /// Deliveries that are still to be queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingJobs>,
}

impl fmt::Debug for RecordedResponse {
    /// Omits the body: hooks may have put anything into it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecordedResponse")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Promised deliveries that may not be in the queue.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    missing_debug_implementations,
    reason = "the effects may contain personal data"
)]
pub struct PendingJobs {
    /// The correlation id of their event.
    pub correlation_id: String,
    /// When the event was accepted, in milliseconds since 1970.
    pub accepted: u64,
    /// The deliveries.
    pub jobs: Vec<PendingJob>,
    /// Merge patch (RFC 7396) that redacts the posted event, with the response applied, before it is queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redactions: Option<Value>,
}

/// One promised delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingJob {
    /// Its id, which makes a repetition recognisable.
    pub delivery: DeliveryId,
    /// What the binding is attached to.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook version.
    pub hook: HookReference,
}

impl IdempotencyRecord {
    /// The earliest time a store may delete the record, in seconds since 1970: never before it expires.
    pub fn expires_seconds(&self) -> u64 {
        self.expires.div_ceil(1_000)
    }

    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        now >= time_of(self.expires)
    }

    pub(crate) fn has_response(&self) -> bool {
        self.response.is_some()
    }

    fn is_held(&self, now: SystemTime) -> bool {
        now < time_of(self.held_until)
    }
}

/// The state of a key when a request tries to take it.
pub(crate) enum Found<'a> {
    /// Free: this request runs the hooks.
    Fresh(Box<Hold<'a>>),
    /// The hooks ran, but not everything is queued: this request has to finish that.
    Unfinished(Box<Hold<'a>>, RecordedResponse),
    /// The response is complete.
    Done(RecordedResponse),
    /// Held by another request, for at most this long.
    InProgress(Duration),
    /// Used with another body, which got a response, or is held for at most this long.
    Reused(Option<Duration>),
}

/// A key held by one request.
pub(crate) struct Hold<'a> {
    store: &'a dyn IdempotencyStore,
    key: IdempotencyKey,
    record: IdempotencyRecord,
}

/// Takes a key for a body, or returns its current state.
pub(crate) async fn take<'a>(
    store: &'a dyn IdempotencyStore,
    key: IdempotencyKey,
    body: &[u8],
    keys: &ContinuationKeys,
    now: SystemTime,
) -> Result<Found<'a>, StoreError> {
    let record = IdempotencyRecord {
        owner: uuid::Uuid::new_v4().simple().to_string(),
        fingerprint: fingerprint(&keys.current, &key, body),
        held_until: milliseconds(now + HELD_FOR),
        expires: milliseconds(now + REPLAYED_FOR),
        response: None,
    };
    // Most keys are new and need only this write.
    if store.put_idempotency(&key, None, &record).await? {
        return Ok(Found::Fresh(Box::new(Hold { store, key, record })));
    }
    let Some(stored) = store.idempotency(&key).await? else {
        // It was there a moment ago and has just been released.
        return Ok(Found::InProgress(Duration::ZERO));
    };
    let is_live = !stored.is_expired(now);
    let is_same = [Some(&keys.current), keys.previous.as_ref()]
        .into_iter()
        .flatten()
        .any(|secret| is_equal(&stored.fingerprint, &fingerprint(secret, &key, body)));
    let left = time_of(stored.held_until).duration_since(now);
    let left = left.unwrap_or_default();
    if is_live && (stored.response.is_some() || stored.is_held(now)) && !is_same {
        return Ok(Found::Reused(stored.response.is_none().then_some(left)));
    }
    let response = match stored.response {
        Some(response) if is_live && response.pending.is_none() => {
            return Ok(Found::Done(response));
        }
        _ if is_live && stored.is_held(now) => {
            return Ok(Found::InProgress(left));
        }
        response => response.filter(|_| is_live),
    };
    let record = IdempotencyRecord {
        response: response.clone(),
        ..record
    };
    if !store
        .put_idempotency(&key, Some(&stored.owner), &record)
        .await?
    {
        return Ok(Found::InProgress(HELD_FOR));
    }
    let hold = Box::new(Hold { store, key, record });
    Ok(match response {
        Some(response) => Found::Unfinished(hold, response),
        None => Found::Fresh(hold),
    })
}

impl Hold<'_> {
    /// Stores the response and keeps the hold. Returns whether this request still held the key.
    pub(crate) async fn record(&mut self, response: RecordedResponse) -> Result<bool, StoreError> {
        self.record.response = Some(response);
        self.put().await
    }

    /// Stores that the deliveries are queued. Returns whether this request still held the key.
    pub(crate) async fn finish(&mut self) -> Result<bool, StoreError> {
        if let Some(response) = &mut self.record.response {
            response.pending = None;
        }
        self.put().await
    }

    /// Releases the key, so that a retry need not wait. Keeps what is recorded; removes the record when the hooks did
    /// not run.
    pub(crate) async fn release(mut self) -> Result<(), StoreError> {
        if self.record.response.is_none() {
            return self
                .store
                .remove_idempotency(&self.key, &self.record.owner)
                .await;
        }
        self.record.held_until = 0;
        self.put().await.map(|_| ())
    }

    async fn put(&self) -> Result<bool, StoreError> {
        let owner = Some(self.record.owner.as_str());
        self.store
            .put_idempotency(&self.key, owner, &self.record)
            .await
    }
}

/// A fingerprint of the body that only a holder of the secret can compute.
fn fingerprint(secret: &Secret, key: &IdempotencyKey, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(b"hookpoint idempotency fingerprint v1\0");
    mac.update(key.stage.id().as_bytes());
    mac.update(b"\0");
    mac.update(key.application.as_str().as_bytes());
    mac.update(b"\0");
    mac.update(body);
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

fn is_equal(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
