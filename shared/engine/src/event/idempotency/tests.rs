//! The state of a key over time.

use serde_json::json;

use super::*;
use crate::testing::{Flaky, MemoryIdempotency};

const BODY: &[u8] = b"{\"eventType\":\"beforeRegistration\"}";

/// A store, with the keys for fingerprints.
struct Stand {
    store: MemoryIdempotency,
    keys: ContinuationKeys,
    now: SystemTime,
}

impl Stand {
    fn new() -> Self {
        Self {
            store: MemoryIdempotency::default(),
            keys: ContinuationKeys {
                current: Secret::new("a key of a test"),
                previous: None,
            },
            now: time_of(1_700_000_000_000),
        }
    }

    async fn take(&self, body: &[u8]) -> Found<'_> {
        take(&self.store, key("k"), body, &self.keys, self.now)
            .await
            .unwrap()
    }

    async fn fresh(&self) -> Box<Hold<'_>> {
        match self.take(BODY).await {
            Found::Fresh(hold) => hold,
            other => panic!("{}", name(&other)),
        }
    }

    async fn finds(&self, body: &[u8]) -> &'static str {
        name(&self.take(body).await)
    }
}

fn key(key: &str) -> IdempotencyKey {
    IdempotencyKey {
        stage: Stage::BeforeRegistration,
        application: "shop".parse().unwrap(),
        key: key.to_owned(),
    }
}

fn name(found: &Found<'_>) -> &'static str {
    match found {
        Found::Fresh(_) => "fresh",
        Found::Unfinished(..) => "unfinished",
        Found::Done(_) => "done",
        Found::InProgress(_) => "in progress",
        Found::Reused(_) => "reused",
    }
}

fn response(pending: Option<PendingJobs>) -> RecordedResponse {
    let body = json!({"context": {"tier": "gold"}});
    RecordedResponse {
        status: 200,
        body: body.as_object().unwrap().clone(),
        pending,
    }
}

fn pending() -> PendingJobs {
    let job = PendingJob {
        delivery: "msg_1".parse().unwrap(),
        target: Target::Application("shop".parse().unwrap()),
        binding: "mail".parse().unwrap(),
        hook: HookReference {
            name: "mail".parse().unwrap(),
            version: 2,
            sha256: "ab".repeat(32),
        },
    };
    PendingJobs {
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
        accepted: 1_700_000_000_000,
        jobs: vec![job],
        redactions: None,
    }
}

#[tokio::test]
async fn an_answer_is_replayed_for_an_hour_and_then_forgotten() {
    let mut stand = Stand::new();
    let mut hold = stand.fresh().await;
    assert!(hold.record(response(None)).await.unwrap());
    drop(hold);
    let taken = stand.now;
    stand.now = taken + REPLAYED_FOR - Duration::from_millis(1);
    let Found::Done(found) = stand.take(BODY).await else {
        panic!("it is done");
    };
    assert_eq!(found, response(None));
    assert_eq!(stand.finds(b"{}").await, "reused");
    stand.now += Duration::from_millis(1);
    // From then on even another body may use the key.
    assert_eq!(stand.finds(b"{}").await, "fresh");
    assert_eq!(stand.finds(BODY).await, "reused");
}

#[tokio::test]
async fn a_request_that_died_before_its_hooks_ran_blocks_the_key_until_its_deadline_exactly() {
    let mut stand = Stand::new();
    drop(stand.fresh().await);
    stand.now += Duration::from_secs(1);
    let Found::InProgress(left) = stand.take(BODY).await else {
        panic!("not in progress");
    };
    assert_eq!(left, HELD_FOR.saturating_sub(Duration::from_secs(1)));
    assert_eq!(stand.finds(b"{}").await, "reused");
    stand.now += HELD_FOR.saturating_sub(Duration::from_millis(1_001));
    assert_eq!(stand.finds(BODY).await, "in progress");
    stand.now += Duration::from_millis(1);
    let second = stand.fresh().await;
    // The first request, if still alive, has lost the key.
    assert_eq!(stand.finds(BODY).await, "in progress");
    drop(second);
}

#[tokio::test]
async fn a_hold_that_was_taken_over_records_nothing_and_removes_nothing() {
    let mut stand = Stand::new();
    let early = stand.now;
    let store = &stand.store;
    let keys = &stand.keys;
    let take_at = async |now| take(store, key("k"), BODY, keys, now).await.unwrap();
    let Found::Fresh(mut first) = take_at(early).await else {
        panic!("the key is not new");
    };
    let Found::Fresh(mut second) = take_at(early + HELD_FOR).await else {
        panic!("the first hold has not expired");
    };
    assert!(!first.record(response(None)).await.unwrap());
    first.record.response = None;
    first.release().await.unwrap();
    assert!(second.record(response(None)).await.unwrap());
    stand.now += HELD_FOR;
    assert_eq!(stand.finds(BODY).await, "done");
}

#[tokio::test]
async fn a_request_that_died_before_its_deliveries_were_queued_leaves_that_to_a_retry() {
    let mut stand = Stand::new();
    let mut hold = stand.fresh().await;
    assert!(hold.record(response(Some(pending()))).await.unwrap());
    drop(hold);
    assert_eq!(stand.finds(BODY).await, "in progress");
    stand.now += HELD_FOR;
    assert_eq!(stand.finds(b"{}").await, "reused");
    for _ in 0..2 {
        let Found::Unfinished(hold, found) = stand.take(BODY).await else {
            panic!("not unfinished");
        };
        assert_eq!(found, response(Some(pending())));
        // Releasing an unfinished hold leaves it to the next request at once.
        hold.release().await.unwrap();
    }
    let Found::Unfinished(mut hold, _) = stand.take(BODY).await else {
        panic!("not unfinished");
    };
    assert_eq!(stand.finds(BODY).await, "in progress");
    assert!(hold.finish().await.unwrap());
    let Found::Done(found) = stand.take(BODY).await else {
        panic!("it is done");
    };
    assert_eq!(found, response(None));
}

#[tokio::test]
async fn a_request_whose_event_was_not_answered_leaves_no_trace() {
    let stand = Stand::new();
    stand.fresh().await.release().await.unwrap();
    assert!(stand.store.is_empty());
    assert_eq!(stand.finds(b"another body").await, "fresh");
}

#[tokio::test]
async fn of_many_who_find_a_hold_that_ran_out_one_takes_it_over() {
    let mut stand = Stand::new();
    drop(stand.fresh().await);
    stand.now += HELD_FOR;
    let found = futures::future::join_all((0..8).map(|_| stand.take(BODY))).await;
    let fresh = found.iter().filter(|found| name(found) == "fresh").count();
    let waiting = found.iter().filter(|found| name(found) == "in progress");
    assert_eq!((fresh, waiting.count()), (1, 7));
}

/// Changes the owner between a read and a write.
struct Contended(MemoryIdempotency);

#[async_trait::async_trait]
impl IdempotencyStore for Contended {
    async fn idempotency(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let stored = self.0.idempotency(key).await?;
        if let Some(stored) = &stored {
            let taken = IdempotencyRecord {
                owner: "another".to_owned(),
                ..stored.clone()
            };
            self.0
                .put_idempotency(key, Some(&stored.owner), &taken)
                .await?;
        }
        Ok(stored)
    }

    async fn put_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: Option<&str>,
        record: &IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        self.0.put_idempotency(key, owner, record).await
    }

    async fn remove_idempotency(
        &self,
        key: &IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        self.0.remove_idempotency(key, owner).await
    }
}

