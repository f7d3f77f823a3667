//! A secret in a URL never appears in a failure.

use std::{sync::Arc, time::Duration};

use hookpoint_engine::{
    confidential::secret::Secret,
    hook::outcome::{FailureClass, HookFailure},
    ports::{Fetch as _, FetchRequest, WebhookRunner as _},
};
use tokio::net::TcpListener;

use super::{PUBLIC, Scripted, call, hooks, policy, server::Server, within};
use crate::{GuardedClient, WebhookHooks};

/// A host name, a path and a query can all hold it.
const SECRET: &str = "s3cr3t";

fn assert_secret(failure: &HookFailure) {
    for text in [failure.to_string(), format!("{failure:?}")] {
        assert!(!text.to_lowercase().contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_secret_in_host_path_or_query_shows_in_no_failure() {
    let garbage = Server::answering("garbage\r\n\r\n").await;
    let large = Server::answering(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        1 << 20
    ))
    .await;
    let eager = Server::start(|mut peer| async move { peer.write("garbage").await }).await;
    let cut_off = Server::start(|mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")
            .await;
    })
    .await;
    let silent = Server::start(|mut peer| async move {
        peer.request().await;
        peer.request().await;
    })
    .await;
    let closed = TcpListener::bind((PUBLIC, 0)).await.unwrap();
    let closed_port = closed.local_addr().unwrap().port();
    drop(closed);

    let host = format!("{SECRET}.example.com");
    let target = format!("/{SECRET}?token={SECRET}");
    let url = |server: &Server| server.url_at(&host, &target);
    let cases = [
        (url(&garbage), FailureClass::Connection),
        (url(&large), FailureClass::TooLarge),
        (url(&cut_off), FailureClass::Connection),
        (url(&silent), FailureClass::Timeout),
        (
            format!("http://{host}:{closed_port}{target}"),
            FailureClass::Connection,
        ),
        // TLS to an endpoint that does not speak it.
        (
            url(&eager).replace("http:", "https:"),
            FailureClass::Connection,
        ),
        // Not listed for plain http, an odd scheme, credentials, a forbidden host, too long, or not a URL.
        (
            format!("http://other-{host}{target}"),
            FailureClass::EgressRefused,
        ),
        (format!("{SECRET}:{target}"), FailureClass::EgressRefused),
        (
            format!("https://{SECRET}:{SECRET}@{host}/"),
            FailureClass::EgressRefused,
        ),
        (
            format!("https://{SECRET}.localhost/{target}"),
            FailureClass::EgressRefused,
        ),
        (
            format!("https://{host}/{SECRET}{}", "x".repeat(1 << 17)),
            FailureClass::BadRequest,
        ),
        (
            format!("https://{SECRET} {SECRET}/"),
            FailureClass::BadRequest,
        ),
        (SECRET.to_owned(), FailureClass::BadRequest),
    ];
    let mut policy = policy();
    policy.http_hosts.push(host.clone());
    for (url, class) in cases {
        let client = Arc::new(GuardedClient::with_resolver(
            policy.clone(),
            Scripted::new([&[PUBLIC], &[PUBLIC]]),
        ));
        let secret = Secret::new(url.clone());
        let mut call = call(&secret);
        call.deadline = within(Duration::from_millis(300));
        let failure = WebhookHooks::new(Arc::clone(&client))
            .post(call)
            .await
            .unwrap_err();
        assert_eq!(failure.class, class, "{url:.60}: {failure}");
        assert_secret(&failure);

        let request = FetchRequest {
            method: "POST".to_owned(),
            url: url.clone(),
            headers: Vec::new(),
            body: b"{}".to_vec(),
            deadline: within(Duration::from_millis(300)),
            now: std::time::SystemTime::now(),
        };
        let failure = client.fetch(request).await.unwrap_err();
        assert_eq!(failure.class, class, "{url:.60}: {failure}");
        assert_secret(&failure);
        assert!(!format!("{client:?}").contains(&target));
    }
    // Here the resolver fails, with the name in its message.
    let unknown = Secret::new(format!("https://{host}{target}"));
    let failure = hooks().post(call(&unknown)).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Connection);
    assert_secret(&failure);
}

#[tokio::test]
async fn a_refusal_names_what_the_author_wrote_literally_and_nothing_else() {
    for (rendered, template, named) in [
        (
            "http://crm.example.com/s3cr3t",
            "http://crm.example.com/{Token:Secret}",
            "`crm.example.com`",
        ),
        (
            "https://10.0.0.1/s3cr3t",
            "https://10.0.0.1/{Token:Secret}",
            "`10.0.0.1`",
        ),
        (
            "https://[::1]/s3cr3t",
            "https://[::1]/{Token:Secret}",
            "`::1`",
        ),
        (
            "ftp://files.example.com/s3cr3t",
            "ftp://files.example.com/{Token:Secret}",
            "`ftp`",
        ),
        ("http://s3cr3t/", "http://{Host:Secret}/", "the host may"),
        (
            "https://10.0.0.1/",
            "https://{Host:Secret}/",
            "the host is private",
        ),
        ("s3cr3t:/", "{Endpoint:Secret}", "the scheme of the URL"),
    ] {
        let url = Secret::new(rendered);
        let mut call = call(&url);
        template.clone_into(&mut call.display_url);
        let failure = hooks().post(call).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::EgressRefused);
        assert!(failure.message.contains(named), "{failure}");
        assert_secret(&failure);
    }
}
