//! Scripts over HTTP: fetching, failures, and invalid edits.

use std::fs;

use hookpoint_devserver::Receiver;
use hookpoint_engine::{
    application::binding::Target,
    ports::{BindingSource as _, HookSource as _},
};
use hookpoint_local::LocalStore;
use hookpoint_script::INTERPRETER;
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Bench, serve},
    tests,
};

tests![
    a_script_fetches_a_declared_host_and_no_other,
    a_busy_loop_ends_at_its_deadline_and_the_next_event_is_answered,
    an_edit_that_does_not_compile_names_its_place_and_keeps_the_last_good_workspace,
    what_scripts_may_reach_follows_the_workspace,
    a_script_is_published_with_its_bytecode,
];

const LOOKUP: &str = "\
export default async function (event, hook) {
  const response = await fetch(`http://127.0.0.1:${hook.variables.Port}/customer-lookup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  return { context: { Tier: (await response.json()).context.CustomerTier } };
}
";

fn workspace(port: u16, hosts: &str, networks: &str) -> String {
    format!(
        "\
version: 1
applications: {{ bot: {{ kind: conversation, variables: {{ Port: \"{port}\" }} }} }}
hooks: {{ lookup: {{ script: {{ file: lookup.js, hosts: [{hosts}] }} }} }}
bindings: [{{ application: bot, stage: conversationStart, hook: lookup }}]
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [{networks}] }}
"
    )
}

async fn bench(workspace: &str, script: &str) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lookup.js"), script).unwrap();
    fs::write(folder.path().join("hookpoint.yaml"), workspace).unwrap();
    let (server, notices) = serve(folder.path()).await;
    Bench {
        folder,
        server,
        notices,
    }
}

async fn start(bench: &Bench) -> Answer {
    let event = json!({ "eventType": "conversationStart", "context": { "userId": "aa" } });
    let answer = bench
        .post("bot", "conversation-start", &event.to_string())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

async fn tier(bench: &Bench) -> Value {
    start(bench).await.json()["context"]["Tier"].clone()
}

#[track_caller]
fn assert_failed(answer: &Answer, class: &str) {
    assert!(
        answer.headers.contains(&format!("desc=\"{class}\"")),
        "{}",
        answer.headers
    );
}

async fn a_script_fetches_a_declared_host_and_no_other() {
    let receiver = Receiver::on(0).await.unwrap();
    let declared = workspace(receiver.port(), "127.0.0.1", "127.0.0.1/32");
    let bench = bench(&declared, LOOKUP).await;
    assert_eq!(tier(&bench).await, "gold");
    let elsewhere = workspace(receiver.port(), "api.example.com", "127.0.0.1/32");
    fs::write(bench.folder.path().join("hookpoint.yaml"), elsewhere).unwrap();
    let mut bench = bench;
    bench.reloaded().await;
    assert_failed(&start(&bench).await, "egress-refused");
}

async fn a_script_is_published_with_its_bytecode() {
    let bench = bench(&workspace(1, "127.0.0.1", "127.0.0.1/32"), LOOKUP).await;
    let store = LocalStore::open(&bench.folder.path().join(".hookpoint")).unwrap();
    let target = Target::Application("bot".parse().unwrap());
    let stage = Stage::ConversationStart;
    let [binding] = &store.bindings(stage, &target).await.unwrap()[..] else {
        panic!("one binding");
    };
    let hook = store.hook(stage, &binding.hook).await.unwrap();
    let compiled = hook.body.compiled().expect("bytecode");
    assert!(compiled.is_of(INTERPRETER, LOOKUP));
    assert!(!compiled.bytes.is_empty());
}

async fn a_busy_loop_ends_at_its_deadline_and_the_next_event_is_answered() {
    let source = "\
export default (event) => {
  while (event.context.userId === 'busy');
  return { context: { Tier: 'new' } };
};
";
    let text = workspace(1, "127.0.0.1", "127.0.0.1/32")
        .replace("hook: lookup", "hook: lookup, timeoutMs: 300");
    let bench = bench(&text, source).await;
    let mut event = Stage::ConversationStart.example();
    event["context"]["userId"] = "busy".into();
    let answer = bench
        .post("bot", "conversation-start", &event.to_string())
        .await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    assert_failed(&answer, "script-timeout");
    assert_eq!(tier(&bench).await, "new");
}

async fn an_edit_that_does_not_compile_names_its_place_and_keeps_the_last_good_workspace() {
    let good = "export default () => ({ context: { Tier: 1 } });\n";
    let mut bench = bench(&workspace(1, "127.0.0.1", "127.0.0.1/32"), good).await;
    let path = bench.folder.path().join("lookup.js");
    assert_eq!(tier(&bench).await, 1);
    fs::write(&path, "export default () => {\n  const tier = ;\n};\n").unwrap();
    let text = bench.kept().await;
    assert!(text.starts_with("lookup.js:2:"), "{text}");
    assert!(text.contains("\n  const tier = ;\n"), "{text}");
    assert_eq!(tier(&bench).await, 1);
    // The script itself is still watched.
    fs::write(&path, good.replace('1', "2")).unwrap();
    let (changes, _) = bench.reloaded().await;
    assert_eq!(changes, "1 new hook version, 1 binding changed");
    assert_eq!(tier(&bench).await, 2);
}

async fn what_scripts_may_reach_follows_the_workspace() {
    let receiver = Receiver::on(0).await.unwrap();
    let closed = workspace(receiver.port(), "127.0.0.1", "");
    let mut bench = bench(&closed, LOOKUP).await;
    assert_failed(&start(&bench).await, "egress-refused");
    let open = workspace(receiver.port(), "127.0.0.1", "127.0.0.1/32");
    fs::write(bench.folder.path().join("hookpoint.yaml"), open).unwrap();
    bench.reloaded().await;
    assert_eq!(tier(&bench).await, "gold");
}
