//! Ingest: the response to each kind of bad request, and the content of answers.

mod accepted;
mod authorized;
mod continued;
mod hostile;
mod once;
mod trips;

use serde_json::json;

use super::*;
use crate::{
    application::binding::Binding,
    hook::{Hook, HookReference},
    pass::tests::{Stand, Wishes},
    ports::{ApplicationSource, BindingSource, HookSource, StoreError},
    testing::{Answer, Flaky, MemoryStore},
};

const STAGE: Stage = Stage::BeforeRegistration;

/// A stand with one webhook, and a key of its application.
fn stand() -> (Stand, String) {
    let stand = Wishes::new()
        .webhook("crm")
        .bind(STAGE, "crm", 1)
        .answering(|_, _| Answer::json(&json!({"context": {"tier": "gold"}})));
    let key = add_key(&stand, "shop", None);
    (stand, key)
}

fn add_key(stand: &Stand, application: &str, lifetime: Option<std::time::Duration>) -> String {
    let application: ApplicationId = application.parse().unwrap();
    let new = IngestKey::generate(&application, stand.now, lifetime).unwrap();
    stand
        .store
        .inner()
        .change_application(&application, |stored| stored.ingest_keys.push(new.record));
    new.key.expose().to_owned()
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

async fn post(
    stand: &Stand,
    application: &str,
    stage: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> (u16, Value, IngestResponse) {
    let request = IngestRequest {
        route: &route(application, stage),
        headers: &RequestHeaders::read(headers),
        body,
        now: stand.now,
        received: Instant::now(),
    };
    let response = stand.engine.ingest(request).await;
    (
        response.status,
        serde_json::from_slice(&response.body).unwrap(),
        response,
    )
}

fn route<'a>(application: &'a str, stage: &'a str) -> Route<'a> {
    Route {
        application: application.into(),
        stage: stage.into(),
    }
}

fn header<'a>(response: &'a IngestResponse, name: &str) -> Option<&'a str> {
    response
        .headers
        .iter()
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.as_str())
}

fn example() -> Vec<u8> {
    serde_json::to_vec(&STAGE.example()).unwrap()
}

#[tokio::test]
async fn an_event_with_a_key_is_answered_with_ids_and_timings() {
    let (stand, key) = stand();
    let id = "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4";
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let sent = headers(&[
        ("AUTHORIZATION", &format!("bearer {key}")),
        ("Content-Type", "application/json; charset=UTF-8"),
        ("nlx-correlation-id", id),
        ("traceparent", traceparent),
        ("accept", "a"),
        ("accept", "b"),
    ]);
    let (status, body, response) =
        post(&stand, "shop", "before-registration", &sent, &example()).await;
    assert_eq!((status, body), (200, json!({"context": {"tier": "gold"}})));
    assert_eq!(header(&response, "nlx-correlation-id"), Some(id));
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    let timing = header(&response, "server-timing").unwrap();
    assert!(
        timing.starts_with("crm;dur=") && timing.ends_with(";desc=\"ok\""),
        "{timing}"
    );
    let call = &stand.webhook.calls()[0];
    assert_eq!(
        (call.correlation_id.as_str(), call.traceparent.as_deref()),
        (id, Some(traceparent))
    );
}

#[tokio::test]
async fn keys_that_are_absent_malformed_foreign_expired_or_unknown_get_one_and_the_same_answer() {
    let (mut stand, _) = stand();
    let of_bot = add_key(&stand, "bot", None);
    let short = add_key(&stand, "shop", Some(std::time::Duration::from_mins(1)));
    let stranger = IngestKey::generate(&"unknown".parse().unwrap(), stand.now, None)
        .unwrap()
        .key;
    stand.now += std::time::Duration::from_mins(1);
    let json = ("content-type", "application/json");
    let cases = [
        ("shop", headers(&[json])),
        ("shop", headers(&[json, ("authorization", "Basic abc")])),
        (
            "shop",
            headers(&[json, ("authorization", "Bearer hpk.shop.x.y.z")]),
        ),
        (
            "shop",
            headers(&[json, ("authorization", &format!("Bearer {of_bot}"))]),
        ),
        (
            "shop",
            headers(&[json, ("authorization", &format!("Bearer {short}"))]),
        ),
        (
            "unknown",
            headers(&[
                json,
                ("authorization", &format!("Bearer {}", stranger.expose())),
            ]),
        ),
        (
            "no#body",
            headers(&[json, ("authorization", &format!("Bearer {short}"))]),
        ),
    ];
    let mut answers = std::collections::HashSet::new();
    for (application, sent) in cases {
        let (status, mut body, _) = post(
            &stand,
            application,
            "before-registration",
            &sent,
            &example(),
        )
        .await;
        body["instance"] = json!(null);
        answers.insert((status, body.to_string()));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers.iter().next().unwrap().0, 401);
    assert_eq!(stand.webhook.calls().len(), 0);
}

