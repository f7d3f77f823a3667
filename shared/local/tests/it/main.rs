//! Tests that need a process of their own: kills, full disks, read-only directories.
//!
//! With `--as`, this program is the process that the test starts.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first error; clippy does not recognise one with its own `main`"
)]

mod disk;
mod kill;
mod sample;
mod worker;

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, flag, role, directory] = arguments.as_slice()
        && flag == "--as"
    {
        let directory = Path::new(directory);
        match role.as_str() {
            "worker" => worker::run(directory),
            "filler" => disk::fill(directory),
            "intruder" => disk::intrude(directory),
            _ => panic!("there is no role `{role}`"),
        }
        return ExitCode::SUCCESS;
    }
    let trials = [kill::trials(), disk::trials()].into_iter().flatten();
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials.collect()).exit_code()
}
