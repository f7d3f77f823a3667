//! Workspaces, keys and pauses.

use std::fs;

use serde_json::json;

use crate::folder::Folder;

#[test]
fn the_sample_is_written_once_checked_applied_and_then_unchanged() {
    let folder = Folder::new();
    assert!(folder.refused(&["check"]).contains("hookpoint init"));
    assert!(folder.refused(&["apply"]).contains("hookpoint init"));
    assert!(
        folder
            .refused(&["applications", "list"])
            .contains("hookpoint apply")
    );
    assert!(
        !folder.path().join(".hookpoint").exists(),
        "reading creates nothing"
    );
    folder.ok(&["init", "--sample"]);
    let workspace = fs::read_to_string(folder.path().join("hookpoint.yaml")).unwrap();
    let schema = workspace
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
    let schema = fs::read_to_string(folder.path().join(schema.unwrap())).unwrap();
    assert!(schema.contains("\"title\": \"hookpoint.yaml\""), "{schema}");
    folder.write("keep.txt", "");
    assert!(
        folder
            .refused(&["init", "--sample"])
            .contains("stays as it is")
    );
    assert!(folder.ok(&["check"]).contains("2 applications, 12 hooks"));
    assert_eq!(folder.json(&["check", "--json"])["errors"], json!([]));
    let planned = folder.json(&["apply", "--dry-run", "--json"]);
    assert_eq!(planned["dryRun"], true);
    assert_eq!(planned["applications"].as_array().unwrap().len(), 2);
    folder.ok(&["plan", "--prune"]);
    folder.refused(&["secrets", "rm", "Token"]);
    assert!(
        !folder.path().join(".hookpoint").exists(),
        "comparing creates nothing"
    );
    let text = folder.ok(&["apply"]);
    assert!(text.contains("+ hook greeting v1"), "{text}");
    assert!(
        text.contains("+ binding store:customers beforeContactUpdate contact-check"),
        "{text}"
    );
    assert!(
        text.ends_with(
            "published: 12 new hook versions, 2 applications added, 12 bindings added\n"
        ),
        "{text}"
    );
    assert!(folder.ok(&["apply"]).starts_with("nothing to do"));
    let list = folder.json(&["applications", "list", "--json"]);
    assert_eq!(list[1]["identityStore"], "customers");
}

#[test]
fn where_there_is_nothing_to_publish_there_is_no_store() {
    let folder = Folder::with("version: 1\n");
    assert!(folder.ok(&["apply"]).starts_with("nothing to do"));
    assert!(
        folder
            .ok(&["apply", "--prune", "--yes"])
            .contains("nothing to prune")
    );
    assert!(!folder.path().join(".hookpoint").exists());
}

#[test]
fn a_broken_workspace_names_the_place_and_the_remedy() {
    let folder = Folder::with("version: 1\napplications:\n  bot: { knid: conversation }\n");
    for command in [
        "check",
        "apply",
        "trigger conversation-start",
        "dev --port 0",
    ] {
        let arguments: Vec<_> = command.split(' ').collect();
        let error = folder.refused(&arguments);
        assert!(error.starts_with("hookpoint.yaml:3:"), "{command}: {error}");
        assert!(error.contains("did you mean `kind`"), "{command}: {error}");
    }
    let run = folder.run(&["check", "--json"]);
    assert_eq!(run.code, 2);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["errors"][0]["line"], 3);
}

