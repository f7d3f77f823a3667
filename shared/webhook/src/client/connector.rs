//! How connections are made: guarded resolution, TCP, TLS, and a watch on what comes back.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::connection::Watched;
use crate::resolve::GuardedResolver;

/// A connection: watched above TLS, so that what TLS itself sends does not count as an answer.
type Stream = TokioIo<Watched<TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>>>;

/// Makes the connections of one client. Cloning it is cheap.
#[derive(Clone)]
pub(crate) struct Connector(HttpsConnector<HttpConnector<GuardedResolver>>);

impl Connector {
    pub(crate) fn new(resolver: GuardedResolver, tls: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self(HttpsConnector::from((tcp, tls)))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let connecting = self.0.call(target);
        Box::pin(async move { Ok(TokioIo::new(Watched::new(TokioIo::new(connecting.await?)))) })
    }
}
