//! Errors of `--stack`. The tests of whole stacks cover its use.

use super::{Bench, TABLE};

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_cannot_tell_where_things_are_is_named_with_the_reason() {
    let bench = Bench::start().await;
    let refused = |arguments: &str, where_to: &[&str]| {
        let run = bench.run_with(arguments, where_to);
        assert_eq!(run.code, Some(2), "{arguments}\n{}", run.stdout);
        run.stderr
    };
    for command in ["applications list", "dead-letters list"] {
        let error = refused(command, &["--stack", "nowhere"]);
        for part in ["`nowhere`", "eu-central-1", "does not exist"] {
            assert!(error.contains(part), "{error}");
        }
    }
    for (command, other) in [
        ("applications list", ["--table", TABLE]),
        (
            "dead-letters list",
            ["--queue-url", "https://queue.example/1"],
        ),
    ] {
        let error = refused(command, &["--stack", "hookpoint", other[0], other[1]]);
        assert!(error.contains("cannot be used with"), "{error}");
    }
}
