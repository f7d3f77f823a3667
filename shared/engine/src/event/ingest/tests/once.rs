//! Events with an idempotency key: hooks run once, and the answer is replayed.

use std::{sync::atomic::AtomicUsize, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{
    application::binding::Mode,
    delivery::job::Job,
    ports::{JobQueue, QueueError},
    testing::MemoryQueue,
};

const EITHER: Stage = Stage::AfterRegistration;

/// A synchronous hook that leaks a secret, and an asynchronous one.
fn mixed() -> Stand {
    mixed_answering(Value::Null)
}

/// Like [`mixed`], with the given response.
fn mixed_answering(response: Value) -> Stand {
    let mut wishes = Wishes::new().webhook("mail");
    let url = crate::hook::template::Template::parse("https://crm.example.com/crm").unwrap();
    let crm = crate::hook::WebhookHook {
        url,
        headers: vec![(
            "x-token".to_owned(),
            crate::hook::template::Template::parse("{Token:Secret}").unwrap(),
        )],
        signing_secrets: Vec::new(),
    };
    wishes.hook("crm", crate::hook::Implementation::Webhook(crm), &["Token"]);
    wishes
        .bind(EITHER, "crm", 1)
        .bind_with(EITHER, "mail", 2, |binding| {
            binding.mode = Mode::Asynchronous;
        })
        .answering(move |_, call| {
            let mut response = response.clone();
            if response.is_null() {
                response = json!({"context": {"tier": "gold", "leaked": call.headers[0].1}});
            }
            Answer::json(&response)
        })
}

fn with_queue(stand: Stand, queue: Arc<dyn JobQueue>) -> Stand {
    stand.over(|ports| ports.queue = queue)
}

/// Posts the example of a stage with additional context.
async fn post_keyed(
    stand: &Stand,
    stage: Stage,
    more: Value,
    key: &str,
) -> (u16, Value, IngestResponse) {
    let ingest_key = add_key(stand, "shop", None);
    stand.engine.forget();
    let sent = headers(&[
        ("authorization", &format!("Bearer {ingest_key}")),
        ("content-type", "application/json"),
        ("Idempotency-Key", key),
    ]);
    let mut event = stage.example();
    crate::pass::merge::apply_patch(&mut event, &json!({ "context": more }));
    let body = event.to_string();
    post(stand, "shop", &stage.name(), &sent, body.as_bytes()).await
}

fn replayed(response: &IngestResponse) -> bool {
    header(response, "idempotent-replayed") == Some("true")
}

fn jobs(stand: &Stand) -> Vec<Job> {
    stand.queue.inner().jobs()
}

#[tokio::test]
async fn an_event_that_comes_again_gets_the_same_answer_and_runs_nothing() {
    let mut stand = mixed();
    let (status, first, response) = post_keyed(&stand, EITHER, json!({}), "order-1").await;
    assert_eq!((status, replayed(&response)), (200, false));
    stand.now += Duration::from_mins(59);
    // Bare and quoted mean the same key.
    for key in ["order-1", "\"order-1\"", " order-1 "] {
        let (status, again, response) = post_keyed(&stand, EITHER, json!({}), key).await;
        assert_eq!((status, &again), (200, &first));
        assert!(replayed(&response));
        assert_eq!(header(&response, "server-timing"), None);
        assert!(header(&response, "nlx-correlation-id").is_some());
    }
    assert_eq!((stand.called().len(), jobs(&stand).len()), (1, 1));
    let (status, _, _) = post_keyed(&stand, EITHER, json!({}), "order-2").await;
    assert_eq!(
        (status, stand.called().len(), jobs(&stand).len()),
        (200, 2, 2)
    );
    stand.now += Duration::from_mins(1);
    let (_, _, response) = post_keyed(&stand, EITHER, json!({}), "order-1").await;
    assert!(!replayed(&response), "an hour has passed");
    assert_eq!(stand.called().len(), 3);
}

#[tokio::test]
async fn a_202_is_replayed_as_a_202() {
    let stage = Stage::AfterMfaChange;
    let stand = Wishes::new().webhook("mail").bind(stage, "mail", 1).quiet();
    for expected in [false, true] {
        let (status, body, response) = post_keyed(&stand, stage, json!({}), "k").await;
        assert_eq!((status, body), (202, json!({"queued": 1})));
        assert_eq!(replayed(&response), expected);
    }
    assert_eq!(jobs(&stand).len(), 1);
}

#[tokio::test]
async fn a_key_with_another_body_is_refused() {
    let stand = mixed();
    post_keyed(&stand, EITHER, json!({}), "k").await;
    let (status, problem, _) = post_keyed(&stand, EITHER, json!({"other": 1}), "k").await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("idempotency-key-reused"))
    );
    assert_eq!(stand.called().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_one_runs_and_the_other_is_asked_to_retry() {
    let stand = Wishes::new()
        .webhook("crm")
        .bind(EITHER, "crm", 1)
        .answering(|_, _| Answer::json(&json!({})).after(Duration::from_secs(1)));
    let both = futures::join!(
        post_keyed(&stand, EITHER, json!({}), "k"),
        post_keyed(&stand, EITHER, json!({}), "k"),
    );
    let ((first, ..), (second, problem, response)) = both;
    assert_eq!((first, second), (200, 409));
    assert_eq!(problem["code"], "idempotency-key-in-progress");
    assert_eq!(header(&response, "retry-after"), Some("1"));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("30000 ms"), "{detail}");
    assert_eq!(stand.called().len(), 1);
}

