//! The commands of the library: what they write, what they refuse, and that nothing half-added stays.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use hookpoint_xtask::repository;
use serde_json::{Value, json};

use super::{place::Place, terminal};
use crate::bundling::programs;

pub(super) const SHOP: &str = "\
# The shop.
version: 1
secrets: [SlackUrl] # shared
stores: [customers]
applications:
  shop: { kind: identity, identityStore: customers }
  bot:
    kind: conversation # of the shop

hooks:
  # Says hello.
  greeting: { static: { context: { Greeting: Hello } } }
  other:
    script: { source: 'export default () => null', secrets: [SlackUrl] }

bindings:
  - { application: bot, stage: conversationStart, hook: greeting }
  - { application: shop, stage: afterSelfServiceLogin, hook: other } # first

# For this machine.
local: { port: 7450 }
";

pub(super) fn shop() -> Place {
    let place = Place::new();
    place.write("hookpoint.yaml", SHOP);
    place
}

#[test]
fn a_plugin_is_added_to_a_workspace_whose_comments_and_form_stay() {
    let place = shop();
    let added = place.ok(&[
        "plugins",
        "add",
        "slack-feed",
        "--set",
        "SlackEvents=login,mfa",
    ]);
    assert!(added.contains("added slack-feed 1.0.0"), "{added}");
    assert!(added.contains("secrets set SlackUrl\n"), "{added}");
    let text = place.read("hookpoint.yaml");
    for line in SHOP.lines() {
        assert!(text.contains(line), "`{line}` is gone:\n{text}");
    }
    assert!(text.contains("  other:\n    script: { source: 'export default () => null', secrets: [SlackUrl] }\n  slack-feed:\n    script:\n"), "{text}");
    assert!(text.contains("# first\n  - application: shop\n    stage: afterSelfServiceLogin\n    hook: slack-feed\n"), "{text}");
    assert!(
        text.ends_with("# For this machine.\nlocal: { port: 7450 }\n"),
        "{text}"
    );
    assert_eq!(text.matches("hook: slack-feed").count(), 2, "{text}");
    let tested = place.json(&["test", "slack-feed", "--json"]);
    assert_eq!(tested["failed"], 0, "{tested}");
    place.ok(&["check"]);

    let refused = place.refused(&["plugins", "add", "slack-feed"]);
    assert!(
        refused.contains("already added, in version 1.0.0"),
        "{refused}"
    );
    let json = place.json(&["plugins", "add", "hubspot-contact-gate", "--json"]);
    assert_eq!(json["hooks"], json!(["hubspot-contact-gate"]));
    assert_eq!(json["bindings"][0]["application"], "shop");
    assert_eq!(json["missingSecrets"], json!(["HubSpotToken"]), "{json}");
}

