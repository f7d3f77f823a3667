//! Mistakes of a first hour: what `try` says of a file that no workspace has, workspaces under another name, and what is named first.

use crate::folder::Folder;

const BOT: &str = "\
version: 1
secrets: [CrmToken]
applications: { bot: { kind: conversation } }
hooks:
  crm: { webhook: { url: https://crm.example.com/, headers: { Authorization: \"Bearer {CrmToken:Secret}\" } } }
bindings: [{ application: bot, stage: conversationStart, hook: crm }]
";

const START: [&str; 2] = ["--stage", "conversation-start"];

#[test]
fn a_script_that_is_no_hook_is_told_the_options_of_try() {
    let folder = Folder::new();
    folder.write(
        "f.js",
        "export default async (event, hook) => { await fetch(`https://api.example.com/${hook.secrets.CrmToken}`); };\n",
    );
    let run = folder.run(&[&["try", "f.js"], &START[..]].concat());
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains(
            "the script was not given the host `api.example.com`; add `--host api.example.com`"
        ),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("`hosts`"), "{}", run.stdout);
    assert!(
        run.stderr.contains(
            "the script reads `secrets.CrmToken`, which it does not get: add `--secret CrmToken`"
        ),
        "{}",
        run.stderr
    );
    // Caught and logged, too. Where the hook fails for another reason, the log says what was refused.
    folder.write(
        "caught.js",
        "export default async () => { try { await fetch('https://api.example.com/') } catch { throw new Error('no lookup') } };\n",
    );
    let caught = folder.run(&[&["try", "caught.js"], &START[..]].concat());
    let warning = "> warn: the request to https://api.example.com/ was refused: the script was not given the host `api.example.com`; add `--host api.example.com`";
    assert!(caught.stdout.contains(warning), "{}", caught.stdout);
    // For a hook, the remedy is a key of the workspace.
    folder.write(
        "hookpoint.yaml",
        "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { f: { script: { file: f.js } } }\n",
    );
    let run = folder.run(&[&["try", "f.js"], &START[..]].concat());
    assert!(
        run.stdout.contains("add it to the hook's `hosts`"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("list it under the hook's `secrets`"),
        "{}",
        run.stderr
    );

    let given = folder.run(&[&["try", "f.js", "--secret", "CrmToken"], &START[..]].concat());
    for stream in [&given.stdout, &given.stderr] {
        assert!(
            stream.contains("`hookpoint secrets set CrmToken`"),
            "{stream}"
        );
    }
    assert!(!given.stderr.contains("does not get"), "{}", given.stderr);
}

#[test]
fn what_try_cannot_use_is_named_as_it_was_given() {
    let folder = Folder::new();
    folder.write("f.js", "export default () => ({});\n");
    folder.write("half.json", "{\"eventType\":");
    folder.write("other.json", "{\"eventType\":\"escalation\"}");
    for (arguments, parts) in [
        (
            &["f.js", "--host", "https://api.example.com/"][..],
            &["`https://api.example.com/`", "--host", "without scheme"][..],
        ),
        (&["f.js", "--host", "*.example.com"], &["is not a host"]),
        (&["."], &["`.` is a folder"]),
        (
            &["f.js", "--event", "half.json"],
            &[
                "the event of `half.json`",
                "`hookpoint stages conversation-start` shows one",
            ],
        ),
        (
            &["f.js", "--event", "other.json"],
            &[
                "the event of `other.json`",
                "its `eventType` is `escalation`",
                "`conversationStart`",
            ],
        ),
    ] {
        let error = folder.refused(&[&["try"], arguments, &START[..]].concat());
        for part in parts {
            assert!(error.contains(part), "{arguments:?}: {part}: {error}");
        }
        assert!(!error.contains("route") && !error.contains("``"), "{error}");
        assert!(!error.contains(":1:1:"), "{error}");
    }
}

#[test]
fn a_workspace_under_almost_its_name_is_not_passed_over() {
    let folder = Folder::new();
    folder.write("hookpoint.yml", BOT);
    for arguments in [
        &["check"][..],
        &["trigger", "conversation-start"],
        &["dev"],
        &["journeys", "show", "conversation"],
        &["init"],
        &["init", "--sample"],
    ] {
        let error = folder.refused(arguments);
        assert!(
            error.contains("`hookpoint.yml` is not read unless it is named")
                && error.contains("--workspace hookpoint.yml"),
            "{arguments:?}: {error}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    folder.ok(&["check", "--workspace", "hookpoint.yml"]);
    // Beside the real one it is only remarked.
    folder.write("hookpoint.yaml", BOT);
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("`hookpoint.yml` is not read: the workspace is `hookpoint.yaml`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_workspace_that_is_missing_is_looked_for_from_the_current_folder() {
    let error = Folder::new().refused(&["check", "--workspace", "nope/hookpoint.yaml"]);
    assert!(error.contains("begins in the current folder"), "{error}");
    assert!(!error.contains("folder of the workspace"), "{error}");
}

#[test]
fn a_misspelt_secret_is_shown_before_its_consequences() {
    for (written, cause) in [
        ("{CrmTokn:Secret}", "unknown secret `CrmTokn`"),
        ("${CrmToken}", "`${CrmToken}` is not a reference"),
    ] {
        let workspace = BOT.replace("{CrmToken:Secret}", written).replace(
            "bindings: [",
            "  other: { script: { source: \"export default () => {}\", secrets: [Given] } }\nbindings: [{ application: bot, stage: escalation, hook: other }, ",
        );
        let folder = Folder::with(&workspace.replace("[CrmToken]", "[CrmToken, Given]"));
        let error = folder.refused(&["check"]);
        assert!(error.starts_with("hookpoint.yaml:5:"), "{error}");
        assert!(error.contains(cause), "{error}");
        for consequence in ["no hook uses", "secrets set CrmTokn"] {
            assert!(!error.contains(consequence), "{consequence}: {error}");
        }
        let (problems, warnings) = error.split_once("warning: ").unwrap();
        assert!(
            problems.contains("help: ") && !warnings.contains("help: "),
            "{error}"
        );
        assert!(
            warnings.contains("`hookpoint secrets set Given`"),
            "{error}"
        );
    }
}

#[test]
fn a_plugin_says_what_is_missing_before_it_asks_or_runs() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        let mut command = folder.command(&[&["plugins"], arguments].concat());
        command.env("HOOKPOINT_BUNDLER", "/nonexistent");
        crate::folder::Run::from(command.output().unwrap())
    };
    let missing = "the hooks of `slack-feed` are TypeScript, and there is no bundler at `/nonexistent`; build it with `cargo build";
    let preview = run(&["preview", "slack-feed"]);
    assert_eq!(preview.code, 0, "{}", preview.stderr);
    assert!(
        preview
            .stdout
            .contains(&format!("\nA dry run\n  {missing}")),
        "{}",
        preview.stdout
    );
    let add = run(&["add", "slack-feed", "--application", "shop"]);
    assert_eq!(add.code, 2, "{}", add.stdout);
    assert!(add.stderr.contains(missing), "{}", add.stderr);

    // Only the stages that the parameters want.
    let preview = run(&["preview", "slack-feed", "--set", "SlackEvents=mfa"]);
    assert!(
        preview.stdout.contains("\n  afterMfaChange (")
            && !preview.stdout.contains("afterSelfServiceLogin"),
        "{}",
        preview.stdout
    );
    let misnamed = run(&["preview", "breached-password", "--store", "a b"]);
    assert_eq!(misnamed.code, 2, "{}", misnamed.stdout);
    assert!(
        misnamed
            .stderr
            .contains("`a b` is not a valid identity store id"),
        "{}",
        misnamed.stderr
    );
}
