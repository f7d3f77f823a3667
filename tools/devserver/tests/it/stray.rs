//! Applications removed from the workspace.

use std::fs;

use hookpoint_devserver::Notice;
use hookpoint_local::LocalStore;
use hookpoint_operator::{ApplyError, Pruned, Pruning, prunable, prune, strays};
use hookpoint_workspace::Workspace;

use crate::{client::Bench, tests};

tests![a_removed_application_is_reported_until_it_is_pruned];

const BOTH: &str = "\
version: 1
stores: [customers]
applications: { bot: { kind: conversation }, shop: { kind: identity, identityStore: customers } }
hooks: { hello: { static: { context: { Hello: 1 } } } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello }
  - { application: shop, stage: afterRegistration, hook: hello }
  - { store: customers, stage: afterRegistration, hook: hello }
";
const ONE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { static: { context: { Hello: 1 } } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
";

async fn a_removed_application_is_reported_until_it_is_pruned() {
    let mut bench = Bench::start(Some(BOTH)).await;
    assert!(bench.server.current().strays.is_empty());
    fs::write(bench.folder.path().join("hookpoint.yaml"), ONE).unwrap();
    let reported = loop {
        if let Notice::Reloaded(reloaded) = bench.notices.recv().await.unwrap() {
            break reloaded.new_strays;
        }
    };
    assert_eq!(reported, ["shop".parse().unwrap()]);
    let event = hookpoint_stages::Stage::AfterRegistration.example();
    let answer = bench
        .post("shop", "after-registration", &event.to_string())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    let store = LocalStore::open(&bench.folder.path().join(".hookpoint")).unwrap();
    let workspace = Workspace::parse(ONE, "test", bench.folder.path()).unwrap();
    let desired = workspace.desired();
    let author = hookpoint_operator::Author::program("a test");
    let planned = prunable(&store, desired).await.unwrap();
    assert_eq!(strays(&store, desired).await.unwrap(), reported);
    // What was not seen stays.
    let pruning = |seen| {
        let author = &author;
        Pruning { author, seen }
    };
    let nothing = Pruned::default();
    let (pruned, refused) = prune(&store, desired, pruning(&nothing)).await;
    assert!(matches!(refused, Err(ApplyError::Unseen { what }) if what == "an ingest key of shop"));
    assert_eq!(pruned, nothing);
    let (pruned, done) = prune(&store, desired, pruning(&planned)).await;
    done.unwrap();
    assert!(pruned.publication.is_some());
    let reported_as = Pruned {
        publication: None,
        ..pruned.clone()
    };
    assert_eq!(reported_as, planned);
    assert_eq!(pruned.applications, [(reported[0].clone(), 1)]);
    let targets: Vec<_> = pruned
        .bindings
        .iter()
        .map(|binding| (binding.kind.as_str(), binding.target.to_string()))
        .collect();
    let gone = |target: &str| ("removed", target.to_owned());
    assert_eq!(targets, [gone("application:shop"), gone("store:customers")]);
    assert!(strays(&store, desired).await.unwrap().is_empty());
    let (again, done) = prune(&store, desired, pruning(&nothing)).await;
    done.unwrap();
    assert_eq!(again, nothing);

    // A server started after that refuses the key, and the application of the workspace is unchanged.
    let key = bench.key("shop").to_owned();
    bench.server.stop().await.unwrap();
    let (server, notices) = crate::client::serve(bench.folder.path()).await;
    let folder = bench.folder;
    let bench = Bench {
        folder,
        server,
        notices,
    };
    let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
    let answer = bench
        .send(
            "POST",
            "/v1/applications/shop/stages/after-registration",
            headers.as_bytes(),
            event.to_string().as_bytes(),
        )
        .await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    let event = hookpoint_stages::Stage::ConversationStart.example();
    let answer = bench
        .post("bot", "conversation-start", &event.to_string())
        .await;
    assert_eq!(answer.json()["context"]["Hello"], 1);
}
