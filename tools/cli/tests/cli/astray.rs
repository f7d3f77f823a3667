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
