//! Jobs are sent in requests that SQS accepts, and every one is confirmed.

use super::*;

/// Checks SQS's limits on a request, which emulators do not enforce.
fn assert_fits(request: &Request) {
    let entries = entries(request);
    assert!((1..=10).contains(&entries.len()), "{}", entries.len());
    let bytes = entries
        .iter()
        .map(|entry| entry["MessageBody"].as_str().unwrap().len());
    assert!(bytes.sum::<usize>() <= 1024 * 1024);
    let ids: BTreeSet<_> = entries
        .iter()
        .map(|entry| entry["Id"].to_string())
        .collect();
    assert_eq!(ids.len(), entries.len());
}

#[tokio::test]
async fn jobs_go_out_in_batches_that_sqs_takes_each_with_its_application_and_its_delay() {
    let (aws, queue) = queue(all_well).await;
    let mut jobs: Vec<_> = (0..23).map(|number| job(json!({"n": number}))).collect();
    jobs.extend((0..5).map(|_| job(json!({"large": "x".repeat(400_000)}))));
    let waits = [Duration::from_millis(70_200), Duration::from_hours(6)];
    jobs.extend(waits.map(|wait| jobs[0].next_attempt(now(), wait)));
    queue.enqueue(&jobs, now()).await.unwrap();
    let requests = aws.requests();
    requests.iter().for_each(assert_fits);
    assert!(
        requests
            .iter()
            .all(|request| request.body["QueueUrl"] == QUEUE)
    );
    let sent: Vec<_> = requests.iter().flat_map(entries).collect();
    assert_eq!(sent.len(), jobs.len());
    for job in &jobs {
        let entry = sent.iter().find(|entry| body(entry) == *job).unwrap();
        assert_eq!(entry["MessageGroupId"], "shop");
        assert!(entry.get("MessageDeduplicationId").is_none());
        let delay = match job.wait(now()).as_secs() {
            0 => Value::Null,
            70 => json!(71),
            _ => json!(900),
        };
        assert_eq!(entry["DelaySeconds"], delay);
    }
}