#[test]
fn scripts_that_do_not_compile_are_all_named_and_nothing_is_published() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation } }
hooks:
  first: { script: first.js }
  second: { script: { source: \"export default () => { return } }\" } }
  third: { script: { source: \"export default () => ({})\" } }
bindings: [{ application: bot, stage: conversationStart, hook: third }]
",
    );
    folder.write(
        "first.js",
        "export default (event) => {\n  const tier = event.;\n};\n",
    );
    for command in [
        "check",
        "apply",
        "trigger conversation-start",
        "dev --port 0",
    ] {
        let arguments: Vec<_> = command.split(' ').collect();
        let error = folder.refused(&arguments);
        assert!(error.starts_with("first.js:2:"), "{command}: {error}");
        assert!(
            error.contains("\n  const tier = event.;\n"),
            "{command}: {error}"
        );
        assert!(error.contains("hookpoint.yaml:5:"), "{command}: {error}");
        assert!(!error.contains("third"), "{command}: {error}");
    }
    let run = folder.run(&["check", "--json"]);
    assert_eq!(run.code, 2);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["errors"][0]["file"], "first.js");
    assert_eq!(value["errors"][0]["line"], 2);
    assert_eq!(value["errors"].as_array().unwrap().len(), 2);
    assert!(!folder.path().join(".hookpoint").exists());
}

#[test]
fn an_application_that_left_the_workspace_is_named_until_it_is_pruned() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation }, other: { kind: conversation } }
hooks: { hello: { static: { context: { A: 1 } } } }
bindings: [{ application: other, stage: conversationStart, hook: hello }]
",
    );
    folder.ok(&["apply"]);
    folder.ok(&["keys", "create", "--application", "other"]);
    folder.write(
        "hookpoint.yaml",
        "version: 1\napplications: { bot: { kind: conversation } }\n",
    );
    let run = folder.run(&["apply"]);
    assert!(run.stdout.starts_with("nothing to do"), "{}", run.stdout);
    assert!(
        run.stderr
            .contains("not in this workspace: `other` (still accepts events)"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("hookpoint apply --prune"),
        "{}",
        run.stderr
    );
    let planned = folder.json(&["apply", "--prune", "--dry-run", "--json"]);
    assert_eq!(planned["notInWorkspace"], json!(["other"]));
    let pruned = folder.json(&["apply", "--prune", "--json"]);
    for member in ["applications", "bindings"] {
        assert_eq!(pruned["pruned"][member], planned["pruned"][member]);
    }
    let newest = folder.json(&["publications", "list", "--limit", "1", "--json"]);
    assert_eq!(newest[0]["id"], pruned["pruned"]["publication"]);
    assert_eq!(newest[0]["action"], "prune");
    assert_eq!(
        pruned["pruned"]["applications"],
        json!([{ "id": "other", "keys": 1 }])
    );
    assert_eq!(
        pruned["pruned"]["bindings"][0]["target"],
        "application:other"
    );
    let run = folder.run(&["apply"]);
    assert!(
        !run.stderr.contains("not in this workspace"),
        "{}",
        run.stderr
    );
    assert!(
        folder
            .ok(&["apply", "--prune"])
            .contains("nothing to prune")
    );
    let list = folder.json(&["applications", "list", "--json"]);
    assert_eq!(list[1]["keys"], json!([]));
}

