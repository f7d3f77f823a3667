//! Roles with one change, which the questions must detect.

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
    let keys = &condition["ForAllValues:StringLike"];
    if keys.is_null() {
        return widened;
    }
    let partitioned = &condition["Null"];
    let any = json!({"ForAnyValue:StringLike": keys, "Null": partitioned});
    widened.push(("one of the keys".to_owned(), with("Condition", any)));
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
