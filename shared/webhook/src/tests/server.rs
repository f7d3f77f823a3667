//! A small HTTP server that shows raw bytes.

use std::{
    any::Any,
    future::Future,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::FutureExt as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::PUBLIC;

/// Accepts connections until it is dropped. Dropping it fails the test if a handler panicked.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    panics: Mutex<Vec<String>>,
}

/// One accepted connection.
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    seen: Arc<Seen>,
}

impl Peer {
    /// The next request, whole; `None` when the client is done.
    pub(super) async fn request(&mut self) -> Option<String> {
        let request = read_request(&mut self.stream).await?;
        self.seen.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Writes bytes, ignoring a client that has hung up.
    pub(super) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }
}

impl Server {
    /// A server on [`PUBLIC`] that hands every connection to the handler.
    pub(super) async fn start<F, R>(handler: F) -> Self
    where
        F: Fn(Peer) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::on(TcpListener::bind((PUBLIC, 0)).await.unwrap(), handler)
    }

    /// A server that answers every request with these bytes, and keeps the connection.
    pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::answering_on(TcpListener::bind((PUBLIC, 0)).await.unwrap(), answer)
    }

    /// Like [`answering`](Self::answering), on a given listener.
    pub(super) fn answering_on(listener: TcpListener, answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::on(listener, move |mut peer| {
            let answer = answer.clone();
            async move {
                while peer.request().await.is_some() {
                    peer.write(&answer).await;
                }
            }
        })
    }

    fn on<F, R>(listener: TcpListener, handler: F) -> Self
    where
        F: Fn(Peer) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let peer = Peer {
                    stream,
                    seen: Arc::clone(&shared),
                };
                let outcome = AssertUnwindSafe(handler(peer)).catch_unwind();
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    if let Err(panic) = outcome.await {
                        shared.panics.lock().unwrap().push(words(panic.as_ref()));
                    }
                });
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    /// Two listeners on one port: the server at `first`, the other at `second`.
    pub(super) async fn pair(first: IpAddr, second: IpAddr, answer: &str) -> (Self, Self) {
        loop {
            let one = TcpListener::bind((first, 0)).await.unwrap();
            let port = one.local_addr().unwrap().port();
            // The port may be taken on the other address; retry with another.
            if let Ok(two) = TcpListener::bind((second, port)).await {
                return (
                    Self::answering_on(one, answer),
                    Self::answering_on(two, answer),
                );
            }
        }
    }

    /// The server's URL, with its address as host.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The server's URL, with a name as host.
    pub(super) fn url_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    /// How many connections were accepted.
    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The whole requests, in order of arrival.
    pub(super) fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        let panics = std::mem::take(&mut *self.seen.panics.lock().unwrap());
        if !std::thread::panicking() {
            assert!(panics.is_empty(), "the server failed: {panics:?}");
        }
    }
}

/// Reads head and body of one request.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            assert!(bytes.is_empty(), "half a request: {bytes:?}");
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            panic
                .downcast_ref::<&str>()
                .map(|words| (*words).to_owned())
        })
        .unwrap_or_default()
}
