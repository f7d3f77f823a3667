//! Where a failure is said to be, and which calls led to it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use hookpoint_engine::{
    hook::{HookBody, Implementation, SourceMap, outcome::FailureClass},
    ports::SourceMapReader,
};
use serde_json::json;

use crate::support::{
    Run, sandbox, sandbox_with, script,
    server::{HangingFetch, Server},
    tests,
};

tests![
    a_throw_names_its_callers,
    after_an_await_the_calls_since_are_named,
    a_rejection_that_nothing_handles_is_where_it_was_made,
    a_failed_request_is_where_it_was_made,
    a_timeout_of_a_request_is_where_it_was_made,
    a_response_that_is_no_json_is_where_it_was_read,
    a_column_does_not_depend_on_its_line,
    a_bundle_names_the_files_of_its_author,
    long_and_repeated_calls_are_cut,
    stack_traces_of_the_script_itself_are_bounded_and_sane,
    names_of_functions_do_not_show_secrets,
    columns_count_characters_and_carets_cells,
    a_logged_stack_trace_is_that_of_the_author,
    a_pattern_that_fails_is_where_it_is_written,
    an_error_of_a_class_of_the_script_is_where_it_was_thrown,
    causes_are_told,
    an_abort_is_logged_with_its_calls,
    a_caret_stays_below_its_place_in_a_redacted_line,
];

/// What the failure says after the hook's name.
async fn said(run: Run) -> String {
    let message = run.failure(&sandbox()).await.message;
    let (_, said) = message.split_once(" version 3: ").expect("a hook");
    said.to_owned()
}

const DEEP: &str = "const inner = (text) => {
  if (text) throw new RangeError(text);
};
function middle(text) { inner(text) }
";

async fn a_throw_names_its_callers() {
    let module = format!("{DEEP}export default function handler() {{\n  middle('x');\n}}");
    let common_js = format!("{DEEP}module.exports = function handler() {{\n  middle('x');\n}}");
    for source in [module, common_js] {
        assert_eq!(
            said(script(&source)).await,
            "hooks/under-test.js:2:34: RangeError: x
  if (text) throw new RangeError(text);
                                 ^
  at inner (hooks/under-test.js:2:34)
  at middle (hooks/under-test.js:4:31)
  at handler (hooks/under-test.js:6:3)"
        );
    }
    let alone = script("export default () => {\n  throw new Error('x');\n}");
    assert!(!said(alone).await.contains("\n  at "), "nothing to add");
}

async fn after_an_await_the_calls_since_are_named() {
    let source = format!(
        "{DEEP}export default async function handler() {{\n  await null;\n  middle('x');\n}}"
    );
    let text = said(script(&source)).await;
    assert!(
        text.ends_with(
            "  at middle (hooks/under-test.js:4:31)\n  at handler (hooks/under-test.js:7:3)"
        ),
        "{text}"
    );
}

async fn a_rejection_that_nothing_handles_is_where_it_was_made() {
    for (form, extra) in [("export default", ""), ("module.exports =", "\n")] {
        let source = format!(
            "{extra}{DEEP}{form} async () => {{\n  (async () => {{ await null; middle('lost') }})();\n  return {{}};\n}}"
        );
        let line = 2 + extra.len();
        let reply = script(&source).on(&sandbox()).await.expect("a reply");
        assert_eq!(
            reply.log,
            [
                format!(
                    "warn: unhandled rejection: RangeError: lost (hooks/under-test.js:{line}:34)"
                ),
                format!("  at inner (hooks/under-test.js:{line}:34)"),
                format!("  at middle (hooks/under-test.js:{}:31)", line + 2),
                format!("  at hooks/under-test.js:{}:30", line + 4),
            ]
        );
    }
    let source = format!(
        "{DEEP}export default async () => {{\n  (async () => middle('lost'))();\n  await null;\n  throw new Error('x');\n}}"
    );
    let text = said(script(&source)).await;
    assert!(
        text.starts_with("hooks/under-test.js:8:13: Error: x; unhandled rejection: RangeError: lost (hooks/under-test.js:2:34)\n"),
        "{text}"
    );
    let later = "export default () => {\n  setImmediate(() => { throw new Error('late') });\n  return {};\n}";
    let reply = script(later).on(&sandbox()).await.expect("a reply");
    assert_eq!(
        reply.log,
        ["warn: after the result: Error: late (hooks/under-test.js:2:34)"]
    );
}

