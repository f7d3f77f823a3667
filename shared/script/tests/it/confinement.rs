//! What a script that has taken the engine over can still do: nothing.

use std::{collections::BTreeMap, time::Duration};

use hookpoint_engine::outcome::FailureClass;
use hookpoint_script::SandboxMode;
use serde_json::json;

use crate::support::{sandbox, script, tests};

tests![
    every_way_out_of_the_sandbox_is_closed,
    a_child_holds_one_descriptor_and_no_environment,
    ends_of_every_kind_are_told_apart_and_hurt_nobody,
    code_from_strings_is_refused_in_every_spelling,
];

/// A call is refused with this errno, or ends the process.
const EPERM: i32 = 1;

async fn every_way_out_of_the_sandbox_is_closed() {
    let sandbox = sandbox();
    assert_eq!(sandbox.mode(), SandboxMode::Filtered);
    let mut outcomes = BTreeMap::new();
    for call in [
        "open",
        "environ",
        "socket",
        "exec",
        "fork",
        "thread",
        "ptrace",
        "kill-parent",
        "kill-any",
        "tgkill-other",
        "prctl",
        "prlimit",
        "executable-map",
        "executable-protect",
        "process-memory",
        "signal-handler",
        "seccomp",
        "io-uring",
    ] {
        let source =
            format!("export default () => ({{ context: {{ errno: takeover.call('{call}') }} }})");
        let outcome = match script(&source).on(&sandbox).await {
            Ok(reply) => {
                assert_eq!(reply.response["context"]["errno"], json!(EPERM), "{call}");
                "refused"
            }
            Err(failure) => {
                assert_eq!(
                    failure.class,
                    FailureClass::ScriptCrash,
                    "{call}: {failure}"
                );
                assert!(
                    failure.message.contains("forbidden system call"),
                    "{call}: {failure}"
                );
                "killed"
            }
        };
        outcomes.insert(call, outcome);
    }
    // What libraries try in good faith is refused; everything else ends the process.
    let refused: Vec<&str> = outcomes
        .iter()
        .filter(|(_, outcome)| **outcome == "refused")
        .map(|(call, _)| *call)
        .collect();
    assert_eq!(refused, ["environ", "open"]);
    assert!(
        script("export default () => ({})")
            .on(&sandbox)
            .await
            .is_ok()
    );
}

async fn a_child_holds_one_descriptor_and_no_environment() {
    let sandbox = sandbox();
    let counted = script(
        "export default () => ({ context: {
            descriptors: takeover.crash('count-descriptors'), environment: takeover.crash('count-environment') } })",
    )
    .response(&sandbox)
    .await;
    // Bit 3 is descriptor 3.
    assert_eq!(
        counted,
        json!({ "context": { "descriptors": 8, "environment": 0 } })
    );
}

async fn ends_of_every_kind_are_told_apart_and_hurt_nobody() {
    let sandbox = sandbox();
    for (end, class, words) in [
        ("segmentation-fault", FailureClass::ScriptCrash, "signal 11"),
        ("abort", FailureClass::ScriptMemory, "out of memory"),
        ("allocate", FailureClass::ScriptMemory, "out of memory"),
        ("exit", FailureClass::ScriptCrash, "status 9"),
        ("panic", FailureClass::ScriptCrash, "fault of the sandbox"),
        ("spin", FailureClass::ScriptTimeout, "ended from outside"),
    ] {
        let failure = script(&format!("export default () => takeover.crash('{end}')"))
            .limit(Duration::from_millis(if end == "spin" {
                200
            } else {
                5000
            }))
            .failure(&sandbox)
            .await;
        assert_eq!(failure.class, class, "{end}: {failure}");
        assert!(failure.message.contains(words), "{end}: {failure}");
        let next = script("export default () => ({})").on(&sandbox).await;
        assert!(next.is_ok(), "after {end}: {next:?}");
    }
}

async fn code_from_strings_is_refused_in_every_spelling() {
    let sandbox = sandbox();
    for spelling in [
        "eval('1')",
        "(0, eval)('1')",
        "globalThis['ev' + 'al']('1')",
        "new Function('return 1')()",
        "Function('return 1')()",
        "(() => {}).constructor('return 1')()",
        "Reflect.construct(Function, ['return 1'])",
        "(async () => {}).constructor('return 1')()",
        "(function* () {}).constructor('yield 1')()",
        "(async function* () {}).constructor('yield 1')()",
        "new (class extends Function {})('return 1')",
        "Object.getPrototypeOf(async function () {}).constructor('return 1')",
    ] {
        let answer = script(&format!(
            "export default () => {{ try {{ {spelling} }} catch (error) {{ return {{ context: {{ name: error.name }} }} }} return {{}} }}"
        ))
        .response(&sandbox)
        .await;
        assert_eq!(
            answer,
            json!({ "context": { "name": "EvalError" } }),
            "{spelling}"
        );
    }
    // Libraries look them up, and ask whether a value is a function.
    let answer = script(
        "export default () => ({ context: {
            a: (() => 1) instanceof Function, b: typeof Function, c: typeof eval, d: Function.prototype === Object.getPrototypeOf(() => 1) } })",
    )
    .response(&sandbox)
    .await;
    assert_eq!(
        answer["context"],
        json!({ "a": true, "b": "function", "c": "function", "d": true })
    );
}