#[tokio::test]
async fn a_queue_that_keeps_order_gets_conversations_as_groups_and_no_delays() {
    let (aws, queue) = ordered(all_well).await;
    assert!(queue.is_fifo());
    let of = |conversation: &str| job(json!({"conversationId": conversation}));
    let long = "c".repeat(200);
    let mut jobs = vec![of("c-1"), of("two words"), of(&long), job(json!({}))];
    jobs.push(jobs[0].next_attempt(now(), Duration::from_mins(2)));
    jobs.extend((0..20).map(|number| of(&number.to_string())));
    queue.enqueue(&jobs, now()).await.unwrap();
    let sent: Vec<_> = aws.requests().iter().flat_map(entries).collect();
    let order: Vec<_> = sent.iter().map(body).collect();
    assert_eq!(order, jobs);
    let groups: Vec<_> = sent
        .iter()
        .map(|entry| entry["MessageGroupId"].as_str().unwrap())
        .collect();
    let alone = format!("shop:{}", jobs[3].delivery);
    assert_eq!(
        (groups[0], groups[3], groups[4]),
        ("shop:c-1", alone.as_str(), "shop:c-1")
    );
    // SQS accepts 128 characters of ASCII without spaces.
    assert!([groups[1], groups[2]].iter().all(|group| group.len() == 64));
    assert_ne!(groups[1], groups[2]);
    let ids: BTreeSet<_> = sent
        .iter()
        .map(|entry| entry["MessageDeduplicationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), jobs.len());
    assert!(sent.iter().all(|entry| entry.get("DelaySeconds").is_none()));
}

#[tokio::test]
async fn only_what_is_said_to_be_in_the_queue_is_and_the_rest_is_sent_again() {
    let rounds = std::sync::atomic::AtomicUsize::new(0);
    let (aws, queue) = queue(move |request| {
        match rounds.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            // One fails through the service's fault, another is missing from the response.
            0 => {
                let (_, mut answer) = some_well(request, |entry| entry["Id"] == "0");
                answer["Failed"] =
                    json!([{"Id": "1", "SenderFault": false, "Code": "InternalError"}]);
                ok(answer)
            }
            1 => some_well(request, |entry| entry["Id"] == "2"),
            _ => all_well(request),
        }
    })
    .await;
    let jobs: Vec<_> = (0..3).map(|_| job(json!({}))).collect();
    queue.enqueue(&jobs, now()).await.unwrap();
    let sent: Vec<Vec<_>> = aws
        .requests()
        .iter()
        .map(|request| entries(request).iter().map(body).collect())
        .collect();
    assert_eq!(sent, [&jobs[..], &jobs[1..], &jobs[1..2]]);
}

#[tokio::test]
async fn what_sqs_never_takes_is_an_error_that_says_how_many_and_why() {
    let refusing = |sender_fault: bool| {
        move |request: &Request| {
            let (_, mut answer) = some_well(request, |entry| entry["Id"] == "0");
            let failed = |id: &str| json!({"Id": id, "SenderFault": sender_fault, "Code": "Busy", "Message": "not now"});
            answer["Failed"] = json!([failed("1"), failed("2")]);
            ok(answer)
        }
    };
    let jobs: Vec<_> = (0..3).map(|_| job(json!({}))).collect();
    // Only a fault of the service is worth a retry.
    for (sender_fault, requests) in [(true, 1), (false, 4)] {
        let (aws, queue) = queue(refusing(sender_fault)).await;
        assert_eq!(
            queue.enqueue(&jobs, now()).await.unwrap_err().to_string(),
            "the queue is unreachable: SQS queue `hookpoint`: 2 of 3 messages were not accepted: Busy: not now"
        );
        assert_eq!(aws.requests().len(), requests);
    }
    let (_aws, queue) = queue(|_| failure("QueueDoesNotExist", "no such queue")).await;
    let error = queue.enqueue(&jobs, now()).await.unwrap_err().to_string();
    assert!(
        error.ends_with("3 of 3 messages were not accepted: QueueDoesNotExist: no such queue"),
        "{error}"
    );
}

#[tokio::test]
async fn a_job_that_is_too_large_is_refused_before_anything_is_sent() {
    let (aws, queue) = queue(all_well).await;
    let jobs = [
        job(json!({})),
        job(json!({"large": "x".repeat(1024 * 1024)})),
    ];
    let error = queue.enqueue(&jobs, now()).await.unwrap_err().to_string();
    assert!(
        error.contains("the limit of SQS is 1048576; nothing was sent"),
        "{error}"
    );
    assert!(aws.requests().is_empty());
    queue.enqueue(&[], now()).await.unwrap();
    assert!(aws.requests().is_empty());
}

#[tokio::test]
async fn characters_that_sqs_refuses_are_written_as_json_escapes() {
    let (aws, queue) = queue(all_well).await;
    let every: String = ('\0'..=char::MAX)
        .step_by(97)
        .chain('\0'..=' ')
        .chain(['\u{fffd}', '\u{fffe}', '\u{ffff}', '\u{1ffff}'])
        .collect();
    let job = job(json!({"every": every, "\u{fffe}": 1}));
    queue
        .enqueue(std::slice::from_ref(&job), now())
        .await
        .unwrap();
    let sent = entries(&aws.requests()[0]).remove(0);
    let text = sent["MessageBody"].as_str().unwrap();
    let is_taken = |character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(is_taken));
    assert_eq!(body(&sent), job);
}

#[tokio::test]
async fn a_connection_is_opened_ahead_without_sending_anything() {
    let (aws, queue) = queue(|request| {
        if entries(request).is_empty() {
            failure("EmptyBatchRequest", "There should be at least one entry")
        } else {
            all_well(request)
        }
    })
    .await;
    queue.warm_up().await;
    queue.enqueue(&[job(json!({}))], now()).await.unwrap();
    let requests = aws.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].peer, requests[1].peer);
}

/// The clock is paused: timeouts fire at once, and the elapsed time is exactly their sum.
#[tokio::test(start_paused = true)]
async fn a_queue_that_does_not_answer_costs_an_event_two_seconds_at_most() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let clients = AwsClients::new(settings(listener.local_addr().unwrap()));
    let queue = SqsQueue::new(clients, QUEUE, None);
    let started = tokio::time::Instant::now();
    let jobs: Vec<_> = (0..60).map(|_| job(json!({}))).collect();
    let error = queue.enqueue(&jobs, now()).await.unwrap_err().to_string();
    assert!(
        error.contains("hookpoint") && error.contains("60 messages"),
        "{error}"
    );
    let elapsed = started.elapsed();
    assert!((800..=2_010).contains(&elapsed.as_millis()), "{elapsed:?}");
}
