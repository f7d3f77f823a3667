//! Creating queues, for emulators and tests: in an account the deployment template does it.

use aws_sdk_sqs::types::QueueAttributeName;
use hookpoint_engine::ports::QueueError;
use serde_json::json;

use super::{FIFO, POLLING, QueueUrl, SqsQueue, message::BYTE_LIMIT};
use crate::clients::AwsClients;

/// `maxReceiveCount`: how often SQS hands out a message that crashes its worker.
const HANDED_OUT: &str = "20";

impl SqsQueue {
    /// Creates a queue and its dead-letter queue, `<name>-dead-letters`. A name that ends in
    /// `.fifo` makes a queue that keeps order.
    pub async fn create(clients: AwsClients, name: &str) -> Result<Self, QueueError> {
        let (stem, ending) = match name.strip_suffix(FIFO) {
            Some(stem) => (stem, FIFO),
            None => (name, ""),
        };
        let dead_letters = create(&clients, &format!("{stem}-dead-letters{ending}"), None).await?;
        let attributes = clients
            .sqs()
            .get_queue_attributes()
            .queue_url(&dead_letters.0)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(|error| dead_letters.unreachable(&error))?;
        let arn = attributes
            .attributes()
            .and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn))
            .ok_or_else(|| dead_letters.error("SQS returned no ARN"))?;
        let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": HANDED_OUT});
        let deliveries = create(&clients, name, Some(policy.to_string())).await?;
        Ok(Self {
            clients,
            deliveries,
            dead_letters: Some(dead_letters),
            polling: POLLING,
        })
    }
}

async fn create(
    clients: &AwsClients,
    name: &str,
    redrive_policy: Option<String>,
) -> Result<QueueUrl, QueueError> {
    let mut request = clients.sqs().create_queue().queue_name(name).attributes(
        QueueAttributeName::MaximumMessageSize,
        BYTE_LIMIT.to_string(),
    );
    if name.ends_with(FIFO) {
        request = request.attributes(QueueAttributeName::FifoQueue, "true");
    }
    if let Some(policy) = redrive_policy {
        request = request.attributes(QueueAttributeName::RedrivePolicy, policy);
    }
    let queue = QueueUrl(name.to_owned());
    let output = request
        .send()
        .await
        .map_err(|error| queue.unreachable(&error))?;
    let url = output
        .queue_url
        .ok_or_else(|| queue.error("SQS returned no URL"))?;
    Ok(QueueUrl(url))
}
