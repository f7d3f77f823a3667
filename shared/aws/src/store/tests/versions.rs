//! Hook versions are whole, immutable and checked.

use hookpoint_engine::hook::{Implementation, SourceMap};

use super::*;
use crate::store::snapshot::UNFINISHED;

#[tokio::test]
async fn a_large_hook_is_read_back_from_its_pieces_at_every_stage_it_was_published_to() {
    let (aws, store, table) = table().await;
    let hook = incompressible_hook(256_000);
    store.publish(&publication_of(&hook)).await.unwrap();
    let read = store.hook(STAGE, &reference(&hook)).await.unwrap();
    assert_eq!(*read, hook);
    assert_eq!(
        table.keys(),
        [
            "conversation-start#hook:crm / v#0000000001#0000",
            "conversation-start#hook:crm / v#0000000001#0001",
            "hook#crm / v#0000000001#0000",
            "hook#crm / v#0000000001#0001",
        ]
    );
    // A transaction for each partition, and no piece exceeds the size of an item.
    let transactions = versions_written(&aws);
    let pieces = ["v#0000000001#0001", "v#0000000001#0000"];
    for (transaction, partition) in transactions
        .iter()
        .zip(["hook#crm", "conversation-start#hook:crm"])
    {
        let written: Vec<_> = transaction
            .iter()
            .map(|item| item["sk"]["S"].as_str().unwrap())
            .collect();
        assert_eq!(written, pieces);
        assert!(transaction.iter().all(|item| item["pk"]["S"] == partition));
    }
    assert_eq!(transactions.len(), 2);
    for item in transactions.iter().flatten() {
        let base64 = item["data"]["B"].as_str().unwrap();
        assert!(base64.len() / 4 * 3 <= 300_002);
    }
    let error = store
        .hook(Stage::Escalation, &reference(&hook))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("absent or incomplete"),
        "{error}"
    );
    let mut other = reference(&hook);
    other.sha256 = "0".repeat(64);
    let error = store.hook(STAGE, &other).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

/// The items of each transaction that wrote pieces of versions.
fn versions_written(aws: &FakeAws) -> Vec<Vec<Value>> {
    let requests = aws.requests().into_iter();
    let transactions = requests.filter(|request| request.operation == "TransactWriteItems");
    transactions
        .map(|request| {
            let writes = request.body["TransactItems"].as_array().unwrap().iter();
            let items = writes.map(|write| write["Put"]["Item"].clone());
            items
                .filter(|item| item.get("data").is_some())
                .collect::<Vec<_>>()
        })
        .filter(|items| !items.is_empty())
        .collect()
}

/// The sort keys of what was put by itself.
fn put_alone(aws: &FakeAws) -> Vec<String> {
    let requests = aws.requests().into_iter();
    let puts = requests.filter(|request| request.operation == "PutItem");
    puts.map(|put| put.body["Item"]["sk"]["S"].as_str().unwrap().to_owned())
        .collect()
}

/// A hook that no transaction of versions has room for.
fn too_large_for_one() -> Hook {
    incompressible_hook(640_000)
}

#[tokio::test]
async fn a_version_too_large_for_a_transaction_is_written_by_pieces_behind_a_note_the_first_one_last()
 {
    let (aws, store, table) = table().await;
    let hook = too_large_for_one();
    store.publish(&publication_of(&hook)).await.unwrap();
    assert_eq!(versions_written(&aws), [] as [Vec<Value>; 0]);
    let pieces = ["0004", "0003", "0002", "0001", "0000"];
    let canonical = ["9999"].into_iter().chain(pieces);
    let expected = canonical
        .chain(pieces)
        .map(|piece| format!("v#0000000001#{piece}"));
    assert_eq!(put_alone(&aws), expected.collect::<Vec<_>>());
    table.set_page(100);
    assert_eq!(*store.hook(STAGE, &reference(&hook)).await.unwrap(), hook);
    let scope = Scope {
        versions: BTreeSet::from([(hook.name.clone(), 1)]),
        ..Scope::default()
    };
    let snapshot = store.snapshot(&scope).await.unwrap();
    assert_eq!(*snapshot.versions[&(hook.name.clone(), 1)], hook);
}

#[tokio::test(start_paused = true)]
async fn a_table_without_capacity_for_transactions_gets_versions_one_by_one_and_the_rest_later() {
    let (aws, store, table) = table().await;
    let hook = hook("export default () => ({})");
    // One of the canonical version, one of the copy, two of the publication itself.
    table.throttle(4);
    store.publish(&publication_of(&hook)).await.unwrap();
    let canonical = ["v#0000000001#9999", "v#0000000001#0000"];
    assert_eq!(put_alone(&aws), [&canonical[..], &canonical[1..]].concat());
    assert_eq!(*store.hook(STAGE, &reference(&hook)).await.unwrap(), hook);

    table.throttle(usize::MAX);
    let error = store.publish(&publication_of(&hook)).await.unwrap_err();
    assert!(
        error.to_string().contains("its capacity is used up"),
        "{error}"
    );
}

