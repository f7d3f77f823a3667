//! Checks of the section `local`.

use std::net::SocketAddr;

use hookpoint_engine::hook::egress::{self, Authority};
use ipnet::IpNet;
use url::Url;

use crate::{
    files::Files,
    local::{DEFAULT_DELIVERIES_AT_ONCE, DEFAULT_PORT, LocalSettings, MOST_DELIVERIES_AT_ONCE},
    problem::Problems,
    raw::{RawLocal, Text},
};

/// Maximum size of a certificate file. A bundle of all public authorities has half of it.
const AUTHORITIES_LIMIT: usize = 512 * 1024;

pub(super) fn check(
    raw: &RawLocal,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> LocalSettings {
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
    let mut deliveries_at_once = DEFAULT_DELIVERIES_AT_ONCE;
    if let Some(number) = raw.deliveries_at_once {
        match usize::try_from(number.value) {
            Ok(valid @ 1..=MOST_DELIVERIES_AT_ONCE) => deliveries_at_once = valid,
            _ => problems.push(
                number.place,
                format!("{} deliveries cannot be attempted at once", number.value),
                format!("choose a number from 1 to {MOST_DELIVERIES_AT_ONCE}, or leave it out for {DEFAULT_DELIVERIES_AT_ONCE}"),
            ),
        }
    }
    LocalSettings {
        port,
        deliveries_at_once,
        allow: raw
            .allow
            .iter()
            .filter_map(|endpoint| check_endpoint(endpoint, problems))
            .collect(),
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
        authorities: raw
            .authorities
            .iter()
            .flat_map(|file| read_authorities(file, files, problems))
            .collect(),
    }
}

/// Checks a host name or address, without port, path or wildcard.
pub(crate) fn check_host(text: &Text, problems: &mut Problems<'_>) -> Option<String> {
    let host = egress::host(&text.value);
    if host.is_none() {
        problems.push(
            text.place,
            format!("`{}` is not a host", text.value),
            meant_host(&text.value).map_or_else(
                || "write one host name or address, without scheme, port, path or `*`: `api.example.com`".to_owned(),
                |host| format!("write `{host}`, without scheme, port and path"),
            ),
        );
    }
    host
}

/// The host of a URL, or of a host with a port.
fn meant_host(text: &str) -> Option<String> {
    let url = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    egress::host(Url::parse(&url).ok()?.host_str()?)
}

/// An address and a port. A name could resolve to anything.
fn check_endpoint(text: &Text, problems: &mut Problems<'_>) -> Option<SocketAddr> {
    let endpoint = text.value.parse();
    if endpoint.is_err() {
        problems.push(
            text.place,
            format!("`{}` is not an address with a port", text.value),
            "write the address as digits, and its port: `127.0.0.1:3000` or `\"[::1]:3000\"`",
        );
    }
    endpoint.ok()
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

fn read_authorities(
    file: &Text,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Vec<Authority> {
    let Some(read) = files.read(file, AUTHORITIES_LIMIT, problems) else {
        return Vec::new();
    };
    Authority::from_pem(&read.text).unwrap_or_else(|error| {
        problems.push(
            file.place,
            format!("file `{}` {error}", file.value),
            "name a PEM file with the certificate of your authority, without keys",
        );
        Vec::new()
    })
}
