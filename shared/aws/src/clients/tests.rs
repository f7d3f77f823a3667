//! Connections are shared while they are fresh, and nothing prints a credential.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookpoint_engine::ports::ApplicationSource;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::*;
use crate::{
    DynamoStore,
    testing::{FakeAws, ok, settings},
};

#[tokio::test]
async fn a_connection_is_used_again_until_it_was_idle_for_too_long_by_the_wall_clock() {
    let aws = FakeAws::start(|_| ok(json!({}))).await;
    let connections = Connections::new(EVENT.connect, Vec::new());
    let start = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    for seconds in [0, 10, 20, 36] {
        let pool = connections
            .pool(start + Duration::from_secs(seconds))
            .unwrap();
        let request = http::Request::post(aws.url())
            .header("x-amz-target", "Test.Ping")
            .body("{}".into())
            .unwrap();
        pool.request(request)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
    }
    let peers: Vec<_> = aws
        .requests()
        .into_iter()
        .map(|request| request.peer)
        .collect();
    assert_eq!((peers[1], peers[2]), (peers[0], peers[0]));
    assert_ne!(peers[3], peers[0]);
}

#[test]
fn nothing_prints_a_credential() {
    let settings = AwsSettings {
        region: "eu-central-1".to_owned(),
        endpoint_url: None,
        authorities: Vec::new(),
        credentials: AwsCredentials::fixed(
            "AKIAEXAMPLE",
            &Secret::new("hidden"),
            Some(&Secret::new("hidden")),
        ),
    };
    let clients = AwsClients::new(settings.clone());
    let printed = format!(
        "{settings:?} {clients:?} {:?}",
        DynamoStore::new(clients.clone(), "t")
    );
    assert!(printed.contains("eu-central-1") && printed.contains("[redacted]"));
    assert!(
        !printed.contains("hidden") && !printed.contains("AKIA"),
        "{printed}"
    );
}

#[tokio::test]
async fn an_endpoint_that_speaks_no_tls_is_asked_once_and_the_reason_is_said() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    tokio::spawn({
        let connections = connections.clone();
        async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            }
        }
    });
    let mut settings = settings(address);
    settings.endpoint_url = Some(format!("https://localhost:{}", address.port()));
    let store = DynamoStore::new(AwsClients::new(settings), "hookpoint");
    let error = store
        .application(&"shop".parse().unwrap())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("corrupt message"), "{error}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