#[tokio::test]
async fn when_the_queue_was_down_a_retry_only_queues() {
    let stand = mixed();
    stand.queue.set_down(true);
    for _ in 0..2 {
        let (status, problem, response) = post_keyed(&stand, EITHER, json!({}), "k").await;
        assert_eq!(
            (status, &problem["code"]),
            (503, &json!("queue-unavailable"))
        );
        assert_eq!(header(&response, "retry-after"), Some("2"));
        assert_eq!(stand.called(), ["crm"]);
    }
    stand.queue.set_down(false);
    for _ in 0..2 {
        let (status, body, response) = post_keyed(&stand, EITHER, json!({}), "k").await;
        let expected = json!({"context": {"tier": "gold", "leaked": "s3cr3t"}});
        assert_eq!((status, body), (200, expected));
        assert!(replayed(&response));
    }
    assert_eq!(stand.called(), ["crm"]);
    let queued = jobs(&stand);
    assert_eq!(queued.len(), 1);
    // The job equals the one that would have been queued at first: with the effects, without the secret in them.
    let direct = mixed();
    post_keyed(&direct, EITHER, json!({}), "k").await;
    assert_eq!(queued[0].event, jobs(&direct)[0].event);
    assert_eq!(queued[0].event["context"]["leaked"], "[redacted]");
    // Without a key the events cannot be recognised as the same.
    stand.queue.set_down(true);
    for expected in [2, 3] {
        let event = EITHER.example();
        let event = Event::parse(EITHER, event.to_string().as_bytes()).unwrap();
        let arrival = Arrival {
            correlation_id: new_correlation_id(),
            traceparent: None,
            now: stand.now,
            received: Instant::now(),
        };
        let shop = "shop".parse().unwrap();
        let problem = stand
            .engine
            .run_without_key(&shop, &event, &arrival)
            .await
            .unwrap_err();
        assert_eq!(problem.code, ErrorCode::QueueUnavailable);
        assert_eq!(stand.called().len(), expected);
    }
}

/// Limits records to the size of a DynamoDB item.
#[derive(Default)]
struct Narrow(crate::testing::MemoryIdempotency);

#[async_trait::async_trait]
impl crate::ports::IdempotencyStore for Narrow {
    async fn idempotency(
        &self,
        key: &crate::event::idempotency::IdempotencyKey,
    ) -> Result<Option<crate::event::idempotency::IdempotencyRecord>, StoreError> {
        self.0.idempotency(key).await
    }

    async fn put_idempotency(
        &self,
        key: &crate::event::idempotency::IdempotencyKey,
        owner: Option<&str>,
        record: &crate::event::idempotency::IdempotencyRecord,
    ) -> Result<bool, StoreError> {
        let size = serde_json::to_vec(record).unwrap().len();
        assert!(size <= 390 * 1024, "{size} bytes");
        self.0.put_idempotency(key, owner, record).await
    }

    async fn remove_idempotency(
        &self,
        key: &crate::event::idempotency::IdempotencyKey,
        owner: &str,
    ) -> Result<(), StoreError> {
        self.0.remove_idempotency(key, owner).await
    }
}

