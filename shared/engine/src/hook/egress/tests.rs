//! The egress policy, checked against tables of addresses.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn an_inner_address_is_refused_in_every_form_and_a_public_one_in_none(bits in any::<u32>()) {
        let address = Ipv4Addr::from(bits);
        let policy = EgressPolicy::default();
        // Compared with the standard library, where that has a predicate.
        let inner = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
            || address.is_broadcast() || address.is_unspecified() || address.is_documentation();
        let refused = policy.check_address(address.into()).is_err();
        prop_assert!(refused || !inner, "{}", address);
        let [a, b, c, d] = address.octets();
        let forms = [
            format!("https://{address}/"), format!("https://{bits}/"), format!("https://0x{bits:08x}/"), format!("https://0{a:o}.0{b:o}.0{c:o}.0{d:o}/"),
            format!("https://[::ffff:{address}]/"), format!("https://[64:ff9b::{address}]/"), format!("https://[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]/"),
        ];
        for form in forms {
            prop_assert_eq!(policy.check_url(&Url::parse(&form).unwrap()).is_err(), refused, "{}", form);
        }
    }
}

fn refuses(policy: &EgressPolicy, url: &str) -> bool {
    Url::parse(url).map_or(true, |url| policy.check_url(&url).is_err())
}

#[test]
fn every_special_network_is_readable() {
    for (network, _) in SPECIAL_V4.iter().chain(SPECIAL_V6) {
        network
            .parse::<IpNet>()
            .unwrap_or_else(|error| panic!("{network}: {error}"));
    }
    assert_eq!(special_kind("93.184.216.34".parse().unwrap()), None);
    assert_eq!(special_kind("2606:4700::6810:84e5".parse().unwrap()), None);
}

#[test]
fn a_listed_http_host_is_still_refused_when_its_address_is_an_inner_one() {
    // Both schemes and the host are allowed, so that only the address can be refused.
    for address in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.127.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::7f00:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:0:127.0.0.1]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[2001:db8::5efe:7f00:1]",
        "[2606:4700::200:5efe:a00:1]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
    ] {
        let url = format!("https://{address}/");
        let parsed = Url::parse(&url).unwrap();
        let error = EgressPolicy::default().check_url(&parsed).expect_err(&url);
        assert!(
            matches!(error, EgressError::Address { .. }),
            "{url}: {error}"
        );
    }
}

#[test]
fn the_operator_can_open_a_network_and_a_host_and_nothing_else_opens() {
    let policy = EgressPolicy {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        http_hosts: vec!["127.0.0.1".to_owned(), "Intranet.Example".to_owned()],
        ..EgressPolicy::default()
    };
    assert!(!refuses(&policy, "http://127.0.0.1:8080/x"));
    assert!(!refuses(&policy, "https://127.0.0.2/x"));
    assert!(!refuses(&policy, "http://intranet.example/x"));
    assert!(
        refuses(&policy, "http://127.0.0.2/x"),
        "http is allowed for the listed host only"
    );
    assert!(refuses(&policy, "https://10.0.0.1/"));
    assert!(
        refuses(&policy, "https://user@127.0.0.1/"),
        "credentials are refused everywhere"
    );
    assert!(refuses(&policy, "http://example.com/"));
    assert!(!refuses(&policy, "https://example.com/"));
    assert!(refuses(&policy, "file:///etc/passwd"));
}

#[test]
fn messages_say_what_to_do() {
    let error = EgressPolicy::default()
        .check_url(&Url::parse("https://10.0.0.1/?token=s3cr3t").unwrap())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "address `10.0.0.1` is private; to allow it, list its network in `HOOKPOINT_ALLOWED_NETWORKS` (on a laptop: `local.allow: [127.0.0.1:3000]` of hookpoint.yaml, with your address and port, and the address in the URL too)"
    );
}

#[test]
fn a_listed_host_is_one_host_in_its_one_spelling() {
    for (text, spelling) in [
        ("CRM.internal", Some("crm.internal")),
        ("b\u{fc}cher.example", Some("xn--bcher-kva.example")),
        ("10.1.2.3", Some("10.1.2.3")),
        ("::1", Some("::1")),
        ("[::1]", Some("::1")),
        ("2001:DB8:0:0:1:0:0:1", Some("2001:db8::1:0:0:1")),
        ("[2001:db8:1:2:3:4:5:6]", Some("2001:db8:1:2:3:4:5:6")),
        ("[10.1.2.3]", None),
        ("[::1", None),
        ("::1]", None),
        ("[::1]:8080", None),
        ("fe80::1%eth0", None),
        ("1:2:3", None),
        ("a.test:80", None),
        ("https://a.test", None),
        ("a.test/x", None),
        ("*.a.test", None),
        ("", None),
    ] {
        assert_eq!(super::host(text).as_deref(), spelling, "{text}");
    }
}

#[test]
fn http_is_allowed_to_a_listed_address_in_any_spelling() {
    for (listed, url, allowed) in [
        (
            "2001:4860:0:0:0:0:0:8888",
            "http://[2001:4860::8888]/",
            true,
        ),
        ("[2001:4860::8888]", "http://[2001:4860:0::8888]:81/", true),
        ("2001:4860::8888", "http://[2001:4860::8889]/", false),
        ("8.8.8.8", "http://0x08080808/", true),
        ("8.8.8.8", "http://[::ffff:8.8.8.8]/", false),
        ("::ffff:8.8.8.8", "http://[::ffff:808:808]/", true),
    ] {
        let policy = EgressPolicy {
            http_hosts: vec![listed.to_owned()],
            ..EgressPolicy::default()
        };
        let outcome = policy.check_url(&Url::parse(url).unwrap());
        assert_eq!(outcome.is_ok(), allowed, "{listed} {url}: {outcome:?}");
    }
}

#[test]
fn a_local_endpoint_opens_its_address_and_port_and_nothing_else() {
    let policy = EgressPolicy {
        local_endpoints: vec![
            "127.0.0.1:3000".parse().unwrap(),
            "[::1]:443".parse().unwrap(),
        ],
        ..EgressPolicy::default()
    };
    for open in [
        "http://127.0.0.1:3000/x",
        "https://127.0.0.1:3000/",
        "http://0x7f000001:3000/",
        "https://[::1]/",
    ] {
        assert!(!refuses(&policy, open), "{open}");
    }
    for closed in [
        "http://127.0.0.1/",
        "http://127.0.0.1:3001/",
        "https://127.0.0.1/",
        "http://127.0.0.2:3000/",
        "http://localhost:3000/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]:3000/",
        "http://user@127.0.0.1:3000/",
        "ftp://127.0.0.1:3000/",
        "http://example.com:3000/",
        "https://10.0.0.1:3000/",
    ] {
        assert!(refuses(&policy, closed), "{closed}");
    }
    // A name that resolves there is refused when it is dialled.
    assert!(policy.check_address("127.0.0.1".parse().unwrap()).is_err());
}
