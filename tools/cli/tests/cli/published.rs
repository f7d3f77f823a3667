//! What is published, read back: workspaces, hooks, bindings, applications, secrets.

use std::{fs, os::unix::fs::symlink};

use serde_json::json;

use super::folder::Folder;

const WORKSPACE: &str = r##"version: 1
secrets: [ApiToken, TestToken, Key]
stores: [customers]
applications:
  bot: { kind: conversation, name: "Der Böt: #1", variables: { Host: crm.example.com, Empty: "" } }
  shop: { kind: identity, identityStore: customers, keepEvents: true }
hooks:
  fixed: { static: { context: { "no": "yes", Big: 12345678901234567890.10, "ü \"q\"": "a: b\n\tc" } } }
  crm:
    webhook:
      url: https://{Host:Variable}/a?t={ApiToken:NLX.Secret}
      headers: { Authorization: "Bearer {ApiToken:Secret}", X-Note: "#1" }
      signingSecrets: [Key]
  local: { webhook: http://127.0.0.1:3000/hook }
  tier: { script: { file: hooks/tier.js, hosts: [crm.example.com], secrets: [ApiToken] } }
  inline: { script: { source: "export default () => ({}); // \u0007 ü\n" } }
bindings:
  - application: bot
    stage: conversationStart
    hook: crm
    order: 20
    timeoutMs: 900
    when: { context.channelType: [API, null, 1.50], context.userId: x }
    variables: { Host: test.example.com }
    secrets: { ApiToken: TestToken }
    failure: { fallback: { context: { Fell: true } } }
  - { application: bot, stage: conversationStart, hook: tier, id: first, order: 10 }
  - { application: bot, stage: conversationStart, hook: tier, id: second, order: 10 }
  - { application: bot, stage: conversationEnd, hook: local, mode: asynchronous }
  - { store: customers, stage: afterAccountUpdate, hook: inline }
  - { application: shop, stage: beforeRegistration, hook: inline, version: 1, failure: continue }
local: { allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }
"##;
const TIER: &str = "// Größe\r\nexport default () => ({ context: { Tier: 1 } });\n\n";

fn published() -> Folder {
    let folder = Folder::with(WORKSPACE);
    fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write("hooks/tier.js", TIER);
    folder.ok(&["apply"]);
    folder
}

#[test]
fn what_was_pulled_is_what_was_published_to_the_byte() {
    let folder = published();
    // A binding that stays behind is pinned.
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("// \\u0007 ü", "// \\u0007 newer"),
    );
    folder.ok(&["apply"]);
    let error = folder.refused(&["pull"]);
    assert!(error.contains("`hookpoint.yaml` differs"), "{error}");
    assert!(error.contains("--force"), "{error}");
    // The other way out works.
    assert!(error.contains("`--to FOLDER`"), "{error}");
    let elsewhere = folder.json(&["pull", "--to", "an/other", "--json"]);
    assert_eq!(elsewhere["workspace"], "an/other/hookpoint.yaml");
    let tier = fs::read_to_string(folder.path().join("an/other/hooks/tier.js"));
    assert_eq!(tier.unwrap(), TIER);
    // Nothing is written through a link out of the folder, and one within it is followed.
    let other = folder.path().join("an/other");
    fs::create_dir_all(folder.path().join("out")).unwrap();
    fs::remove_dir_all(&other).unwrap();
    fs::create_dir_all(&other).unwrap();
    symlink(folder.path().join("out"), other.join("hooks")).unwrap();
    let error = folder.refused(&["pull", "--to", "an/other", "--force"]);
    assert!(
        error.contains("`an/other/hooks` is a link out of the folder"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
    fs::remove_file(other.join("hooks")).unwrap();
    fs::create_dir(other.join("within")).unwrap();
    symlink("within", other.join("hooks")).unwrap();
    folder.ok(&["pull", "--to", "an/other"]);
    assert!(other.join("within/tier.js").exists());
    fs::remove_dir_all(folder.path().join("out")).unwrap();
    fs::remove_dir_all(folder.path().join("an")).unwrap();
    assert!(
        !folder.path().join("hookpoint.schema.json").exists(),
        "nothing was written"
    );
    // All files, or none of them.
    folder.write("hooks/tier.js", "// mine\n");
    let kept = fs::read_to_string(folder.path().join("hookpoint.yaml")).unwrap();
    let script = folder.path().join("hooks/tier.js");
    let mut permissions = fs::metadata(&script).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&script, permissions).unwrap();
    let error = folder.refused(&["pull", "--force"]);
    assert!(
        error.contains("nothing was written") && error.contains("read-only"),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("hookpoint.yaml")).unwrap(),
        kept
    );
    assert_eq!(fs::read_to_string(&script).unwrap(), "// mine\n");
    fs::remove_file(folder.path().join("hookpoint.yaml")).unwrap();
    fs::remove_dir_all(folder.path().join("hooks")).unwrap();
    let pulled = folder.json(&["pull", "--json"]);
    assert_eq!(pulled["remarks"], json!([]));
    assert_eq!(
        pulled["written"],
        json!([
            ".gitignore",
            "hookpoint-node.d.ts",
            "hookpoint.case.schema.json",
            "hookpoint.d.ts",
            "hookpoint.schema.json",
            "hookpoint.yaml",
            "hooks/tier.js"
        ])
    );
    // What is edited is no difference: it was not published.
    folder.write("hookpoint.d.ts", "// mine\n");
    let again = folder.json(&["pull", "--json"]);
    assert_eq!(again["written"], json!([]));
    assert_eq!(
        fs::read_to_string(folder.path().join("hooks/tier.js")).unwrap(),
        TIER
    );
    let text = fs::read_to_string(folder.path().join("hookpoint.yaml")).unwrap();
    assert!(
        text.contains("    version: 1\n"),
        "the pinned binding: {text}"
    );
    assert_eq!(
        folder.ok(&["apply"]),
        "nothing to do: the workspace is already published\n",
        "{text}"
    );
    assert!(folder.ok(&["pull"]).contains("0 files written"));
    // In an empty store: the same state, except for the numbers of versions.
    let other = Folder::with(&text.replace("    version: 1\n", ""));
    fs::create_dir(other.path().join("hooks")).unwrap();
    other.write("hooks/tier.js", TIER);
    other.ok(&["apply"]);
    let settings = |folder: &Folder| {
        let mut list = folder.json(&["bindings", "list", "--json"]);
        for binding in list.as_array_mut().unwrap() {
            binding["settings"]["hook"].take();
            binding["version"].take();
        }
        list
    };
    assert_eq!(settings(&other), settings(&folder));
    // One application alone.
    let pulled = Folder::new();
    let target = pulled.path().join("hookpoint.yaml");
    fs::create_dir(pulled.path().join(".hookpoint")).unwrap();
    for entry in fs::read_dir(folder.path().join(".hookpoint")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        fs::copy(&path, pulled.path().join(".hookpoint").join(name)).unwrap();
    }
    pulled.ok(&["pull", "--application", "shop"]);
    let text = fs::read_to_string(target).unwrap();
    assert!(
        !text.contains("bot:") && text.contains("customers"),
        "{text}"
    );
    assert!(pulled.ok(&["apply"]).starts_with("nothing to do"));
    let error = pulled.refused(&["pull", "--application", "nowhere", "--force"]);
    assert!(error.contains("no application `nowhere`"), "{error}");
}

