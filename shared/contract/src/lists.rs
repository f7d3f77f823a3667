//! The contract of the lists of a `Publisher`.

use serde_json::json;

use super::{ContractStore, Names, publish};
use hookpoint_engine::{
    application::binding::Target, publish::DesiredVersion, stages::Stage, testing::sample,
};

const STAGE: Stage = Stage::BeforeRegistration;

pub(super) async fn every_application_is_listed(store: &dyn ContractStore) {
    let (first, second) = (Names::fresh(), Names::fresh());
    let mut desired = first.bare();
    desired.applications.push(second.application());
    let published = publish(store, &desired).await;
    // Other checks may have left applications of their own.
    let listed = store.applications().await.unwrap();
    for change in &published.applications {
        let found = listed.iter().filter(|listed| listed.id == change.value.id);
        assert_eq!(found.collect::<Vec<_>>(), [&change.value]);
    }
}

pub(super) async fn every_store_with_bindings_is_listed(store: &dyn ContractStore) {
    let (names, unused) = (Names::fresh(), Names::fresh());
    let mut desired = names.with_hooks(STAGE, &["a"]);
    desired.stores = [names.store_id(), unused.store_id()].into();
    let target = Target::Store(names.store_id());
    desired
        .bindings
        .push(sample::binding(&names.hook("a"), STAGE, &target));
    publish(store, &desired).await;
    store.complete_lists(&desired.scope()).await.unwrap();
    let listed = store.stores().await.unwrap();
    assert!(listed.contains(&names.store_id()), "{listed:?}");
    assert!(!listed.contains(&unused.store_id()), "{listed:?}");
}

pub(super) async fn every_hook_is_listed_at_its_newest_version(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["once", "twice"]);
    publish(store, &desired).await;
    let body = sample::static_hook(json!({"context": {"hook": "changed"}}));
    desired.hooks.insert(names.hook("twice"), body.clone());
    publish(store, &desired).await;
    // Binding an old version again is not a new one.
    let mut pinned = sample::binding(
        &names.hook("twice"),
        Stage::AfterRegistration,
        &names.target(),
    );
    pinned.version = DesiredVersion::Pinned(1);
    desired.bindings.push(pinned);
    publish(store, &desired).await;
    store.complete_lists(&desired.scope()).await.unwrap();
    let listed = store.hooks().await.unwrap();
    let version_of = |name: &str| {
        let name = names.hook(name);
        let found: Vec<_> = listed.iter().filter(|hook| hook.name == name).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert_eq!(version_of("once").version, 1);
    let twice = version_of("twice");
    assert_eq!((twice.version, twice.sha256), (2, body.sha256()));
}
