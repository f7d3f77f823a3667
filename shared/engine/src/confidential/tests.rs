//! What is hidden, where, and what stays visible.

use hookpoint_stages::is_sensitive_name;
use proptest::prelude::*;
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

fn confidential<'a>(
    stage: Stage,
    body: &'a Map<String, Value>,
    hidden: &Value,
) -> Confidential<'a> {
    Confidential::of(
        stage,
        body,
        HiddenFields::of(hidden),
        CarriedValues::default(),
    )
}

/// Redacts the body as for a record.
fn kept(stage: Stage, body: Value, hidden: &Value) -> Value {
    let body = object(body);
    let kept = confidential(stage, &body, hidden).kept_event(body.clone());
    Value::Object(kept)
}

#[test]
fn answers_are_hidden_at_their_places_and_wherever_a_hook_put_them() {
    let shown = kept(
        Stage::BeforeRegistration,
        json!({
            "eventType": "beforeRegistration", "session": {"seen": "<hunter22>", "hunter22": [471108, 4711080], "case": "HUNTER22"},
            "continueContext": {"stepId": "one", "values": {"pin": 471108, "new": "hunter22", "name": "Ann", "more": {"pin": "no"}}},
        }),
        &steps(),
    );
    assert_eq!(
        shown,
        json!({
            "eventType": "beforeRegistration",
            "session": {"seen": "<[redacted]>", "hunter22": ["[redacted]", 4711080], "case": "[redacted]"},
            "continueContext": {
                "stepId": "one",
                "values": {"pin": "[redacted]", "new": "[redacted]", "name": "Ann", "more": {"pin": "[redacted]"}},
            },
        })
    );
}

#[test]
fn answers_of_an_unexpected_shape_are_hidden_too() {
    for answers in [
        json!({"stepId": "one", "pin": "482"}),
        json!({"stepId": "one", "values": [{"id": "pin", "value": "482"}]}),
        json!({"stepId": "one", "values": "482"}),
        json!({"values": {"code": [["482"]]}}),
        json!([{"pin": "482"}]),
    ] {
        let body = json!({ "continueContext": answers });
        let text = kept(Stage::BeforeRegistration, body, &steps()).to_string();
        assert!(!text.contains("482"), "{text}");
    }
}

#[test]
fn short_and_common_values_are_hidden_at_their_places_only() {
    for password in [
        "abc",
        "4711",
        "secret",
        "111111",
        "email",
        "userName",
        "customers",
    ] {
        let body = json!({
            "eventType": "afterRegistration",
            "customer": {"store": "customers", "attributes": {"password1": password, "note": format!("about {password}")}},
        });
        let mut expected = body.clone();
        expected["customer"]["attributes"]["password1"] = json!("[redacted]");
        assert_eq!(
            kept(Stage::AfterRegistration, body, &json!(null)),
            expected,
            "{password}"
        );
    }
}

/// The customer chooses the password: each of these would remove something from the audit trail.
#[test]
fn no_choice_of_a_password_hides_whom_an_event_is_about() {
    let event = object(json!({
        "eventType": "afterRegistration",
        "application": {"name": "Web shop", "clientId": "web-shop-01"},
        "customer": {
            "ipAddress": "203.0.113.24", "store": "customers", "location": {"city": "Klagenfurt am Wörthersee"},
            "info": {"id": "acc-1029", "userName": "mallory@example.com", "number": 20260131},
            "identifiers": {"email": "mallory@example.com"},
        },
    }));
    for password in [
        "userName",
        "ipAddress",
        "203.0.113.24",
        "203.0.113",
        "acc-1029",
        "ACC-1029",
        "mallory@example.com",
        "mallory",
        "example.com",
        "customers",
        "Web shop",
        "web-shop-01",
        "Klagenfurt",
        "afterRegistration",
        "after-registration",
        "20260131",
    ] {
        let mut body = event.clone();
        body["customer"]["attributes"] = json!({"password": password, "repeated": password});
        let mut expected = body.clone();
        expected["customer"]["attributes"]["password"] = json!("[redacted]");
        let confidential = confidential(Stage::AfterRegistration, &body, &json!(null));
        assert_eq!(
            confidential.kept_event(body.clone()),
            expected,
            "{password}"
        );
        assert_eq!(
            confidential.queued_event(body.clone()),
            expected,
            "{password}"
        );
        let line = format!("{} from {}", "acc-1029", "203.0.113.24");
        assert_eq!(confidential.redact(line.clone()), line, "{password}");
    }
}

