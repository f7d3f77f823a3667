//! Connections are kept, but not for too long.

use std::{sync::Arc, time::Duration};

use hookpoint_engine::{confidential::secret::Secret, ports::WebhookRunner as _};
use tokio::sync::Notify;

use super::{call, hooks, server::Server};

const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn a_connection_is_reused_until_the_wall_clock_says_it_is_old() {
    let server = Server::answering(EMPTY).await;
    let url = Secret::new(server.url("/"));
    let hooks = hooks();
    let start = std::time::SystemTime::now();
    // The wall clock at each request, and the connections made by then. Hardly any real time passes: anything beyond
    // half a second looks like a freeze.
    for (wall_ms, connections) in [
        (0, 1),
        (100, 1),
        (200, 1),
        (5_300, 2),
        (5_400, 2),
        (3_600_000, 3),
        (3_600_001, 3),
    ] {
        let mut call = call(&url);
        call.now = start + Duration::from_millis(wall_ms);
        hooks.post(call).await.unwrap();
        assert_eq!(server.connections(), connections, "at {wall_ms} ms");
    }
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn a_connection_is_not_reused_when_both_clocks_say_it_is_old() {
    let server = Server::answering(EMPTY).await;
    let url = Secret::new(server.url("/"));
    let hooks = hooks();
    let start = std::time::SystemTime::now();
    let mut passed = Duration::ZERO;
    for (seconds, connections) in [(0, 1), (3, 1), (5, 2)] {
        let mut call = call(&url);
        passed += Duration::from_secs(seconds);
        call.now = start + passed;
        // The clock is only paused while it is advanced: sockets need real time.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
        call.deadline = super::within(Duration::from_secs(3));
        hooks.post(call).await.unwrap();
        assert_eq!(server.connections(), connections, "after {seconds} s");
    }
}

#[tokio::test]
async fn an_exchange_under_way_survives_the_end_of_its_generation() {
    let go_on = Arc::new(Notify::new());
    let handed = Arc::clone(&go_on);
    let server = Server::start(move |mut peer| {
        let go_on = Arc::clone(&handed);
        async move {
            let request = peer.request().await.unwrap();
            if request.starts_with("POST /slow ") {
                go_on.notified().await;
            }
            peer.write(EMPTY).await;
            go_on.notify_one();
        }
    })
    .await;
    let hooks = hooks();
    let (slow, fast) = (
        Secret::new(server.url("/slow")),
        Secret::new(server.url("/fast")),
    );
    let first = call(&slow);
    let mut second = call(&fast);
    second.now = first.now + Duration::from_mins(1);
    // The second request replaces the client before the first is answered.
    let (first, second) = tokio::join!(hooks.post(first), hooks.post(second));
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
}
