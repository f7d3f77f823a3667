//! Tests of the server with real sockets, real files, and scripts in real processes.
//!
//! The sandbox starts this program again, so this test has its own `main`, which the standard harness does not support.
#![expect(
    clippy::unwrap_used,
    reason = "a broken expectation must fail the test"
)]

mod client;
mod connection;
mod deliveries;
mod endpoint;
mod hanging_up;
mod outages;
mod refusals;
mod reloading;
mod sample;
mod scripts;
mod stray;

use std::{path::Path, process::ExitCode};

/// Lists the tests of a module, each with its own runtime.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn tests() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().rsplit("::").next().unwrap_or_default();
            vec![$(
                libtest_mimic::Trial::test(format!("{module}::{}", stringify!($name)), || {
                    crate::block_on($name());
                    Ok(())
                }),
            )*]
        }
    };
}
pub(crate) use tests;

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

fn main() -> ExitCode {
    let raw: Vec<_> = std::env::args().collect();
    if let [_, role, directory] = raw.as_slice()
        && role == outages::ROLE
    {
        block_on(outages::fill(Path::new(directory)));
        return ExitCode::SUCCESS;
    }
    let mut arguments = libtest_mimic::Arguments::from_args();
    // One test reads the process table.
    arguments.test_threads = Some(1);
    let tests = [
        deliveries::tests(),
        hanging_up::tests(),
        outages::tests(),
        refusals::tests(),
        reloading::tests(),
        sample::tests(),
        scripts::tests(),
        stray::tests(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&arguments, tests).exit_code()
}
