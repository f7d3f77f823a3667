//! Outages of what functions read: bindings and hooks, then secrets.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use hookpoint_engine::{
    application::sources::REFRESH_AFTER,
    identifier::DeliveryId,
    ports::RunStore as _,
    record::{AfterAttempt, RunFilter},
    stages::Stage,
};
use hookpoint_xtask::repository;
use tokio::{join, time::sleep};

use super::{
    endpoint::Endpoint,
    proxy::{Fate, Service},
    scene::{BOTH, LATER, Scene},
    server::{Answer, Post},
};
use crate::stage_function::APPLICATION;

/// `whsec_` and the base64 of 24 bytes.
const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Pause between two events of a steady caller.
const PAUSE: Duration = Duration::from_millis(60);

fn workspace(port: u16) -> String {
    format!(
        "\
version: 1
secrets: [Signing]
applications: {{ {APPLICATION}: {{ name: Shop, kind: identity }} }}
hooks:
  audit: {{ webhook: \"http://127.0.0.1:{port}/audit\" }}
  sealed: {{ webhook: {{ url: \"http://127.0.0.1:{port}/sealed\", signingSecrets: [Signing] }} }}
bindings:
  - {{ application: {APPLICATION}, stage: {later}, hook: audit }}
  - {{ application: {APPLICATION}, stage: {both}, hook: sealed, id: at-once }}
  - {{ application: {APPLICATION}, stage: {both}, hook: sealed, id: later, mode: asynchronous }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}
",
        later = LATER.id(),
        both = BOTH.id(),
    )
}

impl Scene {
    /// The postponed deliveries. Each waits for about half a minute, without using up an attempt.
    fn were_put_off(&self) -> BTreeSet<DeliveryId> {
        let sent = self.proxy().sent();
        let late = sent.iter().filter(|sent| !sent.delay.is_zero());
        let late = late.map(|sent| {
            assert_eq!(sent.job.attempt, 1);
            let seconds = sent.delay.as_secs();
            assert!((24..=36).contains(&seconds), "{seconds} s");
            sent.job.delivery.clone()
        });
        late.collect()
    }

    /// Checks that each of `count` deliveries of a hook was attempted once.
    async fn were_attempted_once(&self, stage: Stage, hook: &str, count: usize) {
        let records = self.records(stage, hook, count).await;
        let ended = records.iter().map(|record| {
            let delivery = record.delivery.as_ref().unwrap();
            assert_eq!(record.outcome, "ok");
            assert_eq!(
                (delivery.attempt, delivery.next),
                (1, AfterAttempt::Nothing)
            );
            &delivery.id
        });
        assert_eq!(ended.collect::<BTreeSet<_>>().len(), count);
        assert_eq!(records.len(), count);
        assert!(self.dead_letters().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_known_bindings_serve_and_what_is_queued_waits_at_no_cost() {
    let endpoint = Endpoint::content();
    let scene = Scene::open(&workspace(endpoint.port()), &[LATER, BOTH]).await;
    let known = scene.caller(LATER).await;
    let mut accepted = 0;
    let post = async |number| {
        let answer = known.post(number).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        number + 1
    };
    while accepted < 20 {
        accepted = post(accepted).await;
    }
    let begin = Instant::now();
    let over = AtomicBool::new(false);
    let mut pump = scene.pump();
    let posting = async {
        scene.proxy().set(Service::DynamoDb, Fate::Unreachable);
        // A new function has an empty cache, and an idempotency key cannot be recorded.
        let unknowing = scene.caller(BOTH).await;
        let answer = unknowing.post(1_000_000).await;
        answer.is_refused_for_now("store-unavailable");
        let keyed = known.post_with(1_000_001, Some("later")).await;
        keyed.is_refused_for_now("store-unavailable");
        // Until the cache has long been due for a refresh.
        while begin.elapsed() < REFRESH_AFTER + Duration::from_secs(2) {
            accepted = post(accepted).await;
            sleep(PAUSE).await;
        }
        scene.proxy().set(Service::DynamoDb, Fate::Silent);
        for _ in 0..10 {
            accepted = post(accepted).await;
        }
        assert!(
            endpoint.posts("/audit").is_empty(),
            "the endpoint is unknown"
        );
        let put_off = scene.were_put_off().len();
        assert!(put_off > 20, "{put_off} were put off");
        scene.proxy().set(Service::DynamoDb, Fate::Well);
        let keyed = known.post_with(1_000_001, Some("later")).await;
        assert_eq!(keyed.status, 202, "{}", keyed.body);
        over.store(true, Ordering::Relaxed);
    };
    let pumping = async {
        while !over.load(Ordering::Relaxed) {
            pump.turn().await;
        }
    };
    join!(posting, pumping);
    let log = known.stop().await;
    assert!(log.contains("using cached bindings"), "{log}");
    pump.until_empty(Duration::from_secs(40)).await;
    pump.stop().await;

    let posts = endpoint.posts("/audit");
    let arrived: BTreeSet<_> = posts.iter().map(Post::number).collect();
    let expected: BTreeSet<_> = (0..accepted).chain([1_000_001]).collect();
    assert_eq!(arrived, expected);
    assert_eq!(posts.len(), expected.len(), "each once");
    let put_off = scene.were_put_off().len();
    scene
        .were_attempted_once(LATER, "audit", expected.len())
        .await;
    eprintln!("{} events, {put_off} of them put off", expected.len());
}

/// What Lambda allows a stage function.
fn timeout_of_functions() -> Duration {
    let template = std::fs::read_to_string(repository::root().join("template.yaml")).unwrap();
    // The indentation of `Globals`.
    let (_, rest) = template.split_once("\n    Timeout: ").unwrap();
    let (seconds, _) = rest.split_once('\n').unwrap();
    Duration::from_secs(seconds.parse().unwrap())
}

/// Lambda would end the process, and with it the response that is not recorded yet: the hooks would run again.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_store_hangs_is_over_in_time_and_its_hooks_run_once() {
    let endpoint = Endpoint::answering(|_, _| (Duration::from_millis(2_500), Answer::status(204)));
    let workspace = format!(
        "version: 1\napplications: {{ {APPLICATION}: {{ name: Shop, kind: identity }} }}\n\
         hooks: {{ slow: {{ webhook: \"http://127.0.0.1:{}/slow\" }} }}\n\
         bindings: [{{ application: {APPLICATION}, stage: {}, hook: slow, mode: synchronous }}]\n\
         local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n",
        endpoint.port(),
        BOTH.id(),
    );
    let scene = Scene::open(&workspace, &[BOTH]).await;
    let caller = scene.caller(BOTH).await;
    assert_eq!(caller.post(1).await.status, 200);
    caller.is_over().await;
    let begin = Instant::now();
    let hanging = async {
        sleep(Duration::from_secs(1)).await;
        scene.proxy().set(Service::DynamoDb, Fate::Silent);
    };
    let ((answer, over), ()) = join!(
        async {
            let answer = caller.post_with(2, Some("key")).await;
            caller.is_over().await;
            (answer, begin.elapsed())
        },
        hanging
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(over < timeout_of_functions(), "{over:?}");
    scene.proxy().set(Service::DynamoDb, Fate::Well);
    // The work after this event records the response of the last one.
    assert_eq!(caller.post(3).await.status, 200);
    let again = caller.post_with(2, Some("key")).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let log = caller.stop().await;
    assert!(log.contains("a late response was recorded"), "{log}");
    let posts = endpoint.posts("/slow");
    assert_eq!(
        posts.iter().map(Post::number).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    eprintln!("over after {over:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_secrets_are_away_nothing_is_sent_unsigned_and_what_is_queued_waits_at_no_cost() {
    const EVENTS: u64 = 30;
    let endpoint = Endpoint::content();
    let scene = Scene::open(&workspace(endpoint.port()), &[BOTH]).await;
    scene.deployment.put_secret("Signing", SIGNING).await;
    scene.proxy().set(Service::SecretsManager, Fate::Failing);
    let caller = scene.caller(BOTH).await;
    let mut pump = scene.pump();
    for number in 0..EVENTS {
        // The synchronous hook fails, and its policy lets the event continue.
        let answer = caller.post(number).await;
        assert_eq!(
            (answer.status, answer.body.to_string()),
            (200, "{}".to_owned())
        );
        assert!(
            answer.headers["server-timing"]
                .as_str()
                .unwrap()
                .contains("secrets-unavailable")
        );
        if number % 5 == 0 {
            pump.turn().await;
        }
    }
    // A key needs a fingerprint of the body, which needs a secret too.
    let keyed = caller.post_with(EVENTS, Some("signed")).await;
    keyed.is_refused_for_now("keys-unavailable");
    let begin = Instant::now();
    while (scene.were_put_off().len() as u64) < EVENTS {
        assert!(begin.elapsed() < Duration::from_secs(30));
        pump.turn().await;
    }
    assert!(endpoint.posts("/sealed").is_empty());
    scene.proxy().set(Service::SecretsManager, Fate::Well);
    // A failing source is asked every two seconds.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let keyed = caller.post_with(EVENTS, Some("signed")).await;
    assert_eq!(keyed.status, 200, "{}", keyed.body);
    pump.until_empty(Duration::from_secs(40)).await;
    pump.stop().await;
    caller.stop().await;

    let verifier = standardwebhooks::Webhook::new(SIGNING).unwrap();
    let posts = endpoint.posts("/sealed");
    for post in &posts {
        verifier.verify(&post.body, &post.headers).unwrap();
    }
    // The last event ran its synchronous hook as well.
    let expected = usize::try_from(EVENTS).unwrap() + 2;
    assert_eq!(posts.len(), expected);
    assert_eq!(endpoint.deliveries("/sealed").len(), expected);
    scene
        .were_attempted_once(BOTH, "sealed", expected - 1)
        .await;
    let failed = RunFilter {
        outcome: Some("secrets-unavailable".to_owned()),
        ..RunFilter::default()
    };
    let failed = scene.deployment.store.runs(&failed, 1_000).await.unwrap();
    assert_eq!(failed.len() as u64, EVENTS, "each is on record");
}
