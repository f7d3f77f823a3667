//! Workspaces with more changes than a transaction of DynamoDB holds.

use std::fmt::Write as _;

use hookpoint_aws::DynamoStore;
use serde_json::json;

use super::{Bench, TABLE};

/// An application with 160 hooks.
fn workspace() -> String {
    let (mut hooks, mut bindings) = (String::new(), String::new());
    for index in 0..160 {
        let effect = format!("attributes: {{ n{index}: 1 }}");
        writeln!(hooks, "  h{index}: {{ static: {{ {effect} }} }}").unwrap();
        writeln!(
            bindings,
            "  - {{ application: shop, stage: beforeRegistration, hook: h{index} }}"
        )
        .unwrap();
    }
    let applications = "applications: { shop: { kind: identity } }";
    format!("version: 1\n{applications}\nhooks:\n{hooks}bindings:\n{bindings}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_fits_into_no_transaction_is_named_and_nothing_is_published() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    bench.write(&workspace());
    let error = bench.refused("apply");
    for part in [
        "the change of application `shop` is too large",
        "163 items, at most 100",
        "nothing was published",
        "Publish it in steps",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert_eq!(bench.json("applications list --json"), json!([]));
    assert_eq!(bench.json("hooks list --json"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_new_hooks_of_one_application_are_one_publication_and_so_is_its_rollback() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    let workspace = |context: &str| {
        let mut text = String::from("version: 1\napplications: { bot: { kind: conversation } }\n");
        let (mut hooks, mut bindings) = (String::new(), String::new());
        for index in 0..60 {
            writeln!(
                hooks,
                "  h{index}: {{ static: {{ context: {{ n{index}: {context} }} }} }}"
            )
            .unwrap();
            writeln!(
                bindings,
                "  - {{ application: bot, stage: conversationStart, hook: h{index} }}"
            )
            .unwrap();
        }
        write!(text, "hooks:\n{hooks}bindings:\n{bindings}").unwrap();
        text
    };
    let versions = |bench: &Bench| -> Vec<u64> {
        let list = bench.json("bindings list --json");
        let list = list.as_array().unwrap().iter();
        list.map(|binding| binding["version"].as_u64().unwrap())
            .collect()
    };
    for (context, version) in [("1", 1), ("2", 2)] {
        bench.write(&workspace(context));
        let done = bench.ok("apply");
        assert!(done.contains("published: 60 new hook versions"), "{done}");
        assert_eq!(versions(&bench), vec![version; 60]);
        assert!(bench.ok("apply").starts_with("nothing to do"));
    }
    let history = bench.json("publications list --json");
    assert_eq!(history.as_array().unwrap().len(), 2);
    assert_eq!(history[0]["bindings"].as_array().unwrap().len(), 60);
    bench.ok("rollback last");
    assert_eq!(versions(&bench), vec![1; 60]);
    let error = bench.refused("hooks delete h7");
    assert!(error.contains("conversation-start/h7"), "{error}");
}
