//! The chain: order, waves, conditions, pauses, and what a hook sees.

use serde_json::json;

use super::*;
use crate::{ports::RunStore as _, record::RunFilter, testing::MemoryRuns};

const STAGE: Stage = Stage::BeforeRegistration;

#[tokio::test(start_paused = true)]
async fn later_waves_see_what_earlier_ones_did_and_a_wave_runs_at_once() {
    let stand = Wishes::new()
        .webhook("last")
        .webhook("slow")
        .webhook("quick")
        .bind(STAGE, "last", 20)
        .bind(STAGE, "slow", 10)
        .bind(STAGE, "quick", 10)
        .answering(|name, _| match name {
            "slow" => Answer::json(
                &json!({"context": {"by": "slow", "slow": 1}, "session": {"seen": ["slow"]}}),
            )
            .after(Duration::from_secs(1)),
            "quick" => Answer::json(
                &json!({"context": {"by": "quick"}, "attributes": {"name": {"family": null}}}),
            )
            .after(Duration::from_secs(1)),
            _ => Answer::json(&json!({"context": {"done": true}})),
        });
    let started = Instant::now();
    let report = stand
        .post(STAGE, json!({"continueContext": {"stepId": "forged"}}))
        .await
        .unwrap();
    assert_eq!(
        started.elapsed(),
        Duration::from_secs(1),
        "the two of the first wave ran at once"
    );
    // Merged by id within the wave, not by order of arrival.
    assert_eq!(
        report.response["context"],
        json!({"by": "slow", "slow": 1, "done": true})
    );
    assert_eq!(report.conflicts.len(), 1);
    let calls = stand.webhook.calls();
    let last = &calls[2].event;
    assert_eq!(
        last["context"],
        json!({"campaign": "spring", "by": "slow", "slow": 1})
    );
    assert_eq!(last["session"], json!({"seen": ["slow"]}));
    assert_eq!(
        last["customer"]["attributes"]["name"],
        json!({"given": "Alice"})
    );
    assert_eq!(
        last["continueContext"],
        json!(null),
        "answers are for the hook that asked"
    );
    assert_eq!(calls[0].event["session"], json!({}));
}

#[tokio::test]
async fn nothing_bound_is_an_empty_answer() {
    let report = Wishes::new().quiet().post(STAGE, json!({})).await.unwrap();
    assert!(report.response.is_empty() && report.runs.is_empty());
}

#[tokio::test]
async fn hooks_of_the_identity_store_join_the_chain_of_its_applications() {
    let store = Target::Store("customers".parse().unwrap());
    let stage = Stage::BeforePasswordPersist;
    let stand = Wishes::new()
        .static_hook("weak", json!({"deny": {"error": "weak"}}))
        .static_hook("note", json!({"context": {"checked": true}}))
        .bind_to(store.clone(), stage, "weak", 10, |_| {})
        .bind_to(store, stage, "note", 5, |_| {})
        .quiet();
    assert_eq!(
        stand.response(stage).await,
        json!({"context": {"checked": true}, "deny": {"error": "weak"}})
    );
}

#[tokio::test]
async fn a_condition_that_does_not_hold_leaves_the_hook_out() {
    let only = |country: &str| {
        Conditions::new(vec![(
            "customer.location.countryCode".to_owned(),
            vec![json!(country)],
        )])
    };
    let stand = Wishes::new()
        .static_hook("austria", json!({"context": {"vat": 20}}))
        .static_hook("germany", json!({"context": {"vat": 19}}))
        .bind_with(STAGE, "austria", 1, |binding| binding.when = only("AT"))
        .bind_with(STAGE, "germany", 2, |binding| binding.when = only("DE"))
        .quiet();
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(report.response, object(json!({"context": {"vat": 20}})));
    assert_eq!(
        outcomes(&report),
        [
            ("germany".to_owned(), "condition-not-met"),
            ("austria".to_owned(), "ok")
        ]
    );
}

