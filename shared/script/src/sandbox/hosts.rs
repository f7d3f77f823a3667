//! Which hosts a script may reach.

use url::Url;

/// Whether a declared host covers a URL: `api.example.com` any port, `api.example.com:8443` that one, `*.example.com` any
/// name below.
fn covers(declared: &str, url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let (name, port) = split_port(declared);
    if port.is_some_and(|port| url.port_or_known_default() != Some(port)) {
        return false;
    }
    match name.strip_prefix("*.") {
        Some(parent) => {
            host.len() > parent.len() + 1
                && host
                    .strip_suffix(&parent.to_ascii_lowercase())
                    .is_some_and(|rest| rest.ends_with('.'))
        }
        None => host.eq_ignore_ascii_case(name),
    }
}

/// An IPv6 address has colons of its own; its port follows the bracket.
fn split_port(declared: &str) -> (&str, Option<u16>) {
    match declared.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (declared, None),
        },
        _ => (declared, None),
    }
}

/// Why a script may not reach a URL, if it may not.
pub(crate) fn refusal(hosts: &[String], url: &str) -> Option<String> {
    let Ok(parsed) = Url::parse(url) else {
        return Some("the URL is not valid".to_owned());
    };
    if !matches!(parsed.scheme(), "https" | "http") {
        return Some(format!("the scheme `{}` is not allowed", parsed.scheme()));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Some("the URL carries a user name or password".to_owned());
    }
    if hosts.iter().any(|declared| covers(declared, &parsed)) {
        return None;
    }
    Some(format!(
        "the hook does not declare the host `{}`; add it to the hook's `hosts`",
        parsed.host_str().unwrap_or_default()
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
            ("https://user@api.example.com/", false),
            ("https://api.example.com@evil.test/", false),
            ("ftp://api.example.com/", false),
            ("file:///etc/passwd", false),
            ("data:text/plain,x", false),
            ("//api.example.com", false),
            ("", false),
        ] {
            assert_eq!(refusal(&hosts, url).is_none(), allowed, "{url}");
        }
        assert!(refusal(&[], "https://api.example.com/").is_some());
    }
}
