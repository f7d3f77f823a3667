//! What a case says of the clock and the correlation id.

use std::fs;

use crate::folder::Folder;

const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { clock: { script: clock.js } }
bindings: [{ application: bot, stage: conversationStart, hook: clock }]
";
const SCRIPT: &str = "\
export default async (event, hook) => {
  const before = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { context: { passed: Date.now() - before, time: new Date().toISOString(), id: hook.correlationId } };
};
";

#[test]
fn the_time_of_a_case_stands_still_and_its_correlation_id_is_what_the_hook_sees() {
    let folder = Folder::with(WORKSPACE);
    folder.write("clock.js", SCRIPT);
    let expect = "expect: { response: { context: { passed: 0, time: \"2026-01-02T03:04:05.000Z\", id: order 4711 } } }\n";
    folder.write(
        "still.case.yaml",
        &format!("hook: clock\ntime: 2026-01-02T03:04:05Z\ncorrelationId: order 4711\n{expect}"),
    );
    assert!(folder.ok(&["test"]).contains("1 passed, 0 failed"));
    // Without a time, it passes.
    folder.write("still.case.yaml", &format!("hook: clock\n{expect}"));
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        !run.stdout.contains("\n  +    \"passed\": 0"),
        "{}",
        run.stdout
    );
    folder.write("still.case.yaml", "hook: clock\ncorrelationId: Größe\n");
    let run = folder.run(&["test"]);
    assert!(
        run.stdout
            .contains("still.case.yaml:2:16: `correlationId` is not 1 to 128 printable ASCII"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_saved_run_keeps_both_and_names_its_schema() {
    let folder = Folder::with(WORKSPACE);
    let script = SCRIPT.replace("passed: Date.now() - before, ", "");
    fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write("hooks/clock.js", &script);
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("clock.js", "hooks/clock.js"),
    );
    folder.write(
        "event.json",
        "{\"eventType\":\"conversationStart\",\"context\":{}}",
    );
    let shown = folder.json(&[
        "trigger",
        "conversation-start",
        "--event",
        "event.json",
        "--json",
    ]);
    folder.run(&["runs", "save", "last", "--case", "kept"]);
    let text = fs::read_to_string(folder.path().join("hooks/kept.case.yaml")).unwrap();
    let schema = "# yaml-language-server: $schema=../hookpoint.case.schema.json\n# Run ";
    assert!(text.starts_with(schema), "{text}");
    let id = shown["correlationId"].as_str().unwrap();
    // An id that looks like a number is quoted.
    let plain = text.replace('"', "");
    assert!(
        plain.contains(&format!("correlationId: {id}\n")),
        "{id}: {text}"
    );
    assert!(folder.path().join("hookpoint.case.schema.json").is_file());
}
