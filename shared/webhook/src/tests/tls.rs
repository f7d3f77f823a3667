//! TLS: who is trusted, and that it works at all.

use std::sync::Arc;

use hookpoint_engine::outcome::FailureClass;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{RootCertStore, ServerConfig, crypto::ring};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;

use super::{
    HOST, PUBLIC, Scripted, policy, post,
    server::{Server, read_request},
};
use crate::{GuardedClient, WebhookHooks, client::trusting};

/// A TLS server with a certificate it made itself, and roots that trust it.
async fn serve(host: &str) -> (Server, RootCertStore) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([host.to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            signing_key.serialize_der().try_into().unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start(move |peer| {
        let acceptor = acceptor.clone();
        async move {
            // A client that does not trust the certificate hangs up here.
            let Ok(mut stream) = acceptor.accept(peer.stream).await else {
                return;
            };
            assert!(read_request(&mut stream).await.is_some());
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer).await.unwrap();
            stream.flush().await.unwrap();
        }
    })
    .await;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    (server, roots)
}

fn client() -> GuardedClient {
    GuardedClient::with_resolver(policy(), Scripted::new([&[PUBLIC], &[PUBLIC]]))
}

fn hooks_trusting(roots: RootCertStore) -> WebhookHooks {
    WebhookHooks::new(Arc::new(client().with_tls(trusting(roots).unwrap())))
}

#[tokio::test]
async fn a_trusted_endpoint_is_reached_over_tls_and_a_self_signed_one_is_refused() {
    let (server, roots) = serve(HOST).await;
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let reply = post(&hooks_trusting(roots), &url).await.unwrap();
    assert_eq!(reply.body, b"{}");

    let untrusting = WebhookHooks::new(Arc::new(client()));
    let failure = post(&untrusting, &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(failure.message.contains("unknown authority"), "{failure}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_without_naming_the_host() {
    let (server, roots) = serve("other.example.com").await;
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let failure = post(&hooks_trusting(roots), &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(failure.message.contains("another host"), "{failure}");
    assert!(!format!("{failure:?}").contains("example.com"));
}

#[tokio::test]
async fn an_endpoint_that_does_not_speak_tls_is_a_broken_connection() {
    let server = Server::start(|mut peer| async move {
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await;
    })
    .await;
    let hooks = WebhookHooks::new(Arc::new(client()));
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let failure = post(&hooks, &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(failure.message.contains("TLS"), "{failure}");
}
