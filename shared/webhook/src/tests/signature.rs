//! Valid signatures, and requests that must not be sent unsigned.

use std::time::{Duration, UNIX_EPOCH};

use hookpoint_engine::{
    confidential::secret::Secret, hook::outcome::FailureClass, ports::WebhookRunner as _,
};

use super::{call, hooks, server::Server};

/// The example of the specification: secret, id, time, body and their signature.
const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const TIME: u64 = 1649367553;
const BODY: &str = r#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
/// A second secret, and its signature of that example.
const OTHER_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_SIGNATURE: &str = "v1,H+RYDKli6ntvOIETWqflVRK+UIsRWejzXbFSJBJuEmc=";

fn secrets(values: &[&str]) -> Vec<(hookpoint_engine::identifier::SecretName, Secret)> {
    let named = |(number, value): (usize, &&str)| {
        let name = format!("Key{}", number + 1).parse().unwrap();
        (name, Secret::new(*value))
    };
    values.iter().enumerate().map(named).collect()
}

#[tokio::test]
async fn each_secret_signs_id_timestamp_and_body_in_the_order_given() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let url = Secret::new(server.url("/"));
    for (values, expected) in [
        (vec![KEY], SIGNATURE.to_owned()),
        (
            vec![KEY, OTHER_KEY],
            format!("{SIGNATURE} {OTHER_SIGNATURE}"),
        ),
        (
            vec![OTHER_KEY, KEY],
            format!("{OTHER_SIGNATURE} {SIGNATURE}"),
        ),
    ] {
        let mut call = call(&url);
        call.webhook_id = ID;
        call.now = UNIX_EPOCH + Duration::from_millis(TIME * 1_000 + 999);
        call.body = BODY.into();
        call.signing_secrets = secrets(&values);
        hooks().post(call).await.unwrap();
        let received = server.requests().pop().unwrap();
        let expected = format!("\r\nwebhook-signature: {expected}\r\n");
        assert!(received.contains(&expected), "{received}");
    }
}

#[tokio::test]
async fn a_value_that_is_no_signing_secret_is_named_but_not_shown_and_nothing_is_sent() {
    let server = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let url = Secret::new(server.url("/"));
    let bare = KEY.strip_prefix("whsec_").unwrap();
    for (value, reason) in [
        ("", "does not begin with `whsec_`"),
        (bare, "does not begin with `whsec_`"),
        (&format!(" {KEY}"), "does not begin with `whsec_`"),
        (&format!("{KEY}\n"), "is not padded base64"),
        (
            "whsec_not base64 at all, but long enough",
            "is not padded base64",
        ),
        (OTHER_KEY.trim_end_matches('='), "is not padded base64"),
        ("whsec_", "has 0 bytes"),
        ("whsec_c2hvcnQ=", "has 5 bytes"),
        (&format!("whsec_{}", "QUJD".repeat(22)), "has 66 bytes"),
    ] {
        // The first secret is valid, but the request must not be sent with it alone.
        let mut call = call(&url);
        call.signing_secrets = secrets(&[KEY, value]);
        let failure = hooks().post(call).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::BadRequest, "{value}");
        assert!(
            failure
                .message
                .starts_with(&format!("signing secret `Key2` {reason}")),
            "{failure}"
        );
        let shown = format!("{failure} {failure:?}");
        let encoded = value.trim().trim_start_matches("whsec_");
        assert!(encoded.is_empty() || !shown.contains(encoded), "{shown}");
    }
    assert_eq!(server.connections(), 0);
}
