//! Conditions: which events a binding runs for.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::decimal;

/// Lists of accepted values for dotted event paths. Every path must hold one of its values; there is no expression
/// language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conditions(Vec<(String, Vec<Value>)>);

impl Conditions {
    /// Creates conditions from paths and their accepted values: strings, numbers, booleans or null.
    pub fn new(paths: Vec<(String, Vec<Value>)>) -> Self {
        Self(paths)
    }

    /// True when every event matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(path, _)| path.as_str())
    }

    /// The paths with their accepted values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Value])> {
        let conditions = self.0.iter();
        conditions.map(|(path, values)| (path.as_str(), values.as_slice()))
    }

    /// The first path at which the event body does not hold one of the listed values. An absent path never matches.
    /// Numbers are compared by value.
    pub fn unmet(&self, body: &Map<String, Value>) -> Option<Unmet<'_>> {
        self.0.iter().find_map(|(path, values)| {
            let found = at_path(body, path);
            let is_met =
                found.is_some_and(|found| values.iter().any(|value| is_same(value, found)));
            (!is_met).then_some(Unmet {
                path,
                is_absent: found.is_none(),
            })
        })
    }
}

/// A condition that an event does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmet<'a> {
    /// The path.
    pub path: &'a str,
    /// Whether the event has no value at the path, rather than a different one.
    pub is_absent: bool,
}

impl fmt::Display for Unmet<'_> {
    /// Shows the path but not the value, which may be personal data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path;
        if self.is_absent {
            write!(formatter, "the event has no `{path}`")
        } else {
            write!(formatter, "`{path}` has another value")
        }
    }
}

fn is_same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Number(wanted), Value::Number(found)) => decimal::are_equal(wanted, found),
        _ => wanted == found,
    }
}

/// The value at a dotted path.
pub(crate) fn at_path<'a>(body: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let mut found = body.get(parts.next()?)?;
    for part in parts {
        found = found.as_object()?.get(part)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn conditions(path: &str, values: &[Value]) -> Conditions {
        Conditions::new(vec![(path.to_owned(), values.to_vec())])
    }

    #[test]
    fn a_path_holds_one_of_its_values_or_the_event_does_not_match() {
        let text = r#"{"context": {"channelType": "API", "vip": true, "gone": null}, "n": 3.0, "big": 8202522731445525542}"#;
        let body: Value = serde_json::from_str(text).unwrap();
        let body = body.as_object().unwrap();
        let unmet = |path: &str, values: &[Value]| {
            let conditions = conditions(path, values);
            conditions.unmet(body).map(|unmet| unmet.to_string())
        };
        assert_eq!(Conditions::default().unmet(body), None);
        for (path, values) in [
            ("context.channelType", &[json!("Genesys"), json!("API")][..]),
            ("context.vip", &[json!(true)]),
            ("context.gone", &[json!(null)]),
            ("n", &[json!(2), json!(3)]),
            ("n", &[json!(3.0)]),
            ("big", &[json!(8_202_522_731_445_525_542_u64)]),
        ] {
            assert_eq!(unmet(path, values), None, "{path}");
        }
        for (path, value) in [
            ("context.channelType", json!("api")),
            ("context.gone", json!(false)),
            ("n", json!("3")),
            ("big", json!(8_202_522_731_445_525_543_u64)),
            ("context", json!("API")),
        ] {
            let expected = format!("`{path}` has another value");
            assert_eq!(unmet(path, &[value]), Some(expected));
        }
        for path in [
            "context.absent",
            "context.channelType.deeper",
            "absent.at.all",
        ] {
            let expected = format!("the event has no `{path}`");
            assert_eq!(unmet(path, &[json!(null)]), Some(expected));
        }
    }
}
