//! What the platform carries, asks and refuses.

use serde_json::json;

use super::*;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other}"),
    }
}

fn registration() -> Host {
    Host::new(Journey::from_name("registration").unwrap())
}

#[test]
fn what_hooks_return_comes_with_later_events() {
    let mut host = registration();
    let changes = object(
        json!({"customer": {"attributes": {"emails": {"primaryEmail": "ada@example.com"}}}}),
    );
    let event = host.reach(Stage::BeforeRegistration, &changes).unwrap();
    let response = object(
        json!({"attributes": {"tier": "gold", "name": null}, "session": {"n": 1}, "context": {"a": 1}}),
    );
    assert_eq!(
        host.take(Stage::BeforeRegistration, event, &response),
        Turn::Onwards
    );
    let event = host.reach(Stage::AfterRegistration, &Map::new()).unwrap();
    assert_eq!(event["session"], json!({"n": 1}));
    assert_eq!(event["context"]["a"], 1);
    assert_eq!(event["customer"]["info"]["tier"], "gold");
    assert_eq!(
        event["customer"]["attributes"],
        json!({"emails": {"primaryEmail": "ada@example.com"}, "tier": "gold"})
    );
}

#[test]
fn a_question_is_answered_once_and_only_as_its_validators_allow() {
    let mut host = registration();
    let event = host.reach(Stage::BeforeRegistration, &Map::new()).unwrap();
    let response = object(
        json!({"continuation": "token", "profilingSteps": [{"id": "s", "fields": [
            {"id": "kind", "type": "select", "required": true, "options": ["a", {"value": "b", "label": "B"}]},
            {"id": "code", "type": "text", "validator": {"minLength": 2, "maxLength": 3, "regex": "^[A-Z]+$"}},
            {"id": "day", "type": "date", "validator": {"notAfter": "2010-01-01"}},
        ]}]}),
    );
    host.take(Stage::BeforeRegistration, event, &response);
    assert!(
        host.reach(Stage::AfterRegistration, &Map::new())
            .unwrap_err()
            .contains("did not answer")
    );
    assert!(
        host.returned(&Map::new())
            .unwrap_err()
            .contains("not sent away")
    );
    for (answers, reason) in [
        (json!({}), "`kind` must be answered"),
        (json!({"kind": "c"}), "`kind` must be one of `a`, `b`"),
        (json!({"kind": "a", "cide": "x"}), "did you mean `code`"),
        (json!({"kind": "a", "code": "X"}), "at least 2"),
        (json!({"kind": "a", "code": "XXXX"}), "at most 3"),
        (json!({"kind": "a", "code": "xx"}), "must match"),
        (
            json!({"kind": "a", "day": "2011-01-01"}),
            "must not be after 2010-01-01",
        ),
        (json!({"kind": "a", "day": "soon"}), "must be a date"),
        (json!({"kind": "a", "day": "2000-02-30"}), "must be a date"),
        (json!({"kind": "a", "day": "1900-02-29"}), "must be a date"),
        (json!({"kind": "a", "day": "2000-04-31"}), "must be a date"),
        (json!({"kind": "a", "day": "2000-13-01"}), "must be a date"),
        (json!({"kind": "a", "day": "2000-01-00"}), "must be a date"),
    ] {
        let refused = host.answer(&object(answers)).unwrap_err();
        assert!(refused.contains(reason), "{refused}");
    }
    let (stage, body) = host
        .answer(&object(
            json!({"kind": "b", "code": "AB", "day": "2000-02-29"}),
        ))
        .unwrap();
    assert_eq!(stage, Stage::BeforeRegistration);
    assert_eq!(body["continuation"], "token");
    assert_eq!(body["continueContext"]["stepId"], "s");
    host.take(stage, body, &Map::new());
    assert!(host.waiting().is_none());
}

#[test]
fn nothing_follows_a_denial_and_only_a_hook_leads_back() {
    let mut host = registration();
    let event = host.reach(Stage::AfterRegistration, &Map::new()).unwrap();
    host.take(Stage::AfterRegistration, event, &Map::new());
    let refused = host
        .reach(Stage::BeforeRegistration, &Map::new())
        .unwrap_err();
    assert!(refused.contains("comes before"), "{refused}");
    let mut host = registration();
    let event = host
        .reach(Stage::BeforePasswordPersist, &Map::new())
        .unwrap();
    let turn = host.take(
        Stage::BeforePasswordPersist,
        event,
        &object(json!({"showError": {"message": "Another one."}})),
    );
    assert_eq!(
        turn,
        Turn::Retried {
            message: "Another one.".to_owned(),
            step: "form"
        }
    );
    let event = host.reach(Stage::BeforeRegistration, &Map::new()).unwrap();
    host.take(
        Stage::BeforeRegistration,
        event,
        &object(json!({"deny": {"error": "blocked"}})),
    );
    assert!(host.is_over());
    assert!(
        host.reach(Stage::AfterRegistration, &Map::new())
            .unwrap_err()
            .contains("it was denied")
    );
}

#[test]
fn a_denial_ends_a_step_alone_where_steps_stand_by_themselves() {
    let mut host = Host::new(Journey::from_name("self-service").unwrap());
    let event = host.reach(Stage::BeforePasswordReset, &Map::new()).unwrap();
    let deny = object(json!({"deny": {"error": "blocked"}}));
    let turn = host.take(Stage::BeforePasswordReset, event, &deny);
    assert_eq!(turn.lead(), Lead::Denied);
    assert!(!host.is_over());
    for stage in [Stage::BeforeContactUpdate, Stage::BeforePasswordReset] {
        host.reach(stage, &Map::new()).unwrap();
    }
}
