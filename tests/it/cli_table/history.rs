//! Plans, history, rollback, pull, deletion and secrets on a table.

use std::{fs, io::Write as _, path::Path, process::Stdio, sync::Arc, time::SystemTime};

use hookpoint_aws::{DynamoStore, SecretsManagerSource};
use hookpoint_engine::ports::{Publisher, SecretSource as _};
use hookpoint_local::LocalStore;
use hookpoint_operator::{ApplyError, Author, Plan};
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};

use super::{Bench, Run, TABLE, WORKSPACE};
use crate::store_contract::emulated_aws;

async fn installed() -> Bench {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    bench.write(WORKSPACE);
    bench.ok("apply");
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_publication_changed_is_shown_undone_and_pulled() {
    let bench = installed().await;
    let newer = WORKSPACE
        .replace("Hello: 1", "Hello: 2")
        .replace("Tier: 1", "Tier: 2")
        .replace("hook: hello }", "hook: hello, order: 7 }");
    bench.write(&newer);
    let planned = bench.json("plan --json");
    let difference = planned["hooks"][1]["difference"].as_str().unwrap();
    assert!(
        difference.contains("\n-export default () => ({ context: { Tier: 1 } })"),
        "{difference}"
    );
    let done = bench.json("apply --json");
    assert_eq!(done["bindings"], planned["bindings"]);
    let id = done["publication"].as_str().unwrap();
    let record = bench.json(&format!("publications show {id} --json"));
    assert!(
        record["by"].as_str().unwrap().starts_with("arn:aws:"),
        "{record}"
    );
    assert_eq!(record["bindings"].as_array().unwrap().len(), 2);
    let list = bench.json("publications list --json");
    assert_eq!(list.as_array().unwrap().len(), 2);
    let of_other = bench.json("publications list --application other --json");
    assert_eq!(of_other[0]["bindings"].as_array().unwrap().len(), 1);

    let undone = bench.json(&format!("rollback {id} --json"));
    assert_eq!(undone["bindings"].as_array().unwrap().len(), 2);
    bench.write(WORKSPACE);
    let versions = bench.json("bindings list --json");
    assert_eq!(versions[0]["version"], 1);
    assert_eq!(versions[0]["settings"]["order"], 100);
    // What is pulled is what runs, and pulling again changes no byte.
    let path = bench.folder.path().join("hookpoint.yaml");
    fs::remove_file(&path).unwrap();
    bench.ok("pull");
    let pulled = fs::read_to_string(&path).unwrap();
    assert!(bench.ok("apply").starts_with("nothing to do"), "{pulled}");
    assert!(bench.ok("pull").contains("0 files written"));
    assert_eq!(fs::read_to_string(&path).unwrap(), pulled);
}

/// An author may look for publications of her own application only.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_undoes_a_publication_names_its_only_application() {
    let bench = installed().await;
    let undo = |text: &str| {
        let (_, rest) = text.split_once("undo it with `").unwrap();
        let (command, _) = rest.split_once('`').unwrap();
        command[command.find("rollback").unwrap()..].to_owned()
    };
    let both = bench.ok("publications show last");
    assert!(!undo(&both).contains("--application"), "{both}");
    bench.write(&WORKSPACE.replace("hook: hello }", "hook: hello, order: 7 }"));
    let published = bench.run("apply");
    let command = undo(&published.stderr);
    assert!(
        command.contains(&format!(" --application bot --table {TABLE}")),
        "{command}"
    );
    assert_eq!(undo(&bench.ok("publications show last")), command);
    bench.ok("rollback last --application bot");
    let bindings = bench.json("bindings list --application bot --json");
    assert_eq!(bindings[0]["settings"]["order"], 100);
    // What is pasted also undoes settings.
    let bot = "bot: { kind: conversation }";
    bench.write(&WORKSPACE.replace(bot, "bot: { kind: conversation, name: Robot }"));
    let published = bench.run("apply");
    let command = undo(&published.stderr);
    assert!(command.contains(" --application bot "), "{command}");
    let (pasted, _) = command.split_once(" --table").unwrap();
    bench.ok(pasted);
    let bot = bench.json("applications show bot --json");
    assert_eq!(bot["name"], "bot", "{bot}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_are_pulled_byte_for_byte() {
    let bench = installed().await;
    // Nothing that compresses: with its map it takes several items of the table.
    let mut state = 1_u64;
    let noise: String = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + u8::try_from(state % 90).unwrap())
    })
    .filter(|character| !matches!(character, '*' | '/' | '\\' | '`' | '$'))
    .take(240_000)
    .collect();
    let files = [
        (
            "hooks/plain.js",
            "\u{feff}// Line ends of Windows, and none at the end.\r\nexport default () => ({\r\n\tcontext: { Plain: 'ä😀\u{2028}' } })".to_owned(),
        ),
        (
            "hooks/typed.ts",
            "\u{feff}import { tier } from '../lib/tier';\r\nimport data from './data.json';\n\nexport default (): object => ({ context: { Typed: tier(data.n) } });\n\n\n".to_owned(),
        ),
        ("hooks/data.json", "\u{feff}{ \"n\": 1.50 }\r\n".to_owned()),
        (
            "lib/tier.ts",
            format!("// {noise}\nexport const tier = (n: number) => n > 1 ? 'silver' : 'bronze';"),
        ),
        (
            "hooks/large.js",
            format!("export default () => ({{ context: {{ Large: 1 }} }});\n// {noise}"),
        ),
    ];
    for (name, text) in &files {
        let path = bench.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    bench.write(&WORKSPACE.replace(
        "bindings:\n",
        "\x20 plain: { script: hooks/plain.js }
\x20 typed: { script: hooks/typed.ts }
\x20 large: { script: hooks/large.js }
bindings:
\x20 - { application: bot, stage: conversationStart, hook: plain }
\x20 - { application: bot, stage: conversationStart, hook: typed }
\x20 - { application: bot, stage: conversationStart, hook: large }
",
    ));
    bench.ok("apply");
    bench.ok("pull --to elsewhere");
    let elsewhere = bench.folder.path().join("elsewhere");
    for (name, text) in &files {
        let pulled = fs::read(elsewhere.join(name)).unwrap();
        assert!(pulled == text.as_bytes(), "{name} was pulled otherwise");
    }
    let mut plan = bench.command_with("plan", &["--table", TABLE]);
    let plan = Run::of(plan.current_dir(&elsewhere));
    assert!(
        plan.stdout.starts_with("nothing to do"),
        "{}{}",
        plan.stdout,
        plan.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_in_use_stays_an_unused_one_goes_and_an_application_is_deleted() {
    let bench = installed().await;
    let error = bench.refused("hooks delete tier");
    assert!(
        error.contains("application:other conversation-start/tier"),
        "{error}"
    );
    bench.ok("keys create --application other");
    let deleted = bench.json("applications delete other --json");
    assert_eq!(deleted["keys"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench
            .json("applications list --json")
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let error = bench.refused("hooks delete tier");
    assert!(error.contains("in the last 24 hours"), "{error}");
    bench.ok("hooks delete tier --force");
    let hooks = bench.json("hooks list --json");
    assert_eq!(hooks.as_array().unwrap().len(), 1, "{hooks}");
    let history = bench.json("publications list --application other --json");
    assert_eq!(history[0]["action"], "delete");
    let error = bench.refused("rollback last");
    assert!(error.contains("version 1 of hook `tier`"), "{error}");
    assert!(bench.ok("apply").contains("+ hook tier v2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_a_stack_is_set_listed_removed_and_set_again() {
    let bench = installed().await;
    let place = ["--table", TABLE, "--secret-prefix", "production"];
    let set = |value: &str| {
        let mut child = bench
            .command_with("secrets set Token --application bot --json", &place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(value.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(!String::from_utf8(output.stdout).unwrap().contains(value));
    };
    let source = SecretsManagerSource::new(bench.aws.clients(), "production");
    let read = async || {
        let names = ["Token".parse().unwrap()];
        let found = source
            .secrets(&"bot".parse().unwrap(), &names)
            .await
            .unwrap();
        found
            .get(&names[0])
            .map(|secret| secret.expose().to_owned())
    };
    let list = || -> Value {
        let run = bench.run_with("secrets list --json", &place);
        serde_json::from_str(&run.stdout).unwrap()
    };
    set("first-value");
    assert_eq!(read().await.as_deref(), Some("first-value"));
    assert_eq!(list(), json!([{ "name": "Token", "application": "bot" }]));
    let run = bench.run_with("secrets rm Token --application bot", &place);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(list(), json!([]));
    set("second-value");
    assert_eq!(read().await.as_deref(), Some("second-value"));
    let run = bench.run("secrets list");
    assert!(run.stderr.contains("--secret-prefix"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_publication_left_behind_is_not_pulled() {
    let bench = installed().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    let author = Author {
        by: "grace".to_owned(),
        commit: None,
        now: SystemTime::now(),
    };
    let other = WORKSPACE.replace("Tier: 1", "Tier: 2");
    let other = Workspace::parse(&other, "test", Path::new("")).unwrap();
    let late = Plan::of(&store, other.desired()).await.unwrap();
    bench.write(&WORKSPACE.replace("hook: tier }", "hook: tier, order: 7 }"));
    bench.ok("apply");
    let refused = late.publish(&store, &author).await;
    assert!(
        matches!(refused, Err(ApplyError::Overtaken(_))),
        "{refused:?}"
    );
    let versions = bench.json("hooks versions tier --json");
    assert_eq!(versions.as_array().unwrap().len(), 2, "{versions}");
    let path = bench.folder.path().join("hookpoint.yaml");
    fs::remove_file(&path).unwrap();
    bench.ok("pull");
    let pulled = fs::read_to_string(&path).unwrap();
    assert!(
        pulled.contains("Tier: 1") && !pulled.contains("Tier: 2"),
        "{pulled}"
    );
    assert_eq!(pulled.matches("version:").count(), 1, "{pulled}");
}

/// One of two operators who planned at the same time publishes; the other gets what the first one changed.
async fn one_of_two_wins(store: Arc<dyn Publisher>) {
    let author = |by: &str| Author {
        by: by.to_owned(),
        commit: None,
        now: SystemTime::now(),
    };
    let plan = async |order: u16| {
        let text = WORKSPACE.replace("hook: hello }", &format!("hook: hello, order: {order} }}"));
        let workspace = Workspace::parse(&text, "test", Path::new("")).unwrap();
        Plan::of(store.as_ref(), workspace.desired()).await.unwrap()
    };
    let first = plan(1).await;
    first
        .publish(store.as_ref(), &author("setup"))
        .await
        .unwrap();
    for round in 0..5 {
        // Ids of publications have their order by the millisecond.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let (ada, grace) = (author("ada"), author("grace"));
        let (left, right) = (plan(10 + round).await, plan(30 + round).await);
        let (left, right) = tokio::join!(
            left.publish(store.as_ref(), &ada),
            right.publish(store.as_ref(), &grace)
        );
        let (winner, lost) = match (left, right) {
            (Ok(_), Err(lost)) => ("ada", lost),
            (Err(lost), Ok(_)) => ("grace", lost),
            other => panic!("{other:?}"),
        };
        let ApplyError::Overtaken(theirs) = lost else {
            panic!("{lost}");
        };
        assert_eq!(theirs.publication.unwrap().origin.by, winner);
        let changed = &theirs.difference.bindings;
        assert_eq!(changed.len(), 1);
        let after = changed[0].after.as_ref().unwrap().order;
        assert_eq!(after < 30, winner == "ada");
    }
    let records = store.publications(None, 100).await.unwrap();
    let changes = records.iter().filter(|record| record.origin.by != "setup");
    assert_eq!(changes.count(), 5, "the loser left no record");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_operators_one_wins_on_both_stores() {
    let folder = tempfile::tempdir().unwrap();
    one_of_two_wins(Arc::new(LocalStore::open(folder.path()).unwrap())).await;
    let aws = emulated_aws(&folder).await;
    let store = DynamoStore::new(aws.clients(), TABLE);
    store.create_table().await.unwrap();
    one_of_two_wins(Arc::new(store)).await;
}
