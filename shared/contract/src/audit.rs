//! The contract of `AuditLog`, and of what is written with a change.

use std::time::{Duration, SystemTime};

use super::{ContractStore, Names, assert_conflict, publish, run_all, snapshot};
use hookpoint_engine::{
    audit::{AuditAction, AuditEntry, AuditFilter},
    identifier::{ApplicationId, HookName},
    ports::{AuditLog, HookDeletion},
    publish::{Change, Publication},
    stages::Stage,
};

/// A whole store with an audit trail.
pub trait AuditStore: ContractStore + AuditLog {}

impl<S: ContractStore + AuditLog> AuditStore for S {}

checks! {
    dyn AuditStore:
    self::{
        entries_come_back_newest_first_as_far_as_asked_for,
        an_entry_is_written_with_its_change_or_not_at_all,
        the_entry_of_a_deletion_is_written_if_something_is_deleted,
    };
}

/// Runs every check and panics with the names of those that failed.
pub async fn contract(store: &(dyn AuditStore + 'static)) {
    run_all(ALL, store).await;
}

/// An hour ago, to the millisecond, plus this many seconds.
fn at(seconds: u64) -> SystemTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let hours = now.unwrap().as_secs() / 3_600 - 1;
    SystemTime::UNIX_EPOCH + Duration::from_secs(hours * 3_600 + seconds)
}

fn entry(application: Option<&ApplicationId>, seconds: u64) -> AuditEntry {
    let by = "arn:aws:sts::123456789012:assumed-role/Größe/ada".to_owned();
    let what = format!("key {seconds}");
    let action = AuditAction::CreateKey;
    AuditEntry::new(at(seconds), by, action, application.cloned(), &what)
}

fn of(application: &ApplicationId) -> AuditFilter {
    AuditFilter {
        application: Some(application.clone()),
        since: None,
    }
}

async fn entries(store: &dyn AuditStore, filter: &AuditFilter, limit: usize) -> Vec<AuditEntry> {
    let entries = store.entries(filter, limit).await.unwrap().into_iter();
    entries.collect::<Result<_, _>>().unwrap()
}

async fn entries_come_back_newest_first_as_far_as_asked_for(store: &dyn AuditStore) {
    let (id, other) = (
        Names::fresh().application_id(),
        Names::fresh().application_id(),
    );
    let own: Vec<_> = (0..4).map(|second| entry(Some(&id), second)).collect();
    let others = [entry(Some(&other), 4), entry(None, 5)];
    for entry in own.iter().chain(&others).chain(&own[..1]) {
        store.add_entry(entry).await.unwrap();
    }
    let list = async |filter: AuditFilter, limit| entries(store, &filter, limit).await;
    let newest: Vec<_> = own.iter().rev().cloned().collect();
    assert_eq!(list(of(&id), 100).await, newest);
    assert_eq!(list(of(&id), 2).await, newest[..2]);
    let since = AuditFilter {
        since: Some(at(2)),
        ..of(&id)
    };
    assert_eq!(list(since, 100).await, newest[..2]);
    let everything = AuditFilter {
        since: Some(at(3)),
        ..AuditFilter::default()
    };
    let all = list(everything, 1_000).await;
    assert!(
        all.is_sorted_by_key(|entry| std::cmp::Reverse(entry.id)),
        "{all:?}"
    );
    let is_known = |entry: &&AuditEntry| others.contains(entry) || own.contains(entry);
    assert_eq!(all.iter().filter(is_known).count(), 3, "{all:?}");
}

async fn an_entry_is_written_with_its_change_or_not_at_all(store: &dyn AuditStore) {
    let names = Names::fresh();
    let (id, desired) = (names.application_id(), names.bare());
    publish(store, &desired).await;
    let before = snapshot(store, &desired).await;
    let stored = &before.applications[&id];
    let change = |second| Publication {
        applications: vec![Change {
            value: stored.value.clone(),
            replaces: Some(stored.revision),
        }],
        audit: vec![entry(Some(&id), second)],
        ..Publication::default()
    };
    let (first, second) = (change(1), change(2));
    store.publish(&first).await.unwrap();
    assert_conflict(&store.publish(&second).await);
    assert_eq!(entries(store, &of(&id), 10).await, first.audit);
}

async fn the_entry_of_a_deletion_is_written_if_something_is_deleted(store: &dyn AuditStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(Stage::BeforeRegistration, &["a"]);
    let (id, hook) = (names.application_id(), names.hook("a"));
    publish(store, &desired).await;
    let delete = async |hook: &HookName, second: u64| {
        let entry = entry(Some(&id), second);
        store.delete_hook(hook, Some(&entry)).await.unwrap()
    };
    let entries = async || entries(store, &of(&id), 10).await;
    let used = delete(&hook, 1).await;
    assert!(matches!(used, HookDeletion::InUse(_)), "{used:?}");
    assert_eq!(delete(&names.hook("b"), 2).await, HookDeletion::Absent);
    assert_eq!(entries().await, []);
    desired.bindings.clear();
    publish(store, &desired).await;
    assert_eq!(delete(&hook, 3).await, HookDeletion::Deleted);
    assert_eq!(delete(&hook, 4).await, HookDeletion::Absent);
    let written = entries().await;
    let whats: Vec<_> = written.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(whats, ["key 3"]);
}
