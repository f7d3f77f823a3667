//! Events: what is rejected and what is kept.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::event::json::DEPTH_LIMIT;

fn refusal(stage: Stage, body: &[u8]) -> String {
    Event::parse(stage, body).unwrap_err().to_string()
}

#[test]
fn every_example_is_an_event_of_its_stage_and_of_no_other() {
    for &stage in Stage::ALL {
        let body = serde_json::to_vec(&stage.example()).unwrap();
        let event =
            Event::parse(stage, &body).unwrap_or_else(|problem| panic!("{stage}: {problem}"));
        assert_eq!(
            serde_json::to_vec(event.body()).unwrap(),
            body,
            "{stage}: nothing is changed on the way"
        );
        let other = if stage == Stage::Escalation {
            Stage::ConversationEnd
        } else {
            Stage::Escalation
        };
        assert_eq!(
            refusal(other, &body),
            format!(
                "event-type-mismatch: `eventType` is `{stage}`, but the route is that of `{other}`"
            )
        );
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let stage = Stage::BeforePasswordValidation;
    let cases: [(&[u8], &str); 9] = [
        (b"", "invalid-json: the body is empty; an event is a JSON object"),
        (b"{\"eventType\":", "invalid-json: the body ends too early at line 1, column 13"),
        (b"{\n  'eventType'", "invalid-json: the body is not valid JSON at line 2, column 3"),
        (b"{\"a\":\"\xff\"}", "invalid-json: the body is not UTF-8 at byte 6"),
        (b"[1]", "invalid-event: the body must be a JSON object"),
        (b"{}", "invalid-event: `eventType` is missing; it must be `beforePasswordValidation`"),
        (b"{\"eventType\":7}", "invalid-event: `eventType` must be the string `beforePasswordValidation`"),
        (b"{\"eventType\":\"beforePasswordValidation\"}", "invalid-event: `password` is missing; it must be a string"),
        (
            b"{\"eventType\":\"beforePasswordValidation\",\"password\":\"hunter2\",\"customer\":[]}",
            "invalid-event: `customer` must be an object",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(refusal(stage, body), expected);
    }
    let nested = |levels: usize| {
        let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
        format!("{{\"x\":{open}{close},\"eventType\":\"{}\"}}", stage.id())
    };
    for levels in [DEPTH_LIMIT + 1, 200] {
        let refused = refusal(stage, nested(levels).as_bytes());
        assert!(
            refused.contains("nested deeper than 100 levels"),
            "{refused}"
        );
    }
    let large = vec![b' '; BODY_LIMIT + 1];
    assert_eq!(
        refusal(stage, &large),
        "payload-too-large: the body is larger than 262144 bytes"
    );
}

#[test]
fn digits_order_and_unknown_fields_survive() {
    let body = r#"{"z":1,"eventType":"conversationStart","context":{"b":123456789012345678901234567890.5,"a":1e400,"ä":"\u00e4"},"unknown":[{}]}"#;
    let event = Event::parse(Stage::ConversationStart, body.as_bytes()).unwrap();
    assert_eq!(
        serde_json::to_string(event.body()).unwrap(),
        body.replace("\\u00e4", "ä").replace("1e400", "1e+400")
    );
}

#[test]
fn a_hook_sees_what_earlier_hooks_did() {
    let event = Event::parse(
        Stage::BeforeRegistration,
        json!({"eventType": "beforeRegistration", "context": {"a": 1}, "session": {"old": 1}, "continueContext": {"stepId": "x"},
               "customer": {"attributes": {"name": {"given": "A", "family": "B"}}}, "continuation": "token"})
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(event.continuation(), Some("token"));
    let mut effects = Effects::default();
    effects.set(Effect::Context, json!({"tier": "gold"}));
    effects.set(
        Effect::Attributes,
        json!({"name": {"family": null}, "vip": true}),
    );
    effects.set(Effect::Session, json!({"new": 1}));
    let seen = Value::Object(event.seen_with(&effects, false));
    assert_eq!(
        seen,
        json!({"eventType": "beforeRegistration", "context": {"a": 1, "tier": "gold"}, "session": {"new": 1}, "continueContext": null,
               "customer": {"attributes": {"name": {"given": "A"}, "vip": true}}})
    );
    assert_eq!(
        event.seen_with(&effects, true)["continueContext"],
        json!({"stepId": "x"})
    );
}

#[test]
fn the_subject_is_the_account_then_the_identifiers_then_the_conversation() {
    let subject = |stage: Stage, rest: Value| {
        let mut body = json!({ "eventType": stage.id() });
        apply_patch(&mut body, &rest);
        Event::parse(stage, body.to_string().as_bytes())
            .unwrap()
            .subject()
    };
    let registration = Stage::BeforeRegistration;
    assert_eq!(subject(registration, json!({})), None);
    assert_eq!(
        subject(registration, json!({"customer": {"identifiers": {}}})),
        None
    );
    assert_eq!(
        subject(
            registration,
            json!({"customer": {"identifiers": {"phone": "1", "email": "a"}}})
        ),
        subject(
            registration,
            json!({"customer": {"identifiers": {"email": "a", "phone": "1"}}})
        ),
    );
    let account = subject(
        Stage::BeforeProgressiveProfiling,
        json!({"customer": {"info": {"id": "7"}, "identifiers": {"email": "a"}}}),
    );
    assert_eq!(account.as_deref(), Some("customer.info.id=\"7\""));
    assert_eq!(
        subject(
            Stage::Escalation,
            json!({"context": {"conversationId": "c"}})
        )
        .as_deref(),
        Some("context.conversationId=\"c\"")
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_not_feared(stage in prop::sample::select(Stage::ALL), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(stage, &bytes);
    }
}
