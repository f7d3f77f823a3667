//! The report of a pass with everything in it.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    application::binding::Mode,
    event::{error_code::ErrorCode, problem::Problem},
    hook::{
        effects::Dropped,
        outcome::{FailureClass, HookFailure},
    },
    pass::merge::Conflict,
    ports::{DeadReason, Settlement},
    record::{RunRecord, report::SkipReason},
    testing::sample,
};

use super::*;

fn run(binding: &str, hook: &str, outcome: RunOutcome) -> RunReport {
    let started = SystemTime::UNIX_EPOCH;
    let mut report = sample::report(Stage::ConversationStart, "bot", started, outcome);
    report.record.binding = sample::id(binding);
    report.record.hook = sample::id(hook);
    report.record.version = 2;
    report
}

fn triggered(outcome: Result<PassReport, Problem>) -> Triggered {
    Triggered {
        correlation_id: "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
        elapsed: Duration::from_millis(12),
        outcome,
        attempts: Vec::new(),
    }
}

fn shown<T>(triggered: &Triggered, with: impl FnOnce(Shown<'_>) -> T) -> T {
    let text =
        "version: 1\nhooks:\n  inline:\n    script:\n      source: export default () => a;\n";
    let workspace = Workspace::parse(text, "hookpoint.yaml", "".as_ref()).unwrap();
    with(Shown {
        application: &"bot".parse().unwrap(),
        stage: Stage::ConversationStart,
        triggered,
        workspace: &workspace,
    })
}

#[test]
fn every_outcome_has_its_line_and_its_reason() {
    let failure = HookFailure::new(FailureClass::Timeout, "no answer within 1500 ms");
    let mut first = run("greeting", "greeting", RunOutcome::Ok);
    first.record.dropped.push(Dropped {
        path: "context.botId".to_owned(),
        reason: "is reserved".to_owned(),
    });
    first.record.log.push("hello".to_owned());
    let report = PassReport {
        response: [("context".to_owned(), json!({ "A": 1 }))]
            .into_iter()
            .collect(),
        is_accepted: false,
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
crm-test (crm v2)  application:bot  timeout      1.5 ms  no answer within 1500 ms; the fallback response was used
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

fn record(outcome: &str, result: &str, status: u16, error: Option<&str>) -> RunRecord {
    let mut record = sample::run(Stage::StateModification, "bot", SystemTime::UNIX_EPOCH);
    record.mode = Mode::Asynchronous;
    record.result = serde_json::from_value(json!(result)).unwrap();
    record.outcome = outcome.to_owned();
    record.error = error.map(str::to_owned);
    record.status = Some(status);
    record
}

#[test]
fn an_asynchronous_hook_shows_its_first_attempt_and_what_would_come_next() {
    let dead = DeadReason {
        code: "gone".to_owned(),
        message: "the endpoint answered 410".to_owned(),
    };
    // The job of a retry does not matter here, so a settlement without one stands in.
    let attempt = |number: usize, record: Option<RunRecord>, settlement: Settlement| FirstAttempt {
        delivery: format!("msg_{number}").parse().unwrap(),
        record,
        settlement,
        again_in: None,
    };
    let message = "the endpoint answered 410";
    let attempts = vec![
        attempt(1, Some(record("ok", "ok", 204, None)), Settlement::Done),
        attempt(
            2,
            Some(record("gone", "failed", 410, Some(message))),
            Settlement::Dead(dead),
        ),
        attempt(3, None, Settlement::Done),
    ];
    let queued = |number: usize, hook: &str| {
        let delivery = format!("msg_{number}").parse().unwrap();
        run(hook, hook, RunOutcome::Queued(delivery))
    };
    let report = PassReport {
        response: [("queued".to_owned(), json!(3))].into_iter().collect(),
        is_accepted: true,
        runs: vec![queued(1, "audit"), queued(2, "old"), queued(3, "late")],
        conflicts: Vec::new(),
    };
    let triggered = Triggered {
        attempts,
        ..triggered(Ok(report))
    };
    let text = shown(&triggered, |shown| shown.render());
    let text = anstream::adapter::strip_str(&text).to_string();
    let table = text.split("\n\n").last().unwrap();
    assert_eq!(
        table,
        "\
hook      bound on         outcome    time
audit v2  application:bot  ok         1.5 ms  after the response: answered 204
old v2    application:bot  gone       1.5 ms  after the response: answered 410
                                              the endpoint answered 410
                                              would be given up as a dead letter
late v2   application:bot  postponed          not attempted because a read failed; see the log"
    );
    let value = shown(&triggered, |shown| shown.to_json());
    assert_eq!(value["runs"][0]["outcome"], "queued");
    assert_eq!(value["runs"][0]["delivery"]["status"], 204);
    assert_eq!(value["runs"][1]["delivery"]["next"], "dead-letter");
}
