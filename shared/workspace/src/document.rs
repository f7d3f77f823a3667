//! A YAML document as a tree that knows where everything stands.
//!
//! The tree is made from parser events rather than through serde: a derived deserializer stops at the first mistake, forgets
//! where mappings and keys began, and reads every fraction as a binary float. Here all mistakes are collected, each with its
//! place, and numbers keep their digits.

mod json;
mod read;
mod scalar;
#[cfg(test)]
mod tests;

use serde_json::Number;

pub(crate) use self::read::{LARGEST_DOCUMENT, read};

/// Where something stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// How many characters it takes on its first line; may reach beyond the line's end.
    pub(crate) width: usize,
}

/// A value and where it stands.
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

    /// What the value is, as a message puts it: "…, not a list".
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
