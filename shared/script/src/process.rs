//! Processes, descriptors, limits and filters: the part that speaks to the kernel.

pub(crate) mod control;
pub(crate) mod filter;
pub(crate) mod fork;
pub(crate) mod handover;
pub(crate) mod limits;

/// Now, on the clock that all processes share, in nanoseconds.
pub(crate) fn monotonic_nanoseconds() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // The monotonic clock starts at boot: neither part is ever negative.
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}
