//! Test cases, `*.case.yaml`, as a JSON Schema, in the draft that editors read.
//!
//! `shared/workspace` defines the format; its tests compare the keys of every mapping with this schema.

use hookpoint_stages::{Effect, Stage};
use hookpoint_workspace::CaseReply;
use serde_json::{Map, Value, json};

use super::{comment, effect};

pub(super) fn schema() -> anyhow::Result<Value> {
    let mut definitions = effect::definitions()?;
    for (name, schema) in [
        ("texts", texts()),
        ("request", request()),
        ("response", response()),
        ("expectation", expectation()),
    ] {
        definitions.insert(name.to_owned(), schema);
    }
    let mut stages: Vec<_> = Stage::ALL
        .iter()
        .flat_map(|stage| [stage.id().to_owned(), stage.name()])
        .collect();
    // Some stages have the same id and name.
    stages.dedup();
    Ok(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": comment("tools/xtask/src/generate/schemas/case.rs and shared/stages"),
        "title": "A case of a hook",
        "type": "object",
        "properties": {
            "hook": text("The hook, by its name in the workspace."),
            "stage": {
                "description": "The stage; may be left out when the hook is bound at one stage only.",
                "enum": stages,
            },
            "application": text("The application that posts the event; the first one of the stage's kind when left out."),
            "event": {
                "description": "The event, or the JSON or YAML file that holds one; the stage's sample when left out.",
                "type": ["object", "string"],
            },
            "changes": { "description": "What differs from that event, as a JSON merge patch.", "type": "object" },
            "secrets": reference("texts"),
            "variables": reference("texts"),
            "time": text("What the script's clock shows until the run ends, in UTC, such as `2026-01-31T12:00:00Z`."),
            "correlationId": {
                "description": "Identifies the event: `hook.correlationId`; a new one when left out.",
                "type": "string",
                "pattern": "^[ -~]{1,128}$",
            },
            "requests": {
                "description": "The requests that the hook makes, each once, in any order.",
                "type": ["array", "null"],
                "items": reference("request"),
            },
            "expect": { "anyOf": [reference("expectation"), { "type": "null" }] },
        },
        "required": ["hook"],
        "additionalProperties": false,
        "$defs": definitions,
    }))
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string", "minLength": 1 })
}

fn texts() -> Value {
    json!({ "type": ["object", "null"], "additionalProperties": { "type": "string" } })
}

fn request() -> Value {
    json!({
        "type": "object",
        "properties": {
            "method": text("`GET` when left out."),
            "url": text("The whole URL."),
            "headers": reference("texts"),
            "body": { "description": "JSON, or text; any when left out." },
            "response": reference("response"),
            "failure": { "enum": CaseReply::failures() },
        },
        "required": ["url"],
        "oneOf": [{ "required": ["response"] }, { "required": ["failure"] }],
        "additionalProperties": false,
    })
}

fn response() -> Value {
    json!({
        "type": "object",
        "properties": {
            "status": { "description": "200 when left out.", "type": "integer", "minimum": 100, "maximum": 599 },
            "headers": reference("texts"),
            "body": { "description": "JSON, or text." },
        },
        "additionalProperties": false,
    })
}

fn expectation() -> Value {
    let effects: Map<String, Value> = Effect::ALL
        .into_iter()
        .map(|effect| (effect.to_string(), effect::reference(effect)))
        .collect();
    json!({
        "type": "object",
        "properties": {
            "outcome": text("`ok` when left out."),
            "error": text("A part of the failure's message."),
            "response": {
                "description": "The whole response.",
                "type": ["object", "null"],
                "properties": effects,
            },
            "log": {
                "description": "Every line of the log.",
                "type": ["array", "null"],
                "items": { "type": "string" },
            },
        },
        "additionalProperties": false,
    })
}
