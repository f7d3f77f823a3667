//! The `fetch` of scripts.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    hook::outcome::FailureClass,
    ports::{Fetch as _, FetchRequest},
};

use super::{INNER, Scripted, policy, server::Server, within};
use crate::GuardedClient;

fn client() -> GuardedClient {
    GuardedClient::with_resolver(policy(), Scripted::new([]))
}

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> FetchRequest {
    FetchRequest {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
        deadline: within(Duration::from_secs(3)),
        now: SystemTime::now(),
    }
}

#[tokio::test]
async fn a_script_sends_any_method_and_reads_status_headers_and_body() {
    let server = Server::answering(
        b"HTTP/1.1 404 Gone\r\nx-a: 1\r\nx-a: 2\r\nx-l: \xe9\r\ncontent-length: 2\r\n\r\nno"
            .as_slice(),
    )
    .await;
    let client = client();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"] {
        let headers = [
            ("Content-Type", "text/plain"),
            ("Content-Length", "2"),
            ("User-Agent", "mine"),
        ];
        let reply = client
            .fetch(request(method, &server.url("/a?b=c"), &headers, "hi"))
            .await
            .unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (404, &b"no"[..]));
        assert_eq!(
            reply.headers,
            [
                ("x-a", "1"),
                ("x-a", "2"),
                ("x-l", "\u{e9}"),
                ("content-length", "2")
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let expected = format!(
            "{method} /a?b=c HTTP/1.1\r\ncontent-type: text/plain\r\nuser-agent: mine\r\naccept-encoding: gzip, deflate, br\r\naccept: */*\r\nhost: {}\r\ncontent-length: 2\r\n\r\nhi",
            server.address
        );
        assert_eq!(server.requests().pop().unwrap(), expected);
    }
    client
        .fetch(request("GET", &server.url("/"), &[], ""))
        .await
        .unwrap();
    let received = server.requests().pop().unwrap();
    assert!(!received.contains("content-length"), "{received}");
}

#[tokio::test]
async fn a_script_reads_what_a_coded_answer_says() {
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 41\r\n\r\n".to_vec();
    answer.extend(include_bytes!("../coding/testdata/gold.br"));
    let server = Server::answering(answer).await;
    let headers = [("Accept-Encoding", "br;q=1.0")];
    let reply = client()
        .fetch(request("GET", &server.url("/"), &headers, ""))
        .await
        .unwrap();
    assert!(reply.body.starts_with(br#"{"context":{"Tier":"gold"}}"#));
    assert_eq!(reply.body.len(), 27_000);
    let sent = server.requests().remove(0);
    assert!(sent.contains("\r\naccept-encoding: br;q=1.0\r\n"), "{sent}");
}

#[tokio::test]
async fn a_redirect_is_answered_to_the_script() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let location = elsewhere.url("/x");
    let server = Server::answering(format!(
        "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    ))
    .await;
    let reply = client()
        .fetch(request("GET", &server.url("/"), &[], ""))
        .await
        .unwrap();
    assert_eq!(reply.status, 302);
    assert_eq!(reply.headers[0], ("location".to_owned(), location));
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn what_a_script_may_not_send_is_refused_before_a_connection() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = server.url("/");
    let inner = server.url("/").replace("127.0.0.2", &INNER.to_string());
    let client = client();
    for (request, class, named) in [
        (
            request("CONNECT", &url, &[], ""),
            FailureClass::BadRequest,
            "CONNECT",
        ),
        (
            request("trace", &url, &[], ""),
            FailureClass::BadRequest,
            "TRACE",
        ),
        (
            request("GE T", &url, &[], ""),
            FailureClass::BadRequest,
            "method",
        ),
        (
            request("GET", "/relative", &[], ""),
            FailureClass::BadRequest,
            "absolute URL",
        ),
        (
            request("GET", &url, &[("Host", "inner")], ""),
            FailureClass::BadRequest,
            "`Host`",
        ),
        (
            request("GET", &url, &[("Upgrade", "h2c")], ""),
            FailureClass::BadRequest,
            "`Upgrade`",
        ),
        (
            request("POST", &url, &[("Transfer-Encoding", "chunked")], "x"),
            FailureClass::BadRequest,
            "`Transfer-Encoding`",
        ),
        (
            request("POST", &url, &[("content-length", "0")], "GET / HTTP/1.1"),
            FailureClass::BadRequest,
            "`content-length`",
        ),
        (
            request("GET", &url, &[("X-A", "b\r\nX-C: d")], ""),
            FailureClass::BadRequest,
            "`X-A`",
        ),
        (
            request("GET", &inner, &[], ""),
            FailureClass::EgressRefused,
            "loopback",
        ),
        (
            request("GET", "http://example.com/", &[], ""),
            FailureClass::EgressRefused,
            "https",
        ),
    ] {
        let failure = client.fetch(request).await.unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.message.contains(named), "{failure}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_script_gets_no_part_of_an_answer_that_is_too_large_even_of_an_error_page() {
    let server = Server::answering("HTTP/1.1 500 Oops\r\ncontent-length: 300000\r\n\r\n").await;
    let failure = client()
        .fetch(request("GET", &server.url("/"), &[], ""))
        .await
        .unwrap_err();
    assert_eq!(failure.class, FailureClass::TooLarge);
}
