//! Lists come from the index; what was published without one is listed later.

use hookpoint_engine::testing::sample;

use super::*;
use crate::item::Item;

/// An application as a version without an index stored it.
fn application(id: &str) -> Item {
    let family = hookpoint_engine::stages::Family::Conversation;
    let desired = sample::application(&id.parse().unwrap(), family);
    let application = desired.over(None);
    document(&Key::application(&application.id), &application, 1).unwrap()
}

/// A workspace with the application `shop` and the hook `crm`.
fn scope() -> Scope {
    Scope {
        applications: ["shop".parse().unwrap()].into(),
        hooks: ["crm".parse().unwrap()].into(),
        ..Scope::default()
    }
}

/// A table of items that is read by key and by query.
fn holding(items: Vec<Value>) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    move |request| {
        let found = |partition: &Value, sort: &dyn Fn(&Value) -> bool| {
            let items = items.iter();
            items
                .filter(|item| item["pk"] == *partition && sort(&item["sk"]))
                .cloned()
                .collect::<Vec<_>>()
        };
        match request.operation.as_str() {
            "GetItem" => {
                let key = &request.body["Key"];
                match found(&key["pk"], &|sort| *sort == key["sk"]).pop() {
                    Some(item) => ok(json!({ "Item": item })),
                    None => ok(json!({})),
                }
            }
            "BatchGetItem" => batch(request, |key| {
                found(&key["pk"], &|sort| *sort == key["sk"]).pop()
            }),
            "Query" => {
                let values = &request.body["ExpressionAttributeValues"];
                let prefix = values[":sk"]["S"].as_str().unwrap_or_default();
                let starts = |sort: &Value| sort["S"].as_str().unwrap().starts_with(prefix);
                ok(json!({ "Items": found(&values[":pk"], &starts) }))
            }
            "PutItem" => ok(json!({})),
            other => failure("UnknownOperationException", other),
        }
    }
}

fn entries(aws: &FakeAws) -> Vec<String> {
    let puts = aws.requests().into_iter();
    let puts = puts.filter(|request| request.operation == "PutItem");
    puts.map(|put| {
        assert_eq!(put.body["ConditionExpression"], "attribute_not_exists(pk)");
        let item = &put.body["Item"];
        format!(
            "{} / {}",
            item["pk"]["S"].as_str().unwrap(),
            item["sk"]["S"].as_str().unwrap()
        )
    })
    .collect()
}

#[tokio::test]
async fn what_was_published_without_an_index_is_listed_once() {
    let hook = hook("export default () => ({})");
    let version = crate::item::chunk(
        &Key::chunk("hook#crm", 1, 0),
        &hook.body.sha256(),
        vec![1],
        Some(1),
    );
    // The workspace does not have the other one: the note of a run leads to it.
    let run = crate::item::run_index(STAGE, &"stray".parse().unwrap(), 9);
    let items = vec![
        wire(&application("shop")),
        wire(&application("stray")),
        wire(&version),
        wire(&run),
        stored("b", 1),
    ];
    let (aws, store) = store(holding(items.clone())).await;
    assert_eq!(store.applications().await.unwrap(), []);
    store.complete_lists(&scope()).await.unwrap();
    let all = [
        "index#applications / shop",
        "index#applications / stray",
        "index#hooks / crm",
    ];
    assert_eq!(entries(&aws), all);
    assert!(!aws.operations().contains(&"Scan".to_owned()));

    // An entry of the audit trail listed an application before.
    let entry = wire(&Key::application_entry(&"other".parse().unwrap()).with_format());
    let (aws, store) = super::store(holding([items.clone(), vec![entry]].concat())).await;
    store.complete_lists(&scope()).await.unwrap();
    assert_eq!(entries(&aws), all);

    let listed = [
        wire(&Key::application_entry(&"shop".parse().unwrap()).with_format()),
        wire(&Key::application_entry(&"absent".parse().unwrap()).with_format()),
        wire(&pointer(&reference(&hook), 1)),
    ];
    let (aws, store) = super::store(holding([items, listed.to_vec()].concat())).await;
    store.complete_lists(&scope()).await.unwrap();
    assert_eq!(entries(&aws), [] as [String; 0]);
    let applications = store.applications().await.unwrap();
    assert_eq!(applications.len(), 1, "an entry without an application");
    assert_eq!(store.hooks().await.unwrap(), [reference(&hook)]);
}

#[tokio::test]
async fn the_first_publication_to_an_empty_table_looks_for_no_runs() {
    let (aws, store) = store(holding(Vec::new())).await;
    store.complete_lists(&scope()).await.unwrap();
    let queries = aws.requests().into_iter();
    let queries = queries.filter(|request| request.operation == "Query");
    let partitions: Vec<_> = queries
        .map(|query| query.body["ExpressionAttributeValues"][":pk"]["S"].to_string())
        .collect();
    // The three parts of the index, and the versions of the hook.
    assert!(partitions.len() <= 4, "{partitions:?}");
}
