//! Runs AWS's linters on the templates.

use std::{fs, process::Command};

use hookpoint_xtask::{python, repository};

use super::translation::{DEPLOYMENT, REGION, paths};

/// Runs a pinned linter in the root, which must succeed, and returns its output.
fn check(program: &str, arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(python::ensure().unwrap().program(program))
        .args(arguments)
        .current_dir(repository::root())
        // Both read settings there, and one of them would otherwise send telemetry.
        .env("HOME", home.path())
        .env("SAM_CLI_TELEMETRY", "0")
        .env("AWS_DEFAULT_REGION", REGION)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[test]
fn cfn_lint_has_nothing_to_say_of_any_template() {
    let paths = paths();
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let arguments = [&["--regions", REGION, "us-east-1", "--"], paths.as_slice()].concat();
    assert_eq!(check("cfn-lint", &arguments), "");
}

#[test]
fn no_template_tells_cfn_lint_to_look_away() {
    assert!(!repository::root().join(".cfnlintrc").exists());
    for path in paths() {
        let text = fs::read_to_string(repository::root().join(&path)).unwrap();
        assert!(!text.contains("cfn-lint"), "{}", path.display());
    }
}

#[test]
fn sam_finds_the_application_valid() {
    let said = check("sam", &["validate", "--lint", "--template", DEPLOYMENT]);
    assert!(said.contains("is a valid SAM Template"), "{said}");
}
