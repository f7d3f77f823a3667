//! Conditions: which events a binding runs for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Equality lists over dotted event paths. Every path must hold one of its values; there is no expression language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conditions(Vec<(String, Vec<Value>)>);

impl Conditions {
    /// Conditions from paths and the values each may have: strings, numbers, booleans or null.
    pub fn new(paths: Vec<(String, Vec<Value>)>) -> Self {
        Self(paths)
    }

    /// True when every event matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the event body holds one of the listed values at every path. An absent path matches nothing.
    pub fn matches(&self, body: &Map<String, Value>) -> bool {
        self.0.iter().all(|(path, values)| {
            at_path(body, path).is_some_and(|found| values.iter().any(|value| value == found))
        })
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
        let body = json!({"context": {"channelType": "API", "vip": true}, "n": 1});
        let body = body.as_object().unwrap();
        assert!(Conditions::default().matches(body));
        assert!(conditions("context.channelType", &[json!("Genesys"), json!("API")]).matches(body));
        assert!(conditions("context.vip", &[json!(true)]).matches(body));
        assert!(conditions("n", &[json!(1)]).matches(body));
        assert!(!conditions("context.channelType", &[json!("api")]).matches(body));
        assert!(!conditions("context.absent", &[json!(null)]).matches(body));
        assert!(!conditions("context.channelType.deeper", &[json!("API")]).matches(body));
    }
}