#[test]
fn a_password_within_an_account_identifies_nothing() {
    let body =
        object(json!({"customer": {"info": {"id": "acc-1", "passwordHash": "$2b$10$abcdef"}}}));
    let confidential = confidential(Stage::AfterRegistration, &body, &json!(null));
    assert_eq!(
        confidential.redact("is $2b$10$abcdef".to_owned()),
        "is [redacted]"
    );
    let kept = confidential.kept_event(body.clone());
    assert_eq!(
        kept["customer"]["info"],
        json!({"id": "acc-1", "passwordHash": "[redacted]"})
    );
}

#[test]
fn passwords_of_an_event_count_but_not_what_speaks_of_passwords() {
    let body = object(json!({
        "eventType": "beforePasswordPersist", "password": "correct horse",
        "context": {"passwordPolicy": "very strong", "oldPassword": ["beforehand"]},
        "session": {"note": "very strong beforehand"},
    }));
    let confidential = confidential(Stage::BeforePasswordPersist, &body, &json!(null));
    let values: Vec<_> = confidential
        .values()
        .unwrap()
        .iter()
        .map(Secret::expose)
        .collect();
    assert_eq!(values, ["beforehand", "correct horse"]);
    let shown = confidential.kept_event(body.clone());
    assert_eq!(shown["context"]["passwordPolicy"], "very strong");
    assert_eq!(shown["session"]["note"], "very strong [redacted]");
}

#[test]
fn secrets_of_the_operator_are_replaced_in_names_too_but_not_in_those_of_the_contract() {
    let body = object(json!({}));
    let secrets = SecretValues::from([
        ("A".parse().unwrap(), Ok(Secret::new("s3cr3t"))),
        ("B".parse().unwrap(), Ok(Secret::new("userName"))),
    ]);
    let confidential =
        confidential(Stage::AfterRegistration, &body, &json!(null)).with_secrets(&secrets);
    let effects = object(
        json!({"context": {"s3cr3t": 1, "<s3cr3t>": 2, "S3CR3T": 3, "userName": "userName"}}),
    );
    assert_eq!(
        Value::Object(confidential.shown_effects(effects)),
        json!({"context": {"[redacted]": 1, "<[redacted]>": 2, "[redacted] 2": 3, "userName": "[redacted]"}})
    );
}

#[test]
fn a_value_leaked_earlier_is_searched_for_as_long_as_it_is_in_the_effects() {
    let leaked = CarriedValues::Values(vec![Secret::new("first-1"), Secret::new("second-2")]);
    let body = object(json!({"password": "third-3", "passcode": "12"}));
    let of = |leaked: CarriedValues| {
        Confidential::of(
            Stage::BeforeRegistration,
            &body,
            HiddenFields::default(),
            leaked,
        )
    };
    let confidential = of(leaked);
    let effects = |value: Value| Effects::from(object(json!({ "session": value })));
    let still = confidential.carried_in(&effects(
        json!({"a": ["x second-2", "<third-3>"], "first-1": 12}),
    ));
    let expected = CarriedValues::Values(vec![Secret::new("second-2"), Secret::new("third-3")]);
    assert_eq!(still, expected);
    assert!(
        confidential
            .carried_in(&effects(json!("second")))
            .is_empty()
    );
    assert!(!format!("{still:?}").contains("second"), "{still:?}");
    for leaked in [still, CarriedValues::Anything] {
        let text = serde_json::to_string(&leaked).unwrap();
        assert_eq!(
            serde_json::from_str::<CarriedValues>(&text).unwrap(),
            leaked
        );
    }
    let anything = of(CarriedValues::Anything);
    assert_eq!(anything.redact("some line".to_owned()), "[redacted]");
    assert_eq!(
        anything.carried_in(&effects(json!("x"))),
        CarriedValues::Anything
    );
}

#[test]
fn of_more_values_than_can_be_looked_for_no_text_of_a_hook_is_shown() {
    let passwords: Map<_, _> = (0..2_000)
        .map(|number| {
            (
                format!("password{number}"),
                json!(format!("value-{number:04}")),
            )
        })
        .collect();
    let body = object(json!({
        "eventType": "afterRegistration", "context": {"n": 1},
        "customer": {"ipAddress": "203.0.113.24", "info": {"id": "acc-1"}, "attributes": passwords},
    }));
    let confidential = confidential(Stage::AfterRegistration, &body, &json!(null));
    assert_eq!(confidential.redact("value-0007".to_owned()), "[redacted]");
    let shown = confidential.queued_event(body.clone());
    assert_eq!(shown["eventType"], "afterRegistration");
    assert_eq!(shown["customer"]["ipAddress"], "203.0.113.24");
    assert_eq!(shown["customer"]["info"]["id"], "acc-1");
    assert_eq!(shown["context"]["n"], 1);
    assert!(!Value::Object(shown).to_string().contains("value-"));
}

