//! Many runs: memory does not grow, no run sees another, and templates hold only what they may.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hookpoint_script::{Sandbox, SandboxOptions};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    GROWTH_LIMIT, block_on, hook, resident, sandbox, script, server::HttpFetch, tests,
};

tests![
    a_thousand_runs_under_memory_pressure_succeed,
    ten_thousand_runs_leave_no_memory_behind,
    nothing_of_one_run_shows_in_another,
    randomness_differs_in_every_run_of_a_prepared_hook,
    a_top_level_that_depends_on_the_run_is_evaluated_in_each,
    a_pure_top_level_is_evaluated_once_and_never_changed,
    prepared_hooks_are_bounded_by_count_and_bytes,
];

/// Runs only on request: takes a minute.
pub(crate) fn long_tests() -> Vec<Trial> {
    let long = || {
        block_on(runs_leave_no_memory_behind(100_000));
        Ok(())
    };
    vec![
        Trial::test(
            "growth::a_hundred_thousand_runs_leave_no_memory_behind",
            long,
        )
        .with_ignored_flag(true),
    ]
}

fn copying() -> Sandbox {
    Sandbox::copying(&SandboxOptions::default(), Arc::new(HttpFetch))
}

/// One sandbox that maps templates if possible, and one that copies them.
fn sandboxes() -> [Sandbox; 2] {
    [sandbox(), copying()]
}

/// A top level of some size, and work that allocates.
const WORKING: &str = "
    const table = Array.from({ length: 2000 }, (_, index) => ({ index, name: `entry-${index}` }));
    export default (event) => {
      const words = [];
      for (let index = 0; index < 50; index += 1) words.push(table[(event.number * 7 + index) % 2000].name.repeat(20));
      return { context: { number: event.number, length: words.join().length, first: words[0].slice(0, 8) } };
    }";

async fn a_thousand_runs_under_memory_pressure_succeed() {
    const CHUNK: usize = 1 << 20;
    const CHUNKS: usize = 96;
    let done = Arc::new(AtomicBool::new(false));
    let pressing = {
        let done = Arc::clone(&done);
        std::thread::spawn(move || {
            let mut held = std::collections::VecDeque::new();
            let mut allocated = 0_usize;
            while !done.load(Ordering::Relaxed) {
                // Written to be resident.
                held.push_back(vec![0xa5_u8; CHUNK - (allocated % 7) * 4096]);
                allocated += 1;
                if held.len() > CHUNKS {
                    held.drain(..CHUNKS / 2);
                }
            }
            allocated
        })
    };
    for sandbox in sandboxes() {
        let expected = script(WORKING).event(json!({ "number": 3 }));
        let expected = expected.response(&sandbox).await;
        for round in 0..125 {
            let runs = (0..4).map(|_| {
                let sandbox = sandbox.clone();
                async move {
                    let run = script(WORKING).event(json!({ "number": 3 }));
                    run.limit(Duration::from_secs(20)).response(&sandbox).await
                }
            });
            for response in futures::future::join_all(runs).await {
                assert_eq!(response, expected, "{round}");
            }
        }
    }
    done.store(true, Ordering::Relaxed);
    let allocated = pressing.join().expect("it presses");
    assert!(allocated > CHUNKS, "{allocated} allocations press little");
}

async fn ten_thousand_runs_leave_no_memory_behind() {
    runs_leave_no_memory_behind(10_000).await;
}

async fn runs_leave_no_memory_behind(count: usize) {
    for (way, sandbox) in ["mapped", "copied"].into_iter().zip(sandboxes()) {
        let run = script(WORKING).event(json!({ "number": 3 }));
        let fails = script("export default () => { throw new Error('as it must') }");
        let mut before = 0;
        for number in 0..count / 2 {
            if number == 500 {
                before = resident();
            }
            if number % 50 == 49 {
                fails.failure(&sandbox).await;
            } else {
                run.response(&sandbox).await;
            }
        }
        let after = resident();
        eprintln!(
            "{way}: {} runs, {} KB before, {} KB after",
            count / 2,
            before / 1024,
            after / 1024
        );
        assert!(
            after < before + GROWTH_LIMIT,
            "{way}: from {before} to {after} bytes"
        );
    }
}

