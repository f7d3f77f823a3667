//! The sandbox as a whole: real processes, real sockets.
//!
//! The sandbox is its own program again, so this test has a `main` of its own; the standard harness has none to offer.

mod support;

mod commonjs;
mod confinement;
mod errors;
mod fetching;
mod hostile;
mod isolation;
mod language;
mod processes;
mod takeover;

use std::process::ExitCode;

fn main() -> ExitCode {
    hookpoint_script::run_if_sandbox();
    let mut arguments = libtest_mimic::Arguments::from_args();
    // Tests look at the process table and at the clock: one at a time.
    arguments.test_threads = Some(1);
    let tests = [
        commonjs::tests(),
        confinement::tests(),
        errors::tests(),
        fetching::tests(),
        hostile::tests(),
        isolation::tests(),
        language::tests(),
        processes::tests(),
        takeover::tests(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&arguments, tests).exit_code()
}
