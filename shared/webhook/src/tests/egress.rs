//! The policy holds at dial time, whatever the resolver returns.

use std::sync::Arc;

use hookpoint_engine::hook::{egress::EgressPolicy, outcome::FailureClass};
use tokio::net::TcpListener;

use super::{HOST, INNER, PUBLIC, Scripted, hooks_resolving, post, server::Server};
use crate::{GuardedClient, WebhookHooks};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn every_hostile_url_is_refused_before_a_name_is_asked_or_a_connection_opened() {
    let resolver = Scripted::new([]);
    let client = GuardedClient::with_resolver(EgressPolicy::default(), Arc::clone(&resolver) as _);
    let hooks = WebhookHooks::new(Arc::new(client));
    let urls: Vec<&str> = include_str!("../../../../tests/corpora/hostile-urls.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    assert!(urls.len() > 20);
    for url in urls {
        // With https as well, so that plain http is not the only reason.
        for url in [url.to_owned(), url.replace("http:", "https:")] {
            let failure = post(&hooks, &url).await.unwrap_err();
            assert_eq!(failure.class, FailureClass::EgressRefused, "{url}");
        }
    }
    assert_eq!(resolver.questions(), 0);
}

#[tokio::test]
async fn a_name_that_turns_inward_the_second_time_is_refused() {
    let (public, inner) = Server::pair(PUBLIC.into(), INNER.into(), EMPTY).await;
    let resolver = Scripted::new([&[PUBLIC], &[INNER]]);
    let hooks = hooks_resolving(Arc::clone(&resolver) as _);
    let url = public.url_at(HOST, "/");

    assert_eq!(post(&hooks, &url).await.unwrap().status, 200);
    let failure = post(&hooks, &url).await.unwrap_err();

    assert_eq!(failure.class, FailureClass::EgressRefused);
    assert!(failure.message.contains("127.0.0.1"), "{failure}");
    assert!(
        failure.message.contains("HOOKPOINT_ALLOWED_NETWORKS"),
        "{failure}"
    );
    assert_eq!(resolver.questions(), 2);
    assert_eq!((public.connections(), inner.connections()), (1, 0));
}

#[tokio::test]
async fn of_a_mixed_answer_only_allowed_addresses_are_dialled() {
    let (public, inner) = Server::pair(PUBLIC.into(), INNER.into(), EMPTY).await;
    for answer in [[PUBLIC, INNER], [INNER, PUBLIC]] {
        let hooks = hooks_resolving(Scripted::new([&answer]));
        let reply = post(&hooks, &public.url_at(HOST, "/")).await.unwrap();
        assert_eq!(reply.status, 200);
    }
    assert_eq!((public.connections(), inner.connections()), (2, 0));
}

#[tokio::test]
async fn an_allowed_address_that_is_down_does_not_lead_to_a_refused_one() {
    let inner = loop {
        let inner = TcpListener::bind((INNER, 0)).await.unwrap();
        // The port is free at the allowed address, so the system refuses the connection.
        if TcpListener::bind((PUBLIC, inner.local_addr().unwrap().port()))
            .await
            .is_ok()
        {
            break Server::answering_on(inner, EMPTY);
        }
    };
    let hooks = hooks_resolving(Scripted::new([&[PUBLIC, INNER]]));
    let failure = post(&hooks, &inner.url_at(HOST, "/")).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert_eq!(inner.connections(), 0);
}

#[tokio::test]
async fn a_private_answer_is_an_egress_refusal_and_no_answer_a_connection_failure() {
    let private = [10, 0, 0, 1].into();
    let hooks = hooks_resolving(Scripted::new([&[private, INNER], &[]]));
    let url = format!("https://{HOST}/");
    let failure = post(&hooks, &url).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::EgressRefused);
    assert!(failure.message.contains("`10.0.0.1` is private"));
    // An empty result, then a failing resolver.
    for _ in 0..2 {
        let failure = post(&hooks, &url).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Connection);
        assert!(!failure.message.contains(HOST), "{failure}");
    }
}
