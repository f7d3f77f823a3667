//! What `hookpoint dev` and `hookpoint trigger` go by, and nothing else.

use hookpoint_engine::hook::egress::{Authority, EgressPolicy};
use ipnet::IpNet;

/// The port of the local server when the workspace names none.
pub const DEFAULT_PORT: u16 = 7450;

/// How many deliveries are attempted at once when the workspace does not say.
pub(crate) const DEFAULT_DELIVERIES_AT_ONCE: usize = 256;
/// The most that a workspace may ask for.
pub(crate) const MOST_DELIVERIES_AT_ONCE: usize = 4_096;

/// The section `local` of a workspace. It is never published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSettings {
    /// Where the local server listens; 0 takes any free port.
    pub port: u16,
    /// Hosts that may be spoken to without TLS.
    pub allow_http_hosts: Vec<String>,
    /// Networks that may be dialled though they are private or loopback.
    pub allow_networks: Vec<IpNet>,
    /// Certificate authorities that are trusted beside the public ones.
    pub authorities: Vec<Authority>,
    /// How many deliveries the worker attempts at once.
    pub deliveries_at_once: usize,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self {
            port: DEFAULT_PORT,
            allow_http_hosts: Vec::new(),
            allow_networks: Vec::new(),
            authorities: Vec::new(),
            deliveries_at_once: DEFAULT_DELIVERIES_AT_ONCE,
        }
    }
}

impl LocalSettings {
    /// Where hooks may connect to on this laptop.
    pub fn egress(&self) -> EgressPolicy {
        EgressPolicy {
            allowed_networks: self.allow_networks.clone(),
            http_hosts: self.allow_http_hosts.clone(),
            authorities: self.authorities.clone(),
        }
    }
}
