//! Receiving jobs and ending leases.

use super::*;

fn receiving(bodies: Vec<Value>) -> impl Fn(&Request) -> Answer {
    move |request| match request.operation.as_str() {
        "ReceiveMessage" => ok(json!({"Messages": bodies})),
        _ => all_well(request),
    }
}

#[tokio::test]
async fn leases_and_waits_are_asked_for_in_whole_seconds_and_never_more_than_sqs_gives() {
    let (aws, queue) = queue(receiving(Vec::new())).await;
    let queue = queue.polling_for(Duration::from_millis(1_200));
    for (limit, lease) in [
        (3, Duration::from_millis(4_001)),
        (40, Duration::from_hours(24)),
    ] {
        assert!(queue.receive(limit, lease, now()).await.unwrap().is_empty());
    }
    assert!(
        queue
            .receive(0, Duration::ZERO, now())
            .await
            .unwrap()
            .is_empty()
    );
    let asked: Vec<_> = aws
        .requests()
        .into_iter()
        .map(|request| {
            let part = |name: &str| request.body[name].as_u64().unwrap();
            [
                "MaxNumberOfMessages",
                "VisibilityTimeout",
                "WaitTimeSeconds",
            ]
            .map(part)
        })
        .collect();
    assert_eq!(asked, [[3, 5, 2], [10, 43_200, 2]]);
}

#[tokio::test]
async fn the_next_attempt_is_in_the_queue_before_the_one_before_is_deleted() {
    let (aws, queue) = queue(all_well).await;
    let job = job(json!({}));
    let next = job.next_attempt(now(), Duration::from_secs(5));
    let again = Settlement::Retry(Box::new(next.clone()));
    queue
        .settle(&leased(&job), again.clone(), now())
        .await
        .unwrap();
    queue
        .settle(&leased(&job), Settlement::Done, now())
        .await
        .unwrap();
    assert_eq!(
        aws.operations(),
        ["SendMessageBatch", "DeleteMessage", "DeleteMessage"]
    );
    let requests = aws.requests();
    assert_eq!(body(&entries(&requests[0])[0]), next);
    assert_eq!(entries(&requests[0])[0]["DelaySeconds"], 5);
    assert_eq!(
        requests[1].body,
        json!({"QueueUrl": QUEUE, "ReceiptHandle": "receipt"})
    );

    // As in a function, whose messages Lambda deletes.
    queue.hand_over(&leased(&job), &again, now()).await.unwrap();
    queue
        .hand_over(&leased(&job), &Settlement::Done, now())
        .await
        .unwrap();
    assert_eq!(aws.operations()[3..], ["SendMessageBatch"]);

    let (aws, queue) = self::queue(|_| failure("AccessDenied", "no")).await;
    assert!(queue.settle(&leased(&job), again, now()).await.is_err());
    assert_eq!(
        aws.operations(),
        ["SendMessageBatch"],
        "what was not sent again must not be deleted"
    );
}

#[tokio::test]
async fn where_order_counts_a_message_keeps_its_place_and_sqs_counts_its_attempts() {
    let job = job(json!({}));
    let message = json!({
        "MessageId": "m", "ReceiptHandle": "r", "Body": job.to_json(), "Attributes": {"ApproximateReceiveCount": "3"},
    });
    let (aws, queue) = ordered(receiving(vec![message.clone()])).await;
    let received = queue
        .receive(1, Duration::from_secs(30), now())
        .await
        .unwrap();
    let third = received[0].job.clone().unwrap();
    assert_eq!(third, job.clone().on_attempt(3));
    let next = third.next_attempt(now(), Duration::from_hours(14));
    let again = Settlement::Retry(Box::new(next));
    queue.settle(&received[0], again, now()).await.unwrap();
    let asked = aws.requests().remove(1);
    assert_eq!(asked.operation, "ChangeMessageVisibility");
    // The 12 h of a message began when it was handed out.
    assert_eq!(asked.body["VisibilityTimeout"], 42_300);

    let (_aws, queue) = self::queue(receiving(vec![message])).await;
    let received = queue
        .receive(1, Duration::from_secs(30), now())
        .await
        .unwrap();
    assert_eq!(received[0].job, Ok(job));
}

#[tokio::test]
async fn a_lease_that_ran_out_is_no_error_and_any_other_failure_is() {
    let job = job(json!({}));
    let expired = "Value AQEB for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";
    let refusals = [
        (
            "ReceiptHandleIsInvalid",
            "The input receipt handle is invalid.",
            true,
        ),
        ("InvalidParameterValue", expired, true),
        ("MessageNotInflight", "it is not", true),
        (
            "AWS.SimpleQueueService.MessageNotInflight",
            "it is not",
            true,
        ),
        ("InvalidParameterValue", "The queue is odd", false),
        ("AccessDenied", "no", false),
    ];
    for (code, message, is_fine) in refusals {
        let (_aws, queue) = queue(move |_| failure(code, message)).await;
        let settled = queue.settle(&leased(&job), Settlement::Done, now()).await;
        assert_eq!(settled.is_ok(), is_fine, "{code}: {message}");
        let postponed = queue.postpone("receipt", Duration::from_secs(30)).await;
        assert_eq!(postponed.is_ok(), is_fine, "{code}: {message}");
    }
}

#[tokio::test]
async fn deliveries_are_counted_by_their_state() {
    let (aws, queue) = queue(|_| {
        ok(json!({"Attributes": {
            "ApproximateNumberOfMessages": "3",
            "ApproximateNumberOfMessagesNotVisible": "2",
            "ApproximateNumberOfMessagesDelayed": "1",
        }}))
    })
    .await;
    let counts = queue.counts().await.unwrap();
    assert_eq!((counts.due, counts.in_progress, counts.delayed), (3, 2, 1));
    assert_eq!(aws.operations(), ["GetQueueAttributes"]);
    assert_eq!(aws.requests()[0].body["QueueUrl"], QUEUE);
}
