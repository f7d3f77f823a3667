//! The parameters of a manifest.

use hookpoint_workspace::syntax::{Entry, Fields, Node, NodeValue, Place, Problems, Text, fields};
use regex_lite::Regex;

use crate::parameter::{Kind, Parameter, Pattern};

const KEYS: [&str; 8] = [
    "type", "options", "secret", "optional", "pattern", "default", "example", "help",
];

pub(super) fn read(node: Option<&Node>, problems: &mut Problems<'_>) -> Vec<Parameter> {
    let entries = node
        .filter(|node| !node.is_null())
        .and_then(|node| fields::mapping(node, "`parameters`", problems));
    let entries = entries.unwrap_or_default().iter();
    entries
        .filter_map(|entry| parameter(entry, problems))
        .collect()
}

fn parameter(entry: &Entry, problems: &mut Problems<'_>) -> Option<Parameter> {
    let (name, place) = (&entry.key.value, entry.key.place);
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.len() <= 64
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric());
    if !is_name {
        problems.push(
            place,
            format!("`{name}` is not a name of a parameter"),
            "begin it with the vendor and a capital letter, and use letters and digits only: `SlackUrl`",
        );
    }
    let fields = Fields::of(&entry.node, "a parameter", place, &KEYS, problems)?;
    let kind = kind(&fields, place, problems)?;
    let help = fields
        .required("help", "What it is.", problems)
        .and_then(|node| fields::text(node, "`help`", problems));
    let parameter = Parameter {
        name: name.clone(),
        is_secret: fields.boolean("secret", problems).unwrap_or(false),
        is_optional: fields.boolean("optional", problems).unwrap_or(false),
        pattern: fields
            .text("pattern", problems)
            .and_then(|text| pattern(&text, problems)),
        default: None,
        example: None,
        help: help?.value,
        kind,
    };
    let default = value(&fields, "default", &parameter, problems);
    let example = value(&fields, "example", &parameter, problems);
    check_form(
        &parameter,
        place,
        default.is_some(),
        example.is_some(),
        problems,
    );
    Some(Parameter {
        default,
        example,
        ..parameter
    })
}

fn check_form(
    parameter: &Parameter,
    place: Place,
    has_default: bool,
    has_example: bool,
    problems: &mut Problems<'_>,
) {
    if parameter.is_secret {
        if has_default || has_example || parameter.is_optional || parameter.kind != Kind::Text {
            problems.push(
                place,
                "a secret is text without `default`, `example` and `optional`",
                "remove them: no value of a secret stands in a file",
            );
        }
    } else if !has_default && !has_example && !parameter.is_optional {
        problems.push(
            place,
            format!(
                "parameter `{}` has neither `default` nor `example`",
                parameter.name
            ),
            "add an `example`: previews and tests use it",
        );
    }
}

fn kind(fields: &Fields<'_>, place: Place, problems: &mut Problems<'_>) -> Option<Kind> {
    let node = fields.required("type", "text", problems)?;
    let text = fields::text(node, "`type`", problems)?;
    let options: Vec<String> = fields
        .names("options", problems)
        .into_iter()
        .map(|option| option.value)
        .collect();
    let takes_options = text.value.starts_with("choice");
    if takes_options == options.is_empty() && !fields.is_misspelt("options") {
        problems.push(
            place,
            if takes_options {
                format!(
                    "a parameter of the type `{}` lacks its `options`",
                    text.value
                )
            } else {
                format!("a parameter of the type `{}` has no `options`", text.value)
            },
            "`options` belongs to the types `choice` and `choices`",
        );
    }
    match text.value.as_str() {
        "text" => Some(Kind::Text),
        "number" => Some(Kind::Number),
        "boolean" => Some(Kind::Boolean),
        "choice" => Some(Kind::Choice(options)),
        "choices" => Some(Kind::Choices(options)),
        "host" => Some(Kind::Host),
        _ => {
            problems.push_unknown(text.place, "type", &text.value, Kind::NAMES);
            None
        }
    }
}

fn pattern(text: &Text, problems: &mut Problems<'_>) -> Option<Pattern> {
    let is_whole = text.value.starts_with('^') && text.value.ends_with('$');
    let regex = Regex::new(&text.value);
    if !is_whole || regex.is_err() {
        problems.push(
            text.place,
            "`pattern` must be a regular expression for the whole value",
            "begin it with `^` and end it with `$`",
        );
    }
    Some(Pattern {
        text: text.value.clone(),
        regex: regex.ok()?,
    })
}

/// A value of the manifest itself, which must fit. Numbers and booleans count as their text.
fn value(
    fields: &Fields<'_>,
    key: &str,
    parameter: &Parameter,
    problems: &mut Problems<'_>,
) -> Option<String> {
    let node = fields.get(key)?;
    let text = match &node.value {
        NodeValue::Number(number) => number.to_string(),
        NodeValue::Boolean(boolean) => boolean.to_string(),
        NodeValue::Text(text) => text.clone(),
        _ => {
            fields::text_or_empty(node, &format!("`{key}`"), problems);
            return None;
        }
    };
    match parameter.check(&text) {
        Ok(value) => Some(value),
        Err(wanted) => {
            problems.push(
                node.place,
                format!("`{key}` must be {wanted}"),
                "write a value that the parameter takes",
            );
            None
        }
    }
}
