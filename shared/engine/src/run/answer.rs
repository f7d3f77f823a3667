//! The body of an endpoint's answer, read as a response.

use std::{collections::HashSet, fmt};

use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::Raw;
use crate::{
    outcome::{FailureClass, HookFailure},
    ports::RESPONSE_LIMIT,
    redaction::beginning,
};

/// Nothing, `null` and an object without members ask for nothing. An object that has a member twice is refused: what one reader
/// takes for a denial, another one would not see.
pub(super) fn read(body: &[u8]) -> Result<Raw, HookFailure> {
    if body.len() > RESPONSE_LIMIT {
        let message = format!("the answer has more than {RESPONSE_LIMIT} bytes");
        return Err(HookFailure::new(FailureClass::TooLarge, message));
    }
    if body.trim_ascii().is_empty() {
        return Ok(Raw::default());
    }
    let refuse = |what: String| {
        let message = format!("the answer {what}; it must be a JSON object or empty");
        HookFailure::new(FailureClass::BadResponse, message)
    };
    match serde_json::from_slice(body) {
        Ok(Value::Object(response)) => match repeated_member(body) {
            None => Ok(Raw {
                response,
                ..Raw::default()
            }),
            Some(member) => Err(refuse(format!("has the member `{member}` twice"))),
        },
        Ok(Value::Null) => Ok(Raw::default()),
        Ok(_) => Err(refuse("is JSON of another kind".to_owned())),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(refuse(format!(
                "is not JSON at line {line}, column {column}"
            )))
        }
    }
}

/// The first member that an object has twice, shortened.
fn repeated_member(object: &[u8]) -> Option<String> {
    let mut reader = serde_json::Deserializer::from_slice(object);
    reader.deserialize_map(Members).ok().flatten()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut seen = HashSet::new();
        let mut repeated = None;
        while let Some((name, _)) = members.next_entry::<String, IgnoredAny>()? {
            if repeated.is_none() && seen.contains(&name) {
                repeated = Some(beginning(&name, 64));
            }
            seen.insert(name);
        }
        Ok(repeated)
    }
}

/// An upper bound of the size of a value as JSON, in bytes, without writing it.
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

/// The same for an object.
pub(crate) fn object_bound(members: &Map<String, Value>) -> usize {
    members
        .iter()
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
        assert!(read(br#"{"context":{"a":1},"session":{"a":1}}"#).is_ok());
    }

    #[test]
    fn the_bound_is_never_less_than_the_size() {
        let value = serde_json::json!({"a\u{1}": [null, true, 12345678901234567890_u64, 1.5e-7, "q\"\\\u{7}ä"], "b": {}, "c": [[]]});
        assert!(size_bound(&value) >= value.to_string().len());
    }
}