#[tokio::test]
async fn an_absent_path_is_distinguished_from_another_value_and_recorded() {
    let when = |path: &str, value: Value| Conditions::new(vec![(path.to_owned(), vec![value])]);
    let stand = Wishes::new()
        .static_hook("guard", json!({"deny": {"error": "risk"}}))
        .static_hook("misspelt", json!({"deny": {"error": "risk"}}))
        .static_hook("other", json!({}))
        .bind_with(STAGE, "misspelt", 1, |binding| {
            binding.when = when("context.risklevel", json!(3));
        })
        .bind_with(STAGE, "other", 2, |binding| {
            binding.when = when("context.riskLevel", json!(4));
        })
        .bind_with(STAGE, "guard", 3, |binding| {
            binding.when = when("context.riskLevel", json!(3));
        })
        .quiet();
    let three: Value = serde_json::from_str(r#"{"context": {"riskLevel": 30e-1}}"#).unwrap();
    let report = stand.post(STAGE, three).await.unwrap();
    assert_eq!(report.response["deny"]["error"], "risk");
    let reasons: Vec<_> = report
        .runs
        .iter()
        .map(|run| (run.outcome().as_str(), run.record.error.as_deref()))
        .collect();
    assert_eq!(
        reasons,
        [
            (
                "condition-absent",
                Some("the event has no `context.risklevel`")
            ),
            (
                "condition-not-met",
                Some("`context.riskLevel` has another value")
            ),
            ("ok", None),
        ]
    );
    let store = MemoryRuns::default();
    stand.runs.write_to(&store, 100).await.unwrap();
    let records = store.runs(&RunFilter::default(), 10).await.unwrap();
    let mut recorded: Vec<_> = records
        .iter()
        .map(|record| (record.outcome.as_str(), record.error.as_deref()))
        .collect();
    recorded.sort_unstable();
    assert_eq!(
        recorded,
        [
            (
                "condition-absent",
                Some("the event has no `context.risklevel`")
            ),
            ("ok", None),
        ],
        "a different value is not recorded"
    );
}

#[tokio::test]
async fn an_operator_can_pause_a_binding_a_stage_or_everything_within_ten_seconds() {
    let pauses = [
        Pause {
            stage: Some(STAGE),
            binding: Some("deny".parse().unwrap()),
            unknown: serde_json::Map::new(),
        },
        Pause {
            stage: Some(STAGE),
            binding: None,
            unknown: serde_json::Map::new(),
        },
        Pause {
            stage: None,
            binding: None,
            unknown: serde_json::Map::new(),
        },
    ];
    for pause in pauses {
        let mut stand = Wishes::new()
            .static_hook("deny", json!({"deny": {"error": "no"}}))
            .bind(STAGE, "deny", 1)
            .quiet();
        assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
        stand.pause(pause);
        stand.now += Duration::from_secs(10);
        let report = stand.post(STAGE, json!({})).await.unwrap();
        assert_eq!(
            (report.response.len(), outcomes(&report)),
            (0, vec![("deny".to_owned(), "paused")])
        );
    }
}

#[tokio::test]
async fn a_veto_ends_the_chain_and_a_denial_wins_over_everything_in_its_wave() {
    let stand = Wishes::new()
        .static_hook(
            "a-redirect",
            json!({"redirect": {"url": "https://id.example.com/"}, "context": {"a": 1}}),
        )
        .static_hook(
            "b-deny",
            json!({"deny": {"error": "blocked"}, "session": {"b": 1}}),
        )
        .static_hook("c-error", json!({"showError": {"message": "Try again."}}))
        .static_hook(
            "d-attributes",
            json!({"attributes": {"vip": true}, "context": {"d": 1}}),
        )
        .webhook("later")
        .bind(STAGE, "a-redirect", 1)
        .bind(STAGE, "b-deny", 1)
        .bind(STAGE, "c-error", 1)
        .bind(STAGE, "d-attributes", 1)
        .bind(STAGE, "later", 2)
        .quiet();
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(
        report.response,
        object(
            json!({"context": {"a": 1, "d": 1}, "session": {"b": 1}, "deny": {"error": "blocked"}})
        ),
        "the account for the attributes will not be created"
    );
    assert_eq!(
        outcomes(&report).last(),
        Some(&("later".to_owned(), "not-reached"))
    );
}

#[tokio::test]
async fn references_and_overrides_reach_the_endpoint_and_nothing_else_does() {
    let mut wishes = Wishes::new();
    let headers = vec![(
        "authorization".to_owned(),
        Template::parse("Bearer {Token:NLX.Secret}").unwrap(),
    )];
    let url = Template::parse("https://{Host:Variable}/crm").unwrap();
    wishes.hook(
        "crm",
        Implementation::Webhook(WebhookHook {
            url,
            headers,
            signing_secrets: vec!["Key".parse().unwrap(), "Token".parse().unwrap()],
        }),
        &["Key", "Token"],
    );
    let stand = wishes
        .bind(STAGE, "crm", 1)
        .bind_with(STAGE, "crm", 2, |binding| {
            binding.id = "crm-test".parse().unwrap();
            binding
                .secrets
                .insert("Token".parse().unwrap(), "TestToken".parse().unwrap());
            binding
                .variables
                .insert("Host".parse().unwrap(), "test.example.com".to_owned());
        })
        .answering(|_, _| Answer::raw(204, ""));
    assert_eq!(stand.response(STAGE).await, json!({}));
    let calls = stand.webhook.calls();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.url.as_str(), call.headers[0].1.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("https://crm.example.com/crm", "Bearer s3cr3t"),
            ("https://test.example.com/crm", "Bearer t3st")
        ]
    );
    let signed_with: Vec<Vec<_>> = calls
        .iter()
        .map(|call| {
            let secrets = call.signing_secrets.iter();
            secrets
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect()
        })
        .collect();
    assert_eq!(
        signed_with,
        [
            [("Key", "k3y"), ("Token", "s3cr3t")],
            [("Key", "k3y"), ("TestToken", "t3st")]
        ],
        "in the hook's order, under the names whose values they are"
    );
    assert_ne!(calls[0].webhook_id, calls[1].webhook_id);
    assert_eq!(
        stand.secrets.calls(),
        1,
        "one request for all secrets of the plan"
    );
    stand.response(STAGE).await;
    assert_eq!(stand.secrets.calls(), 1, "no request while they are fresh");
}

#[tokio::test]
async fn a_script_runs_with_its_own_secrets_and_variables() {
    let mut wishes = Wishes::new();
    let script = crate::hook::ScriptHook {
        source: "export default () => ({})".to_owned(),
        file: None,
        hosts: Vec::new(),
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    };
    wishes.hook("script", Implementation::Script(script), &["Token"]);
    let scripts = Arc::new(FakeScript::new(|_| {
        Answer::response(&json!({"context": {"by": "script"}}))
    }));
    let stand = wishes
        .bind(STAGE, "script", 1)
        .stand(|_, _| Answer::raw(500, ""), Some(scripts.clone()));
    assert_eq!(
        stand.response(STAGE).await,
        json!({"context": {"by": "script"}})
    );
    let run = &scripts.calls()[0];
    assert_eq!(
        run.secrets,
        [("Token".parse().unwrap(), "s3cr3t".to_owned())]
    );
    assert_eq!(
        run.variables,
        [("Host".to_owned(), "crm.example.com".to_owned())]
    );
    assert_eq!(run.event["eventType"], "beforeRegistration");
}