const ASKING: &str = "async function ask(url) {
  const response = await fetch(url);
  return response.json();
}
export default async function handler() {
  return { context: await ask('URL') };
}";

async fn a_failed_request_is_where_it_was_made() {
    for (url, class, words) in [
        ("https://a.test/", FailureClass::EgressRefused, "`a.test`"),
        (
            "http://127.0.0.1:1/",
            FailureClass::ScriptError,
            "fetch failed",
        ),
    ] {
        let run = script("").hosts(&ASKING.replace("URL", url), &["127.0.0.1"]);
        let failure = run.failure(&sandbox()).await;
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.message.contains(words), "{failure}");
        let text = said(run).await;
        assert!(
            text.starts_with("hooks/under-test.js:2:32: TypeError: fetch failed: "),
            "{text}"
        );
        assert!(
            text.ends_with(
                "\n  const response = await fetch(url);
                               ^
  at ask (hooks/under-test.js:2:32)
  at handler (hooks/under-test.js:6:27)"
            ),
            "{text}"
        );
    }
}

async fn a_timeout_of_a_request_is_where_it_was_made() {
    let sandbox = sandbox_with(Arc::new(HangingFetch::default()));
    let source = "export default async () => {
      await fetch('https://a.test/', { signal: AbortSignal.timeout(5) });
    }";
    let run = script("").hosts(source, &["a.test"]);
    let failure = run.failure(&sandbox).await;
    assert!(
        failure
            .message
            .contains("hooks/under-test.js:2:60: TimeoutError: "),
        "{failure}"
    );
}

async fn a_response_that_is_no_json_is_where_it_was_read() {
    let server = Server::start(|_| (200, "<html>".to_owned())).await;
    let source = ASKING.replace("URL", &format!("http://{}/", server.address));
    let text = said(script("").hosts(&source, &["127.0.0.1"])).await;
    assert!(
        text.starts_with("hooks/under-test.js:3:19: SyntaxError: the text is not JSON: "),
        "{text}"
    );
}

/// A bundle is one line: the first.
async fn a_column_does_not_depend_on_its_line() {
    let sandbox = sandbox();
    for body in [
        "null.x",
        "fail()",
        "fail('x')",
        "let a; a.b.c",
        "if (1) fail()",
        "missing",
        "throw new Error('x')",
        "const { a } = null",
        "[1].map(fail)",
        "new Missing()",
    ] {
        for export in ["export default", "module.exports ="] {
            let source =
                format!("{export} () => {{ {body} }}; function fail() {{ throw new Error('x') }}");
            let first = script(&source).failure(&sandbox).await.message;
            let third = script(&format!("\n\n{source}"))
                .failure(&sandbox)
                .await
                .message;
            assert!(first.contains("hooks/under-test.js:1:"), "{first}");
            let moved = third.replace("hooks/under-test.js:3:", "hooks/under-test.js:1:");
            assert_eq!(first, moved, "{source}");
        }
    }
}

/// What the bundler makes of `hooks/a.ts`, `lib/crm.ts`, `lib/deep.ts` and the package `tiny`.
const BUNDLE: &str = include_str!("callers/bundle.js");
const MAP: &str = include_str!("callers/bundle.js.map");

#[derive(Debug)]
struct Map;

#[async_trait]
impl SourceMapReader for Map {
    async fn source_map(&self) -> Option<Arc<str>> {
        Some(MAP.into())
    }
}

fn bundle(event: &str) -> Run {
    let mut run = script(BUNDLE).event(json!({ "eventType": event }));
    let mut body = HookBody::clone(&run.hook.body);
    if let Implementation::Script(script) = &mut body.implementation {
        script.file = Some("hooks/a.ts".to_owned());
        script.source_map = SourceMap::new(MAP).map(|map| map.with_text(None));
    }
    run.hook.body = Arc::new(body);
    run
}

