//! Vetoes stand, whatever the other hooks return.

use std::collections::HashMap;

use hookpoint_stages::Effect;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{ports::RESPONSE_LIMIT, record::report::RunOutcome};

/// Accepts every ending but steps, and continues after a failure.
const STAGE: Stage = Stage::AfterExternalLogin;

fn denial() -> Value {
    json!({"deny": {"error": "blocked"}, "context": {"reason": "sanctions"}})
}

fn fill(bytes: usize) -> Value {
    json!({"context": {"Pad": "x".repeat(bytes)}})
}

fn size(response: &Map<String, Value>) -> usize {
    serde_json::to_vec(response).unwrap().len()
}

#[tokio::test]
async fn a_denial_goes_before_what_fills_the_response_and_the_record_says_so() {
    let padding = fill(RESPONSE_LIMIT - 30);
    for order in [1, 2] {
        let stand = Wishes::new()
            .static_hook("fill", padding.clone())
            .static_hook("deny", denial())
            .bind(STAGE, "fill", order)
            .bind(STAGE, "deny", 2)
            .quiet();
        let report = stand.post(STAGE, json!({})).await.unwrap();
        assert_eq!(Value::Object(report.response.clone()), denial());
        let run = |name: &str| {
            let mut runs = report.runs.iter();
            runs.find(|run| run.record.binding.as_str() == name)
                .unwrap()
        };
        assert_eq!(run("deny").record.effects, ["context", "deny"]);
        assert!(run("fill").record.effects.is_empty());
        assert_eq!(
            run("fill").record.dropped[0].to_string(),
            "`context` was dropped: with it, the response with the veto of `deny` would exceed 262144 bytes"
        );
    }
}

#[tokio::test]
async fn what_earlier_requests_of_a_pass_said_goes_before_a_denial_too() {
    let stage = Stage::BeforeRegistration;
    let ask =
        json!([{"id": "one", "fields": [{"id": "answer", "label": "Answer", "type": "text"}]}]);
    let stand = Wishes::new()
        .static_hook("before", json!({"context": {"kept": "x".repeat(20_000)}}))
        .webhook("ask")
        .bind(stage, "before", 1)
        .bind(stage, "ask", 2)
        .answering(move |_, call| {
            if call.event["continueContext"].is_null() {
                return Answer::json(&json!({ "profilingSteps": ask }));
            }
            let session = json!({"x": "y".repeat(RESPONSE_LIMIT - 10_000)});
            Answer::json(&json!({"deny": {"error": "blocked"}, "session": session}))
        });
    let first = stand.post(stage, json!({})).await.unwrap();
    let goes_on = json!({"continuation": first.response["continuation"], "continueContext": {"stepId": "one"}});
    let report = stand.post(stage, goes_on).await.unwrap();
    assert_eq!(
        report.response.keys().collect::<Vec<_>>(),
        ["session", "deny"]
    );
    assert_eq!(report.runs[0].record.dropped[0].path, "context");
}

#[tokio::test]
async fn a_refused_password_stays_refused_beside_what_fills_the_response() {
    let stage = Stage::BeforePasswordValidation;
    let refusal = json!({"password": {"valid": false}, "context": {"Tries": 3}});
    let stand = Wishes::new()
        .static_hook("fill", fill(RESPONSE_LIMIT - 30))
        .static_hook("verdict", refusal)
        .bind(stage, "fill", 1)
        .bind_with(stage, "verdict", 2, |binding| {
            binding.failure = FailurePolicy::Continue;
        })
        .quiet();
    let report = stand.post(stage, json!({})).await.unwrap();
    assert_eq!(
        Value::Object(report.response),
        json!({"password": {"valid": false}})
    );
    let dropped = |run: usize| report.runs[run].record.dropped[0].path.as_str();
    assert_eq!((dropped(0), dropped(1)), ("context", "context"));
}

#[tokio::test]
async fn a_denial_goes_before_the_problem_of_a_fallback_that_cannot_be_used() {
    let stand = Wishes::new()
        .webhook("broken")
        .static_hook("deny", denial())
        .bind_with(STAGE, "broken", 1, |binding| {
            binding.failure = FailurePolicy::Fallback(object(json!({"deny": 7})));
        })
        .bind(STAGE, "deny", 1)
        .answering(|_, _| Answer::raw(500, ""));
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(report.response["deny"]["error"], "blocked");
}

#[tokio::test]
async fn a_misspelt_veto_fails_its_hook_where_the_stage_takes_the_veto() {
    let wishes = |member: &str| {
        Wishes::new().static_hook(
            "typo",
            json!({ member: {"error": "x"}, "context": {"a": 1} }),
        )
    };
    for (member, meant) in [
        ("Deny", "deny"),
        ("showerror", "showError"),
        ("redirct", "redirect"),
    ] {
        let stand = wishes(member)
            .bind(Stage::BeforeRegistration, "typo", 1)
            .quiet();
        let report = stand
            .post(Stage::BeforeRegistration, json!({}))
            .await
            .unwrap();
        assert_eq!(report.response["deny"]["error"], "hook_failed", "{member}");
        let RunOutcome::Failed(failure, _) = report.runs[0].outcome() else {
            panic!("{member}: it did not fail")
        };
        assert_eq!(
            failure.to_string(),
            format!("bad-effect: `{member}` is not an effect; did you mean `{meant}`?")
        );
        // No veto is accepted here, so none can have been meant.
        let stand = wishes(member)
            .bind(Stage::ConversationStart, "typo", 1)
            .quiet();
        let report = stand
            .post(Stage::ConversationStart, json!({}))
            .await
            .unwrap();
        assert_eq!(report.response, object(json!({"context": {"a": 1}})));
        assert_eq!(
            report.runs[0].record.dropped[0].to_string(),
            format!("`{member}` is not an effect; `conversationStart` accepts `context`")
        );
    }
}

