//! The sandbox as a whole: real scripts, real sockets.
//!
//! Has its own `main` because the tests watch the clock, threads and memory of this process: one runs at a time.

mod support;

mod ahead;
mod built_ins;
mod bundles;
mod bytecode;
mod callers;
mod commonjs;
mod deliveries;
mod errors;
mod fetching;
mod growth;
mod hostile;
mod isolation;
mod language;
mod memory;
mod refusals;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = libtest_mimic::Arguments::from_args();
    arguments.test_threads = Some(1);
    let tests = [
        ahead::tests(),
        built_ins::tests(),
        bundles::tests(),
        bytecode::tests(),
        callers::tests(),
        commonjs::tests(),
        deliveries::tests(),
        errors::tests(),
        fetching::tests(),
        growth::tests(),
        growth::long_tests(),
        hostile::tests(),
        isolation::tests(),
        language::tests(),
        memory::tests(),
        refusals::tests(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&arguments, tests).exit_code()
}
