//! Run records: ids, stored form, and shortening.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    confidential::redaction::CUT,
    testing::sample::{id as name, run},
};

fn record() -> RunRecord {
    RunRecord {
        result: RunResultKind::Failed,
        outcome: "script-error".to_owned(),
        policy: Some("continued".to_owned()),
        ..run(Stage::AfterRegistration, "shop", time_of(1_760_000_000_123))
    }
}

#[test]
fn a_record_of_a_newer_format_is_not_guessed_at_and_one_with_more_in_it_is_read() {
    let text = record().to_json();
    assert_eq!(RunRecord::from_json(&text), Ok(record_of(&text)));
    let newer = text.replacen("\"v\":1", "\"v\":2", 1);
    let more = text.replacen("\"v\":1", "\"v\":1,\"more\":1", 1);
    assert!(RunRecord::from_json(&newer).unwrap_err().is_newer());
    assert_eq!(RunRecord::from_json(&more), Ok(record_of(&text)));
    let kind = text.replacen("\"webhook\"", "\"wasm\"", 1);
    assert_eq!(RunRecord::from_json(&kind).unwrap().kind, None);
    for text in ["", "{}", "null", &text[..text.len() - 1]] {
        assert!(
            !RunRecord::from_json(text).unwrap_err().is_newer(),
            "{text}"
        );
    }
}