#[test]
fn keys_are_shown_once_listed_without_their_secret_and_revoked() {
    let folder = Folder::new();
    folder.ok(&["init", "--sample"]);
    folder.ok(&["apply"]);
    let run = folder.run(&[
        "keys",
        "create",
        "--application",
        "web-shop",
        "--expires",
        "90d",
    ]);
    let key = run.stdout.trim();
    assert!(key.starts_with("hpk.web-shop."), "{key}");
    assert!(run.stderr.contains("until 2"), "{}", run.stderr);
    // A server that runs has the keys that it read last.
    assert!(
        run.stderr.contains("in effect everywhere within 10 s"),
        "{}",
        run.stderr
    );
    let made = folder.json(&["keys", "create", "--application", "web-shop", "--json"]);
    assert_eq!(made["expires"], json!(null));
    let list = folder.json(&["keys", "list", "--application", "web-shop", "--json"]);
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert!(!list.to_string().contains(key));
    let id = key.split('.').nth(2).unwrap();
    assert!(
        folder
            .ok(&["keys", "list", "--application", "web-shop"])
            .contains(id)
    );
    folder.ok(&["keys", "revoke", id, "--application", "web-shop"]);
    let error = folder.refused(&["keys", "revoke", id, "--application", "web-shop"]);
    assert!(error.contains(made["id"].as_str().unwrap()), "{error}");
    let error = folder.refused(&["keys", "create", "--application", "web-shpo"]);
    assert!(error.contains("`web-shop`"), "{error}");
    folder.refused(&[
        "keys",
        "create",
        "--application",
        "web-shop",
        "--expires",
        "soon",
    ]);
    // Publishing again does not change the keys.
    folder.ok(&["apply"]);
    let list = folder.json(&["keys", "list", "--application", "web-shop", "--json"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[test]
fn a_pause_holds_hooks_back_until_it_is_lifted() {
    let folder = Folder::new();
    folder.ok(&["init", "--sample"]);
    folder.ok(&["apply"]);
    let outcome = || {
        let value = folder.json(&[
            "trigger",
            "after-registration",
            "--json",
            "--receiver-port",
            "0",
        ]);
        value["runs"][0]["outcome"].as_str().unwrap().to_owned()
    };
    let shop = ["--application", "web-shop"];
    let at = [
        shop.as_slice(),
        &["--stage", "after-registration", "--binding", "welcome-gift"],
    ]
    .concat();
    let pause = |arguments: &[&str]| folder.ok(&[&["pause"], arguments].concat());
    let resume = |arguments: &[&str]| folder.ok(&[&["resume"], arguments].concat());
    pause(&at);
    pause(&shop);
    assert_eq!(outcome(), "paused");
    let list = folder.ok(&["applications", "list"]);
    assert!(
        list.contains("after-registration/welcome-gift, everything"),
        "{list}"
    );
    assert!(resume(&shop).contains("still paused: after-registration/welcome-gift"));
    assert_eq!(outcome(), "paused");
    resume(&at);
    assert_eq!(outcome(), "ok");
    let error = folder.refused(&[&["resume"], shop.as_slice()].concat());
    assert!(
        error.contains("application `web-shop` has no pause"),
        "{error}"
    );
    let error = folder.refused(&[&["pause"], shop.as_slice(), &["--binding", "welcome"]].concat());
    assert!(error.contains("after-registration/welcome-gift"), "{error}");
    assert!(
        error.contains("before-contact-update/contact-check"),
        "{error}"
    );
    let error = folder.refused(&[&["pause"], shop.as_slice(), &["--stage", "escalation"]].concat());
    assert!(error.contains("conversation"), "{error}");
}

#[test]
fn an_option_of_aws_needs_what_it_belongs_to() {
    let folder = Folder::new();
    folder.ok(&["init", "--sample"]);
    let error = folder.refused(&["apply", "--endpoint-url", "http://127.0.0.1:9"]);
    assert!(error.contains("--table"), "{error}");
    for wrong in ["nope", "localhost:4566", "http://", "ftp://a"] {
        let arguments = ["apply", "--table", "t", "--endpoint-url", wrong];
        let error = folder.refused(&arguments);
        let (first, _) = error.split_once('\n').unwrap();
        assert!(first.contains("--endpoint-url"), "{error}");
        assert!(
            first.ends_with("it must be a URL, such as `http://127.0.0.1:4566`"),
            "{error}"
        );
    }
}

#[test]
#[cfg(feature = "aws")]
fn a_table_that_cannot_be_reached_is_an_error_that_names_it() {
    let folder = Folder::new();
    folder.ok(&["init", "--sample"]);
    let output = folder
        .command(&[
            "apply",
            "--table",
            "hookpoint-x",
            "--endpoint-url",
            "http://127.0.0.1:9",
            "--region",
            "eu-central-1",
        ])
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "hidden-value")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("`hookpoint-x`"), "{error}");
    assert!(!error.contains("hidden-value"), "{error}");
    assert!(error.starts_with("error: "), "nothing before it: {error}");
    let error = folder.refused(&[
        "apply",
        "--table",
        "hookpoint-x",
        "--region",
        "eu-central-1",
    ]);
    assert!(error.starts_with("error: "), "nothing before it: {error}");
    assert!(error.contains("credentials"), "{error}");
}

#[test]
fn stages_and_completions_print() {
    let folder = Folder::new();
    assert_eq!(folder.ok(&["stages"]).lines().count(), 30);
    let value = folder.json(&["stages", "beforeRegistration", "--json"]);
    assert_eq!(value["name"], "before-registration");
    assert_eq!(value["example"]["eventType"], "beforeRegistration");
    assert!(
        folder
            .ok(&["stages", "escalation"])
            .contains("context.intentId")
    );
    assert!(
        folder
            .ok(&["completions", "bash"])
            .contains("before-registration")
    );
    let value = folder.json(&["completions", "zsh", "--json"]);
    assert_eq!(value["shell"], "zsh");
    assert!(
        value["script"]
            .as_str()
            .unwrap()
            .starts_with("#compdef hookpoint")
    );
    assert!(folder.ok(&["--help"]).contains("Exit codes"));
}

#[test]
fn a_workspace_with_a_mistake_leaves_its_folder_as_it_was() {
    let folder = Folder::with("version: 1\nhooks: { hello: { statik: {} } }\n");
    for command in [
        "dev --port 0 --receiver-port 0",
        "apply",
        "apply --dry-run",
        "trigger conversation-start",
    ] {
        let arguments: Vec<_> = command.split(' ').collect();
        let error = folder.refused(&arguments);
        assert!(error.contains("hookpoint.yaml:2:"), "{command}: {error}");
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["hookpoint.yaml"], "{command}");
    }
}