#[tokio::test]
async fn a_number_that_another_writer_left_unfinished_is_refused_once_and_then_known_as_taken() {
    let (aws, store, table) = table().await;
    let hook = hook("export default () => ({})");
    // As a version without the note left it.
    let piece = crate::item::chunk(
        &Key::chunk("hook#crm", 1, 0),
        &"f0".repeat(32),
        vec![1],
        None,
    );
    let piece = (wire(&piece), Key::chunk("hook#crm", 1, 1).sort);
    let mut left = piece.0;
    left["sk"]["S"] = json!(piece.1);
    table.insert(left);
    let large = incompressible_hook(256_000);
    let error = store.publish(&publication_of(&large)).await.unwrap_err();
    assert!(matches!(error, PublishError::Conflict { .. }), "{error}");
    assert_eq!(put_alone(&aws)[0], "v#0000000001#9999");
    let scope = Scope {
        hooks: BTreeSet::from([hook.name.clone()]),
        ..Scope::default()
    };
    let newest = store.snapshot(&scope).await.unwrap().hooks[&hook.name].clone();
    assert_eq!((newest.version, newest.sha256.as_str()), (1, UNFINISHED));
}

#[tokio::test]
async fn of_versions_in_one_transaction_another_writer_stops_only_its_own() {
    let (_aws, store, table) = table().await;
    let first = hook("first");
    let other = Hook {
        name: "other".parse().unwrap(),
        ..hook("other")
    };
    // Between the check and the transaction.
    let stored = crate::item::chunk(
        &Key::bytecode("hook#crm", 1, 0),
        &first.body.sha256(),
        vec![1],
        Some(1),
    );
    table.insert(wire(&stored));
    let publication = Publication {
        hooks: vec![
            (other.clone(), BTreeSet::from([STAGE])),
            (with_bytecode(), BTreeSet::from([STAGE])),
        ],
        ..Publication::default()
    };
    let error = store.publish(&publication).await.unwrap_err();
    let PublishError::Conflict { item } = error else {
        panic!("{error}")
    };
    assert_eq!(item, "version 1 of hook crm");
    let has = |key: &str| table.keys().iter().any(|stored| stored == key);
    assert!(has("hook#other / v#0000000001#0000"));
    assert!(!has("conversation-start#hook:other / v#0000000001#0000"));
    assert!(!has("hook#crm / v#0000000001#0000"));
}

#[tokio::test]
async fn a_version_whose_writer_died_is_no_version_and_its_number_is_not_used_for_another_body() {
    let (_aws, store, table) = table().await;
    let hook = too_large_for_one();
    let publication = publication_of(&hook);
    table.fail_after(Some(2));
    let error = store.publish(&publication).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("AccessDeniedException: no more writes"),
        "{error}"
    );
    let left = ["0004", "9999"].map(|piece| format!("hook#crm / v#0000000001#{piece}"));
    assert_eq!(table.keys(), left);

    let scope = Scope {
        hooks: BTreeSet::from([hook.name.clone()]),
        versions: BTreeSet::from([(hook.name.clone(), 1)]),
        ..Scope::default()
    };
    let snapshot = store.snapshot(&scope).await.unwrap();
    assert!(snapshot.versions.is_empty());
    let newest = &snapshot.hooks[&hook.name];
    assert_eq!(newest.version, 1);
    assert_ne!(newest.sha256, hook.body.sha256());

    // Repeating the publication completes the version in every partition.
    table.fail_after(Some(7));
    store.publish(&publication).await.unwrap_err();
    table.fail_after(None);
    store.publish(&publication).await.unwrap();
    assert_eq!(*store.hook(STAGE, &reference(&hook)).await.unwrap(), hook);
    let snapshot = store.snapshot(&scope).await.unwrap();
    assert_eq!(snapshot.hooks[&hook.name], reference(&hook));
    assert_eq!(*snapshot.versions[&(hook.name.clone(), 1)], hook);
}

#[tokio::test]
async fn a_version_is_immutable_the_same_body_is_written_once_and_another_is_a_conflict() {
    let (aws, store, table) = table().await;
    let first = hook("export default () => ({})");
    store.publish(&publication_of(&first)).await.unwrap();
    let before = (table.keys(), versions_written(&aws).len());
    store.publish(&publication_of(&first)).await.unwrap();
    let after = (table.keys(), versions_written(&aws).len());
    assert_eq!(before, after);

    let second = hook("export default () => ({ deny: {} })");
    let error = store.publish(&publication_of(&second)).await.unwrap_err();
    let PublishError::Conflict { item } = error else {
        panic!("{error}")
    };
    assert_eq!(item, "version 1 of hook crm");
    assert_eq!(*store.hook(STAGE, &reference(&first)).await.unwrap(), first);
}

/// The hook `crm` with bytecode that takes several pieces.
fn with_bytecode() -> Hook {
    let source = "export default () => ({})";
    // Incompressible text stands in for incompressible bytecode.
    let bytecode = incompressible_hook(256_000).body.to_json().into_bytes();
    let compiled = CompiledScript::new("engine-1", source, CompiledForm::Bytecode, bytecode);
    let hook = hook(source);
    Hook {
        body: Arc::new(HookBody::clone(&hook.body).with_compiled(compiled)),
        ..hook
    }
}

