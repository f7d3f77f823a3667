//! The forms of effects as JSON Schemas.

use hookpoint_stages::{Effect, Form, Names, Reserved, Rule};
use serde_json::{Map, Value, json};

/// One definition per effect, `effect.<name>`.
pub(super) fn definitions() -> anyhow::Result<Map<String, Value>> {
    let mut definitions = Map::new();
    for effect in Effect::ALL {
        let definition = effect.definition();
        let mut schema = nullable(form(&definition.form));
        schema["description"] = definition.summary.into();
        schema["examples"] = json!([serde_json::from_str::<Value>(definition.example)?]);
        definitions.insert(format!("effect.{effect}"), schema);
    }
    Ok(definitions)
}

pub(super) fn reference(effect: Effect) -> Value {
    json!({ "$ref": format!("#/$defs/effect.{effect}") })
}

fn form(form: &Form) -> Value {
    match form {
        Form::Any => json!({}),
        Form::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::True => json!({ "enum": [true] }),
        Form::Count => json!({ "type": "integer", "minimum": 0 }),
        Form::String => json!({ "type": "string" }),
        Form::Text { most } => json!({ "type": "string", "maxLength": most, "pattern": r"\S" }),
        Form::Word => json!({ "type": "string", "pattern": r"^\S+$" }),
        Form::OneOf(choices) => {
            let words: Vec<_> = choices.iter().map(|choice| choice.word).collect();
            json!({ "enum": words })
        }
        Form::HttpsUrl { most } => {
            json!({ "type": "string", "maxLength": most, "pattern": r"^https://[^/\s]\S*$" })
        }
        Form::Map {
            names,
            reserved,
            values,
        } => map(*names, reserved, values),
        Form::Members { members, rules } => {
            let properties: Map<String, Value> = members
                .iter()
                .map(|member| {
                    let mut schema = self::form(&member.form);
                    if !member.required {
                        schema = nullable(schema);
                    }
                    schema["description"] = member.summary.into();
                    (member.name.to_owned(), schema)
                })
                .collect();
            let required = members.iter().filter(|member| member.required);
            let required: Vec<_> = required.map(|member| member.name).collect();
            let mut schema = json!({ "type": "object", "properties": properties });
            if !required.is_empty() {
                schema["required"] = required.into();
            }
            schema["additionalProperties"] = false.into();
            if !rules.is_empty() {
                schema["allOf"] = rules.iter().map(rule).collect();
            }
            schema
        }
        Form::List {
            items,
            least,
            most,
            reserved,
            ..
        } => list(items, *least, *most, reserved),
        Form::Labelled => json!({ "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": { "value": { "type": "string" }, "label": { "type": "string" } },
                "required": ["value", "label"],
            },
        ] }),
    }
}

fn map(names: Names, reserved: &Reserved, values: &Form) -> Value {
    let mut schema = json!({ "type": "object" });
    let mut of_names = Map::new();
    if names == Names::Variable {
        of_names.insert("pattern".to_owned(), "^[A-Za-z0-9_-]+$".into());
    }
    if !reserved.names.is_empty() {
        of_names.insert("not".to_owned(), json!({ "enum": reserved.names }));
    }
    if !of_names.is_empty() {
        schema["propertyNames"] = of_names.into();
    }
    if !matches!(values, Form::Any) {
        schema["additionalProperties"] = form(values);
    }
    schema
}

fn list(items: &Form, least: usize, most: Option<usize>, reserved: &Reserved) -> Value {
    let mut of_items = form(items);
    if !reserved.names.is_empty() {
        of_items["not"] = json!({ "enum": reserved.names });
    }
    let mut schema = json!({ "type": "array", "items": of_items });
    if least > 0 {
        schema["minItems"] = least.into();
    }
    if let Some(most) = most {
        schema["maxItems"] = most.into();
    }
    schema
}

fn rule(rule: &Rule) -> Value {
    let is = |name: &str, values: Value| json!({ "properties": { name: { "enum": values } }, "required": [name] });
    match rule {
        Rule::BelongsTo {
            member,
            other,
            words,
        } => json!({
            "if": is(other, json!(words)),
            "then": { "properties": { *member: { "not": { "type": "null" } } }, "required": [member] },
            "else": { "properties": { *member: { "type": "null" } } },
        }),
        Rule::Excludes { flag, other } => json!({
            "not": { "allOf": [is(flag.0, json!([flag.1])), is(other.0, json!([other.1]))] },
        }),
    }
}

/// Also allows `null`, which counts as absent.
fn nullable(mut schema: Value) -> Value {
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
    }
    schema
}