/// Looks for a word everywhere a script can look, and leaves its own there.
const LOOKING: &str = "
    const cache = new Map();
    let last = null;
    export default (event, hook) => {
      const places = { cache: [...cache.values()].join(), last, own: Object.getOwnPropertyNames(globalThis).join(),
        leak: globalThis.leak, polluted: ({}).polluted, pattern: RegExp.$1 ?? '', symbol: String(Symbol.for('kept').kept),
        fetch: String(fetch.kept), stack: new Error().stack, bytes: new TextDecoder().decode(new Uint8Array(50_000)),
        variables: JSON.stringify(hook.variables), secrets: Object.values(hook.secrets).join() };
      const text = Object.values(places).join('|');
      const own = event.canary;
      const others = (text.match(/canary-\\d+/g) ?? []).filter((found) => found !== own && !hook.secrets.Token.startsWith(found));
      cache.set(own, own); last = own; globalThis.leak = own; globalThis[own] = own; Object.prototype.polluted = own; fetch.kept = own;
      /(canary-\\d+)/.test(own);
      console.log('seen by', own, hook.secrets.Token);
      globalThis.heap = Array.from({ length: 2000 }, (_, index) => own + index);
      return { context: { own, others } };
    }";

async fn nothing_of_one_run_shows_in_another() {
    for sandbox in sandboxes() {
        for number in 0..200 {
            let canary = format!("canary-{number}");
            let secret: &'static str = format!("canary-{number}-secret-value").leak();
            let mut run = script(LOOKING).event(json!({ "canary": canary }));
            run.secrets = vec![("Token", secret)];
            run.variables = vec![("Word".to_owned(), canary.clone())];
            let reply = run.on(&sandbox).await.expect("a response");
            assert_eq!(
                Value::Object(reply.response),
                json!({ "context": { "own": canary, "others": [] } })
            );
            let [line] = &reply.log[..] else {
                panic!("one line of this run: {:?}", reply.log);
            };
            assert!(line.contains(&format!("seen by {canary} ")), "{line}");
            assert!(!line.contains("secret-value"), "{line}");
        }
        assert_eq!(sandbox.prepared().0, 1);
    }
}

/// Values drawn in each of many runs, all different.
async fn draws_anew(source: &str) {
    for sandbox in sandboxes() {
        let run = script(source);
        let mut seen = HashSet::new();
        for number in 0..100 {
            let drawn = run.response(&sandbox).await["context"]["drawn"].clone();
            let drawn = drawn.as_array().expect("a list").clone();
            assert!(!drawn.is_empty());
            for value in drawn {
                let text = value.to_string();
                assert!(text.len() > 8, "{text} is little randomness");
                assert!(seen.insert(text), "{number}: {value} was drawn before");
            }
        }
    }
}

async fn randomness_differs_in_every_run_of_a_prepared_hook() {
    const DRAWING: &str = "[Math.random(), Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(16))].join(),
        require('crypto').randomBytes(16).toString('hex')]";
    // The top level is pure and part of the template, and has used the functions' objects.
    draws_anew(&format!(
        "const random = Math.random, uuid = crypto.randomUUID.bind(crypto);
         const table = Array.from({{ length: 500 }}, (_, index) => index * index);
         module.exports = async () => ({{ context: {{ drawn: {DRAWING}.concat(random(), uuid()) }} }})"
    ))
    .await;
    // The top level itself draws.
    draws_anew(&format!(
        "const drawn = {DRAWING};
         module.exports = async () => ({{ context: {{ drawn }} }})"
    ))
    .await;
}

