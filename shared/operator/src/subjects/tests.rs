//! Finding, erasing, and repeating what was interrupted.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use hookpoint_engine::{
    delivery::job::NotAJob,
    ports::FoundLetters,
    testing::{
        MemoryRuns, MemoryStore,
        sample::{id, run},
    },
};
use serde_json::{Value, json};

use super::*;

const STAGE: Stage = Stage::AfterRegistration;

fn record(number: u64, event: Option<Value>, correlation: &str) -> RunRecord {
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + number);
    let mut record = run(STAGE, "shop", started);
    record.correlation_id = correlation.to_owned();
    record.kept = event.map(|event| {
        let Value::Object(event) = event else {
            panic!("not an object");
        };
        Box::new(Kept {
            event,
            ..Kept::default()
        })
    });
    record
}

fn account(id: &str) -> Value {
    json!({ "customer": { "info": { "id": id } } })
}

/// Ada has two events, one of which has a run without its event; Bob has one, in the same application.
async fn written() -> MemoryRuns {
    let runs = MemoryRuns::default();
    let mut records = vec![
        record(1, Some(account("ada")), "first"),
        record(2, None, "first"),
        // Before events were kept.
        record(0, None, "first"),
        record(3, Some(account("bob")), "second"),
        record(4, None, "second"),
        record(5, Some(account("ada")), "third"),
    ];
    // More than a page of others.
    records
        .extend((10..250).map(|number| record(number, Some(account("eve")), &number.to_string())));
    runs.write_runs(&records).await.unwrap();
    runs
}

/// Interrupts the erasure after some calls.
struct Interrupted<'a>(&'a MemoryRuns, AtomicUsize);

#[async_trait]
impl KeptEvents for Interrupted<'_> {
    async fn kept_events(
        &self,
        stage: Stage,
        application: &ApplicationId,
        after: Option<&RunId>,
        limit: usize,
    ) -> Result<Vec<KeptRun>, StoreError> {
        self.0.kept_events(stage, application, after, limit).await
    }

    async fn erase_runs(&self, runs: &[RunId]) -> Result<(), StoreError> {
        if self.1.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(StoreError::Unreachable {
                message: "interrupted".to_owned(),
            });
        }
        self.0.erase_runs(runs).await
    }
}

fn stores<'a>(runs: &'a MemoryRuns, kept: &'a dyn KeptEvents) -> SubjectStores<'a> {
    SubjectStores {
        runs,
        kept,
        dead_letters: None,
    }
}

async fn found(runs: &MemoryRuns, name: &str) -> usize {
    let data = stores(runs, runs).find(&id("shop"), name).await.unwrap();
    data.runs.len()
}

/// The host chooses the correlation id, and may use one for several people.
#[tokio::test]
async fn a_run_of_another_person_with_the_same_correlation_id_stays() {
    let runs = MemoryRuns::default();
    let records = [
        record(1, Some(account("ada")), "both"),
        record(2, Some(account("bob")), "both"),
        record(3, None, "both"),
    ];
    runs.write_runs(&records).await.unwrap();
    // The one without an event belongs to the pass of either.
    assert_eq!(found(&runs, "ada").await, 2);
    assert_eq!(found(&runs, "bob").await, 2);
    let stores = stores(&runs, &runs);
    let data = stores.find(&id("shop"), "ada").await.unwrap();
    assert!(data.runs.iter().all(|run| run.id != records[1].id));
}