#[test]
fn hooks_are_listed_shown_compared_and_deleted_when_nothing_runs_them() {
    let folder = published();
    folder.write("hooks/tier.js", &TIER.replace("Tier: 1", "Tier: 2"));
    folder.ok(&["apply"]);
    let list = folder.ok(&["hooks", "list"]);
    assert!(
        list.lines()
            .any(|line| line.starts_with("tier ") && line.contains("v2")),
        "{list}"
    );
    let shown = folder.json(&["hooks", "show", "tier", "--json"]);
    assert_eq!(
        (&shown["version"], &shown["kind"]),
        (&json!(2), &json!("script"))
    );
    assert!(
        shown["sources"]["hooks/tier.js"]
            .as_str()
            .unwrap()
            .contains("Tier: 2")
    );
    let old = folder.ok(&["hooks", "show", "tier", "--hook-version", "1"]);
    assert!(old.contains("Tier: 1"), "{old}");
    let versions = folder.json(&["hooks", "versions", "tier", "--json"]);
    assert_eq!(versions[0]["version"], 2);
    assert_eq!(versions[0]["bindings"].as_array().unwrap().len(), 2);
    assert_eq!(versions[1]["bindings"], json!([]));
    let publications = folder.json(&["publications", "list", "--json"]);
    for (version, publication) in [0, 1].map(|index| (&versions[index], &publications[index])) {
        assert_eq!(version["publication"], publication["id"]);
        for fact in ["time", "by"] {
            assert!(version[fact].is_string(), "{version}");
            assert_eq!(version[fact], publication[fact]);
        }
    }
    let difference = folder.ok(&["hooks", "diff", "tier"]);
    assert!(
        difference.starts_with("--- tier v1 hooks/tier.js\n+++ tier v2"),
        "{difference}"
    );
    assert!(difference.contains("Tier: 2"), "{difference}");
    assert!(
        folder
            .ok(&["hooks", "diff", "tier", "v2", "2"])
            .contains("the same")
    );
    let error = folder.refused(&["hooks", "delete", "tier"]);
    assert!(
        error.contains(
            "application:bot conversation-start/first, application:bot conversation-start/second"
        ),
        "{error}"
    );
    folder.ok(&["hooks", "show", "tier"]);
    let unused = WORKSPACE.replace(
        "  - { application: bot, stage: conversationEnd, hook: local, mode: asynchronous }\n",
        "",
    );
    folder.write("hookpoint.yaml", &unused);
    folder.ok(&["apply"]);
    let error = folder.refused(&["hooks", "delete", "local"]);
    assert!(
        error.contains("in the last 24 hours") && error.contains("--force"),
        "{error}"
    );
    assert_eq!(
        folder.ok(&["hooks", "delete", "local", "--force"]),
        "deleted hook local\n"
    );
    for command in ["show", "versions", "diff", "delete"] {
        let error = folder.refused(&["hooks", command, "local"]);
        assert!(error.contains("no hook `local`"), "{command}: {error}");
    }
    // Its number is not used again.
    folder.write("hookpoint.yaml", WORKSPACE);
    assert!(folder.ok(&["apply"]).contains("+ hook local v2"));
}

