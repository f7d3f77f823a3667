//! How a pass with everything in it looks.

use std::time::Duration;

use hookpoint_engine::{
    binding::Target,
    effects::Dropped,
    error_code::ErrorCode,
    hook::HookKind,
    merge::Conflict,
    outcome::{FailureClass, HookFailure},
    problem::Problem,
    report::SkipReason,
};

use super::*;

fn run(binding: &str, hook: &str, outcome: RunOutcome) -> RunReport {
    RunReport {
        binding: binding.parse().unwrap(),
        target: Target::Application("bot".parse().unwrap()),
        hook: hook.parse().unwrap(),
        version: 2,
        kind: Some(HookKind::Webhook),
        outcome,
        duration: Duration::from_micros(1_500),
        dropped: Vec::new(),
        log: Vec::new(),
    }
}

fn triggered(outcome: Result<PassReport, Problem>) -> Triggered {
    Triggered {
        correlation_id: "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
        elapsed: Duration::from_millis(12),
        outcome,
    }
}

fn shown<T>(triggered: &Triggered, with: impl FnOnce(Shown<'_>) -> T) -> T {
    with(Shown {
        application: &"bot".parse().unwrap(),
        stage: Stage::ConversationStart,
        triggered,
    })
}

#[test]
fn every_outcome_has_its_line_and_its_reason() {
    let failure = HookFailure::new(FailureClass::Timeout, "no answer within 1500 ms");
    let mut first = run("greeting", "greeting", RunOutcome::Ok);
    first.dropped.push(Dropped {
        path: "context.botId".to_owned(),
        reason: "is reserved".to_owned(),
    });
    first.log.push("hello".to_owned());
    let report = PassReport {
        response: [("context".to_owned(), json!({ "A": 1 }))]
            .into_iter()
            .collect(),
        runs: vec![
            first,
            run(
                "crm-test",
                "crm",
                RunOutcome::Failed(failure, AppliedPolicy::FellBack),
            ),
            run("late", "late", RunOutcome::Skipped(SkipReason::NotReached)),
        ],
        conflicts: vec![Conflict {
            path: "context.A".to_owned(),
            winner: "crm-test".to_owned(),
        }],
    };
    let triggered = triggered(Ok(report));
    let text = shown(&triggered, |shown| shown.render());
    assert_eq!(
        anstream::adapter::strip_str(&text).to_string(),
        "\
{
  \"context\": {
    \"A\": 1
  }
}

conversationStart of bot: 3 hooks, 12.0 ms

hook               bound on         outcome      time
greeting v2        application:bot  ok           1.5 ms  dropped `context.botId` is reserved
                                                         > hello
crm-test (crm v2)  application:bot  timeout      1.5 ms  no answer within 1500 ms; the fallback response counted
late v2            application:bot  not-reached

conflict: hooks disagree on context.A; the value of crm-test counts"
    );
    let value = shown(&triggered, |shown| shown.to_json());
    assert_eq!(value["durationMs"], 12.0);
    assert_eq!(value["runs"][1]["failure"]["policy"], "fallback");
    assert_eq!(value["runs"][0]["dropped"][0]["path"], "context.botId");
    assert_eq!(value["conflicts"][0]["winner"], "crm-test");
}

#[test]
fn a_problem_shows_its_cause_to_the_operator() {
    let problem = Problem::internal(ErrorCode::StoreUnavailable, "disk full");
    let triggered = triggered(Err(problem));
    let text = shown(&triggered, |shown| shown.render());
    assert!(text.contains("\"code\": \"store-unavailable\""), "{text}");
    assert!(
        anstream::adapter::strip_str(&text)
            .to_string()
            .ends_with("cause: disk full")
    );
    let value = shown(&triggered, |shown| shown.to_json());
    assert_eq!(value["problem"]["status"], 503);
    assert_eq!(value["cause"], "disk full");
}
