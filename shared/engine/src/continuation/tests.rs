//! Continuation tokens: which events may use them, and for how long.

use std::time::UNIX_EPOCH;

use serde_json::json;

use super::*;
use crate::confidential::secret::Secret;

fn keys(current: &str, previous: Option<&str>) -> ContinuationKeys {
    ContinuationKeys {
        current: Secret::new(current),
        previous: previous.map(Secret::new),
    }
}

fn event(stage: Stage, email: &str) -> Event {
    let body = json!({"eventType": stage.id(), "customer": {"identifiers": {"email": email}}, "stage": {}});
    Event::parse(stage, body.to_string().as_bytes()).unwrap()
}

fn state() -> Continuation {
    let hook = HookReference {
        name: "ask".parse().unwrap(),
        version: 3,
        sha256: "ab".to_owned(),
    };
    let step = Step {
        target: Target::Application("shop".parse().unwrap()),
        binding: "ask".parse().unwrap(),
        hook,
    };
    let mut merged = Merged::default();
    merged.effects.set(
        hookpoint_stages::Effect::Session,
        json!({"seen": [1, 18446744073709551616_u128.to_string()]}),
    );
    Continuation {
        waves: vec![vec![step]],
        merged,
        secrets: vec!["Token".parse().unwrap()],
        hidden: HiddenFields::of(
            &json!([{"id": "one", "fields": [{"id": "pin", "type": "passcode"}]}]),
        ),
        carried: serde_json::from_value(json!(["4711"])).unwrap(),
    }
}

#[test]
fn a_token_comes_back_whole_and_for_its_own_event_only() {
    let now = UNIX_EPOCH + Duration::from_secs(1_000);
    let (shop, stage) = ("shop".parse().unwrap(), Stage::BeforeRegistration);
    let alice = event(stage, "alice@example.com");
    let old = keys("old", None);
    let token = state().seal(&shop, &alice, &old, now).unwrap();
    let open = |application: &str, event: &Event, keys: &ContinuationKeys, now| {
        Continuation::open(&token, &application.parse().unwrap(), event, keys, now)
            .map_err(|problem| problem.code)
    };
    assert_eq!(open("shop", &alice, &old, now), Ok(state()));
    assert_eq!(
        open("shop", &alice, &keys("new", Some("old")), now),
        Ok(state()),
        "the previous key still opens"
    );
    assert_eq!(
        open("shop", &alice, &keys("new", None), now),
        Err(ErrorCode::ContinuationInvalid)
    );
    assert_eq!(
        open("other", &alice, &old, now),
        Err(ErrorCode::ContinuationWrongApplication)
    );
    let elsewhere = event(Stage::BeforeMultiStageRegistration, "alice@example.com");
    assert_eq!(
        open("shop", &elsewhere, &old, now),
        Err(ErrorCode::ContinuationWrongStage)
    );
    assert_eq!(
        open("shop", &event(stage, "bob@example.com"), &old, now),
        Err(ErrorCode::ContinuationWrongSubject)
    );
    assert!(
        open(
            "shop",
            &alice,
            &old,
            now + LIFETIME - Duration::from_secs(1)
        )
        .is_ok()
    );
    assert_eq!(
        open("shop", &alice, &old, now + LIFETIME),
        Err(ErrorCode::ContinuationExpired)
    );
}

#[test]
fn every_altered_byte_is_noticed() {
    let (shop, now) = ("shop".parse().unwrap(), UNIX_EPOCH);
    let alice = event(Stage::BeforeRegistration, "alice@example.com");
    let keys = keys("key", Some("older"));
    let token = state().seal(&shop, &alice, &keys, now).unwrap();
    for index in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        let opened = Continuation::open(&altered, &shop, &alice, &keys, now);
        // The last character of an unpadded text carries unused bits; if they are set, the token is rejected as not
        // canonical.
        assert_eq!(
            opened.unwrap_err().code,
            ErrorCode::ContinuationInvalid,
            "byte {index}"
        );
    }
    for cut in ["", "AA", &token[..40], &token[..token.len() - 1]] {
        assert!(Continuation::open(cut, &shop, &alice, &keys, now).is_err());
    }
}

#[test]
fn an_event_without_a_subject_and_a_state_too_large_cannot_be_sealed() {
    let (shop, keys) = ("shop".parse().unwrap(), keys("key", None));
    let anonymous = Event::parse(
        Stage::BeforeRegistration,
        br#"{"eventType":"beforeRegistration"}"#,
    )
    .unwrap();
    assert!(matches!(
        state().seal(&shop, &anonymous, &keys, UNIX_EPOCH),
        Err(SealError::NoSubject(_))
    ));
    let mut large = state();
    large.merged.effects.set(
        hookpoint_stages::Effect::Session,
        json!({ "x": "y".repeat(TOKEN_LIMIT) }),
    );
    assert!(matches!(
        large.seal(
            &shop,
            &event(Stage::BeforeRegistration, "a"),
            &keys,
            UNIX_EPOCH
        ),
        Err(SealError::TooLarge(_))
    ));
}
