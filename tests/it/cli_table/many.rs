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

/// Two applications with fifty hooks each.
fn hundred_hooks(context: &str) -> String {
    let mut text = String::from(
        "version: 1\napplications: { bot: { kind: conversation }, other: { kind: conversation } }\n",
    );
    let (mut hooks, mut bindings) = (String::new(), String::new());
    for index in 0..100 {
        writeln!(
            hooks,
            "  h{index}: {{ static: {{ context: {{ n{index}: {context} }} }} }}"
        )
        .unwrap();
        let application = if index < 50 { "bot" } else { "other" };
        writeln!(
            bindings,
            "  - {{ application: {application}, stage: conversationStart, hook: h{index} }}"
        )
        .unwrap();
    }
    write!(text, "hooks:\n{hooks}bindings:\n{bindings}").unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_hooks_are_read_and_written_with_few_requests() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    let mut before = 0;
    let mut requests = |arguments: &str, printed: &str| {
        let output = bench.ok(arguments);
        assert!(output.contains(printed), "{output}");
        let operations = bench.relay.operations();
        let new = operations.len() - before;
        before = operations.len();
        new
    };
    bench.write(&hundred_hooks("1"));
    let new = requests("apply", "published: 100 new hook versions");
    let unchanged = requests("plan", "nothing to do");
    bench.write(&hundred_hooks("2"));
    let changed = requests("apply", "published: 100 new hook versions");
    // Of these, ten are queries for bindings: one for each stage of an application.
    assert!(unchanged <= 26, "{unchanged} requests of an unchanged plan");
    assert!(changed <= 54, "{changed} requests of 100 changed hooks");
    // A new application may have bindings at all 29 stages, and an empty table may contain runs of each.
    assert!(new <= 115, "{new} requests of 100 new hooks");
}
