//! The merge: laws as properties, rules as examples.

use hookpoint_stages::Stage;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::hook::effects::check_response;

/// Few names and shallow trees, so that patches often overlap.
fn json_tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        (0_u8..3).prop_map(Value::from),
        Just(json!([1, 2]))
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        prop::collection::vec(("[abc]", inner), 0..3).prop_map(object_from)
    })
}

fn json_object() -> impl Strategy<Value = Value> {
    prop::collection::vec(("[abc]", json_tree()), 0..3).prop_map(object_from)
}

fn object_from(members: Vec<(String, Value)>) -> Value {
    Value::Object(members.into_iter().collect())
}

/// Removes null from documents, which a merge patch cannot set (RFC 7396).
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        other => other,
    }
}

/// Whether `later` sets an object where `earlier` set something else: the one case a composed patch cannot express.
fn replaces_by_object(earlier: &Value, later: &Value) -> bool {
    match (earlier, later) {
        (Value::Object(earlier), Value::Object(later)) => later.iter().any(|(name, value)| {
            earlier
                .get(name)
                .is_some_and(|before| replaces_by_object(before, value))
        }),
        (_, later) => later.is_object(),
    }
}

fn applied(patch: &Value, document: &Value) -> Value {
    let mut document = document.clone();
    apply_patch(&mut document, patch);
    document
}

proptest! {
    #[test]
    fn a_composed_patch_does_what_both_do(p in json_object(), q in json_object(), document in json_object()) {
        let document = without_nulls(document);
        let mut conflicts = Vec::new();
        let composed = compose_patches(&p, &q, "attributes", &mut conflicts);
        if replaces_by_object(&p, &q) {
            prop_assert!(!conflicts.is_empty());
        } else {
            prop_assert_eq!(applied(&composed, &document), applied(&q, &applied(&p, &document)));
        }
    }

    #[test]
    fn the_empty_patch_is_neutral(p in json_object()) {
        let mut conflicts = Vec::new();
        prop_assert_eq!(&compose_patches(&p, &json!({}), "", &mut conflicts), &p);
        prop_assert_eq!(&compose_patches(&json!({}), &p, "", &mut conflicts), &p);
        prop_assert!(conflicts.is_empty());
    }

    #[test]
    fn merging_is_associative_where_hooks_touch_different_things(first in json_object(), second in json_object(), third in json_object()) {
        let own = |name: &str, value: Value| effects(json!({ "attributes": { name: value } }));
        let parts = [own("x", first), own("y", second), own("z", third)];
        let mut left = Merged::default();
        let mut right = Merged::default();
        for part in &parts {
            left.add("b", part);
        }
        for part in parts.iter().rev() {
            right.add("b", part);
        }
        prop_assert_eq!(left.effects.get(Effect::Attributes).cloned().map(sorted), right.effects.get(Effect::Attributes).cloned().map(sorted));
        prop_assert!(left.conflicts.is_empty());
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members.into_iter().collect())
        }
        other => other,
    }
}

fn effects(response: Value) -> Effects {
    let checked = check_response(Stage::BeforeRegistration, response.as_object().unwrap()).unwrap();
    assert_eq!(checked.dropped, []);
    checked.effects
}

fn merged(stage: Stage, responses: &[Value]) -> (Value, Vec<String>) {
    let mut merged = Merged::default();
    for (index, response) in responses.iter().enumerate() {
        let checked = check_response(stage, response.as_object().unwrap()).unwrap();
        assert_eq!(checked.dropped, []);
        merged.add(&format!("b{index}"), &checked.effects);
    }
    let paths = merged
        .conflicts
        .iter()
        .map(|conflict| format!("{} by {}", conflict.path, conflict.winner))
        .collect();
    (Value::Object(merged.effects.into()), paths)
}

#[test]
fn later_values_win_and_the_difference_is_recorded() {
    let (result, conflicts) = merged(
        Stage::BeforeRegistration,
        &[
            json!({"context": {"tier": "gold", "same": 1}, "session": {"step": 1}, "additionalAuthenticators": [{"type": "email", "target": "a@b.c"}]}),
            json!({"context": {"tier": "silver", "same": 1}, "additionalAuthenticators": [{"type": "email", "target": "a@b.c"}, {"type": "phone", "target": "+1"}]}),
            json!({"session": {"step": 2}}),
        ],
    );
    assert_eq!(
        result,
        json!({
            "context": {"tier": "silver", "same": 1},
            "additionalAuthenticators": [{"type": "email", "target": "a@b.c"}, {"type": "phone", "target": "+1"}],
            "session": {"step": 2},
        })
    );
    assert_eq!(conflicts, ["context.tier by b1", "session by b2"]);
}

