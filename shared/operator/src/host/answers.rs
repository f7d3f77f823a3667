//! Whether the platform would accept the answers to a profiling step.

use regex_lite::Regex;
use serde_json::{Map, Value};

/// Checks all answers to a step.
///
/// # Errors
/// The first answer that does not fit; says why.
pub fn check_answers(step: &Value, values: &Map<String, Value>) -> Result<(), String> {
    let fields: Vec<&Value> = step["fields"].as_array().into_iter().flatten().collect();
    for name in values.keys() {
        if !fields.iter().any(|field| field["id"] == name.as_str()) {
            let known = fields.iter().filter_map(|field| field["id"].as_str());
            return Err(format!(
                "the step has no field `{name}`; {}",
                hookpoint_workspace::syntax::for_unknown(name, "field", known)
            ));
        }
    }
    for field in fields {
        let id = field["id"].as_str().unwrap_or_default();
        check_answer(field, values.get(id)).map_err(|wanted| format!("`{id}` {wanted}"))?;
    }
    Ok(())
}

/// Checks the answer to a field.
///
/// # Errors
/// What the answer must be, to follow its name.
pub fn check_answer(field: &Value, value: Option<&Value>) -> Result<(), String> {
    let kind = field["type"].as_str().unwrap_or_default();
    let is_required = field["required"] == true;
    let value = value.filter(|value| !value.is_null() && value.as_str() != Some(""));
    let Some(value) = value else {
        return if is_required && kind != "static" {
            Err("must be answered".to_owned())
        } else {
            Ok(())
        };
    };
    match (kind, value) {
        ("static", _) => Err("is text, and takes no answer".to_owned()),
        ("checkbox", Value::Bool(true)) => Ok(()),
        ("checkbox", Value::Bool(false)) if !is_required => Ok(()),
        ("checkbox", Value::Bool(false)) => Err("must be ticked".to_owned()),
        ("checkbox", _) => Err("must be true or false".to_owned()),
        ("select", value) => check_option(field, value),
        ("multiSelect", Value::Array(chosen)) => chosen
            .iter()
            .try_for_each(|value| check_option(field, value)),
        ("multiSelect", _) => Err("must be a list".to_owned()),
        (kind, Value::String(text)) => check_text(kind, &field["validator"], text),
        _ => Err("must be text".to_owned()),
    }
}

fn check_option(field: &Value, value: &Value) -> Result<(), String> {
    let options = field["options"].as_array().into_iter().flatten();
    let values: Vec<&Value> = options
        .map(|option| option.get("value").unwrap_or(option))
        .collect();
    if values.contains(&value) {
        return Ok(());
    }
    let shown: Vec<_> = values
        .iter()
        .filter_map(|value| value.as_str())
        .map(|value| format!("`{value}`"))
        .collect();
    Err(format!("must be one of {}", shown.join(", ")))
}

fn check_text(kind: &str, validator: &Value, text: &str) -> Result<(), String> {
    if kind == "date" && !is_date(text) {
        return Err("must be a date such as 2026-01-31".to_owned());
    }
    let count = text.chars().count();
    let limit = |name: &str| {
        validator[name]
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok())
    };
    if let Some(least) = limit("minLength").filter(|least| count < *least) {
        return Err(format!("must have at least {least} characters"));
    }
    if let Some(most) = limit("maxLength").filter(|most| count > *most) {
        return Err(format!("must have at most {most} characters"));
    }
    // Dates of this form are ordered as texts.
    if let Some(first) = validator["notBefore"]
        .as_str()
        .filter(|first| text < *first)
    {
        return Err(format!("must not be before {first}"));
    }
    if let Some(last) = validator["notAfter"].as_str().filter(|last| text > *last) {
        return Err(format!("must not be after {last}"));
    }
    // A dialect that is not known here is left to the platform.
    let regex = validator["regex"]
        .as_str()
        .and_then(|regex| Regex::new(regex).ok());
    match regex {
        Some(regex) if !regex.is_match(text) => Err(format!("must match {regex}")),
        _ => Ok(()),
    }
}

/// Whether a text such as `2026-01-31` is a day of the calendar.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    let has_digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    if lengths != [4, 2, 2] || !parts.iter().all(has_digits) {
        return false;
    }
    let numbers = parts.iter().filter_map(|part| part.parse::<u32>().ok());
    let [year, month, day] = numbers.collect::<Vec<_>>()[..] else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => return false,
    };
    (1..=days).contains(&day)
}
