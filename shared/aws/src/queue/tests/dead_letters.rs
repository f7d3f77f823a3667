//! Dead letters: their attributes, and that none is lost while it is moved.

use std::sync::Mutex;

use hookpoint_engine::delivery::job::NotAJob;

use super::*;

/// Hands out these messages once, ten at a time.
fn holding(
    messages: Vec<Value>,
    answer: impl Fn(&Request) -> Answer,
) -> impl Fn(&Request) -> Answer {
    let left = Mutex::new(messages);
    move |request| match request.operation.as_str() {
        "ReceiveMessage" => {
            let mut left = left.lock().unwrap();
            let count = left.len().min(10);
            ok(json!({"Messages": left.drain(..count).collect::<Vec<_>>()}))
        }
        _ => answer(request),
    }
}

fn message(number: usize, body: &str) -> Value {
    json!({"MessageId": format!("m{number}"), "ReceiptHandle": format!("r{number}"), "Body": body})
}

fn letters(count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| message(number, &job(json!({})).to_json()))
        .collect()
}

#[tokio::test]
async fn a_dead_letter_says_why_and_since_when_and_comes_back_as_it_was() {
    let (aws, queue) = queue(all_well).await;
    let job = job(json!({})).on_attempt(8);
    queue
        .settle(&leased(&job), Settlement::Dead(reason()), now())
        .await
        .unwrap();
    assert_eq!(aws.operations(), ["SendMessageBatch", "DeleteMessage"]);
    let requests = aws.requests();
    assert_eq!(requests[0].body["QueueUrl"], DEAD);
    let entry = entries(&requests[0]).remove(0);
    let text = |value: &str| json!({"DataType": "String", "StringValue": value});
    let number = |value: &str| json!({"DataType": "Number", "StringValue": value});
    let attributes = json!({
        "ReasonCode": text("bad-status"), "ErrorMessage": text("answered\u{fffd} 400"),
        "Attempts": number("8"), "Since": number("1760000000000"),
    });
    assert_eq!(entry["MessageAttributes"], attributes);

    let mut stored = message(1, entry["MessageBody"].as_str().unwrap());
    stored["MessageAttributes"] = attributes;
    // A message that SQS moved has none of our attributes; one that is not a job is identified by its
    // message id.
    let moved = message(2, &self::job(json!({})).to_json());
    let (aws, queue) =
        self::queue(holding(vec![stored, moved, message(3, "no job")], all_well)).await;
    let found = queue.dead_letters(10).await.unwrap();
    let known = found
        .iter()
        .find(|letter| letter.id == job.delivery.as_str())
        .unwrap();
    assert_eq!((&known.job, known.since), (&Ok(job), Some(now())));
    assert_eq!(
        known.reason.as_ref().unwrap().message,
        "answered\u{fffd} 400"
    );
    let others: Vec<_> = found
        .iter()
        .filter(|letter| letter.reason.is_none())
        .collect();
    assert_eq!(others.len(), 2);
    assert!(
        others
            .iter()
            .any(|letter| letter.id == "m3" && letter.job.is_err())
    );
    let given_back = aws.requests().pop().unwrap();
    assert_eq!(given_back.operation, "ChangeMessageVisibilityBatch");
    let visible: BTreeSet<_> = entries(&given_back)
        .iter()
        .map(|entry| format!("{} {}", entry["ReceiptHandle"], entry["VisibilityTimeout"]))
        .collect();
    assert_eq!(
        visible,
        ["\"r1\" 0", "\"r2\" 0", "\"r3\" 0"]
            .map(str::to_owned)
            .into()
    );
}

#[tokio::test]
async fn a_message_as_large_as_they_come_is_set_aside_without_an_explanation() {
    let (aws, queue) = ordered(all_well).await;
    let not_a_job = NotAJob {
        reason: "odd".to_owned(),
        message: "x".repeat(1024 * 1024),
        is_newer: false,
    };
    let large = Leased {
        job: Err(not_a_job),
        receipt: "receipt".to_owned(),
        bytes: 1024 * 1024,
    };
    queue
        .settle(&large, Settlement::Dead(reason()), now())
        .await
        .unwrap();
    let entry = entries(&aws.requests()[0]).remove(0);
    assert!(entry.get("MessageAttributes").is_none());
    // Alone in its group: a received one must not hide others.
    assert_eq!(entry["MessageGroupId"], entry["MessageDeduplicationId"]);
}