#[tokio::test]
async fn a_malformed_key_costs_no_trip_to_the_store() {
    let (stand, _) = stand();
    let before = stand.store.calls();
    let sent = headers(&[
        ("content-type", "application/json"),
        ("authorization", "Bearer nonsense"),
    ]);
    post(&stand, "shop", "before-registration", &sent, &example()).await;
    assert_eq!(stand.store.calls(), before);
}

#[tokio::test]
async fn an_unknown_application_is_asked_for_once() {
    let (stand, _) = stand();
    let key = IngestKey::generate(&"unknown".parse().unwrap(), stand.now, None)
        .unwrap()
        .key;
    let sent = headers(&[
        ("content-type", "application/json"),
        ("authorization", &format!("Bearer {}", key.expose())),
    ]);
    let before = stand.store.calls();
    for _ in 0..5 {
        post(&stand, "unknown", "before-registration", &sent, &example()).await;
    }
    assert_eq!(
        stand.store.calls(),
        before + 2,
        "the application and its bindings, in one trip"
    );
}

#[tokio::test]
async fn a_revoked_key_dies_within_ten_seconds() {
    let (mut stand, key) = stand();
    let sent = headers(&[
        ("content-type", "application/json"),
        ("authorization", &format!("Bearer {key}")),
    ]);
    assert_eq!(
        post(&stand, "shop", "before-registration", &sent, &example())
            .await
            .0,
        200
    );
    stand
        .store
        .inner()
        .change_application(&"shop".parse().unwrap(), |stored| {
            stored.ingest_keys.clear();
        });
    stand.now += std::time::Duration::from_secs(10);
    assert_eq!(
        post(&stand, "shop", "before-registration", &sent, &example())
            .await
            .0,
        401
    );
}

/// Stage, headers and body, then the expected status, code and part of the detail.
type Case<'a> = (
    &'a str,
    Vec<(String, String)>,
    &'a [u8],
    u16,
    &'a str,
    &'a str,
);

