//! Suspension and continuation: passes that take several requests.

use serde_json::json;

use super::*;
use crate::event::error_code::ErrorCode;

const STAGE: Stage = Stage::BeforeRegistration;

fn step(id: &str) -> Value {
    json!([{"id": id, "fields": [{"id": "answer", "label": "Answer", "type": "text"}]}])
}

/// Asks two questions in a row, then returns attributes.
fn two_steps(name: &str, call: &RecordedPost) -> Answer<WebhookReply> {
    let answers = &call.event["continueContext"];
    Answer::json(&match (name, answers["stepId"].as_str()) {
        ("ask", None) => {
            json!({"profilingSteps": step("one"), "session": {"asked": 1}, "context": {"asked": true}})
        }
        ("ask", Some("one")) => {
            json!({"profilingSteps": step("two"), "session": {"one": answers["values"]}})
        }
        ("ask", Some("two")) => {
            json!({"attributes": {"one": call.event["session"]["one"], "two": answers["values"]}})
        }
        _ => json!({"context": { name: 1 }}),
    })
}

#[tokio::test]
async fn two_steps_of_profiling_go_on_where_they_stopped() {
    let stand = Wishes::new()
        .webhook("before")
        .webhook("ask")
        .webhook("beside")
        .webhook("after")
        .bind(STAGE, "before", 1)
        .bind(STAGE, "ask", 2)
        .bind(STAGE, "beside", 2)
        .bind(STAGE, "after", 3)
        .answering(two_steps);
    let first = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(first.response["profilingSteps"], step("one"));
    assert_eq!(
        first.response.keys().collect::<Vec<_>>(),
        ["profilingSteps", "continuation"],
        "the rest waits in the token"
    );
    assert_eq!(
        outcomes(&first).last(),
        Some(&("after".to_owned(), "not-reached"))
    );

    let answer = |report: &PassReport, step: &str, value: u8| json!({"continuation": report.response["continuation"], "continueContext": {"stepId": step, "values": {"answer": value}}});
    let second = stand.post(STAGE, answer(&first, "one", 1)).await.unwrap();
    assert_eq!(second.response["profilingSteps"], step("two"));
    let third = stand.post(STAGE, answer(&second, "two", 2)).await.unwrap();
    assert_eq!(
        third.response,
        object(json!({
            "context": {"before": 1, "asked": true, "beside": 1, "after": 1},
            "attributes": {"one": {"answer": 1}, "two": {"answer": 2}},
            "session": {"one": {"answer": 1}},
        }))
    );
    assert_eq!(
        stand.called(),
        ["before", "ask", "beside", "ask", "ask", "after"],
        "only the hook that asked ran again"
    );
    let calls = stand.webhook.calls();
    assert_eq!(calls[4].event["session"], json!({"one": {"answer": 1}}));
    assert_eq!(
        calls[5].event["continueContext"],
        json!(null),
        "answers are for the hook that asked"
    );
    assert!(
        calls
            .iter()
            .all(|call| call.event.get("continuation").is_none()),
        "hooks do not see the token"
    );
}

#[tokio::test]
async fn a_hook_that_asks_again_does_not_disagree_with_itself() {
    let stand = Wishes::new()
        .webhook("ask")
        .bind(STAGE, "ask", 1)
        .static_hook("after", json!({"session": {"by": "after"}}))
        .bind(STAGE, "after", 2)
        .answering(|_, call| {
            let answers = call.event["continueContext"]["values"]
                .as_u64()
                .unwrap_or(0);
            let session = json!({"answers": answers});
            Answer::json(&if answers < 2 {
                json!({"profilingSteps": step("one"), "session": session})
            } else {
                json!({"session": session})
            })
        });
    let mut report = stand.post(STAGE, json!({})).await.unwrap();
    for answers in 1..=2 {
        assert_eq!(report.conflicts, [], "{answers}");
        let next = json!({
            "continuation": report.response["continuation"],
            "continueContext": {"stepId": "one", "values": answers},
        });
        report = stand.post(STAGE, next).await.unwrap();
    }
    assert_eq!(report.response["session"], json!({"by": "after"}));
    let winners: Vec<_> = report
        .conflicts
        .iter()
        .map(|conflict| &conflict.winner)
        .collect();
    assert_eq!(winners, ["after"]);
}

