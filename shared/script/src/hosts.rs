//! Which hosts a script may reach.

use std::net::SocketAddr;

use hookpoint_engine::hook::egress;
use url::{Host, Url};

/// Whether a declared host covers a URL. `api.example.com` covers any port, `api.example.com:8443` that one,
/// `*.example.com` any subdomain. IPv6 addresses match in any spelling, with brackets if a port follows.
fn covers(declared: &str, url: &Url) -> bool {
    let Some(host) = url.host() else {
        return false;
    };
    let (name, port) = split_port(declared);
    if port.is_some_and(|port| url.port_or_known_default() != Some(port)) {
        return false;
    }
    match (name.strip_prefix("*."), &host) {
        (Some(parent), Host::Domain(host)) => {
            host.len() > parent.len() + 1
                && host
                    .strip_suffix(&parent.to_ascii_lowercase())
                    .is_some_and(|rest| rest.ends_with('.'))
        }
        (Some(_), _) => false,
        (None, host) => egress::names_host(name, host),
    }
}

/// The port of an IPv6 address follows the bracket.
fn split_port(declared: &str) -> (&str, Option<u16>) {
    match declared.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (declared, None),
        },
        _ => (declared, None),
    }
}

/// Why a script may not reach a URL; `None` if it may.
pub(crate) fn refusal(hosts: &[String], local: &[SocketAddr], url: &Url) -> Option<String> {
    if !matches!(url.scheme(), "https" | "http") {
        return Some(format!("the scheme `{}` is not allowed", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("the URL carries a user name or password".to_owned());
    }
    if hosts.iter().any(|declared| covers(declared, url)) || egress::is_endpoint(local, url) {
        return None;
    }
    Some(format!(
        "the hook does not declare the host `{}`; add it to the hook's `hosts`",
        url.host_str().unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_hosts_are_reached() {
        let hosts = [
            "api.example.com".to_owned(),
            "*.crm.example".to_owned(),
            "localhost:8080".to_owned(),
            "[::1]:9000".to_owned(),
            "2001:db8::7".to_owned(),
            "[fd00::1]".to_owned(),
            "2001:DB8:0:0:1:0:0:1".to_owned(),
            "::ffff:192.0.2.1".to_owned(),
            "192.0.2.9".to_owned(),
        ];
        for (url, allowed) in [
            ("https://api.example.com/v1", true),
            ("https://API.EXAMPLE.COM:8443/", true),
            ("https://example.com/", false),
            ("https://api.example.com.evil.test/", false),
            ("https://evilapi.example.com/", false),
            ("https://eu.crm.example/", true),
            ("https://a.b.crm.example/", true),
            ("https://crm.example/", false),
            ("https://evilcrm.example/", false),
            ("http://localhost:8080/x", true),
            ("http://localhost/x", false),
            ("http://[::1]:9000/", true),
            ("http://[::1]:9001/", false),
            ("https://[2001:db8::7]/", true),
            ("https://[2001:0db8:0::0007]:8443/", true),
            ("https://[2001:db8::8]/", false),
            ("https://[fd00::1]/", true),
            ("https://[fd00::1]:444/", true),
            ("https://[2001:db8:0:0:1::1]/", true),
            ("https://[::ffff:c000:201]/", true),
            ("https://192.0.2.9/", true),
            ("https://3221225993/", true),
            ("https://192.0.2.8/", false),
            ("https://user@api.example.com/", false),
            ("https://api.example.com@evil.test/", false),
            ("ftp://api.example.com/", false),
            ("file:///etc/passwd", false),
            ("data:text/plain,x", false),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(refusal(&hosts, &[], &parsed).is_none(), allowed, "{url}");
        }
        let url = Url::parse("https://api.example.com/").unwrap();
        assert!(refusal(&[], &[], &url).is_some());
    }
}
