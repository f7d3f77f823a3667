//! Roles with one change, which the questions must detect.

use std::iter;

use serde_json::{Value, json};

/// All variants with one statement of a role's policies widened or narrowed, with a description.
pub(super) fn mutants(policies: &Value) -> Vec<(String, Value)> {
    let mut mutants = Vec::new();
    for (policy, document) in policies.as_array().unwrap().iter().enumerate() {
        let statements = document["policy"]["Statement"].as_array().unwrap();
        for (index, statement) in statements.iter().enumerate() {
            let mut add = |change: &str, changed: Option<Value>| {
                let mut mutant = policies.clone();
                let statements = mutant[policy]["policy"]["Statement"]
                    .as_array_mut()
                    .unwrap();
                match changed {
                    Some(changed) => statements[index] = changed,
                    None => drop(statements.remove(index)),
                }
                mutants.push((format!("{}: {change}", name(statement)), mutant));
            };
            add("removed", None);
            for (change, changed) in widened(statement) {
                add(&change, Some(changed));
            }
        }
    }
    mutants
}

/// All variants of a role that allow one action, resource or pattern of keys less, with a description; without those that lack
/// an action that `is_exempt`.
pub(super) fn narrowed(policies: &Value, is_exempt: impl Fn(&str) -> bool) -> Vec<(String, Value)> {
    let mut narrowed = Vec::new();
    for (policy, document) in policies.as_array().unwrap().iter().enumerate() {
        let statements = document["policy"]["Statement"].as_array().unwrap();
        for (index, statement) in statements.iter().enumerate() {
            let are_exempt = texts(&statement["Action"]).all(&is_exempt);
            if are_exempt || statement["Effect"] == "Deny" {
                continue;
            }
            for place in PLACES {
                let Some(list) = statement.pointer(place).filter(|list| !list.is_null()) else {
                    continue;
                };
                for (nth, text) in texts(list).enumerate() {
                    if place == ACTION && is_exempt(text) {
                        continue;
                    }
                    let mut mutant = policies.clone();
                    let statement = &mut mutant[policy]["policy"]["Statement"][index];
                    match statement.pointer_mut(place).unwrap() {
                        Value::Array(list) if list.len() > 1 => drop(list.remove(nth)),
                        _ => *statement = nothing(),
                    }
                    narrowed.push((
                        format!(
                            "{}: without {text}",
                            name(&document["policy"]["Statement"][index])
                        ),
                        mutant,
                    ));
                }
            }
        }
    }
    narrowed
}

const ACTION: &str = "/Action";
/// Where a statement says what it allows.
const PLACES: [&str; 3] = [
    ACTION,
    "/Resource",
    "/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys",
];

/// One text, or several.
fn texts(list: &Value) -> impl Iterator<Item = &str> {
    let several = list.as_array().into_iter().flatten();
    several.chain(iter::once(list)).filter_map(Value::as_str)
}

/// A statement in place of a removed one, about an action that no role needs.
fn nothing() -> Value {
    json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"})
}

/// The name of a statement, or its resource.
fn name(statement: &Value) -> &Value {
    statement.get("Sid").unwrap_or(&statement["Action"])
}

/// The statement with more resources, more actions, or fewer conditions.
fn widened(statement: &Value) -> Vec<(String, Value)> {
    let with = |name: &str, value: Value| {
        let mut changed = statement.clone();
        changed[name] = value;
        changed
    };
    let mut widened = vec![("any action".to_owned(), with("Action", service(statement)))];
    if statement["Resource"] != "*" {
        widened.push(("any resource".to_owned(), with("Resource", json!("*"))));
    }
    if let Some(wider) = statement["Resource"].as_str().and_then(wider) {
        widened.push((format!("on {wider}"), with("Resource", json!(wider))));
    }
    let Some(condition) = statement["Condition"].as_object() else {
        return widened;
    };
    for name in condition.keys() {
        let mut fewer = condition.clone();
        fewer.remove(name);
        widened.push((format!("without {name}"), with("Condition", json!(fewer))));
    }
    let Some(keys) = condition.get("ForAllValues:StringLike") else {
        return widened;
    };
    let mut any = condition.clone();
    any.remove("ForAllValues:StringLike");
    any.insert("ForAnyValue:StringLike".to_owned(), keys.clone());
    widened.push(("one of the keys".to_owned(), with("Condition", json!(any))));
    for key in keys["dynamodb:LeadingKeys"].as_array().unwrap() {
        let key = key.as_str().unwrap();
        // A variable of the request keeps its name.
        let joined = key.replace(':', "").replace("${aws", "${aws:");
        for wider in ["*".to_owned(), joined, format!("*{key}")] {
            if wider == key || key.starts_with('*') && wider.starts_with("**") {
                continue;
            }
            let mut changed = statement.clone();
            let keys = &mut changed["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            keys.as_array_mut().unwrap().push(json!(wider));
            widened.push((format!("also for {wider}"), changed));
        }
    }
    widened
}

/// All actions of a statement's service.
fn service(statement: &Value) -> Value {
    let first = statement["Action"].as_str();
    let first = first.unwrap_or_else(|| statement["Action"][0].as_str().unwrap());
    let (service, _) = first.split_once(':').unwrap();
    json!(format!("{service}:*"))
}

/// The name with a wildcard one part earlier: `secret:prod*` for `secret:prod/*`.
fn wider(resource: &str) -> Option<String> {
    let narrow = resource.strip_suffix("/*")?;
    Some(format!("{narrow}*"))
}
