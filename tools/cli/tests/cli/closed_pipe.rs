//! Commands whose reader is gone, as in `hookpoint … | head -1`.

use serde_json::json;

use crate::folder::Folder;

const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { script: { source: \"export default () => ({ context: { A: 1 } })\" } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
";

/// The exit code of a command whose output is read by no program.
fn unread(folder: &Folder, arguments: &[&str]) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = folder.command(arguments);
    let errors = writer.try_clone().unwrap();
    let mut running = command.stdout(writer).stderr(errors).spawn().unwrap();
    drop(command);
    running.wait().unwrap().code()
}

#[test]
fn a_command_does_its_work_and_keeps_its_verdict() {
    let folder = Folder::with(WORKSPACE);
    assert_eq!(unread(&folder, &["apply", "--yes"]), Some(0));
    let list = folder.json(&["publications", "list", "--json"]);
    let [publication] = &list.as_array().unwrap()[..] else {
        panic!("it was not published: {list}");
    };
    let id = publication["id"].as_str().unwrap();
    assert_eq!(unread(&folder, &["rollback", id]), Some(0));
    assert_eq!(folder.json(&["applications", "list", "--json"]), json!([]));

    for name in ["a", "b"] {
        let case = "hook: hello\nexpect: { response: { context: { A: 2 } } }\n";
        folder.write(&format!("{name}.case.yaml"), case);
    }
    assert_eq!(unread(&folder, &["test", "--junit", "report.xml"]), Some(1));
    let report = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert!(report.contains("failures=\"2\""), "{report}");
    folder.write("hookpoint.yaml", &WORKSPACE.replace("hooks:", "hoks:"));
    assert_eq!(unread(&folder, &["check"]), Some(2));
    assert_eq!(unread(&folder, &["check", "--json"]), Some(2));
    assert_eq!(
        unread(&folder, &["runs", "list", "--no-such-flag"]),
        Some(2)
    );
}

#[test]
fn what_would_print_for_ever_ends() {
    let folder = Folder::with(WORKSPACE);
    folder.ok(&["trigger", "conversation-start"]);
    assert_eq!(unread(&folder, &["runs", "list", "--follow"]), Some(0));
    assert_eq!(unread(&folder, &["dev", "--port", "0"]), Some(0));
    folder.write("a.js", "export default () => ({})");
    let trial = ["try", "a.js", "--stage", "conversation-start", "--watch"];
    assert_eq!(unread(&folder, &trial), Some(0));
}
