//! Run records: the items written, and how much is read.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookpoint_engine::{
    ports::RunStore as _,
    record::{Kept, RunFilter, RunRecord},
};
use serde_json::Map;

use super::*;
use crate::item::{read_run, run, size};

const DAY: Duration = Duration::from_hours(24);

pub(super) fn puts_of(request: &Request) -> Vec<Value> {
    let requests = request.body["RequestItems"]["hookpoint"]
        .as_array()
        .unwrap();
    requests
        .iter()
        .map(|request| request["PutRequest"]["Item"].clone())
        .collect()
}

/// Whether an item is the locator of an event, a subject or a hook.
fn is_locator(item: &Value) -> bool {
    let partition = item["pk"]["S"].as_str().unwrap();
    [":event:", ":subject:", ":hooks:"]
        .iter()
        .any(|part| partition.contains(part))
}

#[tokio::test]
async fn records_are_written_in_batches_that_dynamodb_takes_each_with_its_end() {
    let (aws, store) = store(|_| ok(json!({}))).await;
    let store = store.with_run_retention(DAY);
    let mut records: Vec<_> = (0..60).map(record).collect();
    // A batch must not name an item twice.
    records.push(records[0].clone());
    store.write_runs(&records).await.unwrap();
    let batches: Vec<_> = aws.requests().iter().map(puts_of).collect();
    let plain = batches
        .concat()
        .into_iter()
        .filter(|item| !is_locator(item));
    assert_eq!(plain.count(), 61);
    assert!(batches.iter().all(|batch| batch.len() <= 25));
    let written: Vec<_> = batches.concat();
    let expected = wire(&run(&records[7], DAY));
    assert!(written.contains(&expected));
    assert_eq!(expected["expires"]["N"], "1760086407");
    assert_eq!(
        expected["pk"]["S"],
        format!("conversation-start#runs:shop:{}", records[7].id.shard())
    );
    // The note that the application has records here expires a day later, so it is not written each
    // time.
    let note = |item: &&Value| item["pk"]["S"] == "conversation-start#runs:";
    let notes: Vec<_> = written.iter().filter(note).collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(
        (&notes[0]["sk"]["S"], &notes[0]["expires"]["N"]),
        (&json!("shop"), &json!("1760172859"))
    );
    for (later, items) in [(3_600, 1), (2 * 86_400, 2)] {
        store.write_runs(&[record(later)]).await.unwrap();
        let written = puts_of(aws.requests().last().unwrap());
        let plain = written.iter().filter(|item| !is_locator(item));
        assert_eq!(plain.count(), items);
    }
}

#[tokio::test]
async fn only_what_the_table_did_not_take_is_sent_again_and_not_for_ever() {
    let calls = AtomicUsize::new(0);
    let (aws, store) = store(move |request| {
        let left: Vec<_> = request.body["RequestItems"]["hookpoint"]
            .as_array()
            .unwrap()
            .clone();
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => ok(json!({"UnprocessedItems": {"hookpoint": &left[2..]}})),
            1 => ok(json!({"UnprocessedItems": {}})),
            _ => ok(json!({"UnprocessedItems": {"hookpoint": &left[..1]}})),
        }
    })
    .await;
    let records: Vec<_> = (0..4).map(record).collect();
    store.write_runs(&records).await.unwrap();
    let requests = aws.requests();
    assert_eq!(puts_of(&requests[1]), puts_of(&requests[0])[2..]);

    let error = store.write_runs(&records).await.unwrap_err().to_string();
    assert!(error.contains("1 items were throttled 6 times"), "{error}");
    assert_eq!(aws.requests().len(), 2 + 6);
}

#[test]
fn the_longest_record_fits_into_four_kilobytes_and_its_limit_is_distinguished_from_damage() {
    let mut long = record(0);
    long.log = (0..500).map(|line| format!("{line} \u{1}ü")).collect();
    long.error = Some("\"".repeat(9_000));
    let item = run(&long, DAY);
    assert!(size(&item) <= 4_096, "{}", size(&item));
    assert!(size(&item) > 3_000, "{}", size(&item));
    let read = read_run(&item).unwrap();
    assert!(read.shortened);
    assert_eq!((&read.id, read.log.first()), (&long.id, long.log.first()));

    let mut elsewhere = item.clone();
    elsewhere.extend(Key::run(&record(1).id).attributes());
    assert!(
        read_run(&elsewhere)
            .unwrap_err()
            .to_string()
            .contains("belongs at")
    );
}

/// Whether an item is a kept event.
fn is_event(item: &Value) -> bool {
    let partition = item["pk"]["S"].as_str();
    partition.is_some_and(|partition| partition.starts_with("conversation-start#runs:shop:events-"))
}

/// A record that keeps an event.
fn keeping(second: u64) -> RunRecord {
    let event = Map::from_iter([("text".to_owned(), json!(second))]);
    RunRecord {
        kept: Some(Box::new(Kept {
            event,
            ..Kept::default()
        })),
        ..record(second)
    }
}

#[tokio::test]
async fn kept_events_are_spread_like_their_records_and_found_with_two_reads() {
    let (aws, store, _table) = table().await;
    let records: Vec<_> = (0..80).map(keeping).collect();
    store.write_runs(&records).await.unwrap();
    let written: Vec<_> = aws.requests().iter().flat_map(puts_of).collect();
    let mut counts = std::collections::BTreeMap::new();
    for item in written.iter().filter(|item| is_event(item)) {
        *counts.entry(item["pk"]["S"].to_string()).or_insert(0) += 1;
    }
    // The chance that a shard gets half of the 80 or more is less than one in a million.
    assert!(
        counts.len() > 4 && counts.values().all(|count| *count < 40),
        "{counts:?}"
    );
    for record in &records[..5] {
        let before = aws.requests().len();
        let read = store.run(&record.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(record));
        assert_eq!(aws.requests().len() - before, 2);
    }
}

