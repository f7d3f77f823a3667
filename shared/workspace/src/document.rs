//! A YAML document as a tree with positions.
//!
//! The tree is built from parser events rather than through serde: a derived deserializer stops at the first mistake,
//! loses the positions of mappings and keys, and reads every fraction as a binary float. Here all mistakes are
//! collected with their places, and numbers keep their digits.

mod json;
mod read;
mod scalar;
#[cfg(test)]
mod tests;

use serde_json::Number;

pub use self::read::read;
pub(crate) use self::{json::to_map, read::LARGEST_DOCUMENT};
pub use crate::place::Place;

/// A value with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

/// One value of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: NodeValue,
    /// Where it stands.
    pub place: Place,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number with its digits.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value. Keys are unique within their mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Spanned<String>,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        self.value == NodeValue::Null
    }

    /// A noun phrase for messages: "…, not a list".
    pub fn description(&self) -> String {
        match &self.value {
            NodeValue::Null => "nothing".to_owned(),
            NodeValue::Boolean(boolean) => format!("the boolean `{boolean}`"),
            NodeValue::Number(number) => format!("the number `{number}`"),
            NodeValue::Text(_) => "text".to_owned(),
            NodeValue::List(_) => "a list".to_owned(),
            NodeValue::Mapping(_) => "a mapping".to_owned(),
        }
    }
}
