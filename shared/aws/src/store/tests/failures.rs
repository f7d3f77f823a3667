//! Errors that callers get from a failing store, and how long they take.

use hookpoint_engine::{ports::RunStore as _, record::RunFilter};

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
async fn a_table_with_other_keys_is_not_called_a_failure_of_dynamodb() {
    let id = "shop".parse().unwrap();
    for (said, is_other) in [
        ("The provided key element does not match the schema", true),
        ("Query condition missed key schema element: pk", true),
        ("The table does not have the specified index: index", true),
        ("Item size has exceeded the maximum allowed size", false),
    ] {
        let (_aws, store) = self::store(|_| failure("ValidationException", said)).await;
        let error = store.application(&id).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(
            error.contains("table `hookpoint` is not one of Hookpoint's"),
            is_other,
            "{error}"
        );
    }
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
        error.to_string().ends_with(
            "in eu-central-1: no response within the time limit; check the region and the network"
        ),
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

/// What the roles for people may not read is left out where that is no failure.
#[tokio::test]
async fn what_a_role_may_not_read_is_left_out_and_anything_else_says_so() {
    let written = record(1);
    let answer = wire(&crate::item::run(&written, Duration::from_mins(1)));
    let (aws, store) = store(move |request| {
        let key = request.body["Key"]["pk"]["S"].as_str().unwrap_or_default();
        // Of runs, only the records.
        let is_allowed = request.operation == "Query"
            || (key.contains("#runs:shop:") && !key.contains(":events"));
        if !is_allowed {
            return failure("AccessDeniedException", "not you");
        }
        if request.operation == "Query" {
            ok(json!({ "Items": [] }))
        } else {
            ok(json!({ "Item": answer }))
        }
    })
    .await;
    let found = store.run(&written.id).await.unwrap().unwrap();
    assert_eq!(found.id, written.id);
    assert!(found.kept.is_none());

    // The list of applications with runs is not for authors: each stage is searched.
    let filter = RunFilter {
        application: Some("shop".parse().unwrap()),
        ..RunFilter::default()
    };
    assert_eq!(store.runs(&filter, 10).await.unwrap(), []);
    let searched: BTreeSet<String> = aws
        .requests()
        .iter()
        .filter(|request| request.operation == "Query")
        .filter_map(|request| {
            let values = request.body["ExpressionAttributeValues"].as_object()?;
            let mut texts = values.values().filter_map(|value| value["S"].as_str());
            let (stage, _) = texts.find_map(|text| text.split_once("#runs:"))?;
            Some(stage.to_owned())
        })
        .collect();
    assert_eq!(searched.len(), Stage::ALL.len(), "{searched:?}");

    let error = store.application(&"shop".parse().unwrap()).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "the store is unreachable: you may not do this with DynamoDB table `hookpoint`: AccessDeniedException: not you"
    );
}
