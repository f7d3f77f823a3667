//! What an endpoint receives, byte for byte.

use std::time::{Duration, UNIX_EPOCH};

use hookpoint_engine::{
    confidential::secret::Secret, hook::outcome::FailureClass, ports::WebhookRunner as _,
};

use super::{call, hooks, server::Server, within};

#[tokio::test]
async fn an_endpoint_receives_exactly_the_promised_headers_and_the_body_untouched() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let url = Secret::new(server.url("/hooks/crm?tenant=7#fragment"));
    let mut call = call(&url);
    call.headers = vec![
        ("Authorization".to_owned(), Secret::new("Bearer s3cr3t")),
        ("X-Api-Key".to_owned(), Secret::new("k1")),
        ("x-api-key".to_owned(), Secret::new("k2")),
    ];
    call.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    call.body = "{\"n\":12345678901234567890.10, \"ü\":\"\\u00fc\"}"
        .as_bytes()
        .to_vec();
    call.now = UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);
    call.deadline = within(Duration::from_secs(3));

    let reply = hooks().post(call).await.unwrap();

    assert_eq!(reply.status, 204);
    assert!(reply.body.is_empty());
    let received = server.requests().remove(0);
    let left = received
        .lines()
        .find_map(|line| line.strip_prefix("hookpoint-deadline-ms: "))
        .unwrap();
    assert!((1..=3_000).contains(&left.parse().unwrap()), "{left}");
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        "POST /hooks/crm?tenant=7 HTTP/1.1",
        "content-type: application/json",
        "accept-encoding: identity",
        "nlx-correlation-id: 5b0ff8e6-2f3c-4f5d-9ad8-0a0a8a4a7a11",
        "nlx-lifecycle-hook-version: v1",
        "webhook-id: msg_1",
        "webhook-timestamp: 1700000000",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        &format!("hookpoint-deadline-ms: {left}"),
        "authorization: Bearer s3cr3t",
        "x-api-key: k1",
        "x-api-key: k2",
        "accept: */*",
        &format!("user-agent: hookpoint/{version}"),
        &format!("host: {}", server.address),
        "content-length: 44",
        "",
        "{\"n\":12345678901234567890.10, \"ü\":\"\\u00fc\"}",
    ]
    .join("\r\n");
    assert_eq!(received, expected);
}

#[tokio::test]
async fn a_hook_cannot_set_our_headers_or_break_out_of_one() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let url = Secret::new(server.url("/"));
    let hooks = hooks();
    for (name, value) in [
        ("Host", "s3cr3t.example.com"),
        ("Content-Length", "3"),
        ("NLX-Correlation-Id", "s3cr3t"),
        ("webhook-signature", "s3cr3t"),
        ("hookpoint-deadline-ms", "99999"),
        ("Transfer-Encoding", "chunked"),
        ("X-Split", "s3cr3t\r\nX-Evil: 1"),
        ("X-Stray", "s3cr3t\n"),
    ] {
        let mut call = call(&url);
        call.headers = vec![(name.to_owned(), Secret::new(value))];
        let failure = hooks.post(call).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::BadRequest, "{name}");
        assert!(failure.message.contains(&format!("`{name}`")), "{failure}");
        assert!(!format!("{failure} {failure:?}").contains("s3cr3t"));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_traceparent_that_cannot_be_passed_on_does_not_stop_the_hook() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let url = Secret::new(server.url("/"));
    let mut call = call(&url);
    call.traceparent = Some("00-\u{fc}\r\nx: y");
    hooks().post(call).await.unwrap();
    assert!(!server.requests()[0].contains("traceparent"));
}
