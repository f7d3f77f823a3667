//! Writes JSON values as YAML for people: block style, with short lists on one line.

use serde_json::{Map, Value};

/// Words that a reader of YAML may take for something else than text.
const WORDS: [&str; 12] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ".inf", ".nan",
];
/// Maximum width of a list or mapping on one line.
const WIDTH: usize = 100;

/// The members of a mapping, one a line, each line indented and ended.
pub(super) fn mapping(members: &Map<String, Value>, indent: usize) -> String {
    let mut text = String::new();
    for (name, value) in members {
        text.push_str(&" ".repeat(indent));
        text.push_str(&scalar(name));
        text.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                text.push_str(&mapping(inner, indent + 2));
            }
            Value::Array(items) if !items.is_empty() && !fits(value) => {
                text.push('\n');
                text.push_str(&self::items(items, indent + 2));
            }
            other => {
                text.push(' ');
                text.push_str(&flow(other));
                text.push('\n');
            }
        }
    }
    text
}

/// The items of a list, each line indented and ended.
pub(super) fn items(items: &[Value], indent: usize) -> String {
    let mut text = String::new();
    for item in items {
        text.push_str(&" ".repeat(indent));
        text.push_str("- ");
        match item {
            Value::Object(members) if !members.is_empty() => {
                text.push_str(mapping(members, indent + 2).trim_start());
            }
            other => {
                text.push_str(&flow(other));
                text.push('\n');
            }
        }
    }
    text
}

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}: {}", scalar(name), flow(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        other => other.to_string(),
    }
}

fn fits(list: &Value) -> bool {
    let is_flat = list
        .as_array()
        .is_some_and(|items| !items.iter().any(|item| item.is_object() || item.is_array()));
    is_flat && flow(list).chars().count() <= WIDTH
}

/// Text as it is, or in quotes where YAML would read something else, in block or in flow style.
fn scalar(text: &str) -> String {
    let starts_well =
        text.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '/');
    let is_plain = starts_well
        && text.chars().all(|character| {
            character.is_alphanumeric() || " _-./@+;?!()*'=<>$%".contains(character)
        })
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        // JSON is YAML.
        Value::from(text).to_string()
    }
}
