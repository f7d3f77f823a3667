//! The contract of the history of publications, and of deletions.

use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{ContractStore, Names, assert_conflict, publish, snapshot};
use hookpoint_engine::{
    application::binding::Target,
    ports::{HookDeletion, PublishError, Temporary},
    publish::{
        Action, Commit, Desired, DesiredVersion, Difference, Origin, Publication, PublicationId,
        PublicationRecord, Revised,
    },
    stages::Stage,
    testing::sample,
};

const STAGE: Stage = Stage::BeforeRegistration;

/// An origin with every member.
fn origin() -> Origin {
    Origin {
        action: Action::Rollback,
        by: "arn:aws:sts::123456789012:assumed-role/Größe/x".to_owned(),
        commit: Some(Commit {
            id: "0f".repeat(20),
            is_modified: true,
        }),
        undoes: Some(PublicationId::new(SystemTime::UNIX_EPOCH)),
    }
}

/// Plans the desired state with a record, `seconds` after 2026 began.
async fn planned(
    store: &dyn ContractStore,
    desired: &Desired,
    seconds: u64,
) -> (PublicationId, Publication) {
    let before = snapshot(store, desired).await;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + seconds);
    let id = PublicationId::new(time);
    let plan = desired.plan(&before).unwrap();
    let difference = Difference::of(&plan, &before);
    (id, plan.recorded(&difference, id, &origin()))
}

pub(super) async fn a_publication_is_kept_with_what_it_changed(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a", "moves"]);
    desired.stores.insert(names.store_id());
    let on_store = Target::Store(names.store_id());
    let binding = sample::binding(&names.hook("a"), STAGE, &on_store);
    desired.bindings.push(binding);
    let (first, publication) = planned(store, &desired, 1).await;
    store.publish(&publication).await.unwrap();
    let mut records = store.publication(first).await.unwrap();
    let mut written = publication.records.clone();
    let key = |record: &PublicationRecord| format!("{:?}", record.subject);
    records.sort_by_key(key);
    written.sort_by_key(key);
    assert_eq!(records, written);
    assert_eq!(records.len(), 2, "the application and the store");

    desired.bindings[1].order += 7;
    desired.bindings.remove(0);
    let (second, publication) = planned(store, &desired, 2).await;
    store.publish(&publication).await.unwrap();
    let target = names.target();
    let list = async |limit: usize| store.publications(Some(&target), limit).await.unwrap();
    assert_eq!(list(1).await, publication.records);
    let both = list(10).await;
    let ids: Vec<_> = both.iter().map(|record| record.id).collect();
    assert_eq!(ids, [second, first], "the newest first");
    let [moved, removed] = both[0].bindings.as_slice() else {
        panic!("{:?}", both[0]);
    };
    let order = |binding: &Option<hookpoint_engine::application::binding::Binding>| {
        binding.as_ref().map(|binding| binding.order)
    };
    let (before, after) = (order(&moved.before).unwrap(), order(&moved.after).unwrap());
    assert_eq!(after, before + 7);
    assert_eq!((removed.before.is_some(), &removed.after), (true, &None));
    assert!(both[0].hooks.is_empty(), "no version is new");
    let all = store.publications(None, 1_000).await.unwrap();
    assert!(all.iter().any(|record| record.id == first));
}

pub(super) async fn a_refused_publication_leaves_no_record(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a"]);
    publish(store, &desired).await;
    desired.bindings[0].timeout_ms = Some(1);
    let (lost, publication) = planned(store, &desired, 1).await;
    desired.bindings[0].timeout_ms = Some(2);
    publish(store, &desired).await;
    assert_conflict(&store.publish(&publication).await);
    assert_eq!(store.publication(lost).await.unwrap(), []);
}

pub(super) async fn a_removed_application_is_gone_and_its_history_stays(store: &dyn ContractStore) {
    let names = Names::fresh();
    let desired = names.with_hooks(STAGE, &["a"]);
    let (first, publication) = planned(store, &desired, 1).await;
    store.publish(&publication).await.unwrap();
    let before = snapshot(store, &desired).await;
    let stored = &before.applications[&names.application_id()];
    let removal = |revision| Publication {
        deletions: before.bindings.clone(),
        removals: vec![Revised {
            value: stored.value.clone(),
            revision,
        }],
        ..Publication::default()
    };
    assert_conflict(&store.publish(&removal(stored.revision + 1)).await);
    assert_eq!(snapshot(store, &desired).await.bindings, before.bindings);
    store.publish(&removal(stored.revision)).await.unwrap();
    let read = store.application(&names.application_id()).await.unwrap();
    assert_eq!(read, None);
    let listed = store.applications().await.unwrap();
    assert!(!listed.iter().any(|one| one.id == names.application_id()));
    assert_eq!(store.publication(first).await.unwrap().len(), 1);
    // It can be published again.
    publish(store, &desired).await;
    let listed = store.applications().await.unwrap();
    assert!(listed.iter().any(|one| one.id == names.application_id()));
}