#[tokio::test]
async fn bytecode_is_written_before_its_body_where_older_programs_do_not_look() {
    let (aws, store, table) = table().await;
    let hook = with_bytecode();
    store.publish(&publication_of(&hook)).await.unwrap();
    table.set_page(100);
    let before = aws.requests().len();
    let read = store.hook(STAGE, &reference(&hook)).await.unwrap();
    assert_eq!(*read, hook);
    // Body and bytecode come together.
    assert_eq!(aws.operations()[before..], ["Query"]);
    assert!(read.body.compiled().is_some() && read.body.compiled() == hook.body.compiled());
    let transactions = versions_written(&aws).into_iter().flatten();
    let written: Vec<_> = transactions
        .map(|item| item["sk"]["S"].as_str().unwrap().to_owned())
        .collect();
    let version = ["5001", "5000", "0000"].map(|piece| format!("v#0000000001#{piece}"));
    assert_eq!(written, [version.clone(), version].concat());
    let scope = Scope {
        hooks: BTreeSet::from([hook.name.clone()]),
        ..Scope::default()
    };
    let snapshot = store.snapshot(&scope).await.unwrap();
    assert_eq!(snapshot.hooks[&hook.name], reference(&hook));
    assert_eq!(table.keys().len(), 6);
}

/// The sort key of an item, and how it is damaged.
type Damage = (&'static str, fn(&mut Value));

#[tokio::test]
async fn damaged_bytecode_is_absent_and_the_version_is_whole() {
    let (_aws, store, table) = table().await;
    let hook = with_bytecode();
    store.publish(&publication_of(&hook)).await.unwrap();
    let damages: [Damage; 5] = [
        ("5000", |item| item["data"]["B"] = json!("AAAA")),
        ("5000", |item| item["chunks"]["N"] = json!("1")),
        ("5000", |item| item["chunks"]["N"] = json!("3")),
        ("5001", |item| item["v"]["N"] = json!("9")),
        ("5001", |item| item["data"] = json!({"S": "no bytes"})),
    ];
    for (piece, damage) in damages {
        let key = format!("conversation-start#hook:crm / v#0000000001#{piece}");
        let whole = table.change(&key, damage);
        let read = store.hook(STAGE, &reference(&hook)).await.unwrap();
        assert_eq!(*read, hook);
        assert_eq!(read.body.compiled(), None, "piece {piece}");
        table.change(&key, |item| *item = whole.clone());
    }
    let read = store.hook(STAGE, &reference(&hook)).await.unwrap();
    assert!(read.body.compiled().is_some());
}

/// The hook `crm` as a bundle whose source map takes several pieces.
fn with_source_map() -> Hook {
    let map = SourceMap::new(&incompressible_hook(256_000).body.to_json());
    let hook = hook("export default () => ({})");
    let mut body = HookBody::clone(&hook.body);
    if let Implementation::Script(script) = &mut body.implementation {
        script.source_map = map;
    }
    Hook {
        body: Arc::new(body),
        ..hook
    }
}

#[tokio::test]
async fn a_source_map_has_keys_that_running_does_not_read() {
    let (aws, store, table) = table().await;
    let hook = with_source_map();
    store.publish(&publication_of(&hook)).await.unwrap();
    let pieces = ["map#0000000001#0000", "map#0000000001#0001"];
    for piece in pieces {
        let key = format!("conversation-start#hook:crm / {piece}");
        assert!(table.keys().contains(&key), "{key}");
    }
    let before = aws.requests().len();
    let read = store.hook(STAGE, &reference(&hook)).await.unwrap();
    let asks_for_map = |request: &Request| request.body.to_string().contains("map#");
    assert!(aws.requests().len() > before && !aws.requests()[before..].iter().any(asks_for_map));
    let before = aws.requests().len();
    let text = hook.body.source_map().unwrap().text();
    assert_eq!(store.source_map(STAGE, &read).await.unwrap().as_ref(), text);
    assert!(aws.requests()[before..].iter().all(asks_for_map));

    // A damaged one is absent, and the version is whole.
    let damages: [Damage; 4] = [
        ("0000", |item| item["data"]["B"] = json!("AAAA")),
        ("0000", |item| item["chunks"]["N"] = json!("1")),
        ("0000", |item| item["chunks"]["N"] = json!("9")),
        ("0001", |item| item["data"] = json!({"S": "no bytes"})),
    ];
    for (piece, damage) in damages {
        let key = format!("conversation-start#hook:crm / map#0000000001#{piece}");
        let whole = table.change(&key, damage);
        assert_eq!(*store.hook(STAGE, &reference(&hook)).await.unwrap(), hook);
        assert_eq!(
            store.source_map(STAGE, &read).await.unwrap(),
            None,
            "piece {piece}"
        );
        table.change(&key, |item| *item = whole.clone());
    }
}
