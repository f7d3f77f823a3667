//! The shape of `profilingSteps`: steps of fields that the host renders.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    Dropped,
    shape::{Members, object, problem},
};

const FIELD_TYPES: [&str; 9] = [
    "text",
    "checkbox",
    "date",
    "phone",
    "password",
    "passcode",
    "select",
    "multiSelect",
    "static",
];

/// Checks the steps; ids must be unique, since the answers come back by them.
pub(super) fn check(value: &Value, dropped: &mut Vec<Dropped>) -> Result<Value, Dropped> {
    let steps = filled_array("profilingSteps", value)?;
    let mut ids = HashSet::new();
    let mut checked = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let path = format!("profilingSteps[{index}]");
        let members = object(&path, step)?;
        unique(&path, members, &mut ids)?;
        let mut step = Members::new(&path, members, dropped);
        step.text("id")?.optional_text("title")?;
        let mut step = step.finish(&["id", "title", "fields"]);
        step["fields"] = fields(
            &path,
            members.get("fields").unwrap_or(&Value::Null),
            dropped,
        )?;
        checked.push(step);
    }
    Ok(Value::Array(checked))
}

fn fields(step: &str, value: &Value, dropped: &mut Vec<Dropped>) -> Result<Value, Dropped> {
    let fields = filled_array(&format!("{step}.fields"), value)?;
    let mut ids = HashSet::new();
    let mut checked = Vec::with_capacity(fields.len());
    for (index, field) in fields.iter().enumerate() {
        let path = format!("{step}.fields[{index}]");
        let members = object(&path, field)?;
        unique(&path, members, &mut ids)?;
        options(&path, members)?;
        let mut field = Members::new(&path, members, dropped);
        field
            .text("id")?
            .label("label")?
            .one_of("type", &FIELD_TYPES)?
            .optional_flag("required")?;
        let mut field = field.finish(&["id", "label", "type", "required", "options", "validator"]);
        if let Some(rules) = members.get("validator").filter(|rules| !rules.is_null()) {
            field["validator"] = validator(&format!("{path}.validator"), rules, dropped)?;
        }
        checked.push(field);
    }
    Ok(Value::Array(checked))
}

/// Choices belong to `select` and `multiSelect`, which need them: strings, or objects of `value` and `label`.
fn options(path: &str, field: &Map<String, Value>) -> Result<(), Dropped> {
    let path = format!("{path}.options");
    let chooses = matches!(
        field.get("type").and_then(Value::as_str),
        Some("select" | "multiSelect")
    );
    match field.get("options").filter(|options| !options.is_null()) {
        None if chooses => Err(problem(path, "is missing: a choice needs options")),
        None => Ok(()),
        Some(_) if !chooses => Err(problem(path, "belongs to `select` and `multiSelect` only")),
        Some(options) => {
            let is_option = |option: &Value| {
                option.is_string()
                    || option.as_object().is_some_and(|option| {
                        ["value", "label"]
                            .iter()
                            .all(|name| option.get(*name).is_some_and(Value::is_string))
                    })
            };
            if filled_array(&path, options)?.iter().all(is_option) {
                Ok(())
            } else {
                Err(problem(
                    path,
                    "must hold strings, or objects of `value` and `label`",
                ))
            }
        }
    }
}

fn validator(path: &str, value: &Value, dropped: &mut Vec<Dropped>) -> Result<Value, Dropped> {
    let members = object(path, value)?;
    let mut rules = Members::new(path, members, dropped);
    rules
        .optional_count("minLength")?
        .optional_count("maxLength")?
        .optional_text("regex")?
        .optional_text("notBefore")?
        .optional_text("notAfter")?;
    // The host evaluates `regex` with the engine it has, in a browser or an app; no dialect is assumed here.
    Ok(rules.finish(&["minLength", "maxLength", "regex", "notBefore", "notAfter"]))
}

fn filled_array<'a>(path: &str, value: &'a Value) -> Result<&'a Vec<Value>, Dropped> {
    value
        .as_array()
        .filter(|items| !items.is_empty())
        .ok_or_else(|| problem(path, "must be an array with at least one item"))
}

fn unique<'a>(
    path: &str,
    members: &'a Map<String, Value>,
    ids: &mut HashSet<&'a str>,
) -> Result<(), Dropped> {
    match members.get("id").and_then(Value::as_str) {
        Some(id) if !ids.insert(id) => Err(problem(format!("{path}.id"), "stands for two at once")),
        _ => Ok(()),
    }
}
