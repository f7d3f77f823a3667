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

/// Correlation ids are the host's, so they may look like keys of a store.
pub(super) async fn runs_of_an_event_or_a_hook_are_found_among_those_of_hours(
    store: &dyn RunStore,
) {
    let names = Names::fresh();
    let application = names.application_id();
    let first = recently() - Duration::from_hours(4);
    let mut written: Vec<_> = (0..80)
        .map(|number| record_at(&application, first + Duration::from_mins(3) * number))
        .collect();
    let shared = format!("a#runs:{application}:%23:0#{}", "x".repeat(60));
    let similar = shared.replace("%23", "#");
    // Two attempts hours apart, and two runs that were written together, one of them at another stage.
    for (place, correlation_id) in [(5, &shared), (70, &shared), (71, &shared), (72, &similar)] {
        correlation_id.clone_into(&mut written[place].correlation_id);
    }
    written[71].id = RunId::new(
        Stage::ConversationStart,
        application.clone(),
        written[71].started(),
    );
    for rare in [6, 40, 41] {
        written[rare].hook = names.hook("rare");
    }
    for some in written.chunks(9) {
        write(store, some).await;
    }
    let pick = |places: &[usize]| -> Vec<RunRecord> {
        places.iter().map(|place| written[*place].clone()).collect()
    };
    let base = of(&application);
    let of_event = |correlation_id: &str| RunFilter {
        correlation_id: Some(correlation_id.to_owned()),
        ..base.clone()
    };
    let of_hook = RunFilter {
        hook: Some(names.hook("rare")),
        ..base.clone()
    };
    let cases = [
        (of_event(&shared), 9, pick(&[71, 70, 5])),
        (of_event(&shared), 2, pick(&[71, 70])),
        (of_event(&similar), 9, pick(&[72])),
        (of_event("absent"), 9, vec![]),
        (
            RunFilter {
                stage: Some(Stage::ConversationStart),
                ..of_event(&shared)
            },
            9,
            pick(&[71]),
        ),
        (
            RunFilter {
                since: Some(written[70].started()),
                ..of_event(&shared)
            },
            9,
            pick(&[71, 70]),
        ),
        (
            RunFilter {
                hook: Some(names.hook("rare")),
                ..of_event(&shared)
            },
            9,
            vec![],
        ),
        (of_hook.clone(), 9, pick(&[41, 40, 6])),
        (of_hook.clone(), 1, pick(&[41])),
        (
            RunFilter {
                since: Some(written[41].started()),
                ..of_hook
            },
            9,
            pick(&[41]),
        ),
    ];
    for (filter, limit, expected) in cases {
        assert_eq!(found(store, &filter, limit).await, expected, "{filter:?}");
    }
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
