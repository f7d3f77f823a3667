//! The records of a pass.

use serde_json::json;

use super::*;
use crate::{
    ports::RunStore,
    record::{RunFilter, RunRecord, RunResultKind},
    testing::MemoryRuns,
};

const STAGE: Stage = Stage::BeforeRegistration;

/// The records of a stand in the order of their bindings, with the events they keep.
async fn records(stand: &Stand) -> Vec<RunRecord> {
    let store = MemoryRuns::default();
    stand.runs.write_to(&store, 100).await.unwrap();
    let mut records = Vec::new();
    for listed in store.runs(&RunFilter::default(), 100).await.unwrap() {
        records.extend(store.run(&listed.id).await.unwrap());
    }
    records.sort_by(|left, right| left.binding.cmp(&right.binding));
    records
}

#[tokio::test(start_paused = true)]
async fn each_hook_that_ran_is_on_record_and_no_other() {
    let stand = Wishes::new()
        .webhook("a-ok")
        .webhook("b-fails")
        .static_hook("c-drops", json!({"context": {"bad": [], "good": 1}}))
        .static_hook("d-denies", json!({"deny": {"error": "no"}}))
        .webhook("e-not-reached")
        .webhook("f-paused")
        .bind(STAGE, "a-ok", 1)
        .bind_with(STAGE, "b-fails", 2, |binding| {
            binding.failure = FailurePolicy::Continue;
        })
        .bind(STAGE, "c-drops", 2)
        .bind(STAGE, "d-denies", 3)
        .bind(STAGE, "e-not-reached", 4)
        .bind(STAGE, "f-paused", 1)
        .answering(|name, _| match name {
            "a-ok" => Answer::json(&json!({"context": {"a": 1}})).after(Duration::from_millis(250)),
            _ => Answer::raw(503, ""),
        });
    stand.pause(Pause {
        stage: None,
        binding: Some("f-paused".parse().unwrap()),
        unknown: serde_json::Map::new(),
    });
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(report.runs.len(), 6);
    let records = records(&stand).await;
    let names: Vec<_> = records.iter().map(|record| record.hook.as_str()).collect();
    assert_eq!(names, ["a-ok", "b-fails", "c-drops", "d-denies"]);
    let [ok, failed, drops, denies] = &records[..] else {
        panic!("four of them")
    };
    assert_eq!((ok.result, ok.status), (RunResultKind::Ok, Some(200)));
    assert_eq!(ok.effects, ["context"]);
    assert_eq!(ok.duration(), Duration::from_millis(250));
    assert!(ok.event_bytes > 100 && ok.response_bytes > 0);
    assert_eq!(
        (ok.mode, &ok.delivery, &ok.kept),
        (Mode::Synchronous, &None, &None)
    );
    assert_eq!(ok.correlation_id, "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4");
    assert_eq!(failed.outcome, "server-error");
    assert_eq!(
        (failed.policy.as_deref(), failed.status),
        (Some("continued"), Some(503))
    );
    assert_eq!(
        failed.error.as_deref(),
        Some("the endpoint returned status 503")
    );
    assert_eq!(failed.started(), stand.now + Duration::from_millis(250));
    assert_eq!(drops.dropped[0].path, "context.bad");
    assert_eq!(
        (drops.event_bytes, drops.status),
        (report.runs[2].record.event_bytes, None)
    );
    assert_eq!(denies.effects, ["deny"]);
    for record in &records {
        assert_eq!(RunRecord::from_json(&record.to_json()).as_ref(), Ok(record));
        assert_eq!(record.id.to_string().parse().as_ref(), Ok(&record.id));
    }
}

#[tokio::test]
async fn what_an_endpoint_sends_back_of_a_secret_is_not_on_record() {
    let long = "x".repeat(55);
    let answers = [
        json!({"s3cr3t": 1, "context": {"s3cr3t!": 1, "s3cr3t": []}, "claims": {"set": {}}}),
        json!({ "context": { format!("{long}.s3cr3t"): 1 }, format!("{long}....s3cr3t"): 1 }),
        Value::from("{\"s3cr3t\": 1, \"s3cr3t\": 2}"),
    ];
    for answer in answers {
        let mut wishes = Wishes::new();
        let leaky = WebhookHook {
            url: Template::parse("https://crm.example.com/{Token:Secret}").unwrap(),
            headers: Vec::new(),
            signing_secrets: Vec::new(),
        };
        wishes.hook("leaky", Implementation::Webhook(leaky), &["Token"]);
        let body = answer
            .as_str()
            .map_or_else(|| answer.to_string(), str::to_owned);
        let stand = wishes
            .bind(STAGE, "leaky", 1)
            .answering(move |_, _| Answer::raw(200, body.clone()));
        let report = stand.post(STAGE, json!({})).await.unwrap();
        let written = format!(
            "{:?} {:?} {:?}",
            records(&stand).await,
            report.runs,
            report.server_timing()
        );
        assert!(!written.contains("s3cr"), "{answer}: {written}");
        assert!(written.contains("[redacted]"), "{answer}: {written}");
    }
}