/// Another hook's response: any effect in any size, nonsense, failures.
fn other() -> impl Strategy<Value = (u16, Value, FailurePolicy)> {
    let sizes = prop_oneof![
        Just(10_usize),
        30_000..40_000_usize,
        100_000..150_000_usize,
        Just(RESPONSE_LIMIT - 30),
        Just(RESPONSE_LIMIT),
    ];
    let member = prop_oneof![
        Just("context"),
        Just("session"),
        Just("attributes"),
        Just("claims"),
        Just("scopes"),
        Just("deny"),
        Just("showError"),
        Just("redirect"),
        Just("password"),
        Just("Deny"),
        Just("unknown"),
    ];
    let value = (member, sizes).prop_map(|(member, size)| {
        let text = "\u{7}ä\"x".repeat(size / 5);
        let value = match member {
            "claims" => json!({"set": {"a": text}}),
            "scopes" => json!({"add": ["a"], "remove": vec!["b"; size / 4]}),
            "deny" => json!({"error": "other"}),
            "redirect" => json!({"url": "https://example.com/other"}),
            "password" => json!({"valid": size % 2 == 0}),
            _ => json!({"Pad": text}),
        };
        (member.to_owned(), value)
    });
    let response = prop::collection::vec(value, 0..3)
        .prop_map(|members| Value::Object(members.into_iter().collect()));
    let policy = (response.clone(), 0..3_u8).prop_map(|(fallback, choice)| match choice {
        0 => FailurePolicy::Continue,
        1 => FailurePolicy::Deny,
        _ => FailurePolicy::Fallback(object(fallback)),
    });
    (1..4_u16, response, policy)
}

/// Whatever a caller, or a customer who types into the event, can post.
fn event() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        Just(json!({"customer": null})),
        Just(json!({"customer": {"info": null, "identifiers": {}}})),
        Just(json!({"context": null, "session": null})),
        (1..200_000_usize)
            .prop_map(|size| json!({"customer": {"attributes": {"name": "n".repeat(size)}}})),
        (1..200_000_usize)
            .prop_map(|size| json!({"session": {"deny": null, "name": "ü".repeat(size / 2)}})),
    ]
}

/// The vetoes in a response.
fn vetoes(response: &Map<String, Value>) -> Vec<&str> {
    let refused = response
        .get("password")
        .is_some_and(|verdict| verdict["valid"] == false);
    let endings = ["deny", "showError", "redirect", "profilingSteps"];
    let endings = endings
        .into_iter()
        .filter(|name| response.contains_key(*name));
    endings.chain(refused.then_some("password")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_other_response_and_no_event_changes_whether_a_veto_ends_the_pass(
        veto in prop_oneof![
            Just(Effect::Deny), Just(Effect::ShowError), Just(Effect::Redirect), Just(Effect::ProfilingSteps), Just(Effect::Password)
        ],
        others in prop::collection::vec(other(), 0..5),
        echoes in any::<bool>(),
        event in event(),
    ) {
        let stage = match veto {
            Effect::ProfilingSteps => Stage::BeforeProgressiveProfiling,
            Effect::Password => Stage::BeforePasswordValidation,
            _ => STAGE,
        };
        let said = match veto {
            Effect::Deny => json!({"error": "vetoed"}),
            Effect::ShowError => json!({"message": "vetoed"}),
            Effect::Redirect => json!({"url": "https://example.com/vetoed"}),
            Effect::Password => json!({"valid": false}),
            _ => json!([{"id": "one", "fields": [{"id": "answer", "label": "Answer", "type": "text"}]}]),
        };
        // The hook returns its event, as do hooks that extend a session.
        let veto_answer = move |call: &RecordedPost| {
            let mut answer = json!({ veto.as_str(): said });
            if echoes && call.event["session"].to_string().len() < RESPONSE_LIMIT - 1_000 {
                answer["session"] = call.event["session"].clone();
            }
            Answer::json(&answer)
        };
        let mut wishes = Wishes::new().webhook("veto").bind_with(stage, "veto", 2, |binding| {
            binding.failure = FailurePolicy::Continue;
        });
        let mut answers = HashMap::new();
        for (index, (order, response, policy)) in others.into_iter().enumerate() {
            let name = format!("other-{index}");
            wishes = wishes.webhook(&name).bind_with(stage, &name, order, |binding| binding.failure = policy);
            answers.insert(name, response);
        }
        let stand = wishes.answering(move |name, call| match answers.get(name) {
            None => veto_answer(call),
            Some(response) => Answer::json(response),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        match runtime.block_on(stand.post(stage, event)) {
            // An event of another shape, or an unusable fallback: the host gets a problem, never a response to continue
            // with.
            Err(problem) => prop_assert!(
                ["invalid-event", "configuration-invalid"].contains(&problem.code.as_str()),
                "{problem}"
            ),
            Ok(report) => {
                prop_assert!(size(&report.response) <= RESPONSE_LIMIT);
                prop_assert!(!vetoes(&report.response).is_empty(), "{:?} {:?}", veto, outcomes(&report));
            }
        }
    }
}
