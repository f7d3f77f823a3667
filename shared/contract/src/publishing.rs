//! The contract of `Publisher` with one writer.

use std::collections::BTreeSet;

use serde_json::json;

use super::{ContractStore, Names, assert_conflict, publish, snapshot};
use hookpoint_engine::{
    application::binding::Target,
    ports::HookDeletion,
    publish::{Change, Publication, Snapshot},
    stages::Stage,
    testing::sample,
};

const STAGE: Stage = Stage::BeforeRegistration;

pub(super) async fn publishing_what_is_there_changes_nothing(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a", "b"]);
    desired.stores.insert(names.store_id());
    let on_store = Target::Store(names.store_id());
    let hook = names.hook("a");
    desired
        .bindings
        .push(sample::binding(&hook, STAGE, &on_store));
    publish(store, &desired).await;
    let before = snapshot(store, &desired).await;
    let again = publish(store, &desired).await;
    assert!(again.is_empty(), "{again:?}");
    store.publish(&Publication::default()).await.unwrap();
    assert_same(&before, &snapshot(store, &desired).await);
}

pub(super) async fn revisions_count_up(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a"]);
    for revision in 1..=3 {
        desired.applications[0].name = format!("Name {revision}");
        desired.bindings[0].timeout_ms = Some(revision);
        publish(store, &desired).await;
        let snapshot = snapshot(store, &desired).await;
        assert_eq!(
            snapshot.applications[&names.application_id()].revision,
            revision
        );
        assert_eq!(snapshot.bindings[0].revision, revision);
    }
    // A deleted binding starts at revision one again.
    let binding = desired.bindings.pop().unwrap();
    publish(store, &desired).await;
    desired.bindings.push(binding);
    publish(store, &desired).await;
    assert_eq!(snapshot(store, &desired).await.bindings[0].revision, 1);
}

pub(super) async fn a_snapshot_reaches_as_far_as_its_scope(store: &dyn ContractStore) {
    let (names, other) = (Names::fresh(), Names::fresh());
    publish(store, &other.with_hooks(STAGE, &["other"])).await;
    let mut desired = names.with_hooks(STAGE, &["a"]);
    desired.stores.insert(names.store_id());
    let hook = names.hook("a");
    for (stage, target) in [
        (Stage::AfterAccountUpdate, Target::Store(names.store_id())),
        (STAGE, Target::Store(names.store_id())),
        (Stage::AfterTokenRefresh, names.target()),
    ] {
        desired
            .bindings
            .push(sample::binding(&hook, stage, &target));
    }
    let published = publish(store, &desired).await;
    let snapshot = snapshot(store, &desired).await;
    let keys: BTreeSet<_> = snapshot.applications.keys().collect();
    assert_eq!(keys, [&names.application_id()].into());
    assert_eq!(snapshot.bindings.len(), 4, "one for each stage and target");
    for change in &published.bindings {
        assert!(
            snapshot
                .bindings
                .iter()
                .any(|stored| stored.value == change.value)
        );
    }
    let hooks: BTreeSet<_> = snapshot.hooks.keys().collect();
    assert_eq!(hooks, [&hook].into());
    assert!(snapshot.versions.is_empty(), "none was requested");
    let mut scope = desired.scope();
    scope.versions = [(hook.clone(), 1), (hook.clone(), 2)].into();
    let versions = store.snapshot(&scope).await.unwrap().versions;
    let found: Vec<_> = versions
        .into_iter()
        .map(|(key, hook)| (key, hook.body.clone()))
        .collect();
    assert_eq!(found, [((hook.clone(), 1), desired.hooks[&hook].clone())]);
}

pub(super) async fn a_conflict_in_one_item_leaves_all_as_they_were(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["changes", "goes"]);
    publish(store, &desired).await;
    let before = snapshot(store, &desired).await;
    desired.applications[0].name = String::from("Changed");
    desired.bindings.remove(1);
    desired.bindings[0].timeout_ms = Some(1);
    desired
        .bindings
        .extend(names.with_hooks(STAGE, &["comes"]).bindings);
    desired
        .hooks
        .extend(names.with_hooks(STAGE, &["comes"]).hooks);
    let plan = desired.plan(&before).unwrap();
    let (kept, fresh) = {
        let mut changes = plan.bindings.iter();
        (changes.next().unwrap(), changes.next().unwrap())
    };
    assert_eq!((kept.replaces, fresh.replaces), (Some(1), None));

    // Break one condition of the plan at a time.
    let mut broken = vec![plan.clone(); 5];
    broken[0].applications[0].replaces = Some(7);
    broken[1].applications[0].replaces = None;
    broken[2].bindings[0].replaces = Some(7);
    broken[3].bindings[1].replaces = Some(1);
    broken[4].deletions[0].revision = 7;
    for publication in &broken {
        assert_conflict(&store.publish(publication).await);
        let after = snapshot(store, &desired).await;
        assert_eq!(after.applications, before.applications);
        assert_eq!(sorted(&after), sorted(&before));
    }
    store.publish(&plan).await.unwrap();
    let read = store.bindings(STAGE, &names.target()).await.unwrap();
    let hooks: BTreeSet<_> = read.into_iter().map(|binding| binding.hook.name).collect();
    assert_eq!(hooks, names.hooks(&["changes", "comes"]));
}

