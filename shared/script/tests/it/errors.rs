//! Failures that an author can act on.

use std::time::Duration;

use hookpoint_engine::hook::outcome::{FailureClass, HookFailure};
use hookpoint_script::Sandbox;

use crate::support::{sandbox, script, tests};

tests![
    each_failure_has_its_class_its_place_and_its_line,
    a_syntax_error_is_found_without_running_anything,
    a_timeout_says_how_long_and_where,
    log_lines_arrive_in_order_capped_and_without_secrets,
    secrets_do_not_leave_in_error_messages,
    secrets_are_found_however_they_were_formatted_or_cut,
    nothing_a_script_says_forges_a_line_or_moves_the_cursor,
    a_log_of_many_lines_is_cut_and_says_so,
];

#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn each_failure_has_its_class_its_place_and_its_line() {
    let sandbox = sandbox();
    for (source, class, expected) in [
        (
            "export default (event) => {\n  return event.a.b.c;\n}",
            FailureClass::ScriptError,
            "hook `under-test` version 3: hooks/under-test.js:2:10: TypeError: cannot read property 'b' of undefined\n  return event.a.b.c;\n",
        ),
        (
            "// one\nmodule.exports = async function (input, callback) {\n    nope();\n}",
            FailureClass::ScriptError,
            "hooks/under-test.js:3:5: ReferenceError: nope is not defined\n  nope();\n",
        ),
        (
            "const helper = () => {\n  throw new RangeError('too far');\n};\nexport default async () => { await null; helper() }",
            FailureClass::ScriptError,
            "under-test.js:2:13: RangeError: too far\n  throw new RangeError('too far');",
        ),
        (
            "export default () => {\n  return JSON.parse('<html>') }",
            FailureClass::ScriptError,
            "hooks/under-test.js:2:15: SyntaxError: the text is not JSON: ",
        ),
        (
            "export default () => { throw null }",
            FailureClass::ScriptError,
            "threw null",
        ),
        (
            "export default () => { throw undefined }",
            FailureClass::ScriptError,
            "threw undefined",
        ),
        (
            "export default () => { throw 'plain' }",
            FailureClass::ScriptError,
            "threw the string \"plain\"",
        ),
        (
            "export default () => { throw 42 }",
            FailureClass::ScriptError,
            "threw the number 42",
        ),
        (
            "export default () => { throw { message: 'in an object' } }",
            FailureClass::ScriptError,
            "in an object",
        ),
        (
            "export default () => { throw { get message() { throw 1 }, get stack() { throw 2 }, get name() { throw 3 } } }",
            FailureClass::ScriptError,
            "threw an object without a message",
        ),
        (
            "export default () => { throw new Proxy({}, { get() { throw 1 } }) }",
            FailureClass::ScriptError,
            "threw an object without a message",
        ),
        (
            "export default () => { throw Symbol('s') }",
            FailureClass::ScriptError,
            "threw symbol",
        ),
        (
            "export default async () => { setTimeout(() => { throw new Error('in a timer') }, 1); await new Promise(() => {}) }",
            FailureClass::ScriptError,
            "Error: in a timer",
        ),
        (
            "export default 5",
            FailureClass::BadResponse,
            "default export is int",
        ),
        (
            "export const a = 1",
            FailureClass::BadResponse,
            "default export is undefined",
        ),
        (
            "export default () => 'text'",
            FailureClass::BadResponse,
            "returned a string",
        ),
        (
            "export default () => [1]",
            FailureClass::BadResponse,
            "returned an array",
        ),
        (
            "class Denied { constructor(reason) { this.reason = reason } }; export default () => new Denied('fraud')",
            FailureClass::BadResponse,
            "an instance of a class with `reason` and without an effect",
        ),
        (
            "export default () => () => 1",
            FailureClass::BadResponse,
            "returned a function",
        ),
        (
            "export default () => ({ a: 1n })",
            FailureClass::BadResponse,
            "no JSON form",
        ),
        (
            "export default () => { const a = {}; a.a = a; return a }",
            FailureClass::BadResponse,
            "no JSON form",
        ),
        (
            "export default () => ({ toJSON() { return 'x' } })",
            FailureClass::BadResponse,
            "`toJSON` is a function",
        ),
        (
            "export default () => ({ a: 'x'.repeat(300000) })",
            FailureClass::TooLarge,
            "300008 bytes, at most 262144",
        ),
        (
            "export default function f() { return f() + 1 }",
            FailureClass::ScriptStack,
            "nested too deeply",
        ),
        (
            "export default () => { const all = []; for (;;) all.push(new Uint8Array(1e6)) }",
            FailureClass::ScriptMemory,
            "more than 32 MB",
        ),
        (
            "export default () => { const all = []; for (;;) all.push({}) }",
            FailureClass::ScriptMemory,
            "more than 32 MB",
        ),
        (
            "export default () => fetch('https://a.test/')",
            FailureClass::EgressRefused,
            "does not declare the host `a.test`",
        ),
        (
            "const pad = require('left-pad');\nmodule.exports = () => {}",
            FailureClass::ScriptError,
            "cannot find module 'left-pad': the sandbox offers hookpoint:password, assert",
        ),
        (
            "import pad from 'left-pad';\nexport default () => {}",
            FailureClass::ScriptError,
            "cannot find module 'left-pad': the sandbox offers hookpoint:password, assert",
        ),
        (
            "const fs = require('fs');\nmodule.exports = () => { fs.readFileSync('/etc/passwd') }",
            FailureClass::ScriptError,
            "fs.readFileSync is not supported in the sandbox",
        ),
        (
            "import secret from 'hookpoint:fetch';\nexport default () => {}",
            FailureClass::ScriptError,
            "cannot find module",
        ),
        (
            "export default () => {\n  return {;\n}",
            FailureClass::ScriptError,
            "under-test.js:2:",
        ),
        (
            "export default () => new Promise(() => {})",
            FailureClass::ScriptError,
            "nothing can settle",
        ),
    ] {
        let failure = script(source).failure(&sandbox).await;
        assert_eq!(failure.class, class, "{source}: {failure}");
        assert!(
            failure.message.contains(expected),
            "{source}: {}",
            failure.message
        );
    }
}

