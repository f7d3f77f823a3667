//! Items are read back as they were written, and anything else is refused by name.

use std::collections::BTreeMap;

use hookpoint_engine::{
    application::{Application, ApplicationKind, IngestKeyRecord, Pause},
    binding::{Binding, FailurePolicy},
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
        }],
        variables: BTreeMap::from([("Host".parse().unwrap(), "crm.example.com".to_owned())]),
        pauses: vec![Pause {
            stage: Some(Stage::BeforeRegistration),
            binding: None,
        }],
        keep_events: true,
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
    assert_eq!(Key::latest(&hook).to_string(), "hook#crm / latest");
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
    assert!(broken.contains("colour"), "{broken}");
}
