//! The effect checks: every effect at every stage, and arbitrary responses.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A well-formed value of each effect.
fn example(effect: Effect) -> Value {
    serde_json::from_str(effect.definition().example).unwrap()
}

fn check(stage: Stage, response: &Value) -> Result<CheckedResponse, BadVeto> {
    check_response(stage, response.as_object().unwrap())
}

#[test]
fn each_stage_takes_its_effects_drops_others_and_fails_on_a_misplaced_veto() {
    for &stage in Stage::ALL {
        for effect in Effect::ALL {
            let response = json!({ effect.as_str(): example(effect) });
            let checked = check(stage, &response);
            if stage.effects().contains(effect) {
                let checked = checked.unwrap_or_else(|error| panic!("{stage}: {error}"));
                assert_eq!(checked.dropped, [], "{stage}: {effect}");
                assert_eq!(
                    checked.effects.get(effect),
                    Some(&example(effect)),
                    "{stage}"
                );
            } else if effect.is_veto() {
                let error = checked.unwrap_err().to_string();
                let start = format!("`{effect}` is not accepted at `{stage}`, which accepts ");
                let accepted = error.strip_prefix(&start).unwrap();
                let named = stage.effects().iter().map(|effect| format!("`{effect}`"));
                let named: Vec<_> = named.collect();
                assert!(named.iter().all(|name| accepted.contains(name)), "{error}");
                assert!(!named.is_empty() || accepted == "no effects", "{error}");
            } else {
                let checked = checked.unwrap();
                assert!(checked.effects.is_empty());
                assert_eq!(checked.dropped[0].path, effect.as_str());
            }
        }
    }
}

#[test]
fn a_malformed_veto_is_a_failure_at_every_stage() {
    let malformed = [
        (
            Effect::Deny,
            vec![
                json!(true),
                json!({}),
                json!("no"),
                json!({"error": ""}),
                json!({"error": 1}),
                json!({"error": "\u{7}"}),
                json!([]),
            ],
        ),
        (
            Effect::ShowError,
            vec![
                json!("text"),
                json!({"message": " "}),
                json!({"message": 1}),
                json!({"text": "x"}),
            ],
        ),
        (
            Effect::Redirect,
            vec![
                json!("https://x.example"),
                json!({"url": "http://x.example"}),
                json!({"url": "https:x.example"}),
                json!({"url": "https:\n//x.example/\ty"}),
                json!({"url": " https://x.example/"}),
                json!({"url": "https://x.example/\"<script>"}),
                json!({"url": format!("https://x.example/{}", "a".repeat(8_192))}),
                json!({"url": "//x"}),
                json!({"url": "javascript:alert(1)"}),
                json!({"url": "https://u:p@x.example"}),
            ],
        ),
        (
            Effect::ProfilingSteps,
            vec![
                json!([]),
                json!({}),
                json!([{"id": "a", "fields": []}]),
                json!([{"fields": [{"id": "x", "label": "X", "type": "text"}]}]),
                json!([{"id": "a", "fields": [{"id": "x", "label": "X", "type": "select"}]}]),
                json!([{"id": "a", "fields": [{"id": "x", "label": "X", "type": "text", "options": ["a"]}]}]),
                json!([{"id": "a", "fields": [{"id": "x", "label": "X", "type": "color"}]}]),
                json!([{"id": "a", "fields": [{"id": "x", "label": "X", "type": "text", "required": "yes"}]}]),
                json!([{"id": "a", "fields": [{"id": "x", "label": "X", "type": "text"}, {"id": "x", "label": "Y", "type": "text"}]}]),
            ],
        ),
        (
            Effect::Password,
            vec![
                json!(false),
                json!({}),
                json!({"valid": "no"}),
                json!({"valid": false, "migrate": true}),
            ],
        ),
    ];
    for &stage in Stage::ALL {
        for (effect, values) in &malformed {
            for value in values {
                let error = check(
                    stage,
                    &json!({ effect.as_str(): value, "context": {"a": 1} }),
                )
                .expect_err(&format!("{stage}: {effect} {value}"));
                let first = &error.problems[0].path;
                assert!(first.starts_with(effect.as_str()), "{error}");
            }
        }
    }
}