fn record_of(text: &str) -> RunRecord {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_kept_of_an_event_is_neither_in_the_record_nor_in_logs() {
    let kept = Kept {
        event: json!({"customer": "alice"}).as_object().unwrap().clone(),
        ..Kept::default()
    };
    let record = RunRecord {
        kept: Some(Box::new(kept)),
        ..record()
    };
    assert!(!record.to_json().contains("alice"));
    assert!(!format!("{record:?}").contains("alice"));
}

#[test]
fn the_beginning_and_the_end_of_a_log_stay_longest() {
    let record = RunRecord {
        log: (0..500).map(|line| format!("line {line}")).collect(),
        dropped: vec![
            Dropped {
                path: "context.x".to_owned(),
                reason: "is not a name".to_owned(),
            };
            20
        ],
        ..record()
    };
    let short = record_of(&record.to_short_json(4_000));
    assert!(short.shortened);
    assert_eq!(short.log.first().unwrap(), "line 0");
    assert_eq!(short.log.last().unwrap(), "line 499");
    assert!(short.log.len() > 50, "{} lines", short.log.len());
    assert_eq!(short.dropped.len(), 5);
    let whole = RunRecord {
        log: vec!["line".to_owned(); 3],
        ..self::record()
    };
    assert_eq!(record_of(&whole.to_short_json(4_000)), whole);
}

#[test]
fn an_error_that_is_cut_says_so() {
    let record = RunRecord {
        error: Some("ü".repeat(5_000)),
        ..record()
    };
    let error = record_of(&record.to_short_json(4_000)).error.unwrap();
    assert!(error.ends_with(CUT) && error.len() > 900, "{}", error.len());
}

#[test]
fn a_filter_without_anything_matches_everything_and_each_part_counts() {
    let record = record();
    let all = RunFilter::default();
    assert!(all.matches(&record));
    let with = |change: &dyn Fn(&mut RunFilter)| {
        let mut filter = all.clone();
        change(&mut filter);
        filter.matches(&record)
    };
    assert!(with(&|filter| filter.application = Some(name("shop"))));
    assert!(!with(&|filter| filter.application = Some(name("Shop"))));
    assert!(with(&|filter| filter.stage = Some(Stage::AfterRegistration)));
    assert!(!with(
        &|filter| filter.stage = Some(Stage::BeforeRegistration)
    ));
    assert!(with(&|filter| filter.hook = Some(name("crm"))));
    assert!(!with(&|filter| filter.hook = Some(name("crm-binding"))));
    for (outcome, expected) in [
        ("failed", true),
        ("script-error", true),
        ("ok", false),
        ("skipped", false),
        ("script", false),
    ] {
        assert_eq!(
            with(&|filter| filter.outcome = Some(outcome.to_owned())),
            expected
        );
    }
    assert!(with(
        &|filter| filter.correlation_id = Some(record.correlation_id.clone())
    ));
    assert!(!with(&|filter| filter.correlation_id = Some(String::new())));
    assert!(with(&|filter| filter.since = Some(record.started())));
    let later = record.started() + Duration::from_millis(1);
    assert!(!with(&|filter| filter.since = Some(later)));
}

#[test]
fn ids_that_are_none_are_refused_with_an_example_of_one() {
    let id = record().id.to_string();
    let (front, ulid) = id.rsplit_once('.').unwrap();
    let shard = record_of(&record().to_json()).id.shard();
    assert!(shard < SHARDS);
    let wrong_shard = {
        let (front, shard) = front.rsplit_once('.').unwrap();
        let other = if shard == "0" { "1" } else { "0" };
        format!("{front}.{other}.{ulid}")
    };
    let texts = [
        String::new(),
        "...".to_owned(),
        ulid.to_owned(),
        wrong_shard,
        id.to_lowercase(),
        format!("{id}."),
        format!(" {id}"),
        id.replace("after-registration", "afterRegistration"),
        id.replace("after-registration", "after-breakfast"),
        id.replace(".shop.", ".sh#op."),
        format!("{front}.8{}", &ulid[1..]),
        format!("{front}.{}", "é".repeat(13)),
        "x".repeat(10_000),
    ];
    for text in texts {
        let error = text.parse::<RunId>().unwrap_err().to_string();
        assert!(error.len() < 700 && error.contains("runs list"), "{error}");
    }
}

proptest! {
    #[test]
    fn every_id_is_read_back_from_its_text_and_sorts_by_its_time(
        stage in 0..Stage::ALL.len(), application in "[A-Za-z0-9][A-Za-z0-9_-]{0,63}", at in 0_u64..(1 << 48), gap in 1_u64..1_000_000,
    ) {
        let stage = Stage::ALL[stage];
        let id = RunId::new(stage, name(&application), time_of(at));
        prop_assert_eq!(id.to_string().parse::<RunId>(), Ok(id.clone()));
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&serde_json::from_str::<RunId>(&json).unwrap(), &id);
        prop_assert_eq!(id.time(), time_of(at));
        prop_assert!(id.shard() < SHARDS);
        prop_assert!(RunId::first_ulid_at(time_of(at)) <= id.ulid());
        if at + gap < 1 << 48 {
            let later = RunId::new(stage, name(&application), time_of(at + gap));
            prop_assert_eq!(id.by_time(&later), std::cmp::Ordering::Less);
            prop_assert!(id.ulid() < RunId::first_ulid_at(time_of(at + gap)));
        }
    }

    #[test]
    fn no_text_makes_the_reading_of_an_id_panic(text in ".{0,80}|[a-z-]{1,20}\\.[a-z]{1,5}\\.[0-9]\\.[0-9A-Z]{26}") {
        if let Ok(id) = text.parse::<RunId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn any_record_fits_a_limit_and_is_read_back(
        error in prop::option::of(".{0,6000}"), log in prop::collection::vec(".{0,400}", 0..60),
        dropped in prop::collection::vec((".{0,400}", ".{0,400}"), 0..25), limit in 2_500_usize..6_000,
    ) {
        // The longest possible names, and every optional part.
        let long = "n".repeat(64);
        let record = RunRecord {
            id: RunId::new(Stage::BeforeSaml2AssertionGeneration, name(&long), time_of(1_760_000_000_000)),
            target: Target::Application(name(&long)),
            binding: name(&long),
            hook: name(&long),
            delivery: Some(DeliveryRecord {
                id: DeliveryId::unique(),
                attempt: u32::MAX,
                waited_ms: u64::MAX,
                next: AfterAttempt::DeadLetter,
                next_due: Some(u64::MAX),
                accepted_version: Some(u32::MAX),
            }),
            effects: hookpoint_stages::Effect::ALL.iter().map(|effect| effect.as_str().to_owned()).collect(),
            error,
            log,
            dropped: dropped.into_iter().map(|(path, reason)| Dropped { path, reason }).collect(),
            ..record()
        };
        let text = record.to_short_json(limit);
        prop_assert!(text.len() <= limit, "{} bytes", text.len());
        let read = RunRecord::from_json(&text);
        prop_assert!(read.is_ok());
        let read = read.unwrap();
        prop_assert!(read == record || read.shortened);
        prop_assert_eq!((&read.id, &read.outcome, &read.delivery, &read.effects), (&record.id, &record.outcome, &record.delivery, &record.effects));
    }
}
