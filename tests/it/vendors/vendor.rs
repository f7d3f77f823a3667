//! A vendor's service on this machine: it answers as the test says and records requests.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};

use axum::{body::Body, http::Response};
use serde_json::Value;

use crate::outage::server::{Answer, Post, Server, Site};

/// One answer.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// A reset of the connection.
    Reset,
}

/// Replies by path, and what was asked.
#[derive(Default)]
pub(super) struct Book {
    replies: Mutex<HashMap<String, VecDeque<Reply>>>,
    posts: Mutex<Vec<Post>>,
}

/// A vendor that serves until it is dropped.
pub(super) type Vendor = Server<Book>;

impl Vendor {
    /// Sets the replies of a path: each request gets the next one, and the last is repeated.
    pub(super) fn replies(&self, path: &str, replies: impl Into<VecDeque<Reply>>) {
        let mut all = self.site.replies.lock().unwrap();
        all.insert(path.to_owned(), replies.into());
    }

    /// The requests since the last call.
    pub(super) fn asked(&self) -> Vec<Post> {
        std::mem::take(&mut *self.site.posts.lock().unwrap())
    }

    /// The only request since the last call.
    #[track_caller]
    pub(super) fn asked_once(&self) -> Post {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }
}

impl Site for Book {
    async fn answer(&self, post: Post) -> Answer {
        let reply = {
            let mut all = self.replies.lock().unwrap();
            match all.get_mut(&post.path) {
                None => Reply::Text(404, "no such path"),
                Some(replies) if replies.len() > 1 => replies.pop_front().unwrap(),
                Some(replies) => replies[0].clone(),
            }
        };
        self.posts.lock().unwrap().push(post);
        let (status, kind, text) = match reply {
            Reply::Reset => return Answer::Reset,
            Reply::Json(status, json) => (status, "application/json", json.to_string()),
            Reply::Text(status, text) => (status, "text/plain", text.to_owned()),
        };
        let response = Response::builder()
            .status(status)
            .header("content-type", kind)
            .body(Body::from(text));
        Answer::Reply(response.unwrap())
    }
}
