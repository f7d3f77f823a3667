//! Properties that hold for any bytes read as a stored value: for the fuzz targets, and for tests that replay their
//! findings.

use std::{
    fmt::Debug,
    str,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hookpoint_stages::Stage;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    confidential::secret::Secret,
    continuation::{Continuation, TOKEN_LIMIT},
    delivery::{gone::GoneBinding, job::Job},
    event::{Event, idempotency::IdempotencyRecord},
    format::Unreadable,
    ports::ContinuationKeys,
    record::{Kept, RunRecord},
    testing::sample,
};

/// Panics when a property is violated.
pub type Target = fn(&[u8]);

/// The targets by name, as used in `fuzz/targets` and `fuzz/regressions`.
pub const TARGETS: &[(&str, Target)] = &[
    ("job", job),
    ("record", record),
    ("continuation", continuation),
];

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

/// Asserts that a value survives being written and read.
fn comes_back<T: Serialize, E: Debug>(value: &T, read: impl Fn(&str) -> Result<T, E>) {
    let written = text_of(value);
    let again = read(&written).unwrap();
    assert_eq!(text_of(&again), written);
}

fn json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text)
}

/// A queue message: parsed or rejected, and carried through its attempts unchanged.
pub fn job(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let job = match Job::from_message(text) {
        Ok(job) => job,
        Err(message) => {
            assert_eq!(message.message, text);
            let _ = (
                message.text_at("/application"),
                message.text_at("/hook/name"),
            );
            return;
        }
    };
    comes_back(&job, Job::from_json);
    let again = job
        .next_attempt(now(), Duration::from_secs(5))
        .postponed(now(), Duration::from_hours(6))
        .anew(now());
    assert_eq!((&again.delivery, &again.event), (&job.delivery, &job.event));
    assert_eq!(again.wait(now()), Duration::ZERO);
    let _ = (job.wait(now()), job.accepted(), job.due());
    assert!(!job.order_group().is_empty());
    comes_back(&again, Job::from_json);
}

/// A run record, a kept event, a recorded response, or the mark on a binding.
pub fn record(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Ok(record) = RunRecord::from_json(text) {
        comes_back(&record, RunRecord::from_json);
        let short = record.to_short_json(4_000);
        let short = RunRecord::from_json(&short).unwrap();
        assert_eq!(short.id, record.id);
        let _ = (record.started(), record.duration(), record.id.time());
    }
    if let Ok(mark) = GoneBinding::from_json(text) {
        comes_back::<_, Unreadable>(&mark, GoneBinding::from_json);
    }
    if let Ok(record) = json::<IdempotencyRecord>(text) {
        let _ = record.expires_seconds();
        comes_back(&record, json);
    }
    if let Ok(kept) = json::<Kept>(text) {
        comes_back(&kept, json);
    }
}

/// A continuation token from an untrusted caller, or the state inside one of ours.
pub fn continuation(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let keys = ContinuationKeys {
        current: Secret::new("a continuation key of a test, long enough to seal with"),
        previous: None,
    };
    let stage = Stage::BeforeRegistration;
    let event = Event::parse(stage, stage.example().to_string().as_bytes()).unwrap();
    let application = sample::id("shop");
    let open = |token: &str| Continuation::open(token, &application, &event, &keys, now());
    assert!(open(text).is_err(), "it was not sealed by us");
    let Ok(held) = json::<Continuation>(text) else {
        return;
    };
    comes_back(&held, json);
    if let Ok(token) = held.seal(&application, &event, &keys, now()) {
        assert!(token.len() <= TOKEN_LIMIT);
        let opened = open(&token).unwrap();
        assert_eq!(text_of(&opened), text_of(&held));
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// All findings of fuzzing, and a seed of each kind.
    #[test]
    fn what_the_fuzz_targets_found_holds_now() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions");
        for (name, check) in TARGETS {
            let files: Vec<_> = fs::read_dir(root.join(name))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            assert!(!files.is_empty(), "{name}");
            for file in files {
                eprintln!("{}", file.display());
                check(&fs::read(&file).unwrap());
            }
        }
    }
}
