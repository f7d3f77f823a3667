//! Built-in modules that runs load: later runs find them evaluated, and nothing else changes.

use serde_json::{Value, json};

use crate::support::{Run, eventually, sandbox, script, tests};

tests![
    modules_that_a_run_loads_are_part_of_the_template_of_later_runs,
    imports_of_a_top_level_that_depends_on_the_run_are_part_of_its_template,
    a_hook_that_loads_others_in_each_run_says_the_same_each_time,
];

/// Bytes of a template beyond those of a script that loads nothing.
const GROWTH: usize = 100 << 10;

async fn bytes_after_a_run(source: &str) -> usize {
    let (sandbox, run) = (sandbox(), script(source));
    run.response(&sandbox).await;
    sandbox.prepared().1
}

async fn modules_that_a_run_loads_are_part_of_the_template_of_later_runs() {
    let plain = "export default () => { console.log('a'); return {}; };";
    let plain = bytes_after_a_run(plain).await;
    let source = "export default (event) => { if (event.logs) console.log({ a: 1 }); return {}; };";
    let (sandbox, run) = (sandbox(), |logs: bool| {
        script(source).event(json!({ "logs": logs }))
    });
    run(false).response(&sandbox).await;
    assert!(sandbox.prepared().1 < plain + GROWTH);
    assert_eq!(log_of(&run(true), &sandbox).await, ["{ a: 1 }"]);
    eventually("the template has the module", || {
        sandbox.prepared().1 > plain + GROWTH
    })
    .await;
    for _ in 0..5 {
        assert_eq!(log_of(&run(true), &sandbox).await, ["{ a: 1 }"]);
    }
    assert_eq!(sandbox.prepared().0, 1);
}

async fn imports_of_a_top_level_that_depends_on_the_run_are_part_of_its_template() {
    let source = |import: &str, depends: &str| {
        format!(
            "{import} const at = {depends}; export default () => ({{ context: {{ at: at > 0 }} }});"
        )
    };
    let import = "import 'node:crypto';";
    let plain = bytes_after_a_run(&source("", "Date.now()")).await;
    let importing = bytes_after_a_run(&source(import, "Date.now()")).await;
    assert!(importing > plain + GROWTH, "{importing} after {plain}");
    // Modules that are only read take two thirds of what they take once they are evaluated.
    let evaluated = bytes_after_a_run(&source(import, "1")).await;
    assert!(importing > evaluated / 10 * 9, "{importing} of {evaluated}");
}

/// Loads as many modules as a template has lessons, and more.
const EACH_ANOTHER: &str = "
    let count = 0;
    export default async (event) => {
      const uses = [
        () => new Intl.NumberFormat('en').format(1234.5),
        () => require('node:util').inspect(new Map([[1, { a: [2] }]])),
        async () => Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(1))).toString('hex').slice(0, 8),
        () => structuredClone({ a: new Date(0) }).a.toISOString(),
        () => new FormData().get('none'),
        async () => (await new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.close(); } })).text()),
        () => require('node:crypto').createHash('sha1').update('a').digest('hex').slice(0, 8),
        () => typeof process.env,
        () => require('node:zlib').gunzipSync(require('node:zlib').gzipSync('z')).toString(),
      ];
      count += 1;
      const use = event.use === undefined ? uses : [uses[event.use]];
      return { context: { count, said: await Promise.all(use.map((use) => use())) } };
    };";

async fn a_hook_that_loads_others_in_each_run_says_the_same_each_time() {
    let sandbox = sandbox();
    let of = |event: Value| script(EACH_ANOTHER).event(event);
    let all = of(json!({})).response(&sandbox).await;
    let said = all["context"]["said"].as_array().expect("a list");
    assert_eq!(
        json!(said),
        json!([
            "1,234.5",
            "Map(1) { 1 => { a: [ 2 ] } }",
            "6e340b9c",
            "1970-01-01T00:00:00.000Z",
            null,
            "A",
            "86f7e437",
            "object",
            "z"
        ])
    );
    // A sandbox that learns them one by one.
    let other = crate::support::sandbox();
    for round in 0..2 {
        for (index, expected) in said.iter().enumerate() {
            let response = of(json!({ "use": index })).response(&other).await;
            let expected = json!({ "context": { "count": 1, "said": [expected] } });
            assert_eq!(response, expected, "{round}, {index}");
        }
    }
    assert_eq!(of(json!({})).response(&other).await, all);
    assert_eq!(other.prepared().0, 1);
}

async fn log_of(run: &Run, sandbox: &hookpoint_script::Sandbox) -> Vec<String> {
    run.on(sandbox).await.expect("a result").log
}
