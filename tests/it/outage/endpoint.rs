//! An endpoint for hooks: it answers as the test says and records requests.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use serde_json::Value;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::server::{Answer, Post, Server, Site};

/// Timeout of any step, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

impl Post {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The number of its event.
    pub(super) fn number(&self) -> u64 {
        self.json()["context"]["number"].as_u64().unwrap()
    }
}

/// The delay and answer for a post, given the number of earlier posts of its delivery.
type Answering = Box<dyn Fn(&Post, usize) -> (Duration, Answer) + Send + Sync>;

/// The posts received, and the answers.
pub(super) struct Book {
    answering: Mutex<Answering>,
    posts: Mutex<Vec<Post>>,
    came: Notify,
}

/// An endpoint that serves until it is dropped.
pub(super) type Endpoint = Server<Book>;

impl Endpoint {
    pub(super) fn answering(
        answer: impl Fn(&Post, usize) -> (Duration, Answer) + Send + Sync + 'static,
    ) -> Self {
        Self::start(Book {
            answering: Mutex::new(Box::new(answer)),
            posts: Mutex::default(),
            came: Notify::new(),
        })
    }

    /// An endpoint that answers 204 at once.
    pub(super) fn content() -> Self {
        Self::answering(|_, _| (Duration::ZERO, Answer::status(204)))
    }

    /// Answers everything with 204 from now on.
    pub(super) fn be_content(&self) {
        let content = |_: &Post, _| (Duration::ZERO, Answer::status(204));
        *self.site.answering.lock().unwrap() = Box::new(content);
    }

    /// The posts to a path, oldest first.
    pub(super) fn posts(&self, path: &str) -> Vec<Post> {
        let mut posts = self.site.posts.lock().unwrap().clone();
        posts.retain(|post| post.path == path);
        posts
    }

    /// The posts to a path, by delivery.
    pub(super) fn deliveries(&self, path: &str) -> BTreeMap<String, Vec<Post>> {
        let mut deliveries = BTreeMap::<_, Vec<_>>::new();
        for post in self.posts(path) {
            let id = post.header("webhook-id").to_owned();
            deliveries.entry(id).or_default().push(post);
        }
        deliveries
    }

    /// Waits for `count` posts to a path.
    pub(super) async fn until(&self, path: &str, count: usize) {
        let waiting = timeout(PATIENCE, async {
            loop {
                let came = self.site.came.notified();
                if self.posts(path).len() >= count {
                    return;
                }
                came.await;
            }
        });
        let done = waiting.await;
        let came = self.posts(path).len();
        assert!(done.is_ok(), "only {came} of {count} came to {path}");
    }
}

impl Site for Book {
    async fn answer(&self, post: Post) -> Answer {
        let before = {
            let mut posts = self.posts.lock().unwrap();
            let id = post.headers.get("webhook-id");
            let before = posts
                .iter()
                .filter(|other| other.headers.get("webhook-id") == id);
            let before = before.count();
            posts.push(post.clone());
            before
        };
        self.came.notify_one();
        let (wait, answer) = (self.answering.lock().unwrap())(&post, before);
        sleep(wait).await;
        answer
    }
}
