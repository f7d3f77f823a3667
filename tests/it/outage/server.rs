//! An HTTP server that can reset connections, stay silent, stop and restart.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Method, Response},
};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Maximum size of a body in bytes.
const LIMIT: usize = 4_000_000;

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer of the server.
pub(crate) enum Answer {
    /// An HTTP response.
    Reply(Response<Body>),
    /// A reset of the connection.
    Reset,
    /// No answer, for as long as the client waits.
    Silence,
}

impl Answer {
    /// A response without a body.
    pub(crate) fn status(status: u16) -> Self {
        let reply = Response::builder().status(status).body(Body::empty());
        Self::Reply(reply.unwrap())
    }
}

/// The handler of requests.
pub(crate) trait Site: Send + Sync + 'static {
    fn answer(&self, post: Post) -> impl Future<Output = Answer> + Send;
}

/// A site on a port of the loopback address. It keeps the port while it is down, and refuses connections.
pub(crate) struct Server<S> {
    pub(crate) site: Arc<S>,
    address: SocketAddr,
    /// Bound to the port but never listening.
    _reserved: TcpSocket,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl<S: Site> Server<S> {
    pub(crate) fn start(site: S) -> Self {
        let server = Self::away(site);
        server.come_back();
        server
    }

    /// A server that has not been started.
    pub(crate) fn away(site: S) -> Self {
        let reserved = socket();
        reserved.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self {
            site: Arc::new(site),
            address: reserved.local_addr().unwrap(),
            _reserved: reserved,
            listening: Mutex::default(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn come_back(&self) {
        let socket = socket();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(1_024).unwrap();
        let serving = tokio::spawn(serve(listener, self.site.clone()));
        *self.listening.lock().unwrap() = Some(serving);
    }

    /// Aborts open requests, and refuses connections from now on.
    pub(crate) async fn leave(&self) {
        let serving = self.listening.lock().unwrap().take();
        if let Some(serving) = serving {
            serving.abort();
            assert!(serving.await.unwrap_err().is_cancelled());
        }
    }
}

impl<S> Drop for Server<S> {
    fn drop(&mut self) {
        if let Some(serving) = self.listening.lock().unwrap().take() {
            serving.abort();
        }
    }
}

fn socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket
}

/// Serves all connections, which end with this future.
async fn serve<S: Site>(listener: TcpListener, site: Arc<S>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve_connection(stream, site.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection<S: Site>(stream: TcpStream, site: Arc<S>) {
    // A second handle on the connection, to have it reset when both are closed.
    let stream = stream.into_std().unwrap();
    let handle = Arc::new(TcpStream::from_std(stream.try_clone().unwrap()).unwrap());
    let stream = TcpStream::from_std(stream).unwrap();
    let service = service_fn(move |request: Request<Incoming>| {
        let (site, handle) = (site.clone(), handle.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(Body::new(body), LIMIT).await;
            let post = Post {
                method: head.method,
                path: head.uri.path().to_owned(),
                headers: head.headers,
                body: body.map_err(io::Error::other)?,
            };
            match site.answer(post).await {
                Answer::Reply(reply) => Ok(reply),
                Answer::Reset => {
                    handle.set_zero_linger()?;
                    Err(io::ErrorKind::ConnectionReset.into())
                }
                Answer::Silence => std::future::pending::<io::Result<_>>().await,
            }
        }
    });
    // It ends when the client closes it, or is aborted.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
