//! An outage of the queue.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::{body::Body, http::Response};
use serde_json::{Value, json};
use tokio::join;

use super::{
    endpoint::Endpoint,
    proxy::{Fate, Service},
    scene::{BOTH, Caller, LATER, Scene},
    server::{Answer, Post},
};
use crate::stage_function::APPLICATION;

/// First number of the events of one stage; the other starts at zero.
const OTHERS: u64 = 10_000;
/// Number of events posted while everything works, each time.
const WELL: u64 = 30;

fn workspace(port: u16) -> String {
    format!(
        "\
version: 1
applications: {{ {APPLICATION}: {{ name: Shop, kind: identity }} }}
hooks:
  audit: {{ webhook: \"http://127.0.0.1:{port}/audit\" }}
  enrich: {{ webhook: \"http://127.0.0.1:{port}/enrich\" }}
bindings:
  - {{ application: {APPLICATION}, stage: {later}, hook: audit }}
  - {{ application: {APPLICATION}, stage: {both}, hook: enrich }}
  - {{ application: {APPLICATION}, stage: {both}, hook: audit, mode: asynchronous }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}
",
        later = LATER.id(),
        both = BOTH.id(),
    )
}

/// A caller of one stage, and the responses it got.
struct Host {
    caller: Caller,
    next: u64,
    expected: (u64, Value),
    accepted: BTreeSet<u64>,
}

impl Host {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    async fn post_while_all_is_well(&mut self) {
        for _ in 0..WELL {
            let number = self.number();
            let answer = self.caller.post(number).await;
            assert_eq!((answer.status, answer.body), self.expected);
            self.accepted.insert(number);
        }
    }

    /// Posts events with keys while none can succeed.
    async fn post_without_success(&mut self, count: u64) -> Vec<u64> {
        let mut refused = Vec::new();
        for _ in 0..count {
            let number = self.number();
            self.is_refused(number).await;
            refused.push(number);
        }
        // A retry that is too early is refused again.
        if count > 1 {
            self.is_refused(refused[0]).await;
        }
        refused
    }

    async fn is_refused(&self, number: u64) {
        let answer = self.caller.post_with(number, Some(&key(number))).await;
        answer.is_refused_for_now("queue-unavailable");
    }

    async fn post_again(&mut self, numbers: &[u64]) {
        for number in numbers {
            let answer = self.caller.post_with(*number, Some(&key(*number))).await;
            assert_eq!((answer.status, answer.body), self.expected);
            assert_eq!(answer.headers["idempotent-replayed"], "true");
            self.accepted.insert(*number);
        }
    }
}

fn key(number: u64) -> String {
    format!("event-{number}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_while_the_queue_comes_and_goes_arrives_and_a_retry_runs_no_hook_again() {
    // The endpoint refuses some first attempts, so that the worker needs the queue as well.
    let endpoint = Endpoint::answering(|post, before| {
        let answer = match post.path.as_str() {
            "/enrich" => Answer::Reply(Response::new(Body::from(r#"{"context":{"Tier":"gold"}}"#))),
            _ if before == 0 && is_refused_once(post.number()) => Answer::status(503),
            _ => Answer::status(204),
        };
        (Duration::ZERO, answer)
    });
    let scene = Scene::open(&workspace(endpoint.port()), &[LATER, BOTH]).await;
    let host = async |stage, next, expected| Host {
        caller: scene.caller(stage).await,
        next,
        expected,
        accepted: BTreeSet::new(),
    };
    let mut later = host(LATER, 0, (202, json!({"queued": 1}))).await;
    let effects = json!({"context": {"Tier": "gold"}});
    let mut both = host(BOTH, OTHERS, (200, effects)).await;
    let mut repeated = BTreeSet::new();
    let over = AtomicBool::new(false);
    let mut pump = scene.pump();
    let posting = async {
        join!(
            later.post_while_all_is_well(),
            both.post_while_all_is_well()
        );
        for (fate, count) in [
            (Fate::Unreachable, 10),
            (Fate::Failing, 10),
            (Fate::Silent, 1),
            (Fate::Mute, 3),
        ] {
            scene.proxy().set(Service::Sqs, fate);
            let (first, second) = join!(
                later.post_without_success(count),
                both.post_without_success(count)
            );
            scene.proxy().set(Service::Sqs, Fate::Well);
            join!(later.post_again(&first), both.post_again(&second));
            join!(
                later.post_while_all_is_well(),
                both.post_while_all_is_well()
            );
            if fate == Fate::Mute {
                repeated.extend(first.into_iter().chain(second));
            }
        }
        over.store(true, Ordering::Relaxed);
    };
    let pumping = async {
        while !over.load(Ordering::Relaxed) {
            pump.turn().await;
        }
    };
    join!(posting, pumping);
    pump.until_empty(Duration::from_secs(40)).await;
    let log = pump.stop().await;

    let mut ids = BTreeMap::<u64, BTreeSet<String>>::new();
    let deliveries = endpoint.deliveries("/audit");
    for (id, posts) in &deliveries {
        let number = posts[0].number();
        ids.entry(number).or_default().insert(id.clone());
        let context = posts[0].json()["context"].clone();
        let tier = (number > OTHERS).then_some("gold");
        assert_eq!(context["Tier"].as_str(), tier, "{context}");
        assert!(posts.iter().all(|post| post.body == posts[0].body));
        if !repeated.contains(&number) && !is_refused_once(number) {
            assert_eq!(posts.len(), 1, "event {number}\n{log}");
        }
    }
    let accepted: BTreeSet<_> = later.accepted.union(&both.accepted).copied().collect();
    assert_eq!(ids.keys().copied().collect::<BTreeSet<_>>(), accepted);
    for (number, ids) in &ids {
        assert_eq!(ids.len(), 1, "event {number} is one delivery");
    }
    let runs: Vec<_> = endpoint.posts("/enrich").iter().map(Post::number).collect();
    assert_eq!(runs.len(), both.accepted.len(), "each hook ran once");
    assert_eq!(runs.into_iter().collect::<BTreeSet<_>>(), both.accepted);
    assert!(scene.dead_letters().await.is_empty());
    eprintln!(
        "{} events, {} posts",
        accepted.len(),
        endpoint.posts("/audit").len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_waits_for_a_slow_queue_and_sends_the_next_attempt_once() {
    let endpoint = Endpoint::answering(|_, before| {
        let status = if before == 0 { 503 } else { 204 };
        (Duration::ZERO, Answer::status(status))
    });
    let scene = Scene::open(&workspace(endpoint.port()), &[LATER]).await;
    let caller = scene.caller(LATER).await;
    assert_eq!(caller.post(1).await.status, 202);
    scene.proxy().set(Service::Sqs, Fate::Late);
    // Callers do not wait that long.
    let hasty = caller.post(2).await;
    hasty.is_refused_for_now("queue-unavailable");
    caller.stop().await;
    let mut pump = scene.pump();
    pump.until_empty(Duration::from_secs(40)).await;
    let log = pump.stop().await;
    let mut sent = scene.proxy().sent();
    sent.retain(|sent| sent.job.event["context"]["number"] == 1);
    let attempts: Vec<_> = sent.iter().map(|sent| sent.job.attempt).collect();
    assert_eq!(attempts, [1, 2], "{log}");
    let posts = endpoint.posts("/audit");
    assert_eq!(posts.iter().filter(|post| post.number() == 1).count(), 2);
}

fn is_refused_once(number: u64) -> bool {
    number.is_multiple_of(10)
}
