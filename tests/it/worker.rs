//! The worker as a process, with deliveries queued in an emulated SQS.

pub(crate) mod counts;
pub(crate) mod pump;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant, SystemTime},
};

use hookpoint_engine::{
    application::binding::Target,
    delivery::job::{Job, NewJob},
    identifier::DeliveryId,
    ports::{BindingSource as _, DeadLetters as _, JobQueue as _, RunStore as _},
    record::RunFilter,
    stages::Stage,
};
use hookpoint_xtask::generate::functions::WORKER;
use serde_json::{Value, json};

use self::{counts::counts, pump::Pump};
use crate::{
    receiver::{Received, Receiver, Reply},
    runtime_api::RuntimeApi,
    stage_function::{APPLICATION, Deployment, event_of},
};

/// A stage with asynchronous hooks only.
const STAGE: Stage = Stage::AfterSelfServiceLogin;
/// Longer than a worker needs for a batch.
const LEASE: Duration = Duration::from_secs(5);
/// Timeout of a thousand deliveries on a busy machine. They usually take 45 s.
const PATIENCE: Duration = Duration::from_mins(5);

/// A receiver with these replies at `/audit` that refuses at `/refuses`, and a deployment that delivers to it.
async fn deployed(replies: &[Value], functions: &[String], queue: &str) -> (Receiver, Deployment) {
    let reply = |reply: &Value| serde_json::from_value::<Reply>(reply.clone()).unwrap();
    let replies: Vec<_> = replies.iter().map(reply).collect();
    let refusal = vec![reply(&json!({"status": 400}))];
    let replies = [
        ("audit".to_owned(), replies),
        ("refuses".to_owned(), refusal),
    ];
    let receiver = Receiver::start(replies.into()).await;
    let port = receiver.port;
    let yaml = format!(
        "version: 1\nsecrets: [CrmToken]\napplications:\n  {APPLICATION}: {{ name: Shop, kind: identity }}\nhooks:\n  \
         audit: {{ webhook: {{ url: \"http://127.0.0.1:{port}/audit\", headers: {{ Authorization: \"Bearer {{CrmToken:Secret}}\" }} }} }}\n  \
         refuses: {{ webhook: \"http://127.0.0.1:{port}/refuses\" }}\n\
         bindings:\n  - {{ application: {APPLICATION}, stage: {id}, hook: audit }}\n  \
         - {{ application: {APPLICATION}, stage: {id}, hook: refuses }}\n\
         local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n",
        id = STAGE.id(),
    );
    (
        receiver,
        Deployment::on_queue(&yaml, functions, queue).await,
    )
}

fn received_at(receiver: &Receiver, path: &str) -> Vec<Received> {
    let mut requests = receiver.received();
    requests.retain(|request| request.path == path);
    requests
}

