//! An endpoint for asynchronous hooks: it answers as the test says and records requests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

/// Timeout of any step, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// A recorded request.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Post {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Answering = Box<dyn Fn(&Post, usize) -> (Duration, Response) + Send + Sync>;

struct Shared {
    answer: Answering,
    posts: Mutex<Vec<Post>>,
    came: Notify,
    /// Whether answers wait.
    holds: watch::Sender<bool>,
}

pub(super) struct Endpoint {
    pub(super) port: u16,
    shared: Arc<Shared>,
    leave: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Endpoint {
    /// Starts an endpoint whose answer, after a delay, depends on how many posts had the same `webhook-id` before.
    pub(super) async fn start(
        answer: impl Fn(&Post, usize) -> (Duration, Response) + Send + Sync + 'static,
    ) -> Self {
        Self::on(0, answer).await
    }

    /// Like [`start`](Self::start), on a port used before.
    pub(super) async fn on(
        port: u16,
        answer: impl Fn(&Post, usize) -> (Duration, Response) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            posts: Mutex::default(),
            came: Notify::new(),
            holds: watch::Sender::new(false),
        });
        let router = Router::new().fallback(take).with_state(shared.clone());
        let (leave, left) = oneshot::channel();
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            // Without a stop signal it serves until its task is aborted.
            if left.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self {
            port,
            shared,
            leave: Some(leave),
            task,
        }
    }

    /// Starts an endpoint that answers 204 at once.
    pub(super) async fn content() -> Self {
        Self::start(|_, _| (Duration::ZERO, status(204))).await
    }

    /// Starts an endpoint that answers nothing before [`let_go`](Self::let_go), and 200 then.
    pub(super) async fn holding() -> Self {
        let endpoint = Self::start(|_, _| (Duration::ZERO, status(200))).await;
        endpoint.shared.holds.send_replace(true);
        endpoint
    }

    pub(super) fn let_go(&self) {
        self.shared.holds.send_replace(false);
    }

    /// Finishes open requests, refuses further connections, and returns the posts.
    pub(super) async fn leave(mut self) -> Vec<Post> {
        self.leave.take().unwrap().send(()).unwrap();
        (&mut self.task).await.unwrap();
        self.posts()
    }

    pub(super) fn posts(&self) -> Vec<Post> {
        self.shared.posts.lock().unwrap().clone()
    }

    /// Waits until the condition holds for the posts, answered or not.
    pub(super) async fn until(&self, holds: impl Fn(&[Post]) -> bool) -> Vec<Post> {
        let waiting = timeout(PATIENCE, async {
            loop {
                let came = self.shared.came.notified();
                if holds(&self.shared.posts.lock().unwrap()) {
                    return;
                }
                came.await;
            }
        });
        let done = waiting.await;
        let posts = self.posts();
        assert!(done.is_ok(), "only {} posts came", posts.len());
        posts
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let post = Post {
        path,
        headers,
        body,
    };
    let before = {
        let mut posts = shared.posts.lock().unwrap();
        let id = post.headers.get("webhook-id");
        let before = posts
            .iter()
            .filter(|other| other.headers.get("webhook-id") == id)
            .count();
        posts.push(post.clone());
        before
    };
    shared.came.notify_one();
    let (wait, response) = (shared.answer)(&post, before);
    tokio::time::sleep(wait).await;
    let mut holds = shared.holds.subscribe();
    assert!(holds.wait_for(|holds| !holds).await.is_ok());
    response
}

pub(super) fn status(status: u16) -> Response {
    Response::builder()
        .status(status)
        .body(axum::body::Body::empty())
        .unwrap()
}