#[tokio::test]
async fn an_event_of_the_earlier_layout_is_read_until_it_expires() {
    let old = keeping(1);
    let answered = old.clone();
    let (aws, store) = store(move |request| {
        let key = &request.body["Key"];
        let run = wire(&run(&answered, DAY));
        let kept = answered.kept.as_deref().unwrap();
        let mut event = wire(
            &crate::item::kept_event(&answered.id, kept, 1)
                .unwrap()
                .unwrap(),
        );
        event["pk"] = json!({"S": "conversation-start#runs:shop:events"});
        let items = [run, event];
        let found = items
            .iter()
            .find(|item| (&item["pk"], &item["sk"]) == (&key["pk"], &key["sk"]));
        ok(found.map_or_else(|| json!({}), |item| json!({"Item": item})))
    })
    .await;
    assert_eq!(store.run(&old.id).await.unwrap(), Some(old));
    assert_eq!(aws.requests().len(), 3);
    // Without a record there is nothing to look for.
    assert_eq!(store.run(&record(9).id).await.unwrap(), None);
    assert_eq!(aws.requests().len(), 5);
}

#[tokio::test]
async fn an_event_that_is_too_large_to_be_kept_is_left_out_and_the_record_says_so() {
    let (aws, store) = store(|_| ok(json!({}))).await;
    let keeping = |event: &str| {
        let mut record = record(0);
        record.kept = Some(Box::new(Kept {
            event: Map::from_iter([("text".to_owned(), json!(event))]),
            ..Kept::default()
        }));
        record
    };
    let source = incompressible_hook(256_000).body.to_json();
    store
        .write_runs(&[keeping("small"), keeping(&source)])
        .await
        .unwrap();
    let written: Vec<_> = aws.requests().iter().flat_map(puts_of).collect();
    let events = written.iter().filter(|item| is_event(item));
    assert_eq!(events.count(), 1);
    let says_so = |item: &&Value| {
        item.to_string()
            .contains("hookpoint: the event is not kept")
    };
    assert_eq!(written.iter().filter(says_so).count(), 1);
}

/// A partition that returns three records a page, whatever the limit.
fn pages(records: Vec<RunRecord>, damaged: bool) -> impl Fn(&Request) -> Answer {
    move |request| {
        let values = &request.body["ExpressionAttributeValues"];
        assert_eq!(request.body["ScanIndexForward"], false);
        let from = values[":sk"]["S"].as_str().unwrap();
        let after = request.body["ExclusiveStartKey"]["sk"]["S"].as_str();
        let mut items: Vec<_> = records
            .iter()
            .map(|record| wire(&run(record, DAY)))
            .filter(|item| item["pk"] == values[":pk"])
            .filter(|item| {
                let sort = item["sk"]["S"].as_str().unwrap();
                sort >= from && after.is_none_or(|after| sort < after)
            })
            .collect();
        items.sort_by_key(|item| std::cmp::Reverse(item["sk"]["S"].to_string()));
        let is_more = items.len() > 3;
        items.truncate(3);
        let last = items
            .last()
            .map(|item| json!({"pk": item["pk"], "sk": item["sk"]}));
        if damaged {
            items.push(json!({"pk": {"S": "p"}, "sk": {"S": "s"}, "v": {"N": "2"}}));
        }
        ok(match last.filter(|_| is_more) {
            Some(last) => json!({"Items": items, "LastEvaluatedKey": last}),
            None => json!({"Items": items}),
        })
    }
}

#[tokio::test]
async fn pages_are_followed_as_far_as_they_can_matter_and_what_cannot_be_read_hides_nothing() {
    let records: Vec<_> = (0..200).map(record).collect();
    let filter = RunFilter {
        application: Some("shop".parse().unwrap()),
        stage: Some(STAGE),
        ..RunFilter::default()
    };
    let newest = |count: usize| {
        records
            .iter()
            .rev()
            .take(count)
            .cloned()
            .collect::<Vec<_>>()
    };
    let (aws, store) = store(pages(records.clone(), true)).await;
    assert_eq!(store.runs(&filter, 4).await.unwrap(), newest(4));
    let few = aws.requests().len();
    assert!(
        (8..=24).contains(&few),
        "{few} requests for 4 of 200 records"
    );
    assert_eq!(store.runs(&filter, 1_000).await.unwrap(), newest(200));
    let picky = RunFilter {
        outcome: Some("ok".to_owned()),
        since: Some(records[150].started()),
        ..filter
    };
    assert_eq!(store.runs(&picky, 1_000).await.unwrap(), newest(50));
    let asked = aws.requests();
    assert!(asked[0].body["Limit"].as_u64().unwrap() < 10);
    assert!(asked.last().unwrap().body.get("Limit").is_none());
}

#[tokio::test]
async fn a_record_of_another_format_is_an_error_where_it_is_asked_for_by_its_id() {
    let (_aws, store) = store(|request| {
        let mut item = request.body["Key"].clone();
        item["v"] = json!({"N": "2"});
        ok(json!({"Item": item}))
    })
    .await;
    let error = store.run(&record(0).id).await.unwrap_err().to_string();
    assert!(error.contains("format 2"), "{error}");
}
