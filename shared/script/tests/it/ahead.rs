//! Hooks that are prepared ahead of their runs.

use std::time::Duration;

use hookpoint_engine::{deadline::Deadline, hook::outcome::FailureClass, ports::ScriptRunner as _};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Run, eventually, sandbox, script, tests};

const LIMIT: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(100);

tests![
    an_expected_hook_is_prepared_before_it_runs,
    a_run_that_comes_during_the_preparation_is_like_any_other,
    a_preparation_without_end_ends_with_the_run_that_it_is_for,
];

fn counting() -> Run {
    script("let count = 0; export default () => ({ context: { count: ++count } })").limit(LIMIT)
}

async fn an_expected_hook_is_prepared_before_it_runs() {
    let (sandbox, run) = (sandbox(), counting());
    sandbox.expect_run_of(&run.hook, Deadline::after(Instant::now(), LIMIT));
    eventually("the hook is prepared", || sandbox.prepared().0 == 1).await;
    assert_eq!(
        run.response(&sandbox).await,
        json!({ "context": { "count": 1 } })
    );
}

async fn a_run_that_comes_during_the_preparation_is_like_any_other() {
    let (sandbox, run) = (sandbox(), counting());
    for _ in 0..3 {
        sandbox.expect_run_of(&run.hook, Deadline::after(Instant::now(), LIMIT));
        assert_eq!(
            run.response(&sandbox).await,
            json!({ "context": { "count": 1 } })
        );
    }
    assert_eq!(sandbox.prepared().0, 1);
}

async fn a_preparation_without_end_ends_with_the_run_that_it_is_for() {
    let sandbox = sandbox();
    // The interpreter is loaded.
    counting().response(&sandbox).await;
    let run = script("while (true) {} export default () => ({})").limit(SHORT);
    for _ in 0..=sandbox.capacity() {
        sandbox.expect_run_of(&run.hook, Deadline::after(Instant::now(), SHORT));
        let failure = run.failure(&sandbox).await;
        assert_eq!(failure.class, FailureClass::ScriptTimeout, "{failure}");
    }
    assert_eq!(
        counting().response(&sandbox).await,
        json!({ "context": { "count": 1 } })
    );
}
