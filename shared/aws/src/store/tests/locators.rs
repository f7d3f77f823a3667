//! Locators: what is written with records, and how little is read to find some of many.

use hookpoint_engine::{
    event::subject::SubjectKey,
    ports::{KeptEvents as _, RunStore as _},
    record::{Kept, RunFilter, RunId, RunRecord},
};

use super::{runs::puts_of, *};
use crate::item::run;

const DAY: Duration = Duration::from_hours(24);

fn event(correlation_id: &str) -> RunFilter {
    RunFilter {
        correlation_id: Some(correlation_id.to_owned()),
        ..of_shop()
    }
}

fn hook(name: &str) -> RunFilter {
    RunFilter {
        hook: Some(name.parse().unwrap()),
        ..of_shop()
    }
}

fn of_shop() -> RunFilter {
    RunFilter {
        application: Some("shop".parse().unwrap()),
        stage: Some(STAGE),
        ..RunFilter::default()
    }
}

/// A run of the only event of its second.
fn run_of_event(second: u64) -> RunRecord {
    RunRecord {
        correlation_id: format!("event-{second}"),
        ..record(second)
    }
}

fn count(items: &[Value], part: &str) -> usize {
    let partitions = items.iter().map(|item| item["pk"]["S"].as_str().unwrap());
    partitions
        .filter(|partition| partition.contains(part))
        .count()
}

