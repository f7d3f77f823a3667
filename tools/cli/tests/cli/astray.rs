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
