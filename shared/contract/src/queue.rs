//! The contract of `JobQueue`, `WorkQueue` and `DeadLetters`.

mod dead;
mod handing_out;
mod leases;

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use futures::future::{BoxFuture, join_all};
use hookpoint_stages::Stage;
use serde_json::{Map, Value, json};

use hookpoint_engine::{
    application::binding::Target,
    delivery::job::{Job, NewJob},
    hook::HookReference,
    identifier::DeliveryId,
    ports::{DeadLetters, Leased, Settlement, WorkQueue},
    testing::sample::id,
};

use crate::names::incompressible;

/// A whole queue.
pub trait ContractQueue: WorkQueue + DeadLetters {}

impl<Q: WorkQueue + DeadLetters> ContractQueue for Q {}

/// An empty queue for one check, and its peculiarities.
pub struct Subject {
    queue: Arc<dyn ContractQueue>,
    /// The current time, if the queue takes it as an argument.
    manual_time: Option<Mutex<SystemTime>>,
    inject: Option<Inject>,
    takes_turns: bool,
}

type Inject = Box<dyn Fn(String) -> BoxFuture<'static, ()> + Send + Sync>;

/// Longer than any check takes.
const LONG: Duration = Duration::from_mins(1);
/// Short, but long enough for a service that counts in seconds.
const SHORT: Duration = Duration::from_secs(2);
/// Maximum wait for a due job.
const PATIENCE: Duration = Duration::from_secs(20);

impl Subject {
    /// A queue that takes the time as an argument: waits take no real time.
    pub fn new(queue: Arc<dyn ContractQueue>) -> Self {
        Self {
            queue,
            manual_time: Some(Mutex::new(SystemTime::now())),
            inject: None,
            takes_turns: true,
        }
    }

    /// The queue has its own clock: the checks wait for real.
    #[must_use]
    pub fn with_own_clock(self) -> Self {
        Self {
            manual_time: None,
            ..self
        }
    }

    /// Sets how to enqueue raw messages, for the checks of messages that are not jobs.
    #[must_use]
    pub fn injecting(
        self,
        inject: impl Fn(String) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        let inject: Inject = Box::new(inject);
        Self {
            inject: Some(inject),
            ..self
        }
    }

    /// The service guarantees fair turns between applications, but its stand-in here does not.
    #[must_use]
    pub fn without_turns(self) -> Self {
        Self {
            takes_turns: false,
            ..self
        }
    }

    fn now(&self) -> SystemTime {
        let read = |time: &Mutex<SystemTime>| *time.lock().unwrap();
        self.manual_time.as_ref().map_or_else(SystemTime::now, read)
    }

    async fn wait(&self, duration: Duration) {
        match &self.manual_time {
            Some(time) => *time.lock().unwrap() += duration,
            None => tokio::time::sleep(duration).await,
        }
    }

    async fn enqueue(&self, jobs: &[Job]) {
        self.queue.enqueue(jobs, self.now()).await.unwrap();
    }

    async fn receive(&self, limit: usize, lease: Duration) -> Vec<Leased> {
        let received = self.queue.receive(limit, lease, self.now()).await.unwrap();
        assert!(received.len() <= limit, "more than requested");
        received
    }

    /// Receives until `count` jobs have come.
    async fn receive_all(&self, count: usize, lease: Duration) -> Vec<Leased> {
        let started = self.now();
        let mut received = Vec::new();
        while received.len() < count {
            let more = self.receive(10.min(count - received.len()), lease).await;
            if more.is_empty() {
                let waited = self.now().duration_since(started).unwrap_or_default();
                let found = received.len();
                assert!(waited < PATIENCE, "{found} of {count} jobs came");
                self.wait(Duration::from_millis(100)).await;
            }
            received.extend(more);
        }
        received
    }

    /// Receives the only job.
    async fn receive_one(&self, lease: Duration) -> (Leased, Job) {
        let leased = self.receive_all(1, lease).await.remove(0);
        let job = leased.job.clone().unwrap();
        (leased, job)
    }