/// Contexts of two runs of a prepared hook, some milliseconds apart.
async fn twice(sandbox: &Sandbox, source: &str) -> [Value; 2] {
    let mut run = script(source);
    sandbox.prepare(&run.hook).await;
    assert_eq!(sandbox.prepared().0, 1, "{source}");
    let mut contexts = Vec::new();
    for word in ["one", "two"] {
        run.variables = vec![("Word".to_owned(), word.to_owned())];
        contexts.push(run.response(sandbox).await["context"].clone());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    [contexts[0].clone(), contexts[1].clone()]
}

async fn a_top_level_that_depends_on_the_run_is_evaluated_in_each() {
    for expression in [
        "Math.random()",
        "crypto.randomUUID()",
        "[...crypto.getRandomValues(new Uint8Array(8))]",
        "Date.now()",
        "new Date().toISOString()",
        "performance.now()",
        "new Map([['a', [1, Math.random()]]]).get('a')[1]",
        "(() => { try { return Date.now() } catch { return 0 } })()",
        "hook.variables.Word",
        "globalThis.hook.variables.Word",
    ] {
        // A module gets `hook` only as its second argument.
        let forms: &[&str] = if expression.contains("hook") {
            &["module.exports ="]
        } else {
            &["module.exports =", "export default"]
        };
        for form in forms {
            let source = format!(
                "const value = {expression};\n{form} async () => ({{ context: {{ value }} }})"
            );
            for sandbox in sandboxes() {
                let [first, second] = twice(&sandbox, &source).await;
                assert_ne!(first, second, "{source}");
            }
        }
    }
    for sandbox in sandboxes() {
        let run = script("console.log('top level');\nexport default () => ({})");
        sandbox.prepare(&run.hook).await;
        for _ in 0..3 {
            let log = run.on(&sandbox).await.expect("a response").log;
            assert_eq!(log.len(), 1, "{log:?}");
            assert!(log[0].contains("top level"), "{log:?}");
        }
    }
}

async fn a_pure_top_level_is_evaluated_once_and_never_changed() {
    const SLOW: &str = "
        let state = { sum: 0, list: [1, 2, 3] };
        for (let index = 0; index < 2_000_000; index += 1) state.sum = (state.sum * 31 + index) % 1_000_003;
        const before = state.sum;
        export default (event) => {
          const seen = { sum: state.sum, length: state.list.length, same: state.sum === before };
          state.sum = -1; state.list.push(4); state = { sum: -2, list: [] };
          return { context: seen };
        }";
    for sandbox in sandboxes() {
        let run = script(SLOW);
        let started = Instant::now();
        let first = run.response(&sandbox).await;
        let evaluating = started.elapsed();
        assert_eq!(first["context"]["length"], 3);
        assert_eq!(first["context"]["same"], true);
        let started = Instant::now();
        for _ in 0..10 {
            assert_eq!(run.response(&sandbox).await, first);
        }
        let ten_runs = started.elapsed();
        assert!(
            ten_runs < evaluating * 3,
            "ten runs took {ten_runs:?}, the first {evaluating:?}"
        );
        assert_eq!(sandbox.prepared().0, 1);
    }
}

async fn prepared_hooks_are_bounded_by_count_and_bytes() {
    let options = |memory_mb| SandboxOptions {
        memory_mb,
        ..SandboxOptions::default()
    };
    let many = Sandbox::new(&options(4096), Arc::new(HttpFetch));
    for number in 0..270 {
        let source = format!("export default () => ({{ context: {{ number: {number} }} }})");
        many.prepare(&hook(&format!("hook-{number}"), &source, &[]))
            .await;
        assert_eq!(many.prepared().0, (number + 1).min(256));
    }
    // An eighth of 64 MB; each of these holds more than one.
    let few = Sandbox::new(&options(64), Arc::new(HttpFetch));
    for number in 0..20 {
        let source = format!(
            "const held = Array.from({{ length: 60_000 }}, (_, index) => index + {number}.5);
             export default () => ({{ context: {{ first: held[0] }} }})"
        );
        let mut run = script(&source);
        run.hook = hook(&format!("hook-{number}"), &source, &[]);
        let expected = json!({ "context": { "first": f64::from(number) + 0.5 } });
        assert_eq!(run.response(&few).await, expected);
        let (count, bytes) = few.prepared();
        assert!(
            count >= 1 && bytes <= 8 << 20,
            "{count} hooks, {bytes} bytes"
        );
    }
    assert!(few.prepared().0 < 20, "{:?}", few.prepared());
    few.shutdown();
    assert_eq!(few.prepared(), (0, 0));
}
