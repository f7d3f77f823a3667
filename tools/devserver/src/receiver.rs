//! The receiver: small HTTP endpoints on this machine for the sample's webhooks.

mod endpoints;
mod profile;

use std::{
    io,
    net::Ipv4Addr,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    deadline::Deadline,
    hook::egress::EgressPolicy,
    ports::{Fetch as _, FetchRequest},
};
use hookpoint_webhook::GuardedClient;
use thiserror::Error;
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

/// The default port in the sample's webhooks.
pub const DEFAULT_RECEIVER_PORT: u16 = 7451;

/// The body of `GET /health`, by which other processes recognise a receiver.
const SIGNATURE: &str = "hookpoint-receiver";
/// Timeout for identifying a program on the port.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the port is tried.
const ROUNDS: usize = 3;

/// A running receiver: this process's own, until it is dropped, or another's.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    own: Option<JoinHandle<()>>,
}

/// Why there is no receiver for the sample's webhooks.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// Another program listens on the port.
    #[error(
        "port {port} of the sample's webhooks is in use by another program; stop it, or choose another port with `--receiver-port`, and in the workspace file if there is one"
    )]
    Taken {
        /// The requested port.
        port: u16,
    },
    /// The port cannot be listened on.
    #[error("failed to listen on port {port} for the sample's webhooks: {source}")]
    Listen {
        /// The requested port.
        port: u16,
        /// The system's error.
        source: io::Error,
    },
}

impl Receiver {
    /// Finds or starts a receiver on this port of the loopback address. Port 0 takes any free port.
    pub async fn on(port: u16) -> Result<Self, ReceiverError> {
        let mut round = 1;
        loop {
            match Self::start(port).await {
                // An ending process, such as another `trigger`, has released the port meanwhile.
                Err(ReceiverError::Taken { .. }) if round < ROUNDS => round += 1,
                outcome => return outcome,
            }
        }
    }

    async fn start(port: u16) -> Result<Self, ReceiverError> {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => {
                let listen = |source| ReceiverError::Listen { port, source };
                let port = listener.local_addr().map_err(listen)?.port();
                let own = tokio::spawn(async move {
                    if let Err(error) = axum::serve(listener, endpoints::router()).await {
                        tracing::error!(%error, "the receiver stopped");
                    }
                });
                Ok(Self {
                    port,
                    own: Some(own),
                })
            }
            Err(source) if source.kind() == io::ErrorKind::AddrInUse => {
                if answers(port).await {
                    Ok(Self { port, own: None })
                } else {
                    Err(ReceiverError::Taken { port })
                }
            }
            Err(source) => Err(ReceiverError::Listen { port, source }),
        }
    }

    /// Its port on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether this process runs it.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(task) = &self.own {
            task.abort();
        }
    }
}

/// Whether a receiver, not another program, listens on the port.
async fn answers(port: u16) -> bool {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec![std::net::IpAddr::from(Ipv4Addr::LOCALHOST).into()],
        http_hosts: vec![Ipv4Addr::LOCALHOST.to_string()],
        ..EgressPolicy::default()
    });
    let request = FetchRequest {
        method: "GET".to_owned(),
        url: format!("http://127.0.0.1:{port}/health"),
        headers: Vec::new(),
        body: Vec::new(),
        deadline: Deadline::after(Instant::now(), PATIENCE),
        now: SystemTime::now(),
    };
    let answer = client.fetch(request).await;
    answer.is_ok_and(|answer| answer.status == 200 && answer.body == SIGNATURE.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_receiver_uses_the_first_and_a_stranger_is_refused() {
        let first = Receiver::on(0).await.unwrap();
        let second = Receiver::on(first.port()).await.unwrap();
        assert!(first.is_own());
        assert!(!second.is_own());
        let stranger = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = stranger.local_addr().unwrap().port();
        let app = axum::Router::new().route("/health", axum::routing::get(|| async { "ok" }));
        let task = tokio::spawn(async move { axum::serve(stranger, app).await });
        let error = Receiver::on(port).await.unwrap_err();
        assert!(error.to_string().contains("--receiver-port"), "{error}");
        task.abort();
    }
}