async fn a_bundle_names_the_files_of_its_author() {
    let failure = bundle("look").failure_with(&sandbox(), &Map).await;
    assert_eq!(
        failure.message,
        "hook `under-test` version 3: lib/deep.ts:3:41: RangeError: no customer 1
  throw new RangeError(`no customer ${text}`);
                                      ^
  at lib/deep.ts:3:41
  at lib/crm.ts:5:59
  at package `tiny`, 2 times
  at lib/crm.ts:5:30
  at hooks/a.ts:12:15, and 1 more"
    );
    let failure = bundle("ask").failure_with(&sandbox(), &Map).await;
    assert_eq!(failure.class, FailureClass::EgressRefused);
    let (first, rest) = failure.message.split_once('\n').expect("a source line");
    assert!(
        first.starts_with(
            "hook `under-test` version 3: lib/crm.ts:10:32: TypeError: fetch failed: "
        ),
        "{first}"
    );
    assert_eq!(
        rest,
        "  const response = await fetch(url, {
                               ^
  at lib/crm.ts:10:32
  at hooks/a.ts:6:47"
    );
}

async fn long_and_repeated_calls_are_cut() {
    let source = "const down = (n) => { if (n === 0) throw new Error('x'); down(n - 1) };
const [f1, f2, f3, f4, f5, f6] = Array.from({ length: 6 }, (_, i) => ({ [`f${i}`](n) { (i === 5 ? down : [f2, f3, f4, f5, f6][i])(n) } })[`f${i}`]);
export default () => f1(1)";
    let text = said(script(source)).await;
    assert!(text.ends_with(", and 4 more"), "{text}");
    assert_eq!(text.matches("\n  at ").count(), 5, "{text}");
    let text = said(script(&source.replace("f1(1)", "down(50)"))).await;
    assert!(
        text.ends_with("  at down (hooks/under-test.js:1:67), 9 times"),
        "{text}"
    );
}

async fn stack_traces_of_the_script_itself_are_bounded_and_sane() {
    for (stack, expected) in [
        ("get() { throw 1 }", "hooks/under-test.js: Error: x"),
        (
            "get() { return 'y'.repeat(1e7) }",
            "hooks/under-test.js: Error: x",
        ),
        (
            "value: { toString() { throw 1 } }",
            "hooks/under-test.js: Error: x",
        ),
        (
            "value: '    at evil (hook.js:99:1)\\n'.repeat(1e5)",
            "hooks/under-test.js: Error: x",
        ),
        (
            "value: 'at a (hook.js:4294967295:1)\\nat b (hook.js:1:4294967295)\\nat c (hook.js:0:0)'",
            "hooks/under-test.js: Error: x",
        ),
        (
            "value: 'at evil (hook.js:2:1)\\n'.repeat(1e5)",
            "hooks/under-test.js:2:1: Error: x\n  const error = new Error('x');\n  ^\n  at evil (hooks/under-test.js:2:1), 32 times",
        ),
        (
            "value: 'at ' + 'f'.repeat(3000) + ' (hook.js:1:1)\\nat g (hook.js:2:1)'",
            "hooks/under-test.js:1:1: Error: x\n  export default () => {\n  ^\n  at FFF… (hooks/under-test.js:1:1)\n  at g (hooks/under-test.js:2:1)",
        ),
    ] {
        let source = format!(
            "export default () => {{\nconst error = new Error('x');\nObject.defineProperty(error, 'stack', {{ {stack} }});\nthrow error; }}"
        );
        let expected = expected.replace("FFF", &"f".repeat(128));
        assert_eq!(said(script(&source)).await, expected, "{stack}");
    }
    for prepare in [
        "() => { throw 1 }",
        "() => 'y'.repeat(1e7)",
        "(error, calls) => calls",
        "() => Error.prepareStackTrace",
    ] {
        let source = format!(
            "Error.prepareStackTrace = {prepare};\nexport default async () => {{ await fetch('https://a.test/'); }}"
        );
        let text = said(script(&source)).await;
        assert!(
            text.starts_with("hooks/under-test.js: TypeError: fetch failed: ") && text.len() < 500,
            "{prepare}: {text}"
        );
    }
}