#[test]
fn claims_and_scopes_are_added_or_removed_never_both() {
    let (result, conflicts) = merged(
        Stage::BeforeIdTokenGeneration,
        &[
            json!({"claims": {"set": {"tier": "gold"}, "remove": ["email"]}, "scopes": {"add": ["orders"], "remove": ["profile"]}}),
            json!({"claims": {"set": {"email": "x@example.com"}, "remove": ["tier"]}, "scopes": {"add": ["profile"], "remove": ["orders"]}}),
        ],
    );
    assert_eq!(
        result,
        json!({"claims": {"set": {"email": "x@example.com"}, "remove": ["tier"]}, "scopes": {"add": ["profile"], "remove": ["orders"]}})
    );
    assert_eq!(
        conflicts,
        [
            "claims.set.email by b1",
            "claims.remove.tier by b1",
            "scopes.add.profile by b1",
            "scopes.remove.orders by b1"
        ]
    );
}

#[test]
fn a_deletion_followed_by_an_object_is_a_recorded_conflict_and_the_object_wins() {
    let (result, conflicts) = merged(
        Stage::BeforeRegistration,
        &[
            json!({"attributes": {"address": null, "name": {"given": "A"}}}),
            json!({"attributes": {"address": {"city": "Vienna"}, "name": {"family": null}}}),
        ],
    );
    assert_eq!(
        result,
        json!({"attributes": {"address": {"city": "Vienna"}, "name": {"given": "A", "family": null}}})
    );
    assert_eq!(conflicts, ["attributes.address by b1"]);
}

#[test]
fn a_refused_password_stays_refused_and_verdicts_are_not_mixed() {
    let (yes, no) = (
        json!({"password": {"valid": true, "migrate": true}}),
        json!({"password": {"valid": false}}),
    );
    for order in [[yes.clone(), no.clone()], [no.clone(), yes]] {
        let (result, conflicts) = merged(Stage::BeforePasswordValidation, &order);
        assert_eq!(result, no);
        assert_eq!(conflicts.len(), 1);
    }
}

#[test]
fn disagreement_without_end_is_recorded_up_to_a_point() {
    let scopes: Vec<String> = (0..1_000)
        .map(|number| format!("{}{number}", "s".repeat(300)))
        .collect();
    let (_, conflicts) = merged(
        Stage::AfterTokenRefresh,
        &[
            json!({"scopes": {"add": scopes}}),
            json!({"scopes": {"remove": scopes}}),
        ],
    );
    assert_eq!(conflicts.len(), 20);
    assert!(conflicts.iter().all(|path| path.len() < 160));
}

proptest! {
    #[test]
    fn what_hooks_make_together_passes_the_check_that_each_passed(
        stage in prop::sample::select(Stage::ALL),
        responses in prop::collection::vec(prop::sample::select(RESPONSES), 1..6),
    ) {
        let mut merged = Merged::default();
        for response in responses {
            let response: Map<String, Value> = serde_json::from_str(response).unwrap();
            if let Ok(checked) = check_response(stage, &response) {
                merged.add("b", &checked.effects);
            }
        }
        let checked = check_response(stage, &merged.effects.clone().into()).unwrap();
        prop_assert_eq!(checked.effects, merged.effects);
        prop_assert_eq!(checked.dropped, []);
    }
}

const RESPONSES: &[&str] = &[
    r#"{"context":{"a":1}}"#,
    r#"{"context":{"a":2,"b":true}}"#,
    r#"{"attributes":{"x":{"y":null}}}"#,
    r#"{"attributes":{"x":1}}"#,
    r#"{"password":{"valid":true,"migrate":true}}"#,
    r#"{"password":{"valid":false}}"#,
    r#"{"claims":{"set":{"a":1},"remove":["b"]},"scopes":{"add":["a"],"remove":["b"]}}"#,
    r#"{"claims":{"set":{"b":1},"remove":["a"]},"scopes":{"add":["b"],"remove":["a"]}}"#,
    r#"{"authentication":{"skipPassword":true}}"#,
    r#"{"authentication":{"skipPassword":false,"authenticatorsToIgnore":["email"]}}"#,
    r#"{"additionalAuthenticators":[{"type":"email","target":"a"}]}"#,
    r#"{"enrollmentPlan":[{"type":"email","required":true}]}"#,
    r#"{"nextStep":"register"}"#,
    r#"{"nextStep":"reidentify"}"#,
    r#"{"skip":true}"#,
];