#[tokio::test]
async fn of_two_that_end_a_wave_the_second_runs_next() {
    let stand = Wishes::new()
        .webhook("ask")
        .webhook("picky")
        .bind(STAGE, "ask", 1)
        .bind(STAGE, "picky", 1)
        .answering(|name, call| match name {
            "picky" => {
                Answer::json(&json!({"showError": {"message": "No."}, "context": {"lost": 1}}))
            }
            _ if call.event["continueContext"].is_null() => {
                Answer::json(&json!({"profilingSteps": step("one")}))
            }
            _ => Answer::json(&json!({"context": {"answered": true}})),
        });
    let first = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(first.response["profilingSteps"], step("one"));
    let second = json!({"continuation": first.response["continuation"], "continueContext": {"stepId": "one"}});
    let second = stand.post(STAGE, second).await.unwrap();
    assert_eq!(stand.called(), ["ask", "picky", "ask", "picky"]);
    assert_eq!(second.response["showError"]["message"], "No.");
}

#[tokio::test]
async fn the_versions_of_the_first_pass_serve_to_its_end_and_what_was_removed_is_left_out() {
    let wishes = || {
        Wishes::new()
            .webhook("ask")
            .bind(STAGE, "ask", 1)
            .bind(STAGE, "after", 2)
            .bind(STAGE, "removed", 3)
    };
    let stand = wishes()
        .static_hook("after", json!({"context": {"version": 1}}))
        .static_hook("removed", json!({"deny": {"error": "removed"}}))
        .answering(two_steps);
    let first = stand.post(STAGE, json!({})).await.unwrap();
    let newer = Wishes::new()
        .webhook("ask")
        .bind(STAGE, "ask", 1)
        .bind(STAGE, "after", 2)
        .static_hook("after", json!({"context": {"version": 2}}))
        .static_hook("added", json!({"deny": {"error": "added"}}))
        .bind(STAGE, "added", 4);
    stand.store.inner().apply(&newer.0).unwrap();
    stand.engine.forget();
    let goes_on = json!({"continuation": first.response["continuation"], "continueContext": {"stepId": "two"}});
    let report = stand.post(STAGE, goes_on).await.unwrap();
    assert_eq!(
        report.response["context"],
        json!({"asked": true, "version": 1})
    );
    assert_eq!(outcomes(&report)[0], ("removed".to_owned(), "unbound"));
    assert_eq!(
        stand.response(STAGE).await["profilingSteps"],
        step("one"),
        "a new pass has the new chain"
    );
}

#[tokio::test]
async fn an_operator_can_switch_off_a_hook_that_is_waiting_for_answers() {
    let mut stand = Wishes::new()
        .webhook("ask")
        .static_hook("after", json!({"context": {"after": 1}}))
        .bind(STAGE, "ask", 1)
        .bind(STAGE, "after", 2)
        .answering(two_steps);
    let first = stand.post(STAGE, json!({})).await.unwrap();
    stand.pause(Pause {
        stage: None,
        binding: Some("ask".parse().unwrap()),
        unknown: serde_json::Map::new(),
    });
    stand.now += Duration::from_secs(10);
    let goes_on = json!({"continuation": first.response["continuation"], "continueContext": {"stepId": "one"}});
    let report = stand.post(STAGE, goes_on).await.unwrap();
    assert_eq!(
        report.response["context"],
        json!({"asked": true, "after": 1})
    );
    assert_eq!(stand.called(), ["ask"]);
}

