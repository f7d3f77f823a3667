//! The program as a newcomer builds it, without the clients of AWS.

use crate::folder::Folder;

#[test]
fn a_command_on_aws_says_how_to_build_the_program_for_it() {
    let folder = Folder::new();
    folder.ok(&["init", "--sample"]);
    for arguments in [
        &["plan", "--stack", "hookpoint"][..],
        &["apply", "--yes", "--table", "hookpoint"],
        &["runs", "list", "--stack", "hookpoint"],
        &["secrets", "list", "--stack", "hookpoint"],
        &["deliveries", "list", "--stack", "hookpoint"],
        &["dead-letters", "list", "--stack", "hookpoint"],
        &["smoke", "--stack", "hookpoint"],
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
        let run = folder.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
        for part in [
            "error: this `hookpoint` was built without the clients of AWS",
            "`cargo run --features aws -- …`",
            "`cargo install --locked --path tools/cli --features aws`",
        ] {
            assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn the_first_command_works() {
    let folder = Folder::new();
    let run = folder.run(&["trigger", "before-registration", "--receiver-port", "0"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("company"), "{}", run.stdout);
}
