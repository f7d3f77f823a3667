//! Scripts on systems that refuse system calls, like container runtimes and AWS Lambda, and that have no temporary
//! folder. Results must not change.
#![cfg(target_os = "linux")]

use std::process::Command;

use serde_json::{Value, json};

use crate::folder::{Folder, Run};

const FILTER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/it/refusals/outer_filter.py"
);
/// Refused one at a time, then all together.
const CALLS: [&str; 10] = [
    "prctl",
    "seccomp",
    "memfd_create",
    "userfaultfd",
    "pidfd_open",
    "ptrace",
    "unshare",
    "setrlimit,prlimit64",
    "close_range",
    "perf_event_open",
];
/// With `EPERM` no program linked to the GNU C library can start a thread: it only tries the older call after `ENOSYS`.
const THREADS: &str = "clone3";

const WORKSPACE: &str = r#"
version: 1
applications: { shop: { name: Shop, kind: identity } }
hooks:
  works:
    script:
      source: |
        const table = Array.from({ length: 3000 }, (_, index) => `entry-${index}`);
        export default async (event) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(table.join()));
          const first = new Uint8Array(digest)[0];
          return { context: { first, length: table.length, id: crypto.randomUUID().length } };
        }
  endless: { script: { source: "export default () => { for (;;) {} }" } }
  greedy: { script: { source: "export default () => { const held = []; for (;;) held.push('x'.repeat(100000) + held.length) }" } }
bindings:
  - { application: shop, stage: beforeRegistration, hook: works }
  - { application: shop, stage: beforeRegistration, hook: endless, timeoutMs: 300, failure: continue }
  - { application: shop, stage: beforeRegistration, hook: greedy, timeoutMs: 3000, failure: continue }
"#;

/// The program under a filter that makes the calls return this error.
fn filtered(folder: &Folder, error: &str, calls: &str, settings: &[(&str, &str)]) -> Run {
    let plain = folder.command(&["trigger", "before-registration", "--json"]);
    let mut command = Command::new("/usr/bin/env");
    command
        .args(["python3", FILTER, error, calls, "--"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(folder.path())
        .envs(settings.iter().copied());
    Run::from(command.output().unwrap())
}

/// The response, and how each hook ended.
#[track_caller]
fn result(run: &Run, what: &str) -> Value {
    assert_eq!(run.code, 0, "{what}: {}{}", run.stdout, run.stderr);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let runs = value["runs"].as_array().unwrap().iter();
    let mut outcomes: Vec<Value> = runs
        .map(|run| json!([run["hook"], run["outcome"]]))
        .collect();
    outcomes.sort_by_key(Value::to_string);
    json!({ "response": value["response"], "outcomes": outcomes })
}

/// Runs the hooks with each call refused alone, these as well, then with all of them.
fn all_run_alike(error: &str, more: &[&str]) {
    let folder = Folder::with(WORKSPACE);
    let expected = result(
        &folder.run(&["trigger", "before-registration", "--json"]),
        "plain",
    );
    assert_eq!(
        expected["response"]["context"]["length"], 3000,
        "{expected}"
    );
    let outcomes = expected["outcomes"].to_string();
    for outcome in ["\"ok\"", "script-timeout", "script-memory"] {
        assert!(outcomes.contains(outcome), "{outcomes}");
    }
    let mut cases: Vec<String> = CALLS
        .iter()
        .chain(more)
        .map(|call| (*call).to_owned())
        .collect();
    cases.push(cases.join(","));
    for calls in cases {
        let run = filtered(&folder, error, &calls, &[]);
        assert_eq!(result(&run, &calls), expected, "{calls} returns {error}");
    }
}

#[test]
fn scripts_run_alike_whatever_is_not_permitted() {
    all_run_alike("EPERM", &[]);
}

#[test]
fn scripts_run_alike_whatever_the_system_does_not_have() {
    all_run_alike("ENOSYS", &[THREADS]);
}

#[test]
fn scripts_run_alike_without_a_folder_for_temporary_files() {
    let folder = Folder::with(WORKSPACE);
    let expected = result(
        &folder.run(&["trigger", "before-registration", "--json"]),
        "plain",
    );
    // The first accepts no file, not even from the superuser; the second does not exist.
    for temporary in ["/sys", "/nowhere/at/all"] {
        for calls in ["ptrace", "memfd_create"] {
            let run = filtered(&folder, "EPERM", calls, &[("TMPDIR", temporary)]);
            assert_eq!(result(&run, temporary), expected, "{temporary}, {calls}");
        }
    }
}

#[test]
fn a_system_that_gives_no_thread_is_named_in_a_sentence() {
    let folder = Folder::with(WORKSPACE);
    let run = filtered(&folder, "EPERM", THREADS, &[]);
    assert_ne!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stderr.contains("the system refuses to start a thread"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}
