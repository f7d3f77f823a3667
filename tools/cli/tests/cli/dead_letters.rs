//! Deliveries that were given up.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    binding::Target,
    hook::HookReference,
    job::{Job, NewJob},
    ports::{DeadReason, JobQueue as _, Settlement, WorkQueue as _},
};
use hookpoint_local::LocalStore;
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::folder::Folder;

fn job(id: &str) -> Job {
    let event = json!({ "eventType": "stateModification", "context": { "conversationId": id } });
    let Value::Object(event) = event else {
        unreachable!("an object was written above");
    };
    Job::new(NewJob {
        delivery: id.parse().unwrap(),
        application: &"bot".parse().unwrap(),
        stage: Stage::StateModification,
        target: &Target::Application("bot".parse().unwrap()),
        binding: &"audit".parse().unwrap(),
        hook: &HookReference {
            name: "audit".parse().unwrap(),
            version: 3,
            sha256: "0".repeat(64),
        },
        correlation_id: "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted: SystemTime::now(),
        event,
    })
}

/// A folder with these dead letters, and its queue.
#[tokio::main(flavor = "current_thread")]
async fn folder(ids: &[&str]) -> (Folder, LocalStore) {
    let folder = Folder::new();
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    let jobs: Vec<_> = ids.iter().map(|id| job(id)).collect();
    let now = SystemTime::now();
    store.enqueue(&jobs, now).await.unwrap();
    let lease = Duration::from_secs(20);
    for leased in store.receive(ids.len(), lease, now).await.unwrap() {
        let reason = DeadReason {
            code: "gone".to_owned(),
            message: "the endpoint answered 410\u{1b}[2J".to_owned(),
        };
        let dead = Settlement::Dead(reason);
        store.settle(&leased, dead, now).await.unwrap();
    }
    (folder, store)
}

#[tokio::main(flavor = "current_thread")]
async fn waiting(store: &LocalStore) -> Vec<(String, u32)> {
    let lease = Duration::from_secs(20);
    let jobs = store.receive(100, lease, SystemTime::now()).await.unwrap();
    let jobs = jobs.into_iter().map(|leased| leased.job.unwrap());
    let mut jobs: Vec<_> = jobs
        .map(|job| (job.delivery.to_string(), job.attempt))
        .collect();
    jobs.sort();
    jobs
}

fn ids(folder: &Folder) -> Vec<String> {
    let list = folder.json(&["dead-letters", "list", "--json"]);
    let letters = list.as_array().unwrap().iter();
    let mut ids: Vec<_> = letters
        .map(|letter| letter["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn they_are_listed_shown_and_sent_again() {
    let (folder, store) = folder(&["msg_1", "msg_2", "msg_3"]);
    let table = folder.ok(&["dead-letters", "list"]);
    assert!(table.contains("audit v3"), "{table}");
    assert!(table.contains("the endpoint answered 410"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table:?}");
    let shown = folder.ok(&["dead-letters", "show", "msg_2"]);
    assert!(shown.contains("\"conversationId\": \"msg_2\""), "{shown}");
    let value = folder.json(&["dead-letters", "show", "msg_2", "--json"]);
    assert_eq!(value["reason"]["code"], "gone");
    assert_eq!(value["job"]["event"]["context"]["conversationId"], "msg_2");

    let text = folder.ok(&["dead-letters", "redrive", "msg_2"]);
    assert!(
        text.starts_with("1 delivery is in the queue again"),
        "{text}"
    );
    assert_eq!(ids(&folder), ["msg_1", "msg_3"]);
    let error = folder.refused(&["dead-letters", "redrive", "msg_1", "msg_9"]);
    assert!(
        error.contains("of the 2 that were named, 1 could be used"),
        "{error}"
    );
    let value = folder.json(&["dead-letters", "redrive", "--all", "--json"]);
    assert_eq!(value, json!({ "redriven": 1 }));
    let expected = ["msg_1", "msg_2", "msg_3"].map(|id| (id.to_owned(), 1));
    assert_eq!(waiting(&store), expected);
    assert_eq!(
        folder.ok(&["dead-letters", "list"]),
        "no delivery was given up\n"
    );
}

#[test]
fn they_are_removed_one_by_one_or_all_when_that_is_meant() {
    let (folder, store) = folder(&["msg_1", "msg_2", "msg_3"]);
    assert!(
        folder
            .ok(&["dead-letters", "drop", "msg_1"])
            .starts_with("1 delivery is removed")
    );
    let error = folder.refused(&["dead-letters", "drop", "--all"]);
    assert!(error.contains("`--yes`"), "{error}");
    assert_eq!(ids(&folder), ["msg_2", "msg_3"]);
    let value = folder.json(&["dead-letters", "drop", "--all", "--yes", "--json"]);
    assert_eq!(value, json!({ "dropped": 2 }));
    assert!(ids(&folder).is_empty());
    assert!(waiting(&store).is_empty());
    for (arguments, text) in [
        (&["dead-letters", "drop"][..], "<ID>"),
        (
            &["dead-letters", "drop", "msg_1", "--all"],
            "cannot be used with",
        ),
        (&["dead-letters", "show", "msg_1"], "dead-letters list"),
        (
            &["dead-letters", "list", "--queue-url", "x"],
            "--dead-letter-queue-url",
        ),
        (&["dead-letters", "list", "--region", "x"], "--queue-url"),
    ] {
        let error = folder.refused(arguments);
        assert!(error.contains(text), "{arguments:?}: {error}");
    }
}
