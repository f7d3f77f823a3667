//! Items are read back as they were written, and anything else is refused by name.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use hookpoint_engine::{
    application::{
        Application, ApplicationKind, IngestKeyRecord, Pause,
        binding::{Binding, FailurePolicy},
    },
    stages::Stage,
};
use serde_json::json;

use super::*;
use crate::testing::binding;

fn application() -> Application {
    Application {
        id: "shop".parse().unwrap(),
        name: "Shop".to_owned(),
        kind: ApplicationKind::Identity,
        identity_store: Some("customers".parse().unwrap()),
        ingest_keys: vec![IngestKeyRecord {
            id: "first".parse().unwrap(),
            sha256: "ab".repeat(32),
            created: 1_700_000_000,
            expires: None,
            unknown: serde_json::Map::new(),
        }],
        variables: BTreeMap::from([("Host".parse().unwrap(), "crm.example.com".to_owned())]),
        pauses: vec![Pause {
            stage: Some(Stage::BeforeRegistration),
            binding: None,
            unknown: serde_json::Map::new(),
        }],
        keep_events: true,
        unknown: serde_json::Map::new(),
    }
}

#[test]
fn applications_and_bindings_are_read_back_equal_with_their_revision() {
    let application = application();
    let key = Key::application(&application.id);
    let item = document(&key, &application, 7).unwrap();
    assert_eq!(Key::of(&item).to_string(), "application#shop / meta");
    let read: Revised<Application> = read_document(&item).unwrap();
    assert_eq!((read.value, read.revision), (application, 7));

    let mut binding = binding("crm-lookup", 20);
    let long = json!({"context": {"z": 12_345_678_901_234_567_890_123_u128, "a": 1.10}});
    binding.failure = FailurePolicy::Fallback(long.as_object().unwrap().clone());
    let item = document(&Key::binding(&binding), &binding, 1).unwrap();
    assert_eq!(
        Key::of(&item).to_string(),
        "conversation-start#application:shop / binding#00020#crm-lookup"
    );
    let read: Revised<Binding> = read_document(&item).unwrap();
    assert_eq!(read.value, binding);
    assert!(
        serde_json::to_string(&read.value.failure)
            .unwrap()
            .contains("12345678901234567890123")
    );
}

#[test]
fn every_key_stands_in_the_partition_its_readers_may_read() {
    let hook = "crm".parse().unwrap();
    let canonical = Key::chunk(&canonical_partition(&hook), 12, 3);
    assert_eq!(canonical.to_string(), "hook#crm / v#0000000012#0003");
    assert_eq!(parse_version_sort(&canonical.sort), Some((12, 3)));
    let copy = Key::chunk(&copy_partition(Stage::BeforeRegistration, &hook), 1, 0);
    assert_eq!(
        copy.to_string(),
        "before-registration#hook:crm / v#0000000001#0000"
    );
    assert_eq!(Key::hook_entry(&hook).to_string(), "index#hooks / crm");
    assert!(Key::chunk("p", 9, 0).sort < Key::chunk("p", 10, 0).sort);
    assert_eq!(parse_version_sort("v#x#0"), None);
}

#[test]
fn an_item_of_another_format_or_without_an_attribute_is_refused_by_name() {
    let binding = binding("crm-lookup", 20);
    let item = document(&Key::binding(&binding), &binding, 1).unwrap();
    let message = |change: &dyn Fn(&mut Item)| {
        let mut item = item.clone();
        change(&mut item);
        read_document::<Binding>(&item).unwrap_err().to_string()
    };
    let newer = message(&|item| {
        item.insert(FORMAT_NUMBER.to_owned(), number(2_u32));
    });
    assert!(newer.contains("binding#00020#crm-lookup"), "{newer}");
    assert!(
        newer.contains("format 2, this program reads format 1"),
        "{newer}"
    );
    for name in [FORMAT_NUMBER, BODY, REVISION] {
        let missing = message(&|item| {
            item.remove(name);
        });
        assert!(missing.contains(&format!("`{name}`")), "{missing}");
    }
    let broken = message(&|item| {
        item.insert(BODY.to_owned(), text("{\"id\":\"x\",\"colour\":1}"));
    });
    assert!(broken.contains("missing field"), "{broken}");
}

/// The items that a past or future version wrote: see `tests/fixtures/formats`.
fn items(release: &str) -> BTreeMap<String, Item> {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/formats");
    let text = std::fs::read_to_string(folder.join(release).join("table-items.json")).unwrap();
    let items: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> =
        serde_json::from_str(&text).unwrap();
    let attribute = |(name, value): (String, BTreeMap<String, String>)| {
        let (kind, value) = value.into_iter().next().unwrap();
        let value = match kind.as_str() {
            "S" => AttributeValue::S(value),
            "N" => AttributeValue::N(value),
            "B" => AttributeValue::B(Blob::new(
                crate::compressed::pack(value.as_bytes()).unwrap(),
            )),
            other => panic!("{other}"),
        };
        (name, value)
    };
    let item = |(name, item): (String, BTreeMap<String, _>)| {
        (name, item.into_iter().map(attribute).collect())
    };
    items.into_iter().map(item).collect()
}

#[test]
fn items_of_every_release_and_of_a_version_to_come_are_read() {
    let old = items("0.1.0");
    let next = items("next");
    assert!(old.keys().eq(next.keys()));
    for items in [&old, &next] {
        let application: Revised<Application> = read_document(&items["application"]).unwrap();
        assert_eq!(application.value.id.as_str(), "shop");
        assert_eq!(application.revision, 7);
        let binding: Revised<Binding> = read_document(&items["binding"]).unwrap();
        assert_eq!(binding.value.order, 20);
        assert_eq!(read_gone(&items["gone"]).unwrap().version, 3);
        assert_eq!(read_run(&items["run"]).unwrap().version, 4);
        let kept = read_kept_event(&items["kept-event"]).unwrap();
        assert_eq!(kept.event["eventType"], "afterMfaChange");
        for name in ["idempotency-held", "idempotency-answered"] {
            let record = read_idempotency(&items[name]).unwrap();
            assert_eq!(record.owner, "0123456789abcdef0123456789abcdef");
        }
        assert_eq!(chunk_count(&items["chunk"]).unwrap(), 1);
        let chunk = read_chunk(&items["chunk"]).unwrap();
        crate::chunk::join(&[chunk], sha256(&items["chunk"]).unwrap()).unwrap();
    }
    // This version writes the items exactly as the release did.
    let binding: Revised<Binding> = read_document(&old["binding"]).unwrap();
    let written = document(
        &Key::binding(&binding.value),
        &binding.value,
        binding.revision,
    );
    assert_eq!(written.unwrap(), old["binding"]);
    let application: Revised<Application> = read_document(&next["application"]).unwrap();
    let key = Key::application(&application.value.id);
    let written = document(&key, &application.value, application.revision).unwrap();
    assert_eq!(
        written[BODY], next["application"][BODY],
        "a member was lost"
    );
}
