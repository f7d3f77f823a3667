//! Tests of the public types on real sockets, against a hand-written server.

mod deadline;
mod egress;
mod fetch;
mod kept;
mod pool;
mod proxy;
mod request;
mod response;
mod secrecy;
mod server;
mod signature;
mod spare;
mod tls;

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_engine::{
    confidential::secret::Secret,
    deadline::Deadline,
    hook::{egress::EgressPolicy, outcome::HookFailure},
    ports::{WebhookCall, WebhookReply, WebhookRunner},
};
use tokio::time::Instant;

use crate::{GuardedClient, ResolveHost, WebhookHooks};

/// A local address that stands in for a public one: [`policy`] allows it.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// An inner address that [`policy`] refuses.
const INNER: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// The host that the tests call.
const HOST: &str = "hooks.example.com";

/// Allows only [`PUBLIC`], and plain http to it and to [`HOST`].
fn policy() -> EgressPolicy {
    EgressPolicy {
        allowed_networks: vec!["127.0.0.2/32".parse().unwrap()],
        http_hosts: vec![HOST.to_owned(), PUBLIC.to_string()],
        ..EgressPolicy::default()
    }
}

/// Returns the given lists of addresses in order, then fails; counts the queries.
#[derive(Default)]
struct Scripted {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    questions: AtomicUsize,
}

impl Scripted {
    fn new<const N: usize>(answers: [&[Ipv4Addr]; N]) -> Arc<Self> {
        let answers = answers
            .into_iter()
            .map(|answer| answer.iter().copied().map(IpAddr::from).collect())
            .collect();
        Arc::new(Self {
            answers: Mutex::new(answers),
            questions: AtomicUsize::new(0),
        })
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ResolveHost for Scripted {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        self.answers
            .lock()
            .unwrap()
            .pop_front()
            .ok_or_else(|| io::Error::other(format!("unknown host {host}")))
    }
}

/// Hooks that may reach [`PUBLIC`], by address.
fn hooks() -> WebhookHooks {
    hooks_resolving(Scripted::new([]))
}

fn hooks_resolving(resolver: Arc<dyn ResolveHost>) -> WebhookHooks {
    WebhookHooks::new(Arc::new(GuardedClient::with_resolver(policy(), resolver)))
}

/// A plain call; tests change what they need.
fn call(url: &Secret) -> WebhookCall<'_> {
    WebhookCall {
        url,
        display_url: "https://{Endpoint:Secret}".to_owned(),
        headers: Vec::new(),
        signing_secrets: Vec::new(),
        body: b"{}".to_vec(),
        correlation_id: "5b0ff8e6-2f3c-4f5d-9ad8-0a0a8a4a7a11",
        webhook_id: "msg_1",
        traceparent: None,
        now: SystemTime::now(),
        deadline: within(Duration::from_secs(3)),
    }
}

async fn post(hooks: &WebhookHooks, url: &str) -> Result<WebhookReply, HookFailure> {
    hooks.post(call(&Secret::new(url))).await
}

fn within(budget: Duration) -> Deadline {
    Deadline::after(Instant::now(), budget)
}
