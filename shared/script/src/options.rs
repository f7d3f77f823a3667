//! How much a sandbox may use.

/// What the program itself needs, of the memory it has; the rest is for runs.
const RESERVED_MEMORY_MB: u64 = 96;
/// What one run may come to need.
const RUN_MEMORY_MB: u64 = 48;

/// How a [`Sandbox`](crate::Sandbox) is to be.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The memory of the whole program, in megabytes. It bounds how many scripts run at once and how many are kept ready.
    pub memory_mb: u64,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self { memory_mb: 512 }
    }
}

/// How many bytes of prepared hooks are kept in so much memory: an eighth of it.
pub(crate) fn template_bytes(memory_mb: u64) -> usize {
    usize::try_from(memory_mb << 17).unwrap_or(usize::MAX)
}

/// How many scripts run at once in so much memory.
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