#[test]
fn what_can_be_left_out_is_left_out_and_named() {
    let checked = check(
        Stage::BeforeRegistration,
        &json!({
            "context": {"ok": 1, "userId": "x", "bad name": 1, "list": [1], "nothing": null},
            "attributes": "no", "unknown": 1, "another": 1, "deny": null,
            "additionalAuthenticators": [{"type": "fax", "target": "x"}],
        }),
    )
    .unwrap();
    assert_eq!(
        Value::Object(checked.effects.into()),
        json!({"context": {"ok": 1}})
    );
    let dropped: Vec<_> = checked.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        [
            "`context.userId` is reserved for the platform",
            "`context.bad name` is not a variable name: use letters, digits, `-` and `_`",
            "`context.list` must be a string, a number or a boolean",
            "`context.nothing` must be a string, a number or a boolean",
            "`attributes` must be an object",
            "`unknown` is not an effect; `beforeRegistration` accepts `context`, `attributes`, `additionalAuthenticators`, `session`, `deny`, `showError`, `redirect`, `profilingSteps`",
            "`another` is not an effect",
            "`additionalAuthenticators[0].type` must be one of `email`, `phone`",
        ]
    );
}

#[test]
fn a_long_url_and_whole_terms_of_use_are_fine() {
    let url = format!(
        "https://id.example.com/authorize?request={}",
        "a".repeat(4_000)
    );
    let terms = json!([{"id": "terms", "fields": [{"id": "text", "label": "x".repeat(9_000), "type": "static"}]}]);
    assert!(
        check(
            Stage::BeforeRegistration,
            &json!({"redirect": {"url": url}})
        )
        .is_ok()
    );
    assert!(
        check(
            Stage::BeforeRegistration,
            &json!({ "profilingSteps": terms })
        )
        .is_ok()
    );
}

#[test]
fn thousands_of_meaningless_members_are_reported_in_a_few_words() {
    let response: Map<String, Value> = (0..5_000)
        .map(|number| (number.to_string(), json!(1)))
        .collect();
    let checked = check_response(Stage::Escalation, &response).unwrap();
    assert_eq!(checked.dropped.len(), 21);
    assert_eq!(
        checked.dropped[20].to_string(),
        "`…` and 4980 more were dropped"
    );
    let scopes: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
    let checked = check(
        Stage::AfterTokenRefresh,
        &json!({"scopes": {"add": scopes}}),
    )
    .unwrap();
    assert_eq!(checked.dropped[0].path, "scopes.add");
}

#[test]
fn the_claims_of_the_issuer_stay_his() {
    let checked = check(
        Stage::AfterTokenRefresh,
        &json!({"claims": {"set": {"sub": "other", "tier": 1}, "remove": ["exp", "email"]}}),
    )
    .unwrap();
    assert_eq!(
        Value::Object(checked.effects.into()),
        json!({"claims": {"set": {"tier": 1}, "remove": ["email"]}})
    );
    assert_eq!(checked.dropped.len(), 2);
}

#[test]
fn a_sound_veto_stands_whatever_comes_with_it() {
    let stage = Stage::BeforeRegistration;
    let deny = json!({"error": "blocked", "description": "This address cannot register."});
    let show = json!({"message": "Please use your work address."});
    let redirect = json!({"url": "https://id.example.com/proof"});
    for (response, kept) in [
        (json!({"deny": deny, "redirect": redirect}), Effect::Deny),
        (
            json!({"deny": deny, "redirect": {"url": "http://x"}}),
            Effect::Deny,
        ),
        (
            json!({"deny": deny, "showError": {"message": ""}}),
            Effect::Deny,
        ),
        (json!({"deny": deny, "redirct": redirect}), Effect::Deny),
        (json!({"deny": deny, "Deny": {}}), Effect::Deny),
        (
            json!({"deny": deny, "password": {"valid": 1}}),
            Effect::Deny,
        ),
        (
            json!({"deny": {"error": "x", "description": 7}}),
            Effect::Deny,
        ),
        (
            json!({"deny": {"error": "x", "description": " "}}),
            Effect::Deny,
        ),
        (
            json!({"showError": show, "redirect": redirect}),
            Effect::Redirect,
        ),
        (json!({"showError": show, "deny": {}}), Effect::ShowError),
        (
            json!({"showError": show, "profilingSteps": []}),
            Effect::ShowError,
        ),
    ] {
        let checked = check(stage, &response).unwrap();
        assert_eq!(checked.effects.end(), Some(kept), "{response}");
        assert_eq!(checked.effects.iter().count(), 1, "{response}");
        assert_eq!(checked.dropped.len(), 1, "{response}");
    }
    let refused = json!({"password": {"valid": false}, "deny": {}});
    let checked = check(Stage::BeforePasswordValidation, &refused).unwrap();
    assert!(checked.effects.refuses_password());
    for response in [
        json!({"password": {"valid": true}, "deny": {}}),
        json!({"attributes": {"a": 1}, "deny": {}}),
    ] {
        check(Stage::BeforePasswordValidation, &response).unwrap_err();
    }
}

