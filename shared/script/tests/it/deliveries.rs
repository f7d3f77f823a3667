//! Asynchronous scripts that fail: which are retried, and when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_engine::{
    Arrival, Engine, Ports, Runners,
    application::binding::{Mode, Target},
    delivery::job::Job,
    event::Event,
    hook::{
        HookBody, Implementation,
        egress::EgressPolicy,
        outcome::{FailureClass, HookFailure},
    },
    ports::{Fetch, FetchReply, FetchRequest, Settlement, WorkQueue as _},
    publish::Desired,
    stages::{Family, Stage},
    testing::{
        FakeWebhook, MemoryQueue, MemoryStore, ports,
        sample::{application, binding, id, script_hook},
    },
};
use hookpoint_script::{Sandbox, SandboxOptions};
use serde_json::json;
use tokio::time::Instant;

use crate::support::tests;

tests![
    a_script_that_asks_for_it_or_got_no_response_is_retried_as_a_failing_webhook_is,
    what_another_attempt_cannot_change_is_given_up_at_once,
    the_last_response_says_how_long_to_wait,
    every_attempt_has_the_id_of_its_delivery,
    the_eighth_failure_is_the_last,
    a_delivery_that_waited_for_a_place_is_retried,
];

const STAGE: Stage = Stage::AfterSelfServiceLogin;

/// Responds by the path, and keeps each request's `idempotency-key`.
#[derive(Default)]
struct Vendor {
    keys: Mutex<Vec<String>>,
}

#[async_trait]
impl Fetch for Vendor {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let header = request
            .headers
            .iter()
            .find(|(name, _)| name == "idempotency-key");
        if let Some((_, key)) = header {
            self.keys.lock().expect("a lock").push(key.clone());
        }
        let reply = |status, retry_after: &str| {
            let header = ("Retry-After".to_owned(), retry_after.to_owned());
            Ok(FetchReply {
                status,
                headers: Some(header)
                    .filter(|_| !retry_after.is_empty())
                    .into_iter()
                    .collect(),
                body: b"{}".to_vec(),
            })
        };
        let path = request.url.rsplit('/').next().unwrap_or_default();
        match path {
            "busy" => reply(429, "7"),
            "gone" => reply(404, ""),
            "silent" => std::future::pending().await,
            "reset" => Err(HookFailure::new(FailureClass::Connection, "reset")),
            _ => reply(200, "7"),
        }
    }
}

/// A script bound asynchronously, with what runs and delivers it.
struct Stand {
    engine: Engine,
    queue: Arc<MemoryQueue>,
    vendor: Arc<Vendor>,
    now: SystemTime,
}

impl Stand {
    fn of(source: &str) -> Self {
        Self::with(source, 300, &SandboxOptions::default())
    }

    fn with(source: &str, timeout_ms: u64, options: &SandboxOptions) -> Self {
        let (shop, hook) = (id("shop"), id("feed"));
        let mut bound = binding(&hook, STAGE, &Target::Application(id("shop")));
        bound.mode = Mode::Asynchronous;
        bound.timeout_ms = Some(timeout_ms);
        let mut body = HookBody::clone(&script_hook(source));
        if let Implementation::Script(script) = &mut body.implementation {
            script.hosts = vec!["vendor.test".to_owned()];
        }
        let store = MemoryStore::holding(&Desired {
            applications: vec![application(&shop, Family::Identity)],
            stores: BTreeSet::new(),
            hooks: BTreeMap::from([(hook, Arc::new(body))]),
            bindings: vec![bound],
        });
        let queue = Arc::new(MemoryQueue::default());
        let vendor = Arc::new(Vendor::default());
        let sandbox = Sandbox::new(options, vendor.clone());
        let ports = Ports {
            queue: queue.clone(),
            ..ports(Arc::new(store))
        };
        let webhooks = Arc::new(FakeWebhook::new(|_| panic!("there is no webhook")));
        Self {
            engine: Engine::new(
                ports,
                Runners::new(webhooks, Some(Arc::new(sandbox)), EgressPolicy::default()),
            ),
            queue,
            vendor,
            now: SystemTime::now(),
        }
    }

    async fn accepted(&self) -> Job {
        let body = json!({ "eventType": STAGE.id(), "customer": { "info": { "id": "1" } } });
        let event = Event::parse(STAGE, body.to_string().as_bytes()).expect("an event");
        let arrival = Arrival {
            correlation_id: "0b6f1f4e-0000-4000-8000-000000000000".to_owned(),
            traceparent: None,
            now: self.now,
            received: Instant::now(),
        };
        let shop = id("shop");
        let posted = self.engine.run_without_key(&shop, &event, &arrival);
        posted.await.expect("a pass");
        let leased = self.queue.receive(1, Duration::from_mins(1), self.now);
        let leased = leased.await.expect("a queue");
        leased[0].job.clone().expect("a job")
    }

    /// The outcome of the first attempt.
    async fn delivered(&self) -> Settlement {
        let job = self.accepted().await;
        self.engine.deliver(&job, self.now).await
    }
}

