//! Deletions of a hook beside others that publish or delete.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookpoint_engine::{
    audit::{AuditAction, AuditEntry},
    ports::HookDeletion,
};

use super::*;
use crate::{
    item::{chunk, tombstone},
    testing::now,
};

/// Items of every kind that a version of `crm` has.
fn pieces(version: u32) -> Vec<Value> {
    let (canonical, copy) = ("hook#crm", "conversation-start#hook:crm");
    let keys = [
        Key::chunk(canonical, version, 0),
        Key::source_map(canonical, version, 0),
        Key::bundle_files(canonical, version, 0),
        Key::chunk(copy, version, 0),
        Key::bytecode(copy, version, 0),
    ];
    let items = keys.map(|key| wire(&chunk(&key, &"f0".repeat(32), vec![1], Some(1))));
    items.into()
}

/// The hook `crm` with its first version, and what happens at the moment of a transaction.
async fn published(
    entry: Value,
    meanwhile: impl Fn(&FakeTable) -> Option<Answer> + Send + Sync + 'static,
) -> (FakeAws, DynamoStore, FakeTable) {
    let table = FakeTable::default();
    for piece in pieces(1) {
        table.insert(piece);
    }
    table.insert(entry);
    let (aws, store) = store({
        let table = table.clone();
        move |request| {
            let answer = if request.operation == "TransactWriteItems" {
                meanwhile(&table)
            } else {
                None
            };
            answer.unwrap_or_else(|| table.answer(request))
        }
    })
    .await;
    (aws, store, table)
}

fn first() -> HookReference {
    reference(&hook("x"))
}

fn keys_of_hooks(table: &FakeTable) -> Vec<String> {
    let keys = table.keys().into_iter();
    keys.filter(|key| !key.starts_with("index#")).collect()
}

fn keys_of(pieces: &[Value]) -> Vec<String> {
    let part = |piece: &Value, name: &str| piece[name]["S"].as_str().unwrap().to_owned();
    let keys = pieces
        .iter()
        .map(|piece| format!("{} / {}", part(piece, "pk"), part(piece, "sk")));
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    keys
}

async fn delete(store: &DynamoStore) -> HookDeletion {
    store.delete_hook(&first().name, None).await.unwrap()
}

#[tokio::test]
async fn a_version_that_is_published_after_the_deletion_survives_its_cleaning() {
    let entry = wire(&pointer(&first(), 3));
    let (_aws, store, table) = published(entry, |table| {
        for piece in pieces(2) {
            table.insert(piece);
        }
        None
    })
    .await;
    assert_eq!(delete(&store).await, HookDeletion::Deleted);
    assert_eq!(keys_of_hooks(&table), keys_of(&pieces(2)));
}

#[tokio::test]
async fn a_deletion_that_another_one_overtook_is_tried_again() {
    let rounds = AtomicUsize::new(0);
    let entry = wire(&pointer(&first(), 3));
    let (aws, store, table) = published(entry, move |_| {
        let mut answer = failure("TransactionCanceledException", "cancelled");
        answer.1["CancellationReasons"] =
            json!([{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]);
        (rounds.fetch_add(1, Ordering::SeqCst) == 0).then_some(answer)
    })
    .await;
    assert_eq!(delete(&store).await, HookDeletion::Deleted);
    assert_eq!(keys_of_hooks(&table), [] as [String; 0]);
    let reads = aws.requests();
    let guards = reads
        .iter()
        .filter(|request| request.body["Key"]["pk"]["S"] == "index#guard");
    assert_eq!(guards.count(), 2, "read before each round");
}

#[tokio::test]
async fn a_version_that_a_refused_publication_left_has_a_taken_number_and_goes_with_the_next_deletion()
 {
    let entry = wire(&tombstone(&first(), 4));
    let (aws, store, table) = published(entry, |_| None).await;
    for piece in pieces(2) {
        table.insert(piece);
    }
    let scope = Scope {
        hooks: BTreeSet::from([first().name]),
        ..Scope::default()
    };
    let newest = store.snapshot(&scope).await.unwrap().hooks[&first().name].clone();
    assert_eq!(newest.version, 2, "the next one is 3");
    assert_ne!(newest.sha256, "f0".repeat(32), "and none is used again");

    assert_eq!(delete(&store).await, HookDeletion::Absent);
    assert_eq!(keys_of_hooks(&table), [] as [String; 0]);
    let requests = aws.requests().into_iter();
    let mut commits = requests.filter(|request| request.operation == "TransactWriteItems");
    let writes = commits.next().unwrap().body["TransactItems"].clone();
    // What is being published under the number is refused from here on.
    let raised = &writes[0]["Put"]["Item"];
    assert_eq!(
        (&raised["version"]["N"], &raised["deleted"]["N"]),
        (&json!("2"), &json!("1"))
    );
}

#[tokio::test]
async fn an_entry_of_the_audit_trail_is_part_of_the_transaction() {
    let entry = wire(&pointer(&first(), 3));
    let (aws, store, _table) = published(entry, |_| None).await;
    let action = AuditAction::DeleteHook;
    let audit = AuditEntry::new(now(), "ada".to_owned(), action, None, "hook crm");
    let deleted = store
        .delete_hook(&first().name, Some(&audit))
        .await
        .unwrap();
    assert_eq!(deleted, HookDeletion::Deleted);
    let requests = aws.requests().into_iter();
    let mut commits = requests.filter(|request| request.operation == "TransactWriteItems");
    let writes = commits.next().unwrap().body["TransactItems"].clone();
    let put = &writes[2]["Put"];
    assert_eq!(put["Item"]["pk"]["S"], "audit#:");
    assert_eq!(put["Item"]["sk"]["S"], audit.id.to_string());
    // 400 days after the time of the entry.
    assert_eq!(put["Item"]["expires"]["N"], "1794560000");
    assert_eq!(put["ConditionExpression"], "attribute_not_exists(pk)");
}