/// Hooks quote what a customer typed.
#[test]
fn what_a_customer_typed_does_not_undo_a_veto() {
    let stage = Stage::BeforeRegistration;
    for name in [
        "x".repeat(5_000),
        "\u{85}\u{0}\r".to_owned(),
        "ä\t".repeat(900),
        " ".repeat(1_000),
        "\0".repeat(1_000),
    ] {
        let text = format!("{name} may not register");
        for (response, effect, member) in [
            (
                json!({"deny": {"error": "no", "description": text}}),
                Effect::Deny,
                "description",
            ),
            (json!({"deny": {"error": text}}), Effect::Deny, "error"),
            (
                json!({"showError": {"message": text}}),
                Effect::ShowError,
                "message",
            ),
        ] {
            let checked = check(stage, &response).unwrap();
            let kept = checked.effects.get(effect).unwrap()[member]
                .as_str()
                .unwrap();
            assert!(kept.chars().count() <= 1_000, "{}", kept.len());
            let whole = text.replace(|one: char| one.is_control() && one != '\t', " ");
            let start = if whole.chars().count() > 1_000 {
                whole.trim_start()
            } else {
                &whole
            };
            assert!(start.starts_with(kept) && !kept.trim().is_empty(), "{kept}");
            assert!(!checked.dropped.is_empty(), "{response}");
        }
    }
}

#[test]
fn an_unknown_member_is_met_with_the_nearest_and_all_there_are() {
    let dropped = |response: &Value| {
        let checked = check(Stage::BeforePasswordValidation, response).unwrap();
        checked.dropped[0].to_string()
    };
    assert_eq!(
        dropped(&json!({"authentication": {"skip": true}})),
        "`authentication.skip` is not known; it has `allowRememberedAuthenticators`, `authenticatorsToIgnore`, `skipPassword`"
    );
    assert_eq!(
        dropped(&json!({"authentication": {"skip_pasword": true}})),
        "`authentication.skip_pasword` is not known; did you mean `skipPassword`? \
         It has `allowRememberedAuthenticators`, `authenticatorsToIgnore`, `skipPassword`"
    );
}

#[test]
fn what_is_no_object_is_met_with_the_members_of_one() {
    for (stage, response, expected) in [
        (
            Stage::BeforeRegistration,
            json!({"showError": "no"}),
            "`showError` must be an object with `message`",
        ),
        (
            Stage::BeforeRegistration,
            json!({"deny": true}),
            "`deny` must be an object with `error`, optionally `description`",
        ),
        (
            Stage::BeforeRegistration,
            json!({"profilingSteps": {}}),
            "`profilingSteps` must be an array with at least one item, each with `id`, `fields`, optionally `title`",
        ),
        (
            Stage::BeforeRegistration,
            json!({"profilingSteps": ["tier"]}),
            "`profilingSteps[0]` must be an object with `id`, `fields`, optionally `title`",
        ),
        (
            Stage::BeforeRegistration,
            json!({"additionalAuthenticators": "email"}),
            "`additionalAuthenticators` must be an array of at most 1000 objects, each with `type`, `target`",
        ),
        (
            Stage::BeforeIdTokenGeneration,
            json!({"claims": ["tier"]}),
            "`claims` must be an object with any of `set`, `remove`",
        ),
    ] {
        let problem = match check(stage, &response) {
            Ok(checked) => checked.dropped[0].to_string(),
            Err(refused) => refused.to_string(),
        };
        assert_eq!(problem, expected);
    }
}

