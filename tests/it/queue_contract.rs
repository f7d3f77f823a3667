//! The contracts of queues and record stores, for those on an emulated AWS.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_aws::{DynamoStore, SqsQueue};
use hookpoint_contract::{audit, continuations, gone, idempotency, queue, runs, subjects};
use hookpoint_engine::{
    deadline::Deadline,
    hook::egress::EgressPolicy,
    ports::{Fetch as _, FetchRequest},
};
use hookpoint_webhook::GuardedClient;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

use crate::store_contract::emulated_aws;

/// The one check that a standard queue does not guarantee: it may hand a message to two workers, and the emulator,
/// which takes no locks, sometimes does.
const NOT_PROMISED: &str = "workers_at_once_never_have_the_same_job";

#[tokio::test(flavor = "multi_thread")]
async fn sqs_keeps_the_contract_of_queues() {
    let folder = tempfile::tempdir().unwrap();
    let aws = emulated_aws(&folder).await;
    let mut checks = JoinSet::new();
    for check in queue::ALL.iter().filter(|check| check.name != NOT_PROMISED) {
        let name = check.name.replace('_', "-");
        let queue = SqsQueue::create(aws.clients(), &name).await.unwrap();
        let (endpoint, url) = (aws.endpoint_url(), queue.url().to_owned());
        let queue = queue.polling_for(Duration::ZERO);
        let subject = queue::Subject::new(Arc::new(queue))
            .with_own_clock()
            // The emulated SQS has no fair queues.
            .without_turns()
            .injecting(move |message| {
                let (endpoint, url) = (endpoint.clone(), url.clone());
                Box::pin(async move { inject(endpoint, &url, &message).await })
            });
        checks.spawn(async move { (check.run)(&subject).await });
    }
    assert_eq!(checks.len() + 1, queue::ALL.len());
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_keeps_the_contracts_of_the_audit_trail_run_records_idempotency_keys_and_marks() {
    let folder = tempfile::tempdir().unwrap();
    let aws = emulated_aws(&folder).await;
    let store = DynamoStore::new(aws.clients(), "contract");
    store.create_table().await.unwrap();
    audit::contract(&store).await;
    runs::contract(&store).await;
    subjects::contract(&store).await;
    idempotency::contract(&store).await;
    gone::contract(&store).await;
    continuations::contract(Arc::new(store)).await;
}

/// Puts any text into a queue, like an SDK. The emulator accepts any signature.
async fn inject(endpoint: String, queue: &str, message: &str) {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        http_hosts: vec!["127.0.0.1".to_owned()],
        ..EgressPolicy::default()
    });
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = FetchRequest {
        method: "POST".to_owned(),
        url: endpoint,
        headers: vec![
            header("content-type", "application/x-amz-json-1.0"),
            header("x-amz-target", "AmazonSQS.SendMessage"),
            header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=emulated/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=none",
            ),
        ],
        body: json!({"QueueUrl": queue, "MessageBody": message})
            .to_string()
            .into_bytes(),
        deadline: Deadline::after(Instant::now(), Duration::from_secs(30)),
        now: SystemTime::now(),
    };
    let reply = client.fetch(request).await.unwrap();
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    assert!(answer["MessageId"].is_string(), "{answer}");
}
