//! How commands are used: JSON on failure, nearest names, options that are named, manual pages.

use std::os::unix::process::CommandExt as _;

use crate::folder::{Folder, Run};

#[test]
fn with_json_a_failure_is_json_on_standard_output() {
    let folder = Folder::with("version: 1\nhooks: { a: { static: { contxt: 1 } }\n");
    for (arguments, kind) in [
        (&["apply", "--json"][..], "workspace"),
        (&["trigger", "conversation-start", "--json"], "workspace"),
        (&["test", "--json"], "workspace"),
        (&["runs", "list", "--json"], "failed"),
        (&["runs", "list", "--limit", "none", "--json"], "usage"),
        (&["pause", "--json"], "usage"),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        let value: serde_json::Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.stdout));
        assert_eq!(value["error"]["kind"], kind, "{arguments:?}: {value}");
        assert!(!value["error"]["message"].as_str().unwrap().is_empty());
        assert_eq!(
            value["error"]["problems"].is_array(),
            kind == "workspace",
            "{value}"
        );
        assert_eq!(run.stderr, "", "{arguments:?}");
    }
}

#[test]
fn a_stage_is_found_by_its_meaning_and_resume_names_its_options() {
    let folder = Folder::with(
        "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { a: { static: {} } }\nbindings: [{ application: bot, stage: conversationStart, hook: a }]\n",
    );
    let error = folder.refused(&["trigger", "conversationBegin"]);
    assert!(
        error.contains("did you mean `conversation-start`?"),
        "{error}"
    );
    folder.ok(&["apply"]);
    let place = [
        "--application",
        "bot",
        "--stage",
        "conversation-start",
        "--binding",
        "a",
    ];
    let paused = folder.json(&[&["pause", "--json"], &place[..]].concat());
    assert_eq!(
        (
            &paused["changed"],
            paused["pauses"].as_array().unwrap().len()
        ),
        (&true.into(), 1)
    );
    let error = folder.refused(&["resume", "--application", "bot"]);
    let command = "hookpoint resume --application bot --stage conversation-start --binding a`";
    assert!(
        error.contains(command) && error.contains(" --all`"),
        "{error}"
    );
    let resumed = folder.json(&["resume", "--application", "bot", "--all", "--json"]);
    assert_eq!(resumed["changed"], true);
    let error = folder.refused(&["resume", "--application", "bot"]);
    assert!(error.contains("application `bot` has no pause"), "{error}");

    let run = folder.run(&["-v", "trigger", "conversation-start"]);
    assert!(
        run.stderr.contains("hook ran") && run.stderr.contains("hook.name=a"),
        "{}",
        run.stderr
    );
    let run = folder.run(&["runs", "list", "-v"]);
    assert!(
        run.stderr.contains("opening the local store"),
        "{}",
        run.stderr
    );
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    let text = folder.ok(&["man", "man1"]);
    assert!(text.contains("pages in man1"), "{text}");
    let page = |name: &str| std::fs::read_to_string(folder.path().join("man1").join(name)).unwrap();
    assert!(page("hookpoint.1").contains("Exit codes"));
    assert!(page("hookpoint-runs-save.1").contains("Replace a case of this name"));
    let value = folder.json(&["man", "man1", "--json"]);
    assert_eq!(value["folder"], "man1");
    let pages = value["pages"].as_array().unwrap();
    assert!(pages.contains(&"hookpoint-runs-save.1".into()), "{pages:?}");
}

#[test]
fn a_command_to_paste_names_the_workspace_again() {
    const NAME: &str = "ö y.yaml";
    let folder = Folder::new();
    folder.write(
        NAME,
        "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { a: { script: { source: \"export default () => ({})\" } } }
bindings: [{ application: bot, stage: conversationStart, hook: a }]
",
    );
    let run = |arguments: &[&str]| folder.run(&[&["--workspace", NAME], arguments].concat());
    let pasted = |text: &str, part: &str| {
        let mut commands = text.split('`').skip(1).step_by(2);
        let command = commands.find(|command| command.contains(part)).unwrap();
        let output = std::process::Command::new("sh")
            .args(["-c", command])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
    };
    let published = run(&["apply"]);
    let shown = run(&["publications", "show", "last"]);
    run(&["pause", "--application", "bot"]);
    let other = ["resume", "--application", "bot", "--stage", "escalation"];
    pasted(&run(&other).stderr, " --all ");
    let suspended = run(&["trigger", "conversation-start", "--continue"]);
    pasted(&suspended.stderr, " trigger conversation-start ");
    pasted(&shown.stdout, " rollback ");
    // The rollback is the newest publication now.
    assert!(
        published.stderr.contains(" --workspace 'ö y.yaml'`"),
        "{}",
        published.stderr
    );
    pasted(&run(&["publications", "show", "last"]).stdout, " rollback ");
    // Found in the `PATH`, the program has the name that commands in sentences have.
    let arguments = ["publications", "show", "last", "--workspace", NAME];
    let mut command = folder.command(&arguments);
    let shown = Run::from(command.arg0("hookpoint").output().unwrap());
    assert!(
        shown.stdout.contains("`hookpoint rollback "),
        "{}",
        shown.stdout
    );
    assert_eq!(
        shown.stdout.matches("--workspace").count(),
        1,
        "{}",
        shown.stdout
    );
}

#[test]
fn names_of_what_is_published_are_found_by_what_is_nearly_them() {
    let folder = Folder::with(
        "version: 1\napplications: { web-shop: { kind: identity } }\nhooks: { addresses: { static: {} } }\nbindings: [{ application: web-shop, stage: beforeRegistration, hook: addresses }]\n",
    );
    folder.ok(&["apply"]);
    for command in [
        &["hooks", "show", "addreses"][..],
        &["hooks", "show", "addreses", "--hook-version", "1"],
        &["hooks", "versions", "addreses"],
        &["hooks", "diff", "addreses"],
        &["hooks", "delete", "addreses", "--yes"],
        &["applications", "show", "web-shp"],
        &["applications", "delete", "web-shp", "--yes"],
        &["pull", "--application", "web-shp", "--force"],
    ] {
        let error = folder.refused(command);
        let (name, list) = match command[0] {
            "hooks" => ("addresses", "hooks"),
            _ => ("web-shop", "applications"),
        };
        let remedy = format!("did you mean `{name}`? `hookpoint {list} list` shows them");
        assert!(error.contains(&remedy), "{command:?}: {error}");
    }
    let error = folder.refused(&["hooks", "show", "tier"]);
    assert!(
        error.contains("no hook `tier` is published; `hookpoint hooks list`"),
        "{error}"
    );
}

#[test]
fn an_unknown_stage_does_not_fill_the_screen() {
    let folder = Folder::with(
        "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { a: { static: {} } }\nbindings: [{ application: bot, stage: welcome, hook: a }]\n",
    );
    for (arguments, remedy) in [
        (
            &["trigger", "login"][..],
            "`after-external-login` or `after-self-service-login`",
        ),
        (
            &["stages", "convStart"],
            "did you mean `conversation-start`?",
        ),
        (&["stages", "welcome"], "; `hookpoint stages` lists them"),
        (&["check"], "help: `hookpoint stages` lists them"),
    ] {
        let error = folder.refused(arguments);
        assert!(error.contains(remedy), "{arguments:?}: {error}");
        assert!(!error.contains("use one of"), "{arguments:?}: {error}");
    }
}