#[tokio::test]
async fn each_kind_of_bad_request_is_named() {
    let (stand, key) = stand();
    let authorization = format!("Bearer {key}");
    let good: &[(&str, &str)] = &[
        ("authorization", &authorization),
        ("content-type", "application/json"),
    ];
    let with = |more: &[(&str, &str)]| headers(&[good, more].concat());
    let only = |content_type: &str| {
        headers(&[
            ("authorization", &authorization),
            ("content-type", content_type),
        ])
    };
    let other = serde_json::to_vec(&Stage::Escalation.example()).unwrap();
    let large = vec![b' '; BODY_LIMIT + 1];
    let cases: Vec<Case<'_>> = vec![
        (
            "before-breakfast",
            with(&[]),
            b"{}",
            404,
            "not-found",
            "`before-breakfast`",
        ),
        (
            "beforeRegistration",
            with(&[]),
            b"{}",
            404,
            "not-found",
            "kebab-case",
        ),
        (
            "before-registration",
            with(&[]),
            b"{",
            400,
            "invalid-json",
            "line 1, column 1",
        ),
        (
            "before-registration",
            with(&[]),
            b"\xff",
            400,
            "invalid-json",
            "not UTF-8",
        ),
        (
            "before-registration",
            with(&[]),
            b"{}",
            400,
            "invalid-event",
            "`eventType` is missing",
        ),
        (
            "before-registration",
            with(&[]),
            &other,
            400,
            "event-type-mismatch",
            "`escalation`, but the route is that of `beforeRegistration`",
        ),
        (
            "before-registration",
            with(&[]),
            &large,
            413,
            "payload-too-large",
            "larger than 262144 bytes",
        ),
        (
            "before-registration",
            only("text/plain"),
            b"{}",
            415,
            "unsupported-media-type",
            "application/json",
        ),
        (
            "before-registration",
            only("application/json; charset=latin1"),
            b"{}",
            415,
            "unsupported-media-type",
            "charset",
        ),
        (
            "before-registration",
            headers(&good[..1]),
            b"{}",
            415,
            "unsupported-media-type",
            "missing",
        ),
        (
            "before-registration",
            with(&[("Content-Encoding", "gzip")]),
            b"\x1f\x8b",
            415,
            "unsupported-media-type",
            "`Content-Encoding: gzip` is not accepted",
        ),
        (
            "before-registration",
            with(&[("Authorization", "Bearer x")]),
            b"{}",
            400,
            "duplicate-header",
            "`authorization`",
        ),
        (
            "before-registration",
            with(&[("nlx-correlation-id", &*"x".repeat(129))]),
            b"{}",
            400,
            "invalid-header",
            "`nlx-correlation-id`",
        ),
        (
            "before-registration",
            with(&[("nlx-correlation-id", "tab\tinside")]),
            b"{}",
            400,
            "invalid-header",
            "`nlx-correlation-id`",
        ),
        (
            "before-registration",
            with(&[("idempotency-key", "")]),
            b"{}",
            400,
            "invalid-header",
            "`Idempotency-Key` is empty",
        ),
    ];
    for (stage, sent, body, status, code, detail) in cases {
        let (actual, problem, response) = post(&stand, "shop", stage, &sent, body).await;
        assert_eq!(
            (actual, problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
        assert!(
            problem["detail"].as_str().unwrap().contains(detail),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:hookpoint:problem:{code}"));
        assert_eq!(header(&response, "content-type"), Some(PROBLEM_MEDIA_TYPE));
        let id = header(&response, "nlx-correlation-id").unwrap();
        assert_eq!(problem["instance"], format!("urn:uuid:{id}"));
    }
    assert_eq!(stand.webhook.calls().len(), 0);
}

#[tokio::test]
async fn a_correlation_id_of_the_host_is_taken_as_it_came() {
    let (stand, key) = stand();
    let longest = "x".repeat(128);
    for (id, instance) in [
        (
            "6F1C2A52-7c9e-4d7e-8d36-90b8c5f0a1c4",
            "urn:uuid:6F1C2A52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        ),
        (
            "1-67891233-abcdef012345678912345678",
            "urn:hookpoint:event:1-67891233-abcdef012345678912345678",
        ),
        (
            "order 42/\"7\"~",
            "urn:hookpoint:event:order%2042%2F%227%22~",
        ),
        (&longest, &format!("urn:hookpoint:event:{longest}")),
    ] {
        let sent = headers(&[
            ("authorization", &format!("Bearer {key}")),
            ("content-type", "application/json"),
            ("NLX-Correlation-Id", &format!(" {id} ")),
        ]);
        let (status, _, response) =
            post(&stand, "shop", "before-registration", &sent, &example()).await;
        assert_eq!(status, 200);
        assert_eq!(header(&response, "nlx-correlation-id"), Some(id));
        assert_eq!(stand.webhook.calls().last().unwrap().correlation_id, id);
        let (_, problem, response) = post(&stand, "shop", "before-registration", &sent, b"").await;
        assert_eq!(header(&response, "nlx-correlation-id"), Some(id));
        assert_eq!(problem["instance"], instance);
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_a_503_that_says_when_to_come_back() {
    let (stand, key) = stand();
    stand.store.set_down(true);
    let sent = headers(&[
        ("authorization", &format!("Bearer {key}")),
        ("content-type", "application/json"),
    ]);
    let (status, problem, response) =
        post(&stand, "shop", "before-registration", &sent, &example()).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("store-unavailable"))
    );
    assert_eq!(header(&response, "retry-after"), Some("2"));
    assert!(!problem.to_string().contains("test says so"));
}

#[tokio::test]
async fn a_panic_costs_one_event_and_tells_the_caller_nothing() {
    let stand = Wishes::new()
        .webhook("crm")
        .bind(STAGE, "crm", 1)
        .answering(|_, _| panic!("a defect"));
    let key = add_key(&stand, "shop", None);
    let sent = headers(&[
        ("authorization", &format!("Bearer {key}")),
        ("content-type", "application/json"),
    ]);
    let (status, problem, _) = post(&stand, "shop", "before-registration", &sent, &example()).await;
    assert_eq!((status, problem["code"].as_str()), (500, Some("internal")));
    assert!(!problem.to_string().contains("defect"));
}

/// A store with ten milliseconds of latency.
struct Distant(Arc<Flaky<MemoryStore>>);

impl Distant {
    async fn travel(&self) -> &Flaky<MemoryStore> {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        &self.0
    }
}

#[async_trait::async_trait]
impl ApplicationSource for Distant {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.travel().await.application(id).await
    }
}

#[async_trait::async_trait]
impl BindingSource for Distant {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        self.travel().await.bindings(stage, target).await
    }
}

#[async_trait::async_trait]
impl HookSource for Distant {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        self.travel().await.hook(stage, reference).await
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        self.travel().await.source_map(stage, hook).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_cold_event_makes_two_trips_and_a_warm_one_none() {
    let (stand, key) = stand();
    let store = Arc::new(Distant(stand.store.clone()));
    let stand = stand.over_store(store);
    let sent = headers(&[
        ("authorization", &format!("Bearer {key}")),
        ("content-type", "application/json"),
    ]);
    for expected in [20, 0] {
        let started = Instant::now();
        assert_eq!(
            post(&stand, "shop", "before-registration", &sent, &example())
                .await
                .0,
            200
        );
        assert_eq!(started.elapsed().as_millis(), expected);
    }
}
