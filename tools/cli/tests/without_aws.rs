//! The program as a newcomer builds it, without the clients of AWS. Apart from the other tests, which are not built without them.
#![cfg(not(feature = "aws"))]
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself would"
)]

use std::{path::Path, process::Command};

/// Runs the program with these arguments in a folder. Returns its exit code and what it wrote to its output and as errors.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hookpoint"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_command_on_aws_says_how_to_build_the_program_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = run(folder.path(), &["init", "--sample"]);
    assert_eq!(code, 0, "{stderr}");
    for arguments in [
        &["plan", "--stack", "hookpoint"][..],
        &["apply", "--yes", "--table", "hookpoint"],
        &["runs", "list", "--stack", "hookpoint"],
        &["secrets", "list", "--stack", "hookpoint"],
        &["deliveries", "list", "--stack", "hookpoint"],
        &["dead-letters", "list", "--stack", "hookpoint"],
        &["smoke", "--stack", "hookpoint"],
        &["audit", "--stack", "hookpoint"],
        &[
            "subjects",
            "export",
            "x",
            "--application",
            "shop",
            "--stack",
            "hookpoint",
        ],
    ] {
        let (code, stdout, stderr) = run(folder.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert_eq!(stdout, "", "{arguments:?}");
        for part in [
            "error: this `hookpoint` was built without the clients of AWS",
            "`cargo run --features aws -- …`",
            "`cargo install --locked --path tools/cli --features aws`",
        ] {
            assert!(stderr.contains(part), "{arguments:?}: {stderr}");
        }
    }
}

#[test]
fn the_first_command_works() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["trigger", "before-registration", "--receiver-port", "0"];
    let (code, stdout, stderr) = run(folder.path(), &arguments);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("company"), "{stdout}");
}
