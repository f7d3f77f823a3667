//! Plans, publications, and what undoes them.

use std::{
    io::{Read as _, Write as _},
    process::{Command, Stdio},
};

use serde_json::json;

use super::folder::{Folder, Run};

const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation, name: Bot }, other: { kind: conversation } }
hooks:
  tier:
    script: { file: hooks/tier.js, hosts: [crm.example.com] }
  hello: { static: { context: { Hello: 1 } } }
bindings:
  - { application: bot, stage: conversationStart, hook: tier, order: 10 }
  - { application: other, stage: conversationStart, hook: hello }
";
const TIER: &str =
    "export default function () {\n  const tier = 1;\n  return { context: { Tier: tier } };\n}\n";

fn published() -> Folder {
    let folder = Folder::with(WORKSPACE);
    std::fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write("hooks/tier.js", TIER);
    folder.ok(&["apply"]);
    folder
}

fn git(folder: &Folder, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The binding of the application `bot`, as published.
fn order_of_bot(folder: &Folder) -> u64 {
    let plan = WORKSPACE.replace("order: 10", "order: 9999");
    let kept = std::fs::read_to_string(folder.path().join("hookpoint.yaml")).unwrap();
    folder.write("hookpoint.yaml", &plan);
    let planned = folder.json(&["plan", "--json"]);
    folder.write("hookpoint.yaml", &kept);
    planned["bindings"][0]["before"]["order"].as_u64().unwrap()
}

#[test]
fn a_plan_shows_old_and_new_of_hooks_bindings_applications_and_keys() {
    let folder = published();
    folder.ok(&["keys", "create", "--application", "other"]);
    folder.write("hooks/tier.js", &TIER.replace("tier = 1", "tier = 2"));
    let changed = WORKSPACE
        .replace("order: 10", "order: 20")
        .replace("name: Bot", "name: Robot")
        .replace(", other: { kind: conversation } }", " }")
        .replace("[crm.example.com]", "[crm.example.com, api.example.com]")
        .replace(
            "  - { application: other, stage: conversationStart, hook: hello }\n",
            "",
        );
    folder.write("hookpoint.yaml", &changed);
    let text = folder.ok(&["plan", "--prune"]);
    for line in [
        "+ hook tier v2 (v1 before)\n",
        "--- tier v1 hooks/tier.js\n+++ tier v2 hooks/tier.js\n@@ -1,4 +1,4 @@\n",
        "-  const tier = 1;\n+  const tier = 2;\n",
        "+      \"api.example.com\"",
        "~ application bot\n    name: Bot → Robot\n",
        "~ binding application:bot conversationStart tier (hook tier v2)\n",
        "    order: 10 → 20\n",
        "    hook: tier v1 → tier v2",
        "- 1 ingest key of other\n",
        "- binding application:other conversationStart hello (hook hello v1)\n",
        "dry run, nothing was written: 1 new hook version, 1 application changed, 1 binding changed\n",
    ] {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
    assert_eq!(folder.ok(&["apply", "--dry-run", "--prune"]), text);
    let value = folder.json(&["plan", "--json"]);
    assert_eq!(value["hooks"][0]["before"], 1);
    let difference = value["hooks"][0]["difference"].as_str().unwrap();
    assert!(
        difference.contains("\n-  const tier = 1;\n"),
        "{difference}"
    );
    assert_eq!(value["applications"][0]["before"]["name"], "Bot");
    assert_eq!(value["bindings"][0]["after"]["order"], 20);
    assert_eq!(value["publication"], json!(null));
    assert_eq!(folder.json(&["apply", "--dry-run", "--json"]), value);
    assert_eq!(order_of_bot(&folder), 10, "nothing was written");
    let done = folder.json(&["apply", "--json"]);
    let id = done["publication"].as_str().unwrap();
    assert_eq!(
        folder.json(&["publications", "show", id, "--json"])["id"],
        id
    );
}

#[test]
fn the_history_says_who_published_what_when_and_from_which_commit() {
    let folder = published();
    git(&folder, &["init", "--quiet"]);
    folder.write(".gitignore", ".hookpoint/\n");
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", "first"]);
    let head = git(&folder, &["rev-parse", "HEAD"]);
    let path = std::env::var_os("PATH").unwrap();
    let publish = |workspace: &str| {
        folder.write("hookpoint.yaml", workspace);
        let mut command = folder.command(&["apply", "--json"]);
        let output = command
            .env("PATH", &path)
            .env("USER", "ada")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    publish(&WORKSPACE.replace("order: 10", "order: 20"));
    let first = folder.json(&["publications", "list", "--json"])[1].clone();
    assert_ne!(first["by"], "unknown", "there is no USER");
    let last = folder.json(&["publications", "show", "last", "--json"]);
    assert_eq!(
        (&last["by"], &last["action"]),
        (&json!("ada"), &json!("apply"))
    );
    assert_eq!(last["commit"], json!({ "id": head, "isModified": true }));
    assert!(last["time"].as_str().unwrap().starts_with("20"), "{last}");
    assert_eq!(last["bindings"][0]["change"], "changed");
    assert_eq!(last["bindings"][0]["before"]["order"], 10);
    assert_eq!(last["bindings"][0]["after"]["order"], 20);
    let text = folder.ok(&["publications", "show", "last"]);
    assert!(text.contains("    order: 10 → 20"), "{text}");
    assert!(text.contains("  by ada\n"), "{text}");
    let history = folder.json(&["publications", "list", "--json"]);
    assert_eq!(history.as_array().unwrap().len(), 2);
    assert_eq!(history[1]["hooks"].as_array().unwrap().len(), 2);
    let other = folder.json(&["publications", "list", "--application", "other", "--json"]);
    assert_eq!(other.as_array().unwrap().len(), 1);
    let id = last["id"].as_str().unwrap();
    for part in [&id[..24], &id[22..], &id[22..].to_lowercase()] {
        let shown = folder.json(&["publications", "show", part, "--json"]);
        assert_eq!(shown["id"], id, "{part}");
    }
    let other = history[1]["id"].as_str().unwrap();
    let same = id.bytes().zip(other.bytes());
    let same = same.take_while(|(one, other)| one == other).count();
    let error = folder.refused(&["publications", "show", &id[..same]]);
    assert!(
        error.contains("names 2 publications") && error.contains(id),
        "{error}"
    );
    let error = folder.refused(&["rollback", "nothing"]);
    assert!(
        error.contains("`nothing` is not the id of a publication, nor the beginning or end of one"),
        "{error}"
    );
    let table = folder.ok(&["publications", "list"]);
    assert!(
        table
            .lines()
            .nth(1)
            .unwrap()
            .starts_with(&format!("{}  ", &id[22..])),
        "{table}"
    );
    assert!(
        table.lines().nth(1).unwrap().contains("1 binding"),
        "{table}"
    );
    assert!(table.contains(&format!("{}+", &head[..10])), "{table}");
}

#[test]
fn a_rollback_returns_to_what_was_there_and_is_a_publication_itself() {
    let folder = published();
    let plan = |workspace: &str| {
        folder.write("hookpoint.yaml", workspace);
        folder.ok(&["plan"])
    };
    folder.write("hooks/tier.js", &TIER.replace("tier = 1", "tier = 2"));
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE
            .replace("order: 10", "order: 20")
            .replace("name: Bot", "name: Robot")
            .replace("Hello: 1", "Hello: 2"),
    );
    let done = folder.json(&["apply", "--json"]);
    let id = done["publication"].as_str().unwrap();
    // One binding first.
    let text = folder.ok(&["rollback", "--binding", "hello"]);
    assert!(text.contains("    hook: hello v2 → hello v1"), "{text}");
    assert!(text.contains("`hookpoint hooks diff hello 2 1"), "{text}");
    assert!(text.ends_with("published: 1 binding changed\n"), "{text}");
    let undone = folder.json(&["publications", "show", "last", "--json"]);
    assert_eq!(
        (&undone["action"], &undone["undoes"]),
        (&json!("rollback"), &json!(id))
    );
    // The whole publication changed it too, and it has changed since to what it was: nothing is lost.
    let rolled = folder.json(&["rollback", id, "--json"]);
    assert_eq!(rolled["bindings"].as_array().unwrap().len(), 1);
    assert_eq!(rolled["bindings"][0]["after"]["hook"], "tier v1");
    assert_eq!(rolled["applications"][0]["after"]["name"], "Bot");
    assert_eq!(folder.ok(&["rollback", id]), "nothing to do\n");
    // The old hook runs.
    let run = folder.run(&["publications", "list"]);
    assert_eq!(run.stdout.lines().count(), 5, "{}", run.stdout);
    folder.write("hooks/tier.js", TIER);
    let text = plan(WORKSPACE);
    assert!(
        text.contains("tier v3 (v2 before)"),
        "the text is that of v1, the newest is v2: {text}"
    );

    // What has changed again since is not overwritten unasked.
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("order: 10", "order: 30"),
    );
    folder.ok(&["apply"]);
    let error = folder.refused(&["rollback", id]);
    assert!(error.contains("binding tier of application:bot"), "{error}");
    assert!(error.contains("--force"), "{error}");
    folder.ok(&["rollback", id, "--force"]);
    assert_eq!(order_of_bot(&folder), 10);
    let error = folder.refused(&["rollback", "01J9ZK4T0V8N7E2Q6M5B1C3D4F"]);
    assert!(error.contains("publications list"), "{error}");
    let error = folder.refused(&["rollback", "--binding", "nothing"]);
    assert!(error.contains("changed such a binding"), "{error}");
}

#[test]
fn a_rollback_deletes_what_was_added_and_says_what_it_leaves() {
    let folder = published();
    let settings = "other: { kind: conversation }";
    let more = WORKSPACE.replace(
        settings,
        &format!("{settings}, third: {{ kind: conversation }}"),
    );
    let more =
        format!("{more}  - {{ application: third, stage: conversationStart, hook: hello }}\n");
    folder.write("hookpoint.yaml", &more);
    let done = folder.json(&["apply", "--json"]);
    let id = done["publication"].as_str().unwrap();
    let third = |folder: &Folder| {
        let list = folder.json(&["applications", "list", "--json"]);
        let list = list.as_array().unwrap().iter();
        list.filter(|application| application["id"] == "third")
            .count()
    };
    let run = folder.run(&["rollback", id]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let removed = "published: 1 application removed, 1 binding removed\n";
    assert!(run.stdout.ends_with(removed), "{}", run.stdout);
    assert!(!run.stderr.contains("stays"), "{}", run.stderr);
    assert_eq!(third(&folder), 0);

    // Undone, it is there again; with a key by now, it stays the next time.
    folder.ok(&["rollback"]);
    assert_eq!(third(&folder), 1);
    folder.ok(&["keys", "create", "--application", "third"]);
    let run = folder.run(&["rollback", id]);
    assert!(
        run.stdout.ends_with("published: 1 binding removed\n"),
        "{}",
        run.stdout
    );
    for part in [
        "application `third` stays",
        "ingest keys",
        "applications delete third",
    ] {
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    assert_eq!(third(&folder), 1);

    // Keys do not come back.
    folder.write("hookpoint.yaml", WORKSPACE);
    folder.ok(&["apply", "--prune", "--yes"]);
    let run = folder.run(&["rollback"]);
    for part in [
        "application `third`: its ingest key `",
        "stays deleted",
        "keys create --application third",
    ] {
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
}

#[test]
fn a_rollback_brings_no_binding_back_at_a_stage_that_the_application_no_longer_has() {
    let folder = published();
    let binding = "  - { application: other, stage: conversationStart, hook: hello }\n";
    let without = WORKSPACE.replace(binding, "");
    folder.write("hookpoint.yaml", &without);
    let done = folder.json(&["apply", "--json"]);
    let id = done["publication"].as_str().unwrap();
    let identity = without.replace("other: { kind: conversation }", "other: { kind: identity }");
    folder.write("hookpoint.yaml", &identity);
    folder.ok(&["apply"]);
    let run = folder.run(&["rollback", id]);
    for part in [
        "binding hello of application:other at conversationStart stays removed",
        "of another kind by now, `identity`",
    ] {
        assert!(run.stderr.contains(part), "{} {}", run.stdout, run.stderr);
    }
    assert!(!run.stdout.contains("binding"), "{}", run.stdout);
    // With the kind of that time, it comes back.
    folder.write("hookpoint.yaml", &without);
    folder.ok(&["apply"]);
    let run = folder.run(&["rollback", id]);
    assert!(run.stdout.ends_with("1 binding added\n"), "{}", run.stdout);
}

#[test]
fn a_rollback_brings_no_binding_back_of_an_application_that_was_deleted() {
    let folder = published();
    folder.ok(&["applications", "delete", "other", "--yes"]);
    let run = folder.run(&["rollback", "--binding", "hello", "--application", "other"]);
    let message = "binding hello of application:other at conversationStart stays removed: the application was deleted; undo that publication as a whole";
    assert!(
        run.stderr.contains(message),
        "{} {}",
        run.stdout,
        run.stderr
    );
    assert!(run.stdout.contains("nothing to do"), "{}", run.stdout);
    let run = folder.run(&["rollback"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let bindings = folder.json(&["bindings", "list", "--application", "other", "--json"]);
    assert_eq!(bindings[0]["id"], "hello");
}

#[test]
fn a_deleted_application_comes_back_with_its_pauses() {
    let folder = published();
    let shown = |member: &str| {
        let shown = folder.json(&["applications", "show", "other", "--json"]);
        shown[member].clone()
    };
    let pause = ["pause", "--application", "other"];
    let hello = ["--stage", "conversation-start", "--binding", "hello"];
    folder.ok(&[pause.as_slice(), hello.as_slice()].concat());
    folder.ok(&[pause.as_slice(), &["--stage", "escalation"]].concat());
    let pauses = shown("pauses");
    assert_eq!(pauses.as_array().unwrap().len(), 2);
    folder.ok(&["applications", "delete", "other", "--yes"]);
    folder.ok(&["rollback"]);
    assert_eq!(shown("pauses"), pauses);
    assert_eq!(shown("bindings")[0]["id"], "hello");
    // So does one that a rollback deletes.
    folder.ok(&["rollback"]);
    folder.refused(&["applications", "show", "other"]);
    folder.ok(&["rollback"]);
    assert_eq!(shown("pauses"), pauses);
}

#[test]
fn all_that_concerns_one_application_is_undone_its_settings_too() {
    let folder = published();
    let settings = |id: &str| {
        let shown = folder.json(&["applications", "show", id, "--json"]);
        json!([shown["name"], shown["bindings"].as_array().unwrap().len()])
    };
    let publish = |text: &str| {
        folder.write("hookpoint.yaml", text);
        let done = folder.json(&["apply", "--json"]);
        done["publication"].as_str().unwrap().to_owned()
    };
    // Settings and bindings of both; only one application is undone.
    let both = WORKSPACE
        .replace("name: Bot", "name: Robot")
        .replace(
            "other: { kind: conversation }",
            "other: { kind: conversation, name: Other }",
        )
        .replace("hook: hello }", "hook: hello, order: 7 }")
        .replace("order: 10", "order: 20");
    let id = publish(&both);
    let run = folder.run(&["rollback", &id, "--application", "bot"]);
    assert!(
        run.stdout
            .ends_with("1 application changed, 1 binding changed\n"),
        "{}",
        run.stdout
    );
    assert_eq!(settings("bot"), json!(["Bot", 1]));
    assert_eq!(order_of_bot(&folder), 10);
    assert_eq!(settings("other"), json!(["Other", 1]));
    // The newest one of the application changed its settings only.
    publish(&both.replace("order: 20", "order: 10"));
    let unchanged = publish(
        &both
            .replace("order: 20", "order: 10")
            .replace("name: Other", "name: Last"),
    );
    folder.ok(&["rollback", "last", "--application", "bot"]);
    assert_eq!(settings("bot"), json!(["Bot", 1]));
    assert_eq!(settings("other"), json!(["Last", 1]));
    let run = folder.run(&["rollback", &unchanged, "--application", "bot"]);
    assert_eq!(run.code, 2, "it did not concern `bot`: {}", run.stdout);
    // A deletion, and an addition.
    folder.ok(&["applications", "delete", "other", "--yes"]);
    folder.ok(&["rollback", "--application", "other"]);
    assert_eq!(settings("other"), json!(["Last", 1]));
    let third = WORKSPACE.replace("bot: { kind", "third: { kind: conversation }, bot: { kind");
    let id = publish(&third);
    folder.ok(&["rollback", &id, "--application", "third"]);
    let list = folder.json(&["applications", "list", "--json"]);
    let ids: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, ["bot", "other"]);
}

#[test]
fn a_rollback_names_changes_that_were_published_without_a_record() {
    let folder = Folder::with(WORKSPACE);
    std::fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write("hooks/tier.js", TIER);
    folder.ok(&["trigger", "conversation-start", "--application", "bot"]);
    assert_eq!(
        folder.ok(&["publications", "list"]),
        "no publications yet; `dev` and `trigger` publish without a record\n"
    );
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("order: 10", "order: 20"),
    );
    folder.ok(&["apply"]);
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE
            .replace("hook: hello }", "hook: hello, order: 40 }")
            .replace("order: 10", "order: 30"),
    );
    folder.ok(&["trigger", "conversation-start", "--application", "bot"]);
    let error = folder.refused(&["rollback"]);
    assert!(
        error.contains("without a record") && error.contains("--force"),
        "{error}"
    );
    assert!(!error.contains("later publications"), "{error}");
    folder.ok(&["rollback", "--force"]);
}

/// A command at a terminal that asks; `answer` is given once it has asked and `meanwhile` is over.
fn at_a_terminal(folder: &Folder, arguments: &str, answer: &str, meanwhile: impl FnOnce()) -> Run {
    let program = env!("CARGO_BIN_EXE_hookpoint");
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{program} {arguments}"))
        .arg("/dev/null")
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .env("USER", "grace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&text).contains("[y/N]") {
        let length = output.read(&mut buffer).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..length]);
    }
    meanwhile();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{answer}").unwrap();
    output.read_to_end(&mut text).unwrap();
    drop(input);
    let status = child.wait().unwrap();
    Run {
        code: status.code().unwrap(),
        stdout: String::from_utf8(text).unwrap().replace("\r\n", "\n"),
        stderr: String::new(),
    }
}

#[test]
fn only_what_was_shown_is_pruned() {
    let folder = published();
    folder.ok(&["keys", "create", "--application", "other"]);
    let without = WORKSPACE
        .replace(", other: { kind: conversation }", "")
        .replace(
            "  - { application: other, stage: conversationStart, hook: hello }\n",
            "",
        );
    let newcomer = "version: 1\napplications: { new: { kind: conversation } }\nhooks: { hello: { static: { context: { Hello: 1 } } } }\nbindings: [{ application: new, stage: conversationStart, hook: hello }]\n";
    folder.write("other.yaml", newcomer);
    folder.write("hookpoint.yaml", &without);
    folder.ok(&["apply", "--yes"]);
    let question = "Delete 1 binding and 1 ingest key? [y/N]";
    let run = at_a_terminal(&folder, "apply --prune", "y", || {
        folder.ok(&["apply", "--yes", "--workspace", "other.yaml"]);
        folder.ok(&["keys", "create", "--application", "new"]);
    });
    assert_eq!(run.code, 2, "{}", run.stdout);
    for part in [
        question,
        "what is deleted has changed since you saw it; nothing was published. It is now:\n",
        "- 1 ingest key of new\n",
        "- binding application:new conversationStart hello (hook hello v",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("nothing to do"), "{}", run.stdout);
    let bindings = |id: &str| folder.json(&["bindings", "list", "--application", id, "--json"]);
    assert_eq!(bindings("new").as_array().unwrap().len(), 1);
    assert_eq!(bindings("other").as_array().unwrap().len(), 1);

    let run = at_a_terminal(&folder, "apply --prune", "y", || {});
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("Delete 2 bindings and 2 ingest keys?"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("nothing to do"), "{}", run.stdout);
    assert_eq!(bindings("new"), serde_json::json!([]));
    // One publication, which brings them back.
    folder.ok(&["rollback"]);
    assert_eq!(bindings("new").as_array().unwrap().len(), 1);
    assert_eq!(bindings("other").as_array().unwrap().len(), 1);
}

/// Each part is in effect at once, so what came before a failure is shown.
#[test]
fn what_is_published_and_pruned_is_shown_although_the_rest_of_pruning_fails() {
    let third = "  - { application: third, stage: conversationStart, hook: hello }\n";
    let all = WORKSPACE.replace("bot: { kind", "third: { kind: conversation }, bot: { kind");
    let folder = Folder::with(&format!("{all}{third}"));
    std::fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write("hooks/tier.js", TIER);
    folder.ok(&["apply"]);
    folder.ok(&["keys", "create", "--application", "third"]);
    let path = folder.path().join(".hookpoint/hookpoint.sqlite3");
    let store = rusqlite::Connection::open(path).unwrap();
    let run_sql = |sql: &str| store.execute_batch(sql).unwrap();
    run_sql(
        "CREATE TRIGGER refused BEFORE DELETE ON binding WHEN OLD.target = 'application:third'
         BEGIN SELECT RAISE(ABORT, 'no rights'); END",
    );
    let publish = |order: &str, arguments: &[&str]| {
        let without = WORKSPACE
            .replace(", other: { kind: conversation }", "")
            .replace(
                "  - { application: other, stage: conversationStart, hook: hello }\n",
                "",
            )
            .replace("order: 10", order);
        folder.write("hookpoint.yaml", &without);
        let run = folder.run(&[&["apply", "--prune", "--yes"], arguments].concat());
        assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
        run
    };
    let as_json = |run: &Run| -> serde_json::Value {
        let value = serde_json::from_str(&run.stdout);
        value.unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
    };
    let newest = || {
        let listed = folder.json(&["publications", "list", "--limit", "2", "--json"]);
        [listed[0]["id"].clone(), listed[1]["id"].clone()]
    };

    // `other` comes before `third`.
    let run = publish("order: 20", &[]);
    for part in [
        "published: 1 binding changed\n",
        "- binding application:other conversationStart hello (hook hello v1)\n",
        "pruned; ",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("third"), "{}", run.stdout);
    let [pruned, published] = newest();
    for id in [&pruned, &published] {
        let id = id.as_str().unwrap();
        let undo = format!("publication {id}; undo it with `");
        assert!(run.stderr.contains(&undo), "{undo}: {}", run.stderr);
    }
    let error = "error: failed to prune all that is not in the workspace: ";
    assert!(run.stderr.contains(error), "{}", run.stderr);
    assert!(run.stderr.ends_with(": no rights\n"), "{}", run.stderr);
    let bindings = |id: &str| folder.json(&["bindings", "list", "--application", id, "--json"]);
    assert_eq!(bindings("other"), json!([]));

    // Nothing more can be pruned.
    let value = as_json(&publish("order: 30", &["--json"]));
    let [published, _] = newest();
    assert_eq!(value["publication"], published);
    assert_eq!(value["bindings"][0]["after"]["order"], 30);
    assert_eq!(value["notInWorkspace"], json!(["third"]));
    assert_eq!(value["pruned"], json!(null));
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.ends_with(": no rights"), "{message}");
    // Nothing at all is done.
    let value = as_json(&publish("order: 30", &["--json"]));
    let members: Vec<_> = value.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error"]);

    // Another operator's application, which this version cannot read, comes with the publication.
    run_sql(
        "DROP TRIGGER refused;
         CREATE TRIGGER theirs AFTER INSERT ON publication
         BEGIN INSERT OR IGNORE INTO application (id, revision, body) VALUES ('zz', 1, '{}'); END",
    );
    let value = as_json(&publish("order: 40", &["--json"]));
    let [published, _] = newest();
    assert_eq!(value["publication"], published);
    assert_eq!(value["notInWorkspace"], json!(null));
    assert_eq!(value["pruned"], json!(null));
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains("application zz"), "{message}");
    assert_eq!(bindings("third").as_array().unwrap().len(), 1);
}

