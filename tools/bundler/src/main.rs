//! `hookpoint-bundler`: bundles hooks for the command line, a request a line.

use std::{
    io::{self, BufReader},
    process::ExitCode,
};

fn main() -> ExitCode {
    // A system that refuses this limit has others.
    #[cfg(target_os = "linux")]
    let _ = hookpoint_bundler::limit_memory();
    let input = BufReader::new(io::stdin().lock());
    match hookpoint_bundler::serve(input, io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hookpoint-bundler: {error}");
            ExitCode::FAILURE
        }
    }
}
