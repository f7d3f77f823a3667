//! Rules about queue, worker and dead letters.

use std::fs;

use hookpoint_engine::delivery::retry::SCHEDULE;
use hookpoint_xtask::repository;
use serde_json::json;

use super::deployment::{for_each, number, properties};

#[test]
fn the_redrive_policy_is_a_backstop_that_the_worker_does_not_reach() {
    for_each(|name, resolution, template| {
        let worker = properties(resolution, "HookWorkerFunction");
        let queue = properties(resolution, "Queue");
        let mapping = properties(resolution, "HookWorkerEvents");
        assert!(
            number(&queue["VisibilityTimeout"]) >= 6 * number(&worker["Timeout"]),
            "{name}"
        );
        let batch = number(&mapping["BatchSize"]);
        let in_order = template.parameters.contains_key("Fifo");
        // A delivery takes up to ten seconds. Those of a batch run concurrently, or in order in a FIFO queue.
        let longest = if in_order { 10 * batch } else { 10 };
        assert!(number(&worker["Timeout"]) > longest, "{name}");
        let receives = number(&queue["RedrivePolicy"]["maxReceiveCount"]);
        // Where order counts, a message stays for all its attempts.
        let attempts = u64::try_from(SCHEDULE.len()).unwrap();
        let expected = if in_order { attempts * batch } else { 1 };
        assert!(receives >= 2 * expected, "{name}: {receives} receives");
        let dead_letters = &queue["RedrivePolicy"]["deadLetterTargetArn"];
        assert_eq!(
            dead_letters,
            &json!({"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}),
            "{name}"
        );
    });
}

#[test]
fn dead_letters_outlast_the_messages_and_both_queues_are_of_the_chosen_kind() {
    for_each(|name, resolution, template| {
        let in_order = template.parameters.contains_key("Fifo");
        let queues = ["Queue", "DeadLetterQueue"].map(|id| properties(resolution, id));
        for queue in queues {
            assert_eq!(queue["FifoQueue"] == true, in_order, "{name}");
            let named = queue["QueueName"].to_string();
            assert_eq!(named.contains(".fifo"), in_order, "{name}: {named}");
            // Leftovers of another stack of this name have different names.
            assert_eq!(named.contains("AWS::StackId"), in_order, "{name}: {named}");
            assert!(!named.contains("AWS::StackName"), "{name}: {named}");
        }
        let days = queues.map(|queue| number(&queue["MessageRetentionPeriod"]) / 86_400);
        let kept = if in_order { [14, 14] } else { [4, 14] };
        assert_eq!(days, kept, "{name}");
    });
}

#[test]
fn the_worker_may_send_itself_messages_for_longer_than_a_loop_may_last() {
    for_each(|name, resolution, _| {
        let worker = properties(resolution, "HookWorkerFunction");
        assert_eq!(worker["RecursiveLoop"], "Allow", "{name}");
    });
}

#[test]
fn deliveries_that_are_put_off_are_counted_in_the_words_of_the_worker() {
    let engine = repository::root().join("shared/engine/src/delivery.rs");
    let said = fs::read_to_string(engine).unwrap();
    for_each(|name, resolution, template| {
        let alarm = properties(resolution, "DeliveriesPutOffAlarm");
        if template.parameters.get("Alarms").map(String::as_str) == Some("None") {
            assert!(alarm.is_null(), "{name}");
            return;
        }
        let filter = properties(resolution, "DeliveriesPutOffMetric");
        let pattern = filter["FilterPattern"].as_str().unwrap();
        let message = pattern.strip_prefix("{ $.message = ").unwrap();
        let message = message.strip_suffix(" }").unwrap();
        assert!(said.contains(&format!("{message});")), "{name}: {message}");
        let counted = &filter["MetricTransformations"][0];
        assert_eq!(alarm["MetricName"], counted["MetricName"], "{name}");
        assert_eq!(alarm["Namespace"], counted["MetricNamespace"], "{name}");
        assert_eq!(
            filter["LogGroupName"]["Ref"], "HookWorkerLogGroup",
            "{name}"
        );
    });
}
