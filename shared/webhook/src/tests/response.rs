//! Valid, odd and hostile answers.

use hookpoint_engine::{
    hook::outcome::FailureClass,
    ports::{RESPONSE_LIMIT, WebhookReply},
};
use tokio::net::TcpListener;

use super::{PUBLIC, hooks, post, server::Server};

async fn answer(bytes: impl Into<Vec<u8>>) -> Result<WebhookReply, FailureClass> {
    let bytes = bytes.into();
    let server = Server::start(move |mut peer| {
        let bytes = bytes.clone();
        async move {
            peer.request().await;
            peer.write(bytes).await;
        }
    })
    .await;
    post(&hooks(), &server.url("/"))
        .await
        .map_err(|failure| failure.class)
}

fn sized(status: &str, length: usize) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    bytes.resize(bytes.len() + length, b'x');
    bytes
}

fn chunked(status: &str, length: usize) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n").into_bytes();
    let mut left = length;
    while left > 0 {
        let chunk = left.min(10_000);
        bytes.extend(format!("{chunk:x}\r\n").bytes());
        bytes.resize(bytes.len() + chunk, b'x');
        bytes.extend(b"\r\n");
        left -= chunk;
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

#[tokio::test]
async fn status_retry_after_and_body_are_answered_whatever_the_status() {
    let reply = answer("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\ncontent-length: 4\r\n\r\nbusy")
        .await
        .unwrap();
    assert_eq!(reply.status, 503);
    assert_eq!(reply.retry_after.as_deref(), Some("120"));
    assert_eq!(reply.body, b"busy");
    // Without a length, the body ends with the connection.
    let reply = answer("HTTP/1.1 200 OK\r\n\r\n{\"context\":{}}")
        .await
        .unwrap();
    assert_eq!(reply.body, b"{\"context\":{}}");
}

#[tokio::test]
async fn a_redirect_is_answered_and_not_followed() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    for status in [301, 302, 303, 307, 308] {
        let redirect = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url("/")
        );
        assert_eq!(answer(redirect).await.unwrap().status, status);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_however_it_is_framed() {
    for bytes in [sized("200 OK", 300 * 1024), chunked("200 OK", 300 * 1024)] {
        assert_eq!(answer(bytes).await.unwrap_err(), FailureClass::TooLarge);
    }
    for bytes in [
        sized("200 OK", RESPONSE_LIMIT),
        chunked("200 OK", RESPONSE_LIMIT),
    ] {
        assert_eq!(answer(bytes).await.unwrap().body.len(), RESPONSE_LIMIT);
    }
    // A huge announced length is refused before the body is read, and reserves no memory.
    let announced = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        u64::MAX / 2
    );
    assert_eq!(answer(announced).await.unwrap_err(), FailureClass::TooLarge);
}

#[tokio::test]
async fn a_large_error_page_is_cut_so_that_its_status_counts() {
    for bytes in [
        sized("503 Busy", 300 * 1024),
        chunked("503 Busy", 300 * 1024),
    ] {
        let reply = answer(bytes).await.unwrap();
        assert_eq!(reply.status, 503);
        assert_eq!(reply.body.len(), RESPONSE_LIMIT);
    }
}

#[tokio::test]
async fn an_answer_that_lies_about_its_length_is_a_broken_connection() {
    for bytes in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
    ] {
        assert_eq!(
            answer(bytes).await.unwrap_err(),
            FailureClass::Connection,
            "{bytes}"
        );
    }
    // Bytes after a body of the announced length are ignored.
    let reply = answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}{\"deny\":1}")
        .await
        .unwrap();
    assert_eq!(reply.body, b"{}");
}

#[tokio::test]
async fn what_is_not_http_is_a_broken_connection() {
    let endless_head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    for bytes in [
        "",
        "\0\u{1}\u{2}garbage\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "<html></html>\r\n\r\n",
        "HTTP/1.1 two hundred\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        &endless_head,
        &many_headers,
    ] {
        assert_eq!(
            answer(bytes).await.unwrap_err(),
            FailureClass::Connection,
            "{:?}",
            bytes.chars().take(40).collect::<String>()
        );
    }
}

#[tokio::test]
async fn a_reset_and_a_closed_port_are_broken_connections_and_say_which() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        // Without lingering, closing sends a reset.
        peer.stream.set_zero_linger().unwrap();
    })
    .await;
    let failure = post(&hooks(), &server.url("/")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(
        failure.message.contains("connection reset"),
        "{}",
        failure.message
    );

    let closed = TcpListener::bind((PUBLIC, 0)).await.unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let failure = post(&hooks(), &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(
        failure.message.contains("connection refused"),
        "{}",
        failure.message
    );
}
