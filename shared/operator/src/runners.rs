//! Runs hooks on this machine: the guarded client and the script sandbox, under one egress policy.

use std::{fmt, fs, sync::Arc};

use hookpoint_engine::{hook::egress::EgressPolicy, ports::WebhookRunner};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_webhook::{GuardedClient, WebhookHooks};

use crate::exchanges::Served;

/// Maximum memory for scripts. It limits concurrent runs to nineteen.
const MOST_MEMORY_MB: u64 = 1_024;

/// The runners of webhooks and scripts. Clones share them.
#[derive(Clone)]
pub struct LocalRunners {
    policy: EgressPolicy,
    webhooks: Arc<dyn WebhookRunner>,
    sandbox: Sandbox,
}

impl fmt::Debug for LocalRunners {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("LocalRunners");
        shown.field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl LocalRunners {
    /// Creates runners in which scripts fetch through the webhooks' client.
    pub fn new(policy: EgressPolicy) -> Self {
        let client = Arc::new(GuardedClient::new(policy.clone()));
        let options = SandboxOptions {
            memory_mb: memory_mb(),
            local_endpoints: policy.local_endpoints.clone(),
            ..SandboxOptions::default()
        };
        Self {
            policy,
            sandbox: Sandbox::new(&options, client.clone()),
            webhooks: Arc::new(WebhookHooks::new(client)),
        }
    }

    /// Creates runners whose requests are all served from a script.
    pub fn served(served: &Arc<Served>, policy: EgressPolicy) -> Self {
        let options = SandboxOptions {
            memory_mb: memory_mb(),
            local_endpoints: policy.local_endpoints.clone(),
            ..SandboxOptions::default()
        };
        Self {
            policy,
            sandbox: Sandbox::new(&options, served.clone()),
            webhooks: served.clone(),
        }
    }

    /// Where hooks may connect to.
    pub fn policy(&self) -> &EgressPolicy {
        &self.policy
    }

    /// The sandbox that runs scripts.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Converts them for the engine.
    pub fn into_engine(self) -> hookpoint_engine::Runners {
        hookpoint_engine::Runners::new(self.webhooks, Some(Arc::new(self.sandbox)), self.policy)
    }
}

/// Half of the machine's memory, at most [`MOST_MEMORY_MB`].
pub(crate) fn memory_mb() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    total_mb(&text).map_or(MOST_MEMORY_MB, |total| (total / 2).min(MOST_MEMORY_MB))
}

fn total_mb(text: &str) -> Option<u64> {
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_kernel_writes_it() {
        let text = "MemTotal:        2097152 kB\nMemFree:          123 kB\n";
        assert_eq!(total_mb(text), Some(2_048));
        for strange in ["", "MemTotal: much", "MemTotal: 12 MB"] {
            assert_eq!(total_mb(strange), None, "{strange}");
        }
    }
}
