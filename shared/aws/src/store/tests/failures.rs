//! Errors that callers get from a failing store, and how long they take.

use super::*;

#[tokio::test]
async fn an_absent_application_is_none_and_a_failure_says_what_the_service_said() {
    let (aws, store) = store(|_| ok(json!({}))).await;
    let id = "shop".parse().unwrap();
    assert_eq!(store.application(&id).await.unwrap(), None);
    store.warm_up().await;
    let requests = aws.requests();
    assert_eq!(requests[1].body["Key"]["pk"]["S"], "application#");
    // Both went over one connection.
    assert_eq!(requests[0].peer, requests[1].peer);

    let (_aws, store) =
        self::store(|_| failure("ResourceNotFoundException", "Requested resource not found")).await;
    assert_eq!(
        store.application(&id).await.unwrap_err().to_string(),
        "the store is unreachable: there is no DynamoDB table `hookpoint` in eu-central-1; check its name and the region"
    );
    store.warm_up().await;
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_three_times_and_no_more() {
    let (aws, store) = store(|_| {
        (
            500,
            json!({"__type": "InternalServerError", "message": "later"}),
        )
    })
    .await;
    let error = store
        .application(&"shop".parse().unwrap())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("InternalServerError: later"),
        "{error}"
    );
    assert_eq!(aws.requests().len(), 3);
}

/// The clock is paused: timeouts fire at once, and the elapsed time is exactly their sum.
#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_costs_an_event_two_seconds_at_most() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clients = AwsClients::new(settings(listener.local_addr().unwrap()));
    let store = DynamoStore::new(clients, "hookpoint");
    let started = tokio::time::Instant::now();
    let error = store
        .application(&"shop".parse().unwrap())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("no response within the time limit"),
        "{error}"
    );
    assert!(
        started.elapsed() <= Duration::from_millis(2_010),
        "{:?}",
        started.elapsed()
    );
    assert!(started.elapsed() >= Duration::from_millis(800));
}

#[tokio::test]
async fn a_refused_connection_is_said_in_words() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let store = DynamoStore::new(AwsClients::new(settings(address)), "hookpoint");
    let error = store
        .application(&"shop".parse().unwrap())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("Connection refused"), "{error}");
    for word in ["hidden", "AKIA", "DispatchFailure", "{"] {
        assert!(!error.contains(word), "{error}");
    }
}
