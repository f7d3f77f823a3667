//! The contract of `RunStore`.

mod filter;
mod record;

use std::time::{Duration, SystemTime};

use hookpoint_stages::Stage;

use super::{Names, run_all};
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::RunStore,
    record::{RunFilter, RunRecord},
    testing::sample::run,
};

checks! {
    dyn RunStore:
    record::{
        an_unknown_run_is_none,
        a_record_is_read_back_equal_with_what_it_keeps,
        hostile_events_are_kept_as_they_were,
        a_large_record_is_shortened_at_most,
        the_largest_event_and_response_are_kept,
        every_record_of_many_has_its_own_event,
        writing_again_changes_nothing,
    };
    filter::{
        the_newest_come_first_and_no_more_than_asked_for,
        every_field_of_a_filter_counts,
        a_filter_looks_past_what_it_does_not_match,
        runs_of_an_event_or_a_hook_are_found_among_those_of_hours,
        hundreds_of_records_come_back_in_order,
    };
}

/// Runs every check and panics with the names of those that failed.
pub async fn contract(store: &(dyn RunStore + 'static)) {
    run_all(ALL, store).await;
}

const STAGE: Stage = Stage::AfterRegistration;

/// Some minutes ago, to the millisecond: stores may forget old records.
pub(super) fn recently() -> SystemTime {
    let now = SystemTime::now() - Duration::from_mins(10);
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let milliseconds = u64::try_from(since.as_millis()).unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}

/// A record of a successful run.
fn record_at(application: &ApplicationId, started: SystemTime) -> RunRecord {
    RunRecord {
        correlation_id: uuid::Uuid::new_v4().to_string(),
        status: Some(200),
        event_bytes: 2_000,
        response_bytes: 100,
        ..run(STAGE, application.as_str(), started)
    }
}

/// Records of an application, one a second, the oldest first.
fn records(application: &ApplicationId, count: u64) -> Vec<RunRecord> {
    let first = recently();
    (0..count)
        .map(|number| record_at(application, first + Duration::from_secs(number)))
        .collect()
}

/// All records of an application.
fn of(application: &ApplicationId) -> RunFilter {
    RunFilter {
        application: Some(application.clone()),
        ..RunFilter::default()
    }
}

async fn write(store: &dyn RunStore, records: &[RunRecord]) {
    store.write_runs(records).await.unwrap();
}

async fn found(store: &dyn RunStore, filter: &RunFilter, limit: usize) -> Vec<RunRecord> {
    store.runs(filter, limit).await.unwrap()
}
