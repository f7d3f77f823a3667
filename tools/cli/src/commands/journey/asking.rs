//! Asks the operator, who plays the customer.

use hookpoint_operator::check_answer;
use serde_json::{Map, Value};

use crate::{
    output::{self, BOLD, DIM, WARNING, paint, printable},
    prompt,
};

/// A line of standard input without blanks around it; `None` at its end.
pub(super) async fn line(question: &str) -> anyhow::Result<Option<String>> {
    let line = prompt::line(question).await?;
    Ok(line.map(|line| line.trim().to_owned()))
}

/// The answers to a profiling step; `None` at the end of the input. Repeats a question whose answer the platform would refuse.
/// Passwords and passcodes are not shown.
pub(super) async fn answers(step: &Value) -> anyhow::Result<Option<Map<String, Value>>> {
    let mut values = Map::new();
    for field in step["fields"].as_array().into_iter().flatten() {
        let label = printable(field["label"].as_str().unwrap_or_default());
        if field["type"] == "static" {
            output::note(&format!("  {}", paint(DIM, &label)))?;
            continue;
        }
        loop {
            let hint = paint(DIM, &hint(field));
            let question = format!("  {}{hint} > ", paint(BOLD, &label));
            let is_hidden = ["password", "passcode"]
                .map(Some)
                .contains(&field["type"].as_str());
            let answer = if is_hidden && output::is_interactive() {
                prompt::hidden(&question).await?
            } else {
                line(&question).await?
            };
            let Some(line) = answer else {
                return Ok(None);
            };
            let value = value(field, &line);
            match check_answer(field, value.as_ref()) {
                Ok(()) => {
                    if let (Some(id), Some(value)) = (field["id"].as_str(), value) {
                        values.insert(id.to_owned(), value);
                    }
                    break;
                }
                Err(wanted) => {
                    output::remark(WARNING, &format!("  it {}", printable(&wanted)))?;
                }
            }
        }
    }
    Ok(Some(values))
}

fn hint(field: &Value) -> String {
    let options = field["options"].as_array().into_iter().flatten();
    let options: Vec<_> = options
        .filter_map(|option| option.get("value").unwrap_or(option).as_str())
        .map(printable)
        .collect();
    let mut hints = Vec::new();
    match field["type"].as_str() {
        Some("checkbox") => hints.push("y or n".to_owned()),
        Some("date") => hints.push("such as 2026-01-31".to_owned()),
        Some("multiSelect") => hints.push(format!("some of {}", options.join(", "))),
        _ if !options.is_empty() => hints.push(options.join(" or ")),
        _ => {}
    }
    if field["required"] != true {
        hints.push("may be empty".to_owned());
    }
    if hints.is_empty() {
        return String::new();
    }
    format!(" ({})", hints.join("; "))
}

/// The input as a value of the field's type.
fn value(field: &Value, line: &str) -> Option<Value> {
    if line.is_empty() {
        return None;
    }
    Some(match field["type"].as_str() {
        Some("checkbox") => match line.to_lowercase().as_str() {
            "y" | "yes" | "true" => true.into(),
            "n" | "no" | "false" => false.into(),
            _ => line.into(),
        },
        Some("multiSelect") => line
            .split(',')
            .map(|item| Value::from(item.trim()))
            .collect(),
        _ => line.into(),
    })
}
