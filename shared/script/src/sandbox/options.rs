//! What a sandbox can be told, and what it says of itself.

use std::{fmt, path::PathBuf};

/// What the program itself needs, of the memory it has; the rest is for children.
const RESERVED_MEMORY_MB: u64 = 96;
/// What one child may come to need: the engine's limit and what is around it.
const CHILD_MEMORY_MB: u64 = 48;

/// Whether scripts may run where system calls cannot be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SandboxPolicy {
    /// No: they fail, and say why.
    #[default]
    Require,
    /// Yes, with a loud warning: for development.
    Prefer,
}

/// How scripts are confined here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SandboxMode {
    /// In a process of their own, with limits and a system call filter.
    Filtered,
    /// In a process of their own, with limits, but without a filter.
    Unfiltered,
    /// Not at all: they do not run.
    Unavailable,
}

impl SandboxMode {
    /// The name in logs and metrics (`sandbox.mode`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::Unfiltered => "unfiltered",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for SandboxMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How a [`Sandbox`](super::Sandbox) is to be.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// What to do without a system call filter.
    pub policy: SandboxPolicy,
    /// The memory of the whole program, in megabytes; it bounds how many scripts run at once.
    pub memory_mb: u64,
    /// Whether spare children are forked as soon as a run is over. Where the machine freezes after the answer, they are not:
    /// there [`Sandbox::replenish`](super::Sandbox::replenish) is called when there is time.
    pub replenish_after_run: bool,
    /// The program to start as the sandbox. `None`: this one, whose `main` must call [`crate::run_if_sandbox`]. For programs that cannot
    /// (a test harness), the path of one that does.
    pub program: Option<PathBuf>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            policy: SandboxPolicy::Require,
            memory_mb: 512,
            replenish_after_run: true,
            program: None,
        }
    }
}

/// How many scripts run at once in so much memory.
pub(super) fn capacity(memory_mb: u64) -> usize {
    let places = memory_mb.saturating_sub(RESERVED_MEMORY_MB) / CHILD_MEMORY_MB;
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