async fn names_of_functions_do_not_show_secrets() {
    let source = "export default (event, hook) => {
      const { [hook.secrets.Token]: leak } = { [hook.secrets.Token]() { throw new Error('x') } };
      const { [hook.secrets.Token + 'y'.repeat(200)]: long } = { [hook.secrets.Token + 'y'.repeat(200)]() { leak() } };
      const cut = 'z'.repeat(110) + hook.secrets.Token;
      ({ [cut]() { long() } })[cut]();
    }";
    let mut run = script(source);
    run.secrets = vec![("Token", "s3cr3t-value-that-is-long")];
    let text = said(run).await;
    assert!(text.contains("\n  at [redacted] (hooks/"), "{text}");
    assert!(!text.contains("s3cr3t"), "{text}");
}

async fn columns_count_characters_and_carets_cells() {
    let source = "export default (event) => {\n  const greeting = 'Grüße 😀 日本'; return event.nothing.here; }";
    assert_eq!(
        said(script(source)).await,
        "hooks/under-test.js:2:41: TypeError: cannot read property 'here' of undefined
  const greeting = 'Grüße 😀 日本'; return event.nothing.here; }
                                           ^"
    );
}

async fn a_logged_stack_trace_is_that_of_the_author() {
    const HANDLER: &str = "class Mine extends Error {
  constructor(text) { super(text); this.name = 'Mine'; Error.captureStackTrace(this, Mine); }
}
const fail = (error) => { throw error };
SET async () => {
  console.log(new RangeError('x').stack);
  try { [1].map(() => fail(new Mine('y'))) } catch (error) { console.error(error) }
  try { null.z } catch (error) { console.log(error, error.stack.split(': ')[0]) }
  const set = new Error('old'); set.stack = 'of the script';
  const plain = {}; Error.captureStackTrace(plain);
  console.log(set.stack, Object.hasOwn(new Error('x'), 'stack'), plain.stack);
  return {};
};";
    for (set, name) in [
        ("export default", "default"),
        ("module.exports =", "<anonymous>"),
    ] {
        let source = HANDLER.replace("SET", set);
        let run = script(&source).limit(Duration::from_secs(2));
        let log = run.on(&sandbox()).await.expect("a reply").log;
        let at =
            |line: u32, column: u32| format!("    at {name} (hooks/under-test.js:{line}:{column})");
        let expected = [
            "RangeError: x".to_owned(),
            at(6, 19),
            "error: Mine: y".to_owned(),
            "error:     at <anonymous> (hooks/under-test.js:7:32)".to_owned(),
            "error:     at map (native)".to_owned(),
            format!("error: {}", at(7, 13)),
            "TypeError: cannot read property 'z' of null".to_owned(),
            format!("{} TypeError", at(8, 9)),
            "of the script false Error".to_owned(),
            at(10, 45),
        ];
        assert_eq!(log, expected, "{set}");
    }
}

async fn a_pattern_that_fails_is_where_it_is_written() {
    const OBJECT: &str = "TypeError: undefined or null cannot be destructured";
    for (body, line, column, expected) in [
        (
            "console.log('before');\n  const { street } = event.customer?.address;",
            2,
            9,
            OBJECT,
        ),
        (
            "console.log('before');\n  const [first] = event.nothing;",
            2,
            9,
            "TypeError: undefined is not iterable",
        ),
        (
            "console.log('before');\n  for (const { b } of [{}, null]) b;",
            2,
            14,
            OBJECT,
        ),
        ("let a;\n  ({ a } = event.nothing);", 2, 4, OBJECT),
        (
            "console.log('before');\n  const { a: { b }, c } = { c: 1 };",
            2,
            9,
            OBJECT,
        ),
        ("const { street } = event.customer?.address;", 1, 9, OBJECT),
        (
            "for (const [a] of [null]) a;",
            1,
            14,
            "TypeError: null is not iterable",
        ),
        // These are where the interpreter says, whatever is written after them.
        (
            "Object.keys(event.nothing);\n  const { a } = {};",
            1,
            15,
            "TypeError: Cannot convert undefined or null to object",
        ),
        (
            "for (const x of event.nothing) x;\n  const [a] = [1];",
            1,
            19,
            "TypeError: undefined is not iterable",
        ),
    ] {
        let logged = format!(
            "export default async (event) => {{ try {{\n  {body}\n }} catch (error) {{ console.log(error) }} return {{}}; }}"
        );
        let run = script(&logged).limit(Duration::from_secs(2));
        let log = run.on(&sandbox()).await.expect("a reply").log;
        let place = format!("(hooks/under-test.js:{}:{column})", line + 1);
        let calls: Vec<_> = log
            .iter()
            .filter(|line| line.contains("under-test"))
            .collect();
        assert!(calls[0].ends_with(&place), "{logged}\n{log:?}");
        for set in ["export default", "module.exports ="] {
            let source = format!("{set} async (event) => {{ \n  {body}\n  return {{}};\n}}");
            let said = said(script(&source)).await;
            let place = format!("hooks/under-test.js:{}:{column}: {expected}\n", line + 1);
            assert!(said.starts_with(&place), "{source}\n{said}");
        }
    }
}

