//! Limits of a sandbox.

use std::net::SocketAddr;

/// Memory for the program itself; the rest is for runs.
const RESERVED_MEMORY_MB: u64 = 96;
/// Maximum memory of one run.
const RUN_MEMORY_MB: u64 = 48;

/// Options of a [`Sandbox`](crate::Sandbox).
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Memory of the whole program, in megabytes. Bounds concurrent runs and prepared hooks.
    pub memory_mb: u64,
    /// Addresses with a port that every script may reach, whatever hosts its hook declares. For an author's machine.
    pub local_endpoints: Vec<SocketAddr>,
    /// Whether the wall clock of a run shows the time of its beginning throughout. For tests.
    pub is_clock_stopped: bool,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            memory_mb: 512,
            local_endpoints: Vec::new(),
            is_clock_stopped: false,
        }
    }
}

/// Maximum bytes of prepared hooks: an eighth of the memory.
pub(crate) fn template_bytes(memory_mb: u64) -> usize {
    usize::try_from(memory_mb << 17).unwrap_or(usize::MAX)
}

/// Maximum concurrent runs.
pub(crate) fn capacity(memory_mb: u64) -> usize {
    let places = memory_mb.saturating_sub(RESERVED_MEMORY_MB) / RUN_MEMORY_MB;
    usize::try_from(places).unwrap_or(usize::MAX).clamp(1, 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_is_bounded_by_memory() {
        for (memory, places) in [(128, 1), (256, 3), (512, 8), (1024, 19), (0, 1)] {
            assert_eq!(capacity(memory), places, "{memory} MB");
        }
    }
}
