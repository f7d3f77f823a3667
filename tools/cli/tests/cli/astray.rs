//! Mistakes of a first hour: what `try` says of a file that no workspace has, workspaces under another name, and what is named first.

use crate::folder::Folder;

#[test]
fn a_workspace_that_is_missing_is_looked_for_from_the_current_folder() {
    let error = Folder::new().refused(&["check", "--workspace", "nope/hookpoint.yaml"]);
    assert!(error.contains("begins in the current folder"), "{error}");
    assert!(!error.contains("folder of the workspace"), "{error}");
}