#[test]
fn at_a_terminal_apply_asks_first() {
    let folder = published();
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("order: 10", "order: 20"),
    );
    let run = at_a_terminal(&folder, "apply", "n", || {});
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("    order: 10 → 20\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("Publish this (1 binding changed)? [y/N]"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("nothing was published"),
        "{}",
        run.stdout
    );
    assert_eq!(order_of_bot(&folder), 10);
    let run = at_a_terminal(&folder, "apply", "y", || {});
    assert!(
        run.stdout.contains("published: 1 binding changed"),
        "{}",
        run.stdout
    );
    assert_eq!(order_of_bot(&folder), 20);
}

#[test]
fn of_two_operators_at_once_one_wins_and_the_other_sees_the_difference() {
    let folder = published();
    folder.write("theirs.yaml", &WORKSPACE.replace("order: 10", "order: 20"));
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("order: 10", "order: 30"),
    );
    let run = at_a_terminal(&folder, "apply", "y", || {
        let mut theirs = folder.command(&["apply", "--workspace", "theirs.yaml"]);
        let output = theirs.env("USER", "ada").output().unwrap();
        assert!(output.status.success(), "{output:?}");
    });
    assert_eq!(run.code, 2, "{}", run.stdout);
    for part in [
        "changed by another publication meanwhile; nothing was published",
        " by ada at 20",
        "    order: 10 → 20",
        "hookpoint plan",
    ] {
        assert!(run.stdout.contains(part), "{part}\n---\n{}", run.stdout);
    }
    assert_eq!(order_of_bot(&folder), 20);
    let records = folder.json(&["publications", "list", "--json"]);
    assert_eq!(records.as_array().unwrap().len(), 2, "{records}");
}