async fn a_syntax_error_is_found_without_running_anything() {
    let sandbox = sandbox();
    for (source, place) in [
        ("export default () => {\n  const a = ;\n}", "hooks/a.js:2:"),
        (
            "module.exports = async () => {\n\n  if (\n}",
            "hooks/a.js:4:",
        ),
        ("let a;\nlet a;\nexport default a", "hooks/a.js:2:"),
        (
            "const text = 'never closed\nmodule.exports = text",
            "hooks/a.js:1:",
        ),
        ("export default () => {", "hooks/a.js:1:23"),
        (
            "module.exports = (event) => {\n  if (event) {\n};\n\n",
            "hooks/a.js:3:3",
        ),
        ("import { a } from 'buffer", "hooks/a.js:1"),
    ] {
        let diagnostic = sandbox
            .check_source("a", Some("hooks/a.js"), source)
            .await
            .expect("a sandbox")
            .expect_err(source);
        assert!(
            diagnostic.place().starts_with(place),
            "{source}: {diagnostic}"
        );
        assert!(!diagnostic.message.is_empty(), "{source}");
    }
    for fine in [
        "while (true) {}",
        "throw new Error('only when it runs')",
        "export default async () => { for await (const a of b) { using; } }",
        "module.exports = async ({ a }, callback) => { return callback?.(a ?? 1) }",
        "return 1",
        "await 1; export default () => {}",
        "#!/usr/bin/env node\nmodule.exports = 1",
        "",
    ] {
        let result = sandbox
            .check_source("a", Some("hooks/a.js"), fine)
            .await
            .expect("a sandbox");
        assert_eq!(result, Ok(()), "{fine}");
    }
    let long = "x".repeat(hookpoint_script::SOURCE_LIMIT + 1);
    let diagnostic = sandbox
        .check_source("a", None, &long)
        .await
        .expect("a sandbox")
        .expect_err("too long");
    assert!(
        diagnostic.message.contains("at most 1048576"),
        "{diagnostic}"
    );
}

async fn a_timeout_says_how_long_and_where() {
    let sandbox = sandbox();
    let failure = timed_out(
        &sandbox,
        "export default () => {\n  let n = 0;\n  while (true) n = Math.max(n, 1);\n}",
    )
    .await;
    assert!(!failure.class.is_transport() && !failure.is_retryable);
    // A busy machine may begin it a few milliseconds late.
    let limit = failure.message.split(" ms of ").nth(1);
    let limit = limit.and_then(|rest| {
        rest.split(" ms: still running, here or further down")
            .next()
    });
    let limit: Option<u32> = limit.and_then(|limit| limit.parse().ok());
    assert!(
        limit.is_some_and(|limit| (50..=100).contains(&limit)),
        "{failure}"
    );
    // The place is where the interpreter checked the clock: at a call, or at a loop's head, reported as its function.
    let places = ["under-test.js:3", "under-test.js:1:15"];
    assert!(
        places.iter().any(|place| failure.message.contains(place)),
        "{failure}"
    );
    let failure = timed_out(
        &sandbox,
        "export default () => new Promise((resolve) => setTimeout(resolve, 60000))",
    )
    .await;
    assert!(failure.message.contains("waiting for 1 timer"), "{failure}");
}

/// A timeout that the interpreter reported itself. On a busy machine its thread may be scheduled too late; the script
/// is then stopped from outside, which names no place.
async fn timed_out(sandbox: &Sandbox, source: &str) -> HookFailure {
    for _ in 0..20 {
        let failure = script(source)
            .limit(Duration::from_millis(100))
            .failure(sandbox)
            .await;
        assert_eq!(failure.class, FailureClass::ScriptTimeout, "{failure}");
        if !failure.message.contains("stopped from outside") {
            return failure;
        }
    }
    panic!("twenty scripts were stopped from outside");
}

