//! A tiny HTTP server, and a `Fetch` that speaks HTTP.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch, FetchReply, FetchRequest},
};
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A server on a free local port.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers requests with a function. A body of `hang` is never answered; a redirect's body is also its location.
    pub(crate) async fn start(
        answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        tokio::spawn({
            let seen = Arc::clone(&seen);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                    let service = service_fn(move |request: Request<Incoming>| {
                        let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                        async move {
                            let request = read(request).await;
                            let (status, body) = answer(&request);
                            seen.lock().expect("a lock").push(request);
                            if body == "hang" {
                                std::future::pending::<()>().await;
                            }
                            let mut response = Response::new(Full::new(Bytes::from(body.clone())));
                            if (300..400).contains(&status) {
                                let location = body.parse().expect("a value");
                                response.headers_mut().insert("location", location);
                            }
                            *response.status_mut() = status.try_into().expect("a status");
                            response
                                .headers_mut()
                                .insert("x-served-by", "test".parse().expect("a value"));
                            Ok::<_, Infallible>(response)
                        }
                    });
                    tokio::spawn(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service),
                    );
                }
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("a lock").clone()
    }
}

async fn read(request: Request<Incoming>) -> Seen {
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
        .collect();
    Seen {
        method: request.method().to_string(),
        path: request.uri().to_string(),
        headers,
        body: request
            .into_body()
            .collect()
            .await
            .map(|body| body.to_bytes().to_vec())
            .unwrap_or_default(),
    }
}

/// Sends requests over TCP without egress policy, which is another crate's.
pub(crate) struct HttpFetch;

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let broken = |error: &dyn std::fmt::Display| {
            HookFailure::new(FailureClass::Connection, error.to_string())
        };
        let uri: hyper::Uri = request.url.parse().map_err(|error| broken(&error))?;
        let authority = uri.authority().expect("a host").to_string();
        let stream = TcpStream::connect(&authority)
            .await
            .map_err(|error| broken(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(&error))?;
        let connection = tokio::spawn(connection);
        let mut builder = Request::builder()
            .method(request.method.as_str())
            .uri(uri.path_and_query().expect("a path").as_str())
            .header("host", authority);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let outgoing = builder
            .body(Full::new(Bytes::from(request.body)))
            .map_err(|error| broken(&error))?;
        let response = sender
            .send_request(outgoing)
            .await
            .map_err(|error| broken(&error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
            .collect();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| broken(&error))?
            .to_bytes()
            .to_vec();
        connection.abort();
        Ok(FetchReply {
            status,
            headers,
            body,
        })
    }
}

/// Never answers; counts dropped calls.
#[derive(Default)]
pub(crate) struct HangingFetch {
    pub(crate) started: AtomicUsize,
    pub(crate) dropped: Arc<AtomicUsize>,
}

#[async_trait]
impl Fetch for HangingFetch {
    async fn fetch(&self, _request: FetchRequest) -> Result<FetchReply, HookFailure> {
        struct Count(Arc<AtomicUsize>);
        impl Drop for Count {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let _count = Count(Arc::clone(&self.dropped));
        self.started.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}
