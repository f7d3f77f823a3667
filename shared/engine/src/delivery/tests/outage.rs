//! Deliveries during an outage of something they need: they are postponed and lose no attempt.

use super::*;
use crate::{
    hook::{Implementation, WebhookHook, template::Template},
    ports::{HookSource, SecretSource, StoreError},
};

/// Asserts that a delivery was postponed: same attempt, about 30 s later, no record.
async fn assert_postponed(stand: &Stand, job: &Job, settlement: Settlement) {
    let next = again(settlement);
    assert_eq!(next.attempt, job.attempt);
    let waits = next.wait(stand.now);
    assert!(
        (Duration::from_secs(24)..=Duration::from_secs(47)).contains(&waits),
        "{waits:?}"
    );
    assert_eq!(
        next.postponed(stand.now, Duration::ZERO),
        job.postponed(stand.now, Duration::ZERO)
    );
    assert!(stand.records().await.is_empty());
}

#[tokio::test]
async fn while_the_store_is_down_a_delivery_waits_however_long() {
    let mut stand = mail(|_| Answer::raw(204, ""));
    let mut job = stand.accepted().await;
    stand.engine.forget();
    stand.store.set_down(true);
    for _ in 0..20 {
        stand.now = job.due();
        let settlement = stand.deliver(&job).await;
        assert_postponed(&stand, &job, settlement.clone()).await;
        job = again(settlement);
    }
    stand.store.set_down(false);
    stand.now = job.due();
    assert_eq!(stand.deliver(&job).await, Settlement::Done);
    assert_eq!(stand.called().len(), 1);
}

#[tokio::test]
async fn each_question_to_the_store_that_fails_puts_the_delivery_off() {
    // The application, the bindings, the hook.
    for failing in 1..=3 {
        let other = mail(|_| panic!("it was called"));
        let job = other.accepted().await;
        let wishes = Wishes::new()
            .webhook("mail")
            .bind_with(STAGE, "mail", 1, asynchronous);
        let store = crate::testing::Flaky::new(crate::testing::MemoryStore::holding(&wishes.0));
        let store = Arc::new(store.failing_call(failing));
        let stand = other.over_store(store);
        let settlement = stand.deliver(&job).await;
        assert_postponed(&stand, &job, settlement).await;
    }
}

/// A webhook that needs a secret.
fn with_secret() -> Stand {
    let mut wishes = Wishes::new();
    let webhook = WebhookHook {
        url: Template::parse("https://mail.example.com/mail").unwrap(),
        headers: vec![(
            "x-token".to_owned(),
            Template::parse("{Token:Secret}").unwrap(),
        )],
        signing_secrets: Vec::new(),
    };
    wishes.hook("mail", Implementation::Webhook(webhook), &["Token"]);
    wishes
        .bind_with(STAGE, "mail", 1, asynchronous)
        .answering(|_, _| Answer::raw(204, ""))
}

#[tokio::test]
async fn while_secrets_cannot_be_read_a_delivery_waits() {
    let mut stand = with_secret();
    let job = stand.accepted().await;
    stand.secrets.set_down(true);
    let settlement = stand.deliver(&job).await;
    assert_postponed(&stand, &job, settlement.clone()).await;
    stand.secrets.set_down(false);
    stand.now += Duration::from_mins(1);
    assert_eq!(stand.deliver(&again(settlement)).await, Settlement::Done);
    assert_eq!(stand.webhook.calls()[0].headers[0].1, "s3cr3t");
    let record = format!("{:?}", stand.record().await);
    assert!(!record.contains("s3cr3t"), "{record}");
}

#[tokio::test]
async fn a_secret_without_a_value_is_for_the_operator() {
    let mut wishes = Wishes::new();
    let webhook = WebhookHook {
        url: Template::parse("https://{Absent:Secret}.example.com/").unwrap(),
        headers: Vec::new(),
        signing_secrets: Vec::new(),
    };
    wishes.hook("mail", Implementation::Webhook(webhook), &["Absent"]);
    let stand = wishes.bind_with(STAGE, "mail", 1, asynchronous).quiet();
    let job = stand.accepted().await;
    let reason = dead(stand.deliver(&job).await);
    assert_eq!(reason.code, "missing-secret");
    assert!(reason.message.contains("`Absent`"), "{}", reason.message);
}

/// Never answers.
struct Hanging;

#[async_trait::async_trait]
impl HookSource for Hanging {
    async fn hook(
        &self,
        _: Stage,
        _: &crate::hook::HookReference,
    ) -> Result<Arc<crate::hook::Hook>, StoreError> {
        std::future::pending().await
    }

    async fn source_map(
        &self,
        stage: Stage,
        hook: &crate::hook::Hook,
    ) -> Result<Option<Arc<str>>, StoreError> {
        let _ = (stage, hook);
        std::future::pending().await
    }
}

#[async_trait::async_trait]
impl SecretSource for Hanging {
    async fn secrets(
        &self,
        _: &crate::identifier::ApplicationId,
        _: &[crate::identifier::SecretName],
    ) -> Result<
        std::collections::HashMap<
            crate::identifier::SecretName,
            crate::confidential::secret::Secret,
        >,
        crate::ports::SecretError,
    > {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn stores_that_hang_hold_a_worker_for_five_seconds_at_most() {
    let job = with_secret().accepted().await;
    for hangs in ["hooks", "secrets"] {
        let stand = with_secret();
        let stand = stand.over(|ports| match hangs {
            "hooks" => ports.hooks = Arc::new(Hanging),
            _ => ports.secrets = Arc::new(Hanging),
        });
        let started = Instant::now();
        let settlement = stand.deliver(&job).await;
        assert!(
            started.elapsed() <= LOAD_LIMIT,
            "{hangs}: {:?}",
            started.elapsed()
        );
        assert_postponed(&stand, &job, settlement).await;
    }
}

#[tokio::test]
async fn a_hook_that_is_damaged_is_for_the_operator() {
    let stand = mail(|_| panic!("it was called"));
    let job = stand.accepted().await;
    let empty = Arc::new(crate::testing::MemoryStore::default());
    let stand = stand.over(|ports| ports.hooks = empty);
    let reason = dead(stand.deliver(&job).await);
    assert_eq!(reason.code, "configuration-invalid");
    assert!(reason.message.contains("mail"), "{}", reason.message);
    let record = stand.record().await;
    assert_eq!(
        (record.outcome.as_str(), delivery(&record).next),
        ("configuration-invalid", AfterAttempt::DeadLetter)
    );
}
