//! Conversion of nodes to JSON.

use serde_json::{Map, Value};

use super::{Entry, Node, NodeValue};

impl Node {
    /// Converts the value, dropping places.
    pub fn to_json(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Boolean(boolean) => Value::Bool(*boolean),
            NodeValue::Number(number) => Value::Number(number.clone()),
            NodeValue::Text(text) => Value::String(text.clone()),
            NodeValue::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            NodeValue::Mapping(entries) => Value::Object(to_map(entries)),
        }
    }
}

/// Converts entries to a JSON object, in the order of the file.
pub(crate) fn to_map(entries: &[Entry]) -> Map<String, Value> {
    entries
        .iter()
        .map(|entry| (entry.key.value.clone(), entry.node.to_json()))
        .collect()
}
