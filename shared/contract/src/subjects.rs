//! The contract of `KeptEvents`.

use std::time::Duration;

use hookpoint_engine::{
    event::subject::SubjectKey,
    identifier::ApplicationId,
    ports::{KeptEvents, RunStore},
    record::{Kept, RunFilter, RunId, RunRecord},
    stages::Stage,
    testing::sample::run,
};
use serde_json::{Map, json};

use super::{Names, run_all, runs::recently};

/// A store of run records.
pub trait SubjectStore: RunStore + KeptEvents {}

impl<S: RunStore + KeptEvents> SubjectStore for S {}

checks! {
    dyn SubjectStore:
    checks::{
        kept_events_come_in_order_and_pages_join,
        erased_runs_are_gone_and_others_stay,
        runs_about_a_person_are_listed_until_they_are_erased,
    };
}

/// Runs every check and panics with the names of those that failed.
pub async fn contract(store: &(dyn SubjectStore + 'static)) {
    run_all(ALL, store).await;
}

mod checks {
    use super::{
        ApplicationId, Duration, Kept, Map, Names, RunFilter, RunId, RunRecord, Stage, SubjectKey,
        SubjectStore, json, recently, run,
    };

    const STAGE: Stage = Stage::AfterRegistration;

    /// Records a second apart, every third without a kept event.
    async fn written(store: &dyn SubjectStore, application: &ApplicationId) -> Vec<RunRecord> {
        let first = recently();
        let records: Vec<_> = (0..12)
            .map(|number| {
                let mut record = run(
                    STAGE,
                    application.as_str(),
                    first + Duration::from_secs(number),
                );
                let event = json!({ "customer": { "info": { "id": format!("acc-{number}") } } });
                record.kept = (number % 3 > 0).then(|| {
                    Box::new(Kept {
                        event: event.as_object().cloned().unwrap_or_else(Map::new),
                        ..Kept::default()
                    })
                });
                record
            })
            .collect();
        store.write_runs(&records).await.unwrap();
        records
    }

    async fn ids(
        store: &dyn SubjectStore,
        application: &ApplicationId,
        after: Option<&RunId>,
        limit: usize,
    ) -> Vec<RunId> {
        let found = store.kept_events(STAGE, application, after, limit).await;
        found.unwrap().into_iter().map(|run| run.id).collect()
    }

    pub(super) async fn kept_events_come_in_order_and_pages_join(store: &dyn SubjectStore) {
        let (names, other) = (Names::fresh(), Names::fresh());
        let application = names.application_id();
        let records = written(store, &application).await;
        written(store, &other.application_id()).await;
        let kept: Vec<_> = records.iter().filter(|run| run.kept.is_some()).collect();
        let all = store
            .kept_events(STAGE, &application, None, 100)
            .await
            .unwrap();
        assert_eq!(all.len(), 8);
        for (found, written) in all.iter().zip(&kept) {
            assert_eq!(found.id, written.id);
            assert_eq!(found.kept.as_ref(), written.kept.as_deref());
        }
        let all: Vec<_> = all.into_iter().map(|run| run.id).collect();
        for limit in [1, 2, 5, 8] {
            let mut joined: Vec<RunId> = Vec::new();
            loop {
                let page = ids(store, &application, joined.last(), limit).await;
                if page.is_empty() {
                    break;
                }
                joined.extend(page);
            }
            assert_eq!(joined, all, "by {limit}");
        }
        let elsewhere = store.kept_events(Stage::Escalation, &application, None, 5);
        assert_eq!(elsewhere.await.unwrap(), []);
    }

    pub(super) async fn erased_runs_are_gone_and_others_stay(store: &dyn SubjectStore) {
        let (names, other) = (Names::fresh(), Names::fresh());
        let application = names.application_id();
        let records = written(store, &application).await;
        let others = written(store, &other.application_id()).await;
        // With a kept event and without, and one of which nothing is stored.
        let absent = run(STAGE, application.as_str(), recently()).id;
        let erased = [records[0].id.clone(), records[1].id.clone(), absent];
        // All are runs of one event.
        let of_event = RunFilter {
            application: Some(application.clone()),
            correlation_id: Some(records[0].correlation_id.clone()),
            ..RunFilter::default()
        };
        for _ in 0..2 {
            store.erase_runs(&erased).await.unwrap();
            for id in &erased {
                assert_eq!(store.run(id).await.unwrap(), None);
            }
            assert_eq!(ids(store, &application, None, 100).await.len(), 7);
            assert_eq!(store.runs(&of_event, 100).await.unwrap().len(), 10);
        }
        for record in records[2..].iter().chain(&others) {
            assert_eq!(store.run(&record.id).await.unwrap().as_ref(), Some(record));
        }
        store.erase_runs(&[]).await.unwrap();
    }

    pub(super) async fn runs_about_a_person_are_listed_until_they_are_erased(
        store: &dyn SubjectStore,
    ) {
        let application = Names::fresh().application_id();
        let first = recently();
        let mut records = Vec::new();
        for (number, account) in ["ada", "bob", "ada", "ada"].into_iter().enumerate() {
            let time = first + Duration::from_secs(number as u64);
            let mut record = run(STAGE, application.as_str(), time);
            record.correlation_id = format!("event-{number}");
            let mail = format!("{account}@example.com");
            let info = json!({ "customer": { "info": { "id": account, "userName": mail } } });
            record.kept = Some(Box::new(Kept {
                event: info.as_object().cloned().unwrap_or_else(Map::new),
                ..Kept::default()
            }));
            store
                .write_runs(std::slice::from_ref(&record))
                .await
                .unwrap();
            record.kept = None;
            records.push(record);
        }
        let listed = async |name: &str, limit| {
            let filter = RunFilter {
                application: Some(application.clone()),
                subject: Some(SubjectKey::of(&application, name)),
                ..RunFilter::default()
            };
            store.runs(&filter, limit).await.unwrap()
        };
        let pick = |places: &[usize]| -> Vec<RunRecord> {
            places.iter().map(|place| records[*place].clone()).collect()
        };
        for name in ["ada", "ada@example.com"] {
            assert_eq!(listed(name, 9).await, pick(&[3, 2, 0]));
            assert_eq!(listed(name, 2).await, pick(&[3, 2]));
        }
        assert_eq!(listed("absent", 9).await, []);
        store
            .erase_runs(&[records[3].id.clone(), records[0].id.clone()])
            .await
            .unwrap();
        assert_eq!(listed("ada@example.com", 9).await, pick(&[2]));
        store.erase_runs(&[records[2].id.clone()]).await.unwrap();
        assert_eq!(listed("ada", 9).await, []);
        assert_eq!(listed("bob", 9).await, pick(&[1]));
    }
}
