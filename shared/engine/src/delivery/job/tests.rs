//! The stored format of jobs.

use serde_json::json;

use super::*;

fn job() -> Job {
    let application = "shop".parse().unwrap();
    Job::new(NewJob {
        delivery: "msg_1".parse().unwrap(),
        application: &application,
        stage: Stage::AfterMfaChange,
        target: &Target::Application(application.clone()),
        binding: &"alert".parse().unwrap(),
        hook: &HookReference {
            name: "mail".parse().unwrap(),
            version: 3,
            sha256: "ab".repeat(32),
        },
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        traceparent: None,
        accepted: time_of(1_700_000_000_123),
        event: json!({"eventType": "afterMfaChange", "id": 12345678901234567890_u64, "b": 1, "a": "x\u{ffff}"})
            .as_object()
            .unwrap()
            .clone(),
    })
}

#[test]
fn a_job_comes_back_as_it_was_with_every_digit_and_in_order() {
    let job = job().next_attempt(time_of(1_700_000_001_000), Duration::from_millis(4_321));
    assert_eq!((job.attempt, job.due()), (2, time_of(1_700_000_005_321)));
    let read = Job::from_json(&job.to_json()).unwrap();
    assert_eq!(read, job);
    assert!(read.to_json().contains("12345678901234567890"));
    assert_eq!(job.anew(time_of(5)).attempt, 1);
    assert_eq!(
        job.wait(time_of(1_700_000_005_000)),
        Duration::from_millis(321)
    );
}

#[test]
fn a_message_of_another_format_is_named_and_garbage_is_refused() {
    let newer = job().to_json().replacen("\"v\":1", "\"v\":2", 1);
    let error = Job::from_json(&newer).unwrap_err();
    assert!(error.is_newer(), "{error}");
    assert!(error.to_string().contains("format 2"), "{error}");
    let stage = job()
        .to_json()
        .replacen("afterMfaChange", "afterMoonrise", 1);
    let error = Job::from_json(&stage).unwrap_err();
    assert!(error.is_newer(), "{error}");
    assert!(error.to_string().contains("`afterMoonrise`"), "{error}");
    let zero = newer.replacen("\"v\":2", "\"v\":0", 1);
    for text in ["", "{}", "[]", "null", &zero, &newer[1..]] {
        let error = Job::from_json(text).unwrap_err();
        assert!(!error.is_newer(), "{text}: {error}");
    }
}

#[test]
fn members_of_a_newer_version_stay_with_the_delivery_through_its_attempts() {
    let more = job().to_json().replacen(
        "\"v\":1",
        r#""v":1,"tenant":{"id":12345678901234567890123,"rate":1.10}"#,
        1,
    );
    let read = Job::from_json(&more).unwrap();
    assert_eq!(read.delivery, job().delivery);
    let again = read
        .next_attempt(time_of(5), Duration::ZERO)
        .postponed(time_of(6), Duration::ZERO)
        .anew(time_of(7));
    assert!(
        again
            .to_json()
            .contains(r#""tenant":{"id":12345678901234567890123,"rate":1.10}"#),
        "{}",
        again.to_json()
    );
}

#[test]
fn order_is_kept_within_a_conversation_else_for_a_person() {
    let mut job = job();
    job.event = Map::new();
    assert_eq!(job.order_group(), job.delivery.to_string());
    job.stage = Stage::AfterAccountUpdate;
    let account = |id: &str| {
        let event = json!({"customer": {"info": {"id": id, "userName": "ada"}}});
        event.as_object().unwrap().clone()
    };
    let mut group_of = |event| {
        job.event = event;
        job.order_group()
    };
    let ada = group_of(account("acc-1"));
    assert!(!ada.contains("acc-1") && ada.len() == 32, "{ada}");
    assert_eq!(group_of(account("acc-1")), ada);
    assert_ne!(group_of(account("acc-2")), ada);
    let conversation = |id: Value| {
        let event = json!({"context": {"conversationId": id, "userId": "u-1"}});
        event.as_object().unwrap().clone()
    };
    assert_eq!(group_of(conversation(json!("c-1"))), "c-1");
    assert_eq!(group_of(conversation(json!(7))), "7");
}
