//! The planner against snapshots, and against sequences of publications.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_stages::Family;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    application::{IngestKeyRecord, Pause},
    hook::HookBody,
    ports::{BindingSource as _, HookDeletion, PublishError, Publisher as _},
    testing::{
        MemoryStore,
        sample::{self, id},
    },
};

const STAGE: Stage = Stage::BeforeRegistration;

fn shop() -> Target {
    Target::Application(id("shop"))
}

/// The application `shop`, with the hook `crm` bound at one stage.
fn desired() -> Desired {
    Desired {
        applications: vec![sample::application(&id("shop"), Family::Identity)],
        stores: BTreeSet::new(),
        hooks: [(id("crm"), body(1))].into(),
        bindings: vec![sample::binding(&id("crm"), STAGE, &shop())],
    }
}

fn body(number: u32) -> Arc<HookBody> {
    sample::static_hook(json!({"context": {"number": number}}))
}

fn reference(version: u32, body: &HookBody) -> HookReference {
    HookReference {
        name: id("crm"),
        version,
        sha256: body.sha256(),
    }
}

/// The snapshot after applying a publication to an empty store.
fn stored(publication: &Publication) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for change in &publication.applications {
        let value = change.value.clone();
        let revised = Revised { value, revision: 1 };
        snapshot
            .applications
            .insert(revised.value.id.clone(), revised);
    }
    for change in &publication.bindings {
        let value = change.value.clone();
        snapshot.bindings.push(Revised { value, revision: 1 });
    }
    for (hook, _) in &publication.hooks {
        let reference = reference(hook.version, &hook.body);
        snapshot.hooks.insert(hook.name.clone(), reference);
    }
    snapshot
}

/// Each written hook version with the stages that may read it.
fn written(publication: &Publication) -> Vec<(u32, &HookBody, Vec<Stage>)> {
    let hooks = publication.hooks.iter();
    hooks
        .map(|(hook, stages)| (hook.version, &*hook.body, stages.iter().copied().collect()))
        .collect()
}

#[test]
fn into_an_empty_store_everything_is_created() {
    let plan = desired().plan(&Snapshot::default()).unwrap();
    assert_eq!(written(&plan), [(1, &*body(1), vec![STAGE])]);
    let [application] = &plan.applications[..] else {
        panic!("{plan:?}");
    };
    assert_eq!((application.replaces, application.revision()), (None, 1));
    let [binding] = &plan.bindings[..] else {
        panic!("{plan:?}");
    };
    assert_eq!(binding.replaces, None);
    assert_eq!(binding.value.hook, reference(1, &body(1)));
    assert_eq!(plan.deletions, []);
}

#[test]
fn what_is_stored_already_is_not_written_again() {
    let snapshot = stored(&desired().plan(&Snapshot::default()).unwrap());
    let plan = desired().plan(&snapshot).unwrap();
    assert!(plan.is_empty(), "{plan:?}");
}

#[test]
fn another_body_is_another_version_for_those_who_want_the_latest() {
    let mut desired = desired();
    let mut pinned = desired.bindings[0].clone();
    pinned.id = id("pinned");
    pinned.version = DesiredVersion::Pinned(1);
    desired.bindings.push(pinned);
    let mut snapshot = stored(&desired.plan(&Snapshot::default()).unwrap());
    desired.hooks.insert(id("crm"), body(2));
    let first = Hook {
        name: id("crm"),
        version: 1,
        body: body(1),
    };
    snapshot.versions.insert((id("crm"), 1), Arc::new(first));

    let plan = desired.plan(&snapshot).unwrap();
    assert_eq!(written(&plan), [(2, &*body(2), vec![STAGE])]);
    let [change] = &plan.bindings[..] else {
        panic!("{plan:?}");
    };
    assert_eq!(change.value.id, id("crm"));
    assert_eq!(change.replaces, Some(1));
    assert_eq!(change.value.hook, reference(2, &body(2)));
}

#[test]
fn a_version_left_behind_is_used_when_its_body_fits_and_skipped_otherwise() {
    let mut snapshot = Snapshot::default();
    snapshot.hooks.insert(id("crm"), reference(4, &body(1)));
    let plan = desired().plan(&snapshot).unwrap();
    // It was not bound here, so this stage may not be able to read it yet.
    assert_eq!(written(&plan), [(4, &*body(1), vec![STAGE])]);

    snapshot.hooks.insert(id("crm"), reference(4, &body(9)));
    let plan = desired().plan(&snapshot).unwrap();
    assert_eq!(written(&plan), [(5, &*body(1), vec![STAGE])]);
}

#[test]
fn a_hook_without_bindings_is_published() {
    let mut desired = desired();
    desired.bindings.clear();
    let plan = desired.plan(&Snapshot::default()).unwrap();
    assert_eq!(written(&plan), [(1, &*body(1), vec![])]);
}