#[tokio::test]
async fn what_is_erased_is_not_found_again_and_others_keep_theirs() {
    let (runs, publisher) = (written().await, MemoryStore::default());
    let shop = id("shop");
    assert_eq!(
        (found(&runs, "ada").await, found(&runs, "bob").await),
        (4, 2)
    );
    assert_eq!(found(&runs, "eve").await, 240);
    let stores = stores(&runs, &runs);
    let data = stores.find(&shop, "ada").await.unwrap();
    let now = SystemTime::UNIX_EPOCH;
    let erased = stores
        .erase(&publisher, &shop, &data, 0, "operator".to_owned(), now)
        .await
        .unwrap();
    assert_eq!(erased.runs, 4);
    assert_eq!(found(&runs, "ada").await, 0);
    assert_eq!(
        (found(&runs, "bob").await, found(&runs, "eve").await),
        (2, 240)
    );
    let history = publisher.publications(None, 10).await.unwrap();
    let [record] = &history[..] else {
        panic!("{history:?}");
    };
    assert_eq!(record.erasure, Some(erased));
    assert_eq!(record.origin.by, "operator");
    assert!(!record.to_json().contains("ada"), "{}", record.to_json());
    // Nothing to erase is not an erasure.
    let data = stores.find(&shop, "ada").await.unwrap();
    let none = stores.erase(&publisher, &shop, &data, 0, String::new(), now);
    assert_eq!(none.await.unwrap(), Erasure::default());
    assert_eq!(publisher.publications(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_erasure_that_was_interrupted_anywhere_can_be_repeated() {
    let shop = id("shop");
    for calls in 0..2 {
        let (runs, publisher) = (written().await, MemoryStore::default());
        let interrupted = Interrupted(&runs, AtomicUsize::new(calls));
        let first = stores(&runs, &interrupted);
        let data = first.find(&shop, "ada").await.unwrap();
        let erase = async |stores: SubjectStores<'_>, data: SubjectData| {
            let by = "operator".to_owned();
            let now = SystemTime::now();
            stores.erase(&publisher, &shop, &data, 0, by, now).await
        };
        assert!(erase(first, data).await.is_err());
        let again = stores(&runs, &runs);
        let data = again.find(&shop, "ada").await.unwrap();
        assert!(data.runs.len() >= 2, "{calls}: the events lead to the rest");
        erase(again, data).await.unwrap();
        assert_eq!(found(&runs, "ada").await, 0, "{calls}");
        let all = RunFilter::default();
        assert_eq!(runs.runs(&all, usize::MAX).await.unwrap().len(), 242);
        assert_eq!(publisher.publications(None, 10).await.unwrap().len(), 2);
    }
}

/// A store reads the locators of a person for each call.
#[tokio::test]
async fn runs_of_a_person_are_erased_in_two_calls_however_many_they_are() {
    let (runs, publisher, shop) = (written().await, MemoryStore::default(), id("shop"));
    let interrupted = Interrupted(&runs, AtomicUsize::new(2));
    let stores = stores(&runs, &interrupted);
    let data = stores.find(&shop, "eve").await.unwrap();
    let now = SystemTime::now();
    let erased = stores.erase(&publisher, &shop, &data, 0, "operator".to_owned(), now);
    assert_eq!(erased.await.unwrap().runs, 240);
    assert_eq!(found(&runs, "eve").await, 0);
}

/// A queue whose letters another command holds, but for so many.
struct Held(usize);

#[async_trait]
impl DeadLetters for Held {
    async fn find_dead_letters(&self, _: &Selection, _: usize) -> Result<FoundLetters, QueueError> {
        unreachable!("they were found before")
    }

    async fn redrive(&self, _: &Selection, _: SystemTime) -> Result<usize, QueueError> {
        unreachable!("an erasure drops them")
    }

    async fn drop_dead_letters(&self, _: &Selection) -> Result<usize, QueueError> {
        Ok(self.0)
    }
}

#[tokio::test]
async fn an_erasure_that_leaves_dead_letters_is_an_error_and_keeps_what_leads_to_them() {
    let shop = id("shop");
    let letter = |number: usize| DeadLetter {
        id: format!("letter-{number}"),
        job: Err(NotAJob {
            reason: "not a job".to_owned(),
            message: "{}".to_owned(),
            is_newer: false,
        }),
        reason: None,
        since: None,
    };
    for (held, left) in [(0, 2), (1, 1), (2, 0)] {
        let (runs, publisher) = (written().await, MemoryStore::default());
        let queue = Held(held);
        let stores = SubjectStores {
            dead_letters: Some(&queue),
            ..stores(&runs, &runs)
        };
        let mut data = self::stores(&runs, &runs).find(&shop, "ada").await.unwrap();
        data.dead_letters = vec![letter(1), letter(2)];
        let now = SystemTime::now();
        let erased = stores.erase(&publisher, &shop, &data, 0, "operator".to_owned(), now);
        match erased.await {
            Err(SubjectError::LettersLeft(count)) => {
                assert_eq!((count, found(&runs, "ada").await), (left, 4));
            }
            other => {
                assert_eq!(other.unwrap().dead_letters, 2);
                assert_eq!((left, found(&runs, "ada").await), (0, 0));
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_erased_when_the_erasure_cannot_be_recorded() {
    let runs = written().await;
    let publisher = hookpoint_engine::testing::Flaky::new(MemoryStore::default());
    publisher.set_down(true);
    let stores = stores(&runs, &runs);
    let shop = id("shop");
    let data = stores.find(&shop, "ada").await.unwrap();
    let now = SystemTime::now();
    let erased = stores.erase(&publisher, &shop, &data, 0, String::new(), now);
    assert!(matches!(erased.await, Err(SubjectError::Unrecorded(_))));
    assert_eq!(found(&runs, "ada").await, 4);
}

#[tokio::test]
async fn an_erasure_is_not_what_a_rollback_undoes() {
    let publisher = MemoryStore::default();
    let text = "version: 1\napplications: { shop: { kind: identity } }\n";
    let workspace =
        hookpoint_workspace::Workspace::parse(text, "test", std::path::Path::new("")).unwrap();
    let author = crate::Author::program("tester");
    crate::apply(&publisher, workspace.desired(), &author)
        .await
        .unwrap();
    let erasure = Erasure {
        runs: 1,
        ..Erasure::default()
    };
    let later = SystemTime::now() + Duration::from_secs(1);
    let record = Publication::of_erasure(&id("shop"), erasure, "operator".to_owned(), later);
    publisher.publish(&record).await.unwrap();
    let all = crate::BindingChoice::default();
    let newest = crate::find_publication(&publisher, None, &all)
        .await
        .unwrap();
    assert_eq!((newest.len(), newest[0].erasure), (1, None));
}
