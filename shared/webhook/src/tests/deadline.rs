//! The deadline holds, wherever the endpoint is slow.

use std::{
    io,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use hookpoint_engine::{
    confidential::secret::Secret,
    hook::outcome::{FailureClass, HookFailure},
    ports::WebhookRunner as _,
};
use tokio::time::sleep;

use super::{HOST, call, hooks, hooks_resolving, server::Server, within};
use crate::{ResolveHost, WebhookHooks};

const LIMIT: Duration = Duration::from_millis(200);

/// Posts with 200 ms to go; fails the test if it took much longer or shorter.
async fn post_in_time(hooks: &WebhookHooks, url: String) -> HookFailure {
    let url = Secret::new(url);
    let mut call = call(&url);
    let started = Instant::now();
    call.deadline = within(LIMIT);
    let failure = hooks.post(call).await.unwrap_err();
    let elapsed = started.elapsed();
    assert!(elapsed >= LIMIT, "gave up after {elapsed:?}");
    assert!(elapsed < LIMIT * 10, "gave up after {elapsed:?}");
    failure
}

#[tokio::test]
async fn slow_heads_and_bodies_end_at_the_deadline_and_say_elapsed_and_limit() {
    let silent = Server::start(|mut peer| async move {
        peer.request().await;
        peer.request().await;
    })
    .await;
    let slow_head = Server::start(|mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\n").await;
        for _ in 0..40 {
            peer.write("x-drip: 1\r\n").await;
            sleep(Duration::from_millis(20)).await;
        }
        peer.write("\r\n").await;
    })
    .await;
    let slow_body = Server::start(|mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n")
            .await;
        for _ in 0..40 {
            peer.write(" ").await;
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    for server in [silent, slow_head, slow_body] {
        let failure = post_in_time(&hooks(), server.url("/")).await;
        assert_eq!(failure.class, FailureClass::Timeout);
        let numbers: Vec<u128> = failure
            .message
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect();
        let [elapsed, limit] = numbers[..] else {
            panic!("{failure}");
        };
        assert!((1..=LIMIT.as_millis()).contains(&limit), "{failure}");
        assert!(elapsed >= limit, "{failure}");
    }
}

/// A resolver that never answers.
struct Stuck;

#[async_trait]
impl ResolveHost for Stuck {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn name_resolution_counts_against_the_deadline() {
    let failure = post_in_time(&hooks_resolving(Arc::new(Stuck)), format!("http://{HOST}/")).await;
    assert_eq!(failure.class, FailureClass::Timeout);
}

#[tokio::test]
async fn nothing_is_sent_once_the_deadline_has_passed() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let url = Secret::new(server.url("/"));
    let mut call = call(&url);
    call.deadline = within(Duration::ZERO);
    let failure = hooks().post(call).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Timeout);
    assert_eq!(server.connections(), 0);
}