#[tokio::test]
async fn who_reads_a_hold_that_ran_out_and_is_too_late_to_take_it_waits() {
    let stand = Stand::new();
    let store = Contended(MemoryIdempotency::default());
    for (now, expected) in [(stand.now, "fresh"), (stand.now + HELD_FOR, "in progress")] {
        let found = take(&store, key("k"), BODY, &stand.keys, now).await;
        assert_eq!(name(&found.unwrap()), expected);
    }
}

#[tokio::test]
async fn a_fingerprint_survives_one_rotation_of_its_key_and_tells_nothing_of_the_body() {
    let mut stand = Stand::new();
    let mut hold = stand.fresh().await;
    hold.record(response(None)).await.unwrap();
    drop(hold);
    let rotate = |stand: &mut Stand, next: &str| {
        stand.keys = ContinuationKeys {
            current: Secret::new(next),
            previous: Some(stand.keys.current.clone()),
        };
    };
    rotate(&mut stand, "the next key");
    assert_eq!(stand.finds(BODY).await, "done");
    assert_eq!(stand.finds(b"{}").await, "reused");
    rotate(&mut stand, "the one after it");
    // The body can no longer be verified: rejecting it is better than returning a response to another body.
    assert_eq!(stand.finds(BODY).await, "reused");

    let fingerprint =
        |key: &IdempotencyKey, body: &[u8]| super::fingerprint(&stand.keys.current, key, body);
    let of_shop = fingerprint(&key("k"), BODY);
    let other = IdempotencyKey {
        application: "bot".parse().unwrap(),
        ..key("k")
    };
    assert_ne!(
        of_shop,
        fingerprint(&other, BODY),
        "bodies cannot be compared across applications"
    );
    assert_eq!(of_shop.len(), 43);
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_and_never_a_fresh_key() {
    let stand = Stand::new();
    for failing in 1..=3 {
        let store = Flaky::new(MemoryIdempotency::default()).failing_call(failing + 1);
        let first = take(&store, key("k"), BODY, &stand.keys, stand.now).await;
        assert_eq!(name(&first.unwrap()), "fresh");
        let later = stand.now + HELD_FOR;
        let second = take(&store, key("k"), BODY, &stand.keys, later).await;
        assert!(second.is_err(), "call {failing} of the second request");
    }
}

#[test]
fn a_record_may_be_deleted_when_it_means_nothing_and_not_before() {
    let record: IdempotencyRecord = serde_json::from_value(json!({
        "owner": "a", "fingerprint": "", "heldUntil": 1_000, "expires": 5_001,
    }))
    .unwrap();
    assert_eq!(record.expires_seconds(), 6);
    assert!(!record.is_expired(time_of(5_000)));
    assert!(record.is_expired(time_of(5_001)));
}
