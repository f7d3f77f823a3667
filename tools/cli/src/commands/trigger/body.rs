//! Events from files: bodies as posted by hosts, or API Gateway events with such a body.

use std::{fs::File, io, path::Path};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hookpoint_engine::{
    event::{Event, json},
    stages::Stage,
};
use serde_json::Value;

use crate::context::read_limited;

/// Maximum size of a file: enough for the largest body in base64 with its envelope.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Reads the body from a file, or from standard input for `-`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = if path == Path::new("-") {
        read_limited(io::stdin().lock(), LARGEST_FILE)?
    } else {
        read_limited(File::open(path).context("failed to open")?, LARGEST_FILE)?
    };
    unwrapped(bytes)
}

/// The event of a body.
///
/// # Errors
/// It is none of the stage.
pub(crate) fn event(stage: Stage, body: &[u8]) -> anyhow::Result<Event> {
    let kind = json::read_object(body)
        .ok()
        .and_then(|members| members.get("eventType")?.as_str().map(str::to_owned));
    if let Some(other) = kind.and_then(|kind| kind.parse::<Stage>().ok())
        && other != stage
    {
        bail!(
            "its `eventType` is `{other}`, and the stage is `{stage}`; name the other stage, or another event"
        );
    }
    Event::parse(stage, body).map_err(|problem| {
        anyhow::anyhow!(
            "it is refused: {}; `hookpoint stages {}` shows one",
            problem.detail,
            stage.name()
        )
    })
}

/// Adds a continuation to the body. A body that is not an object stays as it is: the engine reports it.
pub(super) fn continued(body: Vec<u8>, token: &str, answers: Value) -> Vec<u8> {
    let Ok(mut members) = json::read_object(&body) else {
        return body;
    };
    members.insert("continuation".to_owned(), token.into());
    members.insert("continueContext".to_owned(), answers);
    Value::Object(members).to_string().into_bytes()
}

/// Removes the envelope of API Gateway. Other content stays as it is: the engine checks it.
fn unwrapped(bytes: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let Ok(members) = json::read_object(&bytes) else {
        return Ok(bytes);
    };
    let (Some(Value::Object(_)), Some(Value::String(body))) =
        (members.get("requestContext"), members.get("body"))
    else {
        return Ok(bytes);
    };
    if members.get("isBase64Encoded") == Some(&Value::Bool(true)) {
        STANDARD
            .decode(body)
            .context("`isBase64Encoded` is true, but `body` is not base64")
    } else {
        Ok(body.clone().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn unwrapped_json(value: &Value) -> anyhow::Result<String> {
        Ok(String::from_utf8(unwrapped(
            value.to_string().into_bytes(),
        )?)?)
    }

    #[test]
    fn an_api_gateway_event_gives_its_body_and_anything_else_itself() {
        let body = r#"{"eventType":"escalation","big":12345678901234567890.10}"#;
        let plain = json!({ "version": "2.0", "requestContext": {}, "body": body, "isBase64Encoded": false });
        assert_eq!(unwrapped_json(&plain).unwrap(), body);
        let encoded =
            json!({ "requestContext": {}, "body": STANDARD.encode(body), "isBase64Encoded": true });
        assert_eq!(unwrapped_json(&encoded).unwrap(), body);
        let broken = json!({ "requestContext": {}, "body": "%", "isBase64Encoded": true });
        assert!(unwrapped_json(&broken).is_err());
        // An event may have a member of either name.
        for event in [
            json!({ "body": "x" }),
            json!({ "requestContext": {}, "body": {} }),
        ] {
            assert_eq!(unwrapped_json(&event).unwrap(), event.to_string());
        }
        assert_eq!(unwrapped(b"{".to_vec()).unwrap(), b"{");
    }

    #[test]
    fn a_continuation_takes_the_place_of_the_one_in_the_event() {
        let body = br#"{"eventType":"x","continueContext":null,"n":1.50}"#.to_vec();
        let continued = continued(body, "token", json!({ "stepId": "a" }));
        assert_eq!(
            String::from_utf8(continued).unwrap(),
            r#"{"eventType":"x","continueContext":{"stepId":"a"},"n":1.50,"continuation":"token"}"#
        );
    }
}
