//! Records are stored unchanged.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Names, RunStore, found, of, recently, record_at, write};
use hookpoint_engine::{
    application::binding::{Mode, Target},
    hook::effects::Dropped,
    identifier::DeliveryId,
    ports::RESPONSE_LIMIT,
    record::{AfterAttempt, DeliveryRecord, Kept, KeptBody, KeptRequest, RunRecord, RunResultKind},
    testing::{hostile_json::HostileJson, sample::id},
};

use crate::names::incompressible;

fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap()
}

/// As text: numbers with different digits may be equal.
fn text(record: &RunRecord) -> String {
    let kept = serde_json::to_string(&record.kept).unwrap();
    format!("{} {kept}", record.to_json())
}

pub(super) async fn an_unknown_run_is_none(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let absent = record_at(&application, recently());
    assert_eq!(store.run(&absent.id).await.unwrap(), None);
    assert_eq!(found(store, &of(&application), 10).await, []);
    // Another run of the same application and time is not confused with it.
    let present = record_at(&application, recently());
    write(store, &[present]).await;
    assert_eq!(store.run(&absent.id).await.unwrap(), None);
    write(store, &[]).await;
}

pub(super) async fn a_record_is_read_back_equal_with_what_it_keeps(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let plain = record_at(&application, recently());
    let complete = RunRecord {
        target: Target::Store(id("customers")),
        kind: None,
        mode: Mode::Asynchronous,
        result: RunResultKind::Failed,
        outcome: "server-error".to_owned(),
        error: Some("the endpoint answered “503”\u{0}\u{ffff}\u{fffe}\r\n".to_owned()),
        policy: Some("fell-back".to_owned()),
        status: Some(503),
        delivery: Some(DeliveryRecord {
            id: DeliveryId::unique(),
            attempt: 3,
            waited_ms: 35_123,
            next: AfterAttempt::Retry,
            next_due: Some(1_760_000_000_123),
            accepted_version: Some(6),
        }),
        effects: vec!["context".to_owned(), "deny".to_owned()],
        dropped: vec![Dropped {
            path: "context.bad name".to_owned(),
            reason: "is not a name".to_owned(),
        }],
        log: vec![String::new(), "Ä \"quoted\" \\ line 😀".to_owned()],
        shortened: true,
        kept: Some(Box::new(Kept {
            event: object(
                r#"{"z": 12345678901234567890.10, "a": 1e400, "\u0000\uffff": [{}, null, ""]}"#,
            ),
            response: object(r#"{"context": {"b": 1.0, "a": -0}}"#),
            variables: [("Host".parse().unwrap(), "crm.example.com".to_owned())].into(),
            requests: vec![
                KeptRequest {
                    method: "POST".to_owned(),
                    url: "https://crm.example.com/?key=[redacted]".to_owned(),
                    body: Some(KeptBody::Text("a=1".to_owned())),
                    status: Some(200),
                    headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
                    response: Some(KeptBody::Json(json!({ "tier": "gold" }))),
                    failure: None,
                    error: None,
                    duration_us: 1_234,
                },
                KeptRequest {
                    method: "GET".to_owned(),
                    url: "https://crm.example.com/".to_owned(),
                    body: Some(KeptBody::Bytes(3)),
                    status: None,
                    headers: Vec::new(),
                    response: None,
                    failure: Some("timeout".to_owned()),
                    error: Some("no complete response in time".to_owned()),
                    duration_us: 0,
                },
            ],
        })),
        ..record_at(&application, recently() + Duration::from_secs(1))
    };
    write(store, &[plain.clone(), complete.clone()]).await;
    for record in [&plain, &complete] {
        let read = store.run(&record.id).await.unwrap().unwrap();
        assert_eq!(text(&read), text(record));
    }
    let listed = found(store, &of(&application), 10).await;
    let without = RunRecord {
        kept: None,
        ..complete
    };
    assert_eq!(listed, [without, plain]);
}

pub(super) async fn hostile_events_are_kept_as_they_were(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let records: Vec<_> = (0..20)
        .map(|seed| RunRecord {
            kept: Some(Box::new(Kept {
                event: HostileJson::accepted(seed * 1_000),
                response: HostileJson::accepted(seed * 1_000 + 500),
                ..Kept::default()
            })),
            ..record_at(&application, recently() + Duration::from_secs(seed))
        })
        .collect();
    write(store, &records).await;
    for record in &records {
        let read = store.run(&record.id).await.unwrap().unwrap();
        assert!(text(&read) == text(record), "what was kept has changed");
    }
}

pub(super) async fn a_large_record_is_shortened_at_most(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let large = RunRecord {
        result: RunResultKind::Failed,
        outcome: "script-error".to_owned(),
        error: Some("é".repeat(4_000)),
        log: (0..1_000).map(|line| format!("line {line} 😀")).collect(),
        ..record_at(&application, recently())
    };
    write(store, std::slice::from_ref(&large)).await;
    let read = store.run(&large.id).await.unwrap().unwrap();
    assert!(read == large || read.shortened, "neither whole nor marked");
    let listed = found(store, &of(&application), 10).await;
    assert_eq!(listed, std::slice::from_ref(&read));
    assert_eq!(read.log.first(), large.log.first());
    assert_eq!(read.log.last(), large.log.last());
    let parts = |record: RunRecord| RunRecord {
        error: None,
        log: Vec::new(),
        shortened: false,
        ..record
    };
    assert_eq!(parts(read), parts(large));
}

pub(super) async fn every_record_of_many_has_its_own_event(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let mut written = super::records(&application, 40);
    for (number, record) in written.iter_mut().enumerate() {
        let event = Map::from_iter([("number".to_owned(), Value::from(number))]);
        record.kept = (number % 4 != 0).then(|| {
            Box::new(Kept {
                event,
                ..Kept::default()
            })
        });
    }
    write(store, &written).await;
    for record in &written {
        let read = store.run(&record.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(record));
    }
}

pub(super) async fn the_largest_event_and_response_are_kept(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let alphabet: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let large = |seed| {
        let text = incompressible(seed, RESPONSE_LIMIT - 40, &alphabet);
        Map::from_iter([("large".to_owned(), Value::from(text))])
    };
    let record = RunRecord {
        kept: Some(Box::new(Kept {
            event: large(3),
            response: large(4),
            ..Kept::default()
        })),
        ..record_at(&application, recently())
    };
    let small = record_at(&application, recently());
    write(store, &[record.clone(), small]).await;
    let read = store.run(&record.id).await.unwrap().unwrap();
    assert!(text(&read) == text(&record), "what was kept has changed");
    assert_eq!(found(store, &of(&application), 10).await.len(), 2);
}

pub(super) async fn writing_again_changes_nothing(store: &dyn RunStore) {
    let application = Names::fresh().application_id();
    let mut records = super::records(&application, 3);
    records[1].kept = Some(Box::new(Kept {
        event: object(r#"{"eventType": "afterRegistration"}"#),
        ..Kept::default()
    }));
    write(store, &records[..2]).await;
    // As after a lost response to the first write.
    write(store, &records).await;
    write(store, &records).await;
    let listed = found(store, &of(&application), 10).await;
    assert_eq!(listed.len(), 3);
    for record in &records {
        let read = store.run(&record.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(record));
    }
}