async fn ids(store: &DynamoStore, filter: &RunFilter, limit: usize) -> Vec<RunId> {
    let found = store.runs(filter, limit).await.unwrap();
    found.into_iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn locators_are_written_with_the_records_one_for_an_event_and_few_for_a_hook() {
    let (aws, store, _table) = table().await;
    let store = store.with_run_retention(DAY);
    for event in 0..40 {
        let mut runs = [record(event), record(event), record(event)];
        for run in &mut runs {
            run.correlation_id = format!("event-{event}");
        }
        store.write_runs(&runs).await.unwrap();
    }
    let requests = aws.requests();
    assert_eq!(requests.len(), 40, "a batch for each event");
    let written: Vec<_> = requests.iter().flat_map(puts_of).collect();
    assert_eq!(count(&written, ":event:"), 40);
    // Of 120 runs in ten minutes, one for each shard.
    let hooks = count(&written, ":hooks:");
    assert!((5..=8).contains(&hooks), "{hooks}");
    let find = |part: &str| {
        let is = |item: &&Value| item["pk"]["S"].as_str().unwrap().contains(part);
        written.iter().find(is).unwrap()
    };
    // As long as the records, and a day longer.
    let (event, hook) = (find(":event:"), find(":hooks:"));
    assert_eq!(event["expires"]["N"], "1760086400");
    assert_eq!(hook["expires"]["N"], "1760172800");
    assert_eq!(hook["sk"]["S"], "1759999800#crm");
    store.write_runs(&[record(600)]).await.unwrap();
    let later = puts_of(aws.requests().last().unwrap());
    assert_eq!(count(&later, ":hooks:"), 1, "a new span");
}

#[tokio::test]
async fn a_write_that_failed_leaves_no_locator_out_of_the_next() {
    let fails = std::sync::atomic::AtomicBool::new(true);
    let (aws, store) = store(move |_| {
        if fails.swap(false, std::sync::atomic::Ordering::SeqCst) {
            failure("ResourceNotFoundException", "no table")
        } else {
            ok(json!({}))
        }
    })
    .await;
    store.write_runs(&[record(0)]).await.unwrap_err();
    store.write_runs(&[record(0)]).await.unwrap();
    let written = puts_of(aws.requests().last().unwrap());
    assert_eq!(count(&written, ":hooks:"), 1);
}

/// Three and a half hours of a busy application, in which one hook ran twice.
#[tokio::test]
async fn an_event_and_a_rare_hook_are_found_without_reading_all_records() {
    let (aws, store, table) = table().await;
    table.set_page(1_000);
    let mut records: Vec<_> = (0..2_000).map(|number| run_of_event(number * 6)).collect();
    for rare in [1_000, 1_500] {
        records[rare].hook = "rare".parse().unwrap();
    }
    store.write_runs(&records).await.unwrap();
    let cases = [
        (event("event-9000"), vec![1_500]),
        (event("event-9001"), vec![]),
        (hook("rare"), vec![1_500, 1_000]),
        (hook("absent"), vec![]),
    ];
    for (filter, expected) in cases {
        let (requests, queried) = (aws.requests().len(), table.queried());
        let expected: Vec<_> = expected
            .iter()
            .map(|run| records[*run].id.clone())
            .collect();
        assert_eq!(ids(&store, &filter, 50).await, expected);
        let (requests, queried) = (aws.requests().len() - requests, table.queried() - queried);
        // Locators, records in two spans of a shard, and the first ten minutes in each of eight shards.
        assert!(requests <= 8 * 4 + 2, "{requests} requests: {filter:?}");
        assert!(queried <= 400, "{queried} items: {filter:?}");
    }
    // A hook that runs often has its newest in the first locators.
    let found = ids(&store, &hook("crm"), 10).await;
    let newest: Vec<_> = records
        .iter()
        .rev()
        .take(10)
        .map(|run| run.id.clone())
        .collect();
    assert_eq!(found, newest);
    // All of an event, the outcome included.
    let filter = RunFilter {
        outcome: Some("failed".to_owned()),
        ..event("event-9000")
    };
    assert_eq!(ids(&store, &filter, 50).await, []);
}

#[tokio::test]
async fn records_from_before_there_were_locators_are_found_too() {
    let (_aws, store, table) = table().await;
    table.set_page(7);
    let old: Vec<_> = (0..90).map(|number| run_of_event(number * 20)).collect();
    for record in &old {
        table.insert(wire(&run(record, DAY)));
    }
    assert_eq!(
        ids(&store, &event("event-60"), 9).await,
        [old[3].id.clone()]
    );
    let new: Vec<_> = (90..180).map(|number| run_of_event(number * 20)).collect();
    store.write_runs(&new).await.unwrap();
    let all: Vec<_> = old
        .iter()
        .chain(&new)
        .rev()
        .map(|run| run.id.clone())
        .collect();
    assert_eq!(ids(&store, &hook("crm"), 1_000).await, all);
    assert_eq!(ids(&store, &hook("crm"), 100).await, all[..100]);
    assert_eq!(
        ids(&store, &event("event-60"), 9).await,
        [old[3].id.clone()]
    );
    let since = RunFilter {
        since: Some(old[80].started()),
        ..hook("crm")
    };
    assert_eq!(ids(&store, &since, 1_000).await, all[..100]);
}

#[tokio::test]
async fn a_correlation_id_that_every_event_has_is_listed_newest_first() {
    let (_aws, store, table) = table().await;
    table.set_page(5);
    let records: Vec<_> = (0..120).map(record).collect();
    for some in records.chunks(3) {
        store.write_runs(some).await.unwrap();
    }
    let newest: Vec<_> = records.iter().rev().map(|run| run.id.clone()).collect();
    let filter = event(&records[0].correlation_id);
    assert_eq!(ids(&store, &filter, 10).await, newest[..10]);
    assert_eq!(ids(&store, &filter, 1_000).await, newest);
}

#[tokio::test]
async fn the_locator_of_an_event_goes_with_the_last_of_its_runs() {
    let (_aws, store, table) = table().await;
    let is_there = || table.keys().iter().any(|key| key.contains(":event:"));
    let runs = [record(0), record(1)];
    store.write_runs(&runs).await.unwrap();
    store.erase_runs(&[runs[1].id.clone()]).await.unwrap();
    assert!(is_there());
    let filter = event(&runs[0].correlation_id);
    assert_eq!(ids(&store, &filter, 9).await, [runs[0].id.clone()]);
    store.erase_runs(&[runs[0].id.clone()]).await.unwrap();
    assert!(!is_there());
}

#[tokio::test]
async fn a_correlation_id_cannot_name_the_partition_of_another_application() {
    let (aws, store) = store(|_| ok(json!({}))).await;
    let hostile = RunRecord {
        correlation_id: "1#runs:bot:%".to_owned(),
        ..record(0)
    };
    store
        .write_runs(std::slice::from_ref(&hostile))
        .await
        .unwrap();
    let written = puts_of(&aws.requests()[0]);
    let shard = hostile.id.shard();
    let expected = format!("conversation-start#runs:shop:event:1%23runs:bot:%25:{shard}");
    assert!(
        written.iter().any(|item| item["pk"]["S"] == *expected),
        "{written:?}"
    );
}

/// A run that keeps an event of a user.
fn run_about(second: u64, user: &str) -> RunRecord {
    let event = json!({"eventType": "conversationStart", "context": {"userId": user}});
    let kept = Kept {
        event: event.as_object().unwrap().clone(),
        ..Kept::default()
    };
    RunRecord {
        kept: Some(Box::new(kept)),
        ..run_of_event(second)
    }
}

#[tokio::test]
async fn a_person_is_found_by_a_hash_that_goes_with_the_last_event_about_them() {
    let (aws, store, table) = table().await;
    let runs = [
        run_about(0, "ada"),
        run_about(1, "bob"),
        run_about(2, "ada"),
        run_of_event(3),
    ];
    store.write_runs(&runs).await.unwrap();
    let written: Vec<_> = aws.requests().iter().flat_map(puts_of).collect();
    assert_eq!(count(&written, ":subject:"), 2, "one for each person");
    let names = written.iter().map(|item| item["pk"]["S"].as_str().unwrap());
    assert!(
        names
            .clone()
            .all(|name| !name.contains("ada") && !name.contains("bob"))
    );
    let about = |user: &str| RunFilter {
        subject: Some(SubjectKey::of(&"shop".parse().unwrap(), user)),
        ..of_shop()
    };
    let before = aws.requests().len();
    let found = ids(&store, &about("ada"), 9).await;
    assert_eq!(found, [runs[2].id.clone(), runs[0].id.clone()]);
    let requests = aws.requests().len() - before;
    assert!(requests <= 8 + 2 + 2, "{requests} requests");

    let locators = || {
        let keys = table.keys().into_iter();
        keys.filter(|key| key.contains(":subject:")).count()
    };
    store.erase_runs(&[runs[0].id.clone()]).await.unwrap();
    assert_eq!(locators(), 2);
    assert_eq!(ids(&store, &about("ada"), 9).await, [runs[2].id.clone()]);
    store.erase_runs(&[runs[2].id.clone()]).await.unwrap();
    assert_eq!(locators(), 1);
    assert_eq!(ids(&store, &about("bob"), 9).await, [runs[1].id.clone()]);
}
