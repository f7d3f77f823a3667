//! The contract of `Publisher` with several writers.

use futures::future::join_all;
use serde_json::json;

use super::{ContractStore, Names, assert_conflict, publish, snapshot};
use hookpoint_engine::{
    hook::HookReference, ports::PublishError, publish::Desired, stages::Stage, testing::sample,
};

const STAGE: Stage = Stage::BeforeRegistration;

pub(super) async fn the_second_of_two_writers_conflicts_and_nothing_of_it_is_visible(
    store: &dyn ContractStore,
) {
    let names = Names::fresh();
    let start = names.with_hooks(STAGE, &["a"]);
    publish(store, &start).await;
    let seen = snapshot(store, &start).await;
    let (first, second) = (writer(&names, 1), writer(&names, 2));
    let (first_plan, second_plan) = (first.plan(&seen).unwrap(), second.plan(&seen).unwrap());
    store.publish(&first_plan).await.unwrap();
    assert_conflict(&store.publish(&second_plan).await);
    assert_visible(store, &names, &first).await;

    // After reading again, the second succeeds.
    publish(store, &second).await;
    assert_visible(store, &names, &second).await;
}

pub(super) async fn of_writers_at_once_one_is_visible_and_whole(store: &dyn ContractStore) {
    let names = Names::fresh();
    let start = names.with_hooks(STAGE, &["a"]);
    publish(store, &start).await;
    let seen = snapshot(store, &start).await;
    let desired: Vec<Desired> = (1..=4).map(|number| writer(&names, number)).collect();
    let plans: Vec<_> = desired
        .iter()
        .map(|desired| desired.plan(&seen).unwrap())
        .collect();
    let results = join_all(plans.iter().map(|plan| store.publish(plan))).await;
    let mut winners = Vec::new();
    for (desired, result) in desired.iter().zip(results) {
        match result {
            Ok(()) => winners.push(desired),
            Err(PublishError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    // A store may refuse all of them, as DynamoDB may when transactions collide; then nothing changes.
    assert!(
        winners.len() <= 1,
        "{} writers replaced the same revision",
        winners.len()
    );
    assert_visible(store, &names, winners.first().unwrap_or(&&start)).await;
}

pub(super) async fn two_who_add_different_bindings_do_not_mix(store: &dyn ContractStore) {
    let names = Names::fresh();
    let start = names.with_hooks(STAGE, &["a"]);
    publish(store, &start).await;
    let seen = snapshot(store, &start).await;
    let first = names.with_hooks(STAGE, &["a", "b"]);
    let second = names.with_hooks(STAGE, &["a", "c"]);
    store.publish(&first.plan(&seen).unwrap()).await.unwrap();
    assert_conflict(&store.publish(&second.plan(&seen).unwrap()).await);
    assert_visible(store, &names, &first).await;
}

pub(super) async fn two_who_bind_the_same_new_hook_for_applications_of_their_own_both_publish(
    store: &dyn ContractStore,
) {
    let (names, other) = (Names::fresh(), Names::fresh());
    let first = names.with_hooks(STAGE, &["shared"]);
    let mut second = other.bare();
    let hook = names.hook("shared");
    let binding = sample::binding(&hook, STAGE, &other.target());
    second.bindings.push(binding);
    second.hooks = first.hooks.clone();
    let plan = |desired: &Desired, seen| desired.plan(seen).unwrap();
    let (of_first, of_second) = (
        snapshot(store, &first).await,
        snapshot(store, &second).await,
    );
    let plans = [plan(&first, &of_first), plan(&second, &of_second)];
    for plan in &plans {
        store.publish(plan).await.unwrap();
    }
    for names in [&names, &other] {
        let bindings = store.bindings(STAGE, &names.target()).await.unwrap();
        assert_eq!(
            (&bindings[0].hook.name, bindings[0].hook.version),
            (&hook, 1)
        );
    }
}

/// Changes application, hook and bindings, each marked with the writer's number.
fn writer(names: &Names, number: u32) -> Desired {
    let own = format!("own-{number}");
    let mut desired = names.with_hooks(STAGE, &["a", &own]);
    desired.applications[0].name = format!("Writer {number}");
    desired.hooks.insert(
        names.hook("a"),
        sample::static_hook(json!({"writer": number})),
    );
    desired
}

async fn assert_visible(store: &dyn ContractStore, names: &Names, desired: &Desired) {
    let application = store.application(&names.application_id()).await.unwrap();
    let name = application.map(|application| application.name);
    assert_eq!(name.as_ref(), Some(&desired.applications[0].name));
    let bindings = store.bindings(STAGE, &names.target()).await.unwrap();
    assert_eq!(bindings.len(), desired.bindings.len());
    for wanted in &desired.bindings {
        let found = bindings.iter().find(|binding| binding.id == wanted.id);
        let reference: &HookReference = &found.unwrap().hook;
        let hook = store.hook(STAGE, reference).await.unwrap();
        assert_eq!(hook.body, desired.hooks[&wanted.hook]);
    }
}
