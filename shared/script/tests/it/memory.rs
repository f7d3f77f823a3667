//! Large scripts that run from their published memory.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use hookpoint_engine::hook::{CompiledForm, CompiledScript};
use hookpoint_script::{Ahead, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::{
    bytecode::{RICH, run_from},
    support::{random_numbers, sandbox, script, server::HttpFetch, tests},
};

tests![
    a_large_script_does_the_same_from_its_memory,
    one_run_says_nothing_to_the_next,
    what_depends_on_the_run_is_stored_as_bytecode,
    memory_is_used_when_interpreter_and_source_are_its_own,
    hostile_memory_ends_as_that_hooks_failure_or_is_ignored,
];

/// A script with so many functions that its memory is stored.
fn large(source: &str) -> String {
    let mut source = source.to_owned();
    for number in 0..600 {
        let _ = write!(
            source,
            "\nfunction part{number}(a, b) {{ const c = [1, 2, 3].map((one) => one + {number} + a); return {{ c, d: `x${{b}}`, e: () => c.length }}; }}"
        );
    }
    source
}

async fn compiled(source: &str) -> CompiledScript {
    sandbox()
        .compile_source(
            "under-test",
            Some("hooks/under-test.js"),
            source,
            false,
            Ahead::Memory,
        )
        .await
        .expect("a sandbox")
        .expect("a script")
        .expect("something to store")
}

async fn memory(source: &str) -> CompiledScript {
    let compiled = compiled(source).await;
    assert_eq!(compiled.form, CompiledForm::Memory);
    compiled
}

/// Those that map memory, and those where the system refuses that.
fn sandboxes() -> [Sandbox; 2] {
    let copying = Sandbox::copying(&SandboxOptions::default(), Arc::new(HttpFetch));
    [sandbox(), copying]
}

async fn a_large_script_does_the_same_from_its_memory() {
    for source in [
        RICH,
        "module.exports = async function (input, callback) { callback({ context: { form: 'old', file: typeof __filename } }) }",
        "const { tier } = await Promise.resolve({ tier: 'gold' }); export default () => ({ context: { tier } })",
        "const table = Array.from({ length: 200_000 }, (_, index) => index); export default () => ({ context: { sum: table.reduce((a, b) => a + b) } })",
        "import qs from 'node:querystring'; const parsed = qs.parse('a=1&b=2'); export default () => ({ context: { parsed: { ...parsed }, part: part7(1, 2).d } })",
    ] {
        let source = large(source);
        let expected = script(&source).response(&sandbox()).await;
        let run = run_from(&source, memory(&source).await);
        for sandbox in sandboxes() {
            for _ in 0..3 {
                assert_eq!(run.response(&sandbox).await, expected, "{source}");
            }
        }
    }
    let source = large("export default (event) => {\n  return event.a.b.c;\n}");
    let expected = script(&source).failure(&sandbox()).await;
    let run = run_from(&source, memory(&source).await);
    let failure = run.failure(&sandbox()).await;
    assert_eq!(failure.message, expected.message);
    assert!(
        failure.message.contains("hooks/under-test.js:2:10: "),
        "{failure}"
    );
}

async fn one_run_says_nothing_to_the_next() {
    let source = large(
        "let runs = 0; const seen = []; export default () => { seen.push(runs); return { context: { runs: ++runs, seen: seen.length, id: crypto.randomUUID(), random: Math.random() } }; }",
    );
    let run = run_from(&source, memory(&source).await);
    for sandbox in sandboxes() {
        let mut before: Vec<Value> = Vec::new();
        for _ in 0..4 {
            let context = run.response(&sandbox).await["context"].clone();
            assert_eq!([&context["runs"], &context["seen"]], [&json!(1), &json!(1)]);
            for random in [&context["id"], &context["random"]] {
                assert!(!before.contains(random), "{random}");
                before.push(random.clone());
            }
        }
    }
}

async fn what_depends_on_the_run_is_stored_as_bytecode() {
    for top_level in [
        "const started = Date.now();",
        "const id = crypto.randomUUID();",
        "const late = await new Promise((done) => setTimeout(() => done(1), 1));",
        "if (Date.now() > 0) throw new Error('today');",
    ] {
        let source = large(&format!("{top_level}\nexport default () => ({{}});"));
        assert_eq!(compiled(&source).await.form, CompiledForm::Bytecode);
    }
    // A small one starts as soon from its bytecode.
    let small = compiled("export default () => ({})").await;
    assert_eq!(small.form, CompiledForm::Bytecode);
    // One page of DynamoDB has no room for this.
    let source = large(
        "let state = 1; const next = () => (state = (state * 48271) % 2147483647); const table = Array.from({ length: 900_000 }, next); export default () => ({ context: { last: table.at(-1) } });",
    );
    assert_eq!(compiled(&source).await.form, CompiledForm::Bytecode);
}

async fn memory_is_used_when_interpreter_and_source_are_its_own() {
    let own = large("export default () => ({ context: { from: 'source' } })");
    let other = large("export default () => ({ context: { from: 'memory' } })");
    let (own_memory, other_memory) = (memory(&own).await, memory(&other).await);
    let labelled = |interpreter: &str, source_sha256: &str, form| CompiledScript {
        interpreter: interpreter.to_owned(),
        source_sha256: source_sha256.to_owned(),
        form,
        bytes: other_memory.bytes.clone(),
    };
    let (interpreter, sha256) = (&own_memory.interpreter, &own_memory.source_sha256);
    for (compiled, from) in [
        (
            labelled(interpreter, sha256, CompiledForm::Memory),
            "memory",
        ),
        (
            labelled(interpreter, sha256, CompiledForm::Bytecode),
            "source",
        ),
        (labelled("", sha256, CompiledForm::Memory), "source"),
        (
            labelled(
                interpreter,
                &other_memory.source_sha256,
                CompiledForm::Memory,
            ),
            "source",
        ),
    ] {
        let response = run_from(&own, compiled).response(&sandbox()).await;
        assert_eq!(response, json!({ "context": { "from": from } }));
    }
}

async fn hostile_memory_ends_as_that_hooks_failure_or_is_ignored() {
    let source = large(RICH);
    let good = memory(&source).await;
    let sandbox = sandbox();
    let mut random = random_numbers();
    let length = good.bytes.len();
    let mut rows: Vec<Vec<u8>> = vec![Vec::new(), vec![0; 4096], vec![255; 4096]];
    for _ in 0..60 {
        let mut flipped = good.bytes.clone();
        flipped[random(length)] ^= 1 << random(8);
        rows.push(flipped);
        rows.push(good.bytes[..random(length)].to_vec());
    }
    // Pages in the wrong places: the ranges begin after two numbers.
    for place in (8..80).step_by(8) {
        let mut moved = good.bytes.clone();
        moved[place] = moved[place].wrapping_add(1);
        rows.push(moved);
    }
    let limit = Duration::from_millis(300);
    let (mut fine, mut failures) = (0, 0);
    for (version, bytes) in (10..).zip(rows) {
        let mut run = run_from(
            &source,
            CompiledScript {
                bytes,
                ..good.clone()
            },
        )
        .limit(limit);
        run.hook.version = version;
        match run.on(&sandbox).await {
            Ok(_) => fine += 1,
            Err(_) => failures += 1,
        }
        let next = script("export default () => ({ context: { fine: true } })");
        let next = next.response(&sandbox).await;
        assert_eq!(next, json!({ "context": { "fine": true } }));
    }
    // Otherwise none was read, or none was refused.
    assert!(fine > 0 && failures > 0, "{fine} {failures}");
}
