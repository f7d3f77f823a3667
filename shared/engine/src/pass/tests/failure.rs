//! Failing hooks, and the outcome of their events.

use hookpoint_stages::{Effect, FailureDefault, ModeRule};
use serde_json::json;

use super::*;
use crate::{
    hook::{ScriptHook, outcome::FailureClass},
    ports::RESPONSE_LIMIT,
    record::report::{AppliedPolicy, RunOutcome},
};

const STAGE: Stage = Stage::AfterRegistration;

/// How the only hook of a pass failed.
fn failure(report: &PassReport) -> (FailureClass, String) {
    match report.runs[0].outcome() {
        RunOutcome::Failed(failure, _) => (failure.class, failure.message.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn failures_of_endpoints_are_distinguished_and_the_event_continues() {
    use FailureClass as Class;
    let large = format!("{{\"context\":{{\"x\":\"{}\"}}}}", "y".repeat(300 * 1024));
    let deep = format!(
        "the response is nested deeper than 100 levels; it must be a JSON object or empty; the endpoint returned status 200: `{}…`",
        "[".repeat(200)
    );
    let too_large = format!(
        "the response is larger than 262144 bytes; the endpoint returned status 200: `{}…`",
        &large[..200]
    );
    let coded = |coding: &str, body: &str| {
        Answer::reply(WebhookReply {
            status: 200,
            content_type: Some("application/json".to_owned()),
            content_encoding: Some(coding.to_owned()),
            body: body.into(),
            ..WebhookReply::default()
        })
    };
    let cases: Vec<(Answer<WebhookReply>, Class, &str)> = vec![
        (
            Answer::raw(500, "{}"),
            Class::ServerError,
            "the endpoint returned status 500: `{}`",
        ),
        (
            Answer::raw(408, ""),
            Class::ServerError,
            "the endpoint returned status 408",
        ),
        (
            Answer::raw(425, ""),
            Class::ServerError,
            "the endpoint returned status 425",
        ),
        (
            Answer::raw(429, ""),
            Class::ServerError,
            "the endpoint returned status 429",
        ),
        (
            Answer::raw(404, "{}"),
            Class::BadStatus,
            "the endpoint returned status 404: `{}`",
        ),
        (
            Answer::raw(302, ""),
            Class::Redirected,
            "the endpoint returned status 302",
        ),
        (
            Answer::raw(200, "<html>"),
            Class::BadResponse,
            "the response is not valid JSON at line 1, column 1; it must be a JSON object or empty; the endpoint returned status 200: `<html>`",
        ),
        (
            Answer::raw(200, "[1]"),
            Class::BadResponse,
            "the response is not a JSON object; it must be a JSON object or empty; the endpoint returned status 200: `[1]`",
        ),
        (
            Answer::raw(200, "[".repeat(1000)),
            Class::BadResponse,
            &deep,
        ),
        (Answer::raw(200, large.clone()), Class::TooLarge, &too_large),
        (
            coded("gzip", "\u{1f}\u{8b}"),
            Class::BadResponse,
            "the response has content coding `gzip`, although the request had `Accept-Encoding: identity`; the endpoint returned status 200, `application/json`",
        ),
        (
            Answer::failure(Class::Connection, "connection refused"),
            Class::Connection,
            "connection refused",
        ),
        (
            Answer::raw(200, "{}").after(Duration::from_mins(1)),
            Class::Timeout,
            "no answer by the deadline",
        ),
    ];
    for (answer, class, message) in cases {
        let stand = Wishes::new()
            .webhook("crm")
            .static_hook("after", json!({"context": {"after": 1}}))
            .bind(STAGE, "crm", 1)
            .bind(STAGE, "after", 2)
            .answering(move |_, _| answer.clone());
        let started = Instant::now();
        let report = stand.post(STAGE, json!({})).await.unwrap();
        assert_eq!(failure(&report), (class, message.to_owned()));
        assert_eq!(
            report.response,
            object(json!({"context": {"after": 1}})),
            "{class}"
        );
        assert!(
            started.elapsed() <= Duration::from_millis(2_900),
            "{class}: 100 ms are kept for the answer"
        );
    }
}

/// Receivers say `OK` where nothing else is expected of them.
#[tokio::test]
async fn where_effects_are_unused_any_body_with_2xx_will_do() {
    for (status, body, outcome) in [
        (200, "OK", "ok"),
        (202, "<html>", "ok"),
        (200, "[1]", "ok"),
        (200, r#"{"context":{"a":1}}"#, "ok"),
        (500, "OK", "server-error"),
        (200, r#"{"deny":{"error":"no"}}"#, "bad-effect"),
    ] {
        let stand = Wishes::new()
            .webhook("crm")
            .bind(Stage::ConversationEnd, "crm", 1)
            .answering(move |_, _| Answer::raw(status, body));
        let report = stand.post(Stage::ConversationEnd, json!({})).await.unwrap();
        assert_eq!(outcomes(&report)[0].1, outcome, "{status} {body}");
    }
}

#[tokio::test]
async fn an_empty_answer_asks_for_nothing() {
    for (status, body) in [
        (204, ""),
        (200, ""),
        (200, " \n"),
        (201, "{}"),
        (200, "null"),
    ] {
        let stand = Wishes::new()
            .webhook("crm")
            .bind(STAGE, "crm", 1)
            .answering(move |_, _| Answer::raw(status, body));
        let report = stand.post(STAGE, json!({})).await.unwrap();
        assert_eq!(
            (outcomes(&report)[0].1, report.response.len()),
            ("ok", 0),
            "{status} {body:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_binding_may_wait_shorter_but_never_longer_and_all_share_three_seconds() {
    let wait = |timeout_ms: u64| {
        Wishes::new()
            .webhook("slow")
            .webhook("second")
            .bind_with(STAGE, "slow", 1, |binding| {
                binding.timeout_ms = Some(timeout_ms);
            })
            .bind(STAGE, "second", 2)
            .answering(|_, _| Answer::raw(200, "").after(Duration::from_mins(1)))
    };
    let started = Instant::now();
    let report = wait(500).post(STAGE, json!({})).await.unwrap();
    assert_eq!(report.runs[0].record.duration(), Duration::from_millis(500));
    assert_eq!(
        report.runs[1].record.duration(),
        Duration::from_millis(2_400)
    );
    assert_eq!(started.elapsed(), Duration::from_millis(2_900));
    let started = Instant::now();
    wait(9_000).post(STAGE, json!({})).await.unwrap();
    assert_eq!(started.elapsed(), Duration::from_millis(2_900));
}

#[tokio::test]
async fn a_bad_veto_takes_the_default_of_its_stage_everywhere() {
    for &stage in Stage::ALL
        .iter()
        .filter(|stage| stage.definition().mode != ModeRule::AsynchronousOnly)
    {
        for veto in Effect::ALL.into_iter().filter(|effect| effect.is_veto()) {
            // Malformed where the stage accepts it, misplaced elsewhere: `7` is invalid for all of them.
            let store = Target::Store("customers".parse().unwrap());
            let response = json!({ veto.as_str(): 7, "context": {"lost": 1} });
            let wishes = Wishes::new().static_hook("bad", response);
            let stand = match stage.definition().family {
                hookpoint_stages::Family::Identity => {
                    wishes.bind_to(store, stage, "bad", 1, |_| {})
                }
                hookpoint_stages::Family::Conversation => wishes.bind(stage, "bad", 1),
            }
            .quiet();
            let report = stand.post(stage, json!({})).await.unwrap();
            let (class, message) = failure(&report);
            assert_eq!(class, FailureClass::BadEffect);
            assert!(message.starts_with(&format!("`{veto}`")), "{message}");
            match stage.definition().failure {
                FailureDefault::Deny => assert_eq!(
                    report.response["deny"]["error"], "hook_failed",
                    "{stage}: {veto}"
                ),
                _ => assert!(report.response.is_empty(), "{stage}: {veto}"),
            }
        }
    }
}

#[tokio::test]
async fn each_policy_does_what_it_says() {
    let run = |policy: FailurePolicy| async {
        let stand = Wishes::new()
            .webhook("crm")
            .static_hook("after", json!({"context": {"after": 1}}))
            .bind_with(Stage::BeforeRegistration, "crm", 1, |binding| {
                binding.failure = policy;
            })
            .bind(Stage::BeforeRegistration, "after", 2)
            .answering(|_, _| Answer::raw(500, ""));
        let report = stand
            .post(Stage::BeforeRegistration, json!({}))
            .await
            .unwrap();
        let RunOutcome::Failed(_, applied) = *report.runs[0].outcome() else {
            panic!("it failed")
        };
        (applied, Value::Object(report.response))
    };
    assert_eq!(
        run(FailurePolicy::Continue).await,
        (AppliedPolicy::Continued, json!({"context": {"after": 1}}))
    );
    let denied = json!({"deny": {"error": "hook_failed", "description": "The request could not be checked. Please try again later."}});
    assert_eq!(
        run(FailurePolicy::Deny).await,
        (AppliedPolicy::Denied, denied)
    );
    let fallback = object(json!({"context": {"tier": "unknown"}}));
    assert_eq!(
        run(FailurePolicy::Fallback(fallback)).await,
        (
            AppliedPolicy::FellBack,
            json!({"context": {"tier": "unknown", "after": 1}})
        )
    );
    let fallback = object(json!({"showError": {"message": "Please call us."}}));
    assert_eq!(
        run(FailurePolicy::Fallback(fallback)).await,
        (
            AppliedPolicy::FellBack,
            json!({"showError": {"message": "Please call us."}})
        )
    );
}

#[tokio::test]
async fn what_was_dropped_is_in_the_report_and_the_rest_counts() {
    let stand = Wishes::new()
        .webhook("crm")
        .bind(STAGE, "crm", 1)
        .answering(|_, _| {
            Answer::json(&json!({"context": {"ok": 1, "bad": []}, "claims": {"set": {"a": 1}}}))
        });
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(report.response, object(json!({"context": {"ok": 1}})));
    let dropped: Vec<_> = report.runs[0]
        .record
        .dropped
        .iter()
        .map(|dropped| dropped.path.as_str())
        .collect();
    assert_eq!(dropped, ["context.bad", "claims"]);
}

#[tokio::test]
async fn responses_that_are_too_large_together_cost_the_one_that_is_too_much() {
    let stage = Stage::BeforeRegistration;
    let stand = Wishes::new()
        .webhook("first")
        .webhook("second")
        .bind_with(stage, "first", 1, |binding| {
            binding.failure = FailurePolicy::Continue;
        })
        .bind_with(stage, "second", 2, |binding| {
            binding.failure = FailurePolicy::Continue;
        })
        .answering(|name, _| Answer::json(&json!({"context": { name: "x".repeat(150 * 1024) }})));
    let report = stand.post(stage, json!({})).await.unwrap();
    assert_eq!(
        outcomes(&report),
        [
            ("first".to_owned(), "ok"),
            ("second".to_owned(), "too-large")
        ]
    );
    assert!(serde_json::to_vec(&report.response).unwrap().len() <= RESPONSE_LIMIT);
}

#[tokio::test]
async fn a_veto_stands_in_a_response_that_is_too_large_and_nothing_else_does() {
    let stage = Stage::BeforeRegistration;
    let large = "x".repeat(RESPONSE_LIMIT);
    let deny = json!({"deny": {"error": "blocked"}});
    for (response, expected) in [
        (
            json!({"deny": {"error": "blocked"}, "context": {"a": large}}),
            Some(deny.clone()),
        ),
        (json!({"context": {"a": large}}), None),
        (
            json!({"redirect": {"url": format!("https://a.test/{large}")}}),
            None,
        ),
    ] {
        let mut wishes = Wishes::new();
        let script = ScriptHook {
            source: "export default () => ({})".to_owned(),
            file: None,
            hosts: Vec::new(),
            optional_secrets: Vec::new(),
            source_map: None,
            compiled: None,
        };
        wishes.hook("script", Implementation::Script(script), &[]);
        let scripts = Arc::new(FakeScript::new(move |_| Answer::response(&response)));
        let stand = wishes
            .bind_with(stage, "script", 1, |binding| {
                binding.failure = FailurePolicy::Continue;
            })
            .stand(|_, _| Answer::raw(500, ""), Some(scripts));
        let report = stand.post(stage, json!({})).await.unwrap();
        let [(_, outcome)] = outcomes(&report)[..] else {
            panic!("{report:?}");
        };
        let Some(expected) = expected else {
            assert_eq!(outcome, "too-large");
            assert_eq!(report.response, Map::new());
            continue;
        };
        assert_eq!(outcome, "ok");
        assert_eq!(report.response, object(expected));
        let dropped = &report.runs[0].record.dropped;
        assert_eq!((dropped.len(), dropped[0].path.as_str()), (1, "context"));
    }
}

#[tokio::test]
async fn a_script_does_not_run_without_a_secret_that_it_needs() {
    let cases = [
        (&["Token"][..], &[][..], None),
        (&["Token", "Absent"], &["Absent"], None),
        (
            &["Token", "Absent"],
            &["Token"],
            Some(
                "secret `Absent` has no value, so the script did not run; `hookpoint secrets set Absent`",
            ),
        ),
        (
            &["Absent", "Gone"],
            &[],
            Some("secrets `Absent`, `Gone` have no value, so the script did not run"),
        ),
        (&["Key"], &[], Some("secret `Elsewhere` has no value")),
    ];
    for (declared, optional, missing) in cases {
        let mut wishes = Wishes::new();
        let script = ScriptHook {
            source: "export default () => ({})".to_owned(),
            file: None,
            hosts: Vec::new(),
            optional_secrets: optional.iter().map(|name| name.parse().unwrap()).collect(),
            source_map: None,
            compiled: None,
        };
        wishes.hook("gate", Implementation::Script(script), declared);
        let scripts = Arc::new(FakeScript::new(|_| Answer::response(&json!({}))));
        let stand = wishes
            .bind_with(STAGE, "gate", 1, |binding| {
                let (name, meant) = ("Key".parse().unwrap(), "Elsewhere".parse().unwrap());
                binding.secrets.insert(name, meant);
            })
            .stand(|_, _| Answer::raw(500, ""), Some(scripts.clone()));
        let report = stand.post(STAGE, json!({})).await.unwrap();
        let Some(missing) = missing else {
            assert_eq!(outcomes(&report)[0].1, "ok", "{declared:?}");
            let names: Vec<_> = scripts.calls()[0]
                .secrets
                .iter()
                .map(|(name, _)| name.to_string())
                .collect();
            assert_eq!(names, ["Token"]);
            continue;
        };
        let (class, text) = failure(&report);
        assert_eq!(class, FailureClass::MissingSecret, "{text}");
        assert!(text.contains(missing), "{text}");
        assert!(scripts.calls().is_empty(), "{declared:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_endpoint_is_left_alone_after_ten_failures_and_probed_after_thirty_seconds() {
    let mut stand = Wishes::new()
        .webhook("crm")
        .bind(STAGE, "crm", 1)
        .answering(|_, _| Answer::failure(FailureClass::Connection, "connection refused"));
    for _ in 0..10 {
        assert_eq!(
            failure(&stand.post(STAGE, json!({})).await.unwrap()).0,
            FailureClass::Connection
        );
    }
    assert_eq!(
        failure(&stand.post(STAGE, json!({})).await.unwrap()).0,
        FailureClass::CircuitOpen
    );
    assert_eq!(stand.webhook.calls().len(), 10);
    stand.now += Duration::from_secs(30);
    assert_eq!(
        failure(&stand.post(STAGE, json!({})).await.unwrap()).0,
        FailureClass::Connection
    );
}

#[tokio::test]
async fn a_refused_address_and_a_missing_secret_fail_before_any_call_and_show_no_value() {
    let cases = [
        (
            "https://10.0.0.1/x",
            FailureClass::EgressRefused,
            "`https://10.0.0.1/x` is refused: address `10.0.0.1` is private",
        ),
        (
            "http://crm.example.com/",
            FailureClass::EgressRefused,
            "may only be reached by https",
        ),
        (
            "{Whole:Secret}",
            FailureClass::EgressRefused,
            "`{Whole:Secret}` is refused: its address is in a network that hooks may not reach",
        ),
        (
            "https://x/{Absent:Secret}",
            FailureClass::MissingSecret,
            "secret `Absent` has no value",
        ),
        (
            "https://x/{Undeclared:Secret}",
            FailureClass::MissingSecret,
            "secret `Undeclared` has no value",
        ),
        (
            "https://{Nowhere:Variable}/",
            FailureClass::MissingSecret,
            "variable `Nowhere` has no value",
        ),
        (
            "not a url {Whole:Secret}",
            FailureClass::BadRequest,
            "`not a url {Whole:Secret}` is not a URL",
        ),
    ];
    for (url, class, message) in cases {
        let mut wishes = Wishes::new();
        let hook = WebhookHook {
            url: Template::parse(url).unwrap(),
            headers: Vec::new(),
            signing_secrets: Vec::new(),
        };
        wishes.hook("crm", Implementation::Webhook(hook), &["Whole", "Absent"]);
        let stand = wishes.bind(STAGE, "crm", 1).quiet();
        stand
            .secrets
            .inner()
            .set(None, "Whole", "https://127.0.0.1/hidden");
        stand.secrets.inner().set(None, "Undeclared", "hidden");
        let report = stand.post(STAGE, json!({})).await.unwrap();
        let (actual, text) = failure(&report);
        assert_eq!(actual, class, "{url}: {text}");
        assert!(text.contains(message), "{url}: {text}");
        assert!(
            !text.contains("hidden") && !format!("{report:?}").contains("hidden"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_request_with_a_signature_too_few_is_never_sent() {
    for (signing, declared, missing) in [
        (vec!["Token", "Absent"], vec!["Token", "Absent"], "Absent"),
        (vec!["Undeclared"], vec!["Token"], "Undeclared"),
        (vec!["Key"], vec!["Key"], "Elsewhere"),
    ] {
        let mut wishes = Wishes::new();
        let hook = WebhookHook {
            url: Template::parse("https://crm.example.com/").unwrap(),
            headers: Vec::new(),
            signing_secrets: signing.iter().map(|name| name.parse().unwrap()).collect(),
        };
        wishes.hook("crm", Implementation::Webhook(hook), &declared);
        let stand = wishes
            .bind_with(STAGE, "crm", 1, |binding| {
                let (name, meant) = ("Key".parse().unwrap(), "Elsewhere".parse().unwrap());
                binding.secrets.insert(name, meant);
            })
            .answering(|_, _| Answer::raw(204, ""));
        stand.secrets.inner().set(None, "Undeclared", "hidden");
        let report = stand.post(STAGE, json!({})).await.unwrap();
        let (class, text) = failure(&report);
        assert_eq!(class, FailureClass::MissingSecret, "{signing:?}: {text}");
        assert!(
            text.contains(&format!("signing secret `{missing}` has no value")),
            "{text}"
        );
        assert!(stand.webhook.calls().is_empty(), "{signing:?}");
    }
}

#[tokio::test]
async fn what_cannot_run_here_is_refused_not_passed_over() {
    let mut wishes = Wishes::new();
    let script = ScriptHook {
        source: String::new(),
        file: None,
        hosts: Vec::new(),
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    };
    wishes.hook("script", Implementation::Script(script), &[]);
    let stand = wishes
        .static_hook("first", json!({}))
        .bind(STAGE, "first", 1)
        .bind(STAGE, "script", 2)
        .quiet();
    assert_eq!(
        stand
            .post(STAGE, json!({}))
            .await
            .unwrap_err()
            .code
            .as_str(),
        "script-hooks-unavailable"
    );
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_others_left_no_time_is_not_blamed_for_it() {
    let stand = Wishes::new()
        .webhook("slow")
        .webhook("starved")
        .bind_with(STAGE, "slow", 1, |binding| binding.timeout_ms = Some(2_500))
        .bind(STAGE, "starved", 2)
        .answering(|name, _| match name {
            "slow" => Answer::raw(204, "").after(Duration::from_millis(2_400)),
            _ => Answer::raw(204, "").after(Duration::from_secs(1)),
        });
    for _ in 0..12 {
        let report = stand.post(STAGE, json!({})).await.unwrap();
        assert_eq!(outcomes(&report)[1], ("starved".to_owned(), "timeout"));
    }
}

#[tokio::test]
async fn an_application_has_no_stages_of_the_other_family() {
    let stand = Wishes::new().quiet();
    let event = Event::parse(
        Stage::Escalation,
        Stage::Escalation.example().to_string().as_bytes(),
    )
    .unwrap();
    let arrival = Arrival {
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
        traceparent: None,
        now: stand.now,
        received: Instant::now(),
    };
    let problem = stand
        .engine
        .run_without_key(&"shop".parse().unwrap(), &event, &arrival)
        .await
        .unwrap_err();
    assert_eq!(
        problem.to_string(),
        "not-found: application `shop` is of kind identity and has no stage `escalation`"
    );
}
