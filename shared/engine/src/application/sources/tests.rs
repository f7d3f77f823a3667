//! When caches are refreshed, and by whom.

use std::collections::BTreeSet;

use super::*;
use crate::{
    publish::Desired,
    testing::{FixedContinuationKeys, FixedSecrets, Flaky, MemoryGone, MemoryStore, sample},
};

const STAGE: Stage = Stage::ConversationStart;

struct Scene {
    store: Arc<Flaky<MemoryStore>>,
    secrets: Arc<Flaky<FixedSecrets>>,
    keys: Arc<Flaky<FixedContinuationKeys>>,
    sources: Sources,
    shop: ApplicationId,
}

impl Scene {
    fn new() -> Self {
        let shop: ApplicationId = sample::id("shop");
        let store = MemoryStore::holding(&Desired {
            applications: vec![sample::application(&shop, STAGE.definition().family)],
            ..Desired::default()
        });
        let store = Arc::new(Flaky::new(store));
        let secrets = Arc::new(Flaky::new(FixedSecrets::shared(&[("Set", "s3cr3t")])));
        let (applications, bindings, hooks) = (store.clone(), store.clone(), store.clone());
        let gone = Arc::new(MemoryGone::default());
        let keys = Arc::new(Flaky::new(FixedContinuationKeys::new("key")));
        let sources = Sources::new(
            applications,
            bindings,
            hooks,
            secrets.clone(),
            keys.clone(),
            gone,
        );
        Self {
            store,
            secrets,
            keys,
            sources,
            shop,
        }
    }

    async fn event(&self, second: u64) {
        let now = at(second);
        let target = Target::Application(self.shop.clone());
        let application = self.sources.application(&self.shop, KEYS_SERVE_FOR, now);
        application.await.unwrap();
        self.sources.bindings(STAGE, &target, now).await.unwrap();
    }

    async fn secret(&self, name: &str, second: u64) -> bool {
        let names = [sample::id(name)];
        let found = self.sources.secrets(&self.shop, &names, at(second)).await;
        !found.is_empty() && found.values().all(Result::is_ok)
    }
}

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 + second)
}

#[tokio::test]
async fn what_events_use_is_refreshed_between_them_and_no_event_waits() {
    let scene = Scene::new();
    scene.event(0).await;
    assert_eq!(scene.store.calls(), 2);
    scene.sources.refresh_ahead(at(9)).await;
    assert_eq!(scene.store.calls(), 2, "no event has used it since");
    // Events every four seconds, each followed by a refresh.
    for second in (4..=60).step_by(4) {
        let before = scene.store.calls();
        scene.event(second).await;
        assert_eq!(scene.store.calls(), before, "the event at {second} s");
        scene.sources.refresh_ahead(at(second)).await;
    }
    assert_eq!(scene.store.calls(), 2 + 2 * 7, "every eight seconds");
    // A pause must take effect within ten seconds, so after a break the event itself reads.
    scene.event(71).await;
    assert_eq!(scene.store.calls(), 18);
}

#[tokio::test]
async fn a_refresh_that_fails_is_left_to_the_next_event() {
    let scene = Scene::new();
    scene.event(0).await;
    scene.event(6).await;
    scene.store.set_down(true);
    scene.sources.refresh_ahead(at(6)).await;
    scene.event(9).await;
    assert_eq!(scene.store.calls(), 4);
    scene.event(11).await;
    assert_eq!(scene.store.calls(), 6, "it tries, and uses what it has");
}

#[tokio::test]
async fn a_store_that_fails_is_asked_every_two_seconds_however_many_events_come() {
    let scene = Scene::new();
    scene.event(0).await;
    assert!(scene.secret("Set", 0).await);
    let (store, secrets) = (scene.store.calls(), scene.secrets.calls());
    scene.store.set_down(true);
    scene.secrets.set_down(true);
    for second in 301..=310 {
        for _ in 0..5 {
            assert!(scene.secret("Set", second).await);
            scene.sources.refresh_ahead(at(second)).await;
        }
    }
    assert_eq!(scene.secrets.calls(), secrets + 5);
    for second in 11..=20 {
        for _ in 0..5 {
            scene.event(second).await;
            scene.sources.refresh_ahead(at(second)).await;
        }
    }
    assert_eq!(scene.store.calls(), store + 2 * 5);
}