async fn log_lines_arrive_in_order_capped_and_without_secrets() {
    let sandbox = sandbox();
    let mut run = script(
        "export default (event, hook) => {
           console.log('plain', 1, { a: [true, null], text: 'x' });
           console.warn('%s has %d%%', 'it', 5);
           console.error(new TypeError('bad'));
           console.log('token ' + hook.secrets.ApiToken + '!');
           console.log('two\\nlines');
           console.log({ get broken() { throw 1 } });
           const cycle = {}; cycle.self = cycle;
           console.log(cycle);
           return {};
         }",
    );
    run.secrets = vec![("ApiToken", "s3cr3t-value")];
    let reply = run.on(&sandbox).await.expect("a reply");
    assert_eq!(
        reply.log,
        [
            "plain 1 { a: [ true, null ], text: 'x' }",
            "warn: it has 5%",
            "error: TypeError: bad",
            "error:     at default (hooks/under-test.js:4:30)",
            "token [redacted]!",
            "two",
            "lines",
            "{ broken: [Getter] }",
            "<ref *1> { self: [Circular *1] }",
        ]
    );
    let reply = script("export default () => { for (let i = 0; i < 1000; i++) console.log('x'.repeat(1000)); console.log('y'.repeat(1e5)) }")
        .on(&sandbox)
        .await
        .expect("a reply");
    let failure =
        script("export default () => { console.log('just before'); throw new Error('x') }")
            .failure(&sandbox)
            .await;
    assert_eq!(failure.log, ["just before"]);
    let bytes: usize = reply.log.iter().map(String::len).sum();
    assert!(bytes <= 64 * 1024 + 100, "{bytes}");
    assert_eq!(
        reply.log.last().map(String::as_str),
        Some("(936 more lines did not fit)")
    );
}

async fn secrets_do_not_leave_in_error_messages() {
    let mut run = script(
        "export default (event, hook) => { throw new Error(`bad token ${hook.secrets.ApiToken}`) }",
    );
    run.secrets = vec![("ApiToken", "s3cr3t-value")];
    let failure = run.failure(&sandbox()).await;
    assert!(
        failure.message.contains("bad token [redacted]"),
        "{failure}"
    );
}

async fn secrets_are_found_however_they_were_formatted_or_cut() {
    const KEY: &str = "{\n\t\"private_key\": \"k3y\\nmaterial\",\n\t\"id\": \"4711-0815\"\n}";
    let leaks = ["k3y", "material", "4711", "0815", "private"];
    let sandbox = sandbox();
    let clean = |what: &str, text: &str| {
        for leak in leaks {
            assert!(!text.contains(leak), "{what}: {text}");
        }
        assert!(text.contains("[redacted]"), "{what}: {text}");
    };
    for say in [
        "console.log(hook.secrets)",
        "console.log(hook.secrets.Key)",
        "console.log('%j', hook.secrets)",
        "console.log([hook.secrets.Key, [[hook.secrets.Key]]])",
        "console.log('%o', { Key: hook.secrets.Key + \"'\" })",
        "console.log([JSON.stringify(hook.secrets)])",
        "console.log(JSON.stringify(JSON.stringify(hook.secrets.Key)))",
        "console.log('x'.repeat(8 * 1024 - 60) + JSON.stringify(hook.secrets.Key))",
        "console.log('x'.repeat(8 * 1024 - 10) + '4711-0815-' + hook.secrets.Long)",
    ] {
        let mut run = script(&format!(
            "export default (event, hook) => {{ {say}; return {{}} }}"
        ));
        run.secrets = vec![("Key", KEY), ("Long", "4711-0815-long")];
        let log = run.on(&sandbox).await.expect("a reply").log;
        clean(say, &log.join("\n"));
    }
    for value in [
        "hook.secrets.Key",
        "JSON.stringify(hook.secrets)",
        "new Error(hook.secrets.Key)",
        "new Error('x'.repeat(4 * 1024 - 60) + hook.secrets.Key)",
        "'x'.repeat(4 * 1024 - 70) + hook.secrets.Key",
    ] {
        let mut run = script(&format!(
            "export default (event, hook) => {{\n throw {value};\n}}"
        ));
        run.secrets = vec![("Key", KEY)];
        let failure = run.failure(&sandbox).await;
        clean(value, &failure.message);
    }
}

async fn nothing_a_script_says_forges_a_line_or_moves_the_cursor() {
    let sandbox = sandbox();
    let failure = script(
        "export default () => {
           console.log('a\\u2028b\\u202ec\\x1b[2J');
           throw new Error('one\\n2026-01-01 INFO forged\\x1b[2J\\u202e');
         }",
    )
    .failure(&sandbox)
    .await;
    assert_eq!(failure.log, ["a\u{fffd}b\u{fffd}c\u{fffd}[2J"]);
    assert!(
        failure
            .message
            .contains("Error: one · 2026-01-01 INFO forged\u{fffd}[2J\u{fffd}\n"),
        "{failure}"
    );
}

async fn a_log_of_many_lines_is_cut_and_says_so() {
    let reply = script("export default () => { console.log('\\n'.repeat(2999)); return {} }")
        .on(&sandbox())
        .await
        .expect("a reply");
    assert_eq!(reply.log.len(), 1001);
    assert_eq!(
        reply.log.last().map(String::as_str),
        Some("(2000 more lines did not fit)")
    );
}