pub(super) async fn a_hook_in_use_stays_and_an_unused_one_goes_for_good(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let hook = names.hook("a");
    publish(store, &desired).await;
    desired.hooks.insert(
        hook.clone(),
        sample::static_hook(json!({"context": {"second": 1}})),
    );
    publish(store, &desired).await;
    let versions = store.versions(&hook).await.unwrap();
    let numbers: Vec<_> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, [2, 1]);
    match store.delete_hook(&hook, None).await.unwrap() {
        HookDeletion::InUse(users) => {
            assert_eq!(users.len(), 1);
            assert_eq!(users[0].target, names.target());
        }
        other => panic!("{other:?}"),
    }
    let bindings = std::mem::take(&mut desired.bindings);
    publish(store, &desired).await;
    assert_eq!(
        store.delete_hook(&hook, None).await.unwrap(),
        HookDeletion::Deleted
    );
    assert_eq!(
        store.delete_hook(&hook, None).await.unwrap(),
        HookDeletion::Absent
    );
    assert_eq!(store.versions(&hook).await.unwrap(), []);
    let listed = store.hooks().await.unwrap();
    assert!(!listed.iter().any(|listed| listed.name == hook));
    // The same body again is another version: the number is in records of runs.
    desired.bindings = bindings;
    publish(store, &desired).await;
    let read = store.bindings(STAGE, &names.target()).await.unwrap();
    assert_eq!(read[0].hook.version, 3);
    store.hook(STAGE, &read[0].hook).await.unwrap();
    desired.bindings[0].version = DesiredVersion::Pinned(2);
    let mut scope = desired.scope();
    scope.hooks.clear();
    assert!(store.snapshot(&scope).await.unwrap().versions.is_empty());
}

pub(super) async fn a_hook_that_was_deleted_after_a_plan_is_not_bound(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let bindings = std::mem::take(&mut desired.bindings);
    publish(store, &desired).await;
    desired.bindings = bindings;
    let plan = desired.plan(&snapshot(store, &desired).await).unwrap();
    let deleted = store.delete_hook(&names.hook("a"), None).await.unwrap();
    assert_eq!(deleted, HookDeletion::Deleted);
    let refused = store.publish(&plan).await;
    assert!(
        matches!(refused, Err(PublishError::Conflict { .. })),
        "{refused:?}"
    );
    let read = store.bindings(STAGE, &names.target()).await.unwrap();
    assert_eq!(read, []);
}

pub(super) async fn a_temporary_name_leaves_nothing_and_others_stay(store: &dyn ContractStore) {
    let (names, other) = (Names::fresh(), Names::fresh());
    let with_store = |names: &Names| {
        let mut desired = names.with_hooks(STAGE, &["a", "b"]);
        desired.stores.insert(names.store_id());
        let on_store = Target::Store(names.store_id());
        let binding = sample::binding(&names.hook("a"), STAGE, &on_store);
        desired.bindings.push(binding);
        desired
    };
    publish(store, &with_store(&other)).await;
    let desired = with_store(&names);
    let (id, publication) = planned(store, &desired, 3).await;
    store.publish(&publication).await.unwrap();
    let temporary = Temporary {
        applications: [names.application_id()].into(),
        stores: [names.store_id()].into(),
        hooks: names.hooks(&["a", "b"]),
    };
    // An interrupted call is repeated.
    for _ in 0..2 {
        store.forget(&temporary).await.unwrap();
        let left = snapshot(store, &desired).await;
        assert!(left.applications.is_empty() && left.bindings.is_empty() && left.hooks.is_empty());
        assert_eq!(store.publication(id).await.unwrap(), []);
        assert_eq!(store.versions(&names.hook("a")).await.unwrap(), []);
        let stores = store.stores().await.unwrap();
        assert!(!stores.contains(&names.store_id()) && stores.contains(&other.store_id()));
    }
    let left = snapshot(store, &with_store(&other)).await;
    assert_eq!(
        (
            left.applications.len(),
            left.bindings.len(),
            left.hooks.len()
        ),
        (1, 3, 2)
    );
    // Unlike those of a deleted hook, its numbers begin again.
    publish(store, &desired).await;
    let versions = store.versions(&names.hook("a")).await.unwrap();
    assert_eq!(versions[0].version, 1);
}
