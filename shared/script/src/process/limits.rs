//! The resource limits of a child.

use rustix::{
    io::Errno,
    process::{Resource, Rlimit, setrlimit},
};

/// The one descriptor of a child.
pub(crate) const CHILD_DESCRIPTOR: i32 = 3;

/// Address space beyond what the zygote had when it forked: the engine's 32 MB, its frames and the allocator's slack.
const EXTRA_ADDRESS_SPACE: u64 = 64 << 20;
/// No run lasts longer than 10 s; waiting as a spare uses no processor time.
const PROCESSOR_SECONDS: u64 = 12;

/// Limits what this process may still use, given its size in bytes.
pub(crate) fn apply(size: u64) -> Result<(), Errno> {
    let limits = [
        (Resource::As, size + EXTRA_ADDRESS_SPACE),
        (Resource::Cpu, PROCESSOR_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Memlock, 0),
        // `poll` refuses more entries than this, so it cannot be less than the one descriptor needs.
        (Resource::Nofile, CHILD_DESCRIPTOR.unsigned_abs().into()),
    ];
    for (resource, limit) in limits {
        setrlimit(
            resource,
            Rlimit {
                current: Some(limit),
                maximum: Some(limit),
            },
        )?;
    }
    Ok(())
}

/// The size of this process's address space, in bytes.
pub(crate) fn address_space() -> std::io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm
        .split_ascii_whitespace()
        .next()
        .and_then(|pages| pages.parse::<u64>().ok())
        .ok_or_else(|| std::io::Error::other("`/proc/self/statm` is unreadable"))?;
    Ok(pages * u64::try_from(rustix::param::page_size()).unwrap_or(4096))
}
