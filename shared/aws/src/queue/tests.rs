//! The queue over the real SDK, against a server that plays SQS: requests and the handling of
//! failures.

mod dead_letters;
mod sending;
mod working;

use std::{collections::BTreeSet, time::Duration};

use hookpoint_engine::{
    delivery::job::Job,
    ports::{
        DeadLetters as _, DeadReason, JobQueue as _, Leased, Selection, Settlement, WorkQueue as _,
    },
};
use serde_json::{Value, json};

use super::SqsQueue;
use crate::{
    AwsClients,
    testing::{Answer, FakeAws, Request, failure, job, now, ok, settings},
};

const QUEUE: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/hookpoint";
const DEAD: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/hookpoint-dead-letters";

async fn queue(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (FakeAws, SqsQueue) {
    let aws = FakeAws::start(answer).await;
    let queue = SqsQueue::new(aws.clients(), QUEUE, Some(DEAD.to_owned()));
    (aws, queue)
}

/// Like [`queue`], with FIFO queues.
async fn ordered(
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (FakeAws, SqsQueue) {
    let aws = FakeAws::start(answer).await;
    let dead = Some(format!("{DEAD}.fifo"));
    let queue = SqsQueue::new(aws.clients(), format!("{QUEUE}.fifo"), dead);
    (aws, queue)
}

fn entries(request: &Request) -> Vec<Value> {
    request.body["Entries"].as_array().unwrap().clone()
}

/// A response that lists every entry of a batch as successful.
fn all_well(request: &Request) -> Answer {
    if request.body.get("Entries").is_none() {
        return ok(json!({}));
    }
    some_well(request, |_| true)
}

/// A response that lists the chosen entries as successful and leaves out the others.
fn some_well(request: &Request, chosen: impl Fn(&Value) -> bool) -> Answer {
    let successful: Vec<_> = entries(request)
        .into_iter()
        .filter(chosen)
        .map(|entry| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x"}))
        .collect();
    ok(json!({"Successful": successful, "Failed": []}))
}

fn body(entry: &Value) -> Job {
    Job::from_json(entry["MessageBody"].as_str().unwrap()).unwrap()
}

fn leased(job: &Job) -> Leased {
    Leased {
        job: Ok(job.clone()),
        receipt: "receipt".to_owned(),
        bytes: 0,
    }
}

fn reason() -> DeadReason {
    DeadReason {
        code: "bad-status".to_owned(),
        message: "answered\u{0} 400".to_owned(),
    }
}
