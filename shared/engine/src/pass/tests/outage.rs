//! Failing stores: at the first event, and later.

use serde_json::json;

use super::*;
use crate::{
    application::sources::RETRY_STORE_AFTER,
    application::{Application, binding::Binding},
    event::error_code::ErrorCode,
    hook::{Hook, HookReference, outcome::FailureClass},
    ports::{ApplicationSource, BindingSource, HookSource, StoreError},
    record::report::RunOutcome,
};

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
    assert!(problem.internal.as_deref().unwrap().contains("on demand"));
    assert!(!problem.detail.contains("on demand"));
}

#[tokio::test]
async fn a_store_that_goes_down_later_is_not_noticed_for_a_quarter_of_an_hour() {
    let mut stand = denying();
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
    assert_eq!(stand.engine.staleness().take(), None);
    stand.store.set_down(true);
    stand.now += Duration::from_secs(15 * 60 - 1);
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
    let stale = stand.engine.staleness().take();
    assert_eq!(stale, Some(Duration::from_secs(15 * 60 - 1)));
    stand.now += Duration::from_secs(1);
    let problem = stand.post(STAGE, json!({})).await.unwrap_err();
    assert_eq!(problem.code, ErrorCode::StoreUnavailable);
    stand.store.set_down(false);
    assert_eq!(
        stand.post(STAGE, json!({})).await.unwrap_err().code,
        ErrorCode::StoreUnavailable,
        "a store that failed is left alone for as long as `Retry-After` says"
    );
    stand.now += Duration::from_secs(2);
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
}

/// A stand with a denying hook, whose store fails on the given calls.
fn denying_over(store: Flaky<MemoryStore>) -> Stand {
    let mut stand = denying();
    stand.store = Arc::new(store);
    stand.over(|_| ())
}

fn holding() -> Flaky<MemoryStore> {
    let wishes = Wishes::new()
        .static_hook("deny", json!({"deny": {"error": "no"}}))
        .bind(STAGE, "deny", 1);
    Flaky::new(MemoryStore::holding(&wishes.0))
}

#[tokio::test]
async fn each_trip_to_the_store_that_fails_is_a_503_and_never_an_open_door() {
    // The application, its bindings, the store's bindings, and the hook.
    for failing in 1..=4 {
        let mut stand = denying_over(holding().failing_call(failing));
        let problem = stand.post(STAGE, json!({})).await.unwrap_err();
        assert_eq!(problem.code, ErrorCode::StoreUnavailable, "call {failing}");
        stand.now += Duration::from_secs(2);
        assert_eq!(
            stand.response(STAGE).await["deny"]["error"],
            "no",
            "after call {failing}"
        );
    }
}

#[tokio::test]
async fn a_hook_that_cannot_be_read_can_still_be_paused() {
    // Every read after the application and both lists of bindings fails.
    let store = (4..50).fold(holding(), Flaky::failing_call);
    let stand = denying_over(store);
    stand.pause(Pause {
        stage: None,
        binding: Some("deny".parse().unwrap()),
        unknown: serde_json::Map::new(),
    });
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(outcomes(&report), [("deny".to_owned(), "paused")]);
    assert_eq!(
        stand.store.calls(),
        3,
        "a hook that does not run is not read"
    );
}

#[tokio::test]
async fn unreadable_bindings_can_still_be_paused() {
    let store = (3..50).fold(holding(), Flaky::failing_call).failing_call(2);
    let stand = denying_over(store);
    stand.pause(Pause {
        stage: Some(STAGE),
        binding: None,
        unknown: serde_json::Map::new(),
    });
    assert_eq!(stand.response(STAGE).await, json!({}));
}

/// A store that responds once and then hangs.
struct Hanging(Flaky<MemoryStore>, std::sync::atomic::AtomicBool);

impl Hanging {
    async fn reach(&self) -> &Flaky<MemoryStore> {
        if self.1.load(std::sync::atomic::Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        &self.0
    }
}

#[async_trait::async_trait]
impl ApplicationSource for Hanging {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.reach().await.application(id).await
    }
}

#[async_trait::async_trait]
impl BindingSource for Hanging {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        self.reach().await.bindings(stage, target).await
    }
}

#[async_trait::async_trait]
impl HookSource for Hanging {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        self.reach().await.hook(stage, reference).await
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        self.reach().await.source_map(stage, hook).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_costs_one_event_half_a_second_and_a_cold_one_its_budget() {
    let store = Arc::new(Hanging(holding(), false.into()));
    let stand = denying();
    let mut stand = stand.over_store(store.clone());
    assert_eq!(stand.response(STAGE).await["deny"]["error"], "no");
    store.1.store(true, std::sync::atomic::Ordering::SeqCst);
    stand.now += Duration::from_secs(20);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        assert_eq!(
            stand.response(STAGE).await["deny"]["error"],
            "no",
            "the cached bindings are used"
        );
        waits.push(started.elapsed().as_millis());
    }
    // The application, its bindings, and the store's, each once.
    assert_eq!(waits, [1_500, 0, 0]);
    stand.engine.forget();
    let started = Instant::now();
    assert_eq!(
        stand.post(STAGE, json!({})).await.unwrap_err().code,
        ErrorCode::StoreUnavailable
    );
    assert!(started.elapsed() <= Duration::from_millis(2_900));
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
        matches!(report.runs[0].outcome(), RunOutcome::Failed(failure, _) if failure.class == FailureClass::SecretsUnavailable)
    );
    assert_eq!(report.response, object(json!({"context": {"other": 1}})));
    stand.secrets.set_down(false);
    assert_eq!(
        outcomes(&stand.post(stage, json!({})).await.unwrap())[0].1,
        "secrets-unavailable",
        "the store is not asked again at once"
    );
    stand.now += RETRY_STORE_AFTER;
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

/// It may be binary, or encrypted with a key that the function may not use.
#[tokio::test]
async fn one_secret_that_cannot_be_read_fails_only_the_hooks_that_use_it() {
    let stage = Stage::AfterRegistration;
    let mut wishes = Wishes::new();
    for (hook, secret) in [("crm", "Token"), ("mail", "MailToken")] {
        let url = format!("https://{hook}.example.com/{{{secret}:Secret}}");
        let implementation = Implementation::Webhook(WebhookHook {
            url: Template::parse(&url).unwrap(),
            headers: Vec::new(),
            signing_secrets: Vec::new(),
        });
        wishes.hook(hook, implementation, &[secret]);
    }
    let mut stand = wishes
        .bind(stage, "crm", 1)
        .bind(stage, "mail", 1)
        .answering(|_, _| Answer::raw(204, ""));
    stand.secrets.inner().make_unreadable("MailToken");
    let expected = [("crm", "ok"), ("mail", "secrets-unavailable")];
    for _ in 0..3 {
        let report = stand.post(stage, json!({})).await.unwrap();
        let expected = expected.map(|(hook, outcome)| (hook.to_owned(), outcome));
        assert_eq!(outcomes(&report), expected);
        stand.now += Duration::from_secs(1);
    }
    let calls = stand.secrets.calls();
    stand.secrets.inner().set(None, "MailToken", "readable");
    stand.now += RETRY_STORE_AFTER;
    let report = stand.post(stage, json!({})).await.unwrap();
    assert_eq!(outcomes(&report)[1].1, "ok");
    assert_eq!(stand.secrets.calls(), calls + 1);
}