pub(super) async fn nothing_is_created_where_something_is(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let first = publish(store, &desired).await;
    assert_conflict(&store.publish(&first).await);
    // Nothing is deleted twice.
    let binding = desired.bindings.pop().unwrap();
    let deletion = publish(store, &desired).await;
    assert_conflict(&store.publish(&deletion).await);
    // Nothing is changed after its deletion.
    let change = Publication {
        bindings: vec![Change {
            value: first.bindings[0].value.clone(),
            replaces: Some(1),
        }],
        ..Publication::default()
    };
    assert_conflict(&store.publish(&change).await);
    let read = store
        .bindings(binding.stage, &binding.target)
        .await
        .unwrap();
    assert_eq!(read, []);
}

pub(super) async fn two_hundred_hooks_are_published_and_changed_together(
    store: &dyn ContractStore,
) {
    let names = Names::fresh();
    let mut desired = names.two_hundred_hooks(STAGE);
    let first = desired.plan(&snapshot(store, &desired).await).unwrap();
    store.publish(&first).await.unwrap();
    let after = snapshot(store, &desired).await;
    assert_eq!((after.bindings.len(), after.hooks.len()), (200, 200));
    let again = desired.plan(&after).unwrap();
    assert!(again.is_empty(), "{again:?}");

    // One that was overtaken has no effect at all.
    let mut late = desired.clone();
    for binding in &mut late.bindings {
        binding.timeout_ms = Some(7);
    }
    let late = late.plan(&after).unwrap();
    let last = late.bindings.last().unwrap().value.clone();
    let position = desired.bindings.iter().position(|one| one.id == last.id);
    desired.bindings[position.unwrap()].timeout_ms = Some(1);
    publish(store, &desired).await;
    assert_conflict(&store.publish(&late).await);
    let untouched = desired.plan(&snapshot(store, &desired).await).unwrap();
    assert!(untouched.is_empty(), "{untouched:?}");

    for binding in &mut desired.bindings {
        binding.timeout_ms = Some(2);
    }
    publish(store, &desired).await;
    for target in desired.scope().targets {
        let read = store.bindings(STAGE, &target).await.unwrap();
        assert_eq!(read.len(), 40);
        assert!(read.iter().all(|binding| binding.timeout_ms == Some(2)));
    }
}

pub(super) async fn sixty_hooks_of_one_application_are_published_at_once(
    store: &dyn ContractStore,
) {
    let names = Names::fresh();
    let mut desired = names.sixty_hooks(STAGE);
    publish(store, &desired).await;
    let before = snapshot(store, &desired).await;
    assert_eq!((before.bindings.len(), before.hooks.len()), (60, 60));

    // A new version of each, which another writer overtakes: no binding runs one.
    let mut changed = desired.clone();
    for (number, body) in changed.hooks.values_mut().enumerate() {
        *body = sample::static_hook(json!({"context": {"changed": number}}));
    }
    let overtaken = changed.plan(&before).unwrap();
    desired.bindings[59].timeout_ms = Some(1);
    publish(store, &desired).await;
    assert_conflict(&store.publish(&overtaken).await);
    let after = snapshot(store, &desired).await;
    let versions = after
        .bindings
        .iter()
        .map(|stored| stored.value.hook.version);
    assert!(versions.clone().all(|version| version == 1));
    assert_eq!(versions.count(), 60);

    // After reading again it succeeds, with the versions that are there already.
    publish(store, &changed).await;
    let after = snapshot(store, &changed).await;
    let bound = after.bindings.iter().map(|stored| &stored.value.hook);
    assert!(bound.clone().all(|hook| hook.version == 2));
    let listed = store.hooks().await.unwrap();
    assert!(bound.clone().all(|hook| listed.contains(hook)));
    let again = changed.plan(&after).unwrap();
    assert!(again.is_empty(), "{again:?}");
}

pub(super) async fn sixty_hooks_are_not_bound_if_one_was_deleted_after_the_plan(
    store: &dyn ContractStore,
) {
    let names = Names::fresh();
    let mut desired = names.sixty_hooks(STAGE);
    let bindings = std::mem::take(&mut desired.bindings);
    publish(store, &desired).await;
    desired.bindings = bindings;
    let plan = desired.plan(&snapshot(store, &desired).await).unwrap();
    let hook = names.hook("h59");
    let deleted = store.delete_hook(&hook, None).await.unwrap();
    assert_eq!(deleted, HookDeletion::Deleted);
    assert_conflict(&store.publish(&plan).await);
    let read = store.bindings(STAGE, &names.target()).await.unwrap();
    assert_eq!(read, []);
    // Planned again, it gets a new version, and is in use from then on.
    publish(store, &desired).await;
    let deletion = store.delete_hook(&hook, None).await.unwrap();
    assert!(matches!(deletion, HookDeletion::InUse(_)), "{deletion:?}");
}

fn assert_same(before: &Snapshot, after: &Snapshot) {
    assert_eq!(after.applications, before.applications);
    assert_eq!(sorted(after), sorted(before));
    assert_eq!(after.hooks, before.hooks);
    assert_eq!(after.versions, before.versions);
}

/// The bindings of a snapshot with their revisions, in an order of their own.
fn sorted(snapshot: &Snapshot) -> Vec<(String, u64)> {
    let bindings = snapshot.bindings.iter();
    let text = |value| serde_json::to_string(value).unwrap();
    let mut list: Vec<_> = bindings
        .map(|stored| (text(&stored.value), stored.revision))
        .collect();
    list.sort();
    list
}
