//! Redaction of values in each spelling.

use proptest::prelude::*;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use super::*;

fn redaction(values: &[&str]) -> Redaction {
    let secrets: Vec<_> = values.iter().map(|value| Secret::new(*value)).collect();
    Redaction::new(&secrets)
}

#[test]
fn the_lines_of_a_key_are_found_one_by_one() {
    let redaction = redaction(&["-----BEGIN\nMIIEvQIBADANBg\n-----END"]);
    assert_eq!(
        redaction.apply("log: MIIEvQIBADANBg".to_owned()),
        "log: [redacted]"
    );
}

#[test]
fn secrets_are_replaced_longest_first() {
    let redaction = redaction(&["abcd", "abcd-efgh", "a"]);
    assert_eq!(
        redaction.apply("a abcd-efgh abcd".to_owned()),
        "a [redacted] [redacted]"
    );
}

#[test]
fn secrets_that_overlap_leave_no_ends_behind() {
    let redaction = redaction(&["abcd1234", "1234wxyz", "redacted"]);
    assert_eq!(redaction.apply("<abcd1234wxyz>".to_owned()), "<[redacted]>");
    assert_eq!(redaction.apply("abcd1234wx…".to_owned()), "[redacted]…");
}

/// As scripts write them into URLs and logs: the values are those of `encodeURIComponent`, `encodeURI`, `escape` and others.
#[test]
fn every_form_that_scripts_make_of_a_secret_for_urls_is_found() {
    let redaction = redaction(&["S3cr3t+Key!2026 a/b&c", "WÖRD-secret-123"]);
    for text in [
        "S3cr3t%2BKey!2026%20a%2Fb%26c",
        "S3cr3t+Key!2026%20a/b&c",
        "S3cr3t+Key%212026%20a/b%26c",
        "S3cr3t%2BKey%212026%20a%2Fb%26c",
        "S3cr3t%2BKey%212026+a%2Fb%26c",
        "s3cr3t%2bkey!2026%20a%2fb%26c",
        "W%C3%96RD-secret-123",
        "W%D6RD-secret-123",
        "WÖRD-SECRET-123",
        "wörd-secret-123",
    ] {
        assert_eq!(
            redaction.apply(format!("<{text}>")),
            "<[redacted]>",
            "{text}"
        );
    }
}

/// What error responses of servers in other languages echo.
#[test]
fn every_form_that_servers_make_of_a_secret_in_json_and_html_is_found() {
    let redaction = redaction(&["ab/cd+ef&'é<\"😀`=9"]);
    for text in [
        // json_encode, also with JSON_UNESCAPED_UNICODE
        r#"ab\/cd+ef&'\u00e9<\"\ud83d\ude00`=9"#,
        r#"ab\/cd+ef&'é<\"😀`=9"#,
        // json.dumps
        r#"ab/cd+ef&'\u00e9<\"\ud83d\ude00`=9"#,
        // System.Text.Json
        r"ab/cd\u002Bef\u0026\u0027\u00E9\u003C\u0022\uD83D\uDE00\u0060=9",
        // encoding/json, and Gson
        r#"ab/cd+ef\u0026'é\u003c\"😀`=9"#,
        r#"ab/cd+ef\u0026\u0027é\u003c\"😀`\u003d9"#,
        // escape-html of Express, html/template, html.escape, htmlspecialchars, Mustache, Handlebars
        "ab/cd+ef&amp;&#39;é&lt;&quot;😀`=9",
        "ab/cd+ef&amp;&#39;é&lt;&#34;😀`=9",
        "ab/cd+ef&amp;&#x27;é&lt;&quot;😀`=9",
        "ab/cd+ef&amp;&#039;é&lt;&quot;😀`=9",
        "ab&#x2F;cd+ef&amp;&#39;é&lt;&quot;😀&#x60;&#x3D;9",
        "ab/cd+ef&amp;&#x27;é&lt;&quot;😀&#x60;&#x3D;9",
    ] {
        let redacted = redaction.apply(format!("({text})"));
        assert_eq!(redacted, "([redacted])", "{text}");
    }
}

#[test]
fn the_parts_of_a_secret_url_are_found_without_the_rest() {
    let of = |url: &str| Redaction::of_secrets(&[Secret::new(url)]);
    let found = of("https://hooks.example.com/services/T0/B0/tok-en?token=abcd1234&wait=true");
    for (text, expected) in [
        (
            "<pre>Cannot POST /services/T0/B0/tok-en</pre>",
            "<pre>Cannot POST [redacted]</pre>",
        ),
        (
            "POST https://hooks.example.com/services/T0/B0/tok-en was",
            "POST [redacted] was",
        ),
        (
            "no route \\/services\\/T0\\/B0\\/tok-en",
            "no route [redacted]",
        ),
        ("bad token abcd1234", "bad token [redacted]"),
        ("?token=abcd1234&wait=true", "?[redacted]"),
        // What is no secret by itself stays.
        (
            "hooks.example.com: services, wait=true",
            "hooks.example.com: services, wait=true",
        ),
    ] {
        assert_eq!(found.apply(text.to_owned()), expected);
    }
    let token = of("https://user:p4ssw0rd@example.com/v1/0123456789abcdef0123/x");
    for text in ["p4ssw0rd", "0123456789ABCDEF0123"] {
        assert_eq!(token.apply(text.to_owned()), REDACTED);
    }
    // Words would be replaced everywhere.
    for (url, words) in [
        (
            "https://example.com/customers",
            "example.com customers /customers",
        ),
        ("https://example.com/v1/graphql", "v1 graphql /v1/graphql"),
        (
            "https://example.com/hook?environment=production&region=eu-central-1&format=json",
            "production eu-central-1 json environment",
        ),
        ("https://shop@example.com/", "shop"),
    ] {
        assert_eq!(of(url).apply(words.to_owned()), words, "{url}");
    }
    // What customers type is searched for as it is.
    let typed = redaction(&["https://example.com/services/T0/B0?u=account1"]);
    let text = "/services/T0/B0 account1".to_owned();
    assert_eq!(typed.apply(text.clone()), text);
}

