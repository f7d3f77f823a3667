//! Processes that are killed, disks that are full and directories that cannot be written: what needs a process of its own.
//!
//! The same program is the test and, with `--as`, the process that it starts.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on ends; with a `main` of its own, clippy does not see that this is one"
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
