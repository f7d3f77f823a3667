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

pub(crate) use self::{
    json::to_map,
    read::{LARGEST_DOCUMENT, read},
};

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    /// Length in characters on its first line; may reach beyond the line's end.
    pub(crate) width: usize,
}

/// A value with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// One value of the document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: NodeValue,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NodeValue {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value. Keys are unique within their mapping.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        self.value == NodeValue::Null
    }

    /// A noun phrase for messages: "…, not a list".
    pub(crate) fn description(&self) -> String {
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
