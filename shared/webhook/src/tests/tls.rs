//! TLS and trusted authorities.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    hook::{
        egress::{Authority, EgressPolicy},
        outcome::FailureClass,
    },
    ports::{Fetch as _, FetchRequest},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;

use super::{
    HOST, PUBLIC, Scripted, policy, post,
    server::{Server, read_request},
    within,
};
use crate::{GuardedClient, WebhookHooks};

/// A TLS server with a certificate of a private authority, and that authority.
async fn serve(host: &str) -> (Server, Vec<Authority>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let signing_key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new([host.to_owned()])
        .unwrap()
        .signed_by(&signing_key, &authority)
        .unwrap();
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
            // It reads the next request without answering, and closes without a TLS `close_notify`.
            read_request(&mut stream).await;
        }
    })
    .await;
    (server, Authority::from_pem(&authority.pem()).unwrap())
}

fn client(authorities: Vec<Authority>) -> GuardedClient {
    let policy = EgressPolicy {
        authorities,
        ..policy()
    };
    GuardedClient::with_resolver(policy, Scripted::new([&[PUBLIC], &[PUBLIC]]))
}

fn hooks(authorities: Vec<Authority>) -> WebhookHooks {
    WebhookHooks::new(Arc::new(client(authorities)))
}

#[tokio::test]
async fn an_endpoint_of_a_private_authority_is_reached_only_where_the_operator_trusts_it() {
    let (server, authorities) = serve(HOST).await;
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let reply = post(&hooks(authorities.clone()), &url).await.unwrap();
    assert_eq!(reply.body, b"{}");
    let request = FetchRequest {
        method: "GET".to_owned(),
        url: url.clone(),
        headers: Vec::new(),
        body: Vec::new(),
        deadline: within(Duration::from_secs(3)),
        now: SystemTime::now(),
    };
    assert_eq!(
        client(authorities).fetch(request).await.unwrap().status,
        200
    );

    let failure = post(&hooks(Vec::new()), &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(failure.message.contains("unknown authority"), "{failure}");
    assert!(failure.message.contains("`local.trustCa`"), "{failure}");

    // One private authority is not another.
    let (_, others) = serve(HOST).await;
    let failure = post(&hooks(others), &url).await.unwrap_err();
    assert!(failure.message.contains("certificate"), "{failure}");
}

#[tokio::test]
async fn an_event_that_a_closing_tls_connection_swallowed_is_sent_once_more() {
    let (server, authorities) = serve(HOST).await;
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let hooks = hooks(authorities);
    for connections in 1..=2 {
        assert_eq!(post(&hooks, &url).await.unwrap().status, 200);
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_without_naming_the_host() {
    let (server, authorities) = serve("other.example.com").await;
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let failure = post(&hooks(authorities), &url).await.unwrap_err();
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
    let hooks = hooks(Vec::new());
    let url = server.url_at(HOST, "/").replace("http:", "https:");
    let failure = post(&hooks, &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert!(failure.message.contains("TLS"), "{failure}");
}