#[test]
fn every_problem_of_a_response_is_reported_at_once() {
    let error = check(
        Stage::BeforeRegistration,
        &json!({
            "context": {"userId": "x"},
            "claims": {},
            "deny": {"eror": "blocked", "description": 7},
            "profilingSteps": [{"id": "a", "fields": [
                {"id": "x", "label": "X", "type": "select"},
                {"id": "x", "label": "", "type": "text", "options": ["a"]},
            ]}, {"id": "a", "fields": []}],
            "redirct": {"url": "https://x.example"},
        }),
    )
    .unwrap_err();
    let problems: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "`deny.error` is missing",
            "`profilingSteps[1].id` is that of an earlier item; each needs its own",
            "`profilingSteps[0].fields[1].id` is that of an earlier item; each needs its own",
            "`profilingSteps[0].fields[0].options` is missing: `type` `select` needs it",
            "`profilingSteps[0].fields[1].label` must be plain text of 1 to 10000 characters",
            "`profilingSteps[0].fields[1].options` belongs to objects whose `type` is `select` or `multiSelect`",
            "`profilingSteps[1].fields` must be an array with at least one item, each with `id`, `label`, `type`, optionally `required`, `options`, `validator`",
            "`redirct` is not an effect; did you mean `redirect`?",
            "`context.userId` is reserved for the platform",
            "`claims` is not accepted at `beforeRegistration`, which accepts `context`, `attributes`, `additionalAuthenticators`, `session`, `deny`, `showError`, `redirect`, `profilingSteps`",
            "`deny.description` must be plain text of 1 to 1000 characters",
            "`deny.eror` is not known; did you mean `error`? It has `error`, `description`",
        ]
    );
    assert_eq!(error.to_string(), problems.join("; "));
}

#[test]
fn thousands_of_wrong_items_are_reported_in_a_few_words() {
    let steps: Vec<Value> = (0..5_000).map(Value::from).collect();
    let error = check(
        Stage::BeforeRegistration,
        &json!({ "profilingSteps": steps }),
    )
    .unwrap_err();
    assert_eq!(error.problems.len(), 21);
    assert_eq!(
        error.problems[20].to_string(),
        "`…` and 4980 more are wrong"
    );
}

#[test]
fn the_first_problem_that_is_shown_names_the_accepted_effects() {
    let steps: Vec<Value> = (0..30).map(Value::from).collect();
    let response = json!({ "aaa": 1, "password": {}, "profilingSteps": steps });
    let error = check(Stage::BeforeRegistration, &response).unwrap_err();
    let expected = "`password` is not accepted at `beforeRegistration`, which accepts `context`, ";
    assert!(error.to_string().starts_with(expected), "{error}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from)
    ];
    let key = prop_oneof![
        Just("id".to_owned()),
        Just("fields".to_owned()),
        Just("type".to_owned()),
        Just("error".to_owned()),
        Just("url".to_owned()),
        Just("valid".to_owned()),
        Just("set".to_owned()),
        ".{0,6}"
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_passes_once_passes_again_unchanged(
        stage in prop::sample::select(Stage::ALL),
        members in prop::collection::vec((prop::sample::select(&Effect::ALL[..]), any_json()), 0..5),
    ) {
        let response: Map<String, Value> = members.into_iter().map(|(effect, value)| (effect.as_str().to_owned(), value)).collect();
        let had_veto = response.iter().any(|(name, value)| !value.is_null() && Effect::from_member(name).is_some_and(Effect::is_veto));
        match check_response(stage, &response) {
            Err(_) => prop_assert!(had_veto, "only a veto can fail a response"),
            Ok(checked) => {
                let vetoes_kept = checked.effects.iter().any(|(effect, _)| effect.is_veto());
                prop_assert_eq!(had_veto, vetoes_kept, "a veto was lost");
                let again = check_response(stage, &checked.effects.clone().into()).unwrap();
                prop_assert_eq!(again.effects, checked.effects);
                prop_assert_eq!(again.dropped, []);
            }
        }
    }
}
