//! The queue's contract, and behaviour specific to this queue.

use std::collections::BTreeMap;

use hookpoint_contract::queue::{Subject, contract};
use hookpoint_engine::{
    application::binding::Target, delivery::job::NewJob, hook::HookReference,
    identifier::DeliveryId, ports::DeadReason, testing::sample::id,
};
use hookpoint_stages::Stage;
use serde_json::json;
use tempfile::TempDir;

use super::*;

const LEASE: Duration = Duration::from_secs(20);

/// A store in a temporary directory.
fn store() -> (TempDir, LocalStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path()).unwrap();
    (directory, store)
}

/// A job of an application, due at a time.
pub(in crate::store) fn job(application: &str, due: SystemTime) -> Job {
    let event = json!({"eventType": "afterMfaChange"});
    Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &id(application),
        stage: Stage::AfterMfaChange,
        target: &Target::Application(id(application)),
        binding: &id("alert"),
        hook: &HookReference {
            name: id("mail"),
            version: 3,
            sha256: "ab".repeat(32),
        },
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted: due,
        event: event.as_object().unwrap().clone(),
    })
}

/// Enqueues jobs for each application, due at once.
async fn fill(store: &LocalStore, now: SystemTime, applications: &[(&str, usize)]) {
    let jobs: Vec<_> = applications
        .iter()
        .flat_map(|(application, count)| (0..*count).map(|_| job(application, now)))
        .collect();
    store.enqueue(&jobs, now).await.unwrap();
}

/// How many of the jobs belong to each application.
fn count(received: &[Leased]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for leased in received {
        let application = leased.job.as_ref().unwrap().application.to_string();
        *counts.entry(application).or_default() += 1;
    }
    counts
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected
        .map(|(name, count)| (name.to_owned(), count))
        .into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_queue_keeps_the_contract_of_a_queue() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    contract(async || {
        number.set(number.get() + 1);
        let path = directory.path().join(number.get().to_string());
        let store = LocalStore::open(&path).unwrap();
        let injecting = store.clone();
        Subject::new(Arc::new(store)).injecting(move |message| {
            let store = injecting.clone();
            Box::pin(async move { inject(&store, message).await })
        })
    })
    .await;
}