    /// Checks that nothing is handed out now.
    async fn assert_nothing_comes(&self) {
        let received = self.receive(10, LONG).await;
        assert!(received.is_empty(), "{received:?}");
    }

    async fn settle(&self, leased: &Leased, settlement: Settlement) {
        let settled = self.queue.settle(leased, settlement, self.now()).await;
        settled.unwrap();
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subject").finish_non_exhaustive()
    }
}

checks! {
    Subject:
    handing_out::{
        every_job_of_a_large_call_comes_and_never_again_once_it_is_done,
        a_job_comes_back_with_every_field_character_and_digit,
        hostile_events_come_back_as_they_were,
        a_job_does_not_come_before_it_is_due,
        one_application_does_not_keep_another_waiting,
        a_message_that_is_no_job_comes_as_such_and_can_be_set_aside,
    };
    leases::{
        a_leased_job_comes_again_after_its_lease_and_not_before,
        a_job_that_is_tried_again_takes_the_place_of_the_one_before,
        settling_twice_or_late_is_no_error_and_loses_nothing,
        workers_at_once_never_have_the_same_job,
        a_message_that_is_put_off_comes_again_as_it_is,
    };
    dead::{
        a_dead_job_is_set_aside_whole_and_with_its_reason,
        looking_at_dead_letters_does_not_take_them_out,
        chosen_dead_letters_are_sent_again_from_their_first_attempt,
        dropped_dead_letters_are_gone,
        dead_letters_are_found_by_id_and_by_what_they_are_about,
    };
}

/// Runs all checks concurrently, each on its own queue, and panics with the names of those that failed.
pub async fn contract(fresh: impl AsyncFn() -> Subject) {
    let checks = ALL.iter().map(async |check| {
        let subject = fresh().await;
        check.broken(&subject).await
    });
    let broken: Vec<_> = join_all(checks).await.into_iter().flatten().collect();
    assert!(broken.is_empty(), "the contract is broken: {broken:#?}");
}

/// A job of an application, due at once.
fn job_of(application: &str, now: SystemTime, event: Value) -> Job {
    let Value::Object(event) = event else {
        panic!("an event is an object");
    };
    Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &id(application),
        stage: Stage::AfterMfaChange,
        target: &Target::Store(id("customers")),
        binding: &id("alert"),
        hook: &HookReference {
            name: id("mail"),
            version: 3,
            sha256: "ab".repeat(32),
        },
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        accepted: now,
        event,
    })
}

fn job(subject: &Subject) -> Job {
    let event = json!({"eventType": "afterMfaChange"});
    job_of("shop", subject.now(), event)
}

/// A difficult job: maximum size, characters that XML does not allow, digits that no double holds.
fn hard_job(subject: &Subject) -> Job {
    let alphabet: Vec<char> = ('a'..='z').chain('α'..='ω').chain(['😀', '"']).collect();
    let large = incompressible(7, 120_000, &alphabet);
    let text = r#"{"z": 12345678901234567890.10, "a": 1e400, "b": -0, "c": [[{}], null, ""], "a\u0000b": "\ud83d\ude00"}"#;
    let mut event: Map<String, Value> = serde_json::from_str(text).unwrap();
    let controls: String = ('\0'..='\u{9f}').collect();
    event.insert("controls".to_owned(), Value::from(controls));
    let odd = "\u{fffe}\u{ffff}\u{feff}\u{2028}\u{10ffff}\u{1fffe}\u{d7ff}\u{e000}";
    event.insert(odd.to_owned(), Value::from(odd));
    event.insert("large".to_owned(), Value::from(large));
    job_of("shop", subject.now(), Value::Object(event))
}

fn deliveries<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Vec<DeliveryId> {
    let mut ids: Vec<_> = jobs.into_iter().map(|job| job.delivery.clone()).collect();
    ids.sort();
    ids
}
