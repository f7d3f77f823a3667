//! Events as JSON Schemas: fields shared by a family, and those of each stage.

use hookpoint_stages::{Family, Field, Shape, Stage};
use serde_json::{Map, Value, json};

use super::{DIALECT, comment};

pub(super) fn schema() -> Value {
    let mut definitions = Map::new();
    for family in [Family::Conversation, Family::Identity] {
        definitions.insert(format!("family.{family}"), object(&shared(family)));
    }
    for stage in Stage::ALL {
        let definition = stage.definition();
        let shared = shared(definition.family);
        let own: Vec<_> = stage
            .fields()
            .filter(|field| !is_among(field, &shared))
            .collect();
        let mut schema = object(&own);
        schema["properties"]["eventType"] = json!({ "const": stage.id() });
        match &mut schema["required"] {
            Value::Array(required) => required.insert(0, "eventType".into()),
            required => *required = json!(["eventType"]),
        }
        schema["description"] = definition.summary.into();
        let family = format!("#/$defs/family.{}", definition.family);
        schema["allOf"] = json!([{ "$ref": family }]);
        definitions.insert(stage.id().to_owned(), schema);
    }
    json!({
        "$schema": DIALECT,
        "$comment": comment("shared/stages"),
        "title": "Events",
        "description": "`#/$defs/<stage>` is the body that an application posts for a stage. Unknown members pass through untouched.",
        "$defs": definitions,
    })
}

/// The fields that every event of a family may carry.
fn shared(family: Family) -> Vec<&'static Field> {
    let stages = Stage::ALL
        .iter()
        .filter(|stage| stage.definition().family == family);
    let mut stages = stages.map(|stage| stage.fields().collect::<Vec<_>>());
    let mut shared = stages.next().unwrap_or_default();
    for fields in stages {
        shared.retain(|field| is_among(field, &fields));
    }
    shared
}

fn is_among(field: &Field, fields: &[&Field]) -> bool {
    fields
        .iter()
        .any(|other| other.path == field.path && other.required == field.required)
}

/// An object with the fields at their dotted paths.
fn object(fields: &[&Field]) -> Value {
    let mut schema = json!({ "type": "object", "properties": {} });
    for field in fields {
        let mut parent = &mut schema;
        let mut names = field.path.split('.').peekable();
        while let Some(name) = names.next() {
            if field.required {
                require(parent, name);
            }
            let is_last = names.peek().is_none();
            let child = &mut parent["properties"][name];
            if is_last {
                let described = describe(field);
                // A nested field may have come first.
                if let Value::Object(known) = child {
                    known.extend(described);
                } else {
                    *child = described.into();
                }
            } else if child.is_null() {
                *child = json!({ "type": "object" });
            }
            parent = child;
        }
    }
    schema
}

fn require(object: &mut Value, name: &str) {
    match &mut object["required"] {
        Value::Array(required) => {
            if !required.iter().any(|known| known == name) {
                required.push(name.into());
            }
        }
        required => *required = json!([name]),
    }
}

fn describe(field: &Field) -> Map<String, Value> {
    let mut schema = match field.shape {
        Shape::String => json!({ "type": "string" }),
        Shape::Object => json!({ "type": "object" }),
        Shape::ObjectOrNull => json!({ "type": ["object", "null"] }),
        Shape::Objects => json!({ "type": "array", "items": { "type": "object" } }),
        Shape::Strings => json!({ "type": "array", "items": { "type": "string" } }),
    };
    let sensitive = if field.sensitive { " (sensitive)" } else { "" };
    schema["description"] = format!("{}{sensitive}", field.summary).into();
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}