#[tokio::test]
async fn what_is_sent_again_is_confirmed_before_it_leaves_the_dead_letters() {
    let each = (0..23).map(|number| {
        let delivery = job(json!({ "number": number }));
        message(number, &delivery.to_json())
    });
    let (aws, queue) = queue(holding(each.collect(), all_well)).await;
    assert_eq!(queue.redrive(&Selection::All, now()).await.unwrap(), 23);
    let round = ["ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch"];
    assert_eq!(
        aws.operations(),
        [&round[..], &round, &round, &round[..1]].concat()
    );
    for sent in aws
        .requests()
        .iter()
        .filter(|request| request.operation == "SendMessageBatch")
    {
        assert_eq!(sent.body["QueueUrl"], QUEUE);
        assert!(entries(sent).iter().all(|entry| body(entry).attempt == 1));
    }
    assert_eq!(aws.requests()[2].body["QueueUrl"], DEAD);

    let (aws, queue) = self::queue(holding(letters(2), |request| {
        match request.operation.as_str() {
            "SendMessageBatch" => failure("AccessDenied", "no"),
            _ => all_well(request),
        }
    }))
    .await;
    let error = queue
        .redrive(&Selection::All, now())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("AccessDenied") && error.contains("0 dead letters"),
        "{error}"
    );
    let operations = [
        "ReceiveMessage",
        "SendMessageBatch",
        "ChangeMessageVisibilityBatch",
    ];
    assert_eq!(aws.operations(), operations);
}

/// The worker sets it aside again, as a new message, before the command has read all.
#[tokio::test]
async fn a_delivery_that_ends_again_at_once_is_redriven_once() {
    let letter = job(json!({})).to_json();
    let again = (0..30).map(|number| message(number, &letter)).collect();
    let (aws, queue) = queue(holding(again, all_well)).await;
    assert_eq!(queue.redrive(&Selection::All, now()).await.unwrap(), 1);
    let sent = aws.operations().into_iter();
    let sent = sent.filter(|operation| operation == "SendMessageBatch");
    assert_eq!(sent.count(), 1);
    let given_back = aws.requests().into_iter();
    let given_back =
        given_back.filter(|request| request.operation == "ChangeMessageVisibilityBatch");
    assert_eq!(
        given_back
            .map(|request| entries(&request).len())
            .sum::<usize>(),
        29
    );
}

#[tokio::test]
async fn the_chosen_ones_are_removed_and_the_others_given_back() {
    let all = letters(12);
    let id = |letter: &Value| {
        body(&json!({"MessageBody": letter["Body"]}))
            .delivery
            .to_string()
    };
    let chosen = Selection::Only([id(&all[1]), id(&all[11]), "unknown".to_owned()].into());
    let rounds = std::sync::atomic::AtomicUsize::new(0);
    let (aws, queue) = queue(holding(all, move |request| {
        let is_first = rounds.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        // A single failed deletion is retried.
        some_well(request, |_| !is_first)
    }))
    .await;
    assert_eq!(queue.drop_dead_letters(&chosen).await.unwrap(), 2);
    let receipts = |operation: &str| -> Vec<String> {
        let requests = aws.requests();
        let those = requests
            .iter()
            .filter(|request| request.operation == operation);
        let entries = those.flat_map(entries);
        entries
            .map(|entry| entry["ReceiptHandle"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(receipts("DeleteMessageBatch"), ["r1", "r1", "r11"]);
    assert_eq!(receipts("ChangeMessageVisibilityBatch").len(), 10);
}

#[tokio::test]
async fn without_a_queue_for_them_the_error_names_the_setting() {
    let aws = FakeAws::start(all_well).await;
    let queue = SqsQueue::new(aws.clients(), QUEUE, None);
    let dead = Settlement::Dead(reason());
    let errors = [
        queue
            .settle(&leased(&job(json!({}))), dead, now())
            .await
            .unwrap_err(),
        queue.dead_letters(1).await.unwrap_err(),
        queue.redrive(&Selection::All, now()).await.unwrap_err(),
    ];
    for error in errors {
        assert!(
            error
                .to_string()
                .contains("`HOOKPOINT_DEAD_LETTER_QUEUE_URL`"),
            "{error}"
        );
    }
    assert!(aws.requests().is_empty());
}

#[tokio::test]
async fn a_look_for_one_ends_as_soon_as_it_is_found_and_says_when_it_saw_all() {
    let all = letters(23);
    let id = |letter: &Value| {
        body(&json!({"MessageBody": letter["Body"]}))
            .delivery
            .to_string()
    };
    let only = |id: String| Selection::Only([id].into());
    let wanted = only(id(&all[11]));
    let (aws, queue) = queue(holding(all.clone(), all_well)).await;
    let found = queue.find_dead_letters(&wanted, 1).await.unwrap();
    assert_eq!(found.letters.len(), 1);
    assert!(wanted.contains(&found.letters[0]));
    let back = "ChangeMessageVisibilityBatch";
    assert_eq!(
        aws.operations(),
        ["ReceiveMessage", "ReceiveMessage", back, back]
    );

    let (_aws, queue) = self::queue(holding(all, all_well)).await;
    let unknown = only("unknown".to_owned());
    let found = queue.find_dead_letters(&unknown, 1).await.unwrap();
    assert!(found.letters.is_empty() && found.is_all);
}
