//! Endpoints that forward events: each signed event arrives verbatim and once.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    sender::{Answer, Delivery},
    stack::{Account, Container, Stack, defaults},
};

/// Numbers that change when converted to floating point, non-ASCII letters, and a line break.
const EVENT: &str = "{\"eventType\": \"escalation\",\n \"context\": {\"channelType\": \"API\", \"conversationId\": \"c-1\", \
     \"order\": 12345678901234567, \"price\": 1.10, \"said\": \"Grüße  東京 \u{1f6cd}\u{2028}\u{ffff}\"}}";

/// A deployed endpoint with a container.
struct Stand<'a> {
    account: &'a Account,
    stack: Stack,
    container: Container,
    secret: String,
}

impl<'a> Stand<'a> {
    async fn of(account: &'a Account, template: &str, name: &str, parameters: &Value) -> Self {
        let stack = account.deploy(template, name, parameters);
        let value = account.ask("secret", &[stack.secret_arn()]);
        let container = account.start(&stack, &stack.code).await;
        Self {
            secret: format!("whsec_{}", value.as_str().unwrap()),
            account,
            stack,
            container,
        }
    }

    async fn post(&self, id: &str, body: &str) -> Answer {
        let delivery = Delivery {
            id,
            secrets: vec![&self.secret],
            body: body.to_owned(),
            now: SystemTime::now(),
        };
        delivery.to(&self.container.url()).await.unwrap()
    }

    /// Posts the event twice, like a sender that did not get the first response.
    async fn post_twice(&self, body: &str) {
        for _ in 0..2 {
            let answer = self.post("msg_1", body).await;
            assert_eq!(
                (answer.status, answer.body),
                (204, Value::Null),
                "{}",
                self.container.log()
            );
        }
    }

    fn ask(&self, command: &str, resource: &str) -> Value {
        self.account
            .ask(command, &[&self.stack.resources[resource]])
    }
}

/// Splits the envelope from the verbatim event.
fn unwrapped(text: &str) -> (Value, &str) {
    let (about, event) = text.split_once(", \"event\": ").unwrap();
    (
        serde_json::from_str(&format!("{about}}}")).unwrap(),
        event.trim_end().strip_suffix('}').unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_gets_the_event_letter_for_letter_and_a_fifo_queue_keeps_conversations_in_order() {
    let account = Account::open().await;
    let stand = Stand::of(&account, "sqs", "standard", &defaults()).await;
    stand.post_twice(EVENT).await;
    let messages = stand.ask("messages", "Queue");
    assert_eq!(messages.as_array().unwrap().len(), 1, "{messages}");
    // SQS refuses U+FFFF; its escape means the same.
    assert_eq!(messages[0]["body"], EVENT.replace('\u{ffff}', "\\uffff"));
    assert_eq!(
        messages[0]["attributes"],
        json!({"webhookId": "msg_1", "eventType": "escalation", "correlationId": "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4"})
    );

    let stand = Stand::of(&account, "sqs", "ordered", &json!({"Fifo": "true"})).await;
    stand.post_twice(EVENT).await;
    stand.post("msg_2", EVENT).await;
    stand.post("msg_3", "{\"eventType\": \"escalation\"}").await;
    let messages = stand.ask("messages", "Queue");
    let groups: Vec<_> = messages
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["group"])
        .collect();
    assert_eq!(groups.len(), 3);
    assert!(
        groups[0] == groups[1] && groups[0] != groups[2],
        "{groups:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_gets_the_event_and_its_rules_match_on_it() {
    let account = Account::open().await;
    let stand = Stand::of(&account, "eventbridge", "bus", &defaults()).await;
    let queue = account.ask("attach", &[&stand.stack.environment["EVENT_BUS"]]);
    stand.post_twice(EVENT).await;
    let ignored = stand.post("msg_2", &EVENT.replace("API", "Web")).await;
    assert_eq!(ignored.status, 204);
    let messages = account.ask("messages", &[queue.as_str().unwrap()]);
    assert_eq!(messages.as_array().unwrap().len(), 1, "{messages}");
    let event: Value = serde_json::from_str(messages[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&event["source"], &event["detail-type"]),
        (&json!("hookpoint"), &json!("escalation"))
    );
    assert_eq!(event["detail"]["webhookId"], "msg_1");
    assert_eq!(
        event["detail"]["event"]["context"]["order"].to_string(),
        "12345678901234567"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_is_started_once_even_when_the_table_has_forgotten() {
    let account = Account::open().await;
    let stand = Stand::of(&account, "step-functions", "orchestration", &defaults()).await;
    stand.post_twice(EVENT).await;
    // Another stack with its own table and the same state machine: only the execution's name identifies a duplicate.
    // Step Functions compares inputs too, and this one has changed.
    let mut forgetful = account.deploy("step-functions", "forgetful", &defaults());
    let state_machine = stand.stack.resources["StateMachine"].clone();
    forgetful
        .environment
        .insert("STATE_MACHINE_ARN".to_owned(), state_machine);
    let container = account.start(&forgetful, &forgetful.code).await;
    let value = account.ask("secret", &[forgetful.secret_arn()]);
    let again = Stand {
        secret: format!("whsec_{}", value.as_str().unwrap()),
        account: &account,
        stack: forgetful,
        container,
    };
    again.post_twice(&EVENT.replace("API", "Web")).await;
    assert!(
        again.container.log().contains("started before"),
        "{}",
        again.container.log()
    );
    let executions = stand.ask("executions", "StateMachine");
    assert_eq!(executions.as_array().unwrap().len(), 1, "{executions}");
    let (about, event) = unwrapped(executions[0].as_str().unwrap());
    assert_eq!(about["webhookId"], "msg_1");
    assert_eq!(event, EVENT);
    assert_eq!(stand.post("msg_2", EVENT).await.status, 204);
    assert_eq!(
        stand
            .ask("executions", "StateMachine")
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn state_modifications_become_lines_in_a_bucket_and_other_stages_are_refused() {
    let account = Account::open().await;
    let stand = Stand::of(&account, "state-stream", "stream", &defaults()).await;
    let refused = stand.post("msg_0", EVENT).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.body["error"],
        "This endpoint accepts stateModification, not escalation."
    );
    let event = EVENT.replace("escalation", "stateModification");
    stand.post_twice(&event).await;
    let objects = stand.ask("objects", "Bucket");
    let objects = objects.as_object().unwrap();
    assert_eq!(objects.len(), 1, "{objects:?}");
    let (key, text) = objects.iter().next().unwrap();
    assert!(key.starts_with("state/date="), "{key}");
    let line = text.as_str().unwrap().strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'));
    let (about, written) = unwrapped(line);
    assert_eq!(about["webhookId"], "msg_1");
    assert_eq!(written, event.replace('\n', " "));
}