#[tokio::test]
async fn the_largest_answer_full_of_secrets_is_recorded_and_its_hooks_run_once() {
    // One text, many texts, many names. When little has to be hidden, the job shows the rest; when much has to be,
    // nothing.
    let many = |number: usize, of: fn(usize) -> (String, Value)| -> Value {
        (0..number).map(of).collect()
    };
    let cases = [
        (
            json!({"text": format!("s3cr3t {}", "x".repeat(50_000)), "rest": "y".repeat(190_000)}),
            true,
        ),
        (
            json!({"text": format!("s3cr3t {}", "x".repeat(250_000)), "rest": "y"}),
            false,
        ),
        (
            many(10_000, |number| {
                (format!("member-{number}"), json!("s3cr3t"))
            }),
            false,
        ),
        (
            many(10_000, |number| {
                (format!("s3cr3t-{number}"), json!({"a": null}))
            }),
            false,
        ),
    ];
    for (session, shows_rest) in cases {
        let mut stand = mixed_answering(json!({ "session": session }));
        let store = Arc::new(Narrow::default());
        stand = stand.over(|ports| ports.idempotency = store);
        stand.queue.set_down(true);
        assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 503);
        stand.queue.set_down(false);
        let (status, body, _) = post_keyed(&stand, EITHER, json!({}), "k").await;
        assert_eq!((status, body["session"] == session), (200, true));
        assert_eq!((stand.called().len(), jobs(&stand).len()), (1, 1));
        let event = &jobs(&stand)[0].event;
        assert!(!jobs(&stand)[0].to_json().contains("s3cr3t"));
        assert_eq!(
            event["session"]["rest"] == session["rest"] && shows_rest,
            shows_rest
        );
        assert_eq!(event["eventType"], EITHER.id());
        assert_eq!(event["session"] == "[redacted]", !shows_rest);
    }
}

/// Accepts the jobs of its first call, but returns an error.
#[derive(Default)]
struct Forgetful {
    inner: MemoryQueue,
    calls: AtomicUsize,
}

#[async_trait::async_trait]
impl JobQueue for Forgetful {
    async fn enqueue(&self, jobs: &[Job], now: SystemTime) -> Result<(), QueueError> {
        self.inner.enqueue(jobs, now).await?;
        match self.calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Err(QueueError {
                message: "the response was lost".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_delivery_that_is_queued_again_keeps_its_id() {
    let queue = Arc::new(Forgetful::default());
    let stand = with_queue(mixed(), queue.clone());
    assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 503);
    assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 200);
    let queued = queue.inner.jobs();
    assert_eq!(queued.len(), 2);
    assert_eq!(queued[0].delivery, queued[1].delivery);
    assert_eq!(queued[0].hook, queued[1].hook);
}

#[tokio::test]
async fn an_idempotency_store_that_fails_runs_no_hook_but_does_not_take_back_an_answer() {
    let stand = mixed();
    stand.idempotency.set_down(true);
    let (status, problem, response) = post_keyed(&stand, EITHER, json!({}), "k").await;
    assert_eq!(
        (status, &problem["code"]),
        (503, &json!("store-unavailable"))
    );
    assert!(header(&response, "retry-after").is_some());
    assert_eq!(stand.called().len(), 0);

    // It fails after the key was taken: the hooks ran, so the answer and the deliveries go out. A repetition runs
    // nothing: the key is held, or the answer is recorded by then.
    for failing in [2, 3] {
        let stand = mixed();
        let idempotency = Arc::new(Flaky::default().failing_call(failing));
        let store: Arc<Flaky<crate::testing::MemoryIdempotency>> = idempotency.clone();
        let stand = stand.over(|ports| ports.idempotency = store);
        assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 200);
        assert_eq!((stand.called().len(), jobs(&stand).len()), (1, 1));
        assert_eq!(idempotency.calls(), 3);
        let again = post_keyed(&stand, EITHER, json!({}), "k").await.0;
        assert!([200, 409].contains(&again), "{again}");
        assert_eq!((stand.called().len(), jobs(&stand).len()), (1, 1));
    }
}

#[tokio::test]
async fn an_answer_that_was_recorded_late_is_replayed_and_its_hooks_ran_once() {
    let mut stand = mixed();
    let store = Arc::new(Flaky::default().failing_call(2));
    let late = Arc::new(crate::event::late_responses::LateResponses::new(
        store.clone() as Arc<Flaky<crate::testing::MemoryIdempotency>>,
    ));
    // Another process, which shares only the store.
    let elsewhere = stand.engine_over(|ports| ports.idempotency = store.clone());
    stand = stand.over(|ports| ports.idempotency = late.clone());
    // Writing the record before the deliveries fails; then the store is unreachable, for longer than an answer may
    // take.
    let (status, first, _) = post_keyed(&stand, EITHER, json!({}), "k").await;
    assert_eq!(status, 200);
    store.set_down(true);
    let (status, _, _) = post_keyed(&stand, EITHER, json!({}), "l").await;
    assert_eq!(status, 503);
    store.set_down(false);
    late.write(stand.now).await.unwrap();
    assert!(late.is_empty());
    stand.now += Duration::from_secs(10);
    stand.engine = elsewhere;
    let (status, again, response) = post_keyed(&stand, EITHER, json!({}), "k").await;
    assert_eq!((status, again), (200, first));
    assert!(replayed(&response));
    assert_eq!((stand.called().len(), jobs(&stand).len()), (1, 1));
}

#[tokio::test]
async fn an_event_that_was_not_answered_may_come_again_at_once() {
    let stand = Wishes::new()
        .webhook("crm")
        .bind_to(
            Target::Store("customers".parse().unwrap()),
            EITHER,
            "crm",
            1,
            |_| {},
        )
        .answering(|_, _| Answer::json(&json!({})));
    // The hook cannot be read, which is noticed when the key is already held.
    let store = Arc::new(Unreadable(stand.store.clone(), true.into()));
    let stand = stand.over(|ports| ports.hooks = store.clone());
    assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 503);
    assert!(stand.idempotency.inner().is_empty());
    store.1.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 200);
    assert_eq!(stand.called().len(), 1);
}

