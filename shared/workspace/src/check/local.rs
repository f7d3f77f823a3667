//! Settings for the laptop.

use ipnet::IpNet;
use url::Host;

use crate::{
    local::{DEFAULT_PORT, LocalSettings},
    problem::Problems,
    raw::{RawLocal, Text},
};

pub(super) fn check(raw: &RawLocal, problems: &mut Problems<'_>) -> LocalSettings {
    let mut port = DEFAULT_PORT;
    if let Some(number) = raw.port {
        match u16::try_from(number.value) {
            Ok(valid) => port = valid,
            Err(_) => problems.push(
                number.place,
                format!("there is no port {}", number.value),
                "choose a number up to 65535; 0 takes any free port",
            ),
        }
    }
    LocalSettings {
        port,
        allow_http_hosts: raw
            .http_hosts
            .iter()
            .filter_map(|host| check_host(host, problems))
            .collect(),
        allow_networks: raw
            .networks
            .iter()
            .filter_map(|network| check_network(network, problems))
            .collect(),
    }
}

/// A host name or an address, as it stands in a URL, without port, path or wildcard.
pub(super) fn check_host(text: &Text, problems: &mut Problems<'_>) -> Option<String> {
    let host = &text.value;
    let bracketed = format!("[{host}]");
    let parsed = Host::parse(if host.contains("::") {
        &bracketed
    } else {
        host
    });
    let is_plain = parsed.as_ref().is_ok_and(|parsed| match parsed {
        Host::Domain(name) => name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    });
    match parsed {
        Ok(parsed) if is_plain => Some(parsed.to_string().trim_matches(['[', ']']).to_owned()),
        _ => {
            problems.push(
                text.place,
                format!("`{host}` is not a host"),
                "write one host name or address, without scheme, port, path or `*`: `api.example.com`",
            );
            None
        }
    }
}

fn check_network(text: &Text, problems: &mut Problems<'_>) -> Option<IpNet> {
    let network = text.value.parse();
    if network.is_err() {
        problems.push(
            text.place,
            format!("`{}` is not a network", text.value),
            "write an address range in CIDR notation, such as `127.0.0.0/8` or `10.1.2.3/32`",
        );
    }
    network.ok()
}