#[test]
fn a_stage_gets_a_copy_of_the_hook_once() {
    let mut desired = desired();
    let snapshot = stored(&desired.plan(&Snapshot::default()).unwrap());
    let later = Stage::BeforePasswordReset;
    for (stage, name) in [(later, "one"), (later, "two"), (STAGE, "three")] {
        let mut binding = sample::binding(&id("crm"), stage, &shop());
        binding.id = id(name);
        desired.bindings.push(binding);
    }
    let plan = desired.plan(&snapshot).unwrap();
    assert_eq!(written(&plan), [(1, &*body(1), vec![later])]);
    assert_eq!(plan.bindings.len(), 3);
}

/// The version is readable at the stage because of another application, whose binding goes before the plan is published.
#[tokio::test]
async fn a_version_that_another_application_ran_is_not_bound_after_its_deletion() {
    let store = MemoryStore::holding(&desired());
    let mut both = desired();
    let target = Target::Application(id("bot"));
    both.applications
        .push(sample::application(&id("bot"), Family::Identity));
    both.bindings
        .push(sample::binding(&id("crm"), STAGE, &target));
    let plan = both
        .plan(&store.snapshot(&both.scope()).await.unwrap())
        .unwrap();
    let mut unbound = desired();
    unbound.bindings.clear();
    store.apply(&unbound).unwrap();
    let deleted = store.delete_hook(&id("crm"), None).await.unwrap();
    assert_eq!(deleted, HookDeletion::Deleted);
    let refused = store.publish(&plan).await;
    assert!(
        matches!(refused, Err(PublishError::Conflict { .. })),
        "{refused:?}"
    );
    assert_eq!(store.bindings(STAGE, &target).await.unwrap(), []);
}

#[test]
fn a_binding_with_another_order_moves_and_one_that_is_gone_is_deleted_at_its_revision() {
    let mut desired = desired();
    let mut snapshot = stored(&desired.plan(&Snapshot::default()).unwrap());
    snapshot.bindings[0].revision = 7;
    desired.bindings[0].order = 1;
    let plan = desired.plan(&snapshot).unwrap();
    assert_eq!(plan.deletions, snapshot.bindings);
    assert_eq!(plan.bindings[0].replaces, None);
    assert_eq!(plan.bindings[0].value.order, 1);

    desired.bindings.clear();
    let plan = desired.plan(&snapshot).unwrap();
    assert_eq!(plan.deletions, snapshot.bindings);
    assert_eq!(plan.bindings, []);
}

#[test]
fn a_pin_to_what_does_not_exist_names_the_binding() {
    let mut desired = desired();
    desired.bindings[0].version = DesiredVersion::Pinned(3);
    let error = desired.plan(&Snapshot::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "binding `crm` at `beforeRegistration` pins version 3 of hook `crm`, which does not exist; remove `version`, or choose one that `hookpoint hooks versions crm` lists"
    );
    // A pin may name the version created by the same publication.
    desired.bindings[0].version = DesiredVersion::Pinned(1);
    let plan = desired.plan(&Snapshot::default()).unwrap();
    assert_eq!(plan.bindings[0].value.hook, reference(1, &body(1)));
}

#[test]
fn ingest_keys_and_pauses_stay_and_are_no_reason_to_write() {
    let mut desired = desired();
    let mut snapshot = stored(&desired.plan(&Snapshot::default()).unwrap());
    let stored = snapshot.applications.get_mut(&id("shop")).unwrap();
    stored.revision = 3;
    stored.value.ingest_keys.push(IngestKeyRecord {
        id: id("key"),
        sha256: "00".repeat(32),
        created: 1,
        expires: None,
        unknown: serde_json::Map::new(),
    });
    stored.value.pauses.push(Pause {
        stage: Some(STAGE),
        binding: None,
        unknown: serde_json::Map::new(),
    });
    let kept = stored.value.clone();
    assert!(desired.plan(&snapshot).unwrap().is_empty());

    desired.applications[0].name = String::from("Renamed");
    let plan = desired.plan(&snapshot).unwrap();
    let [change] = &plan.applications[..] else {
        panic!("{plan:?}");
    };
    assert_eq!(change.replaces, Some(3));
    assert_eq!(change.value.name, "Renamed");
    assert_eq!(change.value.ingest_keys, kept.ingest_keys);
    assert_eq!(change.value.pauses, kept.pauses);
}

