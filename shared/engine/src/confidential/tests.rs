//! What is confidential, and where it is found.

use serde_json::json;

use super::*;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn steps() -> Value {
    json!([
        {"id": "one", "fields": [
            {"id": "pin", "type": "passcode"}, {"id": "new", "type": "password"}, {"id": "name", "type": "text"},
        ]},
        {"id": "two", "fields": [{"id": "pin", "type": "text"}]},
        {"id": "three", "fields": [{"id": "code", "type": "passcode"}]},
    ])
}

#[test]
fn the_step_that_is_answered_says_what_is_hidden_and_without_one_every_step_does() {
    let hidden = HiddenFields::of(&steps());
    let of = |answers: Value| hidden.of_answers(&answers).into_iter().collect::<Vec<_>>();
    assert_eq!(of(json!({"stepId": "one"})), ["new", "pin"]);
    assert!(of(json!({"stepId": "two"})).is_empty());
    for unclear in [
        json!({}),
        json!({"stepId": "four"}),
        json!({"stepId": 1}),
        json!(null),
    ] {
        assert_eq!(of(unclear), ["code", "new", "pin"]);
    }
    for none in [
        json!([]),
        json!(null),
        json!([{"id": "a", "fields": [{"id": "b", "type": "text"}]}]),
    ] {
        assert!(HiddenFields::of(&none).is_empty());
    }
    let text = serde_json::to_string(&hidden).unwrap();
    assert_eq!(serde_json::from_str::<HiddenFields>(&text).unwrap(), hidden);
}

#[test]
fn answers_are_hidden_by_their_place_and_their_values_wherever_they_are() {
    let body = object(json!({
        "eventType": "beforeRegistration", "session": {"seen": "<hunter22>", "hunter22": [4711, 47110]}, "hunter22": 1,
        "continueContext": {"stepId": "one", "values": {"pin": 4711, "new": "hunter22", "name": "Ann", "more": {"pin": "no"}}},
    }));
    let confidential = Confidential::of(&body, HiddenFields::of(&steps()), Told::default());
    let mut shown = body.clone();
    confidential.hide(&mut shown);
    assert_eq!(
        Value::Object(shown),
        json!({
            "eventType": "beforeRegistration", "session": {"seen": "<[redacted]>", "[redacted]": ["[redacted]", 47110]}, "hunter22": 1,
            "continueContext": {
                "stepId": "one",
                "values": {"pin": "[redacted]", "new": "[redacted]", "name": "Ann", "more": {"pin": "[redacted]"}},
            },
        })
    );
}

#[test]
fn answers_of_a_shape_that_nobody_agreed_on_are_hidden_too() {
    for answers in [
        json!({"stepId": "one", "pin": "482"}),
        json!({"stepId": "one", "values": [{"id": "pin", "value": "482"}]}),
        json!({"stepId": "one", "values": "482"}),
        json!({"values": {"code": [["482"]]}}),
        json!([{"pin": "482"}]),
    ] {
        let body = object(json!({ "continueContext": answers }));
        let confidential = Confidential::of(&body, HiddenFields::of(&steps()), Told::default());
        let mut shown = body.clone();
        confidential.hide(&mut shown);
        let text = Value::Object(shown).to_string();
        assert!(!text.contains("482"), "{text}");
    }
}

#[test]
fn passwords_of_an_event_count_but_not_what_speaks_of_passwords() {
    let body = object(json!({
        "eventType": "beforePasswordPersist", "password": "Password", "context": {"passwordPolicy": "strong", "oldPassword": ["beforehand"]},
        "customer": {"userName": "strong beforehand"},
    }));
    let confidential = Confidential::of(&body, HiddenFields::default(), Told::default());
    let values: Vec<_> = confidential.values().iter().map(Secret::expose).collect();
    assert_eq!(values, ["Password", "beforehand"]);
    let mut shown = body.clone();
    confidential.hide(&mut shown);
    // Who chose a word of ours as a password does not break the event.
    assert_eq!(shown["eventType"], "beforePasswordPersist");
    assert_eq!(shown["customer"]["userName"], "strong [redacted]");
}

#[test]
fn what_was_told_earlier_is_looked_for_as_long_as_it_is_in_the_effects() {
    let told = Told(vec![Secret::new("first-1"), Secret::new("second-2")]);
    let body = object(json!({"password": "third-3", "passcode": "12"}));
    let confidential = Confidential::of(&body, HiddenFields::default(), told);
    let effects = |value: Value| Effects::from(object(json!({ "session": value })));
    let still = confidential.told_in(&effects(json!({"a": ["x second-2"], "third-3": 12})));
    assert_eq!(
        still,
        Told(vec![Secret::new("second-2"), Secret::new("third-3")])
    );
    assert!(confidential.told_in(&effects(json!("second"))).is_empty());
    assert!(!format!("{still:?}").contains("second"), "{still:?}");
    // However many there are, none is lost.
    let many: Map<_, _> = (0..1_000)
        .map(|number| {
            (
                format!("{number}-password"),
                json!(format!("value-{number:04}")),
            )
        })
        .collect();
    let confidential = Confidential::of(&many, HiddenFields::default(), Told::default());
    let still = confidential.told_in(&effects(json!("value-0007")));
    assert!(still.0.contains(&Secret::new("value-0007")));
}
