//! Parses the body of an endpoint's response.

use std::fmt;

use serde_json::{Map, Value};

use super::call::Response;
use crate::{
    event::json::{self, JsonError},
    hook::{
        effects::Effects,
        outcome::{FailureClass, HookFailure},
    },
    ports::RESPONSE_LIMIT,
};

/// Parses a body. An empty body, `null` and an empty object have no effects. An object with a duplicate member, at any
/// depth, is rejected: another parser might miss a denial in it.
pub(super) fn read(body: &[u8]) -> Result<Response, HookFailure> {
    if body.len() > RESPONSE_LIMIT {
        let message = format!("the response is larger than {RESPONSE_LIMIT} bytes");
        return Err(HookFailure::new(FailureClass::TooLarge, message));
    }
    let body = json::without_byte_order_mark(body);
    if body.trim_ascii().is_empty() {
        return Ok(Response::default());
    }
    let refuse = |what: &dyn fmt::Display| {
        let message = format!("the response {what}; it must be a JSON object or empty");
        Err(HookFailure::new(FailureClass::BadResponse, message))
    };
    match json::read(body) {
        Ok(Value::Object(members)) => Ok(Response {
            members,
            ..Response::default()
        }),
        Ok(Value::Null) => Ok(Response::default()),
        Ok(_) => refuse(&JsonError::NotAnObject),
        Err(error) => refuse(&error),
    }
}

/// An upper bound for the size of a value as JSON, in bytes, without serialising it.
pub(crate) fn size_bound(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(number) => number.as_str().len() + 1,
        // A control character becomes six bytes, any other byte at most two.
        Value::String(text) => 6 * text.len() + 2,
        Value::Array(items) => items.iter().map(|item| size_bound(item) + 1).sum::<usize>() + 2,
        Value::Object(members) => object_bound(members),
    }
}

/// Like [`size_bound`], for an object.
pub(crate) fn object_bound(members: &Map<String, Value>) -> usize {
    members_bound(members.iter().map(|(name, value)| (name.as_str(), value)))
}

/// Like [`size_bound`], for effects.
pub(crate) fn effects_bound(effects: &Effects) -> usize {
    members_bound(
        effects
            .iter()
            .map(|(effect, value)| (effect.as_str(), value)),
    )
}

fn members_bound<'a>(members: impl Iterator<Item = (&'a str, &'a Value)>) -> usize {
    members
        .map(|(name, value)| 6 * name.len() + 4 + size_bound(value))
        .sum::<usize>()
        + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_comes_twice_is_refused_and_named() {
        let failure = read(br#"{"deny":{"error":"x"},"context":{},"deny":null}"#)
            .err()
            .unwrap();
        assert_eq!(failure.class, FailureClass::BadResponse);
        assert!(failure.message.contains("`deny` twice"), "{failure}");
        let nested = read(br#"{"password":{"valid":false,"valid":true}}"#);
        assert!(nested.is_err_and(|failure| failure.message.contains("`valid` twice")));
        assert!(read(br#"{"context":{"a":1},"session":{"a":1}}"#).is_ok());
    }

    #[test]
    fn the_bound_is_never_less_than_the_size() {
        let value = serde_json::json!({"a\u{1}": [null, true, 12345678901234567890_u64, 1.5e-7, "q\"\\\u{7}ä"], "b": {}, "c": [[]]});
        assert!(size_bound(&value) >= value.to_string().len());
    }
}