async fn a_script_that_asks_for_it_or_got_no_response_is_retried_as_a_failing_webhook_is() {
    for body in [
        "throw Object.assign(new Error('not now'), { name: 'RetryableError' })",
        "class Busy extends Error { name = 'RetryableError' }; throw new Busy()",
        "throw { name: 'RetryableError' }",
        "const reply = await fetch('https://vendor.test/busy'); if (!reply.ok) throw Object.assign(new Error(`answered ${reply.status}`), { name: 'RetryableError' })",
        "return fetch('https://vendor.test/reset')",
        // A timeout whose time went into waiting for a vendor.
        "await fetch('https://vendor.test/silent')",
        "fetch('https://vendor.test/silent'); await new Promise(() => {})",
        "await fetch('https://vendor.test/silent', { signal: AbortSignal.timeout(50) })",
    ] {
        let stand = Stand::of(&format!("export default async () => {{ {body} }}"));
        match stand.delivered().await {
            Settlement::Retry(job) => assert_eq!(job.attempt, 2, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

async fn what_another_attempt_cannot_change_is_given_up_at_once() {
    for (body, code) in [
        ("throw new Error('the customer is unknown')", "script-error"),
        ("throw 'RetryableErrors'", "script-error"),
        (
            "throw { name: 'Busy', message: 'RetryableError: no' }",
            "script-error",
        ),
        ("undefined.member", "script-error"),
        // The connection that failed was handled, and is not why the script fails.
        (
            "await fetch('https://vendor.test/reset').catch(() => 0); await fetch('https://vendor.test/fine'); undefined.member",
            "script-error",
        ),
        (
            "const reply = await fetch('https://vendor.test/busy'); throw new Error(reply.status)",
            "script-error",
        ),
        ("return 'a string'", "bad-response"),
        ("return new Error('a refusal')", "bad-response"),
        ("for (;;);", "script-timeout"),
        (
            "await new Promise((resolve) => setTimeout(resolve, 60000))",
            "script-timeout",
        ),
        ("await fetch('https://other.test/')", "egress-refused"),
        ("const deeper = () => deeper(); deeper()", "script-stack"),
        ("not JavaScript", "script-error"),
    ] {
        let stand = Stand::of(&format!("export default async () => {{ {body} }}"));
        match stand.delivered().await {
            Settlement::Dead(reason) => assert_eq!(reason.code, code, "{body}: {reason:?}"),
            other => panic!("{body}: {other:?}"),
        }
    }
}

async fn the_last_response_says_how_long_to_wait() {
    // The schedule waits 4 to 6 s after the first attempt.
    for (paths, range) in [
        (&["busy"][..], 7_000..=8_000),
        (&["fine", "busy"], 7_000..=8_000),
        // A response without an error, or without the header, asks for nothing.
        (&["busy", "fine"], 4_000..=6_900),
        (&["busy", "gone"], 4_000..=6_900),
    ] {
        let source = format!(
            "export default async () => {{
               for (const path of '{}'.split(',')) await fetch(`https://vendor.test/${{path}}`);
               throw Object.assign(new Error('no'), {{ name: 'RetryableError' }});
             }}",
            paths.join(",")
        );
        // Longer than a busy machine delays it.
        let stand = Stand::with(&source, 3_000, &SandboxOptions::default());
        let Settlement::Retry(job) = stand.delivered().await else {
            panic!("{paths:?} is not retried");
        };
        let wait = job.wait(stand.now).as_millis();
        assert!(range.contains(&wait), "{paths:?}: {wait} ms");
    }
}

async fn every_attempt_has_the_id_of_its_delivery() {
    let stand = Stand::of(
        "export default async (event, hook) => {
           await fetch('https://vendor.test/fine', { headers: { 'idempotency-key': hook.deliveryId } });
           throw Object.assign(new Error('after the vendor did its part'), { name: 'RetryableError' });
         }",
    );
    let job = stand.accepted().await;
    let Settlement::Retry(next) = stand.engine.deliver(&job, stand.now).await else {
        panic!("it is not retried");
    };
    stand.engine.deliver(&next, next.due()).await;
    let id = job.delivery.as_str();
    assert_eq!(*stand.vendor.keys.lock().expect("a lock"), [id, id]);
}

async fn the_eighth_failure_is_the_last() {
    let stand = Stand::of("export default () => { throw { name: 'RetryableError' } }");
    let mut job = stand.accepted().await;
    for attempt in 1..=8 {
        assert_eq!(job.attempt, attempt);
        match stand.engine.deliver(&job, job.due()).await {
            Settlement::Retry(next) => job = *next,
            Settlement::Dead(reason) => {
                assert_eq!((attempt, reason.code.as_str()), (8, "script-error"));
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("there is a ninth attempt");
}

/// A run that began late and ran out of time says nothing about its script: another attempt may find a place at once.
async fn a_delivery_that_waited_for_a_place_is_retried() {
    let one_place = SandboxOptions {
        memory_mb: 128,
        ..SandboxOptions::default()
    };
    let source = "export default () => new Promise((resolve) => setTimeout(resolve, 1_200))";
    let stand = Stand::with(source, 2_000, &one_place);
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(stand.accepted().await);
    }
    // The first takes 1.2 s of two, which leaves the second too little, and the third nothing.
    let attempts = jobs.iter().map(|job| stand.engine.deliver(job, stand.now));
    let settled = futures::future::join_all(attempts).await;
    let again =
        |settled: &&Settlement| matches!(settled, Settlement::Retry(job) if job.attempt == 2);
    assert_eq!(settled.iter().filter(again).count(), 2, "{settled:?}");
    assert!(settled.contains(&Settlement::Done), "{settled:?}");
    // Alone, it would take as long again.
    let endless = Stand::with("export default () => { for (;;); }", 300, &one_place);
    let settled = endless.delivered().await;
    assert!(matches!(settled, Settlement::Dead(_)), "{settled:?}");
}