/// Has no hook while the flag is set.
struct Unreadable(Arc<Flaky<MemoryStore>>, std::sync::atomic::AtomicBool);

#[async_trait::async_trait]
impl HookSource for Unreadable {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        if self.1.load(std::sync::atomic::Ordering::SeqCst) {
            let message = "it is down".to_owned();
            return Err(StoreError::Unreachable { message });
        }
        self.0.hook(stage, reference).await
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        self.0.source_map(stage, hook).await
    }
}

#[tokio::test]
async fn a_panic_blocks_the_key_until_the_events_deadline_and_no_longer() {
    let mut stand = Wishes::new()
        .webhook("crm")
        .bind(EITHER, "crm", 1)
        .answering(|_, call| {
            let fails = call.event["context"]["fails"] == true;
            assert!(!fails, "a defect");
            Answer::json(&json!({}))
        });
    let more = json!({"fails": true});
    assert_eq!(post_keyed(&stand, EITHER, more.clone(), "k").await.0, 500);
    assert_eq!(post_keyed(&stand, EITHER, more.clone(), "k").await.0, 409);
    stand.now += crate::event::idempotency::HELD_FOR;
    assert_eq!(post_keyed(&stand, EITHER, json!({}), "k").await.0, 200);
    assert_eq!(post_keyed(&stand, EITHER, more, "k").await.0, 422);
}

#[tokio::test]
async fn keys_that_are_no_keys_are_refused_before_anything_runs() {
    let stand = mixed();
    let too_long = "k".repeat(256);
    let quoted = format!("\"{too_long}\"");
    let cases = [
        ("", "is empty"),
        ("\"\"", "is empty"),
        ("\"k", "unclosed quote"),
        ("\"k\" ", ""),
        ("\"k\"x", "text after"),
        ("\"k\\n\"", "unclosed quote"),
        ("\"k\\", "unclosed quote"),
        ("kä", "printable ASCII"),
        ("k\u{7f}", "printable ASCII"),
        ("\"k\tx\"", "printable ASCII"),
        (&too_long, "too long"),
        (&quoted, "too long"),
    ];
    for (key, expected) in cases {
        let (status, problem, _) = post_keyed(&stand, EITHER, json!({}), key).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        let wanted = if expected.is_empty() { 200 } else { 400 };
        assert_eq!(status, wanted, "{key:?}: {problem}");
        assert!(detail.contains(expected), "{key:?}: {detail}");
    }
    assert_eq!(stand.called().len(), 1);
}

proptest! {
    #[test]
    fn every_printable_key_means_the_same_quoted_and_bare(key in "[!#-~][ -~]{0,253}[!-~]|[!#-~]") {
        let quoted = format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""));
        for value in [&key, &quoted] {
            let read = RequestHeaders::read(&headers(&[("idempotency-key", value)]));
            prop_assert!(read.check().is_ok());
            prop_assert_eq!(read.idempotency_key.as_deref(), Some(key.as_str()));
        }
    }

    #[test]
    fn no_value_makes_the_reading_of_headers_panic(value in "\\PC{0,40}|[\\x00-\\x7f\"\\\\]{0,40}", name in 0_usize..5) {
        let names = ["authorization", "content-type", "idempotency-key", "nlx-correlation-id", "traceparent"];
        let read = RequestHeaders::read(&headers(&[(names[name], &value)]));
        prop_assert!((1..=128).contains(&read.correlation_id().len()));
        let key = read.idempotency_key.unwrap_or_else(|| "k".to_owned());
        prop_assert!((1..=255).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
}
