//! Settings of `hookpoint dev` and `hookpoint trigger`.

use std::net::SocketAddr;

use hookpoint_engine::hook::egress::{Authority, EgressPolicy};
use ipnet::IpNet;

/// The default port of the local server.
pub const DEFAULT_PORT: u16 = 7450;

/// Default number of concurrent deliveries.
pub(crate) const DEFAULT_DELIVERIES_AT_ONCE: usize = 256;
/// Maximum number of concurrent deliveries.
pub(crate) const MOST_DELIVERIES_AT_ONCE: usize = 4_096;

/// The section `local` of a workspace. It is never published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSettings {
    /// The port of the local server; 0 takes any free one.
    pub port: u16,
    /// Addresses with their port that may be reached, also without TLS.
    pub allow: Vec<SocketAddr>,
    /// Hosts that may be reached without TLS.
    pub allow_http_hosts: Vec<String>,
    /// Private or loopback networks that may be reached.
    pub allow_networks: Vec<IpNet>,
    /// Certificate authorities trusted in addition to the public ones.
    pub authorities: Vec<Authority>,
    /// Number of concurrent deliveries.
    pub deliveries_at_once: usize,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self {
            port: DEFAULT_PORT,
            allow: Vec::new(),
            allow_http_hosts: Vec::new(),
            allow_networks: Vec::new(),
            authorities: Vec::new(),
            deliveries_at_once: DEFAULT_DELIVERIES_AT_ONCE,
        }
    }
}

impl LocalSettings {
    /// The egress policy on this laptop.
    pub fn egress(&self) -> EgressPolicy {
        EgressPolicy {
            allowed_networks: self.allow_networks.clone(),
            http_hosts: self.allow_http_hosts.clone(),
            authorities: self.authorities.clone(),
            local_endpoints: self.allow.clone(),
        }
    }
}
