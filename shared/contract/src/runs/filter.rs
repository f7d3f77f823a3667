//! Matching records are returned in order.

use std::time::Duration;

use hookpoint_stages::Stage;

use super::{Names, RunStore, found, of, recently, record_at, records, write};
use hookpoint_engine::{
    record::{RunFilter, RunId, RunRecord, RunResultKind},
    testing::sample::id,
};

/// By age, the newest first.
fn newest_first(records: &[RunRecord]) -> Vec<RunRecord> {
    let mut sorted = records.to_vec();
    sorted.sort_by(|left, right| right.id.by_time(&left.id));
    sorted
}

pub(super) async fn the_newest_come_first_and_no_more_than_asked_for(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let mut written = records(&application, 20);
    // Records of one millisecond have a stable order too.
    let same = record_at(&application, written[10].started());
    written.push(same);
    let expected = newest_first(&written);
    written.reverse();
    let (last, first) = written.split_at(13);
    write(store, first).await;
    write(store, last).await;
    let filter = of(&application);
    assert_eq!(found(store, &filter, 100).await, expected);
    assert_eq!(found(store, &filter, 11).await, expected[..11]);
    assert_eq!(found(store, &filter, 1).await, expected[..1]);
    assert_eq!(found(store, &filter, 0).await, []);
}

pub(super) async fn every_field_of_a_filter_counts(store: &dyn RunStore) {
    let names = Names::fresh();
    let (application, other) = (names.application_id(), Names::fresh().application_id());
    let started = recently();
    let second = |number| started + Duration::from_secs(number);
    let plain = record_at(&application, second(0));
    let of_stage = RunRecord {
        id: RunId::new(Stage::BeforeRegistration, application.clone(), second(1)),
        ..record_at(&application, second(1))
    };
    let of_hook = RunRecord {
        hook: names.hook("other"),
        ..record_at(&application, second(2))
    };
    let failed = RunRecord {
        result: RunResultKind::Failed,
        outcome: "timeout".to_owned(),
        ..record_at(&application, second(3))
    };
    let skipped = RunRecord {
        result: RunResultKind::Skipped,
        outcome: "paused".to_owned(),
        ..record_at(&application, second(4))
    };
    let of_other = record_at(&other, second(5));
    let all = [&plain, &of_stage, &of_hook, &failed, &skipped, &of_other];
    write(store, &all.map(Clone::clone)).await;

    let base = of(&application);
    let outcome = |word: &str| RunFilter {
        outcome: Some(word.to_owned()),
        ..base.clone()
    };
    let cases: Vec<(RunFilter, Vec<&RunRecord>)> = vec![
        (
            base.clone(),
            vec![&skipped, &failed, &of_hook, &of_stage, &plain],
        ),
        (of(&other), vec![&of_other]),
        (
            RunFilter {
                stage: Some(Stage::BeforeRegistration),
                ..base.clone()
            },
            vec![&of_stage],
        ),
        (
            RunFilter {
                stage: Some(Stage::ConversationStart),
                ..base.clone()
            },
            vec![],
        ),
        (
            RunFilter {
                hook: Some(names.hook("other")),
                ..base.clone()
            },
            vec![&of_hook],
        ),
        // Without an application, so among everyone's records.
        (
            RunFilter {
                hook: Some(names.hook("other")),
                ..RunFilter::default()
            },
            vec![&of_hook],
        ),
        (
            RunFilter {
                correlation_id: Some(of_other.correlation_id.clone()),
                ..RunFilter::default()
            },
            vec![&of_other],
        ),
        (outcome("ok"), vec![&of_hook, &of_stage, &plain]),
        (outcome("failed"), vec![&failed]),
        (outcome("timeout"), vec![&failed]),
        (outcome("skipped"), vec![&skipped]),
        (outcome("paused"), vec![&skipped]),
        (outcome("connection"), vec![]),
        (
            RunFilter {
                since: Some(second(3)),
                ..base.clone()
            },
            vec![&skipped, &failed],
        ),
        (
            RunFilter {
                since: Some(second(1)),
                hook: Some(id("crm")),
                outcome: Some("ok".to_owned()),
                ..base.clone()
            },
            vec![&of_stage],
        ),
    ];
    for (filter, expected) in cases {
        let found = found(store, &filter, 100).await;
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub(super) async fn a_filter_looks_past_what_it_does_not_match(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let mut written = records(&application, 120);
    for old in &mut written[..3] {
        old.result = RunResultKind::Failed;
        old.outcome = String::from("timeout");
    }
    write(store, &written).await;
    let filter = RunFilter {
        outcome: Some("failed".to_owned()),
        ..of(&application)
    };
    let expected = newest_first(&written[..3]);
    assert_eq!(found(store, &filter, 3).await, expected);
    assert_eq!(found(store, &filter, 2).await, expected[..2]);
}

pub(super) async fn hundreds_of_records_come_back_in_order(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let mut written = records(&application, 300);
    for record in &mut written {
        // Several pages, of records too small to be shortened.
        record.log = (0..8).map(|_| "x".repeat(300)).collect();
    }
    write(store, &written).await;
    let filter = of(&application);
    let expected = newest_first(&written);
    assert_eq!(found(store, &filter, 1_000).await, expected);
    assert_eq!(found(store, &filter, 50).await, expected[..50]);
}
