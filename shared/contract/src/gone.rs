//! The contract of `GoneBindings`.

use hookpoint_stages::Stage;
use serde_json::json;

use super::{Names, run_all};
use hookpoint_engine::{
    application::binding::Target, delivery::gone::GoneBinding, ports::GoneBindings,
    testing::sample::id,
};

checks! {
    dyn GoneBindings:
    self::{
        nothing_is_marked_at_first,
        a_mark_is_read_back_equal_until_it_is_removed,
        the_newest_mark_on_a_binding_counts,
        marks_of_other_targets_and_stages_do_not_appear,
        every_page_of_marks_comes_back,
    };
}

/// Runs every check and panics with the names of those that failed.
pub async fn contract(store: &(dyn GoneBindings + 'static)) {
    run_all(ALL, store).await;
}

const STAGE: Stage = Stage::AfterRegistration;

fn mark_at(stage: Stage, target: &Target, binding: &str, version: u32) -> GoneBinding {
    let mark = json!({
        "v": 1, "stage": stage.id(), "target": target, "binding": binding, "hook": "crm", "version": version,
        "since": 1_760_000_000_123_u64, "delivery": "msg_1",
    });
    GoneBinding::from_json(&mark.to_string()).unwrap()
}

fn mark(target: &Target, binding: &str) -> GoneBinding {
    mark_at(STAGE, target, binding, 7)
}

async fn make(store: &dyn GoneBindings, mark: &GoneBinding) {
    store.mark_gone(mark).await.unwrap();
}

/// The marks, sorted by binding.
async fn marked(store: &dyn GoneBindings, stage: Stage, target: &Target) -> Vec<GoneBinding> {
    let mut marks = store.gone(stage, target).await.unwrap();
    marks.sort_by(|left, right| left.binding.cmp(&right.binding));
    marks
}

async fn nothing_is_marked_at_first(store: &dyn GoneBindings) {
    let target = Names::fresh().target();
    assert_eq!(marked(store, STAGE, &target).await, []);
    let removed = store.forget_gone(STAGE, &target, &id("crm")).await;
    assert!(!removed.unwrap());
}

async fn a_mark_is_read_back_equal_until_it_is_removed(store: &dyn GoneBindings) {
    let target = Names::fresh().target();
    let (crm, mail) = (mark(&target, "crm"), mark(&target, "mail"));
    make(store, &crm).await;
    make(store, &mail).await;
    assert_eq!(
        marked(store, STAGE, &target).await,
        [crm.clone(), mail.clone()]
    );
    assert!(
        store
            .forget_gone(STAGE, &target, &crm.binding)
            .await
            .unwrap()
    );
    assert_eq!(marked(store, STAGE, &target).await, [mail]);
    assert!(
        !store
            .forget_gone(STAGE, &target, &crm.binding)
            .await
            .unwrap()
    );
    make(store, &crm).await;
    assert_eq!(marked(store, STAGE, &target).await.len(), 2);
}

async fn the_newest_mark_on_a_binding_counts(store: &dyn GoneBindings) {
    let target = Names::fresh().target();
    for version in [7, 8, 8, 3] {
        make(store, &mark_at(STAGE, &target, "crm", version)).await;
    }
    let marks = marked(store, STAGE, &target).await;
    assert_eq!(marks.len(), 1);
    assert_eq!(marks[0].version, 3);
}

async fn marks_of_other_targets_and_stages_do_not_appear(store: &dyn GoneBindings) {
    let (names, others) = (Names::fresh(), Names::fresh());
    let elsewhere = Stage::AfterAccountUpdate;
    let places = [
        (STAGE, names.target()),
        (STAGE, Target::Store(names.store_id())),
        (STAGE, others.target()),
        (elsewhere, names.target()),
    ];
    for (number, (stage, target)) in (1..).zip(&places) {
        make(store, &mark_at(*stage, target, "crm", number)).await;
    }
    for (number, (stage, target)) in (1..).zip(&places) {
        let expected = mark_at(*stage, target, "crm", number);
        assert_eq!(marked(store, *stage, target).await, [expected]);
    }
    let (stage, target) = &places[0];
    assert!(store.forget_gone(*stage, target, &id("crm")).await.unwrap());
    for (stage, target) in &places[1..] {
        assert_eq!(marked(store, *stage, target).await.len(), 1);
    }
}

async fn every_page_of_marks_comes_back(store: &dyn GoneBindings) {
    let target = Names::fresh().target();
    let marks: Vec<_> = (0..60)
        .map(|number| mark(&target, &format!("binding-{number:02}")))
        .collect();
    for mark in &marks {
        make(store, mark).await;
    }
    assert_eq!(marked(store, STAGE, &target).await, marks);
}