async fn an_error_of_a_class_of_the_script_is_where_it_was_thrown() {
    let source = "class Base extends Error {
  constructor(text) { super(text); this.name = 'Base'; }
}
class Refused extends Base {}
const refuse = () => { throw new Refused('no') };
export default () => {
  try { refuse() } catch (error) { console.log(error.stack) }
  refuse();
};";
    assert_eq!(
        said(script(source)).await,
        "hooks/under-test.js:5:34: Base: no
  const refuse = () => { throw new Refused('no') };
                                   ^
  at refuse (hooks/under-test.js:5:34)
  at default (hooks/under-test.js:8:3)"
    );
    let log = script(source).failure(&sandbox()).await.log;
    assert_eq!(log[0], "Base: no");
    assert_eq!(log[1], "    at refuse (hooks/under-test.js:5:34)");
    // A constructor that fails is where it fails.
    let own = "class Own extends Error { constructor() { super('x'); null.y; } }\nexport default () => { throw new Own() };";
    assert!(
        said(script(own))
            .await
            .starts_with("hooks/under-test.js:1:")
    );
}

async fn causes_are_told() {
    for (thrown, expected) in [
        (
            "new Error('cannot read', { cause: new TypeError('it is empty', { cause: 'a text' }) })",
            "Error: cannot read; caused by TypeError: it is empty; caused by the string \"a text\"\n",
        ),
        (
            "new AggregateError([new Error('one'), 2], 'both')",
            "AggregateError: both; 1: Error: one; 2: the number 2\n",
        ),
        (
            "Object.assign(new Error('as zod'), { errors: [{ message: 'one' }] })",
            "Error: as zod\n",
        ),
        (
            "(() => { const e = new Error('round'); e.cause = e; return e; })()",
            "Error: round; caused by Error: round; caused by",
        ),
        (
            "new Error('x', { cause: { get message() { throw 1 } } })",
            "Error: x; caused by an object without a message\n",
        ),
    ] {
        let said = said(script(&format!(
            "export default () => {{ throw {thrown} }};"
        )))
        .await;
        assert!(said.contains(expected), "{said}");
    }
}

async fn an_abort_is_logged_with_its_calls() {
    let source = "export default () => {
  console.log(new DOMException('stop', 'AbortError').stack);
  const controller = new AbortController();
  controller.abort();
  console.error(controller.signal.reason);
  console.log(DOMException.ABORT_ERR, controller.signal.reason instanceof DOMException, controller.signal.reason.constructor === DOMException);
  return {};
};";
    let run = script(source).limit(Duration::from_secs(2));
    let log = run.on(&sandbox()).await.expect("a reply").log;
    assert_eq!(
        log[..2],
        [
            "AbortError: stop",
            "    at default (hooks/under-test.js:2:19)"
        ]
    );
    assert!(
        log.iter()
            .any(|line| line.contains("(hooks/under-test.js:4:")),
        "{log:?}"
    );
    assert!(!log.iter().any(|line| line.contains("<null>")), "{log:?}");
    assert_eq!(log.last().map(String::as_str), Some("20 true true"));
}

async fn a_caret_stays_below_its_place_in_a_redacted_line() {
    let mut run = script(
        "export default (event, hook) => {\n  const headers = { authorization: `Bearer ${hook.secrets.Token}` }; throw new Error('here');\n};",
    );
    run.secrets = vec![("Token", "s3cr3t-value")];
    let said = said(run).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[1].contains("[redacted]"), "{said}");
    let place = lines[1].find("Error('here')").expect("the place");
    assert_eq!(lines[2].find('^'), Some(place), "{said}");
}
