//! The policy for outgoing connections; enforced elsewhere.
//!
//! There are two checks. [`EgressPolicy::check_url`] examines the URL (scheme, credentials, literal addresses) before
//! anything is sent. [`EgressPolicy::check_address`] examines every address about to be dialled, after name resolution,
//! so that a name that resolves to an internal address, even on a second look-up, is refused as well.

mod authority;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use thiserror::Error;
use url::{Host, Url};

pub use self::authority::{Authority, AuthorityError};

/// What the operator allows in addition to the public internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    /// Networks that may be dialled although they are private, loopback or otherwise special.
    pub allowed_networks: Vec<IpNet>,
    /// Hosts (names or addresses, without port) that may be reached without TLS.
    pub http_hosts: Vec<String>,
    /// Certificate authorities trusted in addition to the public ones.
    pub authorities: Vec<Authority>,
    /// Literal addresses with a port that may be reached, also without TLS. For an author's machine; no setting of a deployment fills it.
    pub local_endpoints: Vec<SocketAddr>,
}

/// Why a connection is refused. Messages show no more of the URL than its scheme, host or address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EgressError {
    /// The scheme is neither https nor, for a listed host, http.
    #[error("scheme `{0}` is not allowed; use https")]
    Scheme(String),
    /// Plain http to a host that is not listed.
    #[error("host `{0}` may only be reached by https; to allow http, list it in {remedy}", remedy = crate::hook::egress::HTTP_HOSTS_REMEDY)]
    PlainHttp(String),
    /// The URL has no host.
    #[error("the URL has no host")]
    NoHost,
    /// The URL contains a user name or password.
    #[error("the URL carries credentials; send them in a header")]
    Credentials,
    /// The address is in a network that hooks may not reach.
    #[error("address `{address}` is {kind}; to allow it, list its network in {remedy}", remedy = crate::hook::egress::NETWORKS_REMEDY)]
    Address {
        /// The address, as it would be dialled.
        address: IpAddr,
        /// What kind of address it is.
        kind: &'static str,
    },
}

impl EgressError {
    /// The kind of refusal without any part of the URL, for URLs that contain a secret.
    pub fn summary(&self) -> &'static str {
        match self {
            Self::Scheme(_) => "its scheme is not https",
            Self::PlainHttp(_) => "its host may only be reached by https",
            Self::NoHost => "it has no host",
            Self::Credentials => "it carries credentials",
            Self::Address { .. } => "its address is in a network that hooks may not reach",
        }
    }
}
/// Where operators list hosts for plain http, for messages.
pub const HTTP_HOSTS_REMEDY: &str = "`HOOKPOINT_ALLOWED_HTTP_HOSTS` (on a laptop: `local.allowHttpHosts` of hookpoint.yaml, or `local.allow` for an address with its port)";
/// Where operators list networks, for messages.
pub const NETWORKS_REMEDY: &str = "`HOOKPOINT_ALLOWED_NETWORKS` (on a laptop: `local.allow: [127.0.0.1:3000]` of hookpoint.yaml, with your address and port, and the address in the URL too)";

impl EgressPolicy {
    /// Checks a URL's scheme, credentials, host and literal address.
    pub fn check_url(&self, url: &Url) -> Result<(), EgressError> {
        if !matches!(url.scheme(), "https" | "http") {
            return Err(EgressError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::Credentials);
        }
        if is_endpoint(&self.local_endpoints, url) {
            return Ok(());
        }
        match url.host() {
            None => return Err(EgressError::NoHost),
            Some(Host::Ipv4(address)) => self.check_address(address.into())?,
            Some(Host::Ipv6(address)) => self.check_address(address.into())?,
            Some(Host::Domain(name)) => self.check_name(name)?,
        }
        let listed = url
            .host()
            .is_some_and(|host| self.http_hosts.iter().any(|text| names_host(text, &host)));
        if url.scheme() == "http" && !listed {
            let host = url.host_str().unwrap_or_default();
            return Err(EgressError::PlainHttp(host.to_owned()));
        }
        Ok(())
    }

    /// Checks an address that is about to be dialled.
    pub fn check_address(&self, address: IpAddr) -> Result<(), EgressError> {
        if self
            .allowed_networks
            .iter()
            .any(|network| network.contains(&address))
        {
            return Ok(());
        }
        match special_kind(address) {
            Some(kind) => Err(EgressError::Address { address, kind }),
            None => Ok(()),
        }
    }

    /// `localhost` and names below it are loopback by definition (RFC 6761, section 6.3).
    fn check_name(&self, name: &str) -> Result<(), EgressError> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") {
            self.check_address(Ipv4Addr::LOCALHOST.into())?;
        }
        Ok(())
    }
}

/// Whether a URL leads to one of these addresses and its port. A name does not, whatever it resolves to.
pub fn is_endpoint(endpoints: &[SocketAddr], url: &Url) -> bool {
    let address: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain(_)) | None => return false,
    };
    url.port_or_known_default()
        .is_some_and(|port| endpoints.contains(&SocketAddr::new(address, port)))
}

/// The canonical form of a listed host: a name in lower case, or an address without brackets. `None` when the text is
/// neither or contains more than a host.
pub fn host(text: &str) -> Option<String> {
    if let Some(address) = address(text) {
        return Some(address.to_string());
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) => name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
            .then_some(name),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// Whether a listed host matches the host of a URL. Addresses match in any spelling.
pub fn names_host(text: &str, host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case(text),
        Host::Ipv4(host) => address(text) == Some(IpAddr::V4(*host)),
        Host::Ipv6(host) => address(text) == Some(IpAddr::V6(*host)),
    }
}

/// Parses an address; an IPv6 address may have the brackets used in URLs.
fn address(text: &str) -> Option<IpAddr> {
    match text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
    {
        Some(text) => text.parse().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

/// IANA's special-purpose registries (RFC 6890 and its successors), except for globally reachable networks.
const SPECIAL_V4: &[(&str, &str)] = &[
    ("0.0.0.0/8", "on this host"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a carrier (CGNAT)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local (used by metadata services)"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "reserved for documentation"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved for benchmarks"),
    ("198.51.100.0/24", "reserved for documentation"),
    ("203.0.113.0/24", "reserved for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved or broadcast"),
];

const SPECIAL_V6: &[(&str, &str)] = &[
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b:1::/48", "a local translation prefix"),
    ("100::/64", "a discard prefix"),
    ("2001::/23", "reserved for protocols"),
    ("2001:db8::/32", "reserved for documentation"),
    ("3fff::/20", "reserved for documentation"),
    ("5f00::/16", "reserved for segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

/// Why an address is not an ordinary public one, or `None` if it is.
fn special_kind(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => listed(SPECIAL_V4, address.into()),
        IpAddr::V6(address) => listed(SPECIAL_V6, address.into()).or_else(|| {
            embedded_v4(address).and_then(|inner| {
                special_kind(inner.into()).map(|_| "an IPv6 form of an internal IPv4 address")
            })
        }),
    }
}

fn listed(table: &'static [(&str, &str)], address: IpAddr) -> Option<&'static str> {
    table.iter().find_map(|(network, kind)| {
        // Tests parse every entry; an unparsable one would safely refuse everything.
        let network: Result<IpNet, _> = network.parse();
        network
            .map_or(true, |network| network.contains(&address))
            .then_some(*kind)
    })
}

/// The IPv4 address embedded in an IPv6 address: mapped, compatible, NAT64 (RFC 6052), 6to4 (RFC 3056) or ISATAP (RFC
/// 5214).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..]
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
