//! Stores that fail: at the first event, and later.

use serde_json::json;

use super::*;
use crate::{error_code::ErrorCode, outcome::FailureClass, report::RunOutcome};

const STAGE: Stage = Stage::BeforeRegistration;

fn denying() -> Stand {
    Wishes::new()
        .static_hook("deny", json!({"deny": {"error": "no"}}))
        .bind(STAGE, "deny", 1)
        .quiet()
}

#[tokio::test]
async fn a_store_that_is_down_at_the_first_event_is_a_503_that_tells_the_caller_nothing() {
    let stand = denying();
    stand.store.set_down(true);
    let problem = stand.post(STAGE, json!({})).await.unwrap_err();
    assert_eq!(
        (problem.code, problem.retry_after()),
        (ErrorCode::StoreUnavailable, Some(2))
    );
    assert!(
        problem
            .internal
            .as_deref()
            .unwrap()
            .contains("the test says so")
    );
    assert!(!problem.detail.contains("the test says so"));
}

#[tokio::test]
async fn a_store_that_goes_down_later_is_not_noticed_for_a_minute() {
    let mut stand = denying();
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
    stand.store.set_down(true);
    stand.now += Duration::from_secs(59);
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
    stand.now += Duration::from_secs(1);
    let problem = stand.post(STAGE, json!({})).await.unwrap_err();
    assert_eq!(
        problem.code,
        ErrorCode::StoreUnavailable,
        "a revoked key would still work"
    );
    stand.store.set_down(false);
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
}

#[tokio::test]
async fn each_trip_to_the_store_that_fails_is_a_503_and_never_an_open_door() {
    // Application, its bindings, the store's bindings, the hook: four trips.
    for call in 1..=4 {
        let stand = denying();
        let holding = Wishes::new()
            .static_hook("deny", json!({"deny": {"error": "no"}}))
            .bind(STAGE, "deny", 1);
        let store = Arc::new(Flaky::new(MemoryStore::holding(&holding.0)).failing_call(call));
        let ports = Ports {
            applications: store.clone(),
            bindings: store.clone(),
            hooks: store.clone(),
            secrets: stand.secrets.clone(),
            continuation_keys: stand.keys.clone(),
            webhooks: stand.webhook.clone(),
            scripts: None,
        };
        let stand = Stand {
            engine: Engine::new(ports, EgressPolicy::default()),
            store,
            ..stand
        };
        assert_eq!(
            stand.post(STAGE, json!({})).await.unwrap_err().code,
            ErrorCode::StoreUnavailable,
            "call {call}"
        );
        assert_eq!(
            stand.response(STAGE).await["deny"]["error"],
            "no",
            "after call {call}"
        );
    }
}

#[tokio::test]
async fn secrets_serve_from_memory_while_their_store_fails_and_only_hooks_that_need_them_suffer() {
    let mut wishes = Wishes::new();
    let url = Template::parse("https://crm.example.com/{Token:Secret}").unwrap();
    wishes.hook(
        "crm",
        Implementation::Webhook(WebhookHook {
            url,
            headers: Vec::new(),
            signing_secrets: Vec::new(),
        }),
        &["Token"],
    );
    let stage = Stage::AfterRegistration;
    let mut stand = wishes
        .static_hook("other", json!({"context": {"other": 1}}))
        .bind(stage, "crm", 1)
        .bind(stage, "other", 1)
        .answering(|_, _| Answer::raw(204, ""));
    stand.secrets.set_down(true);
    let report = stand.post(stage, json!({})).await.unwrap();
    assert!(
        matches!(&report.runs[0].outcome, RunOutcome::Failed(failure, _) if failure.class == FailureClass::SecretsUnavailable)
    );
    assert_eq!(report.response, object(json!({"context": {"other": 1}})));
    stand.secrets.set_down(false);
    assert_eq!(
        outcomes(&stand.post(stage, json!({})).await.unwrap())[0].1,
        "ok"
    );
    stand.secrets.set_down(true);
    stand.now += Duration::from_mins(14);
    assert_eq!(
        outcomes(&stand.post(stage, json!({})).await.unwrap())[0].1,
        "ok",
        "what was known serves for 15 minutes"
    );
    stand.now += Duration::from_mins(1);
    assert_eq!(
        outcomes(&stand.post(stage, json!({})).await.unwrap())[0].1,
        "secrets-unavailable"
    );
}