/// Small enough for collisions: two hooks with three bodies, two targets, two stages.
fn any_desired() -> impl Strategy<Value = Desired> {
    let hook = prop_oneof![Just("crm"), Just("risk")];
    let stage = prop_oneof![Just(STAGE), Just(Stage::AfterRegistration)];
    let target = prop_oneof![Just(shop()), Just(Target::Store(id("customers")))];
    // Which binding it is, and whether it uses the newest version or the first.
    let binding = (hook, stage, target, 0..2_u16, any::<bool>());
    let bindings = prop::collection::btree_set(binding, 0..6);
    ((1..4_u32, 1..4_u32), bindings).prop_map(|((crm, risk), bindings)| Desired {
        applications: vec![sample::application(&id("shop"), Family::Identity)],
        stores: [id("customers")].into(),
        hooks: [(id("crm"), body(crm)), (id("risk"), body(risk))].into(),
        bindings: bindings
            .into_iter()
            .map(|(hook, stage, target, order, pinned)| {
                let mut binding = sample::binding(&id(hook), stage, &target);
                binding.id = id(&format!("{hook}-{pinned}"));
                binding.order = order;
                if pinned {
                    binding.version = DesiredVersion::Pinned(1);
                }
                binding
            })
            .collect(),
    })
}

proptest! {
    #[test]
    fn after_any_publications_the_store_holds_the_last_one_and_every_hook_is_readable(
        steps in prop::collection::vec(any_desired(), 1..6)
    ) {
        let store = MemoryStore::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for desired in &steps {
            store.apply(desired).unwrap();
            prop_assert!(store.apply(desired).unwrap().is_empty());
            let held = runtime.block_on(held(&store, desired));
            let wanted: BTreeSet<_> = desired.bindings.iter().map(place).collect();
            prop_assert_eq!(held.keys().cloned().collect::<BTreeSet<_>>(), wanted);
            for binding in &desired.bindings {
                let hook = &held[&place(binding)];
                match binding.version {
                    DesiredVersion::Latest => prop_assert_eq!(&hook.body, &desired.hooks[&binding.hook]),
                    DesiredVersion::Pinned(version) => prop_assert_eq!(hook.version, version),
                }
            }
        }
    }
}

type Place = (Target, Stage, u16, String);

fn place(binding: &DesiredBinding) -> Place {
    let DesiredBinding {
        id,
        stage,
        target,
        order,
        ..
    } = binding;
    (target.clone(), *stage, *order, id.to_string())
}

/// Every binding that a stage function would find, with the hook it would run.
async fn held(store: &MemoryStore, desired: &Desired) -> BTreeMap<Place, Arc<Hook>> {
    use crate::ports::{BindingSource, HookSource};
    let mut held = BTreeMap::new();
    for target in &desired.scope().targets {
        for stage in Stage::ALL {
            for binding in store.bindings(*stage, target).await.unwrap() {
                let hook = store.hook(*stage, &binding.hook).await.unwrap();
                let place = (
                    binding.target,
                    *stage,
                    binding.order,
                    binding.id.to_string(),
                );
                held.insert(place, hook);
            }
        }
    }
    held
}
#[test]
fn a_binding_says_what_its_version_needs_and_an_older_one_that_does_not_is_no_change() {
    let hint = |plan: &Publication| serde_json::to_value(&plan.bindings[0].value.hint).unwrap();
    let with = |url| Desired {
        hooks: [(id("crm"), sample::webhook_hook(url))].into(),
        ..desired()
    };
    let first = with("https://crm.example.com/?token={Token:Secret}");
    let plan = first.plan(&Snapshot::default()).unwrap();
    let needs = |names: &[&str]| json!({"kind": "webhook", "secrets": names});
    assert_eq!(hint(&plan), needs(&["Token"]));

    // A new version changes its bindings, and their hints with them.
    let mut snapshot = stored(&plan);
    let second = with("https://crm.example.com/?token={Key:Secret}");
    let change = second.plan(&snapshot).unwrap();
    assert_eq!(hint(&change), needs(&["Key"]));

    // A pinned version is not the newest.
    let mut pinned = second.clone();
    pinned.bindings[0].version = DesiredVersion::Pinned(1);
    let (old, _) = plan.hooks[0].clone();
    snapshot.versions.insert((id("crm"), 1), Arc::new(old));
    assert!(pinned.plan(&snapshot).unwrap().bindings.is_empty());
    let snapshot = Snapshot {
        versions: snapshot.versions,
        ..stored(&change)
    };
    assert_eq!(hint(&pinned.plan(&snapshot).unwrap()), needs(&["Token"]));

    // As a version without hints published it.
    let mut snapshot = stored(&plan);
    let text = serde_json::to_string(&snapshot.bindings[0].value).unwrap();
    let mut stored: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(stored.as_object_mut().unwrap().remove("hint").is_some());
    snapshot.bindings[0].value = serde_json::from_value(stored).unwrap();
    assert!(first.plan(&snapshot).unwrap().is_empty());
}