/// One may be unreadable for a reason of its own, such as its key.
#[tokio::test]
async fn a_secret_that_cannot_be_read_keeps_no_other_from_being_asked_for() {
    let scene = Scene::new();
    let names = ["Unset", "Set"].map(|name| name.parse().unwrap());
    let read = async |name: &SecretName, second| {
        let application = "bot".parse().unwrap();
        let names = std::slice::from_ref(name);
        let read = scene.sources.secrets(&application, names, at(second)).await;
        read.into_values().collect::<Result<Vec<_>, _>>()
    };
    scene.secrets.set_down(true);
    assert!(read(&names[0], 0).await.is_err());
    scene.secrets.set_down(false);
    assert!(read(&names[1], 1).await.is_ok());
    assert!(read(&names[0], 1).await.is_err(), "not asked again yet");
    assert!(read(&names[0], 2).await.is_ok());
}

#[tokio::test]
async fn secrets_are_kept_for_minutes_and_so_is_that_there_is_none() {
    let scene = Scene::new();
    for second in [0, 1, 120, 239] {
        assert!(scene.secret("Set", second).await);
        assert!(!scene.secret("Unset", second).await);
    }
    assert_eq!(scene.secrets.calls(), 2);
    scene.sources.refresh_ahead(at(240)).await;
    assert_eq!(scene.secrets.calls(), 3, "both, in one read");
    scene.secrets.inner().set(None, "Unset", "new");
    assert!(!scene.secret("Unset", 300).await);
    assert!(scene.secret("Unset", 240 + 300).await);
}

/// They are read for every event with an idempotency key or a continuation.
#[tokio::test(start_paused = true)]
async fn continuation_keys_are_kept_like_secrets() {
    let scene = Scene::new();
    let lifetime = keys::lifetime(&scene.sources.spread).as_secs();
    assert!((240..=300).contains(&lifetime), "{lifetime}");
    let read = async |second| scene.sources.continuation_keys(at(second)).await.is_ok();
    assert!(read(0).await && read(1).await && read(lifetime - 59).await);
    assert_eq!(scene.keys.calls(), 1);
    scene.sources.refresh_ahead(at(lifetime - 59)).await;
    assert_eq!(
        scene.keys.calls(),
        2,
        "between events, before they are too old"
    );
    assert!(scene.sources.has_continuation_keys(at(lifetime)));
    scene.sources.refresh_ahead(at(lifetime)).await;
    assert_eq!(scene.keys.calls(), 2, "no event has used them since");

    scene.keys.set_down(true);
    let later = 2 * lifetime;
    assert!(scene.sources.staleness.take().is_none());
    for second in later..later + 10 {
        for _ in 0..5 {
            assert!(read(second).await);
            scene.sources.refresh_ahead(at(second)).await;
        }
    }
    assert_eq!(scene.keys.calls(), 2 + 5, "every two seconds");
    assert!(scene.sources.staleness.take().is_some());
    assert!(!read(lifetime - 59 + 15 * 60).await, "after 15 minutes");
}

#[test]
fn each_process_and_each_secret_has_its_own_time() {
    let lifetimes = || {
        let scene = Scene::new();
        let name = |number: u32| sample::id(&format!("Secret{number}"));
        let all = (0..50).map(|number| scene.sources.lifetime(&scene.shop, &name(number)));
        all.collect::<Vec<Duration>>()
    };
    let (first, second) = (lifetimes(), lifetimes());
    assert_ne!(first, second);
    let distinct: BTreeSet<&Duration> = first.iter().chain(&second).collect();
    assert!(distinct.len() > 25, "{distinct:?}");
    let allowed = SECRETS_REFRESH_AFTER * 4 / 5..=SECRETS_REFRESH_AFTER;
    assert!(distinct.iter().all(|lifetime| allowed.contains(*lifetime)));
}
