//! Changes by operators while deliveries wait.

use std::{collections::BTreeMap, path::Path, time::Duration};

use hookpoint_engine::{
    application::Pause,
    record::{AfterAttempt, RunRecord},
};
use hookpoint_workspace::Workspace;
use serde_json::json;

use super::{
    endpoint::Endpoint,
    scene::{BOTH, LATER, Scene},
};
use crate::stage_function::APPLICATION;

/// The hooks and bindings at the time of the event, or as changed before the delivery.
fn workspace(port: u16, is_changed: bool) -> String {
    let (version, bindings) = if is_changed {
        (
            "new",
            format!(
                "  - {{ application: {APPLICATION}, stage: {later}, hook: other, id: rebound }}\n  \
                 - {{ application: {APPLICATION}, stage: {both}, hook: at-once, id: at-once }}\n",
                later = LATER.id(),
                both = BOTH.id(),
            ),
        )
    } else {
        (
            "old",
            format!(
                "  - {{ application: {APPLICATION}, stage: {later}, hook: rebound }}\n  \
                 - {{ application: {APPLICATION}, stage: {later}, hook: removed }}\n  \
                 - {{ application: {APPLICATION}, stage: {both}, hook: at-once, mode: asynchronous }}\n",
                later = LATER.id(),
                both = BOTH.id(),
            ),
        )
    };
    let hook = |name: &str| {
        let path = if name == "versioned" { version } else { name };
        format!("  {name}: {{ webhook: \"http://127.0.0.1:{port}/{path}\" }}\n")
    };
    let hooks = [
        "paused",
        "removed",
        "rebound",
        "other",
        "versioned",
        "at-once",
    ];
    let stage = LATER.id();
    format!(
        "version: 1\napplications: {{ {APPLICATION}: {{ name: Shop, kind: identity }} }}\nhooks:\n{}bindings:\n{bindings}  \
         - {{ application: {APPLICATION}, stage: {stage}, hook: paused }}\n  \
         - {{ application: {APPLICATION}, stage: {stage}, hook: versioned }}\n\
         local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n",
        hooks.map(hook).concat(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_meets_its_binding_as_it_is_now_and_its_record_says_what_had_changed() {
    let endpoint = Endpoint::content();
    let scene = Scene::open(&workspace(endpoint.port(), false), &[LATER, BOTH]).await;
    for (stage, queued) in [(LATER, 4), (BOTH, 1)] {
        let caller = scene.caller(stage).await;
        let expected = json!({"queued": queued});
        assert_eq!(caller.post(1).await.body, expected);
        caller.stop().await;
    }
    let store = &scene.deployment.store;
    let changed = workspace(endpoint.port(), true);
    let changed = Workspace::parse(&changed, "hookpoint.yaml", Path::new("."));
    let changed = changed.unwrap_or_else(|errors| panic!("{errors}"));
    hookpoint_operator::apply(
        store,
        changed.desired(),
        &hookpoint_operator::Author::program("test"),
    )
    .await
    .unwrap();
    let pause = |pauses: Vec<Pause>| {
        let application = APPLICATION.parse().unwrap();
        async move {
            let change = hookpoint_operator::change_application(store, &application, |stored| {
                stored.pauses.clone_from(&pauses);
            });
            change.await.unwrap();
        }
    };
    let paused = Pause {
        stage: Some(LATER),
        binding: Some("paused".parse().unwrap()),
        unknown: serde_json::Map::new(),
    };
    pause(vec![paused]).await;
    let mut pump = scene.pump();
    pump.until_empty(Duration::from_secs(30)).await;
    pump.stop().await;

    let mut ended = BTreeMap::new();
    for hook in ["paused", "removed", "rebound", "versioned", "at-once"] {
        let stage = if hook == "at-once" { BOTH } else { LATER };
        let records = scene.records(stage, hook, 1).await;
        let [record] = &records[..] else {
            panic!("{hook}: {records:?}");
        };
        let delivery = record.delivery.as_ref().unwrap();
        assert_eq!(delivery.attempt, 1, "{hook}");
        let versions = (record.version, delivery.accepted_version);
        ended.insert(hook, (record.outcome.clone(), delivery.next, versions));
    }
    let was = |outcome: &str, next, versions| (outcome.to_owned(), next, versions);
    let (nothing, same) = (AfterAttempt::Nothing, (1, None));
    let expected = [
        ("paused", was("paused", AfterAttempt::DeadLetter, same)),
        ("removed", was("unbound", nothing, same)),
        ("rebound", was("rebound", nothing, same)),
        ("versioned", was("ok", nothing, (2, Some(1)))),
        ("at-once", was("rebound", nothing, same)),
    ];
    assert_eq!(ended, expected.into());
    for path in [
        "/paused", "/removed", "/rebound", "/other", "/old", "/at-once",
    ] {
        assert!(endpoint.posts(path).is_empty(), "{path}");
    }
    assert_eq!(endpoint.posts("/new").len(), 1);
    // A binding does not count as deleted before it must be visible everywhere.
    for sent in scene.proxy().sent() {
        let binding = sent.job.binding.as_str();
        let may_wait = ["removed", "rebound", "at-once"].contains(&binding);
        assert!(
            sent.delay.is_zero() || may_wait,
            "{binding}: {:?}",
            sent.delay
        );
        assert_eq!(sent.job.attempt, 1);
    }

    let dead = scene.dead_letters().await;
    let [letter] = &dead[..] else {
        panic!("{dead:?}");
    };
    assert_eq!(letter.reason.as_ref().unwrap().code, "paused");
    pause(Vec::new()).await;
    assert_eq!(
        scene.dead_letter_command(&["redrive", "--all"]),
        json!({"redriven": 1})
    );
    let mut pump = scene.pump();
    pump.until_empty(Duration::from_secs(30)).await;
    pump.stop().await;
    let posts = endpoint.posts("/paused");
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].header("webhook-id"), letter.id);
    let records = scene.records(LATER, "paused", 2).await;
    let outcomes: Vec<_> = records
        .iter()
        .map(|record: &RunRecord| record.outcome.as_str())
        .collect();
    assert_eq!(outcomes, ["paused", "ok"]);
}
