//! Asynchronous hooks, from the 202 for the event to the delivery at the endpoint.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant, SystemTime},
};

use axum::response::Response;
use hookpoint_devserver::Notice;
use hookpoint_engine::{
    ports::{DeadLetters as _, RunStore as _, WorkQueue as _},
    record::{AfterAttempt, RunFilter, RunRecord},
};
use hookpoint_local::LocalStore;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    client::Bench,
    connection::Connection,
    endpoint::{Endpoint, PATIENCE, status},
    tests,
};

tests![
    an_event_is_answered_at_once_and_its_delivery_is_signed,
    a_burst_is_accepted_and_delivered_in_full,
    a_slow_endpoint_with_many_deliveries_does_not_hold_up_another,
    what_was_accepted_before_a_restart_is_delivered_after_it,
    each_way_to_fail_has_the_next_step_that_the_schedule_says,
    a_store_that_is_away_for_a_while_loses_nothing_that_was_accepted,
];

/// `whsec_` and the base64 of 24 bytes.
const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) fn workspace(hooks: &[(&str, u16)]) -> String {
    let hook = |(name, port): &(&str, u16)| {
        format!(
            "  {name}: {{ webhook: {{ url: http://127.0.0.1:{port}/{name}, signingSecrets: [Signing] }} }}\n"
        )
    };
    let binding = |(name, _): &(&str, u16)| {
        format!(
            "  - {{ application: bot, stage: stateModification, hook: {name}, when: {{ context.hook: [{name}, all] }} }}\n"
        )
    };
    format!(
        "version: 1\nsecrets: [Signing]\napplications: {{ bot: {{ kind: conversation }} }}\nhooks:\n{}bindings:\n{}local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}\n",
        hooks.iter().map(hook).collect::<String>(),
        hooks.iter().map(binding).collect::<String>(),
    )
}

pub(super) async fn bench(hooks: &[(&str, u16)]) -> Bench {
    bench_of(&workspace(hooks)).await
}

async fn bench_of(workspace: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hookpoint.yaml"), workspace).unwrap();
    Bench::with_environment(folder, environment()).await
}

pub(super) fn environment() -> Vec<(String, String)> {
    vec![("HOOKPOINT_SECRET_Signing".to_owned(), SIGNING.to_owned())]
}

pub(super) fn event(conversation: &str, hook: &str) -> Value {
    json!({
        "eventType": "stateModification",
        "context": { "conversationId": conversation, "hook": hook },
        "events": [{ "name": "order", "before": null, "after": { "total": 1 }, "timestamp": "1767225600000" }],
    })
}

