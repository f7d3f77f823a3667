//! The contract of `ApplicationSource`.

use serde_json::json;

use super::{ContractStore, Names, publish, snapshot};
use hookpoint_engine::{
    application::{Application, IngestKeyRecord, Pause},
    publish::{Change, Publication},
    stages::Stage,
    testing::sample::id,
};

pub(super) async fn an_absent_application_is_none(store: &dyn ContractStore) {
    let id = Names::fresh().application_id();
    assert_eq!(store.application(&id).await.unwrap(), None);
}

pub(super) async fn an_application_is_read_back_equal(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.bare();
    desired.applications[0].name = String::from("Läden & Söhne 商店 🛍 \"\\\u{0}\u{7f}\n");
    desired.applications[0].identity_store = Some(names.store_id());
    desired.applications[0].variables = [
        (id("empty"), String::new()),
        (id("Base-Url_2"), "https://例え.jp/{x}?a=b".to_owned()),
    ]
    .into();
    let published = publish(store, &desired).await;
    let written = &published.applications[0].value;
    let read = store.application(&names.application_id()).await.unwrap();
    assert_eq!(read.as_ref(), Some(written));
    assert_eq!(written.name, desired.applications[0].name);

    let complete = Application {
        ingest_keys: vec![
            IngestKeyRecord {
                id: id("first"),
                sha256: "0f".repeat(32),
                created: 0,
                expires: None,
                unknown: serde_json::Map::new(),
            },
            IngestKeyRecord {
                id: id("second"),
                sha256: "f0".repeat(32),
                created: 1_760_000_000,
                expires: Some(9_007_199_254_740_993),
                unknown: serde_json::Map::new(),
            },
        ],
        pauses: every_kind_of_pause(),
        ..written.clone()
    };
    let change = Change {
        value: complete.clone(),
        replaces: Some(1),
    };
    put(store, change).await;
    let read = store.application(&complete.id).await.unwrap();
    assert_eq!(read, Some(complete));
}

pub(super) async fn keys_and_pauses_survive_a_publication(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(Stage::BeforeRegistration, &["a"]);
    publish(store, &desired).await;
    let stored = snapshot(store, &desired).await.applications[&names.application_id()].clone();
    let mut changed = stored.value;
    changed.ingest_keys.push(IngestKeyRecord {
        id: id("key"),
        sha256: "ab".repeat(32),
        created: 1,
        expires: Some(2),
        unknown: serde_json::Map::new(),
    });
    changed.pauses = every_kind_of_pause();
    let change = Change {
        value: changed.clone(),
        replaces: Some(stored.revision),
    };
    put(store, change).await;

    desired.applications[0].name = String::from("Another name");
    publish(store, &desired).await;
    changed.name = String::from("Another name");
    let read = store.application(&changed.id).await.unwrap();
    assert_eq!(read, Some(changed));
}

async fn put(store: &dyn ContractStore, change: Change<Application>) {
    let publication = Publication {
        applications: vec![change],
        ..Publication::default()
    };
    store.publish(&publication).await.unwrap();
}

fn every_kind_of_pause() -> Vec<Pause> {
    let stage = json!("beforeRegistration");
    serde_json::from_value(json!([
        {},
        {"stage": stage},
        {"binding": "b"},
        {"stage": stage, "binding": "b"},
    ]))
    .unwrap()
}