#[test]
fn the_copy_of_a_value_that_is_too_long_to_search_for_is_hidden() {
    let long = "0123456789abcdef".repeat(1_100);
    let body = object(json!({
        "eventType": "afterRegistration", "customer": { "attributes": { "pin": long, "copy": long } },
    }));
    let confidential = confidential(Stage::AfterRegistration, &body, &json!(null));
    for shown in [
        confidential.queued_event(body.clone()),
        confidential.kept_event(body.clone()),
    ] {
        assert_eq!(shown["customer"]["attributes"]["copy"], "[redacted]");
    }
}

/// A customer chooses what is in a field, and must not be able to blank what a fraud check gets, or the audit trail.
#[test]
fn a_long_confidential_field_blanks_nothing_else_of_the_event() {
    let long = "0123456789abcdef".repeat(1_100);
    let body = object(json!({
        "eventType": "afterRegistration",
        "customer": { "attributes": {
            "pin": long, "password": "hunter-22", "name": "Ada", "age": 36,
            "copy": long, "note": "my password is hunter-22",
        } },
    }));
    let secrets = SecretValues::from([("A".parse().unwrap(), Ok(Secret::new("s3cr3t")))]);
    let confidential =
        confidential(Stage::AfterRegistration, &body, &json!(null)).with_secrets(&secrets);
    let mut expected = json!({
        "pin": "[redacted]", "password": "[redacted]", "name": "Ada", "age": 36,
        "copy": "[redacted]", "note": "my password is [redacted]",
    });
    let queued = confidential.queued_event(body.clone());
    assert_eq!(queued["customer"]["attributes"], expected);
    let mut seen = body.clone();
    seen["customer"]["attributes"]["name"] = json!("Ada s3cr3t");
    expected["name"] = json!("Ada [redacted]");
    let kept = confidential.kept_event(seen);
    assert_eq!(kept["customer"]["attributes"], expected);
    assert_eq!(
        confidential.redact_output("any line".to_owned()),
        "[redacted]"
    );
}

/// Member names and values, some of them sensitive; sensitive values must be hidden wherever they occur.
fn event() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-zäß_]{1,8}",
        prop::sample::select(vec![
            "password",
            "newPassword2",
            "userPIN",
            "passwordHash",
            "access_token",
            "userPasswd"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        any::<Option<bool>>().prop_map(Value::from),
        (0_u32..100_000).prop_map(Value::from),
        "[ -~]{0,5}".prop_map(Value::from),
        Just(json!("SENSITIVE-1")),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let members = prop::collection::vec((name.clone(), inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The expected result: sensitive members hidden, and the value elsewhere if it also occurs at a sensitive place.
fn expected(value: &Value, is_known: bool) -> Value {
    match value {
        Value::String(text) if is_known => Value::from(text.replace("SENSITIVE-1", "[redacted]")),
        Value::Array(items) => items.iter().map(|item| expected(item, is_known)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value {
                Value::Null | Value::Bool(_) => (name.clone(), value.clone()),
                _ if is_sensitive_name(name) => (name.clone(), json!("[redacted]")),
                value => (name.clone(), expected(value, is_known)),
            })
            .collect(),
        scalar => scalar.clone(),
    }
}

fn is_sensitive(value: &Value, within: bool) -> bool {
    match value {
        Value::String(text) => within && text == "SENSITIVE-1",
        Value::Array(items) => items.iter().any(|item| is_sensitive(item, within)),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| is_sensitive(value, within || is_sensitive_name(name))),
        _ => false,
    }
}

proptest! {
    #[test]
    fn sensitive_places_are_hidden_and_everything_else_stays(value in event()) {
        let body = object(json!({"eventType": "beforeRegistration", "customer": {"attributes": {"x": value}}}));
        let confidential = confidential(Stage::BeforeRegistration, &body, &json!(null));
        let is_known = is_sensitive(&Value::Object(body.clone()), false);
        let expected = expected(&Value::Object(body.clone()), is_known);
        prop_assert_eq!(Value::Object(confidential.kept_event(body.clone())), expected.clone());
        prop_assert_eq!(Value::Object(confidential.queued_event(body.clone())), expected);
    }
}
