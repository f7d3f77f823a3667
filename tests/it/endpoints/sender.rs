//! Hookpoint as the sender of webhooks, and an attacker who forwards signed requests.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    confidential::secret::Secret,
    deadline::Deadline,
    hook::{egress::EgressPolicy, outcome::HookFailure},
    ports::{WebhookCall, WebhookReply, WebhookRunner as _},
};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    receiver::{Receiver, Reply},
    signatures::verifiers::Case,
};

/// An attempt at a delivery, to be posted.
pub(crate) struct Delivery<'a> {
    pub(crate) id: &'a str,
    pub(crate) secrets: Vec<&'a str>,
    pub(crate) body: String,
    pub(crate) now: SystemTime,
}

/// The answer of the endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    /// The body as JSON; null if empty.
    pub(crate) body: Value,
}

impl Delivery<'_> {
    /// Posts it as the engine does.
    pub(crate) async fn to(&self, url: &str) -> Result<Answer, HookFailure> {
        let egress = EgressPolicy {
            allowed_networks: vec!["127.0.0.1/32".parse().unwrap()],
            http_hosts: vec!["127.0.0.1".to_owned()],
            ..EgressPolicy::default()
        };
        let secrets = self.secrets.iter().enumerate();
        let call = WebhookCall {
            url: &Secret::new(url),
            display_url: url.to_owned(),
            headers: Vec::new(),
            signing_secrets: secrets
                .map(|(number, value)| {
                    (format!("Key{number}").parse().unwrap(), Secret::new(*value))
                })
                .collect(),
            body: self.body.clone().into_bytes(),
            correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
            webhook_id: self.id,
            traceparent: None,
            now: self.now,
            deadline: Deadline::after(tokio::time::Instant::now(), Duration::from_secs(30)),
        };
        let hooks = WebhookHooks::new(Arc::new(GuardedClient::new(egress)));
        hooks.post(call).await.map(answer)
    }

    /// Captures the request as sent.
    pub(crate) async fn captured(&self) -> Case {
        let reply: Reply = serde_json::from_value(json!({})).unwrap();
        let receiver = Receiver::start([("any".to_owned(), vec![reply])].into()).await;
        let url = format!("http://127.0.0.1:{}/any", receiver.port);
        self.to(&url).await.unwrap();
        let request = &receiver.received()[0];
        let headers = request.headers.iter();
        Case {
            secret: self.secrets[0].to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: String::from_utf8(request.raw.to_vec()).unwrap(),
        }
    }
}

fn answer(reply: WebhookReply) -> Answer {
    Answer {
        status: reply.status,
        retry_after: reply.retry_after,
        body: serde_json::from_slice(&reply.body).unwrap_or_default(),
    }
}

/// Forwards a captured request and returns the status.
pub(crate) async fn send_on(method: &str, case: &Case, port: u16) -> u16 {
    let mut headers: BTreeMap<_, _> = case.headers.clone();
    headers.insert("content-length".to_owned(), case.body.len().to_string());
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "{method} / HTTP/1.1\r\n{}\r\n{}",
        headers.concat(),
        case.body
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let status = response
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("{response}"))
}

/// Moves the wall clock of a container.
pub(crate) async fn advance(port: u16, seconds: i64) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!(
        "POST /~advance?{seconds} HTTP/1.1\r\nhost: container\r\ncontent-length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 204"), "{response}");
}
