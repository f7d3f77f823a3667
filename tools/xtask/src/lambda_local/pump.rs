//! A stand-in for Lambda's event source mapping: receives messages, passes them to the worker in batches, and deletes
//! those that the response does not list as failed. After an invalid response, or none, all of them come back when they
//! become visible again.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail, ensure};
use hookpoint_aws::SqsQueue;
use hookpoint_engine::{
    deadline::Deadline,
    hook::egress::EgressPolicy,
    ports::{Fetch as _, FetchRequest, Leased, Settlement, WorkQueue as _},
};
use hookpoint_webhook::GuardedClient;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// Lambda's batch size.
pub const BATCH_SIZE: usize = 10;
/// Visibility timeout, as in `template.yaml`.
const LEASE: Duration = Duration::from_mins(3);
/// Timeout of the worker, which is linked at its first batch.
const PATIENCE: Duration = Duration::from_mins(2);
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(5);

/// Passes batches of the queue to the function at a URL, for ever.
pub(super) async fn run(queue: SqsQueue, invoke_url: String) {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec![IpAddr::from(Ipv4Addr::LOCALHOST).into()],
        http_hosts: vec!["127.0.0.1".to_owned()],
        ..EgressPolicy::default()
    });
    loop {
        if let Err(error) = pump(&queue, &client, &invoke_url).await {
            eprintln!("failed to deliver; retrying: {error:#}");
            sleep(PAUSE).await;
        }
    }
}

async fn pump(queue: &SqsQueue, client: &GuardedClient, invoke_url: &str) -> anyhow::Result<()> {
    let batch = Batch::receive(queue, LEASE).await?;
    if batch.is_empty() {
        return Ok(());
    }
    let request = FetchRequest {
        method: "POST".to_owned(),
        url: invoke_url.to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: batch.event().to_string().into_bytes(),
        deadline: Deadline::after(Instant::now(), PATIENCE),
        now: SystemTime::now(),
    };
    let reply = client.fetch(request).await;
    let reply = reply.context("the worker cannot be invoked")?;
    let answer = serde_json::from_slice(&reply.body);
    let answer = answer.with_context(|| format!("the worker returned {}", reply.status))?;
    batch.settle(queue, &answer).await
}

/// A batch of leased messages.
#[derive(Debug)]
pub struct Batch(Vec<Leased>);

impl Batch {
    /// Receives messages for `lease`, waiting a moment for the first. May be empty.
    pub async fn receive(queue: &SqsQueue, lease: Duration) -> anyhow::Result<Self> {
        let leased = queue.receive(BATCH_SIZE, lease, SystemTime::now());
        leased.await.map(Self).context("failed to receive")
    }

    /// Whether the batch has no messages.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The payload for the worker: see "Example Amazon SQS message event" in the AWS Lambda Developer Guide.
    pub fn event(&self) -> Value {
        let record = |(index, leased): (usize, &Leased)| {
            let (body, group) = match &leased.job {
                Ok(job) => (job.to_json(), job.order_group()),
                Err(message) => (message.message.clone(), String::new()),
            };
            json!({
                "messageId": id(index),
                "receiptHandle": leased.receipt,
                "body": body,
                // The receive count only matters in FIFO queues; jobs carry their attempt.
                "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": group},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            })
        };
        let records: Vec<_> = self.0.iter().enumerate().map(record).collect();
        json!({"Records": records})
    }

    /// Deletes the messages that the worker did not list as failed.
    pub async fn settle(&self, queue: &SqsQueue, answer: &Value) -> anyhow::Result<()> {
        let failures = answer["batchItemFailures"].as_array();
        let Some(failures) = failures else {
            bail!("the worker returned {answer}");
        };
        let failed: Vec<_> = failures
            .iter()
            .map(|failure| failure["itemIdentifier"].as_str().unwrap_or_default())
            .collect();
        // As in Lambda, a response with unknown ids fails the whole batch.
        let ids: Vec<_> = (0..self.0.len()).map(id).collect();
        ensure!(
            failed
                .iter()
                .all(|failed| ids.iter().any(|id| id == failed)),
            "the worker listed messages that are not in its batch: {answer}"
        );
        for (leased, id) in self.0.iter().zip(&ids) {
            if !failed.contains(&id.as_str()) {
                let deleted = queue.settle(leased, Settlement::Done, SystemTime::now());
                deleted.await.context("failed to delete a message")?;
            }
        }
        Ok(())
    }
}

fn id(index: usize) -> String {
    format!("message-{index}")
}
