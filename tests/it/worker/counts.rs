//! Message counts of the emulated SQS.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    deadline::Deadline,
    hook::egress::EgressPolicy,
    ports::{Fetch as _, FetchRequest},
};
use hookpoint_webhook::GuardedClient;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::stage_function::Deployment;

/// Message counts of the queue of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Available messages.
    pub(crate) visible: u64,
    /// Received, hidden messages.
    pub(crate) in_flight: u64,
    /// Delayed messages.
    pub(crate) delayed: u64,
}

impl Counts {
    pub(crate) fn sum(self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

/// Reads them like an SDK: `GetQueueAttributes` in the JSON protocol. The emulator accepts any signature.
pub(crate) async fn counts(deployment: &Deployment) -> Counts {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        http_hosts: vec!["127.0.0.1".to_owned()],
        ..EgressPolicy::default()
    });
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = FetchRequest {
        method: "POST".to_owned(),
        url: deployment.aws.endpoint_url(),
        headers: vec![
            header("content-type", "application/x-amz-json-1.0"),
            header("x-amz-target", "AmazonSQS.GetQueueAttributes"),
            header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=emulated/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=none",
            ),
        ],
        body: json!({"QueueUrl": deployment.queue.url(), "AttributeNames": ["All"]})
            .to_string()
            .into_bytes(),
        deadline: Deadline::after(Instant::now(), Duration::from_secs(30)),
        now: SystemTime::now(),
    };
    let reply = client.fetch(request).await.unwrap();
    let answer: Value = serde_json::from_slice(&reply.body).unwrap();
    let count = |name: &str| {
        let text = answer["Attributes"][name].as_str();
        text.and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("{name}: {answer}"))
    };
    Counts {
        visible: count("ApproximateNumberOfMessages"),
        in_flight: count("ApproximateNumberOfMessagesNotVisible"),
        delayed: count("ApproximateNumberOfMessagesDelayed"),
    }
}
