//! How the hooks of a journey ran.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    ports::RunStore as _,
    record::RunRecord,
    testing::sample::{id, run},
};
use hookpoint_local::LocalStore;
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::folder::Folder;

const WORKSPACE: &str = "
version: 1
applications: { shop: { kind: identity } }
hooks: { crm: { static: {} } }
bindings:
  - { id: often, application: shop, stage: beforeRegistration, hook: crm }
  - { id: seldom, application: shop, stage: beforeRegistration, hook: crm }
  - { id: never, application: shop, stage: beforeRegistration, hook: crm }
";

const SHOW: [&str; 4] = ["journeys", "show", "registration", "--application"];

/// Runs of the hook, the newest first, all of the binding `often` but one.
fn records(count: u64, seldom: u64) -> Vec<RunRecord> {
    let now = SystemTime::now();
    let record = |number| RunRecord {
        binding: id(if number == seldom { "seldom" } else { "often" }),
        ..run(
            Stage::BeforeRegistration,
            "shop",
            now - Duration::from_secs(number + 1),
        )
    };
    (0..count).map(record).collect()
}

/// Shows the journey after these runs, and as JSON the runs of each binding and whether there may be older ones.
async fn show(records: &[RunRecord]) -> (String, Vec<Value>) {
    let folder = Folder::with(WORKSPACE);
    folder.ok(&["apply"]);
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    store.write_runs(records).await.unwrap();
    let show = [&SHOW[..], &["shop"]].concat();
    let json = folder.json(&[&show[..], &["--json"]].concat());
    let points = json["points"].as_array().unwrap();
    let hooks = points.iter().find(|point| point["hooks"] != json!([]));
    let hooks = hooks.unwrap()["hooks"].as_array().unwrap().iter();
    let runs = hooks.map(|hook| json!([hook["binding"], hook["runs"], hook["olderUnread"]]));
    (folder.ok(&show), runs.collect())
}

#[tokio::test(flavor = "current_thread")]
async fn each_binding_of_a_hook_has_its_own_last_runs() {
    let (shown, runs) = show(&records(60, 50)).await;
    for line in [
        "● crm as often: ok, 20 runs",
        "● crm as seldom: ok, 1 run\n",
        "● crm as never: not run yet",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    assert_eq!(
        runs,
        [
            json!(["often", 20, false]),
            json!(["seldom", 1, false]),
            json!(["never", 0, false]),
        ]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_binding_may_have_older_runs_than_were_looked_through() {
    let (shown, runs) = show(&records(2_100, 50)).await;
    for line in [
        "● crm as often: ok, 20 runs",
        "● crm as seldom: ok, 1 of the last 2,000 runs of the hook",
        "● crm as never: not among the last 2,000 runs of the hook",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    assert_eq!(
        runs,
        [
            json!(["often", 20, false]),
            json!(["seldom", 1, true]),
            json!(["never", 0, true]),
        ]
    );
}