#[test]
fn scripts_of_another_release_are_compiled_again_without_a_new_version() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { a: { script: { source: \"export default () => ({})\" } }, b: { static: {} } }
bindings: [{ application: bot, stage: conversationStart, hook: a }, { application: bot, stage: conversationStart, hook: b }]
",
    );
    let published = folder.json(&["apply", "--json"]);
    assert_eq!(published["recompiled"], json!([]));
    let path = folder.path().join(".hookpoint/hookpoint.sqlite3");
    let store = rusqlite::Connection::open(path).unwrap();
    let stored = || {
        let count = "SELECT count(*) FROM hook_bytecode";
        store
            .query_row(count, [], |row| row.get::<_, u32>(0))
            .unwrap()
    };
    assert_eq!(stored(), 1);
    store.execute("DELETE FROM hook_bytecode", []).unwrap();

    let run = folder.run(&["plan"]);
    let remark = "`hookpoint apply` compiles 1 unchanged script for this release";
    assert!(run.stderr.contains(remark), "{}", run.stderr);
    let planned = folder.json(&["plan", "--json"]);
    assert_eq!(planned["recompiled"], json!(["a"]));
    assert_eq!(stored(), 0);
    let run = folder.run(&["apply"]);
    assert!(run.stdout.starts_with("nothing to do"), "{}", run.stdout);
    let remark = "compiled 1 unchanged script for this release";
    assert!(run.stderr.contains(remark), "{}", run.stderr);
    assert_eq!(stored(), 1);
    let run = folder.run(&["apply"]);
    assert!(!run.stderr.contains("compiled"), "{}", run.stderr);
    let versions = folder.json(&["hooks", "versions", "a", "--json"]);
    assert_eq!(versions.as_array().unwrap().len(), 1);

    // What cannot be compiled again still runs.
    store.execute("DROP TABLE hook_bytecode", []).unwrap();
    store
        .execute(
            "CREATE VIEW hook_bytecode AS SELECT 'a' AS name, 1 AS version, x'00' AS data",
            [],
        )
        .unwrap();
    let run = folder.run(&["apply"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("may still be compiled for another release"),
        "{}",
        run.stderr
    );
}