#[test]
fn bindings_are_listed_and_put_into_another_order() {
    let folder = published();
    let bot = ["--application", "bot", "--stage", "conversation-start"];
    let order = |ids: &[&str]| folder.ok(&[&["bindings", "order"], ids, bot.as_slice()].concat());
    let orders = || {
        let list = folder.json(&[&["bindings", "list", "--json"], bot.as_slice()].concat());
        let orders = list.as_array().unwrap().iter();
        orders
            .map(|binding| {
                format!(
                    "{}{}",
                    binding["id"].as_str().unwrap(),
                    binding["settings"]["order"]
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(orders(), ["first10", "second10", "crm20"]);
    let text = order(&["crm", "first,second"]);
    assert!(text.contains("    order: 20 → 10\n"), "{text}");
    assert!(text.contains("published: 3 bindings changed\n"), "{text}");
    assert_eq!(orders(), ["crm10", "first20", "second20"]);
    assert_eq!(order(&["crm", "second,first"]), "nothing to do\n");
    let error = folder.refused(&[&["bindings", "order", "crm", "first"], bot.as_slice()].concat());
    assert!(error.contains("every binding"), "{error}");
    assert!(error.contains("crm first second"), "{error}");
    let last = folder.json(&["publications", "show", "last", "--json"]);
    assert_eq!(last["action"], "order");
    folder.ok(&["rollback", "last"]);
    assert_eq!(orders(), ["first10", "second10", "crm20"]);
    let table = folder.ok(&["bindings", "list", "--hook", "inline"]);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains("store:customers"), "{table}");
}

#[test]
fn an_application_is_shown_and_deleted_with_its_bindings_and_its_history_stays() {
    let folder = published();
    folder.ok(&["keys", "create", "--application", "bot"]);
    let shown = folder.json(&["applications", "show", "bot", "--json"]);
    assert_eq!(shown["bindings"].as_array().unwrap().len(), 4);
    assert_eq!(shown["keys"].as_array().unwrap().len(), 1);
    let text = folder.ok(&["applications", "show", "shop"]);
    assert!(text.contains("store:customers"), "{text}");
    let deleted = folder.json(&["applications", "delete", "bot", "--json"]);
    assert_eq!(deleted["applications"][0]["change"], "removed");
    assert_eq!(deleted["bindings"].as_array().unwrap().len(), 4);
    assert_eq!(deleted["keys"].as_array().unwrap().len(), 1);
    for command in ["show", "delete"] {
        let error = folder.refused(&["applications", command, "bot"]);
        assert!(error.contains("no application `bot`"), "{error}");
    }
    let records = folder.json(&["publications", "list", "--application", "bot", "--json"]);
    assert_eq!(records[0]["action"], "delete");
    assert_eq!(records.as_array().unwrap().len(), 2);
    // It comes back with its bindings, without its key.
    folder.ok(&["rollback"]);
    let shown = folder.json(&["applications", "show", "bot", "--json"]);
    assert_eq!(shown["bindings"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&shown["name"], &shown["keys"]),
        (&json!("Der Böt: #1"), &json!([]))
    );
}

#[test]
fn a_secret_is_set_from_standard_input_listed_by_name_and_removed() {
    let folder = published();
    let value = "hidden-värlue \" \\ ";
    let set = |arguments: &[&str]| {
        let run = folder.run_with_input(
            &[&["secrets", "set"], arguments].concat(),
            &format!("{value}\n"),
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("hidden"));
    };
    set(&["ApiToken"]);
    set(&["ApiToken", "--application", "bot"]);
    let path = folder.path().join(".hookpoint/secrets.json");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        json!({ "ApiToken": value, "bot/ApiToken": value })
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(!folder.path().join(".hookpoint/secrets.json.part").exists());
    assert_eq!(
        folder.json(&["secrets", "list", "--json"]),
        json!([
            { "name": "ApiToken", "application": null },
            { "name": "ApiToken", "application": "bot" },
        ])
    );
    assert!(!folder.ok(&["secrets", "list"]).contains("hidden"));
    folder.ok(&["secrets", "rm", "ApiToken"]);
    let error = folder.refused(&["secrets", "rm", "ApiToken"]);
    assert!(error.contains("no secret `ApiToken`"), "{error}");
    assert_eq!(
        folder
            .json(&["secrets", "list", "--json"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let run = folder.run_with_input(&["secrets", "set", "Key"], "\n");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("empty"), "{}", run.stderr);
    let error = folder.refused(&["secrets", "set", "continuation-key"]);
    assert!(error.contains("is reserved for the deployment"), "{error}");
    assert!(!folder.ok(&["check"]).contains("hidden"));

    // A secret that no hook can use yet is set all the same.
    for (name, help) in [
        (
            "apitoken",
            "lists secret `apitoken`; did you mean `ApiToken`?",
        ),
        (
            "Later",
            "lists secret `Later`; declare it with `secrets: [Later]`",
        ),
    ] {
        let run = folder.run_with_input(&["secrets", "set", name], "v");
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains(help), "{}", run.stderr);
        let output = run.stdout + &run.stderr;
        assert!(output.contains(&format!("set {name} in ")), "{output}");
        assert!(!output.contains("uses it"), "{output}");
    }
    let run = folder.run_with_input(&["secrets", "set", "Key"], "v");
    assert!(!run.stderr.contains("lists secret"), "{}", run.stderr);
    let output = run.stdout + &run.stderr;
    assert!(
        output.contains("the next run of a hook uses it"),
        "{output}"
    );
}

/// The author's files are the same, and what runs is not.
#[test]
fn another_version_of_a_package_is_a_difference() {
    let folder = Folder::with(
        "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { a: { script: hooks/a.ts } }\nbindings: [{ hook: a, stage: conversationStart, application: bot }]\n",
    );
    for name in ["hooks", "node_modules/x"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    folder.write(
        "hooks/a.ts",
        "import { y } from 'x';\nexport default () => ({ context: { y } });\n",
    );
    let install = |version: &str| {
        let locked = format!(r#"{{ "version": "{version}" }}"#);
        folder.write("package.json", "{ \"dependencies\": { \"x\": \"*\" } }\n");
        folder.write(
            "package-lock.json",
            &format!(
                r#"{{ "lockfileVersion": 3, "packages": {{ "": {{ "dependencies": {{ "x": "*" }} }}, "node_modules/x": {locked} }} }}"#
            ),
        );
        folder.write(
            "node_modules/x/package.json",
            &format!(r#"{{ "name": "x", "version": "{version}", "module": "x.mjs" }}"#),
        );
        folder.write(
            "node_modules/x/x.mjs",
            &format!("export const y = '{version}';\n"),
        );
    };
    install("1.0.0");
    folder.ok(&["apply", "--yes"]);
    install("2.0.0");
    for command in [&["plan"][..], &["apply", "--yes"], &["hooks", "diff", "a"]] {
        let text = folder.ok(command);
        assert!(text.contains("\n-x 1.0.0\n+x 2.0.0"), "{command:?}: {text}");
    }
}
