//! Requests lost with a kept connection.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use hookpoint_engine::{
    confidential::secret::Secret,
    hook::outcome::FailureClass,
    ports::{Fetch as _, FetchRequest, WebhookRunner as _},
};
use tokio::io::AsyncReadExt as _;

use super::{Scripted, call, hooks, policy, post, server::Server, within};
use crate::GuardedClient;

pub(super) const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    request
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_default()
}

/// Answers the first request of each connection, and closes it after reading the second.
async fn deaf_at_the_second() -> Server {
    Server::start(|mut peer| async move {
        peer.request().await;
        peer.write(EMPTY).await;
        peer.request().await;
    })
    .await
}

#[tokio::test]
async fn an_event_that_a_closing_connection_swallowed_is_sent_once_more() {
    let server = deaf_at_the_second().await;
    let hooks = hooks();
    let url = Secret::new(server.url("/"));
    let first = call(&url);
    hooks.post(first).await.unwrap();
    let mut second = call(&url);
    second.webhook_id = "msg_2";
    assert_eq!(hooks.post(second).await.unwrap().status, 200);
    let requests = server.requests();
    let ids: Vec<&str> = requests
        .iter()
        .map(|request| header(request, "webhook-id"))
        .collect();
    assert_eq!(ids, ["msg_1", "msg_2", "msg_2"]);
    assert_eq!(server.connections(), 2);
    let [once, again] = [&requests[1], &requests[2]].map(|request| {
        request.replace(
            header(request, "hookpoint-deadline-ms"),
            "the time left at the retry",
        )
    });
    assert_eq!(once, again, "the rest of the request is unchanged");
}

#[tokio::test]
async fn none_of_many_events_is_lost_to_an_endpoint_that_closes_after_each_answer() {
    const EVENTS: usize = 200;
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.write(EMPTY).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    })
    .await;
    let hooks = hooks();
    let url = Secret::new(server.url("/"));
    for event in 0..EVENTS {
        let id = format!("msg_{event}");
        let mut call = call(&url);
        call.webhook_id = &id;
        hooks.post(call).await.unwrap();
    }
    let ids: Vec<String> = server
        .requests()
        .iter()
        .map(|request| header(request, "webhook-id").to_owned())
        .collect();
    let expected: Vec<String> = (0..EVENTS).map(|event| format!("msg_{event}")).collect();
    assert_eq!(ids, expected, "the endpoint read each event once");
}

#[tokio::test]
async fn a_connection_that_resets_the_next_request_costs_nothing() {
    // Closing with the request unread sends a reset.
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.write(EMPTY).await;
        let mut one = [0];
        let _ = peer.stream.read_exact(&mut one).await;
    })
    .await;
    let hooks = hooks();
    for _ in 0..5 {
        assert_eq!(post(&hooks, &server.url("/")).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_request_is_not_sent_again_when_its_connection_was_new() {
    for beginning in [
        "",
        "H",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
    ] {
        let never = Server::start(move |mut peer| async move {
            peer.request().await;
            peer.write(beginning).await;
        })
        .await;
        let failure = post(&hooks(), &never.url("/")).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Connection, "{beginning:?}");
        assert_eq!(never.requests().len(), 1, "{beginning:?}");
    }
}

/// Answers the first request of each connection normally, and the second with these bytes.
async fn saying_at_the_second(bytes: &'static str) -> Server {
    Server::start(move |mut peer| async move {
        peer.request().await;
        peer.write(EMPTY).await;
        peer.request().await;
        peer.write(bytes).await;
    })
    .await
}

#[tokio::test]
async fn a_request_is_not_sent_again_once_its_answer_had_a_head_or_was_none() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{",
        "garbage\r\n\r\n",
    ] {
        let server = saying_at_the_second(answer).await;
        let hooks = hooks();
        post(&hooks, &server.url("/")).await.unwrap();
        let failure = post(&hooks, &server.url("/")).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Connection, "{answer:?}");
        assert_eq!(server.requests().len(), 2, "{answer:?}");
    }
}

#[tokio::test]
async fn half_a_head_on_a_kept_connection_is_no_answer() {
    for beginning in [
        "H",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let server = saying_at_the_second(beginning).await;
        let hooks = hooks();
        post(&hooks, &server.url("/")).await.unwrap();
        let reply = post(&hooks, &server.url("/")).await.unwrap();
        assert_eq!(reply.status, 200, "{beginning:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 3, "{beginning:?}");
        let [once, again] = [&requests[1], &requests[2]].map(|r| header(r, "webhook-id"));
        assert_eq!(once, again, "{beginning:?}");
    }
}

#[tokio::test]
async fn a_request_is_sent_again_once_and_within_its_time() {
    // Every connection but the first ignores even its first request.
    let connections = AtomicUsize::new(0);
    let deaf = Server::start(move |mut peer| {
        let first = connections.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            peer.request().await;
            if first {
                peer.write(EMPTY).await;
                peer.request().await;
            }
        }
    })
    .await;
    let hooks = hooks();
    post(&hooks, &deaf.url("/")).await.unwrap();
    let failure = post(&hooks, &deaf.url("/")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert_eq!(deaf.requests().len(), 3);

    // The second connection reads the request but does not answer in time.
    let connections = AtomicUsize::new(0);
    let slow = Server::start(move |mut peer| {
        let first = connections.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            peer.request().await;
            if first {
                peer.write(EMPTY).await;
                peer.request().await;
            } else {
                peer.request().await;
            }
        }
    })
    .await;
    let hooks = super::hooks();
    post(&hooks, &slow.url("/")).await.unwrap();
    let url = Secret::new(slow.url("/"));
    let mut late = call(&url);
    late.deadline = within(Duration::from_millis(200));
    let started = std::time::Instant::now();
    let failure = hooks.post(late).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout);
    assert!(started.elapsed() < Duration::from_millis(400));
}

#[tokio::test]
async fn a_script_s_request_is_sent_again_only_if_it_is_idempotent() {
    for (method, headers, times) in [
        ("GET", None, 2),
        ("HEAD", None, 2),
        ("OPTIONS", None, 2),
        ("PUT", None, 2),
        ("DELETE", None, 2),
        ("POST", None, 1),
        ("PATCH", None, 1),
        ("PURGE", None, 1),
        ("POST", Some("Idempotency-Key"), 2),
    ] {
        let server = deaf_at_the_second().await;
        let client = GuardedClient::with_resolver(policy(), Scripted::new([]));
        let request = || FetchRequest {
            method: method.to_owned(),
            url: server.url("/"),
            headers: headers
                .map(|name: &str| (name.to_owned(), "k".to_owned()))
                .into_iter()
                .collect(),
            body: Vec::new(),
            deadline: within(Duration::from_secs(3)),
            now: std::time::SystemTime::now(),
        };
        client.fetch(request()).await.unwrap();
        assert_eq!(
            client.fetch(request()).await.is_ok(),
            times == 2,
            "{method}"
        );
        assert_eq!(server.requests().len(), 1 + times, "{method}");
    }
}