#[test]
fn every_form_that_formatting_makes_of_a_secret_is_found() {
    let secret = "{\"key\": \"a\\b\",\t\u{1}\n \"user\": \"é\u{202e}…\"}";
    let redaction = redaction(&[secret]);
    let json = serde_json::to_string(secret).unwrap();
    let json_twice = serde_json::to_string(&json).unwrap();
    for text in [
        secret.to_owned(),
        log_line(secret),
        one_line(secret),
        json.clone(),
        json_twice,
        log_line(&json),
        format!("{secret:?}"),
        format!("{json:?}"),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    ] {
        let redacted = redaction.apply(format!("<{text}>"));
        let rest = redacted.replace("[redacted]", "");
        assert!(
            rest.trim_matches(['<', '>', '"', '\\']).is_empty(),
            "{text} gave {redacted}"
        );
    }
}

#[test]
fn a_secret_is_found_as_a_url_spells_it() {
    for (secret, template) in [
        ("Crm.Example.COM", "https://{}/events"),
        ("CRM.example.com:8443", "https://{}/events"),
        ("Crm.Example.COM/Hooks/a b", "https://{}?x=1"),
        ("münchen.example.com", "https://{}/"),
        ("HTTPS://Crm.Example.COM:443/a b?q=ü&r=\"'#top", "{}"),
        ("HTTPS://Crm.Example.COM", "{}"),
        ("hooks/T000 1/ü\"<>`{}^/x", "https://crm.example.com/{}"),
        ("key?token=ä ö&x=<y>'z", "https://crm.example.com/{}"),
        ("q u e r y=ä<>'", "https://crm.example.com/?{}"),
        ("p ass/w:ö", "https://user:{}@crm.example.com/"),
    ] {
        let redaction = redaction(&[secret]);
        let rendered = template.replace("{}", secret);
        let rendered = rendered.replace("p ass/w:ö", "p%20ass%2Fw%3A%C3%B6");
        let url = url::Url::parse(&rendered).unwrap().to_string();
        for text in [url.clone(), url.to_lowercase(), url.to_uppercase()] {
            let shown = redaction.apply(format!("failed to reach {text}"));
            let rest = template.replace("{}", "[redacted]").to_lowercase();
            let rest = rest.trim_end_matches('/');
            let shown = shown.to_lowercase();
            assert_eq!(
                shown.trim_end_matches('/'),
                format!("failed to reach {rest}"),
                "{secret}"
            );
        }
    }
}

#[test]
fn digits_do_not_become_the_address_that_they_are_as_a_host() {
    // 3405803800 is 203.0.113.24.
    let line = "customer from 203.0.113.24".to_owned();
    assert_eq!(redaction(&["3405803800"]).apply(line.clone()), line);
}

#[test]
fn the_beginning_of_a_secret_at_a_cut_goes_too() {
    let redaction = redaction(&["s3cr3t-\"value\"", "s3cr"]);
    for (text, expected) in [
        ("x s3cr3t-…", "x [redacted]…"),
        ("x s3cr…", "x [redacted]…"),
        ("x s3c…", "x s3c…"),
        ("x s3cr3t-\\\"va…", "x [redacted]…"),
        ("x s3cr3t-\\…", "x [redacted]…"),
        ("x s3cr3t-\"value\"…", "x [redacted]…"),
        ("it said `s3cr3t-…` (200)", "it said `[redacted]…` (200)"),
        ("…", "…"),
        ("", ""),
    ] {
        assert_eq!(redaction.apply(text.to_owned()), expected);
    }
}

#[test]
fn a_long_text_of_near_misses_takes_no_time() {
    let secret = format!("{}b", "a".repeat(8 * 1024));
    let redaction = redaction(&[&secret]);
    let started = std::time::Instant::now();
    redaction.apply("a".repeat(8 * 1024));
    redaction.apply(format!("{}c…", "a".repeat(8 * 1024)));
    assert!(started.elapsed().as_secs() < 5);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_no_secret_stays(
        secret in "\\PC{4,12}", before in ".{0,8}", after in ".{0,8}", cut in 0_usize..60,
    ) {
        let redaction = redaction(&[&secret]);
        let mut text = format!("{before}{secret}{after}");
        prop_assert!("[redacted]".contains(&secret) || !redaction.apply(text.clone()).contains(&secret));
        text.truncate(text.floor_char_boundary(cut));
        text.push(CUT);
        let _ = redaction.apply(text);
    }
}

proptest! {
    /// As in the header of Basic authentication.
    #[test]
    fn in_base64_of_a_longer_text_nothing_of_a_secret_but_its_edges_is_left(
        before in "[ -~]{0,12}", secret in "[!-~]{6,40}", after in "[ -~]{0,12}",
    ) {
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = alphabet.encode(format!("{before}{secret}{after}"));
            let left = redaction(&[&secret]).apply(encoded.clone());
            prop_assert!(left.contains("[redacted]"), "{left}");
            let rest = left.replace("[redacted]", "").len();
            prop_assert!(rest <= (before.len() + after.len()) * 4 / 3 + 4, "{left}");
        }
    }
}
