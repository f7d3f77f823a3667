//! How much memory the program may take.

use std::{io, thread};

use hookpoint_bundler_protocol::MOST_MEMORY;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The stack of a thread in the program, as the command line sets it, in bytes.
const STACK: u64 = 64 * 1024 * 1024;
/// Threads beside those of tokio and rolldown, which have one for each processor.
const OTHER_THREADS: u64 = 16;

/// Limits the memory of this process: what is written by strangers may ask for more than the system has. An allocation beyond it aborts
/// the process. A lower limit stays.
///
/// # Errors
/// The system refuses.
pub fn limit_memory() -> io::Result<()> {
    let processors = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let limit = MOST_MEMORY + STACK * (2 * processors + OTHER_THREADS);
    let present = getrlimit(Resource::Data);
    let lower = |present: Option<u64>| Some(present.map_or(limit, |present| present.min(limit)));
    let limits = Rlimit {
        current: lower(present.current),
        maximum: lower(present.maximum),
    };
    Ok(setrlimit(Resource::Data, limits)?)
}
