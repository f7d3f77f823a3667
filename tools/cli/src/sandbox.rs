//! How strictly scripts are confined, as an option.

use clap::{Args, ValueEnum};
use hookpoint_devserver::SandboxPolicy;

/// The option of every command that compiles or runs scripts.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SandboxArguments {
    /// What to do with scripts where system calls cannot be filtered
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = Policy::Require)]
    sandbox: Policy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// Refuse them
    Require,
    /// Run them all the same, in a process of their own, and warn
    Prefer,
}

impl SandboxArguments {
    pub(crate) fn policy(self) -> SandboxPolicy {
        match self.sandbox {
            Policy::Require => SandboxPolicy::Require,
            Policy::Prefer => SandboxPolicy::Prefer,
        }
    }
}