async fn inject(store: &LocalStore, message: String) {
    let now = SystemTime::now();
    let row = jobs::Row {
        message,
        ..jobs::Row::from(&job("shop", now))
    };
    store
        .write(move |connection| {
            Ok::<_, Failure>(jobs::insert(connection, std::slice::from_ref(&row))?)
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn applications_take_turns_and_those_with_jobs_in_hand_come_last() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    fill(&store, now, &[("busy", 1_000), ("calm", 3), ("quiet", 1)]).await;
    let receive = async |limit| store.receive(limit, LEASE, now).await.unwrap();
    let shares = count(&receive(10).await);
    assert_eq!(shares, counts([("busy", 6), ("calm", 3), ("quiet", 1)]));
    // Six jobs of the busy one are leased: a newcomer gets six before the busy one gets another.
    fill(&store, now, &[("late", 10)]).await;
    assert_eq!(count(&receive(6).await), counts([("late", 6)]));
    assert_eq!(count(&receive(4).await), counts([("busy", 2), ("late", 2)]));

    // One at a time, each settled before the next: none is leased, and still they alternate.
    let later = now + LEASE * 2;
    let mut served = Vec::new();
    for _ in 0..8 {
        let leased = store.receive(1, LEASE, later).await.unwrap().remove(0);
        served.extend(count(std::slice::from_ref(&leased)).into_keys());
        store
            .settle(&leased, Settlement::Done, later)
            .await
            .unwrap();
    }
    for pair in served.windows(2) {
        assert_ne!(pair[0], pair[1], "{served:?}");
    }
}

#[tokio::test]
async fn more_applications_than_jobs_asked_for_are_all_served_in_time() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let names: Vec<_> = (0..50).map(|number| format!("app-{number}")).collect();
    let all: Vec<_> = names.iter().map(|name| (name.as_str(), 5)).collect();
    fill(&store, now, &all).await;
    let mut received = Vec::new();
    for _ in 0..17 {
        received.extend(store.receive(3, LEASE, now).await.unwrap());
    }
    assert_eq!(count(&received).len(), 50, "each has had its turn");
}

/// A job of an application for one of its hooks, due at a time.
fn job_for(application: &str, hook: &str, due: SystemTime) -> Job {
    let text = job(application, due).to_json();
    let hook = format!("\"hook\":{{\"name\":\"{hook}\"");
    Job::from_json(&text.replacen("\"hook\":{\"name\":\"mail\"", &hook, 1)).unwrap()
}

fn hooks(received: &[Leased]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for leased in received {
        let hook = leased.job.as_ref().unwrap().hook.name.to_string();
        *counts.entry(hook).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn no_endpoint_takes_so_many_places_that_another_finds_none() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let slow: Vec<_> = (0..500).map(|_| job_for("shop", "slow", now)).collect();
    store.enqueue(&slow, now).await.unwrap();
    let share = async |free| store.receive_shares(free, LEASE, now).await.unwrap();
    // On its own it gets four fifths, however often the worker asks.
    assert_eq!(share(100).await.len(), 80);
    assert!(share(20).await.is_empty());
    // Its application is at its limit as well, but others are not.
    let quick: Vec<_> = (0..3).map(|_| job_for("shop", "quick", now)).collect();
    store.enqueue(&quick, now).await.unwrap();
    fill(&store, now, &[("other", 30)]).await;
    assert_eq!(count(&share(20).await), counts([("other", 16)]));
    // As soon as places are free, the waiting one is served before the busy one.
    let (_directory, store) = self::store();
    store.enqueue(&slow, now).await.unwrap();
    let busy = store.receive_shares(100, LEASE, now).await.unwrap();
    store.enqueue(&quick, now).await.unwrap();
    for leased in &busy[..10] {
        store.settle(leased, Settlement::Done, now).await.unwrap();
    }
    let next = store.receive_shares(30, LEASE, now).await.unwrap();
    assert_eq!(hooks(&next)["quick"], 3);
    assert!(next.len() < 20, "{}", next.len());
    // With one place it gets that one.
    let (_directory, store) = self::store();
    store.enqueue(&slow, now).await.unwrap();
    assert_eq!(store.receive_shares(1, LEASE, now).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_hooks_of_an_application_take_turns() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let hooks_of = |hook: &str, count: usize| -> Vec<Job> {
        (0..count).map(|_| job_for("shop", hook, now)).collect()
    };
    store.enqueue(&hooks_of("a", 100), now).await.unwrap();
    store.enqueue(&hooks_of("b", 3), now).await.unwrap();
    store.enqueue(&hooks_of("c", 1), now).await.unwrap();
    let received = store.receive(10, LEASE, now).await.unwrap();
    assert_eq!(hooks(&received), counts([("a", 6), ("b", 3), ("c", 1)]));
}

#[tokio::test]
async fn what_a_dead_process_had_in_hand_is_handed_out_at_once_and_what_a_living_one_has_is_not() {
    let (directory, living) = store();
    let now = SystemTime::now();
    fill(&living, now, &[("shop", 4)]).await;
    let held = living.receive(2, LEASE, now).await.unwrap();
    assert_eq!(held.len(), 2);
    let dead = LocalStore::open(directory.path()).unwrap();
    let lost = dead.receive(2, LEASE, now).await.unwrap();
    assert_eq!(lost.len(), 2);
    let third = LocalStore::open(directory.path()).unwrap();
    assert!(third.receive(10, LEASE, now).await.unwrap().is_empty());
    drop(dead);
    // Dead owners are looked for from time to time, and when a process starts.
    let fourth = LocalStore::open(directory.path()).unwrap();
    let again = fourth.receive(10, LEASE, now).await.unwrap();
    let deliveries = |leased: &[Leased]| {
        let jobs = leased.iter().map(|leased| leased.job.clone().unwrap());
        let mut ids: Vec<_> = jobs.map(|job| job.delivery).collect();
        ids.sort();
        ids
    };
    assert_eq!(deliveries(&again), deliveries(&lost));
    // Receipts of the dead process are void.
    third.settle(&lost[0], Settlement::Done, now).await.unwrap();
    assert!(third.receive(10, LEASE, now).await.unwrap().is_empty());
    drop(fourth);
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(third.receive(10, LEASE, now).await.unwrap().len(), 2);
    living
        .settle(&held[0], Settlement::Done, now)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_delivery_that_is_enqueued_again_is_in_the_queue_once() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let jobs = [job("shop", now), job("shop", now)];
    store.enqueue(&jobs[..1], now).await.unwrap();
    store.enqueue(&jobs, now).await.unwrap();
    let received = store.receive(10, LEASE, now).await.unwrap();
    assert_eq!(received.len(), 2);
    // Not even while a worker has it.
    store.enqueue(&jobs, now).await.unwrap();
    assert!(store.receive(10, LEASE, now).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_receipt_of_a_lease_that_ran_out_does_nothing_to_the_same_delivery_later() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let job = job("shop", now);
    let jobs = std::slice::from_ref(&job);
    store.enqueue(jobs, now).await.unwrap();
    let late = store.receive(1, LEASE, now).await.unwrap().remove(0);
    let now = now + LEASE * 2;
    let leased = store.receive(1, LEASE, now).await.unwrap().remove(0);
    store.settle(&leased, Settlement::Done, now).await.unwrap();
    // The row's number is reused for the same delivery, but the old receipt stays void.
    store.enqueue(jobs, now).await.unwrap();
    let held = store.receive(1, LEASE, now).await.unwrap().remove(0);
    for receipt in [&late, &leased] {
        let settled = store.settle(receipt, Settlement::Done, now);
        settled.await.unwrap();
    }
    let now = now + LEASE * 2;
    assert_eq!(store.receive(1, LEASE, now).await.unwrap().len(), 1);
    let foreign = Leased {
        receipt: "AQEB…".to_owned(),
        ..held
    };
    let error = store.settle(&foreign, Settlement::Done, now).await;
    assert!(error.unwrap_err().message.contains("is not a receipt"));
}

#[tokio::test]
async fn what_kills_its_worker_each_time_is_set_aside_without_a_reason() {
    let (_directory, store) = store();
    let mut now = SystemTime::now();
    let job = job("shop", now);
    store
        .enqueue(std::slice::from_ref(&job), now)
        .await
        .unwrap();
    for _ in 0..leases::HANDED_OUT {
        assert_eq!(store.receive(1, LEASE, now).await.unwrap().len(), 1);
        now += LEASE * 2;
    }
    assert!(store.receive(1, LEASE, now).await.unwrap().is_empty());
    let letter = store.dead_letters(10).await.unwrap().remove(0);
    assert_eq!((letter.job, letter.reason), (Ok(job), None));
    assert_eq!(store.redrive(&Selection::All, now).await.unwrap(), 1);
    let again = store.receive(1, LEASE, now).await.unwrap();
    assert_eq!(again.len(), 1, "it starts from zero");
}

#[tokio::test]
async fn thousands_of_dead_letters_are_sent_again_and_dropped_piece_by_piece() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let many = AT_ONCE * 5 / 2;
    fill(&store, now, &[("shop", many)]).await;
    let reason = DeadReason {
        code: "gone".to_owned(),
        message: "the endpoint answered 410".to_owned(),
    };
    for leased in store.receive(many, LEASE, now).await.unwrap() {
        let dead = Settlement::Dead(reason.clone());
        store.settle(&leased, dead, now).await.unwrap();
    }
    let some: Vec<_> = store.dead_letters(many).await.unwrap();
    assert_eq!(some.len(), many);
    let chosen = some.iter().step_by(100).map(|letter| letter.id.clone());
    let chosen = Selection::Only(chosen.collect());
    assert_eq!(store.redrive(&chosen, now).await.unwrap(), 5);
    assert_eq!(
        store.drop_dead_letters(&Selection::All).await.unwrap(),
        many - 5
    );
    assert_eq!(store.receive(many, LEASE, now).await.unwrap().len(), 5);
}

#[tokio::test]
async fn what_waits_is_shown_and_can_be_cancelled_or_hastened() {
    let (_directory, store) = store();
    let now = SystemTime::now();
    let later = now + Duration::from_hours(1);
    let [first, second, third] = [now, later, later + LEASE].map(|due| job("shop", due));
    store
        .enqueue(&[third.clone(), first.clone(), second.clone()], now)
        .await
        .unwrap();
    let leased = store.receive(1, LEASE, now).await.unwrap().remove(0);
    let (waiting, all) = store.waiting_deliveries(2, now).await.unwrap();
    let shown: Vec<_> = waiting
        .iter()
        .map(|waiting| (waiting.id.as_str(), waiting.is_in_progress))
        .collect();
    assert_eq!(
        shown,
        [
            (first.delivery.as_str(), true),
            (second.delivery.as_str(), false)
        ]
    );
    assert_eq!(all, 3);
    assert_eq!(waiting[1].job.as_ref().unwrap(), &second);

    // One in progress is not attempted twice at once, and its retry does not bring a cancelled one back.
    let id = first.delivery.as_str();
    assert!(!store.hasten_delivery(id, now).await.unwrap());
    assert!(store.cancel_delivery(id).await.unwrap());
    assert!(!store.cancel_delivery(id).await.unwrap());
    let again = Settlement::Retry(Box::new(first.on_attempt(2)));
    store.settle(&leased, again, now).await.unwrap();
    assert!(
        store
            .hasten_delivery(third.delivery.as_str(), now)
            .await
            .unwrap()
    );
    let received = store.receive(10, LEASE, now).await.unwrap();
    assert_eq!(received.len(), 1);
    let hastened = received[0].job.as_ref().unwrap();
    assert_eq!(hastened.delivery, third.delivery);
    // Otherwise the worker would put it back.
    assert_eq!(hastened.wait(now), Duration::ZERO);
    assert_eq!(store.waiting_deliveries(10, now).await.unwrap().1, 2);
}