#[test]
fn an_author_edits_what_was_added() {
    let place = Place::new();
    place.ok(&[
        "plugins",
        "add",
        "hubspot-contact-gate",
        "--application",
        "shop",
    ]);
    let source = "plugins/hubspot-contact-gate/hooks/hubspot-contact-gate.ts";
    let edited = place
        .read(source)
        .replace("\"not-a-contact\"", "\"unknown\"");
    place.write(source, &edited);
    let ended = place.hookpoint(&["test", "hubspot"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stdout.contains("+      \"error\": \"unknown\"") || ended.stdout.contains("unknown"),
        "{}",
        ended.stdout
    );
    let workspace = place.read("hookpoint.yaml");
    place.write(
        "hookpoint.yaml",
        &workspace.replace("failure: deny", "failure: continue"),
    );
    place.ok(&["check"]);
    place.ok(&["apply"]);
}

#[test]
fn what_is_wrong_is_refused_with_the_fix_and_changes_nothing() {
    let place = shop();
    for (arguments, message) in [
        (&["slack-fed"][..], "did you mean `slack-feed`?"),
        (&["hubspot"], "`hubspot-contact-gate`"),
        (&["login-feed"], "`slack-feed`"),
        (
            &["slack-feed", "--set", "SlackEvents=login,logout"],
            "must be some of `login`, `mfa`, `consent`",
        ),
        (
            &["slack-feed", "--set", "SlackEvent=login"],
            "did you mean `SlackEvents`?",
        ),
        (
            &[
                "slack-feed",
                "--set",
                "SlackUrl=https://hooks.slack.com/services/s3cret",
            ],
            "is a secret",
        ),
        (
            &[
                "slack-feed",
                "--set",
                "SlackEvents=login",
                "--set",
                "SlackEvents=mfa",
            ],
            "given twice",
        ),
        (
            &["slack-feed", "--application", "bot"],
            "its stage `afterSelfServiceLogin` never happens in the application `bot`",
        ),
        (
            &["slack-feed", "--application", "shpo"],
            "did you mean `shop`?",
        ),
        (
            &["slack-feed", "--store", "custmers"],
            "did you mean `customers`?",
        ),
        (
            &["slack-feed", "--application", "bot", "--store", "customers"],
            "leave `--store` out",
        ),
        (
            &["hubspot-contact-gate", "--set", "HubSpotAttribute=a.b"],
            "must be like",
        ),
        (
            &["hubspot-contact-gate", "--set", "HubSpotMessage=a\nb"],
            "text on one line",
        ),
        (&["../../etc/passwd"], "there is no plugin"),
        (&["lib"], "there is no plugin"),
    ] {
        let error = place.refused(&[&["plugins", "add"], arguments].concat());
        assert!(error.contains(message), "{arguments:?}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
    let error = place.refused(&["plugins", "list", "zzzz"]);
    assert!(error.contains("no plugin matches"), "{error}");
    let error = Place::new().refused(&["plugins", "add", "slack-feed"]);
    assert!(
        error.contains("name one with `--application ID`"),
        "{error}"
    );
    let error = Place::new().refused(&["plugins", "update", "slack-feed"]);
    assert!(
        error.contains("`slack-feed` is not added here") && !error.contains("os error"),
        "{error}"
    );

    // A workspace with a mistake, one in flow style as a whole, a hook of the same name, a folder that is in the way.
    for (text, message) in [
        ("version: 1\nhoks: {}\n", "did you mean `hooks`?"),
        (
            "{ version: 1, applications: { shop: { kind: identity } } }\n",
            "by hand",
        ),
        (
            "version: 1\napplications: { shop: { kind: identity } }\nhooks: { slack-feed: { static: { context: { A: b } } } }\n",
            "has a hook `slack-feed` already",
        ),
    ] {
        let place = Place::new();
        place.write("hookpoint.yaml", text);
        let error = place.refused(&["plugins", "add", "slack-feed"]);
        assert!(error.contains(message), "{error}");
    }
    let place = shop();
    place.write("plugins/slack-feed/mine.ts", "// mine\n");
    let error = place.refused(&["plugins", "add", "slack-feed"]);
    assert!(error.contains("exists and holds something else"), "{error}");
}

#[test]
fn without_a_bundler_nothing_is_added() {
    let place = shop();
    let before = place.files();
    let mut command = place.command(&programs().0);
    let output = command
        .args(["plugins", "add", "slack-feed"])
        .env("HOOKPOINT_BUNDLER", place.path().join("none"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("there is no bundler"), "{error}");
    assert_eq!(place.files(), before);
}

#[test]
fn a_killed_addition_leaves_the_workspace_as_it_was_or_complete() {
    let mut done = 0;
    for milliseconds in [5, 20, 40, 60, 80, 100, 130, 170, 220, 300, 400] {
        let place = shop();
        let mut child = place
            .command(&programs().0)
            .args(["plugins", "add", "slack-feed"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
        child.wait().unwrap();
        place.ok(&["check"]);
        let text = place.read("hookpoint.yaml");
        let is_added = text.contains("hook: slack-feed");
        assert!(is_added || text == SHOP, "{text}");
        if is_added {
            done += 1;
            assert_eq!(place.json(&["test", "slack-feed", "--json"])["failed"], 0);
        } else {
            // What may be left does no harm, and goes.
            place.ok(&["plugins", "add", "slack-feed"]);
            place.ok(&["check"]);
            let left = place.files().into_iter().map(|(name, _)| name);
            let left: Vec<_> = left
                .filter(|name| name.starts_with(".hookpoint-"))
                .collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }
    assert!(done < 11, "none was killed in time");
}

#[test]
fn an_update_restores_what_only_the_author_changed_when_asked_to() {
    let place = shop();
    place.ok(&["plugins", "add", "slack-feed"]);
    let case = "plugins/slack-feed/cases/login.case.yaml";
    let original = place.read(case);
    place.write(case, &original.replace("# A login", "# Mine: a login"));
    let update = |more: &[&str]| place.ok(&[&["plugins", "update", "slack-feed"], more].concat());
    let written = update(&["--write"]);
    assert!(
        written.contains("no file was written but `installed.json`"),
        "{written}"
    );
    assert!(place.read(case).contains("# Mine"));
    let written = update(&["--write", "--replace"]);
    assert!(
        written.contains("you changed it; `--replace` restores it"),
        "{written}"
    );
    assert!(
        written.contains("wrote cases/login.case.yaml in `"),
        "{written}"
    );
    assert_eq!(place.read(case), original);
}

#[test]
fn an_update_shows_what_each_side_changed_and_takes_over_what_is_newer() {
    let place = shop();
    place.ok(&["plugins", "add", "slack-feed"]);
    let library = Place::new();
    copy(&repository::root().join("plugins"), library.path());
    let library_path = library.path().display().to_string();
    let update = |more: &[&'static str]| -> Vec<String> {
        let arguments = [
            "plugins",
            "update",
            "slack-feed",
            "--library",
            &library_path,
        ];
        arguments
            .iter()
            .copied()
            .chain(more.iter().copied())
            .map(str::to_owned)
            .collect()
    };
    let run = |arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        place.hookpoint(&arguments)
    };
    let same = run(update(&[]));
    assert!(
        same.stdout
            .contains("slack-feed 1.0.0 is what the library has"),
        "{}",
        same.stdout
    );

    // A newer plugin: another text, one host more, a new helper. The author changed a case.
    let change = |name: &str, from: &str, to: &str| {
        let text = library.read(name);
        assert!(text.contains(from), "{name}");
        library.write(name, &text.replace(from, to));
    };
    change("slack-feed/plugin.yaml", "version: 1.0.0", "version: 1.1.0");
    change("slack-feed/plugin.yaml", "roundTrips: 1", "roundTrips: 2");
    change(
        "slack-feed/plugin.yaml",
        "[hooks.slack.com]",
        "[hooks.slack.com, slack.com]",
    );
    change(
        "lib/request.ts",
        "const RESERVE_MS = 60;",
        "const RESERVE_MS = 70;",
    );
    let case = "plugins/slack-feed/cases/login.case.yaml";
    place.write(
        case,
        &place
            .read(case)
            .replace("# A login is one line", "# Mine: a login is one line"),
    );
    let shown = run(update(&[])).stdout;
    for part in [
        "version 1.0.0 is added, 1.1.0 is available",
        "lib/request.ts: the plugin changed it",
        "- const RESERVE_MS = 60;\n+ const RESERVE_MS = 70;",
        "cases/login.case.yaml: you changed it; it stays yours",
        "+ # Mine: a login is one line",
        "hookpoint.yaml: change these entries by hand",
        "+       hosts: [hooks.slack.com, slack.com]",
    ] {
        assert!(shown.contains(part), "`{part}` is missing:\n{shown}");
    }
    assert!(
        shown.ends_with("nothing was written; `--write` applies the plugin's changes\n"),
        "{shown}"
    );
    let workspace = place.read("hookpoint.yaml");
    let written = run(update(&["--write"]));
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert!(
        written.stdout.contains("wrote lib/request.ts"),
        "{}",
        written.stdout
    );
    assert!(
        place
            .read("plugins/slack-feed/lib/request.ts")
            .contains("RESERVE_MS = 70")
    );
    assert!(place.read(case).contains("# Mine"));
    assert_eq!(
        place.read("hookpoint.yaml"),
        workspace,
        "entries are the author's"
    );
    assert!(
        written
            .stdout
            .ends_with("; the entries of hookpoint.yaml above are still to be changed by hand\n"),
        "{}",
        written.stdout
    );

    // They are shown until hookpoint.yaml has them.
    let open = "slack-feed 1.1.0 is added, but hookpoint.yaml lacks changes of its entries\n";
    for more in [&[][..], &["--write"], &[]] {
        let shown = run(update(more)).stdout;
        assert!(shown.starts_with(open), "{shown}");
        assert!(
            shown.contains("+       hosts: [hooks.slack.com, slack.com]"),
            "{shown}"
        );
    }
    let json: Value = serde_json::from_str(&run(update(&["--json"])).stdout).unwrap();
    assert_eq!(json["isNewer"], true, "{json}");
    place.write(
        "hookpoint.yaml",
        &workspace.replace("[hooks.slack.com]", "[hooks.slack.com, slack.com]"),
    );
    let same = run(update(&["--write"])).stdout;
    assert!(
        same.starts_with("slack-feed 1.1.0 is what the library has\n"),
        "{same}"
    );
    assert!(!same.contains("by hand"), "{same}");

    // The library of an older program.
    let before = place.files();
    let older = ["plugins", "update", "slack-feed"];
    let refused = place.refused(&[&older[..], &["--write"]].concat());
    let both = "version 1.1.0 is added, and the library has the older 1.0.0";
    assert!(refused.contains(both), "{refused}");
    assert_eq!(place.files(), before);
    let shown = place.ok(&older);
    assert!(
        shown.contains(both)
            && shown.ends_with("go back to the older version with `--write --replace`\n"),
        "{shown}"
    );

    // Both change the hook: nothing is written unless the author says so.
    let hook = "plugins/slack-feed/hooks/slack-feed.ts";
    place.write(
        hook,
        &place.read(hook).replace("logged in to", "signed in to"),
    );
    change("slack-feed/hooks/slack-feed.ts", "logged in to", "entered");
    let before = place.files();
    let refused = run(update(&["--write"]));
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("you and the plugin both changed hooks/slack-feed.ts"),
        "{}",
        refused.stderr
    );
    assert_eq!(place.files(), before);
    assert_eq!(run(update(&["--write", "--replace"])).code, 0);
    assert!(place.read(hook).contains("entered"));

    // A file in the middle cannot be replaced: none is.
    change("slack-feed/README.md", "# ", "# The ");
    change("slack-feed/hooks/slack-feed.ts", "entered", "came to");
    change("lib/request.ts", "RESERVE_MS = 70", "RESERVE_MS = 80");
    let writable = fs::metadata(place.path().join(hook)).unwrap().permissions();
    let mut locked = writable.clone();
    locked.set_readonly(true);
    fs::set_permissions(place.path().join(hook), locked).unwrap();
    let before = place.files();
    let refused = run(update(&["--write"]));
    assert_eq!(refused.code, 2);
    for part in [hook, "read-only", "nothing was written"] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    assert_eq!(place.files(), before);
    fs::set_permissions(place.path().join(hook), writable).unwrap();
    assert_eq!(run(update(&["--write"])).code, 0);
    assert!(place.read(hook).contains("came to"));
    assert!(
        place
            .read("plugins/slack-feed/README.md")
            .starts_with("# The ")
    );

    // The plugin no longer has three cases: one is as it was installed, one changed, and one deleted already.
    let cases = ["consent", "timeout", "another-address"];
    let cases = cases.map(|name| format!("cases/{name}.case.yaml"));
    for case in &cases {
        fs::remove_file(library.path().join("slack-feed").join(case)).unwrap();
    }
    let [untouched, changed, deleted] = &cases;
    let own = |case: &str| format!("plugins/slack-feed/{case}");
    place.write(&own(changed), &(place.read(&own(changed)) + "# Mine\n"));
    fs::remove_file(place.path().join(own(deleted))).unwrap();
    let shown = run(update(&[])).stdout;
    for part in [
        format!("{changed}: you changed it, and the plugin no longer has it"),
        format!("{deleted}: no longer in the plugin; you deleted it already"),
        "nothing was written; merge what you and the plugin changed by hand".to_owned(),
    ] {
        assert!(shown.contains(&part), "`{part}` is missing:\n{shown}");
    }
    assert_eq!(run(update(&["--write"])).code, 2);
    let taken = run(update(&["--write", "--replace", "--json"]));
    let taken: Value = serde_json::from_str(&taken.stdout).unwrap();
    assert_eq!(taken["removed"], json!([untouched, changed]), "{taken}");
    assert_eq!(taken["written"], json!([]), "{taken}");
    for case in &cases {
        assert!(!place.path().join(own(case)).exists(), "{case}");
    }
    let again = run(update(&["--json"]));
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(
        (&again["written"], &again["files"]),
        (&json!([]), &json!([]))
    );
}

pub(super) fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn on_a_terminal_parameters_are_asked_for_until_they_fit() {
    let run = |place: &Place, answers: &[&str]| {
        terminal::ended(place, &["plugins", "add", "slack-feed"], answers)
    };
    let place = shop();
    let (code, shown) = run(&place, &["logout", "login", "no", "y"]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("it must be some of `login`, `mfa`, `consent`"),
        "{shown}"
    );
    assert!(
        shown.contains("The hooks may call hooks.slack.com."),
        "{shown}"
    );
    let text = place.read("hookpoint.yaml");
    assert!(
        text.contains("SlackShowAddress: \"no\"") && text.matches("hook: slack-feed").count() == 1,
        "{text}"
    );

    // One of three lists is needed: the last is asked for again.
    let place = shop();
    let (code, shown) = terminal::ended(
        &place,
        &["plugins", "add", "allow-list-gate"],
        &["", "", "", "staff", "", "", "", "y"],
    );
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("none of the parameters"), "{shown}");
    let text = place.read("hookpoint.yaml");
    assert!(text.contains("AllowListGroups: staff"), "{text}");

    let place = shop();
    let before = place.files();
    let (code, shown) = terminal::ended(
        &place,
        &["plugins", "add", "salesforce-contact-gate"],
        &["", "x"],
    );
    assert_ne!(code, Some(0), "{shown}");
    assert!(
        shown.contains("  it needs a value") && shown.contains("\n  (such as "),
        "{shown}"
    );
    let (code, shown) = run(&place, &["", "", "n"]);
    assert_eq!((code, place.files()), (Some(0), before), "{shown}");
    assert!(shown.contains("nothing was added"), "{shown}");

    // Where there is no application, it is asked for, and made with what other plugins need.
    let place = Place::new();
    let (code, shown) = run(&place, &["not an id", "", "", "", "y"]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("[web-shop]"), "{shown}");
    for (plugin, application) in [
        ("breached-password", "web-shop"),
        ("message-guard", "support-bot"),
    ] {
        let added = place.hookpoint(&["plugins", "add", plugin, "--application", application]);
        assert_eq!(added.code, 0, "{plugin}: {}", added.stderr);
    }
    let text = place.read("hookpoint.yaml");
    for part in [
        "identityStore: customers",
        "support-bot",
        "hook: message-guard",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let error = place.hookpoint(&["plugins", "add", "rate-gate", "--application", "suport-bot"]);
    assert!(error.stderr.contains("`web-shop`"), "{}", error.stderr);
}

#[test]
fn a_library_of_ones_own_is_checked_and_used() {
    let library = Place::new();
    for name in ["slack-feed", "lib"] {
        let target = library.path().join(name);
        fs::create_dir(&target).unwrap();
        copy(&repository::root().join("plugins").join(name), &target);
    }
    let folder = library.path().display().to_string();
    let place = shop();
    let with = |arguments: &[&str]| {
        let arguments = [&["plugins"], arguments, &["--library", &folder]].concat();
        place.hookpoint(&arguments)
    };
    assert!(with(&["check"]).stdout.contains("ok 1 plugin"));
    assert_eq!(
        with(&["list"]).stdout.lines().count(),
        2,
        "a category and a plugin"
    );
    let hook = "slack-feed/hooks/slack-feed.ts";
    let text = library.read(hook);
    library.write(
        hook,
        &text.replace("hook.secrets.SlackUrl", "hook.secrets.OtherUrl"),
    );
    let checked = with(&["check"]);
    assert_eq!(checked.code, 2);
    for part in [
        "slack-feed/hooks/slack-feed.ts: reads `hook.secrets.OtherUrl`, which the manifest does not list",
        "slack-feed/hooks/slack-feed.ts: does not read `hook.secrets.SlackUrl`",
    ] {
        assert!(checked.stderr.contains(part), "{}", checked.stderr);
    }
    let manifest = "slack-feed/plugin.yaml";
    let text = library.read(manifest);
    library.write(
        manifest,
        &text.replace("stage: afterMfaChange", "stage: afterMfaChnage"),
    );
    for arguments in [
        &["check", "slack-feed"][..],
        &["list"],
        &["add", "slack-feed"],
    ] {
        let refused = with(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}");
        assert!(
            refused.stderr.contains("did you mean `afterMfaChange`?"),
            "{}",
            refused.stderr
        );
    }
    // The places that are named can be opened.
    let place_of_problem = library.path().join(manifest).display().to_string();
    for arguments in [&["check"][..], &["list"], &["show", "slack-feed"]] {
        let refused = with(arguments).stderr;
        assert!(
            refused.contains(&format!("{place_of_problem}:")),
            "{refused}"
        );
    }
    let empty = Place::new();
    let empty = empty.path().join("hooks").display().to_string();
    fs::create_dir_all(&empty).unwrap();
    let none = place.refused(&["plugins", "list", "--library", &empty]);
    assert!(
        none.contains(&format!("there is no plugin in `{empty}`")),
        "{none}"
    );
    let missing = place.refused(&["plugins", "list", "--library", "none"]);
    assert!(
        missing.contains("failed to read the plugins of `none`"),
        "{missing}"
    );
}

#[test]
fn the_list_is_by_category_and_found_by_words() {
    let place = Place::new();
    let all = place.json(&["plugins", "list", "--json"]);
    assert!(all.as_array().unwrap().len() > 1);
    let text = place.ok(&["plugins", "list"]);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(text.contains("feeds\n"), "{text}");
    assert!(
        place
            .ok(&["plugins", "list", "hubspot"])
            .starts_with("  hubspot-contact-gate")
    );
    let feeds = place.json(&["plugins", "list", "--category", "feeds", "--json"]);
    for plugin in feeds.as_array().unwrap() {
        assert!(
            plugin["categories"]
                .as_array()
                .unwrap()
                .contains(&json!("feeds"))
        );
    }
    let shown = place.ok(&["plugins", "show", "claims-enrichment"]);
    for (policy, count) in [("continue", 2), ("deny", 1)] {
        let shown_as = format!("(if it fails: {policy})");
        assert_eq!(shown.matches(&shown_as).count(), count, "{shown}");
    }
    let shown = place.ok(&["plugins", "show", "slack-feed"]);
    assert!(shown.contains("## Set-up at Slack"), "{shown}");
    let shown = place.json(&["plugins", "show", "slack-feed", "--json"]);
    assert_eq!(shown["hooks"][0]["hosts"], json!(["hooks.slack.com"]));
    let preview = place.ok(&["plugins", "preview", "hubspot-contact-gate"]);
    for part in [
        "plugins/hubspot-contact-gate/hooks/",
        "stage: beforeRegistration",
        "hosts: api.hubapi.com",
        "secrets: HubSpotToken",
        "in the journey registration",
        "→ POST https://api.hubapi.com/crm",
        "\"hubSpotContactId\": \"501\"",
    ] {
        assert!(preview.contains(part), "`{part}` is missing:\n{preview}");
    }
    // Programs may close the pipe early.
    let status = Command::new("sh")
        .args([
            "-c",
            &format!("{} plugins list | head -1", programs().0.display()),
        ])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn what_editors_read_comes_with_a_plugin() {
    let place = Place::new();
    place.ok(&["plugins", "add", "slack-feed", "--application", "web-shop"]);
    for name in [
        "tsconfig.json",
        "hookpoint.schema.json",
        "hookpoint.case.schema.json",
        ".gitignore",
    ] {
        assert!(place.path().join(name).is_file(), "{name}");
    }
    let schema = |file: &str| {
        let text = place.read(file);
        let line = text.lines().next().unwrap();
        let path = line
            .strip_prefix("# yaml-language-server: $schema=")
            .unwrap();
        place.path().join(file).with_file_name("").join(path)
    };
    for file in ["hookpoint.yaml", "plugins/slack-feed/cases/login.case.yaml"] {
        assert!(schema(file).is_file(), "{file}: {}", schema(file).display());
    }

    // An existing workspace keeps its settings; a remark says what they lack.
    let place = shop();
    place.write(
        "tsconfig.json",
        r#"{ "include": ["hookpoint.d.ts", "hooks"] }"#,
    );
    let added = place.ok(&["plugins", "add", "slack-feed"]);
    assert!(
        added.contains("add `\"plugins\"` to its `include`"),
        "{added}"
    );
    assert!(place.path().join("hookpoint.case.schema.json").is_file());
    assert!(!place.path().join("hookpoint.schema.json").exists());
}

#[test]
fn a_missing_record_of_a_plugin_is_named_by_all_commands() {
    let place = shop();
    place.ok(&["plugins", "add", "slack-feed"]);
    let record = "plugins/slack-feed/installed.json";
    let text = place.read(record);
    for (present, message) in [
        (None, "`plugins/slack-feed/installed.json` is missing"),
        (
            Some("{"),
            "`plugins/slack-feed/installed.json` cannot be used",
        ),
    ] {
        match present {
            Some(text) => place.write(record, text),
            None => fs::remove_file(place.path().join(record)).unwrap(),
        }
        for command in ["add", "update"] {
            let refused = place.hookpoint(&["plugins", command, "slack-feed"]);
            assert_eq!(refused.code, 2);
            for part in [message, "restore it from version control"] {
                assert!(refused.stderr.contains(part), "{part}: {}", refused.stderr);
            }
        }
    }
    place.write(record, &text);
    let hook = "plugins/slack-feed/hooks/slack-feed.ts";
    place.write(hook, &(place.read(hook) + "// mine\n"));
    let update = |more: &[&str]| place.ok(&[&["plugins", "update", "slack-feed"], more].concat());
    assert!(update(&[]).contains("\n+ // mine"), "what the author added");
    assert!(
        update(&["--write", "--replace"]).contains("\n- // mine"),
        "what is removed"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn an_addition_that_cannot_be_reported_is_made_and_says_so() {
    for json in ["", " --json"] {
        let place = Place::new();
        let ended = place.shell(&format!(
            "hookpoint plugins add message-guard --application support-bot{json} > /dev/full"
        ));
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let message = "the plugin `message-guard` was added, but what comes next cannot be shown: failed to write to standard output: No space left on device";
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        place.ok(&["test"]);
        let again = place.refused(&["plugins", "add", "message-guard"]);
        assert!(again.contains("is already added"), "{again}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_update_that_cannot_be_reported_says_whether_it_is_made() {
    const HOOK: &str = "plugins/message-guard/hooks/message-guard.ts";
    let place = Place::new();
    place.ok(&[
        "plugins",
        "add",
        "message-guard",
        "--application",
        "support-bot",
    ]);
    let original = place.read(HOOK);
    place.write(HOOK, &(original.clone() + "// mine\n"));
    for (flags, was_made, message) in [
        ("", false, "nothing was written"),
        (" --json", false, "nothing was written"),
        (" --write --replace", false, "nothing was written"),
        (
            " --write --replace --json",
            true,
            "the files of the plugin `message-guard` were written, but that cannot be shown",
        ),
    ] {
        let ended = place.shell(&format!(
            "hookpoint plugins update message-guard{flags} > /dev/full"
        ));
        assert_eq!(ended.code, 2, "{flags}: {}", ended.stderr);
        let message =
            format!("{message}: failed to write to standard output: No space left on device");
        assert!(ended.stderr.contains(&message), "{flags}: {}", ended.stderr);
        assert_eq!(place.read(HOOK) == original, was_made, "{flags}");
    }
}

#[test]
#[cfg(unix)]
fn what_is_in_the_way_of_an_addition_is_named() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("plugins")).unwrap();
    let link = place.path().join("plugins/message-guard");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let add = [
        "plugins",
        "add",
        "message-guard",
        "--application",
        "support-bot",
    ];
    let ended = place.hookpoint(&add);
    assert_eq!(ended.code, 2);
    let message = "failed to write `plugins/message-guard`";
    assert!(ended.stderr.contains(message), "{}", ended.stderr);
    std::fs::remove_file(&link).unwrap();
    place.ok(&add);
}