pub(super) async fn post(bench: &Bench, conversation: &str, hook: &str) {
    let body = event(conversation, hook).to_string();
    let answer = bench.post("bot", "state-modification", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(answer.json(), json!({ "queued": 1 }));
}

pub(super) fn store(bench: &Bench) -> LocalStore {
    LocalStore::open(&bench.folder.path().join(".hookpoint")).unwrap()
}

/// Waits for `count` records of a hook; returns them oldest first.
pub(super) async fn records(store: &LocalStore, hook: &str, count: usize) -> Vec<RunRecord> {
    let filter = RunFilter {
        hook: Some(hook.parse().unwrap()),
        ..RunFilter::default()
    };
    let begin = Instant::now();
    loop {
        let mut found = store.runs(&filter, 10_000).await.unwrap();
        if found.len() >= count {
            found.reverse();
            return found;
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "{hook}: {} records",
            found.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn an_event_is_answered_at_once_and_its_delivery_is_signed() {
    let endpoint = Endpoint::start(|_, _| (Duration::from_millis(300), status(200))).await;
    let mut bench = bench(&[("audit", endpoint.port)]).await;
    let begin = Instant::now();
    post(&bench, "c-1", "audit").await;
    assert!(
        begin.elapsed() < Duration::from_millis(300),
        "{:?}",
        begin.elapsed()
    );
    let posts = endpoint.until(|posts| !posts.is_empty()).await;
    let verifier = standardwebhooks::Webhook::new(SIGNING).unwrap();
    verifier.verify(&posts[0].body, &posts[0].headers).unwrap();
    assert_eq!(posts[0].json(), event("c-1", "audit"));
    assert_eq!(posts[0].header("nlx-lifecycle-hook-version"), "v1");

    let record = records(&store(&bench), "audit", 1).await.remove(0);
    assert_eq!((record.outcome.as_str(), record.status), ("ok", Some(200)));
    assert_eq!(record.correlation_id, posts[0].header("nlx-correlation-id"));
    let delivery = record.delivery.as_ref().unwrap();
    assert_eq!(delivery.id.as_str(), posts[0].header("webhook-id"));
    assert_eq!(
        (delivery.attempt, delivery.next),
        (1, AfterAttempt::Nothing)
    );
    loop {
        match bench.notices.recv().await.unwrap() {
            // The notice has the event; a list of records leaves it out.
            Notice::Delivered(noticed) => {
                let noticed = hookpoint_engine::record::RunRecord {
                    kept: None,
                    ..*noticed
                };
                assert_eq!(noticed, record);
                break;
            }
            notice => assert!(
                matches!(notice, Notice::Answered(_) | Notice::Ran(_)),
                "{notice:?}"
            ),
        }
    }
    bench.server.stop().await.unwrap();
}

async fn a_burst_is_accepted_and_delivered_in_full() {
    const EVENTS: usize = 2_000;
    const CLIENTS: usize = 8;
    let endpoint = Endpoint::content().await;
    let bench = bench(&[("audit", endpoint.port)]).await;
    let authorization = format!("Bearer {}", bench.key("bot"));
    let clients = (0..CLIENTS).map(|client| {
        let address = bench.server.address();
        let authorization = authorization.clone();
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await;
            for number in (client..EVENTS).step_by(CLIENTS) {
                let body = event(&format!("c-{number}"), "audit").to_string();
                let path = "/v1/applications/bot/stages/state-modification";
                let status = connection.post(path, &authorization, &body).await;
                assert_eq!(status, 202, "event {number}");
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    let posts = endpoint.until(|posts| posts.len() >= EVENTS).await;
    let bodies: BTreeMap<_, _> = posts
        .iter()
        .map(|post| (post.header("webhook-id"), post.json()))
        .collect();
    let conversations: BTreeSet<_> = bodies
        .values()
        .map(|body| {
            body["context"]["conversationId"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        (posts.len(), bodies.len(), conversations.len()),
        (EVENTS, EVENTS, EVENTS)
    );
    for body in bodies.values() {
        let conversation = body["context"]["conversationId"].as_str().unwrap();
        assert_eq!(*body, event(conversation, "audit"));
    }
    bench.server.stop().await.unwrap();
}

async fn a_slow_endpoint_with_many_deliveries_does_not_hold_up_another() {
    const PLACES: usize = 20;
    let slow = Endpoint::holding().await;
    let quick = Endpoint::content().await;
    let workspace = workspace(&[("slow", slow.port), ("quick", quick.port)])
        .replace("{ bot: ", "{ other: { kind: conversation }, bot: ")
        .replace(
            "{ application: bot, stage: stateModification, hook: quick",
            "{ application: other, stage: stateModification, hook: quick",
        )
        .replace(
            "local: { ",
            &format!("local: {{ deliveriesAtOnce: {PLACES}, "),
        );
    let bench = bench_of(&workspace).await;
    for number in 0..2 * PLACES {
        post(&bench, &format!("c-{number}"), "slow").await;
    }
    slow.until(|posts| posts.len() >= PLACES / 2).await;
    let body = event("c-quick", "quick").to_string();
    let answer = bench.post("other", "state-modification", &body).await;
    assert_eq!(answer.json(), json!({ "queued": 1 }));
    quick.until(|posts| !posts.is_empty()).await;
    let posts = slow.posts();
    let begun: BTreeSet<_> = posts.iter().map(|post| post.header("webhook-id")).collect();
    assert!(begun.len() < PLACES, "the slow one had every place");
    slow.let_go();
    bench.server.stop().await.unwrap();
}

async fn what_was_accepted_before_a_restart_is_delivered_after_it() {
    // Nothing listens yet, so the first attempt fails.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bench = bench(&[("audit", port)]).await;
    post(&bench, "c-1", "audit").await;
    let (stream, _) = listener.accept().await.unwrap();
    let Bench { folder, server, .. } = bench;
    let stopping = tokio::spawn(server.stop());
    // It is cut off while the server waits for it.
    drop(stream);
    stopping.await.unwrap().unwrap();
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    let record = records(&store, "audit", 1).await.remove(0);
    assert_eq!(record.outcome, "connection", "the last attempt is recorded");
    let bench = Bench::with_environment(folder, environment()).await;
    let (mut stream, _) = tokio::time::timeout(PATIENCE, listener.accept())
        .await
        .unwrap()
        .unwrap();
    // Closing a connection with unread data resets it, with or without a response.
    let mut request = Vec::new();
    while !request.ends_with(b"}]}") {
        assert!(stream.read_buf(&mut request).await.unwrap() > 0);
    }
    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    stream.write_all(answer).await.unwrap();
    let records = records(&store, "audit", 2).await;
    assert_eq!(records[1].outcome, "ok", "{records:?}");
    let deliveries = records
        .iter()
        .map(|record| record.delivery.as_ref().unwrap());
    let deliveries: Vec<_> = deliveries
        .map(|delivery| (&delivery.id, delivery.attempt))
        .collect();
    assert_eq!(deliveries[0].0, deliveries[1].0);
    assert_eq!((deliveries[0].1, deliveries[1].1), (1, 2));
    bench.server.stop().await.unwrap();
}

/// Closes each connection so that the client sees a reset.
async fn resetting() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_zero_linger().unwrap();
        }
    });
    port
}

async fn each_way_to_fail_has_the_next_step_that_the_schedule_says() {
    let endpoint = Endpoint::start(|post, before| match post.path.as_str() {
        "/slow" => (Duration::from_secs(4), status(200)),
        "/flapping" if before == 0 => (Duration::ZERO, status(503)),
        "/gone" => (Duration::ZERO, status(410)),
        "/refusing" => (Duration::ZERO, status(400)),
        "/busy" => (Duration::ZERO, busy("9")),
        "/overloaded" => (Duration::ZERO, busy("3600")),
        _ => (Duration::ZERO, status(204)),
    })
    .await;
    let reset = resetting().await;
    let names = ["slow", "flapping", "gone", "refusing", "busy", "overloaded"];
    let mut hooks: Vec<_> = names.iter().map(|name| (*name, endpoint.port)).collect();
    hooks.push(("reset", reset));
    let bench = bench(&hooks).await;
    let body = event("c-1", "all").to_string();
    let answer = bench.post("bot", "state-modification", &body).await;
    assert_eq!(answer.json(), json!({ "queued": 7 }), "{}", answer.body);
    let store = store(&bench);
    let first = async |hook: &str| records(&store, hook, 1).await.remove(0);
    // The schedule's five seconds, and the one and two seconds that the endpoint asked for.
    for (hook, outcome, seconds) in [
        ("slow", "timeout", 4.0..=6.0),
        ("flapping", "server-error", 4.0..=6.0),
        ("reset", "connection", 4.0..=6.0),
        ("busy", "server-error", 8.0..=9.001),
        ("overloaded", "server-error", 8.0..=12.0),
    ] {
        let record = first(hook).await;
        assert_eq!(record.outcome, outcome, "{hook}");
        let delivery = record.delivery.as_ref().unwrap();
        assert_eq!(delivery.next, AfterAttempt::Retry, "{hook}");
        let due = SystemTime::UNIX_EPOCH + Duration::from_millis(delivery.next_due.unwrap());
        let wait = due
            .duration_since(record.started() + record.duration())
            .unwrap();
        // Stored times are rounded to milliseconds.
        let slack = 0.1;
        let (least, most) = seconds.into_inner();
        let wait = wait.as_secs_f64();
        assert!(
            (least - slack..=most + slack).contains(&wait),
            "{hook}: {wait} s"
        );
    }
    for (hook, outcome) in [("gone", "gone"), ("refusing", "bad-status")] {
        let record = first(hook).await;
        assert_eq!(record.outcome, outcome, "{hook}");
        assert_eq!(
            record.delivery.unwrap().next,
            AfterAttempt::DeadLetter,
            "{hook}"
        );
    }
    let dead = store.dead_letters(10).await.unwrap();
    let codes: BTreeSet<_> = dead
        .iter()
        .map(|letter| letter.reason.as_ref().unwrap().code.as_str())
        .collect();
    assert_eq!(codes, BTreeSet::from(["bad-status", "gone"]));

    let flapping = records(&store, "flapping", 2).await;
    assert_eq!(flapping[1].outcome, "ok");
    let ids: BTreeSet<_> = endpoint
        .posts()
        .into_iter()
        .filter(|post| post.path == "/flapping")
        .map(|post| post.header("webhook-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "each attempt has the same id");
    bench.server.stop().await.unwrap();
}

fn busy(retry_after: &'static str) -> Response {
    let mut response = status(429);
    let value = retry_after.parse().unwrap();
    response.headers_mut().insert("retry-after", value);
    response
}

async fn a_store_that_is_away_for_a_while_loses_nothing_that_was_accepted() {
    let endpoint = Endpoint::start(|_, _| (Duration::from_millis(50), status(204))).await;
    let bench = bench(&[("audit", endpoint.port)]).await;
    let mut accepted = BTreeSet::new();
    for number in 0..20 {
        let conversation = format!("c-{number}");
        post(&bench, &conversation, "audit").await;
        accepted.insert(conversation);
    }
    // Another process holds the lock for longer than the timeout.
    let path = store(&bench).path().to_owned();
    let locked = tokio::task::spawn_blocking(move || {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        std::thread::sleep(Duration::from_secs(7));
        connection.execute_batch("ROLLBACK").unwrap();
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let body = event("c-lost", "audit").to_string();
    let refused = bench.post("bot", "state-modification", &body).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.json()["code"], "queue-unavailable");
    locked.await.unwrap();
    post(&bench, "c-after", "audit").await;
    accepted.insert("c-after".to_owned());
    let conversations = |posts: &[crate::endpoint::Post]| -> BTreeSet<String> {
        let id = |post: &crate::endpoint::Post| {
            post.json()["context"]["conversationId"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        posts.iter().map(id).collect()
    };
    endpoint
        .until(|posts| conversations(posts).is_superset(&accepted))
        .await;
    let store = store(&bench);
    bench.server.stop().await.unwrap();
    let later = SystemTime::now() + Duration::from_hours(1);
    let left = store.receive(10, Duration::from_secs(1), later).await;
    assert!(left.unwrap().is_empty(), "nothing is left, leased or not");
}
