//! How the hooks of a journey ran.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    ports::RunStore as _,
    record::RunRecord,
    testing::sample::{id, run},
};
use hookpoint_local::LocalStore;
use hookpoint_stages::Stage;
use serde_json::json;

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

#[tokio::test(flavor = "current_thread")]
async fn each_binding_of_a_hook_has_its_own_last_runs() {
    let folder = Folder::with(WORKSPACE);
    folder.ok(&["apply"]);
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    let now = SystemTime::now();
    let records: Vec<RunRecord> = (0..60)
        .map(|number| RunRecord {
            binding: id(if number == 50 { "seldom" } else { "often" }),
            ..run(
                Stage::BeforeRegistration,
                "shop",
                now - Duration::from_secs(number + 1),
            )
        })
        .collect();
    store.write_runs(&records).await.unwrap();
    let show = ["journeys", "show", "registration", "--application", "shop"];
    let shown = folder.ok(&show);
    for line in [
        "● crm as often: ok, 20 runs",
        "● crm as seldom: ok, 1 run",
        "● crm as never: not run yet",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let json = folder.json(&[&show[..], &["--json"]].concat());
    let points = json["points"].as_array().unwrap();
    let hooks = points.iter().find(|point| point["hooks"] != json!([]));
    let runs: Vec<_> = hooks.unwrap()["hooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hook| (&hook["binding"], &hook["runs"]))
        .collect();
    assert_eq!(
        runs,
        [
            (&json!("often"), &json!(20)),
            (&json!("seldom"), &json!(1)),
            (&json!("never"), &json!(0)),
        ]
    );
}
