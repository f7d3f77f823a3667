//! Connections opened for a request that then used another one.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use hookpoint_engine::hook::outcome::FailureClass;
use tokio::sync::Notify;

use super::{HOST, PUBLIC, hooks_resolving, kept::EMPTY, post, server::Server};
use crate::ResolveHost;

/// Resolves to [`PUBLIC`] at once the first time; later only when released.
struct SlowAtTheSecond {
    questions: AtomicUsize,
    asked: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[async_trait]
impl ResolveHost for SlowAtTheSecond {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        if self.questions.fetch_add(1, Ordering::SeqCst) > 0 {
            self.asked.notify_one();
            self.go_on.notified().await;
        }
        Ok(vec![PUBLIC.into()])
    }
}

/// A request that waits for its connection uses another that becomes idle first. Its own then goes into the pool
/// unused, and counts as new for the next request.
#[tokio::test]
async fn a_request_is_not_sent_again_when_its_connection_was_kept_but_never_used() {
    let [asked, resolve, answer] = [(); 3].map(|()| Arc::new(Notify::new()));
    let resolver = SlowAtTheSecond {
        questions: AtomicUsize::new(0),
        asked: Arc::clone(&asked),
        go_on: Arc::clone(&resolve),
    };
    let hooks = hooks_resolving(Arc::new(resolver));
    let connections = AtomicUsize::new(0);
    let go_on = Arc::clone(&answer);
    let server = Server::start(move |mut peer| {
        let first = connections.fetch_add(1, Ordering::SeqCst) == 0;
        let go_on = Arc::clone(&go_on);
        async move {
            peer.request().await;
            if first {
                go_on.notified().await;
                peer.write(EMPTY).await;
                peer.request().await;
                peer.write(EMPTY).await;
            }
        }
    })
    .await;
    let url = server.url_at(HOST, "/");
    let (one, two, ()) = tokio::join!(post(&hooks, &url), post(&hooks, &url), async {
        asked.notified().await;
        answer.notify_one();
    });
    assert_eq!((one.unwrap().status, two.unwrap().status), (200, 200));
    assert_eq!(server.connections(), 1, "both used the first one");
    resolve.notify_one();
    // Time to open and pool the spare connection, and to notice the end of the other one.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.connections(), 2, "the spare one");
    let failure = post(&hooks, &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert_eq!((server.requests().len(), server.connections()), (3, 2));
}
