//! Writes JSON values as YAML in block style, as people write it.

use serde_json::{Map, Value};

/// Words that YAML reads as something else than text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// The members of a mapping, one a line, each line indented and ended.
pub fn to_yaml(members: &Map<String, Value>, indent: usize) -> String {
    let mut text = String::new();
    for (name, value) in members {
        text.push_str(&" ".repeat(indent));
        text.push_str(&key(name));
        text.push(':');
        push_value(&mut text, value, indent);
    }
    text
}

/// What follows `key:` or `-`, with the line's end.
fn push_value(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            text.push_str(&to_yaml(members, indent + 2));
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                text.push_str(&" ".repeat(indent + 2));
                text.push('-');
                match item {
                    // The first member stands beside the dash.
                    Value::Object(members) if !members.is_empty() => {
                        text.push(' ');
                        text.push_str(to_yaml(members, indent + 4).trim_start());
                    }
                    item => push_value(text, item, indent + 2),
                }
            }
        }
        Value::String(word) if is_plain(word) => {
            text.push(' ');
            text.push_str(word);
            text.push('\n');
        }
        // JSON is YAML, in flow style.
        other => {
            text.push(' ');
            text.push_str(&other.to_string());
            text.push('\n');
        }
    }
}

/// Whether YAML reads a word as that text.
fn is_plain(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && word
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_-".contains(character))
        && !WORDS.contains(&word.to_lowercase().as_str())
}

/// A key as it is, or in quotes where YAML would read something else.
fn key(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::Case;

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"no":1,"a b":"x: y","n":null,"list":[{"a":[]},"- z",[1,{"c":{}}]],"big":12345678901234567890.10,"empty":{},"text":"line\nü\u0001 \"q\""}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let Value::Object(response) = json!({ "context": value }) else {
            unreachable!()
        };
        let written = format!("hook: a\nexpect:\n  response:\n{}", to_yaml(&response, 4));
        let case = Case::parse(&written, "a.case.yaml", Path::new("")).unwrap();
        assert_eq!(case.expect.response, Some(response), "{written}");
    }
}