#[tokio::test]
async fn tokens_of_others_and_old_ones_are_refused_each_in_its_own_words() {
    let mut stand = Wishes::new()
        .webhook("ask")
        .bind(STAGE, "ask", 1)
        .answering(two_steps);
    let token = stand.post(STAGE, json!({})).await.unwrap().response["continuation"].clone();
    let with = |token: &Value| json!({ "continuation": token });
    let bob =
        json!({"continuation": token, "customer": {"identifiers": {"email": "bob@example.com"}}});
    assert_eq!(
        stand.post(STAGE, bob).await.unwrap_err().code,
        ErrorCode::ContinuationWrongSubject
    );
    let elsewhere = stand
        .post(Stage::BeforeMultiStageRegistration, with(&token))
        .await;
    assert_eq!(
        elsewhere.unwrap_err().code,
        ErrorCode::ContinuationWrongStage
    );
    assert_eq!(
        stand
            .post(STAGE, with(&json!("made up")))
            .await
            .unwrap_err()
            .code,
        ErrorCode::ContinuationInvalid
    );
    assert_eq!(
        stand.post(STAGE, with(&json!(7))).await.unwrap_err().code,
        ErrorCode::InvalidEvent
    );
    stand.keys.rotate("a newer key");
    stand.now += Duration::from_mins(6);
    assert!(
        stand.post(STAGE, with(&token)).await.is_ok(),
        "the previous key still opens"
    );
    stand.now += Duration::from_mins(9);
    assert_eq!(
        stand.post(STAGE, with(&token)).await.unwrap_err().code,
        ErrorCode::ContinuationExpired
    );
    assert_eq!(stand.called().len(), 2);
}

#[tokio::test]
async fn a_suspension_that_cannot_be_sealed_is_a_denial() {
    let stage = Stage::BeforeProgressiveProfiling;
    let large = Wishes::new()
        .webhook("ask")
        .bind(stage, "ask", 1)
        .answering(|_, _| {
            Answer::json(
                &json!({"profilingSteps": step("one"), "session": {"x": "y".repeat(40_000)}}),
            )
        });
    let report = large.post(stage, json!({})).await.unwrap();
    assert_eq!(report.response["deny"]["error"], "cannot-suspend");
    assert_eq!(
        report.response["session"]["x"].as_str().unwrap().len(),
        40_000
    );
    assert!(report.response.get("profilingSteps").is_none());
    assert_eq!(outcomes(&report)[0].1, "ok", "the hook itself succeeded");
    assert_eq!(report.runs[0].record.effects, ["session", "deny"]);
    let dropped = report.runs[0].record.dropped[0].to_string();
    assert!(
        dropped.starts_with(
            "`profilingSteps` became a denial (`cannot-suspend`): the continuation would have "
        ),
        "{dropped}"
    );
    let anonymous = Wishes::new()
        .webhook("ask")
        .bind_with(STAGE, "ask", 1, |binding| {
            binding.failure = FailurePolicy::Continue;
        })
        .answering(two_steps);
    let report = anonymous
        .post(STAGE, json!({"customer": {"identifiers": null}}))
        .await
        .unwrap();
    assert_eq!(report.response["deny"]["error"], "cannot-suspend");
}

#[tokio::test]
async fn a_token_sealed_elsewhere_with_a_newer_key_is_opened_after_one_look() {
    let mut stand = Wishes::new()
        .webhook("ask")
        .bind(STAGE, "ask", 1)
        .answering(two_steps);
    stand.post(STAGE, json!({})).await.unwrap();
    // Another container has seen the rotation; this one has the old keys in memory.
    stand.keys.rotate("a newer key");
    let other = Wishes::new()
        .webhook("ask")
        .bind(STAGE, "ask", 1)
        .answering(two_steps);
    other.keys.rotate("a newer key");
    let token = other.post(STAGE, json!({})).await.unwrap().response["continuation"].clone();
    stand.now += Duration::from_secs(10);
    assert!(
        stand
            .post(STAGE, json!({ "continuation": token }))
            .await
            .is_ok()
    );
}
