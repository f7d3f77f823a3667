//! What cannot be read in a list of what operators did hides nothing else, and is not hidden.

use hookpoint_engine::{
    audit::{AuditAction, AuditEntry, AuditFilter},
    identifier::ApplicationId,
    ports::{AuditLog as _, UnreadableItem},
    publish::{Erasure, PublicationRecord},
};

use super::*;
use crate::item::publication;

const INDEX_ENTRY: &str = "index#applications / web";

fn at(second: u64) -> std::time::SystemTime {
    std::time::UNIX_EPOCH + Duration::from_secs(1_760_000_000 + second)
}

fn entry(second: u64) -> AuditEntry {
    let shop = "shop".parse().ok();
    AuditEntry::new(
        at(second),
        "ada".to_owned(),
        AuditAction::Pause,
        shop,
        "everything",
    )
}

fn erasure(second: u64) -> PublicationRecord {
    let shop: ApplicationId = "shop".parse().unwrap();
    let mut publication =
        Publication::of_erasure(&shop, Erasure::default(), "ada".to_owned(), at(second));
    publication.records.remove(0)
}

/// As a version would write it that this one does not know.
fn by_newer(item: &mut Value) {
    item["v"]["N"] = json!("99");
}

/// The ids of those that can be read, and the items of those that cannot.
fn named<T>(list: Vec<Result<T, UnreadableItem>>, id: impl Fn(&T) -> String) -> Vec<String> {
    let named = list.into_iter().map(|one| match one {
        Ok(one) => id(&one),
        Err(UnreadableItem {
            error: StoreError::Newer { item, .. },
            ..
        }) => format!("unreadable {item}"),
        Err(other) => panic!("{other:?}"),
    });
    named.collect()
}

#[tokio::test]
async fn an_unreadable_item_is_listed_in_its_place_and_hides_no_other() {
    let (_aws, store, table) = table().await;
    let entries = [entry(0), entry(1), entry(2)];
    for entry in &entries {
        store.add_entry(entry).await.unwrap();
    }
    table.insert(wire(
        &Key::application_entry(&"web".parse().unwrap()).with_format(),
    ));
    let records = [erasure(0), erasure(1), erasure(2)];
    for record in &records {
        table.insert(wire(&publication(record).unwrap()));
    }
    let keys = [
        format!("audit#shop / {}", entries[1].id),
        format!("publications#shop / {}", records[1].id),
    ];
    for key in &keys {
        table.change(key, by_newer);
    }
    let trail = async |limit| {
        let filter = AuditFilter::default();
        let entries = store.entries(&filter, limit).await.unwrap();
        named(entries, |entry| entry.id.to_string())
    };
    let history = async |limit| {
        let records = store.history(None, limit).await.unwrap();
        named(records, |record| record.id.to_string())
    };
    let in_order = |newest: String, unreadable: &str, oldest: String| {
        [newest, format!("unreadable {unreadable}"), oldest]
    };
    let of_trail = in_order(
        entries[2].id.to_string(),
        &keys[0],
        entries[0].id.to_string(),
    );
    assert_eq!(trail(10).await, of_trail);
    assert_eq!(trail(2).await, of_trail[..2]);
    let of_history = in_order(
        records[2].id.to_string(),
        &keys[1],
        records[0].id.to_string(),
    );
    assert_eq!(history(10).await, of_history);
    assert_eq!(history(2).await, of_history[..2]);
    // Rollback decides on the whole history, so it gets an error.
    let error = store.publications(None, 10).await.unwrap_err();
    assert!(error.to_string().contains(&keys[1]), "{error}");
    store.publications(None, 1).await.unwrap();

    // What happened to an application is unknown if its entry in the index cannot be read: that comes first.
    table.change(INDEX_ENTRY, by_newer);
    let unlisted = format!("unreadable {INDEX_ENTRY}");
    assert_eq!(trail(10).await[0], unlisted);
    assert_eq!(history(10).await[0], unlisted);
}
