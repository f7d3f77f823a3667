//! The stored formats of every release: this version reads what they wrote, and they can read what a newer one writes.
//!
//! `tests/fixtures/formats` has a folder for each release, and one for a future version whose objects all have an
//! additional member. Files are never changed; a release that adds a member adds a folder.

use std::{fmt::Debug, path::Path};

use serde::Serialize;
use serde_json::Value;

use super::*;
use crate::{
    application::{Application, binding::Binding},
    continuation::Continuation,
    delivery::{gone::GoneBinding, job::Job},
    event::idempotency::IdempotencyRecord,
    hook::HookBody,
    record::{Kept, RunRecord},
};

const RELEASES: [&str; 1] = ["0.1.0"];
const NEXT: &str = "next";

fn fixture(release: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/formats");
    let path = folder.join(release).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.trim_end().to_owned()
}

fn json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text)
}

fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

/// Removes the members of the future version.
fn forget(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.shift_remove("fromTheFuture");
            members.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Reads every release's file and the future version's. A release's values survive unchanged; of the future version's,
/// everything known to this one does.
fn check<T: Serialize + Debug, E: Debug>(name: &str, read: impl Fn(&str) -> Result<T, E>) {
    for release in RELEASES {
        let old = fixture(release, name);
        let value = read(&old).unwrap_or_else(|error| panic!("{release}/{name}: {error:?}"));
        assert_eq!(text_of(&value), old, "{release}/{name}");
    }
    let next = fixture(NEXT, name);
    let value = read(&next).unwrap_or_else(|error| panic!("{NEXT}/{name}: {error:?}"));
    let mut known: Value = serde_json::from_str(&text_of(&value)).unwrap();
    // Preserved by what is rewritten, see below.
    forget(&mut known);
    assert_eq!(text_of(&known), fixture(RELEASES[0], name), "{NEXT}/{name}");
}

/// Values that old code rewrites keep their unknown members.
fn check_kept<T: Serialize + Debug, E: Debug>(
    name: &str,
    places: &[&str],
    read: impl Fn(&str) -> Result<T, E>,
) {
    check(name, &read);
    let again: Value = json(&text_of(&read(&fixture(NEXT, name)).unwrap())).unwrap();
    for place in places {
        let again = again.pointer(place).and_then(|at| at.get("fromTheFuture"));
        let number = again.and_then(|kept| kept.get("n")).map(text_of);
        assert_eq!(
            number.as_deref(),
            Some("12345678901234567890123.10"),
            "{name} at `{place}`"
        );
    }
}

#[test]
fn what_old_and_new_versions_stored_is_read() {
    check_kept("job", &[""], Job::from_json);
    check_kept(
        "application",
        &["", "/ingestKeys/0", "/pauses/0"],
        json::<Application>,
    );
    check("run-record", RunRecord::from_json);
    check("gone", GoneBinding::from_json);
    check("binding", json::<Binding>);
    check("continuation", json::<Continuation>);
    for name in ["idempotency-held", "idempotency-answered"] {
        check(name, json::<IdempotencyRecord>);
    }
    check("kept-event", json::<Kept>);
    for name in ["hook-static", "hook-webhook", "hook-script"] {
        check(name, json::<HookBody>);
    }
}

#[test]
fn a_newer_format_is_distinguished_from_damage() {
    let number = |value: &Value| value["v"].as_u64().map_or(0, |v| u8::try_from(v).unwrap());
    for name in ["job", "run-record", "gone"] {
        let newer = fixture(RELEASES[0], name).replacen("\"v\":1", "\"v\":2", 1);
        let error = read(&newer, 1, number).unwrap_err();
        assert!(error.is_newer(), "{name}: {error}");
    }
    for damaged in ["", "[]", "{}", "{\"v\":\"1\"}", "{\"v\":0}", "{\"v\":-1}"] {
        let error = read(damaged, 1, number).unwrap_err();
        assert!(!error.is_newer(), "{damaged}: {error}");
    }
}