#[test]
fn the_slower_one_gets_json_too() {
    let order = |order: &str| WORKSPACE.replace("order: 10", order);
    for (arguments, changed) in [
        (&["apply"][..], "order: 30"),
        (&["rollback"], "order: 15"),
        (
            &[
                "bindings",
                "order",
                "tier",
                "--application",
                "bot",
                "--stage",
                "conversation-start",
            ],
            "order: 15",
        ),
        (&["applications", "delete", "bot"], "order: 15"),
    ] {
        let folder = published();
        folder.write("hookpoint.yaml", &order(changed));
        if arguments != ["apply"] {
            folder.ok(&["apply"]);
        }
        folder.write("theirs.yaml", &order("order: 20"));
        // The commit is asked for between the plan and its publication; the other operator comes first there.
        let git = folder.write(
            "git",
            &format!(
                "#!/bin/sh\n[ -e done ] && exit 1\n: > done\n'{}' apply --workspace theirs.yaml > log 2>&1\nexit 1\n",
                env!("CARGO_BIN_EXE_hookpoint")
            ),
        );
        std::fs::set_permissions(&git, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let mut command = folder.command(&[arguments, &["--json"]].concat());
        let run = Run::from(command.env("PATH", path).output().unwrap());
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
        let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let error = &value["error"];
        assert_eq!(error["kind"], "failed");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("was changed by another publication meanwhile"),
            "{message}"
        );
        assert_eq!(
            error["difference"]["bindings"][0]["after"]["order"], 20,
            "{value}"
        );
        let newest = folder.json(&["publications", "list", "--json"])[0]["id"].clone();
        assert_eq!(error["publication"], newest, "{value}");
    }
}