#[tokio::test]
async fn an_event_is_kept_redacted_where_the_application_wants_it() {
    let mut wishes = Wishes::new();
    let leaky = WebhookHook {
        url: Template::parse("https://crm.example.com/{Token:Secret}").unwrap(),
        headers: Vec::new(),
        signing_secrets: Vec::new(),
    };
    wishes.hook("leaky", Implementation::Webhook(leaky), &["Token"]);
    let mut wishes = wishes
        .static_hook("fixed", json!({"context": {"b": 2.50}}))
        .bind(STAGE, "leaky", 1)
        .bind(STAGE, "fixed", 2);
    wishes.0.applications[0].keep_events = true;
    let stand = wishes.answering(|_, _| {
        Answer::json(
            &json!({"context": {"leaked": "s3cr3t"}, "attributes": {"password": "hunter2"}}),
        )
    });
    let event =
        json!({"customer": {"attributes": {"newPassword": "hunter2"}}, "context": {"n": 1}});
    stand.post(STAGE, event).await.unwrap();
    let kept: Vec<_> = records(&stand)
        .await
        .into_iter()
        .map(|record| *record.kept.unwrap())
        .collect();
    let [fixed, leaky] = &kept[..] else {
        panic!("two of them")
    };
    assert_eq!(leaky.event["context"]["n"], 1);
    assert_eq!(
        leaky.event["context"].get("leaked"),
        None,
        "the event as it was before the answer"
    );
    assert_eq!(leaky.response["context"]["leaked"], "[redacted]");
    assert_eq!(fixed.event["context"]["leaked"], "[redacted]");
    assert_eq!(fixed.response["context"]["b"].to_string(), "2.5");
    let text = serde_json::to_string(&kept).unwrap();
    assert!(
        !text.contains("s3cr3t") && !text.contains("hunter2"),
        "{text}"
    );
    assert!(!format!("{kept:?}").contains("gold"));
}

#[tokio::test]
async fn a_pass_that_ends_in_a_problem_leaves_its_runs_on_record() {
    let stand = Wishes::new()
        .webhook("first")
        .webhook("ask")
        .bind(STAGE, "first", 1)
        .bind(STAGE, "ask", 2)
        .answering(|name, _| match name {
            "first" => Answer::json(&json!({})),
            _ => Answer::json(&json!({"redirect": {"url": "https://ask.example.com/"}})),
        });
    // The token cannot be sealed.
    let keys = Arc::new(Flaky::new(FixedContinuationKeys::default()));
    keys.set_down(true);
    let stand = stand.over(|ports| ports.continuation_keys = keys);
    let problem = stand.post(STAGE, json!({})).await.unwrap_err();
    assert_eq!(problem.code.as_str(), "keys-unavailable");
    let records = records(&stand).await;
    let names: Vec<_> = records.iter().map(|record| record.hook.as_str()).collect();
    assert_eq!(names, ["ask", "first"]);
}

#[tokio::test]
async fn a_wave_whose_fallback_cannot_be_used_is_still_recorded() {
    let bad = object(json!({"deny": 7}));
    let large = object(json!({"session": {"x": "x".repeat(255 * 1024)}}));
    let stage = STAGE;
    for (fallback, beside) in [
        (bad, json!({})),
        (large, json!({"attributes": {"y": "y".repeat(10_000)}})),
    ] {
        let stand = Wishes::new()
            .webhook("fails")
            .webhook("beside")
            .bind_with(stage, "fails", 1, |binding| {
                binding.failure = FailurePolicy::Fallback(fallback);
            })
            .bind(stage, "beside", 1)
            .answering(move |name, _| match name {
                "beside" => Answer::json(&beside),
                _ => Answer::raw(404, ""),
            });
        let problem = stand.post(stage, json!({})).await.map(|_| ()).unwrap_err();
        assert_eq!(problem.code.as_str(), "configuration-invalid");
        let records = records(&stand).await;
        let [beside, fails] = &records[..] else {
            panic!("{records:?}")
        };
        assert_eq!(
            (beside.outcome.as_str(), fails.outcome.as_str()),
            ("ok", "bad-status")
        );
        assert_eq!(fails.policy.as_deref(), Some("unusable"));
        assert!(fails.effects.is_empty());
    }
}
