//! What waits in the queue: `hookpoint deliveries`.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{delivery::job::Job, ports::JobQueue as _, testing::sample};
use hookpoint_local::LocalStore;
use hookpoint_stages::Stage;
use serde_json::json;

use crate::folder::Folder;

fn job(id: &str, due: SystemTime) -> Job {
    let event = json!({ "eventType": "stateModification", "Balance": 1.10 });
    let stage = Stage::StateModification;
    sample::job(id, "bot", stage, ("audit", 3), &event, due)
}

#[tokio::main(flavor = "current_thread")]
async fn fill(folder: &Folder, jobs: &[Job]) {
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    store.enqueue(jobs, SystemTime::now()).await.unwrap();
}

#[test]
fn what_waits_is_listed_shown_hastened_and_cancelled() {
    let folder = Folder::new();
    let error = folder.refused(&["deliveries", "list"]);
    assert!(error.contains("nothing has been published here"), "{error}");
    let later = SystemTime::now() + Duration::from_hours(2);
    fill(
        &folder,
        &[
            job("msg_later", later),
            job("msg_other", later + Duration::from_hours(1)),
        ],
    );

    let table = folder.ok(&["deliveries", "list"]);
    assert!(table.contains("ater  in about 2h"), "{table}");
    assert!(table.contains("ther  in about 3h"), "{table}");
    let listed = folder.json(&["deliveries", "list", "--limit", "1", "--json"]);
    assert_eq!(
        (&listed["count"], &listed["deliveries"][0]["id"]),
        (&json!(2), &json!("msg_later"))
    );
    assert!(listed["deliveries"][0]["job"].get("event").is_none());
    for (part, expected) in [
        (
            "msg_",
            "`msg_` names 2 deliveries; write more of the id:\n  msg_later  state-modification audit\n  msg_other",
        ),
        ("r", "`r` is too short to name a delivery; write at least 4"),
        ("gone", "no delivery `gone` waits"),
    ] {
        let error = folder.refused(&["deliveries", "show", part]);
        assert!(error.contains(expected), "{error}");
    }
    let shown = folder.ok(&["deliveries", "show", "THER"]);
    assert!(
        shown.contains("msg_other") && shown.contains("\"Balance\": 1.1"),
        "{shown}"
    );

    assert_eq!(
        folder.ok(&["deliveries", "retry", "later"]),
        "1 delivery due now\n"
    );
    assert!(folder.ok(&["deliveries", "list"]).contains("ater  now"));
    assert_eq!(
        folder.json(&["deliveries", "cancel", "msg_later", "msg_other", "--json"]),
        json!({ "cancelled": 2 })
    );
    assert_eq!(folder.ok(&["deliveries", "list"]), "the queue is empty\n");
    let error = folder.refused(&["deliveries", "cancel", "msg_later"]);
    assert!(error.contains("no delivery `msg_later` waits"), "{error}");
}
