//! Scripts that run from their published bytecode.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hookpoint_engine::hook::{CompiledForm, CompiledScript, HookBody};
use hookpoint_script::{Ahead, INTERPRETER, Sandbox};
use serde_json::{Value, json};

use crate::support::{Run, random_numbers, sandbox, script, tests};

tests![
    a_script_does_the_same_from_its_bytecode,
    errors_keep_place_line_and_callers,
    a_hook_that_can_never_run_is_not_compiled_for_publication,
    bytecode_is_used_when_interpreter_and_source_are_its_own,
    a_source_with_too_much_bytecode_is_compiled_where_it_runs,
    hostile_bytecode_ends_as_that_hooks_failure_or_is_ignored,
    a_prepared_hook_takes_no_more_memory_from_its_bytecode,
];

pub(crate) const RICH: &str = r#"
import { createHash } from "node:crypto";
const table = new Map([["a", 1n], ["b", 2n]]);
class Tier { #name; constructor(name) { this.#name = name; } get name() { return this.#name; } }
function* numbers() { for (let n = 0; n < 3; n += 1) yield n; }
const pattern = /(?<year>\d{4})-(\d\d)/u;
export default async function (event, hook) {
  const { year } = pattern.exec("on 2026-11-28").groups;
  await null;
  const hash = createHash("sha256").update(`${year}${[...numbers()].join()}`).digest("hex");
  return { context: { hash, tier: new Tier("gold").name, sum: String(table.get("a") + table.get("b")), text: "größe 🛍 \u2028", n: -0.1e-7 } };
}
"#;

async fn compiled(sandbox: &Sandbox, source: &str) -> CompiledScript {
    compiled_as(sandbox, source, false).await
}

async fn compiled_as(sandbox: &Sandbox, source: &str, is_module: bool) -> CompiledScript {
    sandbox
        .compile_source(
            "under-test",
            Some("hooks/under-test.js"),
            source,
            is_module,
            Ahead::Bytecode,
        )
        .await
        .expect("a sandbox")
        .expect("a script")
        .expect("bytecode")
}

/// A run with bytecode that is labelled as the source's.
pub(crate) fn run_from(source: &str, compiled: CompiledScript) -> Run {
    let mut run = script(source);
    let body = HookBody::clone(&run.hook.body).with_compiled(Some(compiled));
    run.hook.body = Arc::new(body);
    run
}

async fn a_script_does_the_same_from_its_bytecode() {
    for source in [
        RICH,
        "module.exports = async function (input, callback) { callback({ context: { form: 'old', file: typeof __filename } }) } // end",
        "const started = Date.now() > 0; export default () => ({ context: { started } })",
        "const { tier } = await Promise.resolve({ tier: 'gold' }); export default () => ({ context: { tier } })",
        // Code that tells classes from functions by their text.
        "class A { b() {} }\nfunction f(a, b) { return a }\nconst g = async () => 1;\n\
         export default () => ({ context: { texts: [A, f, g, new A().b].map((one) => Function.prototype.toString.call(one)), names: [f.name, f.length] } })",
        "export default () => ({ context: { direct: `${function () { /* kept */ }}` } })",
    ] {
        // One sandbox each: a prepared version is not prepared again.
        let expected = script(source).response(&sandbox()).await;
        let sandbox = sandbox();
        let run = run_from(source, compiled(&sandbox, source).await);
        assert_eq!(run.response(&sandbox).await, expected, "{source}");
        // From its template.
        assert_eq!(run.response(&sandbox).await, expected, "{source}");
        if source.contains("export default") {
            let sandbox = self::sandbox();
            let known = compiled_as(&sandbox, source, true).await;
            assert_eq!(known, compiled(&sandbox, source).await, "{source}");
        }
    }
}

async fn a_hook_that_can_never_run_is_not_compiled_for_publication() {
    let sandbox = sandbox();
    for (source, message) in [
        ("export const tier = 'gold';", "export a function"),
        (
            "exports.onExecutePostLogin = async (event, api) => {};",
            "function",
        ),
        (
            "const tiers = undefined;\nconst first = tiers[0];\nexport default () => ({});",
            "hooks/under-test.js:2:",
        ),
    ] {
        let compiled = sandbox.compile_source(
            "under-test",
            Some("hooks/under-test.js"),
            source,
            false,
            Ahead::Memory,
        );
        let diagnostic = compiled.await.expect("a sandbox").expect_err(source);
        let text = diagnostic.to_string();
        assert!(text.contains(message), "{source}: {text}");
    }
    // Anything that depends on the run is left to the run.
    let source = "if (Date.now() > 0) throw new Error('today');\nexport default () => ({});";
    compiled(&sandbox, source).await;
}

async fn errors_keep_place_line_and_callers() {
    for (source, place) in [
        (
            "export default (event) => {\n  return event.a.b.c;\n}",
            "hooks/under-test.js:2:10: TypeError: cannot read property 'b' of undefined\n  return event.a.b.c;",
        ),
        (
            "// one\nmodule.exports = async function (input, callback) {\n    nope();\n}",
            "hooks/under-test.js:3:5: ReferenceError: nope is not defined\n  nope();",
        ),
        (
            "const deep = () => {\n  throw new RangeError('too far');\n};\nconst middle = () => deep();\nexport default async () => {\n  await null;\n  middle() }",
            "hooks/under-test.js:2:13: RangeError: too far",
        ),
        (
            "\nDate.now();\nconst early = undefined.x;\nexport default () => ({})",
            "hooks/under-test.js:3:",
        ),
    ] {
        let expected = script(source).failure(&sandbox()).await;
        let sandbox = sandbox();
        let run = run_from(source, compiled(&sandbox, source).await);
        let failure = run.failure(&sandbox).await;
        assert!(failure.message.contains(place), "{failure}");
        assert_eq!(
            (failure.class, failure.message),
            (expected.class, expected.message)
        );
    }
}

async fn bytecode_is_used_when_interpreter_and_source_are_its_own() {
    const OWN: &str = "export default () => ({ context: { from: 'source' } })";
    const OTHER: &str = "export default () => ({ context: { from: 'bytecode' } })";
    let other = compiled(&sandbox(), OTHER).await;
    let own = compiled(&sandbox(), OWN).await;
    assert_eq!(own.interpreter, INTERPRETER);
    let labelled = |interpreter: &str, source_sha256: &str| CompiledScript {
        interpreter: interpreter.to_owned(),
        source_sha256: source_sha256.to_owned(),
        form: CompiledForm::Bytecode,
        bytes: other.bytes.clone(),
    };
    for (compiled, from) in [
        (labelled(INTERPRETER, &own.source_sha256), "bytecode"),
        (labelled(&"0".repeat(64), &own.source_sha256), "source"),
        (labelled(INTERPRETER, &other.source_sha256), "source"),
        (labelled("", ""), "source"),
    ] {
        let response = run_from(OWN, compiled).response(&sandbox()).await;
        assert_eq!(response, json!({ "context": { "from": from } }));
    }
}

async fn a_source_with_too_much_bytecode_is_compiled_where_it_runs() {
    // Each function keeps its text, and so does every function around it.
    let depth = 20;
    let source = format!(
        "export default () => ({{ context: {{ fine: true }} }});\n{}\"{}\"{}",
        "(() => { return ".repeat(depth),
        "x".repeat(600_000),
        " });".repeat(depth),
    );
    let sandbox = sandbox();
    let bytecode = sandbox
        .compile_source("a", None, &source, false, Ahead::Bytecode)
        .await
        .expect("a sandbox");
    assert_eq!(bytecode, Ok(None));
    let response = script(&source).response(&sandbox).await;
    assert_eq!(response, json!({ "context": { "fine": true } }));
}

async fn hostile_bytecode_ends_as_that_hooks_failure_or_is_ignored() {
    let sandbox = sandbox();
    let mut good = compiled(&sandbox, RICH).await;
    let length = good.bytes.len();
    let mut checked = good.bytes.clone();
    checked[length / 2] ^= 1;
    // The checksum follows the version; this one always matches.
    good.bytes[1..5].fill(0xff);
    let mut random = random_numbers();
    let mut rows: Vec<(String, Vec<u8>)> = vec![
        ("empty".to_owned(), Vec::new()),
        ("zeros".to_owned(), vec![0; 4096]),
        ("ones".to_owned(), vec![255; 4096]),
        ("twice".to_owned(), good.bytes.repeat(2)),
        ("its source".to_owned(), RICH.as_bytes().to_vec()),
        ("a wrong checksum".to_owned(), checked),
    ];
    for _ in 0..12 {
        let end = random(length);
        rows.push((format!("cut at {end}"), good.bytes[..end].to_vec()));
        let bytes = (0..random(5_000)).map(|_| random(256).to_le_bytes()[0]);
        rows.push(("random".to_owned(), bytes.collect()));
        // Random bytes after a valid start.
        let mut tail = good.bytes.clone();
        for byte in &mut tail[length / 2..] {
            *byte = random(256).to_le_bytes()[0];
        }
        rows.push(("a random half".to_owned(), tail));
    }
    for _ in 0..80 {
        let (place, bit) = (random(length), random(8));
        let mut flipped = good.bytes.clone();
        flipped[place] ^= 1 << bit;
        rows.push((format!("bit {bit} of byte {place}"), flipped));
    }
    let limit = Duration::from_millis(300);
    let mut failures = 0;
    for (version, (what, bytes)) in (10..).zip(rows) {
        let mut run = run_from(
            RICH,
            CompiledScript {
                bytes,
                ..good.clone()
            },
        )
        .limit(limit);
        run.hook.version = version;
        let started = Instant::now();
        let result = run.on(&sandbox).await;
        assert!(
            started.elapsed() < limit + Duration::from_secs(1),
            "{what}: took {:?}",
            started.elapsed()
        );
        failures += u32::from(result.is_err());
        let next: Value = script("export default () => ({ context: { fine: true } })")
            .response(&sandbox)
            .await;
        assert_eq!(next, json!({ "context": { "fine": true } }), "after {what}");
    }
    // Otherwise no bytecode was read.
    assert!(failures > 0);
}

async fn a_prepared_hook_takes_no_more_memory_from_its_bytecode() {
    use std::fmt::Write as _;
    let mut source = "export default () => ({});\n".to_owned();
    for number in 0..800 {
        let _ = writeln!(
            source,
            "function part{number}(a, b) {{ const c = [1, 2, 3].map((one) => one + {number} + a); return {{ c, d: `x${{b}}`, e: () => c.length }}; }}"
        );
    }
    let from_source = sandbox();
    script(&source).response(&from_source).await;
    let from_bytecode = sandbox();
    let bytecode = compiled(&from_bytecode, &source).await;
    run_from(&source, bytecode).response(&from_bytecode).await;
    let [(_, compiled), (_, read)] = [from_source.prepared(), from_bytecode.prepared()];
    assert!(
        read <= compiled + compiled / 4,
        "{read} bytes, {compiled} when compiled"
    );
}
