//! Workspaces with more changes than a transaction of DynamoDB holds.

use std::fmt::Write as _;

use hookpoint_aws::DynamoStore;
use serde_json::json;

use super::{Bench, TABLE};

/// Forty hooks in each of four applications, and forty that their identity store runs for all of them.
fn two_hundred_hooks() -> String {
    let mut text = String::from("version: 1\nstores: [people]\napplications:\n");
    let targets = ["shop", "help", "bank", "club"];
    for id in targets {
        writeln!(text, "  {id}: {{ kind: identity, identityStore: people }}").unwrap();
    }
    let (mut hooks, mut bindings) = (String::new(), String::new());
    for index in 0..200 {
        let target = match targets.get(index % 5) {
            Some(id) => format!("application: {id}"),
            None => "store: people".to_owned(),
        };
        let effect = format!("attributes: {{ n{index}: 1 }}");
        writeln!(hooks, "  h{index}: {{ static: {{ {effect} }} }}").unwrap();
        writeln!(
            bindings,
            "  - {{ {target}, stage: beforeRegistration, hook: h{index} }}"
        )
        .unwrap();
    }
    write!(text, "hooks:\n{hooks}bindings:\n{bindings}").unwrap();
    text
}

async fn bench() -> Bench {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_fits_into_no_transaction_is_named_and_nothing_is_published() {
    let bench = bench().await;
    let mut all_in_one = two_hundred_hooks();
    for id in ["help", "bank", "club"] {
        all_in_one = all_in_one.replace(&format!("application: {id}"), "application: shop");
    }
    bench.write(&all_in_one);
    let error = bench.refused("apply");
    for part in [
        "the change of application `shop` is too large",
        "322 items, at most 100",
        "nothing was published",
        "Publish it in steps",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(bench.json("applications list --json"), json!([]));
    assert_eq!(bench.json("hooks list --json"), json!([]));
}
