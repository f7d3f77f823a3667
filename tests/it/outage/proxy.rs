//! A proxy between the functions and the emulated AWS: makes single services fail, and shortens delays.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, SystemTime},
};

use axum::{body::Body, http::Response};
use hookpoint_engine::{
    deadline::Deadline,
    delivery::job::Job,
    hook::egress::EgressPolicy,
    ports::{Fetch as _, FetchReply, FetchRequest},
};
use hookpoint_webhook::GuardedClient;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::server::{Answer, Post, Site};

/// Longer than the timeout of any client.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than a stage function waits for a service, and shorter than a worker does.
const LATE: Duration = Duration::from_millis(1_300);
/// The request headers that the emulator reads. It accepts any signature.
const PASSED_ON: [&str; 3] = ["authorization", "content-type", "x-amz-target"];

/// A service behind the proxy's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Service {
    DynamoDb,
    SecretsManager,
    Sqs,
}

/// The state of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It works.
    Well,
    /// Its connections are reset before it has seen the request.
    Unreachable,
    /// It does not respond.
    Silent,
    /// It returns 500.
    Failing,
    /// It processes requests, but its responses are lost.
    Mute,
    /// It processes requests, but its responses are late.
    Late,
}

/// A message as a function sent it to the queue of deliveries.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) job: Job,
    /// The delay that was requested.
    pub(super) delay: Duration,
}

/// The proxy of one emulated AWS.
pub(super) struct Proxy {
    upstream: String,
    dead_letter_queue: String,
    client: GuardedClient,
    fates: Mutex<HashMap<Service, Fate>>,
    sent: Mutex<Vec<Sent>>,
}

impl Proxy {
    pub(super) fn new(upstream: String, dead_letter_queue: &str) -> Self {
        Self {
            upstream,
            dead_letter_queue: dead_letter_queue.to_owned(),
            client: GuardedClient::new(EgressPolicy {
                allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
                http_hosts: vec!["127.0.0.1".to_owned()],
                ..EgressPolicy::default()
            }),
            fates: Mutex::default(),
            sent: Mutex::default(),
        }
    }

    /// Sets the state of a service for future requests.
    pub(super) fn set(&self, service: Service, fate: Fate) {
        self.fates.lock().unwrap().insert(service, fate);
    }

    /// The messages sent to the queue of deliveries, in order.
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    async fn forward(&self, post: &Post, body: Vec<u8>) -> FetchReply {
        let header = |name: &&str| {
            let value = post.headers.get(*name)?.to_str().unwrap();
            Some(((*name).to_owned(), value.to_owned()))
        };
        let request = FetchRequest {
            method: "POST".to_owned(),
            url: format!("{}{}", self.upstream, post.path),
            headers: PASSED_ON.iter().filter_map(header).collect(),
            body,
            deadline: Deadline::after(Instant::now(), PATIENCE),
            now: SystemTime::now(),
        };
        self.client.fetch(request).await.unwrap()
    }

    /// Removes the delays of a batch and moves the times in its messages back accordingly.
    fn hasten(&self, body: &[u8]) -> (Vec<u8>, Vec<Sent>) {
        let mut batch: Value = serde_json::from_slice(body).unwrap();
        let is_delivery = batch["QueueUrl"] != self.dead_letter_queue.as_str();
        let mut sent = Vec::new();
        // A function sends an empty batch to open its connection.
        let entries = batch["Entries"].as_array_mut().filter(|_| is_delivery);
        for entry in entries.into_iter().flatten() {
            let text = entry["MessageBody"].as_str().unwrap();
            let seconds = entry["DelaySeconds"].as_u64().unwrap_or_default();
            sent.push(Sent {
                job: Job::from_json(text).unwrap(),
                delay: Duration::from_secs(seconds),
            });
            let mut message: Value = serde_json::from_str(text).unwrap();
            for moment in ["accepted", "due"] {
                let then = message[moment].as_u64().unwrap();
                message[moment] = json!(then - seconds * 1_000);
            }
            entry["MessageBody"] = json!(message.to_string());
            entry["DelaySeconds"] = json!(0);
        }
        (batch.to_string().into_bytes(), sent)
    }
}

impl Site for Proxy {
    async fn answer(&self, post: Post) -> Answer {
        let target = post.headers["x-amz-target"].to_str().unwrap();
        let (api, operation) = target.split_once('.').unwrap();
        let service = match api {
            "AmazonSQS" => Service::Sqs,
            "secretsmanager" => Service::SecretsManager,
            _ if api.starts_with("DynamoDB") => Service::DynamoDb,
            _ => panic!("unknown service of `{target}`"),
        };
        let fate = self.fates.lock().unwrap().get(&service).copied();
        let fate = fate.unwrap_or(Fate::Well);
        match fate {
            Fate::Unreachable => return Answer::Reset,
            Fate::Silent => return Answer::Silence,
            Fate::Failing => return Answer::status(500),
            Fate::Well | Fate::Mute | Fate::Late => {}
        }
        let (body, sent) = if operation == "SendMessageBatch" {
            self.hasten(&post.body)
        } else {
            (post.body.to_vec(), Vec::new())
        };
        let reply = self.forward(&post, body).await;
        if (200..300).contains(&reply.status) {
            self.sent.lock().unwrap().extend(sent);
        }
        match fate {
            Fate::Mute => return Answer::Reset,
            Fate::Late => sleep(LATE).await,
            _ => {}
        }
        let mut response = Response::builder().status(reply.status);
        for (name, value) in reply.headers {
            if name == "content-type" || name.starts_with("x-amzn-") {
                response = response.header(name, value);
            }
        }
        Answer::Reply(response.body(Body::from(reply.body)).unwrap())
    }
}