fn webhook_id(request: &Received) -> String {
    request.headers["webhook-id"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stage_has_queued_is_delivered_tried_again_or_set_aside_with_its_reason() {
    let replies = [json!({"status": 503}), json!({"status": 204})];
    let functions = [STAGE.name(), WORKER.to_owned()];
    let (receiver, deployment) = deployed(&replies, &functions, "process").await;
    let api = RuntimeApi::start().await;
    let stage = deployment.start_function(&STAGE.name(), &api);
    let mut event = event_of(STAGE);
    event["headers"]["idempotency-key"] = json!("login-1");
    for replayed in [Value::Null, json!("true")] {
        let answer = api.invoke(event.clone()).await;
        assert_eq!(
            (&answer["statusCode"], &answer["body"]),
            (&json!(202), &json!("{\"queued\":2}")),
            "{answer}"
        );
        assert_eq!(answer["headers"]["idempotent-replayed"], replayed);
    }
    api.frozen().await;
    stage.kill().await;
    assert_eq!(counts(&deployment).await.sum(), 2, "queued once");

    let mut pump = Pump::new(&deployment, LEASE);
    pump.until_empty(Duration::from_secs(40)).await;
    let log = pump.stop().await;

    let [first, second] = &received_at(&receiver, "audit")[..] else {
        panic!("one attempt failed, the next did not:\n{log}");
    };
    assert_eq!(webhook_id(first), webhook_id(second));
    assert_ne!(
        first.headers["webhook-timestamp"],
        second.headers["webhook-timestamp"]
    );
    assert_eq!(first.headers["authorization"], "Bearer s3cr3t-token");
    assert_eq!(first.body, STAGE.example());
    assert_eq!(first.body, second.body);

    assert_eq!(received_at(&receiver, "refuses").len(), 1);
    let letters = deployment.queue.dead_letters(10).await.unwrap();
    let [letter] = &letters[..] else {
        panic!("{letters:?}");
    };
    assert_eq!(letter.reason.as_ref().unwrap().code, "bad-status");
    assert_eq!(letter.id, webhook_id(&received_at(&receiver, "refuses")[0]));

    let records = deployment.store.runs(&RunFilter::default(), 100).await;
    let mut outcomes: Vec<_> = records
        .unwrap()
        .into_iter()
        .filter_map(|record| {
            let delivery = record.delivery?;
            Some((record.hook.to_string(), delivery.attempt, record.outcome))
        })
        .collect();
    outcomes.sort();
    let outcome =
        |hook: &str, attempt, outcome: &str| (hook.to_owned(), attempt, outcome.to_owned());
    assert_eq!(
        outcomes,
        [
            outcome("audit", 1, "server-error"),
            outcome("audit", 2, "ok"),
            outcome("refuses", 1, "bad-status"),
        ]
    );
    for secret in ["s3cr3t-token", "alice@example.com"] {
        assert!(!log.contains(secret), "`{secret}` is in the log:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_deliveries_survive_a_worker_that_is_killed_again_and_again() {
    const COUNT: usize = 1_000;
    /// How many wait at once: the emulator scans all of them at each receive.
    const WAITING: usize = 100;
    let functions = [WORKER.to_owned()];
    let (receiver, deployment) = deployed(&[json!({"status": 204})], &functions, "process").await;
    let jobs = jobs(&deployment, COUNT).await;
    let expected: BTreeSet<_> = jobs.iter().map(|job| job.delivery.to_string()).collect();

    let mut pump = Pump::new(&deployment, Duration::from_secs(2)).killing(50..=300);
    let mut coming = jobs.chunks(WAITING / 2);
    let (mut queued, mut arrived) = (0, 0);
    let begin = Instant::now();
    while arrived < COUNT {
        assert!(begin.elapsed() < PATIENCE, "{arrived} of {queued} arrived");
        if queued - arrived <= WAITING / 2
            && let Some(next) = coming.next()
        {
            let now = SystemTime::now();
            deployment.queue.enqueue(next, now).await.unwrap();
            queued += next.len();
        }
        pump.turn().await;
        arrived = distinct(&receiver).len();
    }
    let kills = pump.kills();
    assert!(kills >= 5, "the worker was killed {kills} times only");
    // Jobs leased by killed workers come back and are settled.
    let mut pump = pump.sparing();
    pump.until_empty(Duration::from_secs(30)).await;
    pump.stop().await;

    assert_eq!(distinct(&receiver), expected);
    let mut bodies = BTreeMap::new();
    for request in receiver.received() {
        let number = request.body["number"].clone();
        let known = bodies.entry(webhook_id(&request)).or_insert(number.clone());
        assert_eq!(*known, number, "a retry is the same delivery");
    }
    let letters = deployment.queue.dead_letters(10).await.unwrap();
    assert!(letters.is_empty(), "{letters:?}");
    eprintln!(
        "{COUNT} deliveries, {kills} kills, {} repetitions",
        receiver.received().len() - COUNT
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifo_queue_lets_nothing_of_a_conversation_overtake_a_failed_attempt() {
    let replies = [json!({"status": 503}), json!({"status": 204})];
    let functions = [WORKER.to_owned()];
    let (receiver, deployment) = deployed(&replies, &functions, "process.fifo").await;
    let jobs = jobs(&deployment, 3).await;
    deployment
        .queue
        .enqueue(&jobs, SystemTime::now())
        .await
        .unwrap();

    let mut pump = Pump::new(&deployment, LEASE);
    pump.until_empty(Duration::from_secs(40)).await;
    let log = pump.stop().await;
    let numbers: Vec<_> = receiver
        .received()
        .into_iter()
        .map(|request| request.body["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [0, 0, 1, 2], "{log}");
    assert!(
        log.contains("\"attempt\":2"),
        "the queue has counted:\n{log}"
    );
}

/// The `webhook-id` of every delivery that has arrived.
fn distinct(receiver: &Receiver) -> BTreeSet<String> {
    receiver.received().iter().map(webhook_id).collect()
}

/// Deliveries to `/audit`, as created by a stage.
async fn jobs(deployment: &Deployment, count: usize) -> Vec<Job> {
    let application = APPLICATION.parse().unwrap();
    let target = Target::Application(application);
    let bindings = deployment.store.bindings(STAGE, &target).await.unwrap();
    let binding = bindings
        .iter()
        .find(|binding| binding.hook.name.as_str() == "audit");
    let binding = binding.unwrap();
    let now = SystemTime::now();
    let job = |number: usize| {
        let Value::Object(event) = json!({"eventType": STAGE.id(), "context": {"conversationId": "c-1"}, "number": number})
        else {
            unreachable!("an object");
        };
        Job::new(NewJob {
            delivery: DeliveryId::unique(),
            application: &APPLICATION.parse().unwrap(),
            stage: STAGE,
            target: &target,
            binding: &binding.id,
            hook: &binding.hook,
            correlation_id: "4f0c6f1e-2d0b-4a58-9c3e-0c1a5b9d7e21",
            traceparent: None,
            accepted: now,
            event,
        })
    };
    (0..count).map(job).collect()
}
