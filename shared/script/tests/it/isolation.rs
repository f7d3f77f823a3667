//! Runs share nothing.

use std::{collections::HashSet, time::Duration};

use serde_json::json;

use crate::support::{sandbox, script, tests};

tests![
    globals_prototypes_and_timers_of_one_run_never_show_in_the_next,
    no_two_runs_draw_the_same_randomness,
    many_runs_at_once_get_each_its_own_answer,
];

async fn globals_prototypes_and_timers_of_one_run_never_show_in_the_next() {
    let sandbox = sandbox();
    let source = "
        let count = 0;
        export default (event) => {
          count += 1;
          const seen = { count, leak: typeof globalThis.leak, polluted: typeof ({}).polluted, json: JSON.stringify({ a: 1 }),
            url: new URL('https://a.test').href, push: [].push.name, timer: typeof globalThis.fired };
          globalThis.leak = 1;
          Object.prototype.polluted = true;
          JSON.stringify = () => 'broken';
          globalThis.URL = null;
          Array.prototype.push = function broken() {};
          setTimeout(() => { globalThis.fired = true }, 0);
          setInterval(() => { globalThis.fired = true }, 1);
          return { context: seen };
        }";
    let run = script(source);
    let first = run.response(&sandbox).await;
    for _ in 0..5 {
        assert_eq!(run.response(&sandbox).await, first);
    }
    assert_eq!(
        first["context"],
        json!({ "count": 1, "leak": "undefined", "polluted": "undefined", "json": "{\"a\":1}", "url": "https://a.test/",
            "push": "push", "timer": "undefined" })
    );
}

async fn no_two_runs_draw_the_same_randomness() {
    let sandbox = sandbox();
    let run = script(
        "export default () => ({ context: { all: [Math.random(), Math.random(), crypto.randomUUID(),
            [...crypto.getRandomValues(new Uint32Array(2))]].join() } })",
    );
    let mut seen = HashSet::new();
    for _ in 0..8 {
        let drawn = run.response(&sandbox).await["context"]["all"].to_string();
        for part in drawn.trim_matches('"').split(',') {
            assert!(seen.insert(part.to_owned()), "{part} was drawn before");
        }
    }
}

async fn many_runs_at_once_get_each_its_own_answer() {
    let sandbox = sandbox();
    let runs = (0..24).map(|number| {
        let sandbox = sandbox.clone();
        async move {
            script(
                "export default async (event) => {
                await new Promise((resolve) => setTimeout(resolve, 5));
                return { context: { number: event.number } } }",
            )
            .event(json!({ "number": number }))
            .limit(Duration::from_secs(20))
            .response(&sandbox)
            .await
        }
    });
    let answers = futures::future::join_all(runs).await;
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, json!({ "context": { "number": number } }));
    }
}
