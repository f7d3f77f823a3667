//! The receiver: small endpoints on this machine that the sample's webhooks post to, so that they travel over HTTP.

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

/// The port that the sample's webhooks name.
pub const DEFAULT_RECEIVER_PORT: u16 = 7451;

/// What `GET /health` answers, by which another process knows a receiver.
const SIGNATURE: &str = "hookpoint-receiver";
/// How long a stranger on the port has to say who it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the port is tried.
const ATTEMPTS: usize = 3;

/// A receiver that answers: this process's own, until it is dropped, or that of another one.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    own: Option<JoinHandle<()>>,
}

/// Why nobody answers the sample's webhooks.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// Something else listens there.
    #[error(
        "port {port}, where the sample's webhooks go, is taken by another program; stop that program, or choose another port: of the built-in sample by `--receiver-port`, of a workspace file in the file as well"
    )]
    Taken {
        /// The port.
        port: u16,
    },
    /// The port cannot be listened on.
    #[error("failed to listen on port {port} for the sample's webhooks: {source}")]
    Listen {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
}

impl Receiver {
    /// A receiver on this port of the loopback address: one that another process runs already, else a new one. Port 0 takes any
    /// free port.
    pub async fn on(port: u16) -> Result<Self, ReceiverError> {
        let mut attempt = 1;
        loop {
            match Self::start(port).await {
                // A process that ends, such as another `trigger`, has let go of the port in the meantime.
                Err(ReceiverError::Taken { .. }) if attempt < ATTEMPTS => attempt += 1,
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

    /// Where it listens, on the loopback address.
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

/// Whether a receiver, and not some other program, answers on the port.
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
